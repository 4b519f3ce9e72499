import assert from "node:assert/strict";
import { test } from "node:test";
import { soak } from "./kill-soak.ts";

// SOAK_KILLS sets how often. A fast clock: fundings and expiries come within the seconds that this takes.
const times = Number(process.env["SOAK_KILLS"] ?? 6);

test("a venue killed under load keeps every answer that it gave, and comes back as if it had not been", async () => {
  const figures = await soak({ times, seed: 20_261_124, speed: 2_400, snapshotEvery: 100 });
  assert.ok(figures.acknowledged > times * 3, `${figures.acknowledged} acknowledged`);
  assert.ok(figures.recoveries > times / 4, `${figures.recoveries} recoveries`);
  if (times >= 20) assert.ok(figures.fromSnapshot > 0, "none began at a snapshot");
});
