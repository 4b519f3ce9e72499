import { randomStream } from "../src/numerics/random.ts";
import { type LotBook, type LotMatrix } from "../src/risk/remargin/index.ts";

export interface SyntheticBook {
  readonly book: LotBook;
  readonly matrix: LotMatrix;
  /** Underlying of each instrument. */
  readonly groups: Uint32Array;
}

export interface SyntheticSizes {
  readonly accountCount: number;
  readonly positionsPerAccount: number;
  readonly instrumentCount: number;
  readonly scenarioCount: number;
  /** Instruments are spread evenly over so many underlyings. */
  readonly groupCount: number;
  /** Accounts hold instruments of all underlyings, or of so many only. */
  readonly groupsPerAccount?: number;
  /** Every account holds something of the first underlying. */
  readonly everyoneHoldsFirst?: boolean;
}

/** The size that the targets are stated for. */
export const wholeBook: SyntheticSizes = {
  accountCount: 100_000,
  positionsPerAccount: 20,
  instrumentCount: 1000,
  scenarioCount: 256,
  groupCount: 20,
};

/** A seeded book: random instruments, ±100 lots, profits up to 10 USD per lot in units of 1e-6 USD. */
export function syntheticBook(sizes: SyntheticSizes, seed: number): SyntheticBook {
  const { accountCount, positionsPerAccount, instrumentCount, scenarioCount, groupCount } = sizes;
  const random = randomStream(seed);
  const signed = (most: number): number => random.nextBelow(2 * most + 1) - most;
  const groupSize = instrumentCount / groupCount;
  const positionCount = accountCount * positionsPerAccount;
  const instruments = new Uint32Array(positionCount);
  for (let a = 0; a < accountCount; a++) {
    const groups = Array.from({ length: sizes.groupsPerAccount ?? 0 }, () => random.nextBelow(groupCount));
    for (let p = 0; p < positionsPerAccount; p++) {
      if (p === 0 && sizes.everyoneHoldsFirst === true) {
        instruments[a * positionsPerAccount] = random.nextBelow(groupSize);
        continue;
      }
      const group = groups.length === 0 ? undefined : groups[random.nextBelow(groups.length)];
      instruments[a * positionsPerAccount + p] =
        group === undefined
          ? random.nextBelow(instrumentCount)
          : group * groupSize + random.nextBelow(groupSize);
    }
  }
  return {
    book: {
      accountCount,
      starts: Uint32Array.from({ length: accountCount + 1 }, (_, a) => a * positionsPerAccount),
      instruments,
      lots: Float64Array.from({ length: positionCount }, () => signed(100)),
    },
    matrix: {
      instrumentCount,
      scenarioCount,
      unitUsd: 1e-6,
      pnlUnits: Float64Array.from({ length: instrumentCount * scenarioCount }, () => signed(10_000_000)),
    },
    groups: Uint32Array.from({ length: instrumentCount }, (_, i) => Math.floor(i / groupSize)),
  };
}

export interface Orders {
  readonly accounts: Uint32Array;
  readonly instruments: Uint32Array;
  readonly lots: Float64Array;
}

/** One order on each of `count` random accounts. */
export function syntheticOrders(sizes: SyntheticSizes, count: number, seed: number): Orders {
  const random = randomStream(seed);
  return {
    accounts: Uint32Array.from({ length: count }, () => random.nextBelow(sizes.accountCount)),
    instruments: Uint32Array.from({ length: count }, () => random.nextBelow(sizes.instrumentCount)),
    lots: Float64Array.from({ length: count }, () => random.nextBelow(201) - 100),
  };
}

/** The book as bench/native/remargin.c reads it. */
export function nativeBook({ book, matrix }: SyntheticBook, tail: number, orders: Orders): Uint8Array {
  const head = Int32Array.of(
    book.accountCount,
    matrix.instrumentCount,
    matrix.scenarioCount,
    book.lots.length,
    tail,
    orders.lots.length,
    0,
    0,
  );
  const parts = [
    head,
    matrix.pnlUnits,
    book.lots,
    orders.lots,
    book.starts,
    book.instruments,
    orders.accounts,
    orders.instruments,
  ].map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
