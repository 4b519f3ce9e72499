import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { buildHistory } from "./history-builder.ts";
import {
  coarserHistory,
  type Factor,
  factorKey,
  gapsOf,
  type History,
  historyBetween,
  isLogFactor,
  jointMoves,
  moves,
  withRatio,
} from "./history.ts";
import { syntheticHistory } from "./synthetic-history.ts";

const hourMs = 3_600_000;

function historyOf(
  series: readonly (readonly [Factor, string, readonly number[]])[],
  startMs: number = 0,
): History {
  return {
    source: "test",
    synthetic: true,
    startMs,
    intervalMs: hourMs,
    length: series[0]?.[2].length ?? 0,
    series: new Map(
      series.map(([factor, of, values]) => [
        factorKey(factor, of),
        { factor, of, values: Float64Array.from(values) },
      ]),
    ),
  };
}

test("moves are log changes of prices and differences of the rest, and never cross a gap", () => {
  const history = historyOf([
    ["spot", "BTC", [100, 110, NaN, 120, 132, 66]],
    ["skew", "BTC", [0.1, 0.2, 0.3, 0.4, NaN, 0.6]],
  ]);
  const spot = moves(history, "spot:BTC");
  assert.deepEqual([...spot.starts], [0, 3, 4]);
  assert.deepEqual(
    [...spot.values].map((value) => Math.exp(value).toFixed(12)),
    ["1.100000000000", "1.100000000000", "0.500000000000"],
  );
  assert.deepEqual([...moves(history, "skew:BTC").starts], [0, 1, 2]);
  assert.deepEqual([...jointMoves(history, ["spot:BTC", "skew:BTC"]).starts], [0]);
  assert.deepEqual([...moves(history, "spot:BTC", { horizonSteps: 2 }).starts], [3]);
  assert.deepEqual([...moves(history, "spot:BTC", { horizonSteps: 3 }).starts], []);
  assert.deepEqual(gapsOf(history, "spot:BTC"), [{ fromMs: 2 * hourMs, toMs: 2 * hourMs, steps: 1 }]);
  assert.throws(() => moves(history, "spot:BTX"), { code: "PLM_UNKNOWN", remedy: /spot:BTC/ });
  for (const horizonSteps of [0, -1, 1.5, NaN]) {
    assert.throws(() => moves(history, "spot:BTC", { horizonSteps }), { code: "PLM_DOMAIN" });
  }
});

test("joint moves agree with the obvious loop", () => {
  const value = fc.oneof(fc.double({ min: 0.5, max: 2, noNaN: true }), fc.constant(NaN));
  const column = fc.array(value, { minLength: 30, maxLength: 30 });
  fc.assert(
    fc.property(
      column,
      column,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      fc.nat(10),
      fc.integer({ min: 15, max: 40 }),
      (spot, basis, horizonSteps, strideSteps, from, to) => {
        const history = historyOf([
          ["spot", "A", spot],
          ["basis", "A", basis],
        ]);
        const found = jointMoves(history, ["spot:A", "basis:A"], {
          horizonSteps,
          strideSteps,
          fromMs: from * hourMs,
          toMs: to * hourMs,
        });
        const starts: number[] = [];
        for (let start = from; start + horizonSteps <= Math.min(29, to); start += strideSteps) {
          const window = [spot, basis].flatMap((values) => values.slice(start, start + horizonSteps + 1));
          if (window.every((entry) => !Number.isNaN(entry))) starts.push(start);
        }
        assert.deepEqual([...found.starts], starts);
        assert.equal(found.length, starts.length);
        for (const [row, start] of starts.entries()) {
          const end = start + horizonSteps;
          const change = Math.log((spot[end] ?? NaN) / (spot[start] ?? NaN));
          assert.ok(Math.abs((found.columns[0]?.[row] ?? NaN) - change) < 1e-14);
          assert.equal(found.columns[1]?.[row], (basis[end] ?? NaN) - (basis[start] ?? NaN));
        }
      },
    ),
  );
});

test("a coarser history keeps whole multiples of its interval and makes nothing up", () => {
  const history = historyOf([["spot", "A", [1, 2, 3, NaN, 5, 6, 7]]], 2 * hourMs);
  const coarse = coarserHistory(history, 4);
  assert.deepEqual([coarse.startMs, coarse.intervalMs, coarse.length], [4 * hourMs, 4 * hourMs, 2]);
  assert.deepEqual([...(coarse.series.get("spot:A")?.values ?? [])], [3, 7]);
  assert.deepEqual(
    [...(coarserHistory(history, 3).series.get("spot:A")?.values ?? [])].map(String),
    ["2", "5"],
    "from hour 3, every third",
  );
});

test("a part of a history holds both ends", () => {
  const history = historyOf([["spot", "A", [1, 2, 3, 4]]], hourMs);
  const part = historyBetween(history, 2 * hourMs, 3 * hourMs);
  assert.deepEqual(
    [part.startMs, part.length, [...(part.series.get("spot:A")?.values ?? [])]],
    [2 * hourMs, 2, [2, 3]],
  );
  assert.equal(historyBetween(history, 0, 100 * hourMs).length, 4);
  assert.equal(historyBetween(history, 50 * hourMs, 100 * hourMs).length, 0);
});

test("a ratio is observed where both of its prices are", () => {
  const history = historyOf([
    ["price", "wstETH", [220, NaN, 240]],
    ["spot", "ETH", [200, 210, 200]],
  ]);
  const values = withRatio(history, "wstETH", {
    numerator: "price:wstETH",
    denominator: "spot:ETH",
  }).series.get("ratio:wstETH");
  assert.deepEqual([...(values?.values ?? [])].map(String), ["1.1", "NaN", "1.2"]);
});

test("observations are put on the grid when they were known, never before", () => {
  const builder = buildHistory({ intervalMs: hourMs, source: "test" });
  builder.observe("spot", "A", 10 * hourMs, 1);
  builder.observe("spot", "A", 10 * hourMs, 99);
  builder.observe("spot", "A", 10 * hourMs + 1, 2);
  builder.observe("spot", "A", 10.5 * hourMs, 3);
  builder.observe("spot", "A", 13 * hourMs, 4);
  builder.observe("spot", "A", 12 * hourMs, -1);
  const { history, notes } = builder.build();
  assert.deepEqual([...(history.series.get("spot:A")?.values ?? [])].map(String), ["1", "3", "NaN", "4"]);
  assert.equal(history.startMs, 10 * hourMs);
  assert.deepEqual(
    notes.map(({ id, count }) => [id, count]),
    [["out-of-range", 1]],
  );
  assert.throws(() => buildHistory({ intervalMs: hourMs, source: "none" }).build(), { code: "PLM_DATA_GAP" });
});

test("the synthetic history is its seed's alone, joint, without gaps, and has crashes", () => {
  const history = syntheticHistory({ seed: 1, days: 365 });
  assert.equal(history.synthetic, true);
  assert.match(history.source, /synthetic/);
  assert.equal(history.length, 365 * 24 + 1);
  assert.deepEqual(syntheticHistory({ seed: 1, days: 365 }), history);
  assert.notDeepEqual(
    syntheticHistory({ seed: 2, days: 365 }).series.get("spot:BTC"),
    history.series.get("spot:BTC"),
  );
  for (const { factor, values } of history.series.values()) {
    assert.ok(values.every((value) => Number.isFinite(value) && (!isLogFactor(factor) || value > 0)));
  }
  assert.deepEqual(
    new Set([...history.series.values()].map(({ factor }) => factor)),
    new Set(["spot", "vol", "term", "skew", "basis", "ratio", "price"]),
  );
  const three = syntheticHistory({ seed: 1 });
  const daily = jointMoves(three, ["spot:BTC", "spot:ETH", "vol:BTC"], { horizonSteps: 24 });
  const [btc, eth, vol] = daily.columns;
  assert.ok(btc && eth && vol);
  assert.ok(Math.min(...btc) < -0.08, "a day that loses more than 8 %");
  const mean = (values: Iterable<number>): number =>
    [...values].reduce((sum, value) => sum + value, 0) / daily.length;
  const covariance = (a: Float64Array, b: Float64Array): number =>
    mean(a.map((value, index) => value * (b[index] ?? 0)));
  const correlation = (a: Float64Array, b: Float64Array): number =>
    covariance(a, b) / Math.sqrt(covariance(a, a) * covariance(b, b));
  assert.ok(correlation(btc, eth) > 0.6);
  assert.ok(correlation(btc, vol) < -0.1, "volatility answers falls");
  const deviation = Math.sqrt(covariance(btc, btc));
  const kurtosis =
    mean(btc.map((value) => value * value * value * value)) / (deviation * deviation * deviation * deviation);
  assert.ok(kurtosis > 3.3, "fat tails");
});

test("a synthetic history may be daily, short or long, and its length is bounded", () => {
  const daily = syntheticHistory({
    seed: 3,
    days: 2_000,
    intervalMs: 86_400_000,
    asOfMs: Date.UTC(2025, 5, 1, 12),
  });
  assert.deepEqual([daily.length, daily.startMs + 2_000 * 86_400_000], [2_001, Date.UTC(2025, 5, 1)]);
  assert.throws(
    () => syntheticHistory({ seed: 1, days: 30_000, asOfMs: Date.UTC(2060, 0, 1), intervalMs: 60_000 }),
    {
      code: "PLM_LIMIT",
    },
  );
  assert.throws(() => syntheticHistory({ seed: 1, days: 0 }), { code: "PLM_DOMAIN" });
});
