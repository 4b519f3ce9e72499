import { type CommandOutput } from "./command-output.ts";
import { type Book, type BookOptions, loadBook } from "./input/load.ts";
import { marginModel } from "./models.ts";
import { diagnosticLines, heading, noteLines } from "./output/heading.ts";
import { startProgress } from "./output/progress.ts";
import { componentsText, distancesText, factorName, resultJson, summaryText } from "./output/result.ts";
import { formatUsd } from "./output/format.ts";
import { PlimsollError } from "../quantity/index.ts";
import {
  capitalMetrics,
  economicValue,
  type LiquidationDistance,
  liquidationDistance,
  type MarginModel,
  type MarginResult,
  heatMap,
  preparePortfolioMargin,
  riskFactorsOf,
} from "../risk/index.ts";
import { type MarginChart, marginChart } from "./chart/margin-chart.ts";

export interface MarginOptions extends BookOptions {
  readonly model?: string;
  readonly chart?: string;
}

/** The title of a model that cannot margin the book, with its reasons. */
function unsupported(model: MarginModel, result: MarginResult): PlimsollError {
  const reasons = result.diagnostics.map(({ message }) => message).join(" ");
  return new PlimsollError("PLM_UNSUPPORTED", {
    field: "portfolio",
    value: model.title,
    limit: "a book that this model margins",
    remedy: `${reasons} Choose another model with --model, or take the position out.`,
  });
}

/** Margins and refuses a result that has no figures to show. */
export function marginOrRefuse(model: MarginModel, book: Book): MarginResult {
  const result = model.margin(book.portfolio, book.market);
  if (result.status === "unsupported") throw unsupported(model, result);
  return result;
}

const chartMoves = Array.from({ length: 21 }, (_, index) => (index - 10) / 25);
const chartVolMoves = Array.from({ length: 9 }, (_, index) => (index - 4) / 8);

function chartOf(book: Book, model: MarginModel, result: MarginResult): MarginChart {
  const { portfolio, market } = book;
  const touched = new Set(
    portfolio.positions.flatMap(({ instrument }) => market.instruments.get(instrument)?.underlying ?? []),
  );
  const { matrix } = preparePortfolioMargin(book);
  const axes = { spotMoves: chartMoves, volMoves: chartVolMoves };
  return {
    title: `${portfolio.name} under ${model.title}`,
    subtitle: `${market.synthetic ? "SYNTHETIC market: " : ""}${market.source}`,
    scenarios: result.scenarios ?? [],
    ...(result.worst ? { worst: result.worst } : {}),
    heatMaps: [...touched].sort().map((underlying) => heatMap(matrix, portfolio, { underlying, ...axes })),
  };
}

/** Books of more positions are searched with coarser steps: each step margins the whole book. */
const largeBook = 100;
const steps = { usual: 64, largeBook: 24 };

function distancesOf(model: MarginModel, { portfolio, market }: Book): readonly LiquidationDistance[] {
  const factors = riskFactorsOf(portfolio, market);
  const search = { steps: portfolio.positions.length > largeBook ? steps.largeBook : steps.usual };
  const progress = startProgress("seeking liquidation", factors.length);
  const distances = factors.map((factor, at) => {
    progress.show(at, factorName(factor));
    return liquidationDistance(model, portfolio, market, factor, search);
  });
  progress.end();
  return distances;
}

/** `plimsoll margin`: one book under one model. */
export async function marginCommand(options: MarginOptions): Promise<CommandOutput> {
  const book = await loadBook(options);
  const model = await marginModel(options.model ?? "plimsoll-portfolio", book);
  const result = marginOrRefuse(model, book);
  const metrics = capitalMetrics(economicValue(book.portfolio, book.market), result);
  const distances = distancesOf(model, book);
  if (options.chart !== undefined) {
    const { renderChart } = await import("./chart/render.ts");
    await renderChart(marginChart(chartOf(book, model, result)), options.chart);
  }
  const worst = result.worst
    ? `Worst scenario: ${result.worst.label} (${formatUsd(result.worst.pnlUsd)} USD). \`plimsoll explain\` shows it by position.`
    : "";
  const title =
    result.status === "partial" ? `${model.title} — PARTIAL: terms are missing, see below` : model.title;
  const text = [
    heading(book.portfolio, book.market),
    `\n${title}\n${summaryText(result, metrics)}`,
    `\n${distancesText(distances)}`,
    `\n${componentsText(result.components, 2)}`,
    worst && `\n${worst}`,
    [...diagnosticLines(result.diagnostics), ...noteLines(book.notes)].map((line) => `\n${line}`).join(""),
    options.chart === undefined ? "" : `\nchart written to ${options.chart}`,
  ].filter((part) => part !== "");
  return { text: text.join("\n"), json: { result: resultJson(result), metrics, liquidation: distances } };
}
