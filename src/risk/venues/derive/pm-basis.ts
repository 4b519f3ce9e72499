import { type Fixed18, min, mul, one, sum } from "../shared/fixed18.ts";
import { yearFraction } from "./black76.ts";
import { type BasisParams } from "./pm-inputs.ts";

/** An expiry's options at mark and at both basis moves. */
export interface BasisValues {
  readonly secToExpiry: number;
  readonly mtm: Fixed18;
  readonly basisUpMtm: Fixed18;
  readonly basisDownMtm: Fixed18;
}

/** Values an expiry at mark and at both basis moves. */
export const basisValues = (
  { scenarioSpotUp, scenarioSpotDown }: BasisParams,
  valueAt: (spotShock: Fixed18) => Fixed18,
): Omit<BasisValues, "secToExpiry"> => ({
  mtm: valueAt(one),
  basisUpMtm: valueAt(scenarioSpotUp),
  basisDownMtm: valueAt(scenarioSpotDown),
});

/** The factor on an expiry's loss in a basis move. */
export const basisFactor = (
  { secToExpiry }: Pick<BasisValues, "secToExpiry">,
  { basisContAddFactor, basisContMultFactor }: BasisParams,
): Fixed18 => basisContAddFactor + mul(basisContMultFactor, yearFraction(secToExpiry));

/** Over expiries, the worse of the two moves if it loses, times the expiry's factor: ≤ 0. */
export const basisContingency = (expiries: readonly BasisValues[], params: BasisParams): Fixed18 =>
  sum(
    expiries.map((expiry) => {
      const { mtm, basisUpMtm, basisDownMtm } = expiry;
      return mul(min(0n, min(basisUpMtm - mtm, basisDownMtm - mtm)), basisFactor(expiry, params));
    }),
  );

/** The spot shock of the worse basis move; absent when neither loses. */
export function worseBasisShock(
  { mtm, basisUpMtm, basisDownMtm }: BasisValues,
  { scenarioSpotUp, scenarioSpotDown }: BasisParams,
): Fixed18 | undefined {
  if (basisUpMtm >= mtm && basisDownMtm >= mtm) return undefined;
  return basisUpMtm < basisDownMtm ? scenarioSpotUp : scenarioSpotDown;
}
