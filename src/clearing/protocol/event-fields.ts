import {
  type CancelReason,
  type ClearingEvent,
  type MovementReason,
  type OrderFilled,
  type Traded,
} from "./events.ts";
import { defaultEventFields } from "./default-fields.ts";
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
  lots,
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
import { rejectionNumbers } from "./rejection-numbers.ts";
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

const feedOrNone: IntegerField = integer("Number of its price feed, −1 if it has none.", -1, bounds.listing);
const orderId: IntegerField = count("The order's number.", 1);
const clientOrderId: IntegerField = count("The owner's number of the order. 0: none.");
const priceTicks: IntegerField = integer("Price in ticks. 0: a market order.", 0, bounds.ticks);
const ratePpb = (about: string): IntegerField => integer(about, -1_000_000_000_000, 1_000_000_000_000);

/** Fields of the events about the venue, its listings and its prices. */
const venueFields = {
  venueOpened: {
    venue: printable("Name of the venue.", bounds.nameLength),
    chainId: count("EIP-155 chain number.", 1),
  },
  rejected: {
    code: choice("Why; docs/protocol.md lists the reasons by precedence.", rejectionNumbers),
    field: text("Path of the offending field.", 256),
    value: text("The offending value.", 1024),
    limit: text("What would have been accepted.", 1024),
    account: integer("The account the command named, −1 if none.", -1, bounds.index),
  },
  roleGranted: { role, key: signer("The signer."), granted: flag("False: the role was taken away.") },
  assetListed: {
    index: asset,
    feed: feedOrNone,
    asset: record("The asset.", "AssetSpec", assetSpec),
  },
  underlyingListed: {
    index: underlying,
    feed,
    underlying: record("The underlying.", "UnderlyingSpec", underlyingSpec),
  },
  instrumentListed: {
    index: instrument,
    instrument: record("The instrument.", "InstrumentSpec", instrumentSpec),
  },
  instrumentStatusChanged: { instrument, status: tradingStatus },
  venueStatusChanged: { status: tradingStatus },
  parameterRamping: {
    target: parameterTarget,
    index: integer("Number of the asset, instrument or underlying.", 0, bounds.index),
    parameter: text("Name of the parameter.", 64),
    from: signed("Its value now."),
    to: signed("Its value at the end."),
    endsMs: time("When it gets there."),
  },
  parameterReached: {
    target: parameterTarget,
    index: integer("Number of the asset, instrument or underlying.", 0, bounds.index),
    parameter: text("Name of the parameter.", 64),
    value: signed("Its value."),
  },
  riskDocumentChanged: { document: riskDocument },
  indexChanged: {
    feed,
    priceMicros: priceMicros("Aggregated price in micros of USD."),
    confidencePpm: ppmOfWhole("Confidence, 1,000,000 best."),
  },
  markChanged: { instrument, priceMicros: priceMicros("Mark in micros of quote currency.", 0) },
  surfaceChanged: { underlying, sliceCount: integer("Expiries of the surface.", 0, bounds.listing) },
};

/** Fields of the events about accounts, keys and money. */
const accountFields = {
  accountOpened: {
    account,
    owner: text("The signer that owns it; a name in words for accounts of the house.", bounds.signerLength),
    marginMode: marginMode(),
  },
  marginModeChanged: { account, marginMode: marginMode() },
  keyAuthorized: {
    account,
    key: sessionKey("The session key."),
    expiryMs: time("When it lapses. 0: never."),
  },
  keyRevoked: { account, key: sessionKey("The session key.") },
  balanceChanged: {
    account,
    asset,
    units: signed("Signed movement in units: positive was credited."),
    balanceUnits: signed("Balance after it."),
    reason: choice<MovementReason>("Why value moved.", {
      deposit: 0,
      withdrawal: 1,
      withdrawalReturned: 2,
      transfer: 3,
      trade: 4,
      premium: 5,
      fee: 6,
      realisedProfit: 7,
      funding: 8,
      interest: 9,
      settlement: 10,
      pool: 11,
      dust: 12,
      liquidationFee: 13,
      auction: 14,
      insurance: 15,
      deleveraging: 16,
      socialisedLoss: 17,
      stake: 18,
      incentive: 19,
    }),
  },
  withdrawalRequested: {
    withdrawal: count("The withdrawal's number."),
    account,
    asset,
    units,
    destination: printable("Where to pay it.", bounds.referenceLength),
  },
  withdrawalSettled: { withdrawal: count("The withdrawal's number."), account, asset, units, outcome },
  marginCalled: {
    account,
    equityMicros: signed("Equity in micros of USD."),
    initialMicros: count("Initial margin in micros of USD."),
    maintenanceMicros: count("Maintenance margin in micros of USD."),
  },
  marginRestored: { account },
};

/** Fields of the events about orders, trades and positions. */
const tradingFields = {
  orderAccepted: {
    orderId,
    account,
    instrument,
    side,
    priceTicks,
    lots,
    clientOrderId,
    waiting: flag("True while it waits for its trigger."),
  },
  orderRested: { orderId, account, instrument, side, priceTicks, lots },
  orderFilled: {
    orderId,
    account,
    instrument,
    side,
    priceTicks,
    lots,
    remainingLots: integer("Of the order, still open.", 0, bounds.lots),
    tradeId: count("The trade's number."),
    role: choice<OrderFilled["role"]>("Which side of the trade it was.", { maker: 0, taker: 1 }),
    feeUnits: signed("Fee in the settlement asset; negative is a rebate."),
  },
  orderAmended: {
    orderId,
    account,
    instrument,
    priceTicks,
    lots,
    keptPriority: flag("Whether it kept its place in the queue."),
  },
  orderCancelled: {
    orderId,
    account,
    instrument,
    lots: integer("Lots that were still open.", 0, bounds.lots),
    clientOrderId,
    reason: choice<CancelReason>("Why.", {
      requested: 0,
      unfilled: 1,
      selfTrade: 2,
      expired: 3,
      replaced: 4,
      reduceOnly: 5,
      instrumentClosed: 6,
      margin: 7,
      triggerFailed: 8,
      liquidation: 9,
    }),
  },
  orderTriggered: { orderId, account, instrument },
  traded: {
    tradeId: count("The trade's number."),
    instrument,
    priceMicros: priceMicros("Exact price in micros.", 0),
    lots,
    takerSide: side,
    source: choice<Traded["source"]>("Where it was made.", {
      book: 0,
      pool: 1,
      block: 2,
      auction: 3,
      deleveraging: 4,
    }),
  },
  positionChanged: {
    account,
    instrument,
    lots: signed("Signed size in lots."),
    entryUnits: signed("Signed cost of what is open, settlement units."),
  },
  quoteRequested: {
    request: count("The request's number."),
    account,
    counterparty: integer("The account that may answer. −1: anyone.", -1, bounds.index),
    legs,
    expiryMs: time("When it lapses."),
  },
  quoteOffered: {
    offer: count("The offer's number."),
    request: count("The request's number."),
    account,
    priceTicks: legPrices,
    expiryMs: time("When it lapses."),
  },
  quoteAccepted: {
    offer: count("The offer's number."),
    request: count("The request's number."),
    account,
    maker: integer("The account that made the offer.", 0, bounds.index),
  },
  quoteExpired: { request: count("The request's number.") },
};

/** Fields of the events that time brings, and of virtual AMMs. */
const marketFields = {
  fundingRateSet: {
    instrument,
    ratePpb: ratePpb("Rate of the interval that ended, 1e-9 of notional; positive: longs pay shorts."),
    premiumPpb: ratePpb("Average premium of the interval, 1e-9."),
    indexMicros: priceMicros("Index that the payment is on, micros.", 0),
  },
  fundingPaid: { account, instrument, units: signed("Signed; positive was received.") },
  interestRateSet: {
    asset,
    borrowPpb: ratePpb("Per year, 1e-9."),
    supplyPpb: ratePpb("Per year, 1e-9."),
  },
  interestPaid: { account, asset, units: signed("Signed; positive was received.") },
  instrumentSettled: {
    instrument,
    settlementMicros: priceMicros("Settlement price in micros.", 0),
    positionCount: count("Positions that were closed."),
  },
  poolCreated: {
    instrument,
    pool: record("The virtual AMM.", "VammSpec", poolSpec),
    account,
  },
  poolChanged: {
    instrument,
    priceMicros: priceMicros("Its price in micros.", 0),
    shares: count("Shares outstanding."),
    budgetUnits: count("What re-pegs and depth changes can be paid from."),
    worstLossUnits: count("Most that it can still lose, settlement units."),
  },
};

/** Every field of every event. The order is that of bytes. */
export const eventFields: FieldsOfUnion<ClearingEvent> = {
  ...venueFields,
  ...accountFields,
  ...tradingFields,
  ...marketFields,
  ...defaultEventFields,
};
