import { type CellStatistics, cellStatistics } from "./cell.ts";
import { type Observations, type RequirementBasis, requirementBases, type Track } from "./observations.ts";
import { type ModelScale } from "./scales.ts";
import { type Requirement, seriesOf } from "./series.ts";
import { type HorizonWindows } from "./windows.ts";

/** Our model out of sample on one type, scaled so that the type by itself met the target in training. */
export interface OwnScaleCell extends Pick<
  CellStatistics,
  "books" | "windows" | "independentWindows" | "breaches" | "rate" | "independenceP" | "independence"
> {
  readonly type: string;
  readonly track: Track;
  readonly scale: number;
}

/**
 * Whether breaches come one by one where there are enough of them to tell: as published, a model that is safer than it promises has hardly
 * any. Types that don't bind, or whose own scale is 0 or ∞, are left out.
 */
export function ownScaleCells(input: {
  readonly observations: Observations;
  readonly requirement: Requirement;
  readonly windows: HorizonWindows;
  readonly model: number;
  readonly scale: ModelScale;
  readonly draws: number;
  readonly seed: number;
}): readonly OwnScaleCell[] {
  const { windows, model, scale } = input;
  const scales = new Map(scale.types.filter(({ binds }) => binds).map((one) => [one.type, one.ownScale]));
  return windows.types.flatMap(({ type, track, outOfSample }): OwnScaleCell[] => {
    const own = scales.get(type) ?? Number.NaN;
    if (!(own > 0 && own < Infinity)) return [];
    const series = seriesOf({ ...input, windows: outOfSample, models: [model] });
    if (series.windows.length === 0) return [];
    const [found] = cellStatistics({
      ...input,
      series: { ...series, requirements: series.requirements.map((usd) => own * usd) },
      targets: [scale.target],
      thorough: true,
      isWhole: true,
    });
    const { books, breaches, rate, independentWindows, independenceP, independence } = found!;
    return [
      {
        type,
        track,
        scale: own,
        books,
        windows: series.windows.length,
        independentWindows,
        breaches,
        rate,
        independenceP,
        independence,
      },
    ];
  });
}

/** How many of those that can be told stand. */
export function ownScaleShare(cells: readonly OwnScaleCell[]): {
  readonly told: number;
  readonly stand: number;
} {
  const told = cells.filter(({ independence }) => independence !== "insufficient");
  return { told: told.length, stand: told.filter(({ independence }) => independence === "pass").length };
}

/** What set our requirement of a type out of sample: of each basis the share of windows. */
export interface TypeBasis {
  readonly type: string;
  readonly track: Track;
  readonly windows: number;
  readonly shares: Readonly<Record<RequirementBasis, number>>;
}

/** Types whose windows say nothing of it are left out. */
export function typeBases(observations: Observations, windows: HorizonWindows): readonly TypeBasis[] {
  const { basis } = observations.columns;
  return windows.types.flatMap(({ type, track, outOfSample }): TypeBasis[] => {
    const counts = requirementBases.map(() => 0);
    for (const at of outOfSample) counts[basis[at]!]! += 1;
    if (outOfSample.length === 0 || counts[0] === outOfSample.length) return [];
    const share = (of: RequirementBasis): number =>
      counts[requirementBases.indexOf(of)]! / outOfSample.length;
    const shares = {
      unknown: share("unknown"),
      shortfall: share("shortfall"),
      stress: share("stress"),
      bounded: share("bounded"),
      "maximum-loss": share("maximum-loss"),
    };
    return [{ type, track, windows: outOfSample.length, shares }];
  });
}

/** From this share of windows on, a scale on a type's requirement says little. */
export const mostlyMaximum = 0.5;

export const isMostlyMaximum = ({ shares }: TypeBasis): boolean => shares["maximum-loss"] >= mostlyMaximum;
