import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { backtestCommand } from "./backtest.ts";

const data = fileURLToPath(new URL("../../../shared/data", import.meta.url));

interface Summary {
  readonly targets: readonly { readonly id: string; readonly found: string; readonly outcome: string }[];
  readonly types: readonly unknown[];
}

test("the small run on recorded prices: every promise is answered, and no book type breaches beyond it", async (t) => {
  if (!existsSync(data)) {
    t.diagnostic(`not run: delta-one and staked books on recorded prices, shortened: ${data} is not there`);
    t.skip("no recorded data");
    return;
  }
  const out = mkdtempSync(join(tmpdir(), "plimsoll-recorded-"));
  await backtestCommand({
    data: [data],
    track: ["delta-one", "staked"],
    quick: true,
    models: "plimsoll-portfolio,span,simm",
    seed: "1",
    threads: "1",
    out,
  });
  const { targets, types } = JSON.parse(readFileSync(join(out, "summary.json"), "utf8")) as Summary;
  assert.ok(types.length >= 20, `${types.length} types`);
  assert.equal(targets.length, 10);
  const outcomes = new Set(["met", "missed", "insufficient"]);
  for (const { id, outcome } of targets) assert.ok(outcomes.has(outcome), `${id}: ${outcome}`);
  // Too few windows to promise anything by, enough to see that something is wrong.
  for (const { id, found, outcome } of targets.filter((one) => one.id.endsWith("-safety")))
    assert.notEqual(outcome, "missed", `${id}: ${found}`);
  assert.match(readFileSync(join(out, "report.html"), "utf8"), /<svg/);
});
