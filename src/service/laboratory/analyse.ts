import { PlimsollError, requireNumber } from "../../quantity/index.ts";
import { requireTarget } from "../../risk/backtest/allowed-breaches.ts";
import { bestRival, type BestRival } from "./best-rival.ts";
import { CapitalIntervals, type RatioInterval } from "./capital-interval.ts";
import {
  bases,
  compareCapital,
  type Comparison,
  type OwnCapital,
  ownCapital,
  pairedTypes,
} from "./capital.ts";
import { type CrashFund } from "./crash-fund.ts";
import { frontiers, type PooledFrontier, type TypeFrontier } from "./curves.ts";
import { type Observations, type StudiedBook, type StudiedModel } from "./observations.ts";
import { type Provenance } from "./provenance.ts";
import { referenceVolatility, type Volatility } from "./regimes.ts";
import { crashProcyclicality, type CrashProcyclicality, type RequirementPath } from "./requirement-paths.ts";
import { type OwnScaleCell, ownScaleCells, type TypeBasis, typeBases } from "./own-scale.ts";
import { modelScale, type ModelScale } from "./scales.ts";
import { type Requirement } from "./series.ts";
import { type ShortfallTerms, type ShortfallTest, shortfallTests } from "./shortfall-tests.ts";
import { checkTargets, type TargetCheck } from "./targets.ts";
import { type VerdictCell, verdictCells } from "./verdicts.ts";
import { fatness, type Fatness, weaknesses, type Weakness } from "./weaknesses.ts";
import {
  type HorizonWindows,
  type Span,
  spans,
  type TrainingEnds,
  usualTrainingEnds,
  windowsByHorizon,
} from "./windows.ts";

export interface LaboratoryOptions {
  readonly provenance: Provenance;
  /** Absent: `plimsoll-portfolio`. */
  readonly ours?: string;
  /** Absent: initial. */
  readonly requirement?: Requirement;
  /** Breach rates aimed at, the headline first. Absent or none: 1 %, 0.5 % and 0.1 %. */
  readonly targets?: readonly number[];
  /** Of the headline. Absent: 24, or the longest below it, or the shortest. */
  readonly headlineHours?: number;
  readonly trainingEnds?: TrainingEnds;
  /** Name of the book that regimes are taken from; see {@link referenceVolatility}. */
  readonly referenceBook?: string;
  /** Resamples and permutations, at least 100. Absent: 500. */
  readonly draws?: number;
  /** Of everything that is drawn here. Absent: 1. */
  readonly seed?: number;
  readonly procyclicality?: readonly RequirementPath[];
  readonly crashFunds?: readonly CrashFund[];
  /** Of our model's Expected Shortfall. Absent: it is not tested. */
  readonly shortfall?: ShortfallTerms;
  readonly onProgress?: (done: number, of: number, what: string) => void;
}

/** A comparison with the interval of its ratio, where that was resampled. */
export interface HeadlineComparison extends Comparison {
  readonly interval: RatioInterval | null;
}

export interface LaboratoryResult {
  readonly provenance: Provenance;
  readonly requirement: Requirement;
  readonly ours: StudiedModel;
  readonly models: readonly StudiedModel[];
  readonly books: readonly StudiedBook[];
  readonly horizonHours: readonly number[];
  readonly headlineHours: number;
  /** The headline first. */
  readonly targets: readonly number[];
  readonly trainingEnds: TrainingEnds;
  /** Windows studied at each horizon and span, and the instants they cover. */
  readonly coverage: readonly SpanCoverage[];
  /** What regimes are taken from; null: none. */
  readonly volatility: Pick<Volatility, "reference" | "book" | "bounds"> | null;
  readonly scales: readonly ModelScale[];
  readonly capital: readonly OwnCapital[];
  /** Every horizon, target, basis and rival. */
  readonly comparisons: readonly Comparison[];
  /** Every horizon and rival at the headline target, one scale solved in training, the highest ratio first. */
  readonly headline: readonly HeadlineComparison[];
  /** At the headline horizon and target. */
  readonly best: { readonly all: BestRival | null; readonly complete: BestRival | null };
  /** The highest ratio with each type at its own scale. */
  readonly bestPerType: BestRival | null;
  readonly typeFrontiers: readonly TypeFrontier[];
  readonly frontiers: readonly PooledFrontier[];
  readonly verdicts: readonly VerdictCell[];
  /** Our model at the headline horizon and target, each type at its own scale. */
  readonly ownScale: readonly OwnScaleCell[];
  /** What set our requirement at the headline horizon. */
  readonly bases: readonly TypeBasis[];
  readonly shortfall: ShortfallTerms | null;
  readonly shortfallTests: readonly ShortfallTest[];
  readonly targetChecks: readonly TargetCheck[];
  readonly weaknesses: readonly Weakness[];
  /** Of our model at the headline. */
  readonly fatness: readonly Fatness[];
  readonly procyclicality: readonly CrashProcyclicality[];
  readonly crashFunds: readonly CrashFund[];
}

export interface SpanCoverage {
  readonly horizonHours: number;
  readonly span: Span;
  readonly types: number;
  readonly windows: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Everything that the report shows, from what was observed. Pure: the same observations and options give the same result.
 *
 * @throws {PlimsollError} `PLM_DATA_GAP` without observations, `PLM_UNKNOWN` if ours is not among the models, `PLM_DOMAIN` for targets, draws
 *   or observations out of range.
 */
export function analyse(observations: Observations, options: LaboratoryOptions): LaboratoryResult {
  const { models } = observations;
  const oursId = options.ours ?? "plimsoll-portfolio";
  const ours = models.findIndex(({ id }) => id === oursId);
  if (ours < 0) {
    throw new PlimsollError("PLM_UNKNOWN", {
      field: "ours",
      value: oursId,
      limit: `one of ${models.map(({ id }) => id).join(", ")}`,
      remedy: "Study the model that the others are compared with, too.",
    });
  }
  const targets = (options.targets?.length ? options.targets : [0.01, 0.005, 0.001]).map(requireTarget);
  const target = targets[0] ?? 0.01;
  const requirement = options.requirement ?? "initial";
  const trainingEnds = options.trainingEnds ?? usualTrainingEnds;
  const draws = requireNumber("draws", options.draws ?? 500, 100, 100_000);
  const seed = options.seed ?? 1;
  const horizons = windowsByHorizon(observations, trainingEnds);
  const hours = horizons.map(({ horizonHours }) => horizonHours);
  const headlineHours = options.headlineHours ?? hours.filter((one) => one <= 24).at(-1) ?? hours[0]!;
  const volatility = referenceVolatility(observations, trainingEnds, options.referenceBook);

  const steps = horizons.length * models.length;
  let done = 0;
  const scales: ModelScale[] = [];
  const capital: OwnCapital[] = [];
  const comparisons: Comparison[] = [];
  const headline: HeadlineComparison[] = [];
  const verdicts: VerdictCell[] = [];
  const found: Weakness[] = [];
  const typeFrontiers: TypeFrontier[] = [];
  const pooledFrontiers: PooledFrontier[] = [];
  for (const windows of horizons) {
    const shared = { observations, requirement, windows };
    const intervals = new CapitalIntervals({ ...shared, target });
    const scaleOf = memoizedScales(shared);
    const curves = frontiers({ ...shared, ours });
    typeFrontiers.push(...curves.types);
    pooledFrontiers.push(...curves.pooled);
    for (const [model, { id, title }] of models.entries()) {
      options.onProgress?.(done++, steps, `${title}, ${windows.horizonHours} h`);
      for (const aimed of targets) {
        for (const span of spans) scales.push(scaleOf(model, aimed, span));
        capital.push(...ownCapital({ ...shared, model, scale: scaleOf(model, aimed, "training") }));
      }
      verdicts.push(
        ...verdictCells({
          ...shared,
          volatility,
          model,
          // of rivals only what was promised: the other targets are ours to show
          targets: model === ours ? targets : targets.slice(0, 1),
          thorough: model === ours,
          draws,
          seed,
        }),
      );
      if (model === ours) continue;
      const pairs = pairedTypes({ ...shared, ours, rival: model });
      if (pairs.length === 0) continue;
      const bothNames = new Set(pairs.map(({ type }) => type));
      for (const aimed of targets) {
        const compared = bases.map((basis) => {
          const scale = (of: number): ModelScale =>
            basis.scaling === "shared"
              ? modelScale({ ...shared, span: basis.span, model: of, target: aimed, types: bothNames })
              : scaleOf(of, aimed, basis.span);
          return compareCapital({
            pairs,
            rival: id,
            basis,
            oursScale: scale(ours),
            rivalScale: scale(model),
          });
        });
        comparisons.push(...compared);
        if (aimed !== target) continue;
        const [first] = compared;
        const perType = compared.find(
          ({ basis }) => basis.span === "training" && basis.scaling === "per-type",
        );
        headline.push({ ...first!, interval: intervals.of({ ours, rival: model, draws, seed }) });
        const isRival = models[model]!.isPortfolioRule && models[model]!.venue !== models[ours]!.venue;
        if (!isRival || !perType) continue;
        found.push(
          ...weaknesses({
            comparison: first!,
            perType,
            oursScale: scaleOf(ours, aimed, "training"),
            rivalScale: scaleOf(model, aimed, "training"),
          }),
        );
      }
    }
  }
  headline.sort((a, b) => a.horizonHours - b.horizonHours || descending(a.all.ratio, b.all.ratio));

  const atHeadline = comparisons.filter((one) => one.horizonHours === headlineHours && one.target === target);
  const oursScale = scales.find(
    (scale) =>
      scale.model === oursId &&
      scale.horizonHours === headlineHours &&
      scale.target === target &&
      scale.span === "training",
  )!;
  const among = (scaling: "one" | "per-type", partial: BestRival["partial"]): BestRival | null =>
    bestRival({
      comparisons: atHeadline.filter(({ basis }) => basis.span === "training" && basis.scaling === scaling),
      models,
      ours: models[ours]!,
      oursTypes: oursScale.types.length,
      partial,
    });
  const headlineWindows = horizons.find(({ horizonHours }) => horizonHours === headlineHours)!;
  const shortfallWindows = horizons.find((one) => one.horizonHours === options.shortfall?.horizonHours);
  const ownScale = ownScaleCells({
    observations,
    requirement,
    windows: headlineWindows,
    model: ours,
    scale: oursScale,
    draws,
    seed,
  });
  const best = { all: among("one", "included"), complete: among("one", "excluded") };
  const bestPerType = among("per-type", "included");
  return {
    provenance: options.provenance,
    requirement,
    ours: models[ours]!,
    models,
    books: observations.books,
    horizonHours: hours,
    headlineHours,
    targets,
    trainingEnds,
    coverage: horizons.flatMap((windows) => coverageOf(observations, windows)),
    volatility: volatility && {
      reference: volatility.reference,
      book: volatility.book,
      bounds: volatility.bounds,
    },
    scales,
    capital,
    comparisons,
    headline,
    best,
    bestPerType,
    typeFrontiers,
    frontiers: pooledFrontiers,
    verdicts,
    ownScale,
    bases: typeBases(observations, headlineWindows),
    shortfall: options.shortfall ?? null,
    shortfallTests:
      options.shortfall && shortfallWindows
        ? shortfallTests({ observations, windows: shortfallWindows, terms: options.shortfall, draws, seed })
        : [],
    targetChecks: checkTargets({
      cells: verdicts.filter(
        (cell) =>
          cell.model === oursId &&
          cell.horizonHours === headlineHours &&
          cell.target === target &&
          cell.span === "out-of-sample",
      ),
      target,
      best: best.all,
      bestPerType: bestPerType?.comparison ?? null,
      crashFunds: options.crashFunds ?? [],
      ownScale,
      titleOf: (id) => {
        const model = models.find((one) => one.id === id);
        return model ? `${model.title}${model.isPartial ? "*" : ""}` : id;
      },
    }),
    weaknesses: found,
    fatness: fatness(oursScale),
    procyclicality: crashProcyclicality(options.procyclicality ?? []),
    crashFunds: options.crashFunds ?? [],
  };
}

/** NaN last. */
const descending = (a: number, b: number): number =>
  Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : b - a;

function memoizedScales(
  shared: Pick<Parameters<typeof modelScale>[0], "observations" | "requirement" | "windows">,
): (model: number, target: number, span: Span) => ModelScale {
  const known = new Map<string, ModelScale>();
  return (model, target, span) => {
    const key = `${model} ${target} ${span}`;
    const scale = known.get(key) ?? modelScale({ ...shared, model, target, span });
    known.set(key, scale);
    return scale;
  };
}

function coverageOf(observations: Observations, windows: HorizonWindows): readonly SpanCoverage[] {
  const { startMs, endMs } = observations.columns;
  return spans.map((span) => {
    const parts = windows.types.map((type) => (span === "training" ? type.training : type.outOfSample));
    let [count, fromMs, toMs] = [0, Infinity, -Infinity];
    for (const part of parts) {
      count += part.length;
      for (const at of part) {
        fromMs = Math.min(fromMs, startMs[at]!);
        toMs = Math.max(toMs, endMs[at]!);
      }
    }
    return {
      horizonHours: windows.horizonHours,
      span,
      types: parts.filter((part) => part.length > 0).length,
      windows: count,
      fromMs,
      toMs,
    };
  });
}
