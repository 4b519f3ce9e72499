import { type AssetKind } from "../../market/index.ts";

/** `[upper bound of notional in USD, rate]`, ascending, marginal: each rate applies to the part of the notional inside its tier. */
export type Tier = readonly [number, number];

/** The schedule of the fixed-percentage models, {@link isolatedMargin} and {@link crossMargin}. */
export interface FixedRateParameters {
  /** Initial rate of a delta-one position by notional. The last bound is Infinity. */
  readonly deltaOneTiers: Readonly<Record<string, readonly Tier[]>>;
  /** Maintenance requirement of a delta-one position as a share of the initial one, 0 to 1. */
  readonly maintenanceShare: number;
  /** Short options, as fractions of the index. */
  readonly shortOption: {
    readonly base: number;
    readonly minimum: number;
    readonly maintenance: number;
  };
  /** Fraction of a positive balance's value that does not count, 0 to 1. */
  readonly haircut: Readonly<Record<AssetKind, number>>;
  /** Extra of a negative balance's value that is required. */
  readonly debtCharge: Readonly<Record<AssetKind, number>>;
}

/**
 * Round numbers in the middle of what large venues publish for fixed-percentage margin: 20× on the largest
 * underlyings falling with size, short options 15 % of the index less what they are out of the money and at least
 * 10 %, collateral haircuts by kind. `default` serves an underlying without a row of its own.
 */
export const defaultFixedRateParameters: FixedRateParameters = {
  deltaOneTiers: {
    BTC: [
      [10e6, 0.05],
      [50e6, 0.1],
      [Infinity, 0.2],
    ],
    ETH: [
      [5e6, 0.05],
      [25e6, 0.1],
      [Infinity, 0.2],
    ],
    default: [
      [1e6, 0.1],
      [5e6, 0.2],
      [Infinity, 0.5],
    ],
  },
  maintenanceShare: 0.5,
  shortOption: { base: 0.15, minimum: 0.1, maintenance: 0.075 },
  haircut: { fiat: 0, stablecoin: 0.02, major: 0.1, staked: 0.15, other: 0.4 },
  debtCharge: { fiat: 0, stablecoin: 0.02, major: 0.1, staked: 0.15, other: 0.4 },
};

/** What marginal tiers ask of an amount: Σ over tiers of rate × the part of the amount inside the tier. */
export function tieredRequirement(tiers: readonly Tier[], amount: number): number {
  let required = 0;
  let lower = 0;
  for (const [upper, rate] of tiers) {
    if (amount <= lower) break;
    required += rate * (Math.min(amount, upper) - lower);
    lower = upper;
  }
  return required;
}
