import { type LotBook } from "../../src/risk/remargin/index.ts";

// The slow, obvious twin of src/risk/remargin: exact integers, one account and one scenario at a time.

export interface PlainMatrix {
  readonly scenarioCount: number;
  /** [instrument][scenario], units per lot. */
  readonly rows: readonly (readonly number[])[];
}

/** The account's change of value in every scenario, with `extra` lots of one instrument besides. */
export function scenarioSums(
  book: LotBook,
  matrix: PlainMatrix,
  account: number,
  extra?: { readonly instrument: number; readonly lots: number },
): bigint[] {
  return Array.from({ length: matrix.scenarioCount }, (_, s) => {
    const profit = (instrument: number): bigint => BigInt(matrix.rows[instrument]?.[s] ?? 0);
    let sum = 0n;
    for (let p = book.starts[account] ?? 0; p < (book.starts[account + 1] ?? 0); p++) {
      sum += BigInt(book.lots[p] ?? 0) * profit(book.instruments[p] ?? 0);
    }
    return extra ? sum + BigInt(extra.lots) * profit(extra.instrument) : sum;
  });
}

const ascending = (sums: readonly bigint[]): bigint[] =>
  [...sums].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));

export const worstOf = (sums: readonly bigint[]): number => Number(ascending(sums)[0] ?? 0n);

/** Mean of the `tail` smallest, the boundary one in part. */
export function shortfallOf(sums: readonly bigint[], tail: number): number {
  const sorted = ascending(sums);
  const whole = Math.floor(tail);
  let sum = 0n;
  for (const value of sorted.slice(0, whole)) sum += value;
  const fraction = tail - whole;
  return fraction === 0 ? Number(sum) / tail : (Number(sum) + fraction * Number(sorted[whole] ?? 0n)) / tail;
}

/** Mean of the worst `mass` of a distribution in which sum s counts weights[s] times: written out, sorted, and cut. */
export function weightedShortfallOf(
  sums: readonly bigint[],
  weights: readonly number[],
  mass: number,
): number {
  const all = ascending(sums.flatMap((sum, s) => Array.from({ length: weights[s] ?? 0 }, () => sum)));
  const boundary = all[Math.ceil(mass) - 1] ?? 0n;
  const below = all.filter((sum) => sum < boundary);
  const total = below.reduce((sum, value) => sum + value, 0n);
  return (Number(total) + (mass - below.length) * Number(boundary)) / mass;
}
