import { houseAccount } from "../accounts/index.ts";
import { mulDivCeil, mulDivFloor } from "../../quantity/money.ts";
import { safeInteger } from "../../quantity/safe-integer.ts";
import { type MarketSink } from "../markets/index.ts";
import { type ClearingEvent, type FundingRateSet } from "../protocol/index.ts";
import { none } from "../book/index.ts";
import { settleFunding } from "./funding.ts";
import { largestExposureUnits } from "./limits.ts";
import { lendingTerms } from "./listing.ts";
import { type Machine } from "./machine.ts";
import { sweepAgain } from "./margin-watch.ts";
import { type InstrumentTerms } from "./terms.ts";
import { move, settle } from "./transfers.ts";
import { closeTriggers, crossTriggers } from "./triggers.ts";

/** Lending rates of an asset, which the ledger's interest goes by. */
const rateNames: ReadonlySet<string> = new Set([
  "rateAtZeroPpm",
  "rateAtOptimumPpm",
  "rateAtFullPpm",
  "optimalUsePpm",
  "reserveSharePpm",
]);

/** Passes on what happens in the markets, and does what follows from it for orders and money. */
export const marketSink = (m: Machine): MarketSink => ({
  emit(event) {
    m.emit(event);
    follow(m, event);
  },
  expired: (instrument, settlementMicros, closeMicros) =>
    closeInstrument(m, instrument, settlementMicros, closeMicros),
  openInterestLots: (instrument) => m.positions.openInterest(instrument),
});

function follow(m: Machine, event: ClearingEvent): void {
  const { type } = event;
  if (type === "markChanged") crossTriggers(m, event.instrument);
  if (type === "markChanged" || type === "indexChanged" || type === "fundingRateSet") sweepAgain(m);
  if (type === "fundingRateSet") settleLargeFunding(m, event);
  if (type !== "parameterReached") return;
  sweepAgain(m);
  const { target, index, parameter } = event;
  if (target === "asset" && rateNames.has(parameter) && m.interest.isBorrowable(index)) {
    m.interest.setTerms(index, lendingTerms(m, index));
  }
}

/** From this much funding of all longs on, units, everyone is settled at once: what is left to a later touch stays countable. */
const largeFundingUnits = 1_099_511_627_776;

/** Funding is settled when a position is next touched, but what is large is settled now. */
function settleLargeFunding(m: Machine, { instrument, ratePpb, indexMicros }: FundingRateSet): void {
  const { isInverse, inverseNumerator, lotNanos } = m.terms(instrument);
  const perLot = isInverse ? inverseNumerator / indexMicros : (lotNanos * indexMicros) / 1e9;
  const units = (m.positions.openInterest(instrument) * perLot * Math.abs(ratePpb)) / 1e9;
  if (units < largeFundingUnits) return;
  for (const account of m.positions.holders(instrument)) settleFunding(m, account, instrument);
}

/** Cancels what waits in an instrument's book and among its triggers. */
function cancelInstrument(m: Machine, instrument: number): void {
  const { orders, booker } = m;
  booker.reason = "instrumentClosed";
  const book = orders.book(instrument);
  for (;;) {
    const level = book.bestBid !== none ? book.bestBid : book.bestAsk;
    if (level === none) break;
    orders.cancel(orders.arena.head(level));
  }
  closeTriggers(m, instrument);
}

/**
 * The price that all positions close at, held where the whole open interest is worth an amount that can be counted: a price beyond that
 * is no market's, and must not stop the machine.
 */
function countableClose(m: Machine, terms: InstrumentTerms, closeMicros: number): number {
  const interest = m.positions.openInterest(terms.instrument);
  if (interest === 0) return closeMicros;
  if (terms.isInverse) {
    return Math.max(closeMicros, Math.ceil((interest / largestExposureUnits) * terms.inverseNumerator), 1);
  }
  return Math.min(closeMicros, Math.floor((largestExposureUnits * 1e9) / terms.lotNanos / interest));
}

/** Signed cost of closing lots at a price, rounded up: as `Positions.applyFill` takes it. */
function closingCostCeil(terms: InstrumentTerms, signedLots: number, priceMicros: number): number {
  const lots = BigInt(signedLots);
  const price = BigInt(priceMicros);
  if (!terms.isInverse) {
    return safeInteger(mulDivCeil(lots * BigInt(terms.lotNanos), price, 1_000_000_000n), "cost of a close");
  }
  // Lots of a long are worth less coin the higher the price: the cost has the opposite sign.
  return safeInteger(-mulDivFloor(lots, BigInt(terms.inverseNumerator), price), "cost of a close");
}

/** Settles a future or option: orders go, every position closes at the price, and what rounding left goes to the house. */
function closeInstrument(
  m: Machine,
  instrument: number,
  settlementMicros: number,
  closeMicros: number,
): void {
  cancelInstrument(m, instrument);
  const terms = m.terms(instrument);
  const { clearingAccount, settlementAsset } = terms;
  const priceMicros = countableClose(m, terms, closeMicros);
  const holders = m.positions.holders(instrument);
  for (const account of holders) {
    settleFunding(m, account, instrument);
    const lots = m.positions.lotsOf(account, instrument);
    const cost = closingCostCeil(terms, -lots, priceMicros);
    const { realisedUnits } = m.positions.applyFill(account, instrument, -lots, cost);
    m.emit({ type: "positionChanged", account, instrument, lots: 0, entryUnits: 0 });
    const units = terms.isOption ? 0 - cost : realisedUnits;
    settle(m, account, clearingAccount, settlementAsset, units, "settlement");
  }
  const dust = m.ledger.balance(clearingAccount, settlementAsset);
  if (dust > 0) move(m, clearingAccount, houseAccount.dust, settlementAsset, dust, "dust");
  m.emit({ type: "instrumentSettled", instrument, settlementMicros, positionCount: holders.length });
  sweepAgain(m);
}
