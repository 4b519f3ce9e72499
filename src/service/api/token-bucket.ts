/** A clock that goes back by more was set back. */
const setBackMs = 10_000;

/** Lets `burst` through at once and `perSecond` from then on. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #atMs: number;

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perMs = perSecond / 1_000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#atMs = nowMs;
  }

  #refill(nowMs: number): void {
    if (nowMs <= this.#atMs) {
      // Small steps back give nothing; after a large one the clock would take as long to come back.
      if (this.#atMs - nowMs > setBackMs) this.#atMs = nowMs;
      return;
    }
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#atMs) * this.#perMs);
    this.#atMs = nowMs;
  }

  /** Milliseconds until one more goes through; 0: now. */
  waitMs(nowMs: number): number {
    this.#refill(nowMs);
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) / this.#perMs);
  }

  /** Counts one. May go into debt, at most by another burst: for what was let through before it could be counted. */
  take(nowMs: number): void {
    this.#refill(nowMs);
    this.#tokens = Math.max(-this.#burst, this.#tokens - 1);
  }

  /** Counts one if it goes through. */
  tryTake(nowMs: number): boolean {
    if (this.waitMs(nowMs) > 0) return false;
    this.take(nowMs);
    return true;
  }

  /** Whether nothing was taken that has not come back: it may be forgotten. */
  isFull(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#tokens >= this.#burst;
  }
}

/** A bucket for each key. Keys that were not seen for long are forgotten. */
export class TokenBuckets {
  readonly #buckets: Map<string, TokenBucket> = new Map();
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #most: number;

  constructor(perSecond: number, burst: number, most: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#most = most;
  }

  /** Of a key that may never have been seen: asking remembers nothing. */
  waitMs(key: string, nowMs: number): number {
    return this.#buckets.get(key)?.waitMs(nowMs) ?? 0;
  }

  get(key: string, nowMs: number): TokenBucket {
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    if (this.#buckets.size >= this.#most) this.#forget(nowMs);
    const made = new TokenBucket(this.#perSecond, this.#burst, nowMs);
    this.#buckets.set(key, made);
    return made;
  }

  /** Full buckets first, then the oldest; an eighth of them at least, so that this is rare. */
  #forget(nowMs: number): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(nowMs)) this.#buckets.delete(key);
    for (const key of this.#buckets.keys()) {
      if (this.#buckets.size <= (this.#most * 7) / 8) return;
      this.#buckets.delete(key);
    }
  }
}
