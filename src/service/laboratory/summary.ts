import { type LaboratoryResult } from "./analyse.ts";
import { ownScaleShare } from "./own-scale.ts";
import { answerSentences, headlineCells, pooledCell } from "./answer.ts";

/** The result without its long tables. Written as JSON, NaN and ∞ become null. */
export function laboratorySummary(result: LaboratoryResult): Record<string, unknown> {
  const target = result.targets[0];
  return {
    answer: answerSentences(result),
    targets: result.targetChecks,
    ours: result.ours,
    requirement: result.requirement,
    headline: { horizonHours: result.headlineHours, target },
    best: result.best.all && { model: result.best.all.comparison.rival, ...result.best.all.comparison.all },
    bestComplete: result.best.complete && {
      model: result.best.complete.comparison.rival,
      ...result.best.complete.comparison.all,
    },
    bestPerType: result.bestPerType && {
      model: result.bestPerType.comparison.rival,
      ...result.bestPerType.comparison.all,
    },
    rivals: result.headline.map(({ rival, horizonHours, oursScale, rivalScale, all, groups, interval }) => ({
      rival,
      isPartial: result.models.some(({ id, isPartial }) => id === rival && isPartial),
      horizonHours,
      oursScale,
      rivalScale,
      all,
      groups,
      interval,
    })),
    safety: result.models.map(({ id }) => ({ model: id, ...pooledCell(headlineCells(result, id)) })),
    types: headlineCells(result).filter(({ asset, regime }) => asset === "all" && regime === "all"),
    independenceAtOwnScales: ownScaleShare(result.ownScale),
    expectedShortfall: result.shortfallTests.filter(({ type }) => type === "all"),
    crashFunds: result.crashFunds,
    scales: result.scales
      .filter((scale) => scale.target === target)
      .map(({ model, horizonHours, span, scale, binding, scaleWithoutBinding, nextBinding }) => ({
        model,
        horizonHours,
        span,
        scale,
        binding,
        scaleWithoutBinding,
        nextBinding,
      })),
    coverage: result.coverage,
    provenance: result.provenance,
  };
}
