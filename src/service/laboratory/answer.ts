import { type LaboratoryResult } from "./analyse.ts";
import { countText, hoursText, lessText, levelText, shareText } from "./texts.ts";
import { type VerdictCell } from "./verdicts.ts";

export const titleOf = (result: LaboratoryResult, model: string): string =>
  result.models.find(({ id }) => id === model)?.title ?? model;

/** The same with `*` where the model is emulated in part. */
export const markedTitleOf = (result: LaboratoryResult, model: string): string =>
  `${titleOf(result, model)}${result.models.some(({ id, isPartial }) => id === model && isPartial) ? "*" : ""}`;

/** The verdicts of one model at the headline horizon and target, out of sample. */
export const headlineCells = (
  result: LaboratoryResult,
  model: string = result.ours.id,
): readonly VerdictCell[] =>
  result.verdicts.filter(
    (cell) =>
      cell.model === model &&
      cell.horizonHours === result.headlineHours &&
      cell.target === result.targets[0] &&
      cell.span === "out-of-sample",
  );

export const pooledCell = (cells: readonly VerdictCell[]): VerdictCell | undefined =>
  cells.find(({ type, asset, regime }) => type === "all" && asset === "all" && regime === "all");

/** The answer in sentences: what our model costs at equal safety, whether it kept its promise, and what was missed. */
export function answerSentences(result: LaboratoryResult): readonly string[] {
  const sentences: string[] = [];
  const target = result.targets[0] ?? 0.01;
  const safety = `${levelText(target)} safety over ${hoursText(result.headlineHours)}`;
  const { all: best, complete } = result.best;
  if (best) {
    const { all, rival } = best.comparison;
    const { interval } =
      result.headline.find((one) => one.rival === rival && one.horizonHours === result.headlineHours) ?? {};
    const range = interval?.all
      ? ` (95 % of resamples: ${lessText(interval.all.high)} to ${lessText(interval.all.low)})`
      : "";
    sentences.push(
      `At ${safety}, ${result.ours.title} takes ${shareText(all.ours)} of notional in the mean of ` +
        `${all.types} kinds of book: ${lessText(all.ratio)} than ${titleOf(result, rival)}, the best of the emulated portfolio ` +
        `rules, which takes ${shareText(all.rival)}${range}, and less on ${all.less} of the ${all.types}.`,
    );
    if (result.models.some(({ id, isPartial }) => id === rival && isPartial)) {
      const other = complete?.comparison;
      sentences.push(
        `That rule is emulated in part, so it would ask for more${
          other
            ? `; against the best complete one, ${titleOf(result, other.rival)}, ours takes ${lessText(other.all.ratio)}`
            : ""
        }.`,
      );
    }
  } else
    sentences.push(
      `No emulated portfolio rule shares kinds of book enough with ${result.ours.title} to compare capital.`,
    );
  const pooled = pooledCell(headlineCells(result));
  if (pooled) {
    const { rate, breaches, windows, low, high } = pooled;
    sentences.push(
      `Out of sample ${countText(breaches)} of ${countText(windows)} windows lost more than its requirement as ` +
        `published, ${shareText(rate)} (the true rate is within ${shareText(low)} and ${shareText(high)}).`,
    );
  }
  const missed = result.targetChecks.filter(({ outcome }) => outcome === "missed").length;
  const met = result.targetChecks.filter(({ outcome }) => outcome === "met").length;
  const untold = result.targetChecks.length - missed - met;
  sentences.push(
    `Of ${result.targetChecks.length} promises ${met} are met` +
      `${missed > 0 ? `, ${missed} missed` : ""}${untold > 0 ? `, ${untold} can't be told yet` : ""}.`,
  );
  return sentences;
}
