import { type CommandOutput } from "./command-output.ts";
import { hedgedBooks } from "./hedged-books.ts";
import { loadMarketContext, type MarketContext, type MarketOptions } from "./input/load.ts";
import { selectModels } from "./models.ts";
import { formatMultiple, formatUsd } from "./output/format.ts";
import { marketHeading, noteLines } from "./output/heading.ts";
import { resultJson } from "./output/result.ts";
import { textTable } from "./output/table.ts";
import { PlimsollError } from "../quantity/index.ts";
import { capitalMetrics, economicValue, type MarginResult } from "../risk/index.ts";

export interface BooksOptions extends MarketOptions {
  readonly models?: string;
  readonly underlying?: string;
  readonly against?: string;
  readonly markdown?: boolean;
}

const cell = (result: MarginResult): string =>
  result.status === "unsupported"
    ? "–"
    : `${formatUsd(result.initialMargin)}${result.status === "partial" ? "*" : ""}`;

function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map((_, at) => (at === 0 ? "---" : "---:"))), ...rows.map(line)].join(
    "\n",
  );
}

/** `plimsoll books`: standard hedged books of a market under every model: initial margin per unit of underlying. */
export async function booksCommand(options: BooksOptions): Promise<CommandOutput> {
  const base = await loadMarketContext(options);
  const underlying = options.underlying ?? "BTC";
  const against =
    options.against ?? [...base.market.underlyings.keys()].find((symbol) => symbol !== underlying);
  if (against === underlying) {
    throw new PlimsollError("PLM_USAGE", {
      field: "--against",
      value: against,
      limit: `another underlying than ${underlying}`,
      remedy: "Name the other side of the pair.",
    });
  }
  const books = hedgedBooks(base.market, underlying, against);
  const models = await selectModels(options.models ?? "all", base);
  const results = books.map((portfolio) => ({
    portfolio,
    value: economicValue(portfolio, base.market),
    results: models.map((model) => model.margin(portfolio, base.market)),
  }));
  const header = ["Model", ...books.map(({ name }) => name)];
  const rows = models.map((model, at) => [model.title, ...results.map(({ results: own }) => cell(own[at]!))]);
  const ours = models.findIndex(({ id }) => id === "plimsoll-portfolio");
  if (ours >= 0) {
    rows.push([
      "our efficiency by risk",
      ...results.map(({ value, results: own }) =>
        formatMultiple(capitalMetrics(value, own[ours]!).efficiencyByRisk),
      ),
    ]);
  }
  const title = [
    marketHeading(base.market),
    `Initial margin in USD of one ${underlying} of each book, beside ${formatUsd(1e6)} USD of cash. – not margined there; * partial.`,
  ].join("\n");
  const table = options.markdown
    ? markdownTable(header, rows)
    : textTable(
        header.map((name, at) => ({
          title: at === 0 ? name : `(${at})`,
          align: at === 0 ? ("left" as const) : ("right" as const),
        })),
        rows,
      );
  const legend = options.markdown
    ? ""
    : `\n${books.map(({ name }, at) => `(${at + 1}) ${name}`).join("\n")}\n`;
  return {
    text: [`${title}\n${legend}\n${table}`, ...noteLines(base.notes).map((line) => `\n${line}`)].join(""),
    json: booksJson(
      base,
      results.map(({ portfolio, value, results: own }) => ({
        portfolio: portfolio.name,
        positions: portfolio.positions.map(({ instrument }) => instrument),
        ...value,
        models: Object.fromEntries(models.map(({ id }, at) => [id, resultJson(own[at]!)])),
      })),
    ),
  };
}

const booksJson = ({ market }: MarketContext, books: readonly unknown[]): unknown => ({
  market: { source: market.source, synthetic: market.synthetic, asOfMs: market.asOfMs },
  books,
});
