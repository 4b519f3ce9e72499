import { debtToRestoreCeil } from "../../liquidation/debt-to-restore.ts";
import { addFractions, type Fraction, partFloor, whole } from "../../liquidation/fraction.ts";
import { healthOf, type SecuredDebt } from "../../liquidation/health.ts";
import { type StepSize } from "../../liquidation/size-to-restore.ts";
import { closeFactor, stepSizeFloor } from "../../liquidation/step-limits.ts";

const ratio = (percent: bigint): Fraction => ({ numerator: percent, denominator: 100n });

/** Aave v3.3: all of a debt at a health of 0.95 or less, or when debt or collateral is worth less than 2000 USD, else half. */
export const aaveV3CloseFactor = (health: Fraction, smallerLegValue: bigint, usd: bigint): Fraction =>
  closeFactor(health, smallerLegValue, {
    fullBelowHealth: ratio(95n),
    portion: ratio(50n),
    fullBelowValue: 2_000n * usd,
  });

/**
 * Largest debt that Aave v3.3 lets one call repay, money: the close factor's part, and all of it where less than 1000 USD would remain.
 *
 * @param usd - one dollar in the unit of the amounts.
 */
export function aaveV3Repayable(position: SecuredDebt, usd: bigint): bigint {
  const { collateral, debt, threshold } = position;
  const health = healthOf(partFloor(collateral, threshold), debt);
  if (!health) return 0n;
  const portion = aaveV3CloseFactor(health, collateral < debt ? collateral : debt, usd);
  return stepSizeFloor(debt, debt, { portion, dust: 1_000n * usd });
}

/** Terms of an Aave v4 reserve. Fractions; health as weighted collateral per debt. */
export interface AaveV4Terms {
  /** Bonus at and below `maxBonusHealth`. */
  readonly maxBonus: Fraction;
  /** Part of it that is given at a health of 1. */
  readonly bonusPart: Fraction;
  readonly maxBonusHealth: Fraction;
  readonly targetHealth: Fraction;
}

/** Bonus at a health: from `bonusPart` × `maxBonus` at 1 in a straight line to `maxBonus` at `maxBonusHealth`. */
export function aaveV4Bonus(
  health: Fraction,
  { maxBonus, bonusPart, maxBonusHealth }: AaveV4Terms,
): Fraction {
  const above = (a: Fraction, b: Fraction): Fraction => addFractions(a, { ...b, numerator: -b.numerator });
  const fallen = above(whole, health);
  const range = above(whole, maxBonusHealth);
  const progress: Fraction =
    fallen.numerator <= 0n
      ? { numerator: 0n, denominator: 1n }
      : {
          numerator: fallen.numerator * range.denominator,
          denominator: fallen.denominator * range.numerator,
        };
  const full = progress.denominator <= 0n || progress.numerator >= progress.denominator;
  const part = full
    ? whole
    : addFractions(bonusPart, {
        numerator: progress.numerator * (bonusPart.denominator - bonusPart.numerator),
        denominator: progress.denominator * bonusPart.denominator,
      });
  return {
    numerator: part.numerator * maxBonus.numerator,
    denominator: part.denominator * maxBonus.denominator,
  };
}

/** Aave v4: {@link debtToRestoreCeil} to the reserve's target health, with the bonus at the position's own. */
export function aaveV4Repay(position: SecuredDebt, terms: AaveV4Terms): StepSize {
  const { collateral, debt, threshold } = position;
  const health = { numerator: collateral * threshold.numerator, denominator: debt * threshold.denominator };
  return debtToRestoreCeil(position, { bonus: aaveV4Bonus(health, terms), targetHealth: terms.targetHealth });
}
