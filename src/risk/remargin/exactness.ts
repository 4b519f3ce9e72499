import { PlimsollError } from "../../quantity/error.ts";
import { type LotBook } from "./book.ts";
import { exactMax, type LotMatrix } from "./matrix.ts";

/** Largest profit of each instrument, to know beforehand that no sum can leave the exact integers. */
export interface ExactnessGuard {
  /** Whether the account's sums stay exact with `lots` more of an instrument. */
  fits(account: number, instrument: number, lots: number): boolean;
  /** @throws {PlimsollError} `PLM_DOMAIN`, `PLM_UNKNOWN` or `PLM_OVERFLOW` if new rows would break exactness. */
  requireUpdate(update: RowUpdate, scenarioCount: number): void;
  /** Takes the new rows over. */
  update(update: RowUpdate, scenarioCount: number): void;
}

interface RowUpdate {
  readonly instruments: ArrayLike<number>;
  readonly pnlUnits: Float64Array;
}

/**
 * Checks that every number is an integer and that `terms` scenario sums of any account add up to less than 2^53: then all
 * float64 additions are exact.
 *
 * @throws {PlimsollError} `PLM_DOMAIN`, `PLM_UNKNOWN`, `PLM_OVERFLOW`
 */
export function requireExactSums(book: LotBook, matrix: LotMatrix, terms: number): ExactnessGuard {
  const { instrumentCount, scenarioCount, pnlUnits } = matrix;
  const { accountCount, starts, instruments, lots } = book;
  requireShape(book, matrix);
  const limit = exactMax / terms;
  const largest = new Float64Array(instrumentCount);
  for (let i = 0; i < instrumentCount; i++) largest[i] = largestOf(pnlUnits, i, i, scenarioCount);

  /** Bound of the account's sums, with new largest profits where given. */
  function boundOf(account: number, profits: Float64Array): number {
    let bound = 0;
    const end = starts[account + 1] ?? 0;
    for (let p = starts[account] ?? 0; p < end; p++) {
      bound += Math.abs(lots[p] ?? 0) * (profits[instruments[p] ?? 0] ?? 0);
    }
    return bound;
  }

  let grossMax = 0;
  for (let a = 0; a < accountCount; a++) {
    let gross = 0;
    const end = starts[a + 1] ?? 0;
    for (let p = starts[a] ?? 0; p < end; p++) {
      const size = lots[p] ?? NaN;
      if (!Number.isSafeInteger(size)) {
        throw new PlimsollError("PLM_DOMAIN", {
          field: `lots[${p}]`,
          value: size,
          limit: "an integer",
          remedy: "Count positions in whole lots.",
        });
      }
      if ((instruments[p] ?? instrumentCount) >= instrumentCount) {
        throw new PlimsollError("PLM_UNKNOWN", {
          field: `instruments[${p}]`,
          value: instruments[p],
          limit: `a row of the scenario matrix, 0 to ${instrumentCount - 1}`,
          remedy: "Give the instrument a row in the matrix.",
        });
      }
      gross += Math.abs(size);
    }
    grossMax = Math.max(grossMax, gross);
  }

  function requireBounds(profits: Float64Array): void {
    // Usually enough; only otherwise does each account need a look.
    if (grossMax * mostOf(profits) < limit) return;
    for (let a = 0; a < accountCount; a++) {
      const bound = boundOf(a, profits);
      if (bound < limit) continue;
      throw new PlimsollError("PLM_OVERFLOW", {
        field: `account ${a}`,
        value: bound,
        limit: `below ${limit} units, its gross lots times their largest profits`,
        remedy: "Choose a larger unit for the scenario matrix, or larger lots.",
      });
    }
  }
  requireBounds(largest);
  let most = mostOf(largest);

  function updated({ instruments: rows, pnlUnits }: RowUpdate): Float64Array {
    const profits = largest.slice();
    for (let u = 0; u < rows.length; u++)
      profits[rows[u] ?? 0] = largestOf(pnlUnits, u, rows[u] ?? 0, scenarioCount);
    return profits;
  }

  return {
    fits(account, instrument, size) {
      if ((grossMax + Math.abs(size)) * most < limit) return true;
      return boundOf(account, largest) + Math.abs(size) * (largest[instrument] ?? 0) < limit;
    },
    requireUpdate(update) {
      const { instruments: rows, pnlUnits } = update;
      if (pnlUnits.length !== rows.length * scenarioCount) {
        throw new PlimsollError("PLM_DOMAIN", {
          field: "pnlUnits.length",
          value: pnlUnits.length,
          limit: `instruments × scenarios = ${rows.length * scenarioCount}`,
          remedy: "Give one profit for every updated instrument in every scenario.",
        });
      }
      for (let u = 0; u < rows.length; u++) {
        const row = rows[u] ?? NaN;
        if (Number.isInteger(row) && row >= 0 && row < instrumentCount) continue;
        throw new PlimsollError("PLM_UNKNOWN", {
          field: `instruments[${u}]`,
          value: row,
          limit: `a row of the scenario matrix, 0 to ${instrumentCount - 1}`,
          remedy: "Rebuild the book to add instruments.",
        });
      }
      requireBounds(updated(update));
    },
    update(update) {
      largest.set(updated(update));
      most = mostOf(largest);
    },
  };
}

function mostOf(profits: Float64Array): number {
  let most = 0;
  for (const profit of profits) most = Math.max(most, profit);
  return most;
}

/** Largest |profit| in row `at`, all of which must be integers. `instrument` is for the error. */
function largestOf(pnlUnits: Float64Array, at: number, instrument: number, scenarioCount: number): number {
  let largest = 0;
  const end = (at + 1) * scenarioCount;
  for (let j = at * scenarioCount; j < end; j++) {
    const profit = pnlUnits[j] ?? NaN;
    if (!Number.isSafeInteger(profit)) {
      throw new PlimsollError("PLM_DOMAIN", {
        field: `pnlUnits[${instrument}][${j - at * scenarioCount}]`,
        value: profit,
        limit: "an integer below 2^53",
        remedy: "Round the scenario matrix with quantiseMatrix.",
      });
    }
    largest = Math.max(largest, Math.abs(profit));
  }
  return largest;
}

function requireShape({ accountCount, starts, instruments, lots }: LotBook, matrix: LotMatrix): void {
  const { instrumentCount, scenarioCount, pnlUnits } = matrix;
  const wrong = (field: string, value: number, limit: string): PlimsollError =>
    new PlimsollError("PLM_DOMAIN", {
      field,
      value,
      limit,
      remedy: "Build the book and the matrix from one list of instruments.",
    });
  if (scenarioCount < 1) throw wrong("scenarioCount", scenarioCount, "at least 1");
  if (pnlUnits.length !== instrumentCount * scenarioCount) {
    throw wrong(
      "pnlUnits.length",
      pnlUnits.length,
      `instruments × scenarios = ${instrumentCount * scenarioCount}`,
    );
  }
  if (starts.length !== accountCount + 1)
    throw wrong("starts.length", starts.length, `accounts + 1 = ${accountCount + 1}`);
  if (instruments.length !== lots.length)
    throw wrong("instruments.length", instruments.length, `that of lots, ${lots.length}`);
  let before = 0;
  for (let a = 0; a <= accountCount; a++) {
    const start = starts[a] ?? 0;
    const end = a === 0 ? 0 : a === accountCount ? lots.length : start;
    if (start < before || start > lots.length || start !== end) {
      throw wrong(`starts[${a}]`, start, `ascending from 0 to the number of positions, ${lots.length}`);
    }
    before = start;
  }
}
