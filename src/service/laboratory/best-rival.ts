import { type Comparison } from "./capital.ts";
import { type StudiedModel } from "./observations.ts";

/** The rival against which ours saves least. */
export interface BestRival {
  /** Whether models with terms missing, whose requirement is a lower bound, may be it. */
  readonly partial: "included" | "excluded";
  readonly comparison: Comparison;
}

/** Fewest types that a rival must share with ours to be the best: one that margins two kinds of book is no alternative. */
export const leastSharedTypes = 5;

/**
 * Of other venues' portfolio rules that can be made safe and share at least five types, or half of ours where those are fewer: the one with the highest
 * ratio of our capital to its. Null where there is none.
 */
export function bestRival(input: {
  readonly comparisons: readonly Comparison[];
  readonly models: readonly StudiedModel[];
  readonly ours: StudiedModel;
  readonly oursTypes: number;
  readonly partial: BestRival["partial"];
}): BestRival | null {
  const { models, ours, partial } = input;
  const least = Math.min(leastSharedTypes, Math.ceil(input.oursTypes / 2));
  const eligible = input.comparisons.filter(({ rival, all }) => {
    const model = models.find(({ id }) => id === rival)!;
    return (
      model.isPortfolioRule &&
      model.venue !== ours.venue &&
      (partial === "included" || !model.isPartial) &&
      all.types - all.rivalUnsafe >= least &&
      Number.isFinite(all.ratio)
    );
  });
  const best = eligible.sort((a, b) => b.all.ratio - a.all.ratio)[0];
  return best ? { partial, comparison: best } : null;
}
