import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { gapsOf, historyTimeMs, jointMoves, withRatio } from "../history.ts";
import { checkMarketValue, marketToDocument } from "../market-document.ts";
import { groupBySnapshot, optionChainRows } from "./option-chain-csv.ts";
import { marketFromOptionChain } from "./option-chain-market.ts";
import { historyFromSeries, type SeriesSource } from "./series-csv.ts";
import { historyFromSurfaceSummaries } from "./surface-summary-csv.ts";

// Recorded market data lies beside the repository, never in it.
const data = join(import.meta.dirname, "..", "..", "..", "..", "shared", "data");
const gunzip = (file: string): string => gunzipSync(readFileSync(join(data, file))).toString("utf8");

function recorded(name: string, run: () => void): void {
  test(name, (context) => {
    if (existsSync(data)) run();
    else context.diagnostic(`not run, for ${data} does not exist: ${name}`);
  });
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

recorded("every row of every recorded option chain is read, and every snapshot is a valid market", () => {
  const folder = "options_chain_deribit";
  let rows = 0;
  let snapshots = 0;
  for (const file of readdirSync(join(data, folder)).filter((name) => name.endsWith(".csv.gz"))) {
    for (const group of groupBySnapshot(
      optionChainRows(gunzip(join(folder, file)), { name: file }),
    ).values()) {
      rows += group.length;
      snapshots += 1;
      const { market, notes } = marketFromOptionChain(group);
      assert.deepEqual(notes, []);
      assert.deepEqual(checkMarketValue(marketToDocument(market)).errors, []);
      const options = [...market.instruments.values()].filter(({ kind }) => kind === "option");
      assert.equal(options.length, group.length);
    }
  }
  assert.deepEqual([rows, snapshots], [336_896, 212]);
});

recorded("the chains of 2024, collected over minutes, are read by snapshot", () => {
  const groups = groupBySnapshot(optionChainRows(gunzip("options_chain_deribit_2024.csv.gz")));
  assert.deepEqual(
    [...groups].map(([snapshot, rows]) => [snapshot, rows.length]),
    [
      ["2024-01-28", 1290],
      ["2024-02-01", 1290],
      ["2024-02-03", 1250],
    ],
  );
  for (const rows of groups.values()) {
    const { market } = marketFromOptionChain(rows);
    assert.deepEqual(checkMarketValue(marketToDocument(market)).errors, []);
    assert.equal(market.asOfMs, Math.max(...rows.map(({ timeMs }) => timeMs)));
  }
});

recorded("hours of perpetuals join; the withheld stretch stays a gap that no move crosses", () => {
  const sources = ["BTC", "ETH", "SOL"].map((of): SeriesSource => ({
    lines: gunzip(`perp_1h_2023_2026/${of}USDT.csv.gz`),
    name: of,
    factor: "spot",
    of,
  }));
  const { history, notes } = historyFromSeries(sources, { intervalMs: hourMs, source: "recorded" });
  assert.deepEqual(notes, []);
  const keys = ["spot:BTC", "spot:ETH", "spot:SOL"];
  for (const key of keys) {
    const gaps = gapsOf(history, key);
    assert.deepEqual(
      gaps.map(({ fromMs, toMs }) => [fromMs, toMs]),
      [[Date.UTC(2025, 9, 1, 1), Date.UTC(2025, 10, 16, 0)]],
      key,
    );
  }
  for (const horizonSteps of [1, 24, 24 * 60]) {
    const { starts, columns } = jointMoves(history, keys, { horizonSteps });
    assert.ok(columns.every((column) => column.every(Number.isFinite)));
    for (const start of starts) {
      const endMs = historyTimeMs(history, start + horizonSteps);
      const startMs = historyTimeMs(history, start);
      assert.ok(endMs <= Date.UTC(2025, 9, 1) || startMs > Date.UTC(2025, 10, 16));
    }
  }
});

recorded("two coins under one symbol: no move leads from the old LUNA to the new", () => {
  const lines = gunzip("spot_1h_2021_2023/LUNAUSDT.csv.gz");
  const { history } = historyFromSeries([{ lines, name: "LUNA", factor: "spot", of: "LUNA" }], {
    intervalMs: hourMs,
    source: "recorded",
  });
  const oldEndMs = Date.UTC(2022, 4, 14);
  const newStartMs = Date.UTC(2022, 4, 31);
  for (const horizonSteps of [1, 24, 24 * 20, 24 * 60]) {
    const { starts } = jointMoves(history, ["spot:LUNA"], { horizonSteps });
    assert.ok(starts.length > 0);
    for (const start of starts) {
      const crosses =
        historyTimeMs(history, start) < oldEndMs &&
        historyTimeMs(history, start + horizonSteps) >= newStartMs;
      assert.equal(crosses, false);
    }
  }
});

recorded("volatility index, staking ratio and stablecoins join on days", () => {
  const dvol = gunzip("dvol_daily_2022_2026.csv.gz");
  const lst = gunzip("lst_wrapped_daily_2019_2025.csv.gz");
  const stable = gunzip("stablecoin_daily_2017_2025.csv.gz");
  const spot = gunzip("daily_ohlcv_usd_2014_2025.csv.gz");
  const of = (symbol: string) => ({ where: { column: "symbol", value: symbol } });
  const { history, notes } = historyFromSeries(
    [
      { lines: spot, name: "daily", factor: "spot", of: "BTC", ...of("BTC") },
      { lines: spot, name: "daily", factor: "spot", of: "ETH", ...of("ETH") },
      { lines: dvol, name: "dvol", factor: "vol", of: "BTC", column: "btc_dvol", scale: 0.01 },
      { lines: dvol, name: "dvol", factor: "vol", of: "ETH", column: "eth_dvol", scale: 0.01 },
      { lines: lst, name: "lst", factor: "ratio", of: "stETH", column: "steth_eth", spikeLimit: 0.03 },
      { lines: stable, name: "stable", factor: "price", of: "DAI", ...of("DAI") },
    ],
    { intervalMs: dayMs, source: "recorded" },
  );
  const count = (key: string): number =>
    (history.series.get(key)?.values ?? new Float64Array()).filter((value) => !Number.isNaN(value)).length;
  assert.equal(count("vol:BTC"), dvol.split("\n").filter((line) => /^\d+,\d/.test(line)).length);
  assert.equal(count("spot:BTC"), spot.split("\n").filter((line) => line.startsWith("BTC,")).length);
  const ratio = history.series.get("ratio:stETH")?.values ?? new Float64Array();
  const lowest = Math.min(...ratio.filter((value) => !Number.isNaN(value)));
  assert.ok(lowest > 0.92 && lowest < 0.95, `stETH troughs at ${lowest}`);
  assert.ok(notes.some(({ id }) => id === "bad-print"));
  assert.ok(jointMoves(history, ["spot:BTC", "spot:ETH", "vol:BTC", "vol:ETH", "ratio:stETH"]).length > 700);
});

recorded("the listing spike of WBETH does not reach its close, and its ratio is a ratio", () => {
  const { history } = historyFromSeries(
    [
      { lines: gunzip("lst_1h_2023/WBETHUSDT.csv.gz"), name: "WBETH", factor: "price", of: "WBETH" },
      { lines: gunzip("spot_1h_2021_2023/ETHUSDT.csv.gz"), name: "ETH", factor: "spot", of: "ETH" },
    ],
    { intervalMs: hourMs, source: "recorded", fromMs: Date.UTC(2023, 6, 1) },
  );
  const withWbeth = withRatio(history, "WBETH", { numerator: "price:WBETH", denominator: "spot:ETH" });
  const ratios = (withWbeth.series.get("ratio:WBETH")?.values ?? new Float64Array()).filter(
    (value) => !Number.isNaN(value),
  );
  assert.ok(ratios.length > 3_000);
  assert.ok(ratios.every((value) => value > 0.98 && value < 1.05));
});

recorded("expiry summaries give volatility, term, skew and basis of every snapshot", () => {
  const { history } = historyFromSurfaceSummaries(gunzip("options_surface_summary_2026.csv.gz"), {
    intervalMs: 6 * hourMs,
    source: "recorded",
  });
  for (const key of ["vol:BTC", "vol:ETH", "term:BTC", "skew:BTC", "basis:BTC"]) {
    const values = (history.series.get(key)?.values ?? new Float64Array()).filter(
      (value) => !Number.isNaN(value),
    );
    assert.ok(values.length > 400, `${key}: ${values.length}`);
    const [low, high] = key.startsWith("vol") ? [0.2, 1.5] : [-0.6, 0.6];
    assert.ok(
      values.every((value) => value > low && value < high),
      key,
    );
  }
});
