import { PlimsollError } from "../../quantity/error.ts";
import { type Tail } from "./passes.ts";

/** Which scenarios form the distribution, and how often each counts. */
export interface Distribution {
  readonly distributionCount: number;
  /** One per scenario of the distribution. */
  readonly weights: Float64Array;
}

/** @throws {PlimsollError} `PLM_DOMAIN` for a count or weight out of range. */
export function readDistribution(
  options: { readonly distributionCount?: number; readonly weights?: ArrayLike<number> },
  scenarioCount: number,
): Distribution {
  const { distributionCount = scenarioCount, weights: given } = options;
  if (
    !(Number.isInteger(distributionCount) && distributionCount >= 1 && distributionCount <= scenarioCount)
  ) {
    throw new PlimsollError("PLM_DOMAIN", {
      field: "distributionCount",
      value: distributionCount,
      limit: `a whole number from 1 to the number of scenarios, ${scenarioCount}`,
      remedy: "Put the scenarios of the distribution first and count them.",
    });
  }
  const weights = new Float64Array(distributionCount).fill(1);
  if (given === undefined) return { distributionCount, weights };
  if (given.length !== distributionCount) {
    throw new PlimsollError("PLM_DOMAIN", {
      field: "weights.length",
      value: given.length,
      limit: `the number of scenarios of the distribution, ${distributionCount}`,
      remedy: "Give one weight for each.",
    });
  }
  for (let s = 0; s < distributionCount; s++) {
    const weight = given[s] ?? NaN;
    if (!(Number.isInteger(weight) && weight >= 1 && weight <= 1e9)) {
      throw new PlimsollError("PLM_DOMAIN", {
        field: `weights[${s}]`,
        value: weight,
        limit: "a whole number from 1 to 1e9",
        remedy: "Leave scenarios out that count for nothing.",
      });
    }
    weights[s] = weight;
  }
  return { distributionCount, weights };
}

/** @throws {PlimsollError} `PLM_DOMAIN` for a tail out of range. */
export function readTail(mass: number | undefined, weights: Float64Array): Tail {
  let total = 0;
  for (const weight of weights) total += weight;
  const weighted = total !== weights.length;
  if (mass === undefined) return { mass: 0, weighted };
  if (!(mass >= 1 && mass <= total)) {
    throw new PlimsollError("PLM_DOMAIN", {
      field: "tail",
      value: mass,
      limit: `a number from 1 to the number of scenarios, weights counted, ${total}`,
      remedy: "Give (1 − level) × scenarios.",
    });
  }
  return { mass, weighted };
}
