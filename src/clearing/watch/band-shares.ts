import { grown } from "../state/columns.ts";
import { type Driver, driverKinds, type DriverKind, type Drivers } from "./drivers.ts";

/** No band of a price is wider than this share of it: products of two prices are bounded by it. docs/margin-watch.md. */
export const widest: number = 1 / 8;
/** How far a price rises within its band at most, over what it was. */
export const mostRise: number = 1 + widest;
/** Of all that is added up: what float64 and the figures' own roundings of products may take. */
export const noise = 1e-9;

/** The drivers that one account goes by, how much each of them can take from it, and between which values each may be. */
export class BandShares {
  readonly #drivers: Drivers;
  count = 0;
  readonly drivers: Driver[] = [];
  lows: Float64Array = new Float64Array(64);
  highs: Float64Array = new Float64Array(64);
  /** USD micros that each driver may take per unit falling and rising. Of inverse contracts: per whole of price / new price. */
  falls: Float64Array = new Float64Array(64);
  rises: Float64Array = new Float64Array(64);
  /** Of what is left each takes its share by weight: about what it takes when it moves by the whole. USD micros. */
  weights: Float64Array = new Float64Array(64);
  inverse: Uint8Array = new Uint8Array(64);
  /** Bands that are set already. */
  isSet: Uint8Array = new Uint8Array(64);

  constructor(drivers: Drivers) {
    this.#drivers = drivers;
  }

  clear(): void {
    this.count = 0;
  }

  /** One more driver, without a band; where its entry is. */
  push(kind: DriverKind, of: number, falls: number, rises: number, weight: number): number {
    const at = this.count++;
    if (at === this.falls.length) this.#grow();
    this.drivers[at] = this.#drivers.of(kind, of);
    this.falls[at] = falls;
    this.rises[at] = rises;
    this.weights[at] = weight;
    this.inverse[at] = 0;
    this.isSet[at] = 0;
    this.lows[at] = -Infinity;
    this.highs[at] = Infinity;
    return at;
  }

  #grow(): void {
    const longer = (column: Float64Array): Float64Array => grown(column, column.length * 2);
    this.falls = longer(this.falls);
    this.rises = longer(this.rises);
    this.weights = longer(this.weights);
    this.lows = longer(this.lows);
    this.highs = longer(this.highs);
    this.inverse = grown(this.inverse, this.inverse.length * 2);
    this.isSet = grown(this.isSet, this.isSet.length * 2);
  }

  /** A driver that must not move at all. */
  pin(kind: DriverKind, of: number): void {
    const at = this.push(kind, of, 0, 0, 0);
    const driver = this.drivers[at]!;
    this.lows[at] = driver.value;
    this.highs[at] = driver.value;
    this.isSet[at] = 1;
  }

  /** Shares what is left among the drivers: each may take its part, so that all together take no more than there is. USD micros. */
  share(left: number): void {
    let weights = 0;
    for (let at = 0; at < this.count; at++) weights += this.weights[at]!;
    const share = weights === 0 ? 0 : Math.min(left / weights, widest) * (1 - noise);
    for (let at = 0; at < this.count; at++) this.#setBand(at, share * this.weights[at]!);
  }

  /** The band of one driver that may take so much. */
  #setBand(at: number, takes: number): void {
    const { kind, value } = this.drivers[at]!;
    if (this.isSet[at] === 1) return;
    const falls = this.falls[at]!;
    const rises = this.rises[at]!;
    let low = -Infinity;
    let high = Infinity;
    if (this.inverse[at] === 1) {
      // The worth of an inverse contract goes by 1 / price.
      if (falls > 0) low = value / (1 + takes / falls);
      if (rises > takes) high = value / (1 - takes / rises);
    } else {
      if (falls > 0) low = value - takes / falls;
      if (rises > 0) high = value + takes / rises;
    }
    if (kind === driverKinds.asset) high = Math.min(high, value * mostRise * (1 - noise));
    // Where a price comes or goes, another takes its place.
    const isPrice = kind === driverKinds.mark || kind === driverKinds.index || kind === driverKinds.asset;
    if (isPrice && value > 0) low = Math.max(low, 1);
    this.lows[at] = low;
    this.highs[at] = high;
  }
}
