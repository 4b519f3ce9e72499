import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PlimsollError } from "../quantity/error.ts";
import { msPerYear } from "./instrument.ts";
import { flatSvi, sviTotalVariance } from "./svi.ts";
import { parseMarket, writeMarket } from "./market-document.ts";
import { sviSurface, type SviSlice } from "./svi-surface.ts";
import { syntheticMarket } from "./synthetic-market.ts";

const asOfMs = 1_700_000_000_000;
const years = (count: number): number => asOfMs + count * msPerYear;

const slice = (expiryMs: number, parameters: SviSlice["parameters"]): SviSlice => ({
  expiryMs,
  parameters,
  minLogMoneyness: -0.5,
  maxLogMoneyness: 0.4,
});

const near = slice(years(0.25), { a: 0.01, b: 0.05, rho: -0.2, m: 0, sigma: 0.1 });
const far = slice(years(1), { a: 0.06, b: 0.15, rho: -0.3, m: 0.02, sigma: 0.3 });
const surface = sviSurface({ asOfMs, slices: [far, near] });

const anySlice = fc.record({
  days: fc.double({ min: 1 / 86_400, max: 1000, noNaN: true }),
  level: fc.double({ min: 0, max: 1, noNaN: true }),
  b: fc.double({ min: 0, max: 1, noNaN: true }),
  rho: fc.double({ min: -1, max: 1, noNaN: true }),
  m: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
  sigma: fc.double({ min: 1e-3, max: 1, noNaN: true }),
});

const anySurface = fc
  .uniqueArray(anySlice, {
    minLength: 1,
    maxLength: 6,
    selector: ({ days }) => Math.round(days * 86_400_000),
  })
  .map((slices) =>
    sviSurface({
      asOfMs,
      slices: slices.map(({ days, level, ...shape }) =>
        slice(asOfMs + Math.round(days * 86_400_000), {
          ...shape,
          a: level - shape.b * shape.sigma * Math.sqrt(1 - shape.rho * shape.rho),
        }),
      ),
    }),
  );

test("a slice's own expiry gives the slice, unflagged within its quotes", () => {
  for (const k of [-0.5, -0.1, 0, 0.4]) {
    const { value, extrapolated } = surface.volAt(near.expiryMs, k);
    assert.ok(Math.abs(value - Math.sqrt(sviTotalVariance(near.parameters, k) / 0.25)) < 1e-14);
    assert.equal(extrapolated, false);
  }
  assert.deepEqual(surface.expiriesMs, [near.expiryMs, far.expiryMs]);
});

test("between slices total variance is linear in time at constant log-moneyness", () => {
  const middle = surface.totalVarianceAt(years(0.5), 0.1);
  const expected =
    sviTotalVariance(near.parameters, 0.1) * (2 / 3) + sviTotalVariance(far.parameters, 0.1) * (1 / 3);
  assert.ok(Math.abs(middle.value - expected) < 1e-14);
  assert.equal(middle.extrapolated, false);
});

test("before the first and after the last slice its volatility holds, flagged", () => {
  for (const [at, like] of [
    [years(0.01), near.expiryMs],
    [years(3), far.expiryMs],
  ] as const) {
    const { value, extrapolated } = surface.volAt(at, 0.2);
    assert.equal(extrapolated, true);
    assert.ok(Math.abs(value - surface.volAt(like, 0.2).value) < 1e-12);
  }
});

test("strikes outside the quotes are flagged, and the wing goes on", () => {
  assert.equal(surface.volAt(near.expiryMs, -0.51).extrapolated, true);
  assert.equal(surface.volAt(near.expiryMs, 0.41).extrapolated, true);
  assert.equal(surface.volAt(years(0.5), 0.41).extrapolated, true);
  const step = (k: number): number =>
    surface.totalVarianceAt(far.expiryMs, k + 1).value - surface.totalVarianceAt(far.expiryMs, k).value;
  assert.ok(Math.abs(step(30) - 0.15 * 0.7) < 1e-4);
});

test("a later slice below an earlier one is lifted to it", () => {
  const crossed = sviSurface({
    asOfMs,
    slices: [slice(years(0.5), flatSvi(0.2)), slice(years(1), { a: 0, b: 0.5, rho: 0, m: 0, sigma: 0.1 })],
  });
  assert.equal(crossed.totalVarianceAt(years(1), 0).value, 0.2);
  assert.ok(crossed.totalVarianceAt(years(1), 1).value > 0.5);
});

test("total variance never falls with time, whatever the slices", () => {
  fc.assert(
    fc.property(
      anySurface,
      fc.double({ min: -60, max: 60, noNaN: true }),
      fc.array(fc.integer({ min: 1, max: 1_200 * 86_400_000 }), { minLength: 2, maxLength: 8 }),
      (any, k, offsets) => {
        const ordered = [...offsets, ...any.expiriesMs.map((expiryMs) => expiryMs - asOfMs)].sort(
          (p, q) => p - q,
        );
        let before = 0;
        for (const offset of ordered) {
          const { value } = any.totalVarianceAt(asOfMs + offset, k);
          assert.ok(value >= before * (1 - 1e-12), `${offset}: ${value} after ${before}`);
          before = value;
        }
      },
    ),
  );
});

test("volAt is finite and never negative for every instant and every strike", () => {
  fc.assert(
    fc.property(
      anySurface,
      fc.oneof(fc.integer({ min: 1, max: 8.64e15 }), fc.constantFrom(asOfMs, asOfMs + 1, asOfMs + 1000, 0)),
      fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(-Infinity, Infinity, 0)),
      (any, expiryMs, k) => {
        const { value } = any.volAt(expiryMs, k);
        assert.ok(Number.isFinite(value) && value >= 0, `${value}`);
      },
    ),
  );
});

test("bad slices are refused by name", () => {
  const refused: readonly [readonly SviSlice[], string, string][] = [
    [[], "PLM_DOMAIN", "slices"],
    [[near, { ...near }], "PLM_DUPLICATE", "slices"],
    [[{ ...near, expiryMs: asOfMs }], "PLM_DOMAIN", "slices[0].expiryMs"],
    [[{ ...near, maxLogMoneyness: -1 }], "PLM_DOMAIN", "slices[0].maxLogMoneyness"],
    [[near, { ...far, parameters: { ...far.parameters, b: NaN } }], "PLM_DOMAIN", "slices[1].parameters.b"],
  ];
  for (const [slices, code, field] of refused) {
    assert.throws(
      () => sviSurface({ asOfMs, slices }),
      (error) => error instanceof PlimsollError && error.code === code && error.field === field,
    );
  }
});

test("slices with bends survive the market document", () => {
  const market = syntheticMarket({ seed: 1, asOfMs, size: "small" });
  const bent: SviSlice = {
    ...far,
    parameters: { ...far.parameters, bends: [{ side: "left", at: -0.4, slope: -0.05, width: 0.1 }] },
  };
  const bentSurface = sviSurface({ asOfMs, slices: [near, bent] });
  const underlyings = new Map(
    [...market.underlyings].map(([symbol, state]) => [symbol, { ...state, surface: bentSurface }] as const),
  );
  const again = parseMarket(writeMarket({ ...market, underlyings })).underlyings.get("BTC")?.surface;
  for (const k of [-2, -0.3, 0.1, 1]) {
    assert.deepEqual(again?.volAt(years(0.7), k), bentSurface.volAt(years(0.7), k));
    assert.notEqual(again?.volAt(years(0.7), -2).value, surface.volAt(years(0.7), -2).value);
  }
});
