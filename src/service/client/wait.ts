/** Is never aborted. */
const never: AbortSignal = new AbortController().signal;

/** Resolves after `ms`, or at once when `signal` is aborted. */
export function sleep(ms: number, signal: AbortSignal = never): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}

/** Waits that double from `firstMs` to `mostMs`, each shortened by up to half at random, so that clients do not come back all at once. */
export function* backoff(firstMs: number, mostMs: number): Generator<number, never, undefined> {
  for (let ms = firstMs; ; ms = Math.min(mostMs, ms * 2)) yield ms * (0.5 + 0.5 * Math.random());
}
