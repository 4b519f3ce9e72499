import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { basisSteps, BasisWindow, markGridMs } from "./basis-window.ts";

const startMs = 1_003_217;

test("its mean is that of what stood in the twelve whole steps before, millisecond by millisecond", () => {
  const observation = fc.record({
    waitMs: fc.oneof(fc.nat(40), fc.nat(12_000), fc.nat(90_000)),
    ppb: fc.integer({ min: -20_000_000, max: 20_000_000 }),
  });
  fc.assert(
    fc.property(fc.array(observation, { maxLength: 30 }), fc.nat(90_000), (story, restMs) => {
      const window = new BasisWindow(startMs);
      const changes: { readonly fromMs: number; readonly ppb: number }[] = [{ fromMs: 0, ppb: 0 }];
      let nowMs = startMs;
      for (const { waitMs, ppb } of story) {
        nowMs += waitMs;
        window.observe(nowMs, ppb);
        changes.push({ fromMs: nowMs, ppb });
      }
      nowMs += restMs;
      window.advance(nowMs);
      const endMs = Math.floor(nowMs / markGridMs) * markGridMs;
      const beginMs = endMs - basisSteps * markGridMs;
      let sum = 0;
      for (const [i, { fromMs, ppb }] of changes.entries()) {
        const untilMs = changes[i + 1]?.fromMs ?? Infinity;
        sum += ppb * Math.max(0, Math.min(endMs, untilMs) - Math.max(beginMs, fromMs));
      }
      assert.equal(window.meanPpb(), Math.trunc(sum / (endMs - beginMs)) + 0);
    }),
    { numRuns: 500, seed: 1 },
  );
});

test("what is shown for a moment weighs as long as it stood", () => {
  const window = new BasisWindow(0);
  window.observe(30_000, 20_000_000);
  window.observe(30_300, 0);
  window.advance(60_000);
  assert.equal(window.meanPpb(), (20_000_000 * 300) / 60_000);
});
