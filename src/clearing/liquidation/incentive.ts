import { mulDivFloor } from "../../quantity/money.ts";

/** How a liquidator's reward follows from how tight a market's threshold is. Parts of `one`. */
export interface IncentiveTerms {
  /** Unit of the fractions: 10^18 or 10^6. */
  readonly one: bigint;
  /** How fast the reward grows with the distance of the threshold from 1: 0 to `one`. */
  readonly cursor: bigint;
  /** Bound of the factor. ≥ `one`. */
  readonly maxFactor: bigint;
}

/**
 * Collateral per debt repaid: min(maxFactor, 1 ÷ (1 − cursor × (1 − threshold))), parts of `one`, each division down. Times the threshold it
 * never exceeds 1, so that at the threshold itself the collateral covers the debt and the reward.
 *
 * @param threshold - 0 to `one`.
 * @see Morpho Blue: cursor 0.3, bound 1.15
 */
export function incentiveFactorFloor(threshold: bigint, { one, cursor, maxFactor }: IncentiveTerms): bigint {
  const rest = one - mulDivFloor(cursor, one - threshold, one);
  if (rest <= 0n) return maxFactor;
  const factor = mulDivFloor(one, one, rest);
  return factor < maxFactor ? factor : maxFactor;
}
