import { type Machine } from "./machine.ts";
import { continueClosings } from "./close.ts";
import { bookPrices } from "./impact.ts";
import { maxExpiriesPerCommand } from "./limits.ts";
import { shareFees } from "./default/fee-share.ts";
import { payUnstakes } from "./default/stake.ts";
import { expireRequests } from "./blocks.ts";
import { sweepAgain } from "./margin-watch.ts";

/**
 * Lets time pass up to an envelope's own time, before its command is looked at: marks see the books as they stood since the last, then
 * interest, funding, expiries and ramps, then settlements under way, then orders and requests that expired.
 */
export function advanceTime(m: Machine, timeMs: number): void {
  const { state } = m;
  const isLater = timeMs > state.timeMs;
  if (isLater) {
    sampleBooks(m);
    state.timeMs = timeMs;
    m.interest.advance(timeMs, (asset, borrowRate, supplyRate) => {
      m.emit({
        type: "interestRateSet",
        asset,
        borrowPpb: Number(borrowRate / 1_000_000_000n),
        supplyPpb: Number(supplyRate / 1_000_000_000n),
      });
    });
    m.markets.advance(timeMs, m.marketSink);
  }
  // What expired goes on with every command, whether time passes or not.
  if (m.closings.size > 0) continueClosings(m);
  if (isLater) {
    m.orders.expire(timeMs, maxExpiriesPerCommand);
    expireTriggers(m, timeMs);
    expireRequests(m, timeMs);
    payUnstakes(m);
    if (m.markets.liquidation.get("enabled") === 1) shareFees(m);
  }
  // Portfolio margin's scenarios are of an epoch; a new one may change every requirement.
  if (m.margin.advance(timeMs)) {
    m.watch.noteEpoch();
    sweepAgain(m);
  }
}

/** Shows each book that changed to its instrument's mark: as it stood from its last change until now. */
function sampleBooks(m: Machine): void {
  const { changedBooks } = m.state;
  if (changedBooks.length === 0) return;
  for (const instrument of changedBooks) {
    m.bookChanged[instrument] = 0;
    const prices = bookPrices(m, instrument);
    m.markets.sampleBook(instrument, prices.bidMicros, prices.askMicros);
  }
  changedBooks.length = 0;
}

function expireTriggers(m: Machine, timeMs: number): void {
  if (m.triggers.orderCount === 0) return;
  m.triggers.expire(timeMs, maxExpiriesPerCommand, (slot) => {
    const { orderId, account, instrument, lots, clientOrderId } = m.triggers.order(slot);
    m.emit({ type: "orderCancelled", orderId, account, instrument, lots, clientOrderId, reason: "expired" });
  });
}
