import { type LaboratoryResult } from "../analyse.ts";
import { headlineCells } from "../answer.ts";
import { leastWindows } from "../cell.ts";
import { countText, hoursText, shareText, targetText } from "../texts.ts";
import { type VerdictCell } from "../verdicts.ts";
import { rateInterval } from "./marks.ts";
import { type Content, markup, type Markup } from "./markup.ts";
import { modelMarks, modelText, numberText, probabilityText, table } from "./table.ts";

/** The promises, missed ones first. */
export function targetsSection(result: LaboratoryResult): Markup {
  const order = { missed: 0, insufficient: 1, met: 2 } as const;
  const words = { missed: "missed", insufficient: "can’t be told", met: "met" } as const;
  const checks = result.targetChecks.toSorted((a, b) => order[a.outcome] - order[b.outcome]);
  const isMarked = checks.some(({ found }) => found.includes("*"));
  return markup`<h2>What was promised</h2>
${table(
  ["Promise", "Found out of sample", ""],
  checks.map(({ promise, found, outcome }) => [
    promise,
    found,
    markup`<span class="${outcome}">${words[outcome]}</span>`,
  ]),
)}${isMarked ? markup`<p class="note">* emulated in part: it would ask for more.</p>` : null}`;
}

const columns: readonly string[] = [
  "Books",
  "",
  ">rate",
  ">95 %",
  ">breaches",
  ">windows",
  ">apart",
  ">by chance",
  ">one by one",
  ">worst beyond",
  ">verdict",
];

const words = { pass: "holds", fail: "fails", insufficient: "too few" } as const;

function rowOf(cell: VerdictCell): readonly Content[] {
  const { type, asset, regime, independence, independenceP, worstExcess, verdict } = cell;
  const name = [
    type === "all" ? "all books" : type,
    asset === "all" ? "" : asset,
    regime === "all" ? "" : `${regime} markets`,
  ];
  return [
    name.filter((part) => part !== "").join(", "),
    rateInterval({ ...cell, isBad: verdict === "fail" }),
    markup`<b>${shareText(cell.rate)}</b>`,
    `${shareText(cell.low)} – ${shareText(cell.high)}`,
    countText(cell.breaches),
    countText(cell.windows),
    countText(cell.independentWindows),
    probabilityText(cell.exceedanceP),
    independence === "insufficient"
      ? "–"
      : markup`<span class="${independence}">${probabilityText(independenceP)}</span>`,
    worstExcess === null ? "–" : shareText(worstExcess),
    markup`<span class="${verdict}">${words[verdict]}</span>`,
  ];
}

/** Most failed cells of one type on one asset that the page shows. */
const failuresShown = 30;

/** Verdicts on our requirement as published, failures first. */
export function verdictSection(result: LaboratoryResult): Markup {
  const target = result.targets[0] ?? 0.01;
  const cells = headlineCells(result);
  const order = { fail: 0, pass: 1, insufficient: 2 } as const;
  const pooled = cells
    .filter(({ type, asset, regime }) => asset === "all" && (type === "all" || regime === "all"))
    .sort(
      (a, b) =>
        order[a.verdict] - order[b.verdict] ||
        Number(b.type === "all") - Number(a.type === "all") ||
        b.rate - a.rate,
    );
  // a short run has hardly any verdicts: then what there is
  const isLong = pooled.length > 20;
  const shown = pooled.filter(({ verdict, type }) => !isLong || verdict !== "insufficient" || type === "all");
  const hidden = pooled.filter((cell) => !shown.includes(cell));
  const single = cells.filter(
    ({ type, asset, regime }) => type !== "all" && asset !== "all" && regime === "all",
  );
  const failed = single
    .filter(({ verdict }) => verdict === "fail")
    .sort((a, b) => a.exceedanceP - b.exceedanceP);
  const told = single.filter(({ verdict }) => verdict !== "insufficient").length;
  const beyondChance = failed.filter(({ exceedanceP }) => exceedanceP < 0.05).length;
  return markup`<h2>Did it keep its promise?</h2>
<p>Our requirement as published, out of sample, windows of ${hoursText(result.headlineHours)}. A verdict needs ${countText(leastWindows(target))} windows
that don’t overlap; it <em>holds</em> when at most ${targetText(target)} of them lost more.${regimesSentence(result)}</p>
${table(columns, shown.map(rowOf))}
${
  hidden.length > 0
    ? markup`<details><summary>${hidden.length} more with too few windows for a verdict</summary>${table(columns, hidden.map(rowOf))}</details>`
    : null
}
<p class="note">The axis is logarithmic from 0.02 % to 20 %, the dashed line is the target, a hollow dot no breach. “Apart”: windows that don’t overlap in time,
whichever book they are of. The interval is Clopper and Pearson’s, of as many independent windows as resampled weeks are worth. “By chance”: probability of at least so many
breaches if the true rate were the target. “One by one”: p of breaches that follow one another no more than chance has them; below 0.05 they come in runs. “Worst beyond”: largest loss beyond
the requirement, as a share of notional.</p>
<h3>Type by asset</h3>
<p>${
    told === 0
      ? `None of ${countText(single.length)} cells has windows enough for a verdict.`
      : failed.length === 0
        ? `Of ${countText(told)} cells with windows enough none fails.`
        : `Of ${countText(told)} cells with windows enough ${failed.length} fail, ${beyondChance} of them beyond chance; ` +
          `of cells whose true rate is the target at most one in twenty would be.`
  }</p>
${failed.length > 0 ? table(columns, failed.slice(0, failuresShown).map(rowOf)) : null}
${
  failed.length > failuresShown
    ? markup`<p class="note">The first ${failuresShown} of ${failed.length}; all are in <a href="verdicts.csv">verdicts.csv</a>.</p>`
    : null
}`;
}

function regimesSentence({ volatility }: LaboratoryResult): Markup | null {
  if (!volatility) return null;
  const [calm, middle] = volatility.bounds;
  return markup` Markets are calm, middle or wild by the volatility of ${volatility.reference} in the month before: terciles of the training span, up to ${shareText(calm)} a
year, up to ${shareText(middle)}, and above.`;
}

/** Requirements through all crashes as tables, ours first; the drawings come from the page, each crash is in the CSV. */
export function crashTable(result: LaboratoryResult): Markup {
  const groups = [...Map.groupBy(result.procyclicality, ({ book, model }) => `${book}\n${model}`).values()];
  const ours = groups.filter(([first]) => first!.model === result.ours.id);
  const others = groups.filter((list) => !ours.includes(list));
  return markup`${pathsTable(result, ours)}
${
  others.length === 0
    ? null
    : markup`<details><summary>${others.length} rows of the other models</summary>${pathsTable(result, others)}</details>`
}
<p class="note">${modelMarks} The largest of all crashes; each is in <a href="procyclicality.csv">procyclicality.csv</a>.</p>`;
}

function pathsTable(result: LaboratoryResult, groups: readonly LaboratoryResult["procyclicality"][]): Markup {
  const largest = (
    values: readonly (number | null | undefined)[],
    text: (value: number) => string,
  ): string => {
    const known = values.flatMap((value) =>
      typeof value === "number" && Number.isFinite(value) ? [value] : [],
    );
    return known.length === 0 ? "–" : text(Math.max(...known));
  };
  const isOurs = groups.every(([first]) => first!.model === result.ours.id);
  return table(
    [
      "Book",
      ...(isOurs ? [] : ["Model"]),
      ">crashes",
      ">peak ÷ trough",
      ">largest rise in a step",
      ">as marks went: peak ÷ trough",
      ">largest rise in a step",
    ],
    groups.map((list) => [
      list[0]!.book,
      ...(isOurs ? [] : [modelText(result, list[0]!.model)]),
      String(list.length),
      largest(
        list.map(({ measured }) => measured.peakToTrough),
        numberText,
      ),
      largest(
        list.map(({ measured }) => measured.largestRises[0]?.rise),
        shareText,
      ),
      largest(
        list.map(({ withMarks }) => withMarks?.peakToTrough),
        numberText,
      ),
      largest(
        list.map(({ withMarks }) => withMarks?.largestRises[0]?.rise),
        shareText,
      ),
    ]),
  );
}
