import { type Command, type PlaceOrder } from "./commands.ts";
import { defaultCommandFields } from "./default-fields.ts";
import { type FieldsOfUnion, type IntegerField } from "./field.ts";
import {
  account,
  asset,
  bounds,
  choice,
  count,
  feed,
  flag,
  instrument,
  integer,
  list,
  lots,
  number,
  ppmOfWhole,
  priceMicros,
  printable,
  record,
  sessionKey,
  signed,
  signer,
  text,
  time,
  underlying,
  units,
} from "./field-words.ts";
import {
  assetSpec,
  instrumentSpec,
  legPrices,
  legs,
  marginMode,
  outcome,
  parameterTarget,
  poolSpec,
  riskDocument,
  role,
  side,
  tradingStatus,
  underlyingSpec,
} from "./shared-fields.ts";

const orderId: IntegerField = count("The order's number. 0: go by clientOrderId.", 0, 0);
const clientOrderId = (about: string): IntegerField => count(about, 0, 0);
const ticks = (about: string, min: number, fallback?: number): IntegerField =>
  integer(about, min, bounds.ticks, fallback);
const lotsFromZero = (about: string, fallback?: number): IntegerField =>
  integer(about, 0, bounds.lots, fallback);

/** Fields of the commands that trade. */
const tradingFields = {
  placeOrder: {
    account,
    instrument,
    side,
    priceTicks: ticks("Limit in ticks. 0: a market order, whose rest is cancelled.", 0),
    lots,
    timeInForce: choice<PlaceOrder["timeInForce"]>(
      "gtc rests, ioc cancels its rest, fok takes all or nothing, gtt rests until expiryMs.",
      { gtc: 0, ioc: 1, fok: 2, gtt: 3 },
      "gtc",
    ),
    postOnly: flag("Refuse the order if it would take.", false),
    reduceOnly: flag("Only lessen the position.", false),
    clientOrderId: clientOrderId("The owner's number, unique among the account's open orders. 0: none."),
    expiryMs: time("For gtt: when the order is cancelled.", 0),
    selfTradePrevention: choice<PlaceOrder["selfTradePrevention"]>(
      "Which of two orders of one owner gives way.",
      { cancelResting: 0, cancelIncoming: 1, cancelBoth: 2, decrement: 3 },
      "cancelIncoming",
    ),
    trigger: choice<PlaceOrder["trigger"]>(
      "Whether the order waits for the mark to reach triggerTicks.",
      { none: 0, stop: 1, takeProfit: 2 },
      "none",
    ),
    triggerTicks: ticks("For a trigger: the mark in ticks.", 0, 0),
    route: choice<PlaceOrder["route"]>(
      "best takes from the book and the virtual AMM, whichever is better, step by step.",
      { book: 0, best: 1 },
      "book",
    ),
  },
  cancelOrder: {
    account,
    orderId,
    clientOrderId: clientOrderId("The owner's number of the order, when orderId is 0."),
  },
  cancelAll: {
    account,
    instrument: integer("The instrument's number. −1: all instruments.", -1, bounds.index, -1),
  },
  amendOrder: {
    account,
    orderId,
    clientOrderId: clientOrderId("The owner's number of the order, when orderId is 0."),
    priceTicks: ticks("New limit in ticks.", 1),
    lots: integer("New remaining size in lots.", 1, bounds.lots),
  },
  massQuote: {
    account,
    quotes: list(
      "One two-sided quote per instrument.",
      record("One instrument's two-sided quote.", "Quote", {
        instrument,
        bidTicks: ticks("Bid in ticks. 0 if the side is empty.", 0, 0),
        bidLots: lotsFromZero("Bid size. 0 leaves the side empty.", 0),
        askTicks: ticks("Ask in ticks. 0 if the side is empty.", 0, 0),
        askLots: lotsFromZero("Ask size. 0 leaves the side empty.", 0),
      }),
      256,
      1,
    ),
  },
  requestQuote: {
    account,
    legs,
    counterparty: integer("The account that may answer. −1: anyone.", -1, bounds.index, -1),
    expiryMs: time("When the request lapses."),
  },
  offerQuote: {
    account,
    request: count("The request's number."),
    priceTicks: legPrices,
    expiryMs: time("When the offer lapses."),
  },
  acceptQuote: { account, offer: count("The offer's number.") },
};

/** Fields of the commands about accounts, keys and money. */
const accountFields = {
  openAccount: { marginMode: marginMode("cross") },
  setMarginMode: { account, marginMode: marginMode() },
  authorizeKey: {
    account,
    key: sessionKey("The session key: an Ed25519 public key in lower-case hex."),
    canTrade: flag("May it place, amend and cancel orders and trade in blocks?", true),
    canTransfer: flag("May it move balances between the owner's accounts?", false),
    expiryMs: time("When the key lapses. 0: never.", 0),
    maxOrderNotionalMicros: count("Largest notional of one order, micros of USD. 0: no limit.", 0, 0),
  },
  revokeKey: { account, key: sessionKey("The session key.") },
  deposit: {
    account,
    asset,
    units,
    reference: printable("Unique per deposit: the same reference is credited once.", bounds.referenceLength),
  },
  withdraw: {
    account,
    asset,
    units,
    destination: printable("Where to pay it, such as an address.", bounds.referenceLength),
  },
  settleWithdrawal: { withdrawal: count("The withdrawal's number."), outcome },
  transfer: {
    account,
    to: integer("The account that receives, of the same owner.", 0, bounds.index),
    asset,
    units,
  },
};

/** Fields of the commands that list, set and publish. */
const venueFields = {
  genesis: {
    venue: printable("Name of the venue, part of what is signed.", bounds.nameLength),
    chainId: count("EIP-155 chain number, part of what is signed.", 1),
    admins: list("Signers that hold the role admin from the start.", signer("A signer."), 16, 1),
  },
  tick: {},
  grantRole: { role, key: signer("The signer."), granted: flag("False takes the role away.", true) },
  listAsset: { asset: record("The asset.", "AssetSpec", assetSpec) },
  listUnderlying: { underlying: record("The underlying.", "UnderlyingSpec", underlyingSpec) },
  listInstrument: { instrument: record("The instrument.", "InstrumentSpec", instrumentSpec) },
  setInstrumentStatus: { instrument, status: tradingStatus },
  setVenueStatus: { status: tradingStatus },
  setParameter: {
    target: parameterTarget,
    index: integer("Number of the asset, instrument or underlying; 0 for liquidation.", 0, bounds.index),
    parameter: text("Name of the parameter, such as initialMarginPpm.", 64, "^[a-z][A-Za-z]*$"),
    value: signed("Its new value, in the parameter's unit."),
  },
  setRiskDocument: {
    document: riskDocument,
    text: text("JSON in the format of docs/formats.md, in ASCII.", bounds.documentLength, "^[\t\n\r -~]*$"),
  },
  publishPrices: {
    prices: list(
      "One price per feed.",
      record("A feed's price as its publisher saw it.", "PublishedPrice", {
        feed,
        priceMicros: priceMicros("Price in micros of USD."),
        confidencePpm: ppmOfWhole("Confidence, 1,000,000 best.", bounds.ppm),
        timeMs: time("When the publisher saw it."),
      }),
      256,
      1,
    ),
  },
  publishSurface: {
    underlying,
    slices: list(
      "One slice per expiry, expiries ascending.",
      record("One expiry of a surface in raw SVI, with its forward.", "PublishedSlice", {
        expiryMs: time("The expiry."),
        forwardMicros: priceMicros("Forward in micros of quote currency."),
        a: number("Level of total variance.", -100, 100),
        b: number("Slope of the wings.", 0, 100),
        rho: number("Tilt.", -1, 1),
        m: number("Shift in log-moneyness.", -10, 10),
        sigma: number("Smoothness at the vertex.", 0, 10),
      }),
      64,
      1,
    ),
    timeMs: time("When the publisher fitted it."),
  },
};

/** Fields of the commands about virtual AMMs. */
const poolFields = {
  createPool: { instrument, pool: record("The virtual AMM.", "VammSpec", poolSpec) },
  addLiquidity: { account, instrument, units },
  removeLiquidity: { account, instrument, shares: count("Shares to give back.", 1) },
  fundPoolBudget: { account, instrument, units },
  adjustPool: {
    instrument,
    priceMicros: priceMicros("New peg in micros. 0 leaves the peg.", 0),
    depthPpm: integer("New depth as a share of the present one.", 1, bounds.ratePpm, bounds.ppm),
  },
};

/** Every field of every command: its meaning, unit, bounds and default. The order is that of bytes and signatures. */
export const commandFields: FieldsOfUnion<Command> = {
  ...venueFields,
  ...accountFields,
  ...tradingFields,
  ...poolFields,
  ...defaultCommandFields,
};
