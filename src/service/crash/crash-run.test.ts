import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { isConserved } from "../population/index.ts";
import { runCrash } from "./crash-run.ts";
import { type CrashFigures } from "./figures.ts";
import { crashes, methods } from "./plan.ts";
import { readScene, type Scene } from "./scene.ts";
import { recoveryOf, solventOf } from "./summary.ts";

const hour = 3_600_000;
const start = Date.parse("2023-05-01T00:00Z");

/** Nine days of bars of an hour: calm for a week, then 26 % down in two hours and some of it back. */
function bars(price: number, beta: number): string {
  const lines = ["ts_ms,open,high,low,close,volume"];
  let last = price;
  for (let i = 0; i < 9 * 24; i++) {
    const at = i - 8 * 24;
    const move = at >= 2 && at < 4 ? -0.14 * beta : at === 4 ? 0.06 * beta : 0.004 * Math.sin(i);
    const close = last * (1 + move);
    const [high, low] = [Math.max(last, close) * 1.004, Math.min(last, close) * 0.996];
    lines.push(`${start + i * hour},${last},${high},${low},${close},${(5e8 / price).toFixed(3)}`);
    last = close;
  }
  return `${lines.join("\n")}\n`;
}

async function withScene(traders: number, check: (scene: Scene) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "plimsoll-crash-"));
  try {
    await writeFile(join(folder, "BTCUSDT.csv"), bars(30_000, 1));
    await writeFile(join(folder, "SOLUSDT.csv"), bars(20, 1.3));
    const fromMs = start + 8 * 24 * hour;
    const toMs = fromMs + 5 * hour - 1;
    check(await readScene({ folder, fromMs, toMs, traders, coins: 3, seed: 5 }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const method = (name: string) => methods.find((one) => one.name === name)!;
const comparable = (figures: CrashFigures): object => ({ ...figures, seconds: 0 });

test("every method goes through the same crash, and no unit is lost", async () => {
  await withScene(80, (scene) => {
    const others = methods.filter(({ name }) => name !== "noBidders");
    const results = others.map((one) => runCrash({ scene, method: one, depth: 1 }));
    for (const one of results) {
      assert.ok(one.conservation.length === 3 && one.conservation.every(isConserved), one.method);
      assert.equal(one.opened, 80);
      assert.ok(one.breached.length >= 12, `${one.breached.length} in breach`);
      assert.ok(solventOf(one) <= one.breached.length);
      assert.equal(one.restored + one.closed + one.absorbed + one.stillOpen, one.liquidations);
      assert.equal(one.durationsMs.length, one.liquidations - one.stillOpen);
      assert.ok(recoveryOf([one]).accounts > 0);
    }
    const of = (name: string): CrashFigures => results.find((one) => one.method === name)!;
    const [ours, atOnce, fixedSpread] = [of("ours"), of("atOnce"), of("fixedSpread")];
    assert.equal(of("keepTradeNoBidders").bids, 0);
    // Whoever is left with less leverage is called less often again.
    assert.ok(ours.liquidations < of("keepTrade").liquidations);
    assert.equal(fixedSpread.steps, 0);
    assert.ok(ours.steps > 0 && atOnce.steps > 0);
    // What one order for everything costs at market is more than what steps do.
    assert.ok(atOnce.stepCostUsd / atOnce.steppedUsd > ours.stepCostUsd / ours.steppedUsd);
    assert.ok(results.every(({ impacts }) => impacts.some(({ worst }) => worst < 0)));
  });
});

test("the same seed gives the same figures and state, at another depth others", async () => {
  await withScene(40, (scene) => {
    const run = (depth: number): CrashFigures => runCrash({ scene, method: method("ours"), depth });
    const one = run(1);
    assert.deepEqual(comparable(run(1)), comparable(one));
    assert.notEqual(run(0.5).stateRoot, one.stateRoot);
  });
});

test("a recorded crash", async (t) => {
  const folder = fileURLToPath(new URL("../../../../shared/data", import.meta.url));
  if (!existsSync(folder)) {
    t.diagnostic(`not run: ${crashes.map(({ name }) => name).join(", ")}: ${folder} is not there`);
    t.skip("no recorded data");
    return;
  }
  const fromMs = Date.parse("2022-11-08T12:00Z");
  const scene = await readScene({ folder, fromMs, toMs: fromMs + 3 * hour, traders: 60, coins: 3, seed: 1 });
  assert.ok(scene.coins.some(({ name }) => name === "BTC"));
  const figures = runCrash({ scene, method: method("ours"), depth: 1 });
  assert.ok(figures.conservation.every(isConserved));
  assert.equal(figures.opened, 60);
});
