/**
 * Delta of an expiring contract inside the settlement window: its price is averaged over the window, so the part that is
 * already averaged no longer moves. Linear from the whole delta at the start to 0 at expiry.
 */
export const decayedDelta = (delta: number, elapsed: number, window: number): number =>
  delta * Math.min(1, Math.max(0, 1 - elapsed / window));
