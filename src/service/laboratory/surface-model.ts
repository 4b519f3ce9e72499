import { exp, log, randomStream } from "../../numerics/index.ts";
import { PlimsollError } from "../../quantity/index.ts";
import { leastSquares } from "./least-squares.ts";
import { shapeNames, type SurfaceState } from "./simulated-surface.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A coin's recorded surface at one instant. */
export interface ObservedSurface {
  readonly timeMs: number;
  readonly indexUsd: number;
  readonly state: SurfaceState;
}

/** Hourly closes of a coin, with what is made of them. Nothing later than the instant asked for is looked at. */
export interface CloseSeries {
  readonly startMs: number;
  /** NaN where nothing was recorded. */
  readonly closes: Float64Array;
}

/** What the model of one coin is fitted on, all of it of the training span. */
export interface CoinTraining {
  readonly symbol: string;
  /** By time. */
  readonly surfaces: readonly ObservedSurface[];
  /** ln of the recorded volatility index, annual fraction, by the instant from which it was known. */
  readonly index: ReadonlyMap<number, number>;
  /** The level's regression on past volatility looks at no day from this instant on. */
  readonly levelUntilMs: number;
  readonly spot: CloseSeries;
}

/** How one coin's surface moves. */
interface CoinModel {
  readonly symbol: string;
  /** ln(volatility index) less ln(volatility at the money at 30 days). */
  readonly indexGap: number;
  /** By place of {@link shapeNames}: constant and slope on the level. */
  readonly means: readonly (readonly number[])[];
  /** By place: on yesterday's deviation, the spot's return and the level's change. */
  readonly steps: readonly (readonly number[])[];
  /** By place: as far as a deviation goes. */
  readonly limits: readonly number[];
  /** Regression of ln(volatility index) on past volatility: constant, then ln of a day's, a week's and a month's. */
  readonly levels: readonly number[];
  readonly levelExplained: number;
  /** On yesterday's deviation from that regression. */
  readonly levelStep: number;
}

/** Surfaces as they moved in the training span, ready to be carried to days without any. */
export interface SurfaceModel {
  readonly coins: readonly CoinModel[];
  /** Shocks of a day, of all coins' shapes one after the other: what no regression explained. */
  readonly shapeShocks: readonly (readonly number[])[];
  /** Shocks of a day to the index's deviation, by coin. */
  readonly levelShocks: readonly (readonly number[])[];
}

/** A day's surfaces. */
export interface SimulatedDay {
  readonly timeMs: number;
  readonly states: ReadonlyMap<string, SurfaceState>;
  /** Coins whose level was recorded, and not simulated from past volatility. */
  readonly recorded: ReadonlySet<string>;
}

/** Two snapshots this far apart are a day apart. */
const dayTolerance = 2 * hourMs;
/** A snapshot this near to the volatility index's instant is compared with it. */
const gapTolerance = 6 * hourMs;
const leastPairs = 30;
/** Deviations go no further than so many times the largest seen: shocks that pile up are no surface. */
const limitShare = 2;
const realisedDays = [1, 7, 30] as const;
/** Share of a window's hours that must have been recorded. */
const leastShare = 0.9;

/** ln of realised volatility, annual, over the days before an instant; NaN where too few hours were recorded. */
export function lnRealised({ startMs, closes }: CloseSeries, timeMs: number, days: number): number {
  const to = Math.round((timeMs - startMs) / hourMs);
  let squares = 0;
  let count = 0;
  for (let at = to - days * 24 + 1; at <= to; at++) {
    const change = log((closes[at] ?? Number.NaN) / (closes[at - 1] ?? Number.NaN));
    if (!Number.isFinite(change)) continue;
    squares += change * change;
    count += 1;
  }
  if (count < leastShare * days * 24 || squares === 0) return Number.NaN;
  return log((squares / count) * 24 * 365) / 2;
}

const levelRegressors = (spot: CloseSeries, timeMs: number): readonly number[] => [
  1,
  ...realisedDays.map((days) => lnRealised(spot, timeMs, days)),
];

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, at) => sum + value * b[at]!, 0);

/** A day of a coin's surface: where it started, what happened, where it came. */
interface Pair {
  readonly timeMs: number;
  readonly spotReturn: number;
  readonly levelChange: number;
  readonly from: SurfaceState;
  readonly to: SurfaceState;
}

function pairsOf(surfaces: readonly ObservedSurface[]): readonly Pair[] {
  const pairs: Pair[] = [];
  let later = 0;
  for (const from of surfaces) {
    while (later < surfaces.length && surfaces[later]!.timeMs < from.timeMs + dayMs - dayTolerance)
      later += 1;
    const to = surfaces[later];
    if (!to || to.timeMs > from.timeMs + dayMs + dayTolerance) continue;
    pairs.push({
      timeMs: from.timeMs,
      spotReturn: log(to.indexUsd / from.indexUsd),
      levelChange: to.state.level - from.state.level,
      from: from.state,
      to: to.state,
    });
  }
  return pairs;
}

/**
 * Fits the model: means of the surface's shape given its level; how deviations from them fade and answer to spot and level; the
 * level given past volatility. What is left over, day by day and jointly for all coins, is kept as it was, tails and all.
 *
 * @throws {PlimsollError} `PLM_DATA_GAP` with fewer than 30 days of surfaces or of the volatility index.
 */
export function fitSurfaceModel(coins: readonly CoinTraining[]): SurfaceModel {
  const shocks = coins.map(() => new Map<number, readonly number[]>());
  const levelShocks = coins.map(() => new Map<number, number>());
  const models = coins.map((coin, which): CoinModel => {
    const { symbol, surfaces, index, levelUntilMs, spot } = coin;
    const pairs = pairsOf(surfaces);
    requirePairs(`${symbol}: days with option surfaces`, pairs.length);
    const means = shapeNames.map(
      (_, place) =>
        leastSquares(
          surfaces.map(({ state }) => [1, state.level]),
          surfaces.map(({ state }) => state.shape[place]!),
        ).coefficients,
    );
    const deviation = ({ level, shape }: SurfaceState, place: number): number =>
      shape[place]! - dot(means[place]!, [1, level]);
    const steps = shapeNames.map((_, place) =>
      leastSquares(
        pairs.map(({ from, spotReturn, levelChange }) => [deviation(from, place), spotReturn, levelChange]),
        pairs.map(({ to }) => deviation(to, place)),
      ),
    );
    for (const [at, { timeMs }] of pairs.entries()) {
      const own = steps.map(({ residuals }) => residuals[at]!);
      shocks[which]!.set(timeMs, own);
    }

    const days = [...index]
      .filter(([timeMs]) => timeMs < levelUntilMs)
      .map(([timeMs, lnIndex]) => ({ timeMs, lnIndex, regressors: levelRegressors(spot, timeMs) }))
      .filter(({ regressors }) => regressors.every(Number.isFinite))
      .sort((a, b) => a.timeMs - b.timeMs);
    requirePairs(`${symbol}: days with the volatility index`, days.length);
    const levels = leastSquares(
      days.map(({ regressors }) => regressors),
      days.map(({ lnIndex }) => lnIndex),
    );
    const chained = days.flatMap(({ timeMs }, at) =>
      at > 0 && timeMs - days[at - 1]!.timeMs === dayMs
        ? [{ timeMs, before: levels.residuals[at - 1]!, after: levels.residuals[at]! }]
        : [],
    );
    const levelStep = leastSquares(
      chained.map(({ before }) => [before]),
      chained.map(({ after }) => after),
    );
    for (const [at, { timeMs }] of chained.entries())
      levelShocks[which]!.set(timeMs, levelStep.residuals[at]!);

    const gaps = [...index].flatMap(([timeMs, lnIndex]) => {
      const near = surfaces.find((surface) => Math.abs(surface.timeMs - timeMs) <= gapTolerance);
      return near ? [lnIndex - near.state.level] : [];
    });
    return {
      symbol,
      indexGap: gaps.length > 0 ? mean(gaps) : 0,
      means,
      steps: steps.map(({ coefficients }) => coefficients),
      limits: shapeNames.map(
        (_, place) =>
          limitShare *
          surfaces.reduce((most, { state }) => Math.max(most, Math.abs(deviation(state, place))), 0),
      ),
      levels: levels.coefficients,
      levelExplained: levels.explained,
      levelStep: levelStep.coefficients[0]!,
    };
  });
  return {
    coins: models,
    shapeShocks: joined(shocks).map((all) => all.flat()),
    levelShocks: joined(levelShocks),
  };
}

/** Values of the instants that all coins have, by instant. */
function joined<T>(byCoin: readonly ReadonlyMap<number, T>[]): readonly (readonly T[])[] {
  const [first] = byCoin;
  if (!first) return [];
  const times = [...first.keys()].filter((time) => byCoin.every((coin) => coin.has(time)));
  requirePairs("days that all coins have", times.length);
  return times.sort((a, b) => a - b).map((time) => byCoin.map((coin) => coin.get(time)!));
}

function requirePairs(field: string, count: number): void {
  if (count >= leastPairs) return;
  throw new PlimsollError("PLM_DATA_GAP", {
    field,
    value: count,
    limit: `at least ${leastPairs} in the training span`,
    remedy:
      "Add the tables options_surface_summary_* and dvol_daily_* to the folder, or leave this track out.",
  });
}

/**
 * Surfaces for some days, one after the other, each from the day before, the day's spot and level, and a drawn shock.
 *
 * @param days - ascending; spot in USD and, where it was recorded, ln of the volatility index, by coin in the model's order.
 */
export function simulateSurfaces(
  model: SurfaceModel,
  days: readonly {
    readonly timeMs: number;
    readonly coins: readonly {
      readonly spot: CloseSeries;
      readonly spotUsd: number;
      readonly lnIndex: number | undefined;
    }[];
  }[],
  seed: number,
): readonly SimulatedDay[] {
  const draw = randomStream(seed);
  const width = shapeNames.length;
  const deviations = model.coins.map(() => shapeNames.map(() => 0));
  const levelDeviations = model.coins.map(() => 0);
  let before: { readonly spots: readonly number[]; readonly levels: readonly number[] } | undefined;
  return days.map(({ timeMs, coins }): SimulatedDay => {
    const shapeShock = model.shapeShocks[draw.nextBelow(model.shapeShocks.length)]!;
    const levelShock = model.levelShocks[draw.nextBelow(model.levelShocks.length)]!;
    const states = new Map<string, SurfaceState>();
    const recorded = new Set<string>();
    const levels = model.coins.map((coin, which) => {
      const { spot, lnIndex } = coins[which]!;
      const usual = dot(coin.levels, levelRegressors(spot, timeMs));
      levelDeviations[which] =
        lnIndex === undefined
          ? coin.levelStep * levelDeviations[which]! + levelShock[which]!
          : Number.isFinite(usual)
            ? lnIndex - usual
            : 0;
      if (lnIndex !== undefined) recorded.add(coin.symbol);
      return (lnIndex ?? usual + levelDeviations[which]) - coin.indexGap;
    });
    for (const [which, coin] of model.coins.entries()) {
      const level = levels[which]!;
      if (!Number.isFinite(level)) continue;
      const spotReturn = before ? log(coins[which]!.spotUsd / before.spots[which]!) : 0;
      const change = before ? level - before.levels[which]! : 0;
      const levelChange = Number.isFinite(change) ? change : 0;
      const own = deviations[which]!;
      const shape = coin.means.map((line, place) => {
        const moved =
          dot(coin.steps[place]!, [own[place]!, spotReturn, levelChange]) +
          shapeShock[which * width + place]!;
        const limit = coin.limits[place]!;
        own[place] = Math.max(-limit, Math.min(limit, moved));
        return dot(line, [1, level]) + own[place];
      });
      states.set(coin.symbol, { level, shape });
    }
    before = { spots: coins.map(({ spotUsd }) => spotUsd), levels };
    return { timeMs, states, recorded };
  });
}

/** The volatility at the money at 30 days that a state stands for, annual fraction. */
export const levelVol = ({ level }: SurfaceState): number => exp(level);
