import { type Fields } from "../../../clearing/protocol/field.ts";
import { jsonSchema, type JsonSchema } from "../../../clearing/protocol/json-schema.ts";
import { assetSpec, instrumentSpec, underlyingSpec } from "../../../clearing/protocol/shared-fields.ts";
import {
  type AccountView,
  type AssetView,
  type BalanceView,
  type BookView,
  type FiguresView,
  type FillView,
  type FundingPaymentView,
  type FundingRateView,
  type HistoryPlace,
  type InstrumentView,
  type InterestPaymentView,
  type LevelView,
  type MarginCallView,
  type MarkView,
  type OrderView,
  type PoolView,
  type PositionView,
  type PriceView,
  type TradeView,
  type TransferView,
  type UnderlyingView,
  type WithdrawalView,
} from "../../views/index.ts";
import { decimal, listOf, object, realNumber, signedWhole, text, timeMs, whole, word } from "./schema.ts";

/** Each field's schema by its name. */
function schemasOf<F extends Fields>(fields: F): { readonly [K in keyof F]: JsonSchema } {
  const { properties } = jsonSchema(fields);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a field's schema stands under the field's name
  return properties as { readonly [K in keyof F]: JsonSchema };
}

const side: JsonSchema = word("Side of the order.", "buy", "sell");
const marginMode: JsonSchema = word("How the account is margined.", "isolated", "cross", "portfolio");
export const marginState: JsonSchema = word(
  "warning: equity is below 1.3 × maintenance. called: below it, or not back at the initial margin since.",
  "healthy",
  "warning",
  "called",
  "liquidating",
);
const instrument: JsonSchema = text("Name of the instrument.");
const instrumentIndex: JsonSchema = whole("Its number, for commands.");
const asset: JsonSchema = text("Name of the asset.");
const assetIndex: JsonSchema = whole("Its number, for commands.");
const units: JsonSchema = signedWhole("The same in units of the asset.");

export const assetSchema: JsonSchema = object<AssetView>("An asset.", {
  index: assetIndex,
  feedIndex: whole("Number of its price feed. −1: none.", -1),
  ...schemasOf(assetSpec),
  priceUsd: decimal("Its price."),
  confidence: decimal("0 to 1; 0 when stale."),
});

export const underlyingSchema: JsonSchema = object<UnderlyingView>("What prices move.", {
  index: whole("Its number, for commands."),
  feedIndex: whole("Number of its price feed."),
  ...schemasOf(underlyingSpec),
  priceUsd: decimal("Its index."),
  confidence: decimal("0 to 1; 0 when stale."),
});

export const instrumentSchema: JsonSchema = object<InstrumentView>(
  "An instrument: its terms as they are in force, and its state.",
  {
    index: instrumentIndex,
    ...schemasOf(instrumentSpec),
    status: word("Whether it trades.", "active", "reduceOnly", "halted", "expired"),
    tickSize: decimal("Price step, quote currency."),
    lotSize: decimal("Size of a lot: underlying, or quote currency if inverse."),
    strike: decimal("Options: strike."),
    mark: decimal("What positions are valued at. Absent while there is no price."),
    indexPrice: decimal("Index of the underlying."),
    forward: decimal("Futures and options: forward to expiry."),
    impliedVol: realNumber("Options: annual volatility of the surface, a fraction."),
    openInterestLots: whole("Long lots of all accounts."),
    bestBid: decimal("Best bid."),
    bestAsk: decimal("Best ask."),
    predictedFundingRate: decimal("Perpetuals: the rate if the interval ended now."),
    nextFundingMs: timeMs("Perpetuals: when the interval ends."),
    settlementPrice: decimal("What it settled at, once it has expired."),
  },
  [
    "strike",
    "mark",
    "indexPrice",
    "forward",
    "impliedVol",
    "bestBid",
    "bestAsk",
    "predictedFundingRate",
    "nextFundingMs",
    "settlementPrice",
  ],
);

const levelSchema: JsonSchema = object<LevelView>("All orders at one price.", {
  price: decimal("Their price."),
  priceTicks: whole("The same in ticks.", 1),
  lots: whole("Their lots together.", 1),
  size: decimal("The same in underlying, or quote currency if inverse."),
});

export const bookSchema: JsonSchema = object<BookView>("The best levels of a book.", {
  instrument,
  sequence: whole("The command after which the book looks so."),
  bids: listOf("Best, which is highest, first.", levelSchema),
  asks: listOf("Best, which is lowest, first.", levelSchema),
});

export const poolSchema: JsonSchema = object<PoolView>("A virtual AMM.", {
  instrument,
  account: whole("The pool's account."),
  shareAsset: text("Name of the asset that its shares are."),
  positionLots: signedWhole("Its position."),
  depthLotsPerPercent: whole("What a price move of 1 % takes."),
  minPrice: decimal("Lower bound of its price."),
  maxPrice: decimal("Upper bound of its price."),
});

export const priceSchema: JsonSchema = object<PriceView>("An aggregated price.", {
  name: text("Underlying or asset that it prices."),
  feedIndex: whole("Number of the feed."),
  priceUsd: decimal("The price; 0 before the first."),
  confidence: decimal("0 to 1; 0 when stale."),
  timeMs: timeMs("When it last changed."),
});

export const markSchema: JsonSchema = object<MarkView>("What an instrument's positions are valued at.", {
  instrument,
  instrumentIndex,
  mark: decimal("The mark."),
  indexPrice: decimal("Index of the underlying."),
});

export const balanceSchema: JsonSchema = object<BalanceView>("An account's balance of an asset.", {
  asset,
  assetIndex,
  units,
  amount: decimal("The balance; negative is owed."),
  held: decimal("On its way out."),
});

export const positionSchema: JsonSchema = object<PositionView>(
  "An account's position.",
  {
    instrument,
    instrumentIndex,
    lots: signedWhole("Signed size: negative is short."),
    size: decimal("The same in underlying, or quote currency if inverse."),
    cost: decimal("Signed cost of what is open, settlement asset."),
    costUnits: signedWhole("The same in units."),
    openBuyLots: whole("Lots of open orders that buy."),
    openSellLots: whole("Lots of open orders that sell."),
    mark: decimal("What it is valued at."),
    deleveragingRank: {
      ...realNumber(
        "Place in the queue for deleveraging: share of the others on its side who come no sooner.",
      ),
      minimum: 0,
      maximum: 1,
    },
  },
  ["mark", "deleveragingRank"],
);

export const figuresSchema: JsonSchema = object<FiguresView>("Margin under the account's own mode.", {
  state: marginState,
  equityUsd: decimal("Collateral and unrealised profit."),
  initialMarginUsd: decimal("Requirement to open risk."),
  maintenanceMarginUsd: decimal("Requirement to keep it."),
  initialExcessUsd: decimal("Equity less initial margin."),
});

export const accountSchema: JsonSchema = object<AccountView>("An account.", {
  account: whole("Its number."),
  owner: text("The signer that owns it; empty for the house's."),
  marginMode,
  margin: figuresSchema,
  balances: listOf("Balances that are not 0.", balanceSchema),
  positions: listOf("Positions, and instruments with open orders.", positionSchema),
  openOrders: whole("Number of open orders."),
});

export const orderSchema: JsonSchema = object<OrderView>("An open order.", {
  orderId: whole("Its number.", 1),
  clientOrderId: whole("The owner's number of it. 0: none."),
  account: whole("Whose it is."),
  instrument,
  instrumentIndex,
  side,
  price: decimal("Its limit."),
  priceTicks: whole("The same in ticks."),
  remainingLots: whole("Open lots."),
  filledLots: whole("Filled lots."),
  remaining: decimal("Open size."),
  expiryMs: timeMs("When it is cancelled. 0: never."),
});

export const withdrawalSchema: JsonSchema = object<WithdrawalView>(
  "A withdrawal that waits to be settled.",
  {
    withdrawal: whole("Its number, for settleWithdrawal.", 1),
    account: whole("Whose it is."),
    asset,
    assetIndex,
    amount: decimal("What is to be paid."),
    units,
    destination: text("Where to, as the account wrote it."),
    sinceMs: timeMs("When it was asked for. Absent where history does not tell."),
  },
  ["sinceMs"],
);

const place = {
  sequence: whole("The command that caused it.", 1),
  ordinal: whole("Its place among the command's events."),
  timeMs: timeMs("When."),
} satisfies { readonly [F in keyof HistoryPlace]: JsonSchema };

export const tradeSchema: JsonSchema = object<TradeView>("A trade.", {
  ...place,
  tradeId: whole("Its number.", 1),
  price: decimal("Exact price."),
  lots: whole("Size in lots."),
  size: decimal("Size in underlying, or quote currency if inverse."),
  takerSide: word("What the taker did.", "buy", "sell"),
  source: word("Where it was made.", "book", "pool", "block", "auction", "deleveraging"),
});

export const fundingRateSchema: JsonSchema = object<FundingRateView>("Funding of one interval.", {
  ...place,
  rate: decimal("Of notional; positive: longs paid shorts."),
  premium: decimal("Average premium of the interval."),
  indexPrice: decimal("Index that the payment was on."),
});

export const fillSchema: JsonSchema = object<FillView>("One side of a trade.", {
  ...place,
  orderId: whole("The order.", 1),
  tradeId: whole("The trade.", 1),
  instrument,
  instrumentIndex,
  side,
  role: word("Which side of the trade it was.", "maker", "taker"),
  price: decimal("Its price."),
  priceTicks: whole("The same in ticks.", 1),
  lots: whole("Filled lots.", 1),
  size: decimal("Filled size."),
  remainingLots: whole("Of the order, still open."),
  fee: decimal("In the settlement asset; negative is a rebate."),
});

export const transferSchema: JsonSchema = object<TransferView>("A movement of an account's balance.", {
  ...place,
  asset,
  assetIndex,
  amount: decimal("Signed: positive was credited."),
  units,
  balance: decimal("The balance after it."),
  reason: word(
    "Why value moved.",
    "deposit",
    "withdrawal",
    "withdrawalReturned",
    "transfer",
    "pool",
    "settlement",
    "liquidationFee",
    "auction",
    "insurance",
    "deleveraging",
    "socialisedLoss",
    "stake",
    "incentive",
  ),
});

export const fundingPaymentSchema: JsonSchema = object<FundingPaymentView>("A funding payment.", {
  ...place,
  instrument,
  instrumentIndex,
  asset,
  amount: decimal("Signed: positive was received."),
  units,
});

export const interestPaymentSchema: JsonSchema = object<InterestPaymentView>("Interest.", {
  ...place,
  asset,
  assetIndex,
  amount: decimal("Signed: positive was received."),
  units,
});

export const marginCallSchema: JsonSchema = object<MarginCallView>("A margin call.", {
  ...place,
  equityUsd: decimal("Equity at it."),
  initialMarginUsd: decimal("Initial margin at it."),
  maintenanceMarginUsd: decimal("Maintenance margin at it."),
});
