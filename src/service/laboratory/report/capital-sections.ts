import { type LaboratoryResult } from "../analyse.ts";
import { type Basis, type Comparison, leastPairedWindows, type MeanCapital } from "../capital.ts";
import { countText, levelText, shareText } from "../texts.ts";
import { type Weakness } from "../weaknesses.ts";
import { barPair } from "./marks.ts";
import { markup, type Markup } from "./markup.ts";
import {
  differenceText,
  modelMarks,
  modelText,
  numberText,
  table,
  timesText,
  typeMarks,
  typeText,
} from "./table.ts";

const onBasis = (
  result: LaboratoryResult,
  rival: string,
  { span, scaling }: Basis,
  target: number | undefined = result.targets[0],
): Comparison | undefined =>
  result.comparisons.find(
    (one) =>
      one.rival === rival &&
      one.horizonHours === result.headlineHours &&
      one.target === target &&
      one.basis.span === span &&
      one.basis.scaling === scaling,
  );

/** Every rival under every way of making models equally safe. */
export function rivalsSection(result: LaboratoryResult): Markup {
  const rows = result.headline.filter(({ horizonHours }) => horizonHours === result.headlineHours);
  const best = result.best.all?.comparison.rival;
  const difference = (rival: string, basis: Basis): string =>
    differenceText(onBasis(result, rival, basis)?.all.ratio ?? Number.NaN);
  return markup`<h2>Against every rival</h2>
<p>Our capital less each model’s, on the kinds of book that both margin. <em>Headline</em>: each model has one scale, solved on the training span so
that every kind of book it margins meets the target; the means over the kinds are compared. <em>Typical type</em>: the same by the geometric mean of the kinds’ ratios. <em>After the fact</em>: the scales are solved on the very windows they are judged on. <em>Per
type</em>: each kind of book has its own scale, as if each model were tuned to it. <em>Shared</em>: one scale, over only the types both margin.</p>
${table(
  [
    "Model",
    ">less on",
    ">its scale",
    "Set by",
    ">headline",
    ">95 % of resamples",
    ">typical type",
    ">after the fact",
    ">per type",
    ">per type, after",
    ">shared",
  ],
  rows.map(({ rival, all, rivalScale, interval }) => [
    modelText(result, rival),
    `${all.less} of ${all.types}`,
    timesText(rivalScale),
    scaleOf(result, rival)?.binding ?? "",
    markup`<b>${differenceText(all.ratio)}</b>`,
    interval?.all ? `${differenceText(interval.all.low)} to ${differenceText(interval.all.high)}` : "–",
    differenceText(all.typicalRatio),
    difference(rival, { span: "out-of-sample", scaling: "one" }),
    difference(rival, { span: "training", scaling: "per-type" }),
    difference(rival, { span: "out-of-sample", scaling: "per-type" }),
    difference(rival, { span: "training", scaling: "shared" }),
  ]),
  (at) => (rows[at]?.rival === best ? "best" : ""),
)}
<p class="note">Shaded: the best emulated portfolio rule, the one that ours saves least against. ${modelMarks} Our scale is ${timesText(
    rows[0]?.oursScale ?? Number.NaN,
  )}. A dash: no scale makes a model safe, or too little is shared: a type counts from ${leastPairedWindows} windows.</p>`;
}

/** Capital by type beside the best rival's, where ours does worst first. */
export function typesSection(result: LaboratoryResult): Markup {
  const title = markup`<h2>By kind of book</h2>`;
  const comparison = result.best.all?.comparison;
  if (!comparison) return markup`${title}<p>There is no portfolio rule to compare with.</p>`;
  const perType = onBasis(result, comparison.rival, { span: "training", scaling: "per-type" });
  const own = new Map(perType?.types.map(({ type, ratio }) => [type, ratio]));
  const most = Math.max(
    ...comparison.types.flatMap((type) => [type.ours, type.rival].filter(Number.isFinite)),
  );
  const breached = new Map(
    result.capital
      .filter(
        (one) =>
          one.model === result.ours.id &&
          one.horizonHours === result.headlineHours &&
          one.target === result.targets[0],
      )
      .map((one) => [one.type, one.breachRate]),
  );
  const rival = modelText(result, comparison.rival);
  return markup`${title}
<p>Capital at equal safety, as a share of notional, where ours does worst first.</p>
<p class="key"><span><i style="background:var(--ours)"></i>${result.ours.title}</span><span><i style="background:var(--rival)"></i>${rival}</span></p>
${table(
  ["Type", "", ">ours", ">rival", ">difference", ">at own scales", ">windows", ">breached"],
  comparison.types
    .toSorted((a, b) => b.ratio - a.ratio)
    .map((one) => [
      typeText(result, one.type),
      barPair(one.ours, one.rival, most),
      markup`<b>${shareText(one.ours)}</b>`,
      shareText(one.rival),
      one.rival === Infinity ? "never safe" : differenceText(one.ratio),
      differenceText(own.get(one.type) ?? Number.NaN),
      countText(one.windows),
      shareText(breached.get(one.type) ?? Number.NaN),
    ]),
)}
<p class="note">“At own scales”: the difference if each model were scaled for this type alone. “Breached”: windows out of sample that lost more than our capital here.${typeMarks(result)}</p>`;
}

/** Notional that a dollar of capital carries. */
export function efficiencySection(result: LaboratoryResult): Markup {
  const rows = result.headline.filter(({ horizonHours }) => horizonHours === result.headlineHours);
  const [first, ...others] = result.targets;
  const levels = [first, others.at(-1)].filter((target) => target !== undefined);
  const over = (share: number | undefined): string =>
    share !== undefined && share > 0 && share < Infinity ? numberText(1 / share, share > 1 ? 2 : 1) : "–";
  const pair = (mean: MeanCapital | undefined): readonly string[] => [over(mean?.ours), over(mean?.rival)];
  return markup`<h2>Efficiency</h2>
<p>Notional that one dollar of capital carries at equal safety: in the mean over the types that both margin, and apart for books with hedged options
and with staked collateral.</p>
${table(
  [
    "Against",
    ...levels.flatMap((target) => [`>ours, ${levelText(target)}`, ">rival"]),
    ">ours, hedged options",
    ">rival",
    ">ours, staked",
    ">rival",
  ],
  rows.map(({ rival, groups }) => [
    modelText(result, rival),
    ...levels.flatMap((target) =>
      pair(onBasis(result, rival, { span: "training", scaling: "one" }, target)?.all),
    ),
    ...pair(groups["option-hedged"]),
    ...pair(groups["staked-collateral"]),
  ]),
)}`;
}

const scaleOf = (result: LaboratoryResult, model: string): LaboratoryResult["scales"][number] | undefined =>
  result.scales.find(
    (one) =>
      one.model === model &&
      one.horizonHours === result.headlineHours &&
      one.target === result.targets[0] &&
      one.span === "training",
  );

/** Most types of which the page shows who asks less. */
const mostWeaknesses = 25;

/** Where a rival portfolio rule asks less, and what makes it so. */
export function weaknessSection(result: LaboratoryResult): Markup {
  const byType = new Map<string, Weakness[]>();
  for (const one of result.weaknesses.toSorted((a, b) => b.ratio - a.ratio)) {
    if (one.horizonHours !== result.headlineHours) continue;
    byType.set(one.type, [...(byType.get(one.type) ?? []), one]);
  }
  return markup`<h2>Where ours loses, and why</h2>
${scaleParagraph(result)}
${
  byType.size === 0
    ? markup`<p>No emulated portfolio rule asks less of any type at equal safety.</p>`
    : table(
        [
          "Type",
          ">rules that ask less",
          "Least by",
          ">ours",
          ">rival",
          ">ours ÷ rival",
          ">at own scales",
          ">our scale ÷ own",
          ">its scale ÷ own",
          "because of",
        ],
        [...byType]
          .slice(0, mostWeaknesses)
          .map(([type, [worst, ...others]]) => [
            typeText(result, type),
            1 + others.length,
            modelText(result, worst!.rival),
            shareText(worst!.ours),
            shareText(worst!.rivalCapital),
            numberText(worst!.ratio),
            numberText(worst!.ratioOwnScales),
            numberText(worst!.oursFatness),
            numberText(worst!.rivalFatness),
            worst!.cause,
          ]),
      )
}
<p class="note">${byType.size > mostWeaknesses ? `The worst ${mostWeaknesses} of ${byType.size} types. ` : null}“Our scale ÷ own”: how much more than the type needs we ask of it because the model has one scale. Because of <em>scale</em>: another type forces ours up further than one forces the rival’s. <em>Shape</em>: even tuned to this type ours asks more. <em>Unknown</em>: too few windows in training to tell. All rules and horizons are in
<a href="weaknesses.csv">weaknesses.csv</a>.${typeMarks(result)}</p>`;
}

function scaleParagraph(result: LaboratoryResult): Markup {
  const scale = scaleOf(result, result.ours.id);
  if (!scale || Number.isNaN(scale.scale))
    return markup`<p>No type has windows enough in training for a scale.</p>`;
  if (scale.scale === Infinity) {
    return markup`<p>No scale makes our requirement safe for every type: <em>${scale.binding}</em> loses where nothing is asked.</p>`;
  }
  const fattest = result.fatness
    .slice(0, 5)
    .map(
      ({ type, fatness }, at) =>
        markup`${at > 0 ? "; " : null}${typeText(result, type)} (${timesText(fatness)})`,
    );
  return markup`<p>Our one scale is ${timesText(scale.scale)}, set by <em>${scale.binding}</em>.${
    scale.nextBinding === ""
      ? null
      : markup` Without that type it would be ${timesText(scale.scaleWithoutBinding)}, set by <em>${scale.nextBinding}</em>.`
  } Relative to what they need by themselves we ask most of ${fattest}.${maximumSentence(result)}</p>`;
}

/** Whether the type that sets our scale is one of which we ask the most that it can lose. */
function maximumSentence(result: LaboratoryResult): Markup | null {
  const binding = scaleOf(result, result.ours.id)?.binding;
  const basis = result.bases.find(({ type }) => type === binding);
  if (!basis || basis.shares["maximum-loss"] < 0.005) return null;
  return markup` In ${shareText(basis.shares["maximum-loss"])} of the windows of <em>${basis.type}</em> our requirement is the most that the book can lose.`;
}
