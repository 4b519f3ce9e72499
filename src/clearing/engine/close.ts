import { houseAccount } from "../accounts/index.ts";
import { mulDivCeil, mulDivFloor } from "../../quantity/money.ts";
import { safeInteger } from "../../quantity/safe-integer.ts";
import { none } from "../book/index.ts";
import { type Closing } from "./closings.ts";
import { settleFunding } from "./funding.ts";
import { largestExposureUnits, maxSettlementVisits } from "./limits.ts";
import { type Machine } from "./machine.ts";
import { type InstrumentTerms } from "./terms.ts";
import { move, settle } from "./transfers.ts";
import { cancelTrigger } from "./triggers.ts";

/**
 * A future or option expired: from now on nobody trades it, and margin counts its positions as settled at `closeMicros`. Its orders and
 * positions go with this command and the next ones, as many with each as {@link continueClosings} may take.
 */
export function beginClosing(
  m: Machine,
  instrument: number,
  settlementMicros: number,
  closeMicros: number,
): void {
  m.closings.begin(instrument, settlementMicros, countableClose(m, m.terms(instrument), closeMicros));
}

/** Goes on with what has expired: instrument by instrument, first its orders, then its positions in order of account. */
export function continueClosings(m: Machine): void {
  let orders = m.work.closedOrders;
  let positions = m.work.settlements;
  for (const closing of m.closings.all()) {
    orders -= cancelOrders(m, closing.instrument, orders);
    if (orders === 0) return;
    positions -= settlePositions(m, closing, positions);
    if (m.positions.holderCount(closing.instrument) > 0 || positions === 0) return;
    finish(m, closing);
    positions--;
    if (positions === 0) return;
  }
}

/** Cancels what waits in an instrument's book and among its triggers, at most `most`; how many. Triggers that are due fail in their turn. */
function cancelOrders(m: Machine, instrument: number, most: number): number {
  const { orders, booker, triggers } = m;
  booker.reason = "instrumentClosed";
  const book = orders.book(instrument);
  for (let count = 0; count < most; count++) {
    const level = book.bestBid !== none ? book.bestBid : book.bestAsk;
    if (level !== none) {
      orders.cancel(orders.arena.head(level));
      continue;
    }
    const slot = triggers.firstOfInstrument(instrument);
    if (slot === none) return count;
    cancelTrigger(m, slot, "instrumentClosed");
  }
  return most;
}

/** Settles at most `most` positions, by account; how many. */
function settlePositions(m: Machine, closing: Closing, most: number): number {
  const { positions, accounts, closings } = m;
  const { instrument, settledCount } = closing;
  const left = positions.holderCount(instrument);
  if (left === 0) return 0;
  if (left <= most) {
    for (const account of positions.holders(instrument)) settlePosition(m, closing, account);
    closings.advance(closing, settledCount + left, accounts.count);
    return left;
  }
  // Who they are is not sorted anew for each command: accounts are gone through, a bounded number of them.
  let count = 0;
  let account = closing.nextAccount;
  const end = Math.min(accounts.count, account + maxSettlementVisits);
  for (; account < end && count < most; account++) {
    if (positions.lotsOf(account, instrument) === 0) continue;
    settlePosition(m, closing, account);
    count++;
  }
  closings.advance(closing, settledCount + count, account);
  return count;
}

function settlePosition(m: Machine, { instrument, closeMicros }: Closing, account: number): void {
  const terms = m.terms(instrument);
  settleFunding(m, account, instrument);
  const lots = m.positions.lotsOf(account, instrument);
  const cost = closingCostCeil(terms, -lots, closeMicros);
  const { realisedUnits } = m.positions.applyFill(account, instrument, -lots, cost);
  m.emit({ type: "positionChanged", account, instrument, lots: 0, entryUnits: 0 });
  const units = terms.isOption ? 0 - cost : realisedUnits;
  settle(m, account, terms.clearingAccount, terms.settlementAsset, units, "settlement");
}

/** Nobody holds it any more: what rounding left goes to the house. */
function finish(m: Machine, closing: Closing): void {
  const { instrument, settlementMicros, settledCount } = closing;
  const { clearingAccount, settlementAsset } = m.terms(instrument);
  m.closings.end(closing);
  const dust = m.ledger.balance(clearingAccount, settlementAsset);
  if (dust > 0) move(m, clearingAccount, houseAccount.dust, settlementAsset, dust, "dust");
  m.emit({ type: "instrumentSettled", instrument, settlementMicros, positionCount: settledCount });
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
