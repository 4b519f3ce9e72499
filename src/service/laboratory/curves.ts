import { type Observations, type Track } from "./observations.ts";
import { descendingScales, type Requirement, seriesOf, sumOf } from "./series.ts";
import { type HorizonWindows, type TypeWindows } from "./windows.ts";

/** Factors on published requirements at which breaches are counted. */
export const frontierScales: readonly number[] = [
  0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95,
  1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2, 2.25, 2.5, 2.75, 3, 3.5, 4, 5, 6, 8, 10, 15, 20,
];

/** Out of sample, what a factor on a model's requirements would have cost and let through. */
export interface FrontierPoint {
  readonly scale: number;
  readonly breaches: number;
  readonly rate: number;
  /** Mean requirement at this factor ÷ mean notional. */
  readonly capital: number;
}

/** One model on one type at one horizon. */
export interface TypeFrontier {
  readonly model: string;
  readonly horizonHours: number;
  readonly type: string;
  readonly windows: number;
  readonly points: readonly FrontierPoint[];
}

/** One model over the types of a track that all models of its chart margin: means over types, so that lines can be compared. */
export interface PooledFrontier {
  readonly model: string;
  readonly horizonHours: number;
  readonly track: Track;
  /** Names of the types, equal for all models of a track and horizon. */
  readonly types: readonly string[];
  readonly windows: number;
  readonly points: readonly FrontierPoint[];
}

interface Counted {
  readonly windows: number;
  /** Largest first. */
  readonly scales: Float64Array;
  readonly capital: number;
}

/** Curves of one horizon. Models that margin less than this share of a track's types that ours margins are left out of the track's pooled curve. */
const leastShare = 0.8;

/** Counts breaches of `factor × requirement` for many factors. */
export function frontiers(input: {
  readonly observations: Observations;
  readonly requirement: Requirement;
  readonly windows: HorizonWindows;
  readonly ours: number;
}): { readonly types: readonly TypeFrontier[]; readonly pooled: readonly PooledFrontier[] } {
  const { observations, requirement, windows, ours } = input;
  const { horizonHours } = windows;
  const counted = observations.models.map((_, model) => {
    const byType = new Map<string, Counted>();
    for (const type of windows.types) {
      const series = seriesOf({ observations, requirement, windows: type.outOfSample, models: [model] });
      if (series.windows.length === 0) continue;
      byType.set(type.type, {
        windows: series.windows.length,
        scales: descendingScales(series),
        capital: sumOf(series.requirements) / sumOf(series.notionals),
      });
    }
    return byType;
  });
  const types = counted.flatMap((byType, model) =>
    [...byType].map(([type, own]): TypeFrontier => ({
      model: observations.models[model]!.id,
      horizonHours,
      type,
      windows: own.windows,
      points: frontierScales.map((scale) => pointAt(scale, [own])),
    })),
  );
  const tracks = [...new Set(windows.types.map(({ track }) => track))];
  const pooled = tracks.flatMap((track) => {
    const names = windows.types
      .filter((type) => type.track === track && counted[ours]?.has(type.type))
      .map(nameOf);
    const models = counted.flatMap((byType, model) =>
      names.length > 0 && names.filter((name) => byType.has(name)).length >= leastShare * names.length
        ? [model]
        : [],
    );
    const common = names.filter((name) => models.every((model) => counted[model]!.has(name)));
    if (common.length === 0) return [];
    return models.map((model): PooledFrontier => {
      const own = common.map((name) => counted[model]!.get(name)!);
      return {
        model: observations.models[model]!.id,
        horizonHours,
        track,
        types: common,
        windows: own.reduce((sum, { windows }) => sum + windows, 0),
        points: frontierScales.map((scale) => pointAt(scale, own)),
      };
    });
  });
  return { types, pooled };
}

const nameOf = ({ type }: TypeWindows): string => type;

function pointAt(scale: number, types: readonly Counted[]): FrontierPoint {
  let [breaches, rate, capital] = [0, 0, 0];
  for (const type of types) {
    const count = countAbove(type.scales, scale);
    breaches += count;
    rate += count / type.windows / types.length;
    capital += (scale * type.capital) / types.length;
  }
  return { scale, breaches, rate, capital };
}

/** How many of some numbers, largest first, are above a bound. */
function countAbove(descending: Float64Array, bound: number): number {
  let [low, high] = [0, descending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (descending[middle]! > bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
