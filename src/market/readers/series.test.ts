import assert from "node:assert/strict";
import { test } from "node:test";
import { gapsOf } from "../history.ts";
import { historyFromSeries, type SeriesSource } from "./series-csv.ts";
import { historyFromSurfaceSummaries } from "./surface-summary-csv.ts";

const hourMs = 3_600_000;
const options = { intervalMs: hourMs, source: "test" };
const bars = (rows: readonly (readonly [number, number | ""])[]): string =>
  ["ts_ms,open,close", ...rows.map(([hour, close]) => `${hour * hourMs},1,${close}`)].join("\n");
const source = (lines: string, more: Partial<SeriesSource> = {}): SeriesSource => ({
  lines,
  name: "bars.csv",
  factor: "spot",
  of: "BTC",
  ...more,
});
const valuesOf = (sources: readonly SeriesSource[], key: string): string[] =>
  Array.from(historyFromSeries(sources, options).history.series.get(key)?.values ?? [], String);

test("a bar's close is known when the bar ends", () => {
  const { history } = historyFromSeries(
    [
      source(
        bars([
          [1, 10],
          [2, 11],
          [4, 12],
        ]),
      ),
    ],
    options,
  );
  assert.equal(history.startMs, 2 * hourMs);
  assert.deepEqual(Array.from(history.series.get("spot:BTC")?.values ?? [], String), [
    "10",
    "11",
    "NaN",
    "12",
  ]);
  assert.equal(gapsOf(history, "spot:BTC").length, 1);
  assert.equal(history.synthetic, false);
});

test("finer bars and snapshots take the last value that was known, and no other", () => {
  const lines = ["ts_ms,close", "0,1", `${hourMs / 2},2`, `${hourMs},3`, `${1.5 * hourMs},4`].join("\n");
  assert.deepEqual(valuesOf([source(lines, { knownAfterMs: hourMs / 2 })], "spot:BTC"), ["2", "4"]);
  assert.deepEqual(valuesOf([source(lines, { knownAfterMs: 0 })], "spot:BTC"), ["1", "3", "4"]);
});

test("tables join on their instants; of two sources the first counts", () => {
  const first = source(
    bars([
      [1, 10],
      [2, 11],
    ]),
  );
  const second = source(
    bars([
      [2, 99],
      [3, 12],
    ]),
  );
  const other = source(bars([[3, 0.5]]), { factor: "vol" });
  assert.deepEqual(valuesOf([first, second, other], "spot:BTC"), ["10", "11", "12"]);
  assert.deepEqual(valuesOf([first, second, other], "vol:BTC"), ["NaN", "NaN", "0.5"]);
});

test("one table may hold many symbols, other units and empty cells", () => {
  const lines = ["symbol,ts_ms,level", "A,0,40", "A,3600000,", "A,7200000,50", "B,0,1"].join("\n");
  const chosen = source(lines, {
    column: "level",
    where: { column: "symbol", value: "A" },
    scale: 0.01,
    factor: "vol",
  });
  assert.deepEqual(valuesOf([chosen], "vol:BTC"), ["0.4", "NaN", "0.5"]);
});

test("bad prints and feeds that stand still are not observed, and noted", () => {
  const spiked = source(
    bars([
      [0, 100],
      [1, 140],
      [2, 101],
      [3, 140],
      [4, 141],
    ]),
    { spikeLimit: 0.2 },
  );
  const still = source(
    bars([
      [0, 100],
      [1, 100],
      [2, 100],
      [3, 100],
      [4, 101],
      [5, 101],
    ]),
    { repeatLimit: 2 },
  );
  assert.deepEqual(valuesOf([spiked], "spot:BTC"), ["100", "NaN", "101", "140", "141"]);
  assert.deepEqual(valuesOf([still], "spot:BTC"), ["100", "NaN", "NaN", "NaN", "101", "101"]);
  assert.deepEqual(
    historyFromSeries([spiked], options).notes.map(({ id, count }) => [id, count]),
    [["bad-print", 1]],
  );
});

test("tables that are wrong are refused", () => {
  assert.throws(
    () =>
      valuesOf(
        [
          source(
            bars([
              [2, 1],
              [1, 1],
            ]),
          ),
        ],
        "",
      ),
    { code: "PLM_CSV_SYNTAX", field: "bars.csv:3:ts_ms" },
  );
  assert.throws(
    () =>
      valuesOf(
        [
          source(
            bars([
              [1, 1],
              [1, 1],
            ]),
          ),
        ],
        "",
      ),
    { code: "PLM_CSV_SYNTAX" },
  );
  assert.throws(() => valuesOf([source("ts_ms,open\n1,1")], ""), {
    code: "PLM_CSV_SYNTAX",
    limit: /close is missing/,
  });
  assert.throws(() => valuesOf([source("ts_ms,close")], ""), { code: "PLM_DATA_GAP" });
  const far = "ts_ms,close\n0,1\n200000000000000,1";
  assert.throws(() => valuesOf([source(far)], ""), { code: "PLM_LIMIT" });
});

test("expiry summaries become constant-maturity factors, without extrapolation", () => {
  const dayMs = 86_400_000;
  const header = "ts_ms,currency,expiry_ms,forward,index,atm_iv,c25_iv,p25_iv";
  const row = (days: number, vol: number, skew: string, forward: number): string =>
    `0,BTC,${days * dayMs},${forward},100,${vol},${skew}`;
  const lines = [
    header,
    row(20, 0.4, "0.39,0.42", 100),
    row(40, 0.5, "0.49,0.54", 101),
    row(180, 0.6, ",0.65", 104),
  ];
  const { history } = historyFromSurfaceSummaries(lines, { intervalMs: dayMs, source: "test" });
  const value = (key: string): number => history.series.get(key)?.values[0] ?? NaN;
  const vol30 = Math.sqrt((0.5 * (0.16 * 20) + 0.5 * (0.25 * 40)) / 30);
  assert.ok(Math.abs(value("vol:BTC") - vol30) < 1e-15);
  assert.ok(Math.abs(value("term:BTC") - (0.6 - vol30)) < 1e-15);
  assert.ok(Math.abs(value("skew:BTC") - (-0.03 - 0.05) / 2) < 1e-15);
  const basis = ((Math.log(1.01) + (Math.log(1.04) - Math.log(1.01)) * (50 / 140)) * 365) / 90;
  assert.ok(Math.abs(value("basis:BTC") - basis) < 1e-15);
  assert.equal(value("spot:BTC"), 100);
  const near = historyFromSurfaceSummaries(lines.slice(0, 2), { intervalMs: dayMs, source: "test" }).history;
  assert.deepEqual([...near.series.keys()], ["spot:BTC"]);
  assert.throws(
    () => historyFromSurfaceSummaries([header, row(20, 0.4, "x,1", 100)], { intervalMs: dayMs, source: "t" }),
    {
      code: "PLM_CSV_SYNTAX",
      field: "surface.csv:2:c25_iv",
    },
  );
});
