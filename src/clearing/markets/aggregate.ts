import { ascending, medianOfSorted, mulDiv } from "./exact.ts";
import { maxPriceMicros } from "./limits.ts";

/** A publisher's last word on a price. */
export interface PriceReport {
  /** The signer. */
  readonly publisher: string;
  readonly priceMicros: number;
  /** The publisher's own, 0 to 1,000,000. */
  readonly confidencePpm: number;
  readonly timeMs: number;
}

/** How a feed makes one price of many. */
export interface FeedRules {
  readonly minimumPublishers: number;
  readonly maxPriceAgeMs: number;
  readonly maxMovePerSecondPpm: number;
}

/** The price that fresh reports make, and how far to trust it. */
export interface Aggregate {
  readonly medianMicros: number;
  /** Reports that are fresh and no outliers. */
  readonly usedCount: number;
  /** own × quorum × agreement; how old it is comes later. */
  readonly trustPpm: number;
  /** Median of the used reports' times. */
  readonly timeMs: number;
  /** Until when enough of the used reports stay fresh if no other comes, inclusive. */
  readonly freshUntilMs: number;
}

/** The whole, in ppm. */
export const wholePpm = 1_000_000;
/** A report further from the median than so many robust deviations is an outlier. */
export const outlierDeviations = 5;
/** Sources that agree to this share of the price are no outliers to each other. */
export const smallestDeviationPpm = 500;
/** Robust deviation at which confidence reaches 0. */
export const deviationLimitPpm = 20_000;
/** Publishers that were silent for so many maximum ages count no more toward the quorum. */
export const quorumMemoryAges = 10;

/** |a/b − 1| in ppm, down; a thousand times and more is one. */
export const distancePpm = (a: number, b: number): number =>
  Math.abs(a - b) > b * 1_000 ? 1_000 * wholePpm : mulDiv(Math.abs(a - b), wholePpm, b);

/** 1.4826 × the median of what ascends: a robust standard deviation. */
const robust = (sorted: readonly number[]): number => mulDiv(medianOfSorted(sorted), 14_826, 10_000);

/**
 * One price from each publisher's last report, in integers, by the rules of docs/prices.md: the median of all fresh reports; outliers
 * by robust deviation are left out of quorum and confidence, never out of the median. The order of reports changes nothing. While
 * fewer than half of the fresh reports are wrong the price lies within the range of the right ones.
 *
 * @param reports - one per publisher, with prices from 1 to {@link maxPriceMicros}.
 * @returns undefined when fewer than `minimumPublishers` are left without outliers.
 */
export function aggregateReports(
  reports: readonly PriceReport[],
  nowMs: number,
  rules: FeedRules,
): Aggregate | undefined {
  const { minimumPublishers, maxPriceAgeMs } = rules;
  const fresh = reports.filter(({ timeMs }) => nowMs - timeMs <= maxPriceAgeMs);
  if (fresh.length < minimumPublishers) return undefined;
  const medianMicros = medianOfSorted(fresh.map(({ priceMicros }) => priceMicros).sort(ascending));

  const distances = fresh.map(({ priceMicros }) => distancePpm(priceMicros, medianMicros)).sort(ascending);
  const allowedPpm = outlierDeviations * Math.max(smallestDeviationPpm, robust(distances));
  const used = fresh.filter(({ priceMicros }) => distancePpm(priceMicros, medianMicros) <= allowedPpm);
  if (used.length < minimumPublishers) return undefined;

  const known = reports.filter(({ timeMs }) => nowMs - timeMs <= maxPriceAgeMs * quorumMemoryAges).length;
  const ownPpm = Math.floor(used.reduce((sum, { confidencePpm }) => sum + confidencePpm, 0) / used.length);
  const quorumPpm = Math.floor((used.length * wholePpm) / known);
  const spreadPpm = robust(
    used.map(({ priceMicros }) => distancePpm(priceMicros, medianMicros)).sort(ascending),
  );
  const times = used.map(({ timeMs }) => timeMs).sort(ascending);
  return {
    medianMicros,
    usedCount: used.length,
    trustPpm: mulDiv(mulDiv(ownPpm, quorumPpm, wholePpm), agreementPpm(spreadPpm), wholePpm),
    timeMs: medianOfSorted(times),
    freshUntilMs: (times[times.length - minimumPublishers] ?? 0) + maxPriceAgeMs,
  };
}

/** 1 when prices agree, 0 when their deviation reaches {@link deviationLimitPpm}. */
export const agreementPpm = (deviationPpm: number): number =>
  mulDiv(Math.max(0, deviationLimitPpm - deviationPpm), wholePpm, deviationLimitPpm);

/** A price moved from `anchorMicros` toward `targetMicros` by at most the bound on change for the time since. */
export function boundedPrice(
  anchorMicros: number,
  targetMicros: number,
  elapsedMs: number,
  maxMovePerSecondPpm: number,
): number {
  if (elapsedMs === 0) return anchorMicros;
  const perBillion = maxMovePerSecondPpm * Math.min(elapsedMs, 86_400_000);
  // By then the bound is many times the price, and none.
  if (perBillion > 50_000_000_000) return targetMicros;
  // A price of a few micros must be able to move too.
  const bound = Math.max(1, mulDiv(anchorMicros, perBillion, 1_000_000_000));
  const low = Math.max(1, anchorMicros - bound);
  const high = Math.min(maxPriceMicros, anchorMicros + bound);
  return targetMicros < low ? low : targetMicros > high ? high : targetMicros;
}
