import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { PlimsollError } from "../../quantity/index.ts";
import { stressCommand, type StressReport } from "./stress.ts";

const refused = (code: string) => (error: unknown) => error instanceof PlimsollError && error.code === code;

test("takes one venue: an address, a folder or a made-up one", async () => {
  await assert.rejects(stressCommand(undefined, {}), refused("PLM_USAGE"));
  await assert.rejects(stressCommand("http://127.0.0.1:9", { synthetic: true }), refused("PLM_USAGE"));
  await assert.rejects(stressCommand("/nowhere/at/all", {}), refused("PLM_FILE"));
  await assert.rejects(stressCommand("http://127.0.0.1:9", {}), refused("PLM_UNAVAILABLE"));
  for (const traders of ["0", "x", "1e9"]) {
    await assert.rejects(stressCommand(undefined, { synthetic: true, traders }), refused("PLM_USAGE"));
  }
});

test("a synthetic venue is the same again; its chart shows every told scenario", async () => {
  const folder = mkdtempSync(join(tmpdir(), "plimsoll-stress-"));
  try {
    const chart = join(folder, "stress.svg");
    const options = { synthetic: true, traders: "30", seed: "5", fund: "20000", hedges: true };
    const { json, text, exitCode } = await stressCommand(undefined, { ...options, chart });
    const again = await stressCommand(undefined, options);
    assert.deepEqual(again.json, json);
    // Narrowed by what made it.
    const { sizing, losers } = json as StressReport;
    assert.equal(exitCode, sizing.short ? 1 : 0);
    assert.ok(Number(sizing.coverTwoUsd) >= Number(sizing.coverOneUsd));
    assert.ok(Number(sizing.allUsd) >= Number(sizing.coverTwoUsd));
    assert.ok(sizing.hedges.length > 0 && losers !== undefined && losers.length > 0);
    const premium = sizing.hedges.reduce((sum, { premiumUsd }) => sum + Number(premiumUsd), 0);
    assert.ok(premium > 0 && premium <= 0.05 * 20_100, `${premium} is within the budget`);
    for (const { label, resourcesUsd, coverTwoUsd, shortfallUsd } of sizing.worst) {
      const missing = Math.max(0, Number(coverTwoUsd) - Number(resourcesUsd));
      assert.ok(Math.abs(missing - Number(shortfallUsd)) < 1e-5, label);
    }
    assert.match(text, /With and without them, USD/);
    const svg = readFileSync(chart, "utf8");
    for (const { label } of sizing.worst) assert.ok(svg.includes(label), label);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
