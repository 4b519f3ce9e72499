import { type MarginResult } from "../risk/index.ts";
import { type ShadowPrice } from "../risk/optimize/index.ts";
import { type FrontierRow, type HedgeReport } from "./optimize-hedge.ts";
import { formatMultiple, formatNumber, formatPercent, formatPrice, formatUsd } from "./output/format.ts";
import { heading, noteLines } from "./output/heading.ts";
import { textTable } from "./output/table.ts";

const contributionsShown = 5;

const formatDays = (days: number): string => (Number.isFinite(days) ? formatNumber(days, 1) : "never");

/** What sets the requirement, and the items that lose and gain most in it. */
export function bindingText(title: string, result: MarginResult): string {
  const { worst, initialMargin, components } = result;
  if (!worst) return `${title}: nothing at risk; the requirement is add-ons and minimum charges.`;
  const share = initialMargin > 0 ? -worst.pnlUsd / initialMargin : 0;
  const others = components
    .filter(({ id, initial }) => id !== "risk" && initial !== 0)
    .map(({ label, initial }) => `${label.toLowerCase()} ${formatUsd(initial)}`);
  const contributions = worst.contributions
    .toSorted((a, b) => a.pnlUsd - b.pnlUsd)
    .slice(0, contributionsShown)
    .map(({ item, pnlUsd }) => `${item} ${formatUsd(pnlUsd)}`);
  const rest = others.length > 0 ? `; beside it ${others.join(", ")}` : "";
  return [
    `${title}: ${worst.label}`,
    `  ${formatUsd(worst.pnlUsd)} USD, ${formatPercent(share)} of the requirement${rest}`,
    `  most of it from ${contributions.join(", ")}`,
  ].join("\n");
}

const cents = (usd: number): string => formatNumber(Math.abs(usd), 3);

/** What one more dollar of an asset does, in words. */
export function shadowWords({ asset, lowersPerUsd, excessPerUsd }: ShadowPrice): string {
  const effect =
    Math.abs(lowersPerUsd) < 0.0005
      ? "leaves the requirement as it is"
      : lowersPerUsd > 0
        ? `lowers the requirement by ${cents(lowersPerUsd)}`
        : `raises the requirement by ${cents(lowersPerUsd)}`;
  return `one more dollar of ${asset} ${effect}: ${formatNumber(excessPerUsd, 3)} more may be at risk`;
}

function tradesTable({ trades }: HedgeReport): string {
  return textTable(
    [
      { title: "" },
      { title: "instrument" },
      { title: "contracts", align: "right" },
      { title: "at", align: "right" },
      { title: "spread, USD", align: "right" },
      { title: "fee", align: "right" },
      { title: "impact", align: "right" },
    ],
    trades.map(({ instrument, size, price, spreadUsd, feeUsd, impactUsd }) => [
      size > 0 ? "buy" : "sell",
      instrument,
      String(Math.abs(size)),
      price < 1 ? String(price) : formatPrice(price),
      formatUsd(spreadUsd),
      formatUsd(feeUsd),
      formatUsd(impactUsd),
    ]),
  );
}

function frontierTable(rows: readonly FrontierRow[], days: number): string {
  return textTable(
    [
      { title: "margin freed, USD", align: "right" },
      { title: "share", align: "right" },
      { title: "cost", align: "right" },
      { title: `earned in ${days} days`, align: "right" },
      { title: "net", align: "right" },
      { title: "days to earn the cost", align: "right" },
      { title: "legs", align: "right" },
    ],
    rows.map((row) => [
      formatUsd(row.freedUsd),
      formatPercent(row.freedShare),
      formatUsd(row.costUsd),
      formatUsd(row.earnedUsd),
      formatUsd(row.netUsd),
      formatDays(row.breakEvenDays),
      String(row.legs),
    ]),
  );
}

function goalWords({ goal, earning, before }: HedgeReport): string {
  const rate = formatPercent(earning.ratePerYear, 1);
  if (goal.kind === "most") {
    return `the most margin freed by hedges that cost no more than the freed capital earns in ${earning.days} days at ${rate}`;
  }
  if (goal.kind === "net") {
    return `the most that the freed capital earns in ${earning.days} days at ${rate} beyond the cost of hedging`;
  }
  return `the cheapest hedge that frees ${formatPercent(1 - goal.requirementUsd / before.initialMargin)} of the initial margin`;
}

/** What bounds the answer: the linear programme's own optimum. */
function boundLines({ answer, before, goal, legsMax, earning }: HedgeReport): readonly string[] {
  const { bound } = answer.chosen;
  if (!bound) {
    return [
      "The solver had no optimum in time: how far this hedge is from the best is not known. Raise --time-limit.",
    ];
  }
  const freed = before.initialMargin - bound.requirementUsd;
  const share = formatPercent(before.initialMargin > 0 ? freed / before.initialMargin : 0);
  const what = `of these ${answer.weighed} instruments, with any number of legs and in fractions of contracts`;
  const caveat = "The bound leaves out that a book cannot lose more than its payoff allows, (27).";
  const earns = `in ${earning.days} days`;
  if (goal.kind === "most") {
    return [
      `No hedge ${what}, pays for itself ${earns} and frees more than ${formatUsd(freed)} USD (${share}). ${caveat}`,
      `This one has at most ${legsMax} legs, in whole steps.`,
    ];
  }
  if (goal.kind === "net") {
    const net = (earning.ratePerYear * earning.days * (freed - bound.costUsd)) / 365 - bound.costUsd;
    return [`No hedge ${what}, earns more ${earns} than ${formatUsd(net)} USD net. ${caveat}`];
  }
  return [`No hedge ${what}, frees as much for less than ${formatUsd(bound.costUsd)} USD. ${caveat}`];
}

/** The report for people. */
export function hedgeText(report: HedgeReport): string {
  const { book, answer, before, after, chosen, trades, frontier, efficiency, earning, costs } = report;
  const usd = (micros: bigint): string => formatUsd(Number(micros) / 1e6);
  const figures = textTable(
    [{ title: "USD" }, { title: "before", align: "right" }, { title: "after", align: "right" }],
    [
      ["initial margin", formatUsd(before.initialMargin), formatUsd(after.initialMargin)],
      ["maintenance margin", formatUsd(before.maintenanceMargin), formatUsd(after.maintenanceMargin)],
      ["equity", formatUsd(before.equity), formatUsd(after.equity)],
      ["initial excess", usd(before.initialExcess), usd(after.initialExcess)],
      ["efficiency by risk of the book", formatMultiple(efficiency.before), formatMultiple(efficiency.after)],
    ],
  );
  const worth =
    chosen.netUsd >= 0
      ? `pays for itself after ${formatDays(chosen.breakEvenDays)} days`
      : `does not pay for itself in that time (it would take ${formatDays(chosen.breakEvenDays)} days)`;
  const verdict = [
    `Frees ${formatUsd(chosen.freedUsd)} USD of margin (${formatPercent(chosen.freedShare)}) for ${formatUsd(chosen.costUsd)} USD.`,
    `The freed capital earns ${formatUsd(chosen.earnedUsd)} USD in ${earning.days} days at ${formatPercent(earning.ratePerYear)} a year: the hedge ${worth}.`,
    `Closing it at the same cost would double that.`,
  ].join("\n");
  const nothing = answer.chosen.meetsGoal
    ? "No hedge is the best hedge: every one that was tried costs more than it brings."
    : "No hedge that meets the goal was found.";
  const shadow = report.shadowPrices.after.map((price) => `  ${shadowWords(price)}`);
  const notes = [
    `Costs: ${formatPercent(costs.spreadShare, 0)} of the way from mark to the quoted price, fees of ${formatPercent(costs.optionFee, 3)} of notional for options (at most ${formatPercent(costs.optionFeeCap)} of their price) and ${formatPercent(costs.linearFee, 3)} for all else, and price impact as in (20).`,
    `Not weighed: instruments without quotes, those that expire within ${earning.days} days, giving up options that are held${answer.leftOut > 0 ? `, and ${answer.leftOut} of less open interest` : ""}.`,
  ];
  if (answer.cutShort) notes.push("The time limit ended the search: raise --time-limit for more.");
  return [
    heading(book.portfolio, book.market),
    `Sought: ${goalWords(report)}.`,
    "",
    ...(trades.length > 0 ? [tradesTable(report), "", figures, "", verdict] : [nothing, "", figures]),
    ...(trades.length > 0 && !answer.chosen.meetsGoal
      ? ["It does not meet the goal; it comes closest."]
      : []),
    "",
    ...boundLines(report),
    "",
    "Margin freed against cost:",
    frontierTable(frontier, earning.days),
    "",
    bindingText("What binds now", before),
    ...(trades.length > 0 ? [bindingText("What binds then", after)] : []),
    "",
    trades.length > 0 ? "Then, at the margin:" : "At the margin:",
    ...shadow,
    "",
    ...notes,
    ...noteLines(book.notes),
  ].join("\n");
}
