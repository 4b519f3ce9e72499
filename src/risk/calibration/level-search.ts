import { PlimsollError } from "../../quantity/error.ts";
import { type TypeNeed } from "./type-need.ts";

/** The library walked once with parameters at one level. */
export interface LevelWalk {
  /** Of the parameters, 1 as they were at first. */
  readonly level: number;
  readonly types: readonly TypeNeed[];
}

/** What is next: another walk, or the walk to stop at. */
export type LevelStep =
  | { readonly kind: "walk"; readonly level: number }
  | {
      readonly kind: "done";
      /** The lowest level walked at which every type keeps the promise; of levels that no type tells apart the highest. */
      readonly walk: LevelWalk;
      /** The type that sets the level; where it rests, the one nearest the limit. */
      readonly binding: string;
      /**
       * `limit`: a lower level by a hundredth would break the promise, as far as can be told. `rest`: no type's requirement that the
       * level moves is near its limit. `walks`: a lower level may do, but the walks are used up.
       */
      readonly reason: "limit" | "rest" | "walks";
    };

/** Levels this near are one. */
const nearness = 0.99;
/** Aimed so much above the level that would just do: an order statistic jumps. */
const margin = 1.003;
/** The same of the last walk, if the promise is not kept yet. */
const lastMargin = 1.02;
/** No step goes down further: beyond, other measures lead. */
const largestFall = 0.5;
/** A requirement that follows less than this share of the level's change is set by something else. */
const leastResponse = 0.05;
/** Nor is it trusted to follow faster. */
const mostResponse = 3;

/** One scale for all types: the promise is kept where it is at most 1. */
export const walkScale = ({ types }: LevelWalk): number =>
  types.reduce((largest, { scale }) => Math.max(largest, scale), 0);

/** Going down further than this level changed what no type needs: then it was for nothing. */
const highestAlike = (kept: LevelWalk, walks: readonly LevelWalk[]): LevelWalk =>
  walks
    .filter((walk) => walkScale(walk) <= 1 && walk.level >= kept.level)
    .filter(({ types }) => types.every(({ factor }, at) => factor >= nearness * kept.types[at]!.factor))
    .reduce((highest, walk) => (walk.level > highest.level ? walk : highest), kept);

/** Types by how near the limit they are, nearest first. */
export const nearestTypes = ({ types }: LevelWalk): readonly TypeNeed[] =>
  types.toSorted((a, b) => b.factor - a.factor || b.scale - a.scale);

/**
 * The level at which one type would just keep the promise, from what it needed at one level, or at two.
 *
 *     1 ÷ factor, how many times the type is covered, is taken as a line of the level: through the origin, or through both
 *
 * 0 where it is covered and does not follow the level.
 */
function wantedLevel(
  here: number,
  factor: number,
  other: { level: number; factor: number } | undefined,
): number {
  if (factor === 0) return 0;
  const cover = 1 / factor;
  const proportional = cover / here;
  const slope = other && other.factor > 0 ? (cover - 1 / other.factor) / (here - other.level) : proportional;
  if (slope < leastResponse * proportional) return cover >= 1 ? 0 : here * factor;
  return Math.max(0, here + (1 - cover) / Math.min(slope, mostResponse * proportional));
}

/** What each type asks of the level, in the order of the walk's types: see {@link LevelStep}. */
export function wantedLevels(walk: LevelWalk, other?: LevelWalk): readonly number[] {
  const before = new Map(other?.types.map(({ name, factor }) => [name, factor]));
  return walk.types.map(({ name, factor }) => {
    const own = before.get(name);
    const point =
      other && own !== undefined && other.level !== walk.level
        ? { level: other.level, factor: own }
        : undefined;
    return wantedLevel(walk.level, factor, point);
  });
}

/**
 * Where to walk next, so as to find the lowest level at which every type keeps its promise. Never stops at a level at which one does not.
 *
 * @param walks - at least one, in the order walked, the first at level 1.
 * @param most - walks in all. @param highest - no level is above.
 * @throws {PlimsollError} `PLM_NO_SOLUTION` where the walks are used up, or the levels, and no walk kept the promise.
 */
export function nextLevel(
  walks: readonly LevelWalk[],
  { most, highest }: { most: number; highest: number },
): LevelStep {
  const last = walks.at(-1)!;
  const kept = walks.filter((walk) => walkScale(walk) <= 1).sort((a, b) => a.level - b.level)[0];
  if (!kept) {
    const before = walks.at(-2);
    const wanted = Math.max(...wantedLevels(last, before), last.level * walkScale(last));
    const level = Math.min(highest, wanted * (walks.length === most - 1 ? lastMargin : margin));
    if (walks.length < most && level > last.level) return { kind: "walk", level };
    const worst = last.types.reduce((a, b) => (b.scale > a.scale ? b : a));
    throw new PlimsollError("PLM_NO_SOLUTION", {
      field: `type ${worst.name}`,
      value: worst.breaches,
      limit: `at most ${worst.allowed} of ${worst.windows} windows may lose more than was asked, after ${walks.length} walks at levels up to ${last.level.toFixed(3)}`,
      remedy:
        "Its requirement hardly follows the level: raise the shocks or charges that set it, or ask for less safety.",
    });
  }
  const short = walks
    .filter((walk) => walkScale(walk) > 1 && walk.level < kept.level)
    .sort((a, b) => b.level - a.level)[0];
  const other = short ?? walks.filter((walk) => walk !== kept).sort((a, b) => a.level - b.level)[0];
  const levels = wantedLevels(kept, other);
  const wanted = Math.max(...levels);
  const binding = wanted > 0 ? kept.types[levels.indexOf(wanted)]!.name : (nearestTypes(kept)[0]?.name ?? "");
  const done = (reason: "limit" | "rest" | "walks", walk: LevelWalk = kept): LevelStep => ({
    kind: "done",
    walk,
    binding,
    reason,
  });
  if (short && short.level >= nearness * kept.level) return done("limit");
  if (wanted === 0) return done("rest", highestAlike(kept, walks));
  if (wanted >= nearness * kept.level) return done("limit");
  if (walks.length >= most) return done("walks");
  const aimed = Math.max(largestFall * kept.level, wanted * margin);
  if (!short || aimed > short.level / nearness) return { kind: "walk", level: aimed };
  return { kind: "walk", level: Math.sqrt(short.level * kept.level) };
}
