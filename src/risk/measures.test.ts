import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { tailMeasure } from "./measures.ts";

const hundred = Array.from({ length: 100 }, (_, index) => index - 99);

test("VaR and ES of 100 equal observations", () => {
  // Losses 99, 98, … 0. Worked by hand.
  const cases: readonly [level: number, valueAtRisk: number, shortfall: number][] = [
    [0.99, 99, 99],
    [0.98, 98, 98.5],
    [0.975, 97, (99 + 98 + 0.5 * 97) / 2.5],
    [0.95, 95, 97],
    [0.5, 50, 74.5],
    [0.999, 99, 99],
  ];
  for (const [level, valueAtRisk, shortfall] of cases) {
    const measure = tailMeasure({ pnlUsd: hundred }, level);
    assert.ok(Math.abs(measure.valueAtRiskUsd - valueAtRisk) < 1e-9, `VaR ${level}`);
    assert.ok(Math.abs(measure.expectedShortfallUsd - shortfall) < 1e-9, `ES ${level}`);
    assert.ok(Math.abs(measure.tail.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-12);
  }
});

test("a weight stands for that many observations", () => {
  const pnl = fc.array(
    fc.record({ pnl: fc.integer({ min: -1000, max: 1000 }), weight: fc.integer({ min: 1, max: 9 }) }),
    {
      minLength: 1,
      maxLength: 40,
    },
  );
  fc.assert(
    fc.property(pnl, fc.double({ min: 0, max: 0.999, noNaN: true }), (rows, level) => {
      const weighted = tailMeasure(
        { pnlUsd: rows.map((row) => row.pnl), weights: rows.map((row) => row.weight) },
        level,
      );
      const repeated = tailMeasure(
        { pnlUsd: rows.flatMap((row) => Array.from({ length: row.weight }, () => row.pnl)) },
        level,
      );
      assert.ok(Math.abs(weighted.expectedShortfallUsd - repeated.expectedShortfallUsd) < 1e-9);
      assert.equal(weighted.valueAtRiskUsd, repeated.valueAtRiskUsd);
      assert.ok(weighted.expectedShortfallUsd >= weighted.valueAtRiskUsd - 1e-9);
    }),
  );
});

test("ES is subadditive, homogeneous and grows with its level", () => {
  const pair = fc.array(
    fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -1000, max: 1000 })),
    {
      minLength: 1,
      maxLength: 50,
    },
  );
  const level = fc.double({ min: 0, max: 0.99, noNaN: true });
  fc.assert(
    fc.property(pair, level, level, (rows, p, q) => {
      const shortfall = (pnlUsd: readonly number[], at: number): number =>
        tailMeasure({ pnlUsd }, at).expectedShortfallUsd;
      const [a, b] = [rows.map(([x]) => x), rows.map(([, y]) => y)];
      const both = rows.map(([x, y]) => x + y);
      assert.ok(shortfall(both, p) <= shortfall(a, p) + shortfall(b, p) + 1e-9);
      assert.ok(
        Math.abs(
          shortfall(
            a.map((x) => 8 * x),
            p,
          ) -
            8 * shortfall(a, p),
        ) < 1e-9,
      );
      assert.ok(shortfall(a, Math.min(p, q)) <= shortfall(a, Math.max(p, q)) + 1e-9);
    }),
  );
});

test("no observations give zeros, gains give negative measures", () => {
  assert.deepEqual(tailMeasure({ pnlUsd: [] }, 0.99), {
    valueAtRiskUsd: 0,
    expectedShortfallUsd: 0,
    tail: [],
  });
  assert.equal(tailMeasure({ pnlUsd: [5, 7, 9] }, 0.5).valueAtRiskUsd, -7);
});
