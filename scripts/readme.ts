// Renews what README.md shows of the commands' output. A test fails when it is stale.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { demoCommand } from "../src/cli/demo.ts";

const file = join(import.meta.dirname, "..", "README.md");
const text = readFileSync(file, "utf8");
const { text: demo } = await demoCommand();
const table = demo.split("\n\n").slice(0, 2).join("\n\n");
const renewed = text.replace(
  /(`npm start` ends with:\n\n```\n)[\s\S]*?(\n```)/,
  (_, before: string, after: string) => `${before}${table}${after}`,
);
if (process.argv.includes("--check")) process.exitCode = renewed === text ? 0 : 1;
else writeFileSync(file, renewed);
