import { PlimsollError } from "../../quantity/error.ts";

/** What one contract of each instrument gains in each scenario. Shared by every account that holds it. */
export interface ScenarioMatrix {
  readonly instrumentCount: number;
  readonly scenarioCount: number;
  /** [instrument × scenarioCount + scenario], USD per contract; negative loses. */
  readonly pnlUsd: Float64Array;
}

/** The same per lot, in whole units: sums over positions are then exact, so they depend neither on order nor on threads. */
export interface LotMatrix {
  readonly instrumentCount: number;
  readonly scenarioCount: number;
  /** USD that one unit stands for. */
  readonly unitUsd: number;
  /** [instrument × scenarioCount + scenario], integers: units per lot. */
  readonly pnlUnits: Float64Array;
}

/** Integers up to this, and sums of them that stay below it, are exact in float64. */
export const exactMax: number = Number.MAX_SAFE_INTEGER;

export interface Quantum {
  /** USD per unit, > 0. 1e-6 unless given. */
  readonly unitUsd?: number;
  /** Contracts in one lot, > 0: one number for all instruments or one each. 1 unless given. */
  readonly lotContracts?: number | ArrayLike<number>;
}

/**
 * Rounds a scenario matrix to whole units per lot, to nearest. A book of n lots (gross) is off by at most n/2 units.
 *
 * @throws {PlimsollError} `PLM_DOMAIN` for a profit that is not finite, `PLM_OVERFLOW` for one that is not exact in units.
 */
export function quantiseMatrix(matrix: ScenarioMatrix, quantum: Quantum = {}): LotMatrix {
  const { instrumentCount, scenarioCount, pnlUsd } = matrix;
  const { unitUsd = 1e-6, lotContracts = 1 } = quantum;
  if (!(unitUsd > 0 && unitUsd < Infinity)) {
    throw new PlimsollError("PLM_DOMAIN", {
      field: "unitUsd",
      value: unitUsd,
      limit: "a finite number > 0",
      remedy: "Give the USD that one unit of profit stands for, such as 1e-6.",
    });
  }
  if (pnlUsd.length !== instrumentCount * scenarioCount) {
    throw new PlimsollError("PLM_DOMAIN", {
      field: "pnlUsd.length",
      value: pnlUsd.length,
      limit: `instruments × scenarios = ${instrumentCount * scenarioCount}`,
      remedy: "Give one profit for every instrument in every scenario.",
    });
  }
  const pnlUnits = new Float64Array(pnlUsd.length);
  for (let i = 0; i < instrumentCount; i++) {
    const lot = typeof lotContracts === "number" ? lotContracts : (lotContracts[i] ?? NaN);
    if (!(lot > 0 && lot < Infinity)) {
      throw new PlimsollError("PLM_DOMAIN", {
        field: `lotContracts[${i}]`,
        value: lot,
        limit: "a finite number > 0",
        remedy: "Give the contracts of one lot for every instrument.",
      });
    }
    const scale = lot / unitUsd;
    for (let s = 0; s < scenarioCount; s++) {
      const at = i * scenarioCount + s;
      const units = roundUnits((pnlUsd[at] ?? NaN) * scale);
      if (!(Math.abs(units) <= exactMax)) {
        throw new PlimsollError(Number.isNaN(units) ? "PLM_DOMAIN" : "PLM_OVERFLOW", {
          field: `pnlUsd[${i}][${s}]`,
          value: pnlUsd[at],
          limit: `a finite number of at most ${exactMax} units of ${unitUsd} USD per lot`,
          remedy: "Choose smaller lots or a larger unit.",
        });
      }
      pnlUnits[at] = units;
    }
  }
  return { instrumentCount, scenarioCount, unitUsd, pnlUnits };
}

/** To the nearest integer, halves up. Never −0, so that equal results have equal bits. */
const roundUnits = (x: number): number => Math.floor(x + 0.5) + 0;
