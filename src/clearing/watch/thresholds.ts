import { grown } from "../state/columns.ts";

/** Room for entries at first. */
const firstRoom = 4;

/**
 * Thresholds of accounts on one side of one driver: a heap whose least is on top. An entry belongs to one generation of its account's
 * band; entries of former generations stay until they come up or are swept out, when they have become the most.
 */
export class Thresholds {
  #values: Float64Array = new Float64Array(firstRoom);
  #accounts: Uint32Array = new Uint32Array(firstRoom);
  #generations: Uint32Array = new Uint32Array(firstRoom);
  #count = 0;
  /** Entries that were left when former generations were last swept out. */
  #kept = 0;

  get count(): number {
    return this.#count;
  }

  /** `generations`: the present one of each account. */
  push(value: number, account: number, generations: Uint32Array): void {
    if (this.#count >= 64 && this.#count >= 2 * this.#kept) this.#sweepOut(generations);
    if (this.#count === this.#values.length) {
      const room = this.#count * 2;
      this.#values = grown(this.#values, room);
      this.#accounts = grown(this.#accounts, room);
      this.#generations = grown(this.#generations, room);
    }
    const generation = generations[account]!;
    let at = this.#count++;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (this.#values[parent]! <= value) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, value, account, generation);
  }

  /** Takes out all thresholds below `value`, and tells whose of them are of the present generation. */
  takeBelow(value: number, generations: Uint32Array, onCrossed: (account: number) => void): void {
    while (this.#count > 0 && this.#values[0]! < value) {
      const account = this.#accounts[0]!;
      if (this.#generations[0] === generations[account]) onCrossed(account);
      const last = --this.#count;
      if (last > 0) this.#sink(0, this.#values[last]!, this.#accounts[last]!, this.#generations[last]!);
    }
  }

  /** All accounts of the present generation that have a threshold here; the thresholds stay. */
  forEach(generations: Uint32Array, onAccount: (account: number) => void): void {
    for (let at = 0; at < this.#count; at++) {
      const account = this.#accounts[at]!;
      if (this.#generations[at] === generations[account]) onAccount(account);
    }
  }

  #sink(from: number, value: number, account: number, generation: number): void {
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#count) break;
      if (child + 1 < this.#count && this.#values[child + 1]! < this.#values[child]!) child++;
      if (this.#values[child]! >= value) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, value, account, generation);
  }

  #sweepOut(generations: Uint32Array): void {
    let kept = 0;
    for (let at = 0; at < this.#count; at++) {
      if (this.#generations[at] === generations[this.#accounts[at]!]) this.#move(at, kept++);
    }
    this.#count = kept;
    this.#kept = kept;
    for (let at = (kept >>> 1) - 1; at >= 0; at--) {
      this.#sink(at, this.#values[at]!, this.#accounts[at]!, this.#generations[at]!);
    }
  }

  #move(from: number, to: number): void {
    this.#values[to] = this.#values[from]!;
    this.#accounts[to] = this.#accounts[from]!;
    this.#generations[to] = this.#generations[from]!;
  }

  #put(at: number, value: number, account: number, generation: number): void {
    this.#values[at] = value;
    this.#accounts[at] = account;
    this.#generations[at] = generation;
  }
}
