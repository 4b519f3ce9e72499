import { invariant } from "../../quantity/error.ts";
import { safeInteger } from "../../quantity/safe-integer.ts";
import { type MarketStores } from "./market-stores.ts";
import { type WindowStart } from "./running.ts";

/** Where the index's time integral stood at `startMs`, the time of its last change or later. */
export function windowStart(stores: MarketStores, instrument: number, startMs: number): WindowStart {
  const feed = stores.feedOf(stores.instruments.get("underlying", instrument));
  return { integral: feed.integralAt(startMs), observedMs: feed.observedMsAt(startMs) };
}

/**
 * What an instrument that just expired settles at: the time-weighted mean of the index over the part of its window in which the index was
 * fresh, rounded down; the last index if it never was.
 */
export function settlementAverage(stores: MarketStores, instrument: number): number {
  const { instruments, running } = stores;
  const feed = stores.feedOf(instruments.get("underlying", instrument));
  const start = running.window(instrument);
  invariant(start !== undefined, "a settlement window opens before it ends");
  const expiryMs = instruments.get("expiryMs", instrument);
  const observedMs = feed.observedMsAt(expiryMs) - start.observedMs;
  if (observedMs === 0) return feed.priceMicros;
  return safeInteger((feed.integralAt(expiryMs) - start.integral) / BigInt(observedMs), "settlement");
}
