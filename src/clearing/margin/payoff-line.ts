/** Slopes this small against the gross are noise of lot sizes in binary. */
const slopeNoise = 1e-12;

/**
 * A sum of payoffs at settlement, piecewise linear in the settlement price from 0 on. Built from calls and puts, held or on order, and asked
 * for its least. Used again for the next sum.
 */
export class PayoffLine {
  /** Where the slope changes, ascending, and by how much. */
  #prices: Float64Array = new Float64Array(256);
  #changes: Float64Array = new Float64Array(256);
  #count = 0;
  #atZero = 0;
  #slopeAtZero = 0;
  #gross = 0;

  clear(): void {
    this.#count = 0;
    this.#atZero = 0;
    this.#slopeAtZero = 0;
    this.#gross = 0;
  }

  /** Most sums come in order of their strikes, so that a new kink finds its place at once. */
  #kink(price: number, change: number): void {
    if (this.#count === this.#prices.length) {
      const [prices, changes] = [this.#prices, this.#changes];
      this.#prices = new Float64Array(this.#count * 2);
      this.#changes = new Float64Array(this.#count * 2);
      this.#prices.set(prices);
      this.#changes.set(changes);
    }
    let at = this.#count++;
    for (; at > 0 && this.#prices[at - 1]! > price; at--) {
      this.#prices[at] = this.#prices[at - 1]!;
      this.#changes[at] = this.#changes[at - 1]!;
    }
    this.#prices[at] = price;
    this.#changes[at] = change;
  }

  /** Signed units of an option that are held. */
  hold(isCall: boolean, strike: number, units: number): void {
    this.#gross += Math.abs(units);
    if (!isCall) {
      this.#atZero += units * strike;
      this.#slopeAtZero -= units;
    }
    this.#kink(strike, units);
  }

  /** Units on order to buy, which fill, for what they are worth now, wherever the holder loses by it: Σ min(0, payoff − mark). */
  mayBuy(isCall: boolean, strike: number, mark: number, units: number): void {
    this.#gross += units;
    if (isCall) {
      this.#atZero -= units * mark;
      this.#kink(strike, units);
      this.#kink(strike + mark, -units);
    } else if (strike > mark) {
      this.#kink(strike - mark, -units);
      this.#kink(strike, units);
    } else {
      this.#atZero += units * (strike - mark);
      this.#slopeAtZero -= units;
      this.#kink(strike, units);
    }
  }

  /** Units on order to sell, likewise: Σ min(0, mark − payoff). */
  maySell(isCall: boolean, strike: number, mark: number, units: number): void {
    this.#gross += units;
    if (isCall) {
      this.#kink(strike + mark, -units);
    } else if (strike > mark) {
      this.#atZero -= units * (strike - mark);
      this.#slopeAtZero += units;
      this.#kink(strike - mark, -units);
    }
  }

  /** By how much float64 may have {@link least} wrong. */
  get noise(): number {
    const farthest = this.#count === 0 ? 0 : this.#prices[this.#count - 1]!;
    return 2 * this.#count * Number.EPSILON * this.#gross * farthest;
  }

  /** The least over all settlement prices, within {@link noise}; −Infinity when it falls without end. */
  least(): number {
    let value = this.#atZero;
    let slope = this.#slopeAtZero;
    let least = value;
    let last = 0;
    for (let at = 0; at < this.#count; at++) {
      const price = this.#prices[at]!;
      value += slope * (price - last);
      if (value < least) least = value;
      slope += this.#changes[at]!;
      last = price;
    }
    return slope < -slopeNoise * this.#gross ? -Infinity : least;
  }
}
