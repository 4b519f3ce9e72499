import { PlimsollError } from "../../quantity/error.ts";
import { exactMax, type LotMatrix } from "./matrix.ts";
import { type Positions } from "./positions.ts";

/** Largest profit of each instrument, to know beforehand that no sum can leave the exact integers. */
export interface ExactnessGuard {
  /** Whether the account's sums stay exact with `lots` more of an instrument. */
  fits(account: number, instrument: number, lots: number): boolean;
  /** @throws {PlimsollError} `PLM_DOMAIN`, `PLM_UNKNOWN` or `PLM_OVERFLOW` if new rows would break exactness. */
  requireUpdate(update: RowUpdate): void;
  /** Takes the new rows over. */
  update(update: RowUpdate): void;
  /** Takes note that an account's positions changed. */
  noteAccount(account: number): void;
}

interface RowUpdate {
  readonly instruments: ArrayLike<number>;
  readonly pnlUnits: Float64Array;
}

/**
 * Checks that every profit is an integer and that `terms` scenario sums of any account add up to less than 2^53: then all
 * float64 additions are exact.
 *
 * @throws {PlimsollError} `PLM_DOMAIN`, `PLM_OVERFLOW`
 */
export function requireExactSums(positions: Positions, matrix: LotMatrix, terms: number): ExactnessGuard {
  const { instrumentCount, scenarioCount, pnlUnits } = matrix;
  const { accountCount } = positions;
  const limit = exactMax / terms;
  const largest = new Float64Array(instrumentCount);
  for (let i = 0; i < instrumentCount; i++) largest[i] = largestOf(pnlUnits, i, i, scenarioCount);

  /** Bound of the account's sums, with new largest profits where given. */
  function boundOf(account: number, profits: Float64Array): number {
    let bound = 0;
    const end = positions.to(account);
    for (let p = positions.from(account); p < end; p++) {
      bound += Math.abs(positions.lots(p)) * (profits[positions.instrument(p)] ?? 0);
    }
    return bound;
  }

  let grossMax = 0;
  function noteAccount(account: number): void {
    let gross = 0;
    const end = positions.to(account);
    for (let p = positions.from(account); p < end; p++) gross += Math.abs(positions.lots(p));
    grossMax = Math.max(grossMax, gross);
  }
  for (let a = 0; a < accountCount; a++) noteAccount(a);

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
    noteAccount,
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
