import {
  type MarginMode,
  type ParameterTarget,
  type Role,
  type Side,
  type TradingStatus,
} from "./commands.ts";
import { type ChoiceField, type FieldsOf, type ListField } from "./field.ts";
import {
  bounds,
  choice,
  count,
  flag,
  instrument,
  integer,
  list,
  name,
  optionalName,
  ppmOfWhole,
  ratePpm,
  record,
  time,
} from "./field-words.ts";
import { type AssetSpec, type InstrumentSpec, type UnderlyingSpec, type VammSpec } from "./specs.ts";

export const side: ChoiceField = choice<Side>("Side of the order.", { buy: 0, sell: 1 });
export const marginMode = (fallback?: MarginMode): ChoiceField =>
  choice<MarginMode>("How the account is margined.", { isolated: 0, cross: 1, portfolio: 2 }, fallback);
export const role: ChoiceField = choice<Role>("What the key may do.", {
  admin: 0,
  operator: 1,
  risk: 2,
  publisher: 3,
  treasurer: 4,
  guardian: 5,
});
export const tradingStatus: ChoiceField = choice<TradingStatus>("Whether it trades.", {
  active: 0,
  reduceOnly: 1,
  halted: 2,
});
export const parameterTarget: ChoiceField = choice<ParameterTarget>("What the parameter belongs to.", {
  asset: 0,
  instrument: 1,
  underlying: 2,
  liquidation: 3,
});
export const riskDocument: ChoiceField = choice<"marginParameters" | "history">(
  "Which document portfolio margin works from.",
  { marginParameters: 0, history: 1 },
);
export const outcome: ChoiceField = choice<"paid" | "failed">("What became of the withdrawal.", {
  paid: 0,
  failed: 1,
});

/** Of a block trade, at most 16. */
export const legs: ListField = list(
  "The legs, from the requester's side.",
  record("One leg of a block trade.", "Leg", {
    instrument,
    lots: integer("Signed size in lots: negative sells. Never 0.", -bounds.lots, bounds.lots),
  }),
  16,
  1,
);
export const legPrices: ListField = list(
  "A price for each leg, in ticks and in the order of the request's legs.",
  integer("Price in ticks.", 1, bounds.ticks),
  16,
  1,
);

export const assetSpec: FieldsOf<AssetSpec> = {
  name: name("Symbol, such as USDC. Unique."),
  kind: choice<AssetSpec["kind"]>("What sort of asset it is.", {
    fiat: 0,
    stablecoin: 1,
    major: 2,
    staked: 3,
    other: 4,
  }),
  decimals: integer("Decimals of its unit. The quote asset of linear instruments has 6.", 0, 9),
  underlying: optionalName("Name of the underlying that its price follows in risk scenarios, or empty."),
  feed: optionalName("Name of the price feed that values it in USD. Empty: 1 USD by definition."),
  depositCapUnits: count("Most units that all accounts together may deposit. 0 closes deposits.", 0, 0),
  haircutPpm: ppmOfWhole("Share of its value that is no collateral under isolated and cross margin.", 0),
  borrowable: flag("May balances be negative, as a loan from those who hold it?", false),
  borrowCapUnits: count("Most units that one account may owe.", 0, 0),
  rateAtZeroPpm: ratePpm("Lending rate per year when nothing is borrowed.", 0),
  rateAtOptimumPpm: ratePpm("Lending rate per year at the optimal use.", 0),
  rateAtFullPpm: ratePpm("Lending rate per year when everything is borrowed.", 0),
  optimalUsePpm: ppmOfWhole("Share of deposits whose borrowing is optimal.", 0),
  reserveSharePpm: ppmOfWhole("Share of interest that the house keeps.", 0),
};

export const underlyingSpec: FieldsOf<UnderlyingSpec> = {
  name: name("Symbol, such as BTC. Unique."),
  minimumPublishers: integer("Fewest publishers whose prices make an index.", 1, 255),
  maxPriceAgeMs: integer("A price older than this is stale.", 1, bounds.durationMs),
  maxMovePerSecondPpm: integer("Largest believed change of the index per second.", 1, bounds.ratePpm),
};

export const instrumentSpec: FieldsOf<InstrumentSpec> = {
  name: name("Identifier, such as BTC-PERP. Unique."),
  kind: choice<InstrumentSpec["kind"]>("What is traded.", { spot: 0, perpetual: 1, future: 2, option: 3 }),
  underlying: name("Name of a listed underlying."),
  settlementAsset: name("Name of the asset that is paid."),
  baseAsset: optionalName("Spot only: name of the asset that is bought and sold."),
  settlement: choice<InstrumentSpec["settlement"]>(
    "How profit is paid.",
    { linear: 0, inverse: 1 },
    "linear",
  ),
  tickMicros: integer("Price step in micros of quote currency.", 1, bounds.priceMicros),
  lotNanos: integer("Linear: size of a lot in 1e-9 of the underlying. 0 if inverse.", 0, 1e15, 0),
  lotUsdMicros: integer("Inverse: size of a lot in micros of quote currency. 0 if linear.", 0, 1e15, 0),
  expiryMs: time("Futures and options: instant of expiry. 0 for others.", 0),
  settlementWindowMs: integer(
    "Futures and options: window before expiry over which the settlement price averages the index.",
    0,
    bounds.durationMs,
    0,
  ),
  strikeMicros: integer("Options: strike.", 0, bounds.priceMicros, 0),
  optionType: choice<InstrumentSpec["optionType"]>(
    "Options: call or put.",
    { none: 0, call: 1, put: 2 },
    "none",
  ),
  fundingIntervalMs: integer("Perpetuals: time between funding payments.", 0, bounds.durationMs, 0),
  fundingInterestPpm: integer(
    "Perpetuals: interest part of the funding rate per interval.",
    -bounds.ppm,
    bounds.ppm,
    0,
  ),
  fundingCapPpm: ppmOfWhole("Perpetuals: bound of the funding rate per interval.", 0),
  priceBandPpm: ratePpm("Largest distance of an order's price from the mark."),
  maxOrderLots: integer("Largest order.", 1, bounds.lots),
  positionLimitLots: integer("Largest position of one account.", 1, bounds.lots),
  openInterestCapLots: count("Most open interest. 0: no limit.", 0, 0),
  openInterestLowerLots: count("The initial requirement rises from this open interest on.", 0, 0),
  openInterestUpperLots: count(
    "Here the initial requirement is the whole notional. 0: it does not rise.",
    0,
    0,
  ),
  makerFeePpm: integer("Maker's fee on notional; negative is a rebate.", -bounds.ppm, bounds.ppm, 0),
  takerFeePpm: ppmOfWhole("Taker's fee on notional.", 0),
  optionFeeCapPpm: ppmOfWhole("Options: most that a fee may be of the premium.", 0),
  initialMarginPpm: ratePpm("Requirement to open, on notional.", 0),
  maintenanceMarginPpm: ratePpm("Requirement to keep, on notional.", 0),
};

export const poolSpec: FieldsOf<VammSpec> = {
  depthLotsPerPercent: integer("What a price move of 1 % takes, in lots.", 1, bounds.lots),
  maxDeviationPpm: ppmOfWhole("Largest distance of the price from the index after a trade."),
  feePpm: ppmOfWhole("Fee on notional to the pool."),
  minPricePpm: ratePpm("Lower bound of its price as a share of the index at creation."),
  maxPricePpm: ratePpm("Upper bound of its price as a share of the index at creation."),
  initialShareUnits: count("Settlement units per share at the first mint.", 1),
};
