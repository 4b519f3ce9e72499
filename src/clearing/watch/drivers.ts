import { Thresholds } from "./thresholds.ts";

/** What accounts' figures go by. Each driver is a number that the markets, or the indices of funding and interest, move. */
export const driverKinds = {
  /** Mark of an instrument, micros. */
  mark: 0,
  /** Index of an underlying, micros. */
  index: 1,
  /** Price of an asset, micros. */
  asset: 2,
  /** Cumulative funding per lot of an instrument. */
  funding: 3,
  /** Index by which debts in an asset grow. */
  debt: 4,
  /** Count of the changes of an asset's interest indices. */
  accrual: 5,
} as const;

export type DriverKind = (typeof driverKinds)[keyof typeof driverKinds];

const kindCount = 6;

/** One driver, and between which values of it whom nothing can have happened to. */
export class Driver {
  readonly kind: DriverKind;
  readonly of: number;
  /** As it was last seen. */
  value: number;
  /** Least values, negated, and greatest ones. */
  readonly lows: Thresholds = new Thresholds();
  readonly highs: Thresholds = new Thresholds();

  constructor(kind: DriverKind, of: number, value: number) {
    this.kind = kind;
    this.of = of;
    this.value = value;
  }
}

/** The drivers that any account goes by. */
export class Drivers {
  readonly #read: (kind: DriverKind, of: number) => number;
  readonly #byKind: (Driver | undefined)[][] = Array.from({ length: kindCount }, () => []);
  readonly #all: Driver[] = [];

  constructor(read: (kind: DriverKind, of: number) => number) {
    this.#read = read;
  }

  /** Its value is that of now, if they were seen since it last changed. */
  of(kind: DriverKind, of: number): Driver {
    const known = this.#byKind[kind]![of];
    if (known) return known;
    const made = new Driver(kind, of, this.#read(kind, of));
    this.#byKind[kind]![of] = made;
    this.#all.push(made);
    return made;
  }

  /** Reads all drivers, and tells of each account that one of them has left behind its band in its present generation. */
  see(generations: Uint32Array, onCrossed: (account: number) => void): void {
    for (const driver of this.#all) {
      const value = this.#read(driver.kind, driver.of);
      if (value === driver.value) continue;
      driver.value = value;
      driver.highs.takeBelow(value, generations, onCrossed);
      driver.lows.takeBelow(-value, generations, onCrossed);
    }
  }
}
