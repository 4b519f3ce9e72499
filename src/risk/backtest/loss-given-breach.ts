import { requireLosses, requireSameLength, requireValues, type LossSeries } from "./breach.ts";
import { requireNumber } from "../../quantity/error.ts";

/** Mean and largest of a share over the breaches for which it is defined. */
export interface BreachShares {
  readonly mean: number;
  readonly worst: number;
  /** Breaches it covers: those whose denominator is above 0. */
  readonly breaches: number;
}

/** How far losses went beyond requirements, where they did. Excess: loss − scale × requirement, in the unit of the losses. */
export interface LossGivenBreach {
  readonly observations: number;
  readonly breaches: number;
  /** Over breaches; null without one. */
  readonly meanExcess: number | null;
  readonly worstExcess: number | null;
  /** Window of the worst excess, the first of equals. */
  readonly worstWindow: number | null;
  /** Σ excess / observations: what a window costs the house on average, breach or not. */
  readonly excessPerWindow: number;
  /** Excess ÷ (scale × requirement). Null where no breach had a requirement. */
  readonly shareOfRequirement: BreachShares | null;
  /** Breaches without a requirement: left out of {@link shareOfRequirement}, whose share would be infinite. */
  readonly breachesWithoutRequirement: number;
  /** Excess ÷ notional. Null where no breach had a notional, or none is given. */
  readonly shareOfNotional: BreachShares | null;
}

/**
 * Loss given breach: two models with one breach rate differ by how bad a breach is.
 *
 * @param notionals - ≥ 0, one for each window, in the unit of the losses. @param scale - of the requirements, finite; absent: 1.
 * @throws {PlimsollError} `PLM_DATA_GAP` without windows, `PLM_DOMAIN` for numbers out of range or lengths that differ.
 */
export function lossGivenBreach(
  input: Omit<LossSeries, "name"> & { readonly notionals?: Float64Array; readonly scale?: number },
): LossGivenBreach {
  const { losses, requirements, notionals } = input;
  requireLosses("series", input);
  const scale = requireNumber("scale", input.scale ?? 1, 0);
  if (notionals) {
    requireSameLength("notionals", notionals.length, losses.length);
    requireValues("notionals", notionals, 0);
  }
  const ofRequirement = new Shares();
  const ofNotional = new Shares();
  let breaches = 0;
  let total = 0;
  let worstExcess = 0;
  let worstWindow: number | null = null;
  for (let index = 0; index < losses.length; index++) {
    const loss = losses[index] ?? 0;
    const required = scale * (requirements[index] ?? 0);
    if (!(loss > 0 && loss > required)) continue;
    const excess = loss - required;
    breaches += 1;
    total += excess;
    ofRequirement.add(excess, required);
    if (notionals) ofNotional.add(excess, notionals[index] ?? 0);
    if (worstWindow === null || excess > worstExcess) {
      worstExcess = excess;
      worstWindow = index;
    }
  }
  return {
    observations: losses.length,
    breaches,
    meanExcess: breaches === 0 ? null : total / breaches,
    worstExcess: breaches === 0 ? null : worstExcess,
    worstWindow,
    excessPerWindow: total / losses.length,
    shareOfRequirement: ofRequirement.result(),
    breachesWithoutRequirement: breaches - ofRequirement.count,
    shareOfNotional: ofNotional.result(),
  };
}

class Shares {
  count = 0;
  #sum = 0;
  #worst = 0;

  add(excess: number, of: number): void {
    if (of === 0) return;
    const share = excess / of;
    this.count += 1;
    this.#sum += share;
    this.#worst = Math.max(this.#worst, share);
  }

  result(): BreachShares | null {
    if (this.count === 0) return null;
    return { mean: this.#sum / this.count, worst: this.#worst, breaches: this.count };
  }
}
