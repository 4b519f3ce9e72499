import { grown } from "../state/columns.ts";

/** A set of account numbers, as bits: those that are to be looked at. */
export class DueAccounts {
  #words: Uint32Array = new Uint32Array(64);

  has(account: number): boolean {
    const word = account >>> 5;
    return word < this.#words.length && (this.#words[word]! & (1 << (account & 31))) !== 0;
  }

  add(account: number): void {
    const word = account >>> 5;
    if (word >= this.#words.length)
      this.#words = grown(this.#words, Math.max(word + 1, this.#words.length * 2));
    this.#words[word] = this.#words[word]! | (1 << (account & 31));
  }

  delete(account: number): void {
    const word = account >>> 5;
    if (word < this.#words.length) this.#words[word] = this.#words[word]! & ~(1 << (account & 31));
  }

  /** Adds all that another set has. */
  addAll(other: DueAccounts): void {
    if (other.#words.length > this.#words.length) this.#words = grown(this.#words, other.#words.length);
    for (let word = 0; word < other.#words.length; word++) {
      this.#words[word] = this.#words[word]! | other.#words[word]!;
    }
  }

  clear(): void {
    this.#words.fill(0);
  }

  /** The least member from `from` on and below `end`, −1 if there is none. */
  next(from: number, end: number): number {
    const words = this.#words;
    let word = from >>> 5;
    if (from >= end || word >= words.length) return -1;
    const last = Math.min((end - 1) >>> 5, words.length - 1);
    let bits = words[word]! & (-1 << (from & 31));
    while (bits === 0 && word < last) bits = words[++word]!;
    if (bits === 0) return -1;
    const account = word * 32 + (31 - Math.clz32(bits & -bits));
    return account < end ? account : -1;
  }
}
