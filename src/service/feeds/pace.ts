/** Wall clock and sleep, so that tests need neither. */
export interface WallTime {
  now(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemTime: WallTime = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
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
    }),
};

/** Keeps the time of a venue in step with the wall's: `speed` seconds of it in one. Infinity: never waits. */
export class Pace {
  readonly #speed: number;
  readonly #wall: WallTime;
  #venueStartMs = 0;
  #wallStartMs = NaN;

  constructor(speed: number, wall: WallTime) {
    this.#speed = speed;
    this.#wall = wall;
  }

  /** Waits until it is `timeMs` at the venue. The first call sets the clock; whoever is late is not waited for. */
  async until(timeMs: number, signal: AbortSignal): Promise<void> {
    if (this.#speed === Infinity) return;
    if (Number.isNaN(this.#wallStartMs)) {
      this.#venueStartMs = timeMs;
      this.#wallStartMs = this.#wall.now();
    }
    const dueMs = this.#wallStartMs + (timeMs - this.#venueStartMs) / this.#speed;
    const waitMs = dueMs - this.#wall.now();
    if (waitMs > 0) await this.#wall.sleep(waitMs, signal);
  }
}
