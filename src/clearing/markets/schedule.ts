interface Due {
  readonly atMs: number;
  readonly instrument: number;
}

/** Instruments by an instant at which something happens to them, earliest first, then by number. Derived; not part of the state. */
export class Schedule {
  readonly #due: Due[] = [];

  add(atMs: number, instrument: number): void {
    let low = 0;
    let high = this.#due.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#due[middle];
      const isAfter =
        other !== undefined && (other.atMs > atMs || (other.atMs === atMs && other.instrument > instrument));
      if (isAfter) high = middle;
      else low = middle + 1;
    }
    this.#due.splice(low, 0, { atMs, instrument });
  }

  /** Of the earliest; Infinity when there is none. */
  get nextMs(): number {
    return this.#due[0]?.atMs ?? Infinity;
  }

  /** Takes the earliest off, if it is due at `nowMs`; −1 if none is. */
  take(nowMs: number): number {
    if (this.nextMs > nowMs) return -1;
    return this.#due.shift()?.instrument ?? -1;
  }
}
