import { isRecord } from "./exchange.ts";

/** What a ticker says of a price. */
export interface Sighting {
  readonly price: number;
  readonly confidencePpm: number;
  /** The exchange's own time of it, or when it was received. */
  readonly timeMs: number;
}

/** A spread of this share of the price leaves no confidence in its middle. */
const spreadLimit = 0.02;
/** Of a last trade, when there is no quote. */
const lastTradePpm = 500_000;

const positive = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value > 0 ? value : undefined;

/**
 * The price of a unified ticker: the middle of bid and ask, the surer the closer they are; without both its last trade.
 *
 * @returns undefined when it says neither.
 */
export function sightingOf(ticker: unknown, receivedMs: number): Sighting | undefined {
  if (!isRecord(ticker)) return undefined;
  // A clock ahead of ours is not believed.
  const timeMs = Math.min(receivedMs, Math.floor(positive(ticker["timestamp"]) ?? receivedMs));
  const [bid, ask] = [positive(ticker["bid"]), positive(ticker["ask"])];
  if (bid !== undefined && ask !== undefined && bid <= ask) {
    const price = (bid + ask) / 2;
    const share = Math.max(0, 1 - (ask - bid) / price / spreadLimit);
    return { price, confidencePpm: Math.round(share * 1e6), timeMs };
  }
  const last = positive(ticker["last"]) ?? positive(ticker["close"]);
  return last === undefined ? undefined : { price: last, confidencePpm: lastTradePpm, timeMs };
}
