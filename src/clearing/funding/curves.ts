import { mulDivCeil } from "../../quantity/money.ts";
import { safeInteger } from "../../quantity/safe-integer.ts";

/** Premiums and funding rates are parts per billion (ppb): 0.01 % is 100_000. */
export const ppbPerOne = 1_000_000_000;

/** Cumulative funding per lot counts 1e-12 of a unit of the settlement asset. */
export const fundingScale = 1_000_000_000_000n;

/** The largest premium that counts, either way: the whole index. */
export const maxPremiumPpb: number = ppbPerOne;

const billion = BigInt(ppbPerOne);

/** How an instrument turns its premium into a funding rate. Rates are per interval. */
export interface FundingTerms {
  /** Time between payments, ms. > 0. */
  readonly intervalMs: number;
  /** Time over which a constant premium is paid once in full, ms: 28_800_000 (8 hours) is usual. > 0. */
  readonly premiumPeriodMs: number;
  /** What longs pay at no premium. Signed. */
  readonly interestPpb: number;
  /** Interest pulls the rate toward itself by at most this much; 0 switches interest off. ≥ 0. */
  readonly dampingPpb: number;
  /** Bound of the rate, either way. ≥ 0. */
  readonly capPpb: number;
  /** A premium counts for at most this long after it was observed, then as 0 until the next. > 0. */
  readonly premiumLifeMs: number;
}

const clampPpb = (value: bigint, bound: number): number =>
  value > BigInt(bound) ? bound : value < -BigInt(bound) ? 0 - bound : Number(value);

/**
 * Premium of a perpetual over its index: how far the index lies below the impact bid, or above the impact ask, as a share of the
 * index; 0 between the two. Impact prices are those at which a stated amount could be sold and bought at once.
 *
 * @param indexMicros - > 0, quote currency × 1e-6 per unit of underlying, as are the impact prices.
 * @param impactBidMicros - 0 when there are too few bids.
 * @param impactAskMicros - 0 when there are too few asks: none counts.
 * @returns ppb toward 0, within ±{@link maxPremiumPpb}.
 */
export function premiumPpb(indexMicros: number, impactBidMicros: number, impactAskMicros: number): number {
  const above = Math.max(0, impactBidMicros - indexMicros);
  const below = impactAskMicros === 0 ? 0 : Math.max(0, indexMicros - impactAskMicros);
  return clampPpb((BigInt(above - below) * billion) / BigInt(indexMicros), maxPremiumPpb);
}

/** Running time integral of the premium since `startMs`. Plain and immutable. */
export interface PremiumWindow {
  readonly startMs: number;
  /** When the premium in force was observed. */
  readonly observedMs: number;
  readonly premiumPpb: number;
  /** Σ premium × ms from `startMs` to `observedMs`. */
  readonly integral: bigint;
}

/** A window that starts at `startMs`, with the premium in force then. */
export const openPremiumWindow = (startMs: number, premium: number = 0): PremiumWindow => ({
  startMs,
  observedMs: startMs,
  premiumPpb: premium,
  integral: 0n,
});

const integralAt = (window: PremiumWindow, atMs: number, terms: FundingTerms): bigint =>
  window.integral +
  BigInt(window.premiumPpb) * BigInt(Math.min(atMs - window.observedMs, terms.premiumLifeMs));

/**
 * Takes note of a premium. Each weighs as long as it stood, so what is shown for a moment, the last one too, weighs nothing.
 *
 * @param atMs - ≥ `window.observedMs`.
 */
export const observePremium = (
  window: PremiumWindow,
  atMs: number,
  premium: number,
  terms: FundingTerms,
): PremiumWindow => ({
  startMs: window.startMs,
  observedMs: atMs,
  premiumPpb: premium,
  integral: integralAt(window, atMs, terms),
});

/** Time-weighted average of the premium from the window's start to `endMs`, ppb toward 0; 0 of an empty window. */
export function averagePremiumPpb(window: PremiumWindow, endMs: number, terms: FundingTerms): number {
  const elapsedMs = endMs - window.startMs;
  return elapsedMs <= 0 ? 0 : Number(integralAt(window, endMs, terms) / BigInt(elapsedMs));
}

/** The window after one that ends at `endMs`. The premium in force is carried over; it ages from where it was observed. */
export const nextPremiumWindow = (
  window: PremiumWindow,
  endMs: number,
  terms: FundingTerms,
): PremiumWindow => ({
  ...window,
  startMs: endMs,
  // What it counted before the new start is taken off again.
  integral: window.integral - integralAt(window, endMs, terms),
});

/**
 * A rate from a premium and an interest: `premium + clamp(interest − premium, −damping, damping)`. All three in one unit,
 * whichever; exact.
 */
export function dampedRate(premium: bigint, interest: bigint, damping: bigint): bigint {
  const pull = interest - premium;
  return premium + (pull > damping ? damping : pull < -damping ? -damping : pull);
}

/**
 * Funding rate of one interval for the average premium over it: spread over the premium period, damped toward the interest,
 * capped. Positive: longs pay shorts.
 *
 * @returns ppb of the position's value at the index, toward 0.
 */
export function fundingRatePpb(averagePremium: number, terms: FundingTerms): number {
  const premium = (BigInt(averagePremium) * BigInt(terms.intervalMs)) / BigInt(terms.premiumPeriodMs);
  return clampPpb(dampedRate(premium, BigInt(terms.interestPpb), BigInt(terms.dampingPpb)), terms.capPpb);
}

/** A rate of one interval as the plain fraction per hour that reports show. */
export const fundingRatePerHour = (ratePpb: number, intervalMs: number): number =>
  (ratePpb * 3_600_000) / (intervalMs * ppbPerOne);

/** A rate applied to a time, on the index at its end. */
export interface FundingAccrual {
  /** Per interval. */
  readonly ratePpb: number;
  readonly intervalMs: number;
  /** The time charged for; usually one interval. */
  readonly elapsedMs: number;
  /** > 0, quote currency × 1e-6 per unit of underlying. */
  readonly indexMicros: number;
}

/**
 * What one long lot of a linear instrument pays for `accrual`: its value at the index × rate × time. Add it to the instrument's
 * cumulative funding; both sides of every position settle by that one figure.
 *
 * @param lotNanos - underlying per lot, in 1e-9.
 * @returns signed, units of the 6-decimal settlement asset × {@link fundingScale}, toward 0.
 */
export function linearFundingPerLot(accrual: FundingAccrual, lotNanos: number): bigint {
  const { ratePpb, intervalMs, elapsedMs, indexMicros } = accrual;
  const value = BigInt(indexMicros) * BigInt(lotNanos);
  return (
    (value * BigInt(ratePpb) * BigInt(elapsedMs) * fundingScale) /
    (1_000_000_000n * billion * BigInt(intervalMs))
  );
}

/**
 * The same of an inverse instrument, whose lot is an amount of quote currency and settles in the coin: lot / index × rate × time.
 *
 * @param lotUsdMicros - quote currency per lot, in 1e-6.
 * @param unitsPerCoin - 10^decimals of the coin.
 */
export function inverseFundingPerLot(
  accrual: FundingAccrual,
  lotUsdMicros: number,
  unitsPerCoin: number,
): bigint {
  const { ratePpb, intervalMs, elapsedMs, indexMicros } = accrual;
  const value = BigInt(lotUsdMicros) * BigInt(unitsPerCoin);
  return (
    (value * BigInt(ratePpb) * BigInt(elapsedMs) * fundingScale) /
    (BigInt(indexMicros) * billion * BigInt(intervalMs))
  );
}

/**
 * What a position owes for the growth of cumulative funding since it was last settled. Who pays pays the ceiling, who receives
 * gets the floor: while longs equal shorts the house keeps the difference, and never adds to it.
 *
 * @param lots - signed; negative is short.
 * @returns units: > 0 to pay, < 0 to receive.
 */
export function fundingOwedCeil(lots: number, fromPerLot: bigint, toPerLot: bigint): number {
  if (lots === 0 || fromPerLot === toPerLot) return 0;
  return safeInteger(mulDivCeil(BigInt(lots), toPerLot - fromPerLot, fundingScale), "funding owed");
}
