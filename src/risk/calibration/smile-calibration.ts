import { exp, log } from "../../numerics/exp-log.ts";
import { quantile, slopeThroughOrigin, upperTailMean } from "./tail.ts";

/** One expiry's smile at one instant. */
export interface SmileObservation {
  readonly timeMs: number;
  readonly underlying: string;
  readonly expiryMs: number;
  readonly expiryYears: number;
  readonly indexUsd: number;
  readonly forward: number;
  /** Annual fractions. */
  readonly atmVol: number;
  readonly put25Vol: number;
  readonly call25Vol: number;
}

/** A day's 30-day volatility and spot, from any source. */
export interface VolObservation {
  readonly timeMs: number;
  readonly spotUsd: number;
  /** Annual fraction. */
  readonly vol30: number;
}

/** Smaller moves of ln(spot) say little of how volatility answers in stress. */
const clearSpotMove = 0.035;

/** How volatility moves over a day. */
export interface VolEstimate {
  readonly moves: number;
  /** Tail means of the change of ln(30-day volatility), both positive. */
  readonly up: number;
  readonly down: number;
  /** Change of ln(30-day volatility) per unit of ln(spot), on days when spot falls or rises by {@link clearSpotMove} or more. */
  readonly spotBetaDown: number;
  readonly spotBetaUp: number;
  /** Tail mean of the relative move of spot over the same days: how stressful they were. */
  readonly spotTail: number;
}

const dayMs = 86_400_000;
/** Two observations count as a day apart within this share of a day. */
const dayTolerance = 0.3;

/** Pairs of observations a day apart: of each, the nearest later one within the tolerance. */
function dayPairs<T extends { readonly timeMs: number }>(observations: readonly T[]): (readonly [T, T])[] {
  const sorted = observations.toSorted((a, b) => a.timeMs - b.timeMs);
  const pairs: (readonly [T, T])[] = [];
  let next = 0;
  for (const first of sorted) {
    const due = first.timeMs + dayMs;
    while (
      next + 1 < sorted.length &&
      Math.abs(sorted[next + 1]!.timeMs - due) <= Math.abs(sorted[next]!.timeMs - due)
    )
      next += 1;
    const second = sorted[next];
    if (second && Math.abs(second.timeMs - due) <= dayTolerance * dayMs) pairs.push([first, second]);
  }
  return pairs;
}

/** Estimates the level shock and its link to spot from daily 30-day volatilities. */
export function calibrateVolLevel(series: readonly (readonly VolObservation[])[]): VolEstimate {
  const changes: number[] = [];
  const spots: number[] = [];
  for (const observations of series) {
    for (const [a, b] of dayPairs(observations)) {
      changes.push(log(b.vol30 / a.vol30));
      spots.push(log(b.spotUsd / a.spotUsd));
    }
  }
  const side = (sign: number): number[] =>
    [...spots.keys()].filter((at) => (spots[at] ?? 0) * sign >= clearSpotMove);
  const slope = (at: readonly number[]): number =>
    slopeThroughOrigin(
      at.map((index) => spots[index] ?? 0),
      at.map((index) => changes[index] ?? 0),
    );
  return {
    moves: changes.length,
    up: upperTailMean(changes),
    down: upperTailMean(changes.map((change) => -change)),
    spotBetaDown: slope(side(-1)),
    spotBetaUp: slope(side(1)),
    spotTail: upperTailMean(spots.map((move) => Math.abs(exp(move) - 1))),
  };
}

/** How the rest of the smile moves over a day, each expiry on its own. */
export interface SmileEstimate {
  readonly pairs: number;
  /** Exponents of (30 days / T) that the change of ln(volatility) follows, below and above 30 days. */
  readonly powerShort: number;
  readonly powerLong: number;
  /** Tail means of absolute changes. */
  readonly skew: number;
  readonly smile: number;
  /** Of the annualised basis, for expiries of at least a week. */
  readonly basis: number;
}

const monthYears = 30 / 365;
const weekYears = 7 / 365;
const twoDaysYears = 2 / 365;
/** Level moves smaller than this say nothing of the shape along tenor. */
const clearMove = 0.03;

const skewOf = (smile: SmileObservation): number => log(smile.put25Vol / smile.call25Vol);
const wingOf = (smile: SmileObservation): number =>
  log((smile.put25Vol + smile.call25Vol) / 2 / smile.atmVol);
const basisOf = (smile: SmileObservation): number => log(smile.forward / smile.indexUsd) / smile.expiryYears;

/** Groups by a key, in order of first appearance. */
function groupBy<T>(values: readonly T[], key: (value: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group) group.push(value);
    else groups.set(key(value), [value]);
  }
  return groups;
}

/** The 30-day at-the-money volatility of one snapshot, interpolated in total variance; undefined when 30 days is outside. */
export function thirtyDayVol(smiles: readonly SmileObservation[]): number | undefined {
  const sorted = smiles.toSorted((a, b) => a.expiryYears - b.expiryYears);
  const above = sorted.findIndex(({ expiryYears }) => expiryYears >= monthYears);
  const [low, high] = [sorted[above - 1], sorted[above]];
  if (!low || !high) return undefined;
  const share = (monthYears - low.expiryYears) / (high.expiryYears - low.expiryYears);
  const variance = (smile: SmileObservation): number => smile.atmVol * smile.atmVol * smile.expiryYears;
  return Math.sqrt((variance(low) + share * (variance(high) - variance(low))) / monthYears);
}

/** One 30-day volatility per snapshot of an underlying. */
export function thirtyDaySeries(smiles: readonly SmileObservation[]): readonly VolObservation[] {
  return [...groupBy(smiles, ({ timeMs }) => `${timeMs}`).values()].flatMap((snapshot): VolObservation[] => {
    const vol30 = thirtyDayVol(snapshot);
    const first = snapshot[0];
    return vol30 !== undefined && first ? [{ timeMs: first.timeMs, spotUsd: first.indexUsd, vol30 }] : [];
  });
}

/**
 * The exponent p of r(T) = (30 days / T)^p on one side of 30 days, where r(T) is the regression coefficient of an expiry's
 * change of ln(volatility) on that of 30 days, by tenor bucket; least squares through the origin in logarithms.
 */
function power(pairs: readonly { years: number; own: number; level: number }[], below: boolean): number {
  const side = pairs.filter(
    ({ years, level }) => years < monthYears === below && Math.abs(level) >= clearMove,
  );
  const buckets = groupBy(side, ({ years }) => `${Math.round(2 * log(years / monthYears))}`);
  const x: number[] = [];
  const y: number[] = [];
  for (const bucket of buckets.values()) {
    if (bucket.length < 20) continue;
    const ratio = slopeThroughOrigin(
      bucket.map(({ level }) => level),
      bucket.map(({ own }) => own),
    );
    if (ratio <= 0) continue;
    x.push(
      log(
        monthYears /
          quantile(
            bucket.map(({ years }) => years),
            0.5,
          ),
      ),
    );
    y.push(log(ratio));
  }
  return slopeThroughOrigin(x, y);
}

/** Estimates the shape of volatility shocks along tenor, and skew, smile and basis shocks, from smiles a day apart. */
export function calibrateSmile(observations: readonly SmileObservation[]): SmileEstimate {
  const levels = new Map<string, number>();
  for (const [underlying, own] of groupBy(observations, ({ underlying: symbol }) => symbol)) {
    for (const { timeMs, vol30 } of thirtyDaySeries(own)) levels.set(`${underlying} ${timeMs}`, vol30);
  }
  const pairs = [
    ...groupBy(observations, ({ underlying, expiryMs }) => `${underlying} ${expiryMs}`).values(),
  ].flatMap(dayPairs);
  const moves = pairs.flatMap(([a, b]) => {
    const [from, to] = [levels.get(`${a.underlying} ${a.timeMs}`), levels.get(`${b.underlying} ${b.timeMs}`)];
    if (from === undefined || to === undefined) return [];
    return [{ years: a.expiryYears, own: log(b.atmVol / a.atmVol), level: log(to / from) }];
  });
  const shaped = pairs.filter(([, b]) => b.expiryYears >= twoDaysYears);
  const change = (
    of: (smile: SmileObservation) => number,
    from: readonly (readonly [SmileObservation, SmileObservation])[],
  ): number => upperTailMean(from.map(([a, b]) => Math.abs(of(b) - of(a))));
  return {
    pairs: pairs.length,
    powerShort: power(moves, true),
    powerLong: power(moves, false),
    skew: change(skewOf, shaped),
    smile: change(wingOf, shaped),
    basis: change(
      basisOf,
      pairs.filter(([, b]) => b.expiryYears >= weekYears),
    ),
  };
}
