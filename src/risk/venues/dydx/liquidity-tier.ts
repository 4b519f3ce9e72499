import { mulDivCeil, mulDivFloor } from "../../../quantity/money.ts";

const million = 1_000_000n;

/** A liquidity tier. Fractions in parts per million, amounts in integer micro-dollars. */
export interface LiquidityTier {
  readonly initialMarginPpm: bigint;
  readonly maintenanceFractionPpm: bigint;
  /** Open interest up to which the initial fraction is the tier's own. */
  readonly openInterestLower: bigint;
  /** Open interest from which it is 1. Equal to the lower bound: it never rises. */
  readonly openInterestUpper: bigint;
}

/** Maintenance fraction, ppm, rounded down before use. */
export const maintenanceMarginPpm = ({ initialMarginPpm, maintenanceFractionPpm }: LiquidityTier): bigint =>
  mulDivFloor(initialMarginPpm, maintenanceFractionPpm, million);

/**
 * Initial requirement of a notional, micro-dollars, rounded up once:
 * min(1, IMF + clip((OI − lower) / (upper − lower)) × (1 − IMF)), or the account's own fraction when larger.
 *
 * @param openInterest - of the market, micro-dollars.
 * @param customPpm - the account's own initial fraction, a cap on its leverage; 0 for none.
 */
export function initialMargin(
  notional: bigint,
  tier: LiquidityTier,
  openInterest: bigint,
  customPpm: bigint = 0n,
): bigint {
  const { initialMarginPpm: base, openInterestLower: lower, openInterestUpper: upper } = tier;
  const span = upper - lower;
  const above =
    openInterest <= lower || span <= 0n ? 0n : openInterest >= upper ? span : openInterest - lower;
  const divisor = span > 0n ? span : 1n;
  // base + (1 − base) × above / span, as a fraction of million × divisor.
  const scaled = base * divisor + (million - base) * above;
  const custom = customPpm * divisor;
  return mulDivCeil(notional, scaled > custom ? scaled : custom, million * divisor);
}

/** Maintenance requirement of a notional, micro-dollars, rounded up. Does not rise with open interest. */
export const maintenanceMargin = (notional: bigint, tier: LiquidityTier): bigint =>
  mulDivCeil(notional, maintenanceMarginPpm(tier), million);
