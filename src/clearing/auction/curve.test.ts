import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  curveFault,
  curveLength,
  levelCeil,
  levelFloor,
  maxLines,
  priceCeil,
  priceFloor,
  type PriceCurve,
} from "./curve.ts";

const ppm = 1_000_000n;
const ray = 10n ** 27n;
const scale = fc.constantFrom(ppm, 10n ** 9n, ray);
const big = (min: bigint, max: bigint) => fc.bigInt({ min, max });

const linesCurve = scale.chain((one) =>
  fc
    .tuple(
      fc.array(big(0n, 2n * one), { minLength: 2, maxLength: 5 }),
      fc.array(big(0n, 100_000n), { minLength: 4, maxLength: 4 }),
    )
    .map(([levels, lengths]): PriceCurve => {
      const falling = [...levels].sort((a, b) => (a > b ? -1 : a < b ? 1 : 0));
      const lines = falling.slice(1).map((to, i) => ({ from: falling[i]!, to, length: lengths[i]! }));
      return { kind: "lines", one, lines };
    }),
);

const stairsCurve = scale.chain((one) =>
  fc
    .record({ start: big(0n, 2n * one), keep: big(1n, one - 1n), near: big(0n, 5n), step: big(1n, 3600n) })
    .map(({ start, keep, near, step }): PriceCurve => {
      // Half of them as slow as the scale lets them be: there the roundings could lift a level.
      return { kind: "stairs", one, start, keep: near < 3n ? one - 1n - near : keep, step };
    }),
);

const curve = fc.oneof(linesCurve, stairsCurve);

test("a price never rises, whatever the curve, the scale and the time", () => {
  fc.assert(
    fc.property(curve, big(0n, 10n ** 7n), big(0n, 10n ** 5n), big(1n, 10n ** 15n), (each, t, more, top) => {
      assert.equal(curveFault(each), undefined);
      for (const [early, late] of [
        [t, t + 1n],
        [t, t + more],
      ] as const) {
        assert.ok(levelFloor(each, late) <= levelFloor(each, early));
        assert.ok(levelCeil(each, late) <= levelCeil(each, early));
        assert.ok(priceFloor(each, top, late) <= priceFloor(each, top, early));
        assert.ok(priceCeil(each, top, late) <= priceCeil(each, top, early));
      }
      const gap = levelCeil(each, t) - levelFloor(each, t);
      assert.ok(gap === 0n || gap === 1n);
      assert.ok(priceFloor(each, top, t) <= priceCeil(each, top, t));
    }),
    { numRuns: 1000, seed: 1 },
  );
});

test("stairs at the finest part of a scale never rise from one step to the next", () => {
  for (const [one, start] of [
    [ppm, ppm],
    [ppm, 7n],
    [1000n, 10n ** 9n],
  ] as const) {
    const slow: PriceCurve = { kind: "stairs", one, start, keep: one - 1n, step: 1n };
    let [floor, ceil] = [start, start];
    for (let t = 0n; t < 20_000n; t++) {
      const [nextFloor, nextCeil] = [levelFloor(slow, t), levelCeil(slow, t)];
      assert.ok(nextFloor <= floor && nextCeil <= ceil && nextCeil >= 1n, `${one} ${start} ${t}`);
      [floor, ceil] = [nextFloor, nextCeil];
    }
  }
});

test("levels lie between the exact level and a unit beyond it", () => {
  fc.assert(
    fc.property(big(1n, ppm - 1n), big(0n, 2n * ppm), big(0n, 60n), (keep, start, steps) => {
      const each: PriceCurve = { kind: "stairs", one: ppm, start, keep, step: 10n };
      const [above, below] = [start * keep ** steps, ppm ** steps];
      const floor = levelFloor(each, steps * 10n + 9n);
      const ceil = levelCeil(each, steps * 10n);
      assert.ok(floor * below <= above && (floor + 1n) * below > above);
      assert.ok(ceil * below >= above && (ceil - 1n) * below < above);
    }),
    { numRuns: 500, seed: 1 },
  );
});

test("a curve of lines meets its corners, and stays at the last", () => {
  const fastSlow: PriceCurve = {
    kind: "lines",
    one: ppm,
    lines: [
      { from: 950_000n, to: 700_000n, length: 900n },
      { from: 700_000n, to: 0n, length: 43_200n },
    ],
  };
  assert.equal(curveLength(fastSlow), 44_100n);
  const at = [0n, 450n, 900n, 22_500n, 44_100n, 99_999n].map((t) => levelFloor(fastSlow, t));
  assert.deepEqual(at, [950_000n, 825_000n, 700_000n, 350_000n, 0n, 0n]);
  assert.equal(levelCeil(fastSlow, 44_099n), 17n);
  assert.equal(levelFloor(fastSlow, 44_099n), 16n);
});

test("exponential decay is stairs of one unit of time", () => {
  const decay: PriceCurve = { kind: "stairs", one: ppm, start: ppm, keep: 500_000n, step: 1n };
  assert.deepEqual(
    [0n, 1n, 2n, 3n].map((t) => priceFloor(decay, 80n, t)),
    [80n, 40n, 20n, 10n],
  );
  assert.equal(curveLength(decay), undefined);
  assert.equal(levelFloor(decay, 10n ** 15n), 0n);
  assert.equal(levelCeil(decay, 10n ** 15n), 1n);
});

test("what is no falling curve is named", () => {
  const line = { from: ppm, to: 0n, length: 1n };
  const lines = (...all: (typeof line)[]) => curveFault({ kind: "lines", one: ppm, lines: all });
  assert.equal(lines(line), undefined);
  assert.equal(lines({ ...line, length: 0n }), undefined);
  assert.equal(lines(), "lines");
  assert.equal(lines({ ...line, length: -1n }), "lines");
  const level = { from: 5n, to: 5n, length: 1n };
  assert.equal(lines(...Array.from({ length: maxLines }, () => level)), undefined);
  assert.equal(lines(...Array.from({ length: maxLines + 1 }, () => level)), "lines");
  assert.equal(lines({ ...line, to: -1n }), "range");
  assert.equal(lines({ ...line, to: ppm + 1n }), "rises");
  assert.equal(lines(line, { from: 1n, to: 0n, length: 1n }), "rises");
  assert.equal(curveFault({ kind: "lines", one: 0n, lines: [line] }), "range");
  const stairs = { kind: "stairs", one: ppm, start: ppm, keep: 1n, step: 1n } as const;
  assert.equal(curveFault(stairs), undefined);
  for (const wrong of [{ keep: 0n }, { keep: ppm }, { step: 0n }, { start: -1n }, { guard: 0n }]) {
    assert.equal(curveFault({ ...stairs, ...wrong }), "range");
  }
});
