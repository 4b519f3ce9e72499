import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fractionPpm, whole } from "./fraction.ts";
import {
  closeFactor,
  type IntervalUse,
  intervalRoom,
  stepSizeFloor,
  unusedInterval,
  useInterval,
} from "./step-limits.ts";

const units = fc.bigInt({ min: 0n, max: 10n ** 12n });
const anyLimits = fc.record({
  portion: fc.integer({ min: 0, max: 1_000_000 }).map(fractionPpm),
  minimum: fc.bigInt({ min: 0n, max: 10_000n }),
  dust: fc.bigInt({ min: 0n, max: 10_000n }),
  caps: fc.array(fc.bigInt({ min: 1n, max: 10n ** 12n }), { maxLength: 2 }),
});

test("a tenth of a position, at least 100, and no remainder below 50", () => {
  const limits = { portion: fractionPpm(100_000), minimum: 100n, dust: 50n };
  assert.equal(stepSizeFloor(5_000n, 9_000n, limits), 900n);
  assert.equal(stepSizeFloor(5_000n, 300n, limits), 100n);
  assert.equal(stepSizeFloor(5_000n, 140n, limits), 140n);
  assert.equal(stepSizeFloor(5_000n, 60n, limits), 60n);
  assert.equal(stepSizeFloor(5n, 9_000n, limits), 100n);
  assert.equal(stepSizeFloor(5_000n, 9_000n, { ...limits, caps: [10_000n, 70n] }), 70n);
  assert.equal(stepSizeFloor(5_000n, 9_000n, { ...limits, caps: [0n] }), 0n);
  assert.equal(stepSizeFloor(0n, 9_000n, limits), 0n);
  assert.equal(stepSizeFloor(5_000n, 9_000n), 5_000n);
});

test("within what is held and every cap, and never nothing while there is something to do", () => {
  fc.assert(
    fc.property(units, units, anyLimits, (wanted, held, limits) => {
      const size = stepSizeFloor(wanted, held, limits);
      if (wanted === 0n || held === 0n) return assert.equal(size, 0n);
      assert.ok(size >= 1n && size <= held);
      for (const cap of limits.caps) assert.ok(size <= cap);
      const uncapped = stepSizeFloor(wanted, held, { ...limits, caps: [] });
      assert.ok(uncapped === held || held - uncapped >= limits.dust);
      // Beyond what is wanted only for the minimum, or to leave no dust.
      assert.ok(uncapped <= wanted || uncapped <= limits.minimum || uncapped === held);
    }),
    { seed: 1, numRuns: 3_000 },
  );
});

test("wanting more never gives less", () => {
  fc.assert(
    fc.property(units, units, units, anyLimits, (wanted, more, held, limits) => {
      assert.ok(stepSizeFloor(wanted + more, held, limits) >= stepSizeFloor(wanted, held, limits));
    }),
    { seed: 2, numRuns: 2_000 },
  );
});

test("dust never blocks: a position of any size comes to its end", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10n ** 12n }), (all) => {
      const limits = { portion: fractionPpm(250_000), minimum: 10n, dust: 7n };
      let held = all;
      let steps = 0;
      while (held > 0n && steps < 200) {
        held -= stepSizeFloor(held, held, limits);
        steps += 1;
      }
      assert.equal(held, 0n);
    }),
    { seed: 3, numRuns: 200 },
  );
});

test("half of a debt may be closed, all of it when it is very unhealthy or small", () => {
  const terms = {
    fullBelowHealth: fractionPpm(950_000),
    portion: fractionPpm(500_000),
    fullBelowValue: 2_000n,
  };
  assert.deepEqual(closeFactor(fractionPpm(980_000), 5_000n, terms), terms.portion);
  assert.deepEqual(closeFactor(fractionPpm(950_000), 5_000n, terms), whole);
  assert.deepEqual(closeFactor(fractionPpm(980_000), 1_999n, terms), whole);
});

test("a bound per interval holds in each interval of a fixed grid, whatever the amounts", () => {
  const limit = { lengthMs: 1_000, cap: 100n };
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(400), fc.bigInt({ min: 0n, max: 150n })), { maxLength: 50 }),
      (steps) => {
        let use: IntervalUse = unusedInterval;
        let nowMs = 0;
        const used = new Map<number, bigint>();
        for (const [wait, wanted] of steps) {
          nowMs += wait;
          const room = intervalRoom(use, nowMs, limit);
          const amount = wanted < room ? wanted : room;
          use = useInterval(use, amount, nowMs, limit);
          const interval = Math.floor(nowMs / 1_000);
          used.set(interval, (used.get(interval) ?? 0n) + amount);
          assert.ok((used.get(interval) ?? 0n) <= limit.cap);
          assert.equal(intervalRoom(use, nowMs, limit), limit.cap - (used.get(interval) ?? 0n));
        }
      },
    ),
    { seed: 4, numRuns: 300 },
  );
});
