import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { PlimsollError } from "../../quantity/index.ts";
import { onChainModels, onChainModelsFromSheet, onChainSheetIds } from "./on-chain-models.ts";

const folder = new URL("../../../params/venues/", import.meta.url);

test("the shipped documents give the built-in models", () => {
  const sheets = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name): { schema: string } => JSON.parse(readFileSync(new URL(name, folder), "utf8")))
    .filter(({ schema }) => onChainSheetIds.includes(schema));
  assert.deepEqual(
    sheets.flatMap((sheet) => onChainModelsFromSheet(sheet).map(({ id }) => id)).sort(),
    onChainModels()
      .map(({ id }) => id)
      .sort(),
  );
});

test("a document of another kind is refused by its schema", () => {
  for (const json of [null, 7, {}, { schema: "plimsoll/market@1" }, { schema: "toString" }]) {
    assert.throws(
      () => onChainModelsFromSheet(json),
      (error) => error instanceof PlimsollError && error.code === "PLM_DOCUMENT_VERSION",
    );
  }
});
