import { type Fraction, partFloor, whole } from "./fraction.ts";

/** A debt against collateral, both as money at the prices in force. */
export interface SecuredDebt {
  /** Value of the collateral that a step may take, ≥ 0. */
  readonly collateral: bigint;
  /** Value of the debt, > 0. */
  readonly debt: bigint;
  /** Part of the collateral's value that counts: its liquidation threshold. */
  readonly threshold: Fraction;
}

/** Σ ⌊value × threshold⌋: what collaterals of several kinds count for. */
export const weightedCollateralFloor = (
  assets: readonly { readonly value: bigint; readonly threshold: Fraction }[],
): bigint => assets.reduce((sum, { value, threshold }) => sum + partFloor(value, threshold), 0n);

/** Health of a debt: weighted collateral per debt. Exact; `undefined` without debt, which nothing limits. */
export const healthOf = (weightedCollateral: bigint, debt: bigint): Fraction | undefined =>
  debt > 0n ? { numerator: weightedCollateral, denominator: debt } : undefined;

/** Whether threshold × collateral < target × debt. Exact. */
export const belowTargetHealth = (
  { collateral, debt, threshold }: SecuredDebt,
  target: Fraction = whole,
): boolean =>
  collateral * threshold.numerator * target.denominator < target.numerator * debt * threshold.denominator;

/**
 * Whether repaying with this bonus leaves health where it is or lowers it: health ≤ threshold × (1 + bonus), that is, the collateral does not
 * cover the debt and its bonus. Such a position ends in bad debt and is routed onward, to where a loss can be taken.
 */
export const transferLowersHealth = (
  { collateral, debt }: Pick<SecuredDebt, "collateral" | "debt">,
  bonus: Fraction,
): boolean => collateral * bonus.denominator <= debt * (bonus.denominator + bonus.numerator);
