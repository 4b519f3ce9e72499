import { type AssetKind } from "../../market/index.ts";

/**
 * An asset that accounts hold. `units` are the integers that balances count: amount × 10^decimals.
 * Rates are parts per million (ppm): 1,000,000 is the whole.
 */
export interface AssetSpec {
  /** Symbol, such as `USDC`. Unique. */
  readonly name: string;
  readonly kind: AssetKind;
  /** 0 to 9. The quote asset of linear instruments has 6. */
  readonly decimals: number;
  /** Name of the underlying that its price follows in risk scenarios (`ETH` for stETH), or empty. */
  readonly underlying: string;
  /** Name of the price feed that values it in USD. Empty: its price is 1 USD by definition (a fiat currency). */
  readonly feed: string;
  /** Most units that all accounts together may deposit. 0 closes deposits. */
  readonly depositCapUnits: number;
  /** Share of its value that does not count as collateral under isolated and cross margin. */
  readonly haircutPpm: number;
  /** May balances be negative, as a loan from those who hold it? */
  readonly borrowable: boolean;
  /** Most units that one account may owe. */
  readonly borrowCapUnits: number;
  /** Lending rates per year: at no use, at the optimum, at full use; and the share of interest that the house keeps. */
  readonly rateAtZeroPpm: number;
  readonly rateAtOptimumPpm: number;
  readonly rateAtFullPpm: number;
  readonly optimalUsePpm: number;
  readonly reserveSharePpm: number;
}

/** What prices move: an index aggregated from publishers, forwards and a volatility surface for its options. */
export interface UnderlyingSpec {
  /** Symbol, such as `BTC`. Unique. */
  readonly name: string;
  /** Fewest publishers whose prices make an index. */
  readonly minimumPublishers: number;
  /** A price older than this is stale. */
  readonly maxPriceAgeMs: number;
  /** Largest believed change of the index per second since the last one; more is held back to the bound. */
  readonly maxMovePerSecondPpm: number;
}

export type InstrumentKind = "spot" | "perpetual" | "future" | "option";

/** A listed instrument. Which fields apply depends on its kind; the others are 0 or empty. */
export interface InstrumentSpec {
  /** Identifier, such as `BTC-PERP` or `BTC-27MAR26-100000-C`. Unique. */
  readonly name: string;
  readonly kind: InstrumentKind;
  /** Name of a listed underlying. */
  readonly underlying: string;
  /** Name of the asset that is paid: the quote asset of linear, the coin of inverse instruments. */
  readonly settlementAsset: string;
  /** Spot only: name of the asset that is bought and sold. */
  readonly baseAsset: string;
  /** How profit is paid. Options and spot are linear. */
  readonly settlement: "linear" | "inverse";
  /** Price step, in micros (1e-6) of quote currency per unit of underlying. */
  readonly tickMicros: number;
  /** Linear: size of one lot in 1e-9 of the underlying. tickMicros × lotNanos is a multiple of 1e9. 0 if inverse. */
  readonly lotNanos: number;
  /** Inverse: size of one lot in micros of quote currency. 0 if linear. */
  readonly lotUsdMicros: number;
  /** Futures and options: instant of expiry. 0 for spot and perpetuals. */
  readonly expiryMs: number;
  /** Futures and options: length of the window before expiry over which the settlement price averages the index. */
  readonly settlementWindowMs: number;
  readonly strikeMicros: number;
  readonly optionType: "call" | "put" | "none";
  /** Perpetuals: time between funding payments, and the bounds of the rate per interval. */
  readonly fundingIntervalMs: number;
  readonly fundingInterestPpm: number;
  readonly fundingCapPpm: number;
  /** Largest distance of an order's price from the mark. */
  readonly priceBandPpm: number;
  readonly maxOrderLots: number;
  /** Largest position of one account. */
  readonly positionLimitLots: number;
  /** Most open interest. 0: no limit. */
  readonly openInterestCapLots: number;
  /** The initial requirement rises linearly from this open interest on … */
  readonly openInterestLowerLots: number;
  /** … until it is the whole notional here. 0: it doesn't rise. */
  readonly openInterestUpperLots: number;
  /** Fees on notional. A negative maker fee is a rebate, at most the taker fee. For options at most optionFeeCapPpm of the premium. */
  readonly makerFeePpm: number;
  readonly takerFeePpm: number;
  readonly optionFeeCapPpm: number;
  /** Isolated and cross margin: requirement to open and to keep, on notional (options: on the index, for shorts). */
  readonly initialMarginPpm: number;
  readonly maintenanceMarginPpm: number;
}

/** The virtual AMM of a perpetual. Reserves are virtual; the collateral that answers for them is the pool's. */
export interface VammSpec {
  /** Depth: what a price move of 1 % takes, in lots. Sets the reserves with the index at creation. */
  readonly depthLotsPerPercent: number;
  /** Largest distance of its price from the index after a trade. */
  readonly maxDeviationPpm: number;
  /** Fee on notional to the pool. */
  readonly feePpm: number;
  /** Bounds of its price as a share of the index at creation; they bound the pool's loss. */
  readonly minPricePpm: number;
  readonly maxPricePpm: number;
  /** Settlement units per share at the first mint. */
  readonly initialShareUnits: number;
}
