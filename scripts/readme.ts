// Renews what README.md shows of the commands' and the library's output. Tests fail when it is stale.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { demoCommand } from "../src/cli/demo.ts";
import { runExample } from "./run-example.ts";

/** The program in the readme, and what the comment at its end says that it prints. */
export function libraryExample(readme: string): { readonly code: string; readonly shown: string } {
  const [, code = "", shown = ""] =
    /\n```ts\n(import \{ readFileSync[\s\S]*?)\/\/ (.*)\n```\n/.exec(readme) ?? [];
  return { code, shown };
}

if (import.meta.main) {
  const file = join(import.meta.dirname, "..", "README.md");
  const text = readFileSync(file, "utf8");
  const { text: demo } = await demoCommand();
  const table = demo.split("\n\n").slice(0, 2).join("\n\n");
  const { code, shown } = libraryExample(text);
  const printed = (await runExample(code)).trim();
  const renewed = text
    .replace(
      /(`npm run plimsoll -- demo` margins an example book under every model:\n\n```\n)[\s\S]*?(\n```)/,
      (_, before: string, after: string) => `${before}${table}${after}`,
    )
    .replace(`${code}// ${shown}\n`, () => `${code}// ${printed}\n`);
  if (process.argv.includes("--check")) process.exitCode = renewed === text ? 0 : 1;
  else writeFileSync(file, renewed);
}
