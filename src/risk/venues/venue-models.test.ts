import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { PlimsollError } from "../../quantity/index.ts";
import { venueModels, venueModelsFromSheet, venueSheetIds } from "./venue-models.ts";

const folder = new URL("../../../params/venues/", import.meta.url);
const sheets = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name): { schema: string } => JSON.parse(readFileSync(new URL(name, folder), "utf8")));

test("the shipped sheets, each of its own format, give exactly the built-in models", () => {
  assert.deepEqual(sheets.map(({ schema }) => schema).sort(), venueSheetIds.toSorted());
  const idsOf = (models: readonly { id: string }[]): string[] => models.map(({ id }) => id).sort();
  assert.deepEqual(idsOf(sheets.flatMap((sheet) => venueModelsFromSheet(sheet))), idsOf(venueModels()));
});

test("model ids are unique", () => {
  const ids = venueModels().map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
});

test("a document of another kind is refused by its schema", () => {
  for (const json of [null, 7, {}, { schema: "plimsoll/market@1" }, { schema: "toString" }]) {
    assert.throws(
      () => venueModelsFromSheet(json),
      (error) => error instanceof PlimsollError && error.code === "PLM_DOCUMENT_VERSION",
    );
  }
});

test("a sheet with one figure spoilt is refused", () => {
  for (const sheet of sheets) {
    assert.throws(() => venueModelsFromSheet({ ...sheet, asOf: 2026 }), PlimsollError, sheet.schema);
  }
});
