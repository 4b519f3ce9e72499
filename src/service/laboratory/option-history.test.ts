import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { factorKey, type History, historyTimeMs } from "../../market/index.ts";
import { DataFolders } from "./data-files.ts";
import { optionHistories, readVolIndex } from "./option-history.ts";
import { readPanels } from "./panels.ts";

const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 0, 1);
const barsEndMs = startMs + 10 * 24 * hourMs;
const root = mkdtempSync(join(tmpdir(), "plimsoll-history-"));
after(() => rmSync(root, { recursive: true, force: true }));
const write = (name: string, lines: readonly string[]): void =>
  writeFileSync(join(root, name), [...lines, ""].join("\n"));

mkdirSync(join(root, "spot_1h_test"));
for (const coin of ["BTC", "ETH"]) {
  const bars = Array.from({ length: 240 }, (_, hour) => `${startMs + hour * hourMs},${1_000 + hour}`);
  write(join("spot_1h_test", `${coin}USDT.csv`), ["ts_ms,close", ...bars]);
}
write("dvol_daily_test.csv", ["ts_ms,btc_dvol,eth_dvol", `${startMs},50,`, `${startMs + 24 * hourMs},52,70`]);
const indices = Array.from({ length: 12 }, (_, at) => {
  const timeMs = startMs + 8 * 24 * hourMs + at * 6 * hourMs + hourMs;
  return ["BTC", "ETH"].map((coin) => `${timeMs},${coin},${9_000 + at}`);
});
write("options_surface_summary_test.csv", ["ts_ms,currency,index", ...indices.flat()]);

const data = new DataFolders([root]);
const histories = optionHistories(data, readPanels([root]).hourly);
const valueAt = (history: History, key: string, timeMs: number): number | undefined =>
  history.series.get(key)?.values[(timeMs - historyTimeMs(history, 0)) / history.intervalMs];

test("while bars come the history is hourly; a bar is known when it ends", () => {
  const history = histories.at(barsEndMs);
  assert.equal(history.intervalMs, hourMs);
  assert.equal(valueAt(history, factorKey("spot", "BTC"), startMs + hourMs), 1_000);
  assert.equal(valueAt(history, factorKey("spot", "ETH"), barsEndMs), 1_239);
});

test("after the last bar it goes on with the indices of chains, and never has two sources at one time", () => {
  const history = histories.at(barsEndMs + 4 * hourMs);
  assert.equal(history.intervalMs, 6 * hourMs);
  const spot = factorKey("spot", "BTC");
  assert.equal(valueAt(history, spot, barsEndMs), 1_239);
  assert.equal(valueAt(history, spot, barsEndMs + 6 * hourMs), 9_008);
  assert.equal(valueAt(history, spot, barsEndMs - 6 * hourMs), 1_233);
});

test("a day's volatility index is known when the day ends, in fractions", () => {
  const index = readVolIndex(data);
  assert.deepEqual(
    index.map(({ timeMs }) => timeMs),
    [startMs + 24 * hourMs, startMs + 48 * hourMs],
  );
  assert.deepEqual([...index[0]!.vols], [["BTC", 0.5]]);
  const history = histories.at(barsEndMs);
  assert.equal(valueAt(history, factorKey("vol", "ETH"), startMs + 48 * hourMs), 0.7);
  assert.ok(Number.isNaN(valueAt(history, factorKey("vol", "ETH"), startMs + 24 * hourMs)));
});
