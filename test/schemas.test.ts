import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Check } from "typebox/value";
import { parseHistory, writeHistory } from "../src/market/history-document.ts";
import { parseMarket } from "../src/market/market-document.ts";
import { parsePortfolio } from "../src/market/portfolio-document.ts";
import { publishedSchemas } from "../src/market/schemas.ts";
import { syntheticHistory } from "../src/market/synthetic-history.ts";
import { marginParametersSchema, parseMarginParameters } from "../src/risk/parameters/parameters-document.ts";
import { venueModelsFromSheet, venueSheetIds, venueSheetSchemas } from "../src/risk/venues/index.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder)).filter((name) => name.endsWith(".json"));

const definitions = {
  ...publishedSchemas,
  "margin-parameters-1.json": marginParametersSchema,
  ...venueSheetSchemas,
};

type Json = Record<string, unknown>;
type Read = (text: string) => unknown;
const readers: Readonly<Record<string, Read>> = {
  "plimsoll/market@1": parseMarket,
  "plimsoll/portfolio@1": parsePortfolio,
  "plimsoll/history@1": parseHistory,
  "plimsoll/margin-parameters@1": parseMarginParameters,
  ...Object.fromEntries(
    venueSheetIds.map((id): [string, Read] => [id, (text) => venueModelsFromSheet(JSON.parse(text))]),
  ),
};

/** `plimsoll/okx-sheet@1` → `okx-sheet-1.json`. */
const schemaFileOf = (id: string): string => `${id.replace("plimsoll/", "").replace("@", "-")}.json`;

const documents: readonly { readonly name: string; readonly text: string }[] = [
  ...filesIn("examples").map((name) => `examples/${name}`),
  ...filesIn("params").map((name) => `params/${name}`),
  ...filesIn("params/venues").map((name) => `params/venues/${name}`),
]
  .map((name) => ({ name, text: read(name) }))
  .concat({ name: "a written history", text: writeHistory(syntheticHistory({ seed: 1, days: 20 })) });

test("the published schemas are those that the readers use, one for each format", () => {
  assert.deepEqual(filesIn("schemas").sort(), Object.keys(definitions).sort());
  assert.deepEqual(Object.keys(readers).map(schemaFileOf).sort(), Object.keys(definitions).sort());
  for (const [file, schema] of Object.entries(definitions)) {
    const renewed = `${JSON.stringify(schema, null, 2)}\n`;
    assert.equal(read(join("schemas", file)), renewed, `renew ${file} with \`npm run schemas\``);
  }
});

test("each schema names its draft, itself and what it describes", () => {
  for (const file of filesIn("schemas")) {
    const { $schema, $id, title }: Json = JSON.parse(read(join("schemas", file)));
    assert.equal($schema, "https://json-schema.org/draft/2020-12/schema");
    assert.equal($id, `urn:plimsoll:schema:${file.replace(/-(\d+)\.json$/, ":$1")}`);
    assert.match(String(title), /^Plimsoll .+, version 1$/);
  }
});

for (const { name, text } of documents) {
  test(`${name} follows its published schema, and what schema and reader refuse is the same`, () => {
    const document: Json = JSON.parse(text);
    const id = String(document["schema"]);
    const schema: { required: string[] } = JSON.parse(read(join("schemas", schemaFileOf(id))));
    const reader = readers[id];
    assert.ok(reader, id);
    assert.ok(Check(schema, document));
    assert.ok(reader(text));
    const spoilt: readonly (readonly [string, Json])[] = [
      ...schema.required.map((key): [string, Json] => {
        const { [key]: _, ...rest } = document;
        return [`without ${key}`, rest];
      }),
      ...Object.keys(document).map((key): [string, Json] => [`${key} null`, { ...document, [key]: null }]),
      ["with a field too many", { ...document, nonsense: 1 }],
    ];
    assert.ok(spoilt.length > 4);
    for (const [what, json] of spoilt) {
      assert.ok(!Check(schema, json), `the schema accepts ${what}`);
      assert.throws(() => reader(JSON.stringify(json)), { name: "PlimsollError" }, what);
    }
  });
}

/** What `src/market/schema-check.ts` understands; it would pass over anything else. */
const keywords = new Set(
  "type description enum const properties required items anyOf minimum maximum minLength maxLength pattern minItems maxItems additionalProperties".split(
    " ",
  ),
);

function schemaNodes(node: Json, at: string): readonly (readonly [string, Json])[] {
  const children = [
    ...Object.entries(node["properties"] ?? {}),
    ...Object.entries(node["patternProperties"] ?? {}),
    ...(node["items"] ? [["items", node["items"]]] : []),
    ...((node["anyOf"] as Json[] | undefined) ?? []).map((branch, index) => [String(index), branch]),
  ] as [string, Json][];
  return [[at, node], ...children.flatMap(([key, child]) => schemaNodes(child, `${at}.${key}`))];
}

test("no schema says anything that the reader does not check", () => {
  const heads = new Set(["$schema", "$id", "title"]);
  // read entry by entry: src/risk/parameters/parameters-document.ts
  const records = /^margin-parameters-1\.json\.(classes|underlyings|assets)$/;
  for (const [file, schema] of Object.entries(definitions)) {
    for (const [at, node] of schemaNodes(JSON.parse(JSON.stringify(schema)), file)) {
      for (const key of Object.keys(node)) {
        const allowed =
          keywords.has(key) ||
          (at === file && heads.has(key)) ||
          (records.test(at) && key === "patternProperties");
        assert.ok(allowed, `${at} says ${key}`);
      }
    }
  }
});
