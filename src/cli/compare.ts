import { type CommandOutput } from "./command-output.ts";
import { type Book, type BookOptions, loadBook } from "./input/load.ts";
import { selectModels } from "./models.ts";
import { formatMultiple, formatPercent, formatUsd } from "./output/format.ts";
import { heading, noteLines } from "./output/heading.ts";
import { startProgress } from "./output/progress.ts";
import { factorName, resultJson } from "./output/result.ts";
import { textTable } from "./output/table.ts";
import { compareChart } from "./chart/margin-chart.ts";
import {
  capitalMetrics,
  economicValue,
  type LiquidationDistance,
  liquidationDistance,
  type MarginModel,
  type MarginResult,
  riskFactorsOf,
} from "../risk/index.ts";

/** One model's answer for a book. */
interface Row {
  readonly model: MarginModel;
  readonly result: MarginResult;
  readonly distances: readonly LiquidationDistance[];
}

/** Coarser than `plimsoll margin`'s search: a table of many models should come at once. */
const searchSteps = 24;

/** The nearest liquidation over all underlyings' spots: `BTC −34.6%`. */
function nearestText({ distances }: Row): string {
  if (distances.some(({ liquidatable }) => liquidatable)) return "in breach";
  let nearest: { text: string; size: number } | undefined;
  for (const { factor, down, up } of distances) {
    for (const { move } of [down, up]) {
      if (move === undefined || (nearest && Math.abs(move) >= nearest.size)) continue;
      nearest = { text: `${factorName(factor)} ${formatPercent(move, 1, true)}`, size: Math.abs(move) };
    }
  }
  return nearest?.text ?? "none";
}

/** What sets a requirement: the worst scenario, else the largest of its terms. */
function setBy({ worst, components }: MarginResult): string {
  if (worst) return worst.label;
  const largest = components.toSorted((a, b) => b.initial - a.initial)[0];
  return largest && largest.initial > 0 ? largest.label : "";
}

const labelShown = 44;
const shortened = (label: string): string =>
  label.length > labelShown ? `${label.slice(0, labelShown - 1)}…` : label;

/** The first of several messages and how many more there are; `plimsoll margin --model` and `--json` give all. */
const firstOf = (messages: readonly string[]): string =>
  messages.length > 1 ? `${messages[0]} (and ${messages.length - 1} more)` : (messages[0] ?? "");

function rowsOf(book: Book, models: readonly MarginModel[]): Row[] {
  const spots = riskFactorsOf(book.portfolio, book.market).filter(({ kind }) => kind === "spot");
  const progress = startProgress("margining", models.length);
  const rows = models.map((model, at) => {
    progress.show(at, model.title);
    const result = model.margin(book.portfolio, book.market);
    const distances =
      result.status === "unsupported"
        ? []
        : spots.map((factor) =>
            liquidationDistance(model, book.portfolio, book.market, factor, { steps: searchSteps }),
          );
    return { model, result, distances };
  });
  progress.end();
  return rows;
}

/** The comparison of one book under many models, as text and data. */
export function compareBook(
  book: Book,
  models: readonly MarginModel[],
): CommandOutput & { readonly rows: readonly Row[] } {
  const value = economicValue(book.portfolio, book.market);
  const rows = rowsOf(book, models);
  const notes: string[] = [];
  const supported = rows.filter(({ result }) => result.status !== "unsupported");
  const cells = supported.map((row): string[] => {
    const { model, result } = row;
    const metrics = capitalMetrics(value, result);
    if (result.status === "partial") {
      const missing = result.diagnostics
        .filter(({ id }) => id === "missing-term")
        .map(({ message }) => message);
      notes.push(`${model.title} is partial: ${missing.join(" ")}`);
    }
    // What makes a requirement look large, or small, without being missing.
    for (const { id, message } of result.diagnostics) {
      if (id === "uncounted-collateral" || id === "positions-only") notes.push(`${model.title}: ${message}`);
    }
    const mark = result.status === "partial" ? "*" : " ";
    return [
      model.title,
      `${formatUsd(result.initialMargin)}${mark}`,
      `${formatUsd(result.maintenanceMargin)}${mark}`,
      formatUsd(Number(result.initialExcess) / 1e6),
      value.grossNotionalUsd > 0 ? formatMultiple(metrics.efficiencyByNotional) : "–",
      value.riskValueUsd > 0 ? formatMultiple(metrics.efficiencyByRisk) : "–",
      nearestText(row),
      shortened(setBy(result)),
    ];
  });
  const table = textTable(
    [
      { title: "Model" },
      { title: "initial, USD", align: "right" },
      { title: "maintenance", align: "right" },
      { title: "excess", align: "right" },
      { title: "eff. notional", align: "right" },
      { title: "eff. risk", align: "right" },
      { title: "nearest liquidation", align: "right" },
      { title: "set by" },
    ],
    cells,
  );
  for (const { model, result } of rows) {
    if (result.status !== "unsupported") continue;
    const reasons = result.diagnostics
      .filter(({ severity }) => severity === "warning")
      .map(({ message }) => message);
    notes.push(`${model.title} does not margin this book: ${firstOf(reasons)}`);
  }
  const equity = rows[0]?.result.equity ?? 0;
  const text = [
    heading(book.portfolio, book.market),
    `equity ${formatUsd(equity)} USD, ${formatUsd(value.grossNotionalUsd)} USD notional held, ${formatUsd(value.riskValueUsd)} USD lost at the reference moves if each position stood alone`,
    "",
    table,
    ...(supported.some(({ result }) => result.status === "partial")
      ? ["* partial: terms that no public source gives are missing, so the venue may ask for more"]
      : []),
    ...(notes.length > 0 ? ["", ...notes] : []),
    ...noteLines(book.notes),
  ].join("\n");
  const json = {
    portfolio: book.portfolio.name,
    market: { source: book.market.source, synthetic: book.market.synthetic, asOfMs: book.market.asOfMs },
    ...value,
    models: rows.map(({ model, result, distances }) => ({
      id: model.id,
      title: model.title,
      venue: model.venue,
      result: resultJson(result),
      metrics: result.status === "unsupported" ? null : capitalMetrics(value, result),
      liquidation: distances,
    })),
  };
  return { text, json, rows };
}

/** `plimsoll compare`: one book, many models side by side. */
export async function compareCommand(
  options: BookOptions & { readonly models?: string; readonly chart?: string },
): Promise<CommandOutput> {
  const book = await loadBook(options);
  const models = await selectModels(options.models ?? "all", book);
  const { text, json, rows } = compareBook(book, models);
  if (options.chart === undefined) return { text, json };
  const { renderChart } = await import("./chart/render.ts");
  const bars = rows
    .filter(({ result }) => result.status !== "unsupported")
    .map(({ model, result }) => ({
      title: result.status === "partial" ? `${model.title} (partial)` : model.title,
      initialMargin: result.initialMargin,
      maintenanceMargin: result.maintenanceMargin,
    }));
  const subtitle = `${book.market.synthetic ? "SYNTHETIC market: " : ""}${book.market.source}`;
  await renderChart(compareChart(book.portfolio.name, subtitle, bars), options.chart);
  return { text: `${text}\n\nchart written to ${options.chart}`, json };
}
