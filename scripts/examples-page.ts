// Writes docs/examples.md: every program of examples/ with what it prints. A test fails when it is stale.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runExample } from "./run-example.ts";

const root = join(import.meta.dirname, "..");

/** From a first example to the largest. */
const order = [
  "margin-a-book",
  "compare-models",
  "order-check",
  "liquidation-price",
  "fit-a-surface",
  "backtest-report",
  "hundred-thousand-accounts",
  "trade",
  "tour",
  "default",
  "liquidator",
  "bidder",
];

const head = `# Examples

Programs that use the library, and what they print. In a clone, \`npm run example examples/margin-a-book.ts\` runs one; in a project
of yours that has \`plimsoll\` installed they run as they stand, with Node 24 and \`"type": "module"\` in its package.json.
\`npm run examples-page\` writes this page, and a test holds it to what the programs print. The market and its past are made up.
`;

/** Names of the example programs, in the order of the page; those that it does not know last. */
export function exampleNames(): readonly string[] {
  const names = readdirSync(join(root, "examples")).flatMap((file) =>
    file.endsWith(".ts") ? [file.slice(0, -3)] : [],
  );
  return [
    ...order.filter((name) => names.includes(name)),
    ...names.filter((name) => !order.includes(name)).sort(),
  ];
}

/** One program's part of the page. */
export async function exampleSection(name: string): Promise<string> {
  const source = readFileSync(join(root, "examples", `${name}.ts`), "utf8");
  const [, comment = "", code = ""] = /^((?:\/\/ .*\n)+)([\s\S]*)$/.exec(source) ?? [];
  const about = comment.replaceAll(/^\/\/ /gm, "").trim();
  const title = name.replaceAll("-", " ").replace(/^./, (letter) => letter.toUpperCase());
  const output = (await runExample(source)).replaceAll(/[ \t]+$/gm, "").trimEnd();
  return `## ${title}\n\n${about}\n\n\`\`\`ts\n${code.trim()}\n\`\`\`\n\n\`\`\`\n${output}\n\`\`\`\n`;
}

/** The whole page. */
export async function examplesPage(): Promise<string> {
  const sections: string[] = [];
  for (const name of exampleNames()) sections.push(await exampleSection(name));
  return [head, ...sections].join("\n");
}

if (import.meta.main) writeFileSync(join(root, "docs", "examples.md"), await examplesPage());
