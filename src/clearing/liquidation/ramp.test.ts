import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fractionPpm } from "./fraction.ts";
import { allowedReliefFloor, rampedShareFloor } from "./ramp.ts";

const scale = 1_000_000n;
const ramp = { initial: fractionPpm(100_000), duration: 150n };

test("a tenth at once, then all of it within 135 of 150", () => {
  assert.equal(rampedShareFloor(0n, ramp, scale), 100_000n);
  assert.equal(rampedShareFloor(75n, ramp, scale), 600_000n);
  assert.equal(rampedShareFloor(135n, ramp, scale), scale);
  assert.equal(rampedShareFloor(10n ** 9n, ramp, scale), scale);
  assert.equal(rampedShareFloor(0n, { ...ramp, duration: 0n }, scale), scale);
});

test("what was freed counts toward the ramp", () => {
  assert.equal(allowedReliefFloor({ shortage: 1_000n, freed: 0n, elapsed: 0n }, ramp, scale), 100n);
  assert.equal(allowedReliefFloor({ shortage: 900n, freed: 100n, elapsed: 0n }, ramp, scale), 0n);
  assert.equal(allowedReliefFloor({ shortage: 900n, freed: 100n, elapsed: 75n }, ramp, scale), 500n);
  assert.equal(allowedReliefFloor({ shortage: 900n, freed: 5_000n, elapsed: 0n }, ramp, scale), 0n);
});

test("however often steps are taken, they free no more than the ramp, and all of it in the end", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 10n ** 15n }),
      fc.array(fc.bigInt({ min: 0n, max: 20n }), { maxLength: 40 }),
      (all, waits) => {
        let [shortage, freed, elapsed] = [all, 0n, 0n];
        for (const wait of waits) {
          elapsed += wait;
          const relief = allowedReliefFloor({ shortage, freed, elapsed }, ramp, scale);
          assert.ok(relief >= 0n && relief <= shortage);
          shortage -= relief;
          freed += relief;
          assert.ok(freed * scale <= all * rampedShareFloor(elapsed, ramp, scale));
        }
        const last = allowedReliefFloor({ shortage, freed, elapsed: elapsed + 150n }, ramp, scale);
        assert.equal(last, shortage);
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});

test("the share never falls with time", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 1n, max: 500n }), (elapsed, duration) => {
      const own = { ...ramp, duration };
      assert.ok(rampedShareFloor(elapsed + 1n, own, scale) >= rampedShareFloor(elapsed, own, scale));
    }),
    { seed: 2, numRuns: 500 },
  );
});
