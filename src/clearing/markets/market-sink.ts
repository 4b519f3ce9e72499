import { type ClearingEvent } from "../protocol/events.ts";

/** Takes what happens in the markets while a command is applied or time passes. */
export interface MarketSink {
  emit(event: ClearingEvent): void;
  /**
   * A future or option expired: whoever holds the positions closes all of them at `closeMicros`, before anything else happens.
   *
   * @param settlementMicros - the average of the index over the settlement window.
   * @param closeMicros - what one unit of underlying is worth in the instrument then: the average for a future, the intrinsic value
   * of the average for an option; 0 or more.
   */
  expired(instrument: number, settlementMicros: number, closeMicros: number): void;
  /** Σ of long lots, by which the funding of one interval is held to an amount that can be counted. Left out: it is not. */
  openInterestLots?(instrument: number): number;
}
