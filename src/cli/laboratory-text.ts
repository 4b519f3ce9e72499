import { type LaboratoryResult } from "../service/laboratory/analyse.ts";
import {
  answerSentences,
  headlineCells,
  markedTitleOf,
  pooledCell,
  titleOf,
} from "../service/laboratory/answer.ts";
import { hoursText, lessText, levelText, shareText } from "../service/laboratory/texts.ts";
import { textTable } from "./output/table.ts";

const right = { align: "right" } as const;
const lineLength = 110;
/** Of types, those where ours does worst; the report has all. */
const typesShown = 25;

/** What was found, for a terminal: the answer, what was promised, every rival, and each kind of book beside the best one. */
export function laboratoryText(result: LaboratoryResult): string {
  const target = result.targets[0] ?? 0.01;
  return [
    wrapped(answerSentences(result).join(" ")),
    promisesText(result),
    `Capital at equal safety, ${levelText(target)} over ${hoursText(result.headlineHours)}, share of notional; * partial, † not a portfolio rule`,
    rivalsText(result),
    typesText(result),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function promisesText({ targetChecks }: LaboratoryResult): string {
  const words = { met: "met", missed: "MISSED", insufficient: "can't be told" } as const;
  return textTable(
    [{ title: "Promise" }, { title: "" }, { title: "found out of sample" }],
    targetChecks.map(({ promise, found, outcome }) => [promise, words[outcome], found]),
  );
}

function rivalsText(result: LaboratoryResult): string {
  const rows = result.headline.filter(({ horizonHours }) => horizonHours === result.headlineHours);
  return textTable(
    [
      { title: "Model" },
      { title: "types", ...right },
      { title: "ours", ...right },
      { title: "rival", ...right },
      { title: "ours takes", ...right },
      { title: "95 % of resamples", ...right },
      { title: "less on", ...right },
      { title: "breaches as published", ...right },
    ],
    rows.map(({ rival, all, interval }) => {
      const model = result.models.find(({ id }) => id === rival);
      const marks = `${model?.isPartial ? "*" : ""}${model?.isPortfolioRule === false ? "†" : ""}`;
      return [
        `${titleOf(result, rival)}${marks}`,
        String(all.types),
        shareText(all.ours),
        shareText(all.rival),
        lessText(all.ratio),
        interval?.all ? `${lessText(interval.all.high)} – ${lessText(interval.all.low)}` : "–",
        `${all.less} of ${all.types}`,
        shareText(pooledCell(headlineCells(result, rival))?.rate ?? Number.NaN),
      ];
    }),
  );
}

function typesText(result: LaboratoryResult): string {
  const comparison = result.best.all?.comparison;
  if (!comparison) return "";
  const cells = headlineCells(result).filter(({ asset, regime }) => asset === "all" && regime === "all");
  const words = { pass: "holds", fail: "FAILS", insufficient: "too few windows" } as const;
  const more = comparison.types.length - typesShown;
  const table = textTable(
    [
      { title: `Type, beside ${markedTitleOf(result, comparison.rival)}` },
      { title: "ours", ...right },
      { title: "rival", ...right },
      { title: "ours takes", ...right },
      { title: "breaches", ...right },
      { title: "windows", ...right },
      { title: "rate as published", ...right },
      { title: "promise" },
    ],
    comparison.types
      .toSorted((a, b) => b.ratio - a.ratio)
      .slice(0, typesShown)
      .map(({ type, ours, rival, ratio }) => {
        const cell = cells.find((one) => one.type === type);
        return [
          type,
          shareText(ours),
          shareText(rival),
          lessText(ratio),
          String(cell?.breaches ?? "–"),
          String(cell?.windows ?? "–"),
          shareText(cell?.rate ?? Number.NaN),
          cell ? words[cell.verdict] : "",
        ];
      }),
  );
  return more > 0
    ? `${table}\nand ${more} types more, where ours does better: comparison-types.csv has them`
    : table;
}

/** Broken between words. */
function wrapped(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    // a number and its sign stay together
    const isSign = word.startsWith("%");
    if (line !== "" && !isSign && line.length + word.length >= lineLength) {
      lines.push(line);
      line = "";
    }
    line += `${line === "" ? "" : " "}${word}`;
  }
  return [...lines, line].join("\n");
}
