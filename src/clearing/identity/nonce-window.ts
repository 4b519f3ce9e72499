/**
 * Which nonces of each signer were used: the highest, and a bit for each of the 64 numbers that end there (bit k: highest − k). A nonce
 * below those counts as used, so nothing can be replayed however old it is.
 */
export class NonceWindows {
  #highest: Float64Array = new Float64Array(64).fill(-1);
  #low: Uint32Array = new Uint32Array(64);
  #high: Uint32Array = new Uint32Array(64);

  /** Makes room for signer number `signer`. */
  reserve(signer: number): void {
    if (signer < this.#highest.length) return;
    const capacity = Math.max(signer + 1, this.#highest.length * 2);
    const highest = new Float64Array(capacity).fill(-1);
    highest.set(this.#highest);
    this.#highest = highest;
    const low = new Uint32Array(capacity);
    low.set(this.#low);
    this.#low = low;
    const high = new Uint32Array(capacity);
    high.set(this.#high);
    this.#high = high;
  }

  /** The highest nonce used, −1 when none was. */
  highest(signer: number): number {
    return this.#highest[signer] ?? -1;
  }

  /** Bits of the window: `low` for the highest 32 numbers, `high` for the 32 below. */
  bits(signer: number): { readonly low: number; readonly high: number } {
    return { low: this.#low[signer] ?? 0, high: this.#high[signer] ?? 0 };
  }

  restore(signer: number, highest: number, low: number, high: number): void {
    this.#highest[signer] = highest;
    this.#low[signer] = low;
    this.#high[signer] = high;
  }

  isUsed(signer: number, nonce: number): boolean {
    const below = this.highest(signer) - nonce;
    if (below < 0) return false;
    if (below >= 64) return true;
    const word = (below < 32 ? this.#low[signer] : this.#high[signer]) ?? 0;
    return ((word >>> (below & 31)) & 1) === 1;
  }

  /** Marks a nonce as used. Returns whether that changed anything. */
  use(signer: number, nonce: number): boolean {
    if (this.isUsed(signer, nonce)) return false;
    const highest = this.highest(signer);
    const ahead = nonce - highest;
    if (ahead > 0) {
      let low = this.#low[signer] ?? 0;
      let high = this.#high[signer] ?? 0;
      if (highest < 0 || ahead >= 64) {
        low = 0;
        high = 0;
      } else if (ahead >= 32) {
        high = low << (ahead - 32);
        low = 0;
      } else {
        high = (high << ahead) | (low >>> (32 - ahead));
        low <<= ahead;
      }
      this.#highest[signer] = nonce;
      this.#low[signer] = low | 1;
      this.#high[signer] = high;
      return true;
    }
    const below = -ahead;
    const words = below < 32 ? this.#low : this.#high;
    words[signer] = (words[signer] ?? 0) | (1 << (below & 31));
    return true;
  }
}
