import { type Comparison } from "./capital.ts";
import { type ModelScale } from "./scales.ts";

/** A type for which a rival asks less at equal safety, and what makes it so. */
export interface Weakness {
  readonly rival: string;
  readonly horizonHours: number;
  readonly type: string;
  readonly ours: number;
  readonly rivalCapital: number;
  /** ours ÷ rival, above 1. */
  readonly ratio: number;
  /** What the ratio would be with each model's own scale for this type. */
  readonly ratioOwnScales: number;
  /**
   * `scale`: by own scales ours asks no more; another type forces ours up further than one forces the rival's. `shape`: even tuned to this type ours asks
   * more. `unknown`: too few windows in training for an own scale.
   */
  readonly cause: "scale" | "shape" | "unknown";
  /** Our scale ÷ the type's own: how much more than it needs we ask because of our binding type. */
  readonly oursFatness: number;
  readonly rivalFatness: number;
}

/** How fat each type of a model is: its one scale ÷ the type's own. 1 for the binding type; ∞ where a type needs no margin. */
export interface Fatness {
  readonly type: string;
  readonly ownScale: number;
  readonly fatness: number;
}

/** Types that bind at all, fattest first. */
export const fatness = ({ scale, types }: ModelScale): readonly Fatness[] =>
  types
    .filter(({ binds }) => binds)
    .map(({ type, ownScale }) => ({ type, ownScale, fatness: scale / ownScale }))
    .sort((a, b) => b.fatness - a.fatness);

/**
 * Where a rival asks less, worst first.
 *
 * @param comparison - at one scale for each model, with the scales it was made of. @param perType - the same rival, each type at its own.
 */
export function weaknesses(input: {
  readonly comparison: Comparison;
  readonly perType: Comparison;
  readonly oursScale: ModelScale;
  readonly rivalScale: ModelScale;
}): readonly Weakness[] {
  const { comparison, perType, oursScale, rivalScale } = input;
  const own = new Map(perType.types.map(({ type, ratio }) => [type, ratio]));
  const fat = (scale: ModelScale, type: string): number =>
    scale.scale / (scale.types.find((one) => one.type === type && one.binds)?.ownScale ?? Number.NaN);
  return comparison.types
    .filter(({ ratio }) => ratio > 1)
    .map(({ type, ours, rival, ratio }): Weakness => {
      const ratioOwnScales = own.get(type) ?? Number.NaN;
      return {
        rival: comparison.rival,
        horizonHours: comparison.horizonHours,
        type,
        ours,
        rivalCapital: rival,
        ratio,
        ratioOwnScales,
        cause: Number.isNaN(ratioOwnScales) ? "unknown" : ratioOwnScales > 1 ? "shape" : "scale",
        oursFatness: fat(oursScale, type),
        rivalFatness: fat(rivalScale, type),
      };
    })
    .sort((a, b) => b.ratio - a.ratio);
}
