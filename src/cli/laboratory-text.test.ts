import assert from "node:assert/strict";
import { test } from "node:test";
import { madeUpObservations, madeUpProvenance } from "../../test/laboratory/made-up-observations.ts";
import { analyse } from "../service/laboratory/analyse.ts";
import { laboratoryText } from "./laboratory-text.ts";

test("a terminal is told the answer, the promises, every rival and every type", () => {
  const result = analyse(madeUpObservations({ days: 1200 }), { provenance: madeUpProvenance, draws: 100 });
  const text = laboratoryText(result);
  const lines = text.split("\n");
  assert.match(lines[0]!, /^At 99 % safety over 1 day, Plimsoll portfolio margin takes [\d.]+ % of notional/);
  for (const { promise } of result.targetChecks) assert.ok(text.includes(promise));
  for (const { rival } of result.headline) {
    assert.ok(text.includes(result.models.find(({ id }) => id === rival)!.title));
  }
  for (const { type } of result.best.all!.comparison.types) assert.ok(text.includes(type));
  assert.doesNotMatch(text, /NaN|undefined|null/);
  assert.ok(lines.slice(0, 6).every((line) => line.length <= 116));
});
