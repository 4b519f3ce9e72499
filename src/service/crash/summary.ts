import { type CrashFigures } from "./figures.ts";

/** Order statistics of a sample: the smallest value with at least the share of it at or below. NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1))] ?? NaN;
}

export interface Recovery {
  /** Accounts that had equity above nothing when first in breach; others have no ratio. */
  readonly accounts: number;
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
  /** All of their equity at the end over all of it at first breach: what large accounts weigh most in. */
  readonly ofMoney: number;
}

/** Equity at the window's end over that at first breach, by account. */
export const ratiosOf = (figures: readonly CrashFigures[]): number[] =>
  figures.flatMap(({ breached }) =>
    breached
      .filter(({ equityUsd }) => equityUsd > 0)
      .map(({ equityUsd, endEquityUsd }) => endEquityUsd / equityUsd),
  );

/** Of one run, or of several pooled: every account counts once. */
export function recoveryOf(figures: readonly CrashFigures[]): Recovery {
  const ratios = ratiosOf(figures);
  const counted = figures.flatMap(({ breached }) => breached.filter(({ equityUsd }) => equityUsd > 0));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    accounts: ratios.length,
    lower: quantile(ratios, 0.25),
    median: quantile(ratios, 0.5),
    upper: quantile(ratios, 0.75),
    ofMoney: sum(counted.map((one) => one.endEquityUsd)) / sum(counted.map((one) => one.equityUsd)),
  };
}

export const solventOf = ({ breached }: CrashFigures): number =>
  breached.filter(({ isSolvent }) => isSolvent).length;

/** Median recovered equity by ours over another's, less one; NaN where the other leaves nothing. */
export const gainOver = (ours: readonly CrashFigures[], other: readonly CrashFigures[]): number => {
  const median = recoveryOf(other).median;
  return median > 0 ? recoveryOf(ours).median / median - 1 : NaN;
};
