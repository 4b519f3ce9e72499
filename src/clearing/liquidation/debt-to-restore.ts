import { mulDivFloor } from "../../quantity/money.ts";
import { addFractions, multiplyFractions, type Fraction, whole } from "./fraction.ts";
import { type SecuredDebt } from "./health.ts";
import { type StepSize, sizeToRestoreCeil } from "./size-to-restore.ts";

/** On what terms debt is repaid with collateral. */
export interface RepayTerms {
  /** What a liquidator gets beyond what they repay, ≥ 0. */
  readonly bonus: Fraction;
  /** Weighted collateral per debt that the step restores, ≥ 1: Aave v4's target health factor. */
  readonly targetHealth: Fraction;
}

const denominatorOf = (...fractions: readonly Fraction[]): bigint =>
  fractions.reduce((product, { denominator }) => product * denominator, 1n);

const scaled = ({ numerator, denominator }: Fraction, scale: bigint): bigint =>
  (numerator * scale) / denominator;

/**
 * The least debt to repay, each unit against 1 + bonus of collateral, after which threshold × collateral ≥ target × debt:
 *
 *     x = ⌈(target × debt − threshold × collateral) ÷ (target − threshold × (1 + bonus))⌉
 *
 * `exhausts` when debt or collateral run out first: then `size` is what the collateral covers, at most the debt. `routedOnward` when
 * target ≤ threshold × (1 + bonus), as no size helps.
 *
 * Money in and out in one unit; the collateral that goes with it by transfer.ts.
 */
export function debtToRestoreCeil(position: SecuredDebt, { bonus, targetHealth }: RepayTerms): StepSize {
  const { collateral, debt, threshold } = position;
  const weightSeized = multiplyFractions(threshold, addFractions(whole, bonus));
  const scale = denominatorOf(threshold, bonus, targetHealth);
  const covered = mulDivFloor(collateral, bonus.denominator, bonus.denominator + bonus.numerator);
  return sizeToRestoreCeil({
    shortage: debt * scaled(targetHealth, scale) - collateral * scaled(threshold, scale),
    relief: scaled(targetHealth, scale),
    cost: scaled(weightSeized, scale),
    per: 1n,
    available: covered < debt ? covered : debt,
  });
}
