import { bootstrapStatistic } from "../../risk/backtest/bootstrap-statistic.ts";
import { resampledScale } from "../../risk/backtest/resampled-scale.ts";
import { type ConfidenceInterval } from "../../risk/backtest/stationary-blocks.ts";
import { type Observations, type StudiedBook } from "./observations.ts";
import { leastPairedWindows } from "./capital.ts";
import { bindsAt } from "./scales.ts";
import { type Requirement, seriesOf, weeksOf } from "./series.ts";
import { type HorizonWindows } from "./windows.ts";

/** Weeks of a block on average: longer than volatility's usual bursts. */
const blockWeeks = 8;

export interface RatioInterval {
  readonly all: ConfidenceInterval | null;
  readonly groups: Readonly<Partial<Record<StudiedBook["group"], ConfidenceInterval | null>>>;
}

interface Resampled {
  readonly scaleOf: (times: Uint32Array) => number;
}

/**
 * Intervals of the ratio of capital at equal safety, ours ÷ a rival's, scales solved in training (basis `training`, `one`). Weeks are resampled in
 * blocks, all books of a week together, and both the scales and the means of capital are found anew from each resample: a rival
 * whose scale hangs on one crash has a wide interval.
 *
 * Weeks of both spans are one series; each resample holds about as many of each.
 */
export class CapitalIntervals {
  readonly #observations: Observations;
  readonly #requirement: Requirement;
  readonly #windows: HorizonWindows;
  readonly #target: number;
  readonly #firstWeek: number;
  readonly #weeks: number;
  readonly #resampled = new Map<number, Resampled | null>();

  constructor(input: {
    readonly observations: Observations;
    readonly requirement: Requirement;
    readonly windows: HorizonWindows;
    readonly target: number;
  }) {
    this.#observations = input.observations;
    this.#requirement = input.requirement;
    this.#windows = input.windows;
    this.#target = input.target;
    let [first, last] = [Infinity, -Infinity];
    for (const type of input.windows.types) {
      for (const part of [type.training, type.outOfSample]) {
        for (const week of weeksOf(input.observations, part)) {
          first = Math.min(first, week);
          last = Math.max(last, week);
        }
      }
    }
    this.#firstWeek = first;
    this.#weeks = last - first + 1;
  }

  /** Null where a resample may hold nothing to compare: fewer than 8 weeks, or no type of both that binds. */
  of(input: {
    readonly ours: number;
    readonly rival: number;
    readonly draws: number;
    readonly seed: number;
  }): RatioInterval | null {
    const [ours, rival] = [this.#model(input.ours), this.#model(input.rival)];
    if (this.#weeks < blockWeeks || !ours || !rival) return null;
    const pairs = this.#pairs(input.ours, input.rival);
    const interval = (group: StudiedBook["group"] | null): ConfidenceInterval | null => {
      const types = group === null ? pairs : pairs.filter((pair) => pair.group === group);
      if (types.length === 0) return null;
      return bootstrapStatistic({
        periods: this.#weeks,
        blockLength: Math.min(blockWeeks, this.#weeks),
        draws: input.draws,
        seed: input.seed,
        statistic: (times) => ratioIn(times, types, ours.scaleOf(times), rival.scaleOf(times)),
      }).interval;
    };
    const named = ["option-hedged", "staked-collateral"] as const;
    return {
      all: interval(null),
      groups: Object.fromEntries(named.map((group) => [group, interval(group)])),
    };
  }

  #weekOf(windows: Int32Array): Int32Array {
    return weeksOf(this.#observations, windows).map((week) => week - this.#firstWeek);
  }

  #model(model: number): Resampled | null {
    const known = this.#resampled.get(model);
    if (known !== undefined) return known;
    const types = this.#windows.types.flatMap((type) => {
      const series = seriesOf({
        observations: this.#observations,
        requirement: this.#requirement,
        windows: type.training,
        models: [model],
      });
      if (!bindsAt(series.windows.length, this.#target)) return [];
      const { losses, requirements } = series;
      return [{ losses, requirements, periods: this.#weekOf(series.windows) }];
    });
    const resampled =
      types.length === 0
        ? null
        : { scaleOf: memoized(resampledScale({ types, periods: this.#weeks, target: this.#target })) };
    this.#resampled.set(model, resampled);
    return resampled;
  }

  #pairs(ours: number, rival: number): readonly WeeklyPair[] {
    return this.#windows.types.flatMap((type): WeeklyPair[] => {
      const shared = {
        observations: this.#observations,
        requirement: this.#requirement,
        windows: type.outOfSample,
      };
      const first = seriesOf({ ...shared, models: [ours, rival] });
      if (first.windows.length < leastPairedWindows) return [];
      const second = seriesOf({ ...shared, models: [rival, ours] });
      const weeks = this.#weekOf(first.windows);
      const byWeek = (values: Float64Array): Float64Array => {
        const sums = new Float64Array(this.#weeks);
        for (const [at, week] of weeks.entries()) sums[week]! += values[at]!;
        return sums;
      };
      return [
        {
          group: type.group,
          ours: byWeek(first.requirements),
          rival: byWeek(second.requirements),
          notional: byWeek(first.notionals),
        },
      ];
    });
  }
}

interface WeeklyPair {
  readonly group: StudiedBook["group"];
  readonly ours: Float64Array;
  readonly rival: Float64Array;
  readonly notional: Float64Array;
}

/** Sum over types of our capital ÷ of the rival's. A type that a resample lacks counts for neither. */
function ratioIn(
  times: Uint32Array,
  types: readonly WeeklyPair[],
  oursScale: number,
  rivalScale: number,
): number {
  let [ours, rival] = [0, 0];
  for (const type of types) {
    let [oursUsd, rivalUsd, notionalUsd] = [0, 0, 0];
    for (let week = 0; week < times.length; week++) {
      const count = times[week]!;
      if (count === 0) continue;
      oursUsd += count * type.ours[week]!;
      rivalUsd += count * type.rival[week]!;
      notionalUsd += count * type.notional[week]!;
    }
    if (notionalUsd === 0) continue;
    ours += oursUsd / notionalUsd;
    rival += rivalUsd / notionalUsd;
  }
  // never safe beats never safe: neither asks less
  if (rivalScale === Infinity) return oursScale === Infinity ? 1 : 0;
  if (oursScale === Infinity) return Infinity;
  const [asked, against] = [oursScale * ours, rivalScale * rival];
  return against === 0 ? (asked === 0 ? 1 : Infinity) : asked / against;
}

/** The same resamples come again for every rival and group, in the same order: one pass is kept. */
function memoized(scaleOf: (times: Uint32Array) => number): (times: Uint32Array) => number {
  const known = new Map<string, number>();
  return (times) => {
    const key = fingerprint(times);
    const before = known.get(key);
    if (before !== undefined) return before;
    const scale = scaleOf(times);
    known.set(key, scale);
    return scale;
  };
}

/** The whole resample as a string: no two share it. */
const fingerprint = (times: Uint32Array): string => String.fromCharCode(...times);
