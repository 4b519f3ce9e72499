import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Value } from "typebox/value";
import { checkPortfolio } from "./check-portfolio.ts";
import { parseHistory } from "./history-document.ts";
import { marketToDocument, parseMarket } from "./market-document.ts";
import { parsePortfolio } from "./portfolio-document.ts";
import { publishedSchemas } from "./schemas.ts";
import { syntheticMarket } from "./synthetic-market.ts";

const root = join(import.meta.dirname, "..", "..");
const formats = readFileSync(join(root, "docs", "formats.md"), "utf8");

test("the published schemas are those of the code, and accept the examples", () => {
  for (const [file, schema] of Object.entries(publishedSchemas)) {
    const published = readFileSync(join(root, "schemas", file), "utf8");
    assert.equal(
      published,
      `${JSON.stringify(schema, null, 2)}\n`,
      `node scripts/schemas.ts writes schemas/${file}`,
    );
  }
  const schemaOf = (name: string) =>
    JSON.parse(readFileSync(join(root, "schemas", `${name}-1.json`), "utf8"));
  const blocks = [...formats.matchAll(/```json\n([^]*?)```/g)].map((block) => block[1] ?? "");
  const examples = ["market.json", "portfolio.json"].map((file) =>
    readFileSync(join(root, "examples", file), "utf8"),
  );
  for (const text of [...blocks, ...examples]) {
    const document: unknown = JSON.parse(text);
    assert.ok(typeof document === "object" && document !== null && "schema" in document);
    const schema = schemaOf(/plimsoll\/(\w+)@1/.exec(String(document.schema))?.[1] ?? "");
    assert.equal(Value.Check(schema, document), true, text.slice(0, 60));
    assert.equal(Value.Check(schema, { ...document, unknown: 1 }), false);
  }
});

test("the example book fits the example market", () => {
  const exampleMarket = parseMarket(readFileSync(join(root, "examples", "market.json"), "utf8"));
  const book = parsePortfolio(readFileSync(join(root, "examples", "portfolio.json"), "utf8"));
  checkPortfolio(book, exampleMarket);
  assert.equal(exampleMarket.synthetic, true);
  const generated = syntheticMarket({ seed: 1, asOfMs: exampleMarket.asOfMs, size: "small" });
  assert.deepEqual(
    marketToDocument(exampleMarket),
    marketToDocument(generated),
    "node scripts/examples.ts writes it",
  );
});

test("the examples of docs/formats.md are valid and fit each other", () => {
  const [marketText, portfolioText, historyText, ...others] = [
    ...formats.matchAll(/```json\n([^]*?)```/g),
  ].map((block) => block[1] ?? "");
  assert.deepEqual(others, []);
  const documented = parseMarket(marketText ?? "");
  checkPortfolio(parsePortfolio(portfolioText ?? ""), documented);
  assert.equal(parseHistory(historyText ?? "").length, 4);
});
