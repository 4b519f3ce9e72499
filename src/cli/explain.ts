import { type CommandOutput } from "./command-output.ts";
import { type BookOptions, loadBook } from "./input/load.ts";
import { marginOrRefuse } from "./margin.ts";
import { marginModel } from "./models.ts";
import { formatUsd } from "./output/format.ts";
import { diagnosticLines, heading, noteLines } from "./output/heading.ts";
import { componentsText, resultJson } from "./output/result.ts";
import { textTable } from "./output/table.ts";

const depthShown = 6;
const scenariosShown = 10;

/** `plimsoll explain`: every term of a requirement, and its worst scenario position by position. */
export async function explainCommand(
  options: BookOptions & { readonly model?: string },
): Promise<CommandOutput> {
  const book = await loadBook(options);
  const model = await marginModel(options.model ?? "plimsoll-portfolio", book);
  const result = marginOrRefuse(model, book);
  const parts = [
    heading(book.portfolio, book.market),
    `\n${model.title}\n${componentsText(result.components, depthShown)}`,
  ];
  if (result.worst) {
    const rows = result.worst.contributions
      .toSorted((a, b) => a.pnlUsd - b.pnlUsd)
      .map(({ item, pnlUsd }) => [item, formatUsd(pnlUsd)]);
    const table = textTable([{ title: "position or balance" }, { title: "P&L, USD", align: "right" }], rows);
    parts.push(`\nWorst scenario: ${result.worst.label}\n${table}`);
  }
  if (result.scenarios && result.scenarios.length > 0) {
    const rows = result.scenarios
      .toSorted((a, b) => a.pnlUsd - b.pnlUsd)
      .slice(0, scenariosShown)
      .map(({ id, label, pnlUsd }) => [id, label, formatUsd(pnlUsd)]);
    const columns = [{ title: "scenario" }, { title: "" }, { title: "P&L, USD", align: "right" as const }];
    const title = `${rows.length} worst of the ${result.scenarios.length} scenarios of the whole book`;
    const beside = result.scenarios.some(({ id }) => id === result.worst?.id)
      ? ""
      : " (the worst above is put together from the worst of each part)";
    parts.push(`\n${title}${beside}\n${textTable(columns, rows)}`);
  }
  parts.push(
    [...diagnosticLines(result.diagnostics), ...noteLines(book.notes)].map((line) => `\n${line}`).join(""),
  );
  return { text: parts.filter((part) => part !== "").join("\n"), json: resultJson(result) };
}
