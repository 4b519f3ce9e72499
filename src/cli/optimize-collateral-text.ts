import { type BasketRow, type CollateralReport } from "./optimize-collateral.ts";
import { bindingText, shadowWords } from "./optimize-hedge-text.ts";
import { formatMultiple, formatNumber, formatPercent, formatUsd } from "./output/format.ts";
import { heading, noteLines } from "./output/heading.ts";
import { textTable } from "./output/table.ts";

const units = (amount: number): string =>
  Number.isFinite(amount) ? formatNumber(amount, amount >= 1000 ? 0 : 4) : "any";

/** Why so much of it and not more or less. */
function why({ used, most, costPerExcess }: BasketRow, priceOfRequirement: number | undefined): string {
  if (!Number.isFinite(costPerExcess)) return "more of it makes no excess";
  const perDollar = `${formatPercent(costPerExcess, 2)} a year per dollar of excess`;
  if (priceOfRequirement === undefined) return perDollar;
  const gap = costPerExcess - priceOfRequirement;
  const near = Math.abs(gap) < 0.0005;
  if (used === 0) return near ? `${perDollar}: no cheaper than the rest` : `${perDollar}: dearer`;
  if (most - used < 1e-6 * most) {
    return `${perDollar}: used up; a dollar more would save ${formatPercent(Math.max(0, -gap), 2)}`;
  }
  return near ? `${perDollar}: sets the price` : perDollar;
}

function basketTable({ rows, answer }: CollateralReport): string {
  return textTable(
    [
      { title: "asset" },
      { title: "held", align: "right" },
      { title: "used", align: "right" },
      { title: "value, USD", align: "right" },
      { title: "carry", align: "right" },
      { title: "a year, USD", align: "right" },
      { title: "haircut", align: "right" },
      { title: "why" },
    ],
    rows.map((row) => [
      row.asset,
      units(row.held),
      units(row.used),
      formatUsd(row.valueUsd),
      formatPercent(row.carryPerYear),
      formatUsd(row.costPerYearUsd),
      row.haircut === undefined ? "" : formatPercent(row.haircut),
      why(row, answer.requirementPricePerYear),
    ]),
  );
}

/** The report for people. */
export function collateralText(report: CollateralReport): string {
  const { book, problem, answer, before, after, rows, efficiency } = report;
  const { basket, boundPerYearUsd, requirementPricePerYear } = answer;
  const usd = (micros: bigint): string => formatUsd(Number(micros) / 1e6);
  const figures = textTable(
    [{ title: "USD" }, { title: "as it is", align: "right" }, { title: "cheapest", align: "right" }],
    [
      ["collateral tied up", formatUsd(report.heldValueUsd), formatUsd(basket.valueUsd)],
      ["its cost a year", formatUsd(report.heldCostPerYearUsd), formatUsd(basket.costPerYearUsd)],
      ["equity", formatUsd(before.equity), formatUsd(after.equity)],
      ["initial margin", formatUsd(before.initialMargin), formatUsd(after.initialMargin)],
      ["maintenance margin", formatUsd(before.maintenanceMargin), formatUsd(after.maintenanceMargin)],
      ["initial excess", usd(before.initialExcess), usd(after.initialExcess)],
      ["efficiency by risk", formatMultiple(efficiency.before), formatMultiple(efficiency.after)],
    ],
  );
  const saved = report.heldCostPerYearUsd - basket.costPerYearUsd;
  const returned = rows.flatMap(({ asset, held, used }) =>
    held - used > 1e-9 ? [`${units(held - used)} ${asset}`] : [],
  );
  const bought = rows.flatMap(({ asset, held, used }) =>
    used - held > 1e-9 ? [`${units(used - held)} ${asset}`] : [],
  );
  const verdict = [
    ...(Number(before.initialExcess) < problem.bufferUsd * 1e6
      ? ["As it is, the book does not have enough."]
      : []),
    saved >= 0
      ? `The cheapest basket costs ${formatUsd(saved)} USD a year less than what is held now.`
      : `The cheapest basket costs ${formatUsd(-saved)} USD a year more than what is held now.`,
    ...(returned.length > 0 ? [`Can be taken out: ${returned.join(", ")}.`] : []),
    ...(bought.length > 0 ? [`To be brought in: ${bought.join(", ")}.`] : []),
  ];
  const bound =
    boundPerYearUsd === undefined
      ? "The solver had no optimum in time: how far this basket is from the cheapest is not known. Raise --time-limit."
      : `No basket of these costs less than ${formatUsd(boundPerYearUsd)} USD a year, by the linear programme, which leaves out the bound by payoff (27).`;
  const price =
    requirementPricePerYear === undefined
      ? []
      : [
          `One more dollar of requirement would cost ${formatPercent(requirementPricePerYear, 2)} a year: the shadow price of margin.`,
        ];
  return [
    heading(book.portfolio, book.market),
    `Sought: the cheapest collateral that leaves ${problem.bufferUsd === 0 ? "no" : formatUsd(problem.bufferUsd)} USD of excess.`.replace(
      "no USD of excess",
      "the initial requirement covered",
    ),
    "",
    basketTable(report),
    "",
    figures,
    "",
    ...verdict,
    bound,
    ...price,
    "",
    bindingText("What binds then", after),
    "",
    "At the margin:",
    ...rows.map(({ shadow }) => `  ${shadowWords(shadow)}`),
    ...report.others.map((shadow) => `  ${shadowWords(shadow)} (not offered)`),
    "",
    "Haircuts are an outcome: what the requirement would fall by without the asset, over its value. Negative: it hedges the book.",
    ...(answer.cutShort ? ["The time limit ended the search: raise --time-limit for more."] : []),
    ...noteLines(book.notes),
  ].join("\n");
}
