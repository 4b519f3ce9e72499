// What the margin watch spares on recorded prices: accounts re-margined per price by the watch, and by a machine that looks at all.
//
//   node --conditions=plimsoll-source scripts/studies/margin-watch.ts --data DIR [--week calm|crash] [--accounts 100000] [--portfolios]
//     [--minutes 60] [--compare]
//
// DIR holds perp_5m_2025_2026/ and perp_1h_2023_2026/ with bars by `ts_ms`. Prices come whenever a bar says one, its open, extremes and close, or
// at most once per `--minutes`. `--compare` runs the machine that looks at all beside the watch: its events and its root must be the same.
//
// Weeks run from Monday 00:00 UTC. The crash week is that of 2026-02-05; the calm one is that week, of those wholly in the third quarter of 2025, the last
// quarter before the crash without withheld rows, in which the 5-minute closes of BTC, ETH and SOL together moved least.
import assert from "node:assert/strict";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Crowd, type CrowdCoin } from "../../bench/crowd.ts";
import { processorTimeMs } from "../../bench/processor-time.ts";
import { StateTree } from "../../src/clearing/state/index.ts";
import { log } from "../../src/numerics/index.ts";
import { priceSeries, type Series } from "../../src/service/feeds/replay/price-series.ts";
import { readTextFile, type TextFile } from "../../src/service/feeds/replay/read-file.ts";

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;
const quarter = { fromMs: Date.UTC(2025, 6, 1), toMs: Date.UTC(2025, 9, 1) };
const weeks = { calm: Date.UTC(2025, 8, 15), crash: Date.UTC(2026, 1, 2) } as const;
/** A Monday, 00:00. */
const mondayMs = 4 * dayMs;
/** What the maker quotes a side in each contract, USD. */
const quotedUsd = 2_000_000;

/** In the order of the crowd's coins. The fourth has hourly bars. */
const tables = [
  { name: "BTC", file: "perp_5m_2025_2026/BTCUSDT.csv.gz", lotNanos: 1_000_000, tickMicros: 1_000_000 },
  { name: "ETH", file: "perp_5m_2025_2026/ETHUSDT.csv.gz", lotNanos: 10_000_000, tickMicros: 100_000 },
  { name: "SOL", file: "perp_5m_2025_2026/SOLUSDT.csv.gz", lotNanos: 100_000_000, tickMicros: 10_000 },
  { name: "DOGE", file: "perp_1h_2023_2026/DOGEUSDT.csv.gz", lotNanos: 10_000_000_000, tickMicros: 10 },
] as const;

/** Deviation of a year's logarithmic return by week of the quarter, from the 5-minute closes of these files. */
function realisedVols(files: readonly TextFile[]): Map<number, number> {
  const sums = new Map<number, { squares: number; count: number }>();
  for (const file of files) {
    const { times, values, grainMs } = priceSeries(file, { column: "close" }, () => {});
    for (let i = 1; i < times.length; i++) {
      const openMs = times[i]! - grainMs + 1;
      const fromMs = openMs - ((openMs - mondayMs) % weekMs);
      if (fromMs < quarter.fromMs || fromMs + weekMs > quarter.toMs) continue;
      const sum = sums.get(fromMs) ?? { squares: 0, count: 0 };
      sum.squares += log(values[i]! / values[i - 1]!) ** 2;
      sum.count++;
      sums.set(fromMs, sum);
    }
  }
  const perYear = (365 * dayMs) / 300_000;
  return new Map(
    [...sums].map(([fromMs, { squares, count }]) => [fromMs, Math.sqrt((squares / count) * perYear)]),
  );
}

interface Prices {
  readonly timeMs: number;
  readonly prices: readonly number[];
}

/** All that the series say in a week, by instant; before that, what was known when it began. */
function pricesOf(
  series: readonly Series[],
  fromMs: number,
  everyMs: number,
): { start: number[]; rows: Prices[] } {
  const last: number[] = [];
  const changes: { timeMs: number; at: number; price: number }[] = [];
  for (const [at, { times, values }] of series.entries()) {
    for (const [i, timeMs] of times.entries()) {
      if (timeMs < fromMs) last[at] = values[i]!;
      else if (timeMs < fromMs + weekMs) changes.push({ timeMs, at, price: values[i]! });
    }
  }
  const start = [...last];
  const rows: Prices[] = [];
  changes.sort((a, b) => a.timeMs - b.timeMs || a.at - b.at);
  for (const [i, { timeMs, at, price }] of changes.entries()) {
    last[at] = price;
    const nextMs = changes[i + 1]?.timeMs ?? Infinity;
    // A close and the open after it, a millisecond later, are one price.
    if (nextMs - timeMs <= 1) continue;
    const beforeMs = rows.at(-1)?.timeMs ?? -Infinity;
    if (everyMs === 0 || Math.floor(timeMs / everyMs) > Math.floor(beforeMs / everyMs)) {
      rows.push({ timeMs, prices: [...last] });
    }
  }
  return { start, rows };
}

interface Figures {
  readonly looks: number;
  readonly exposed: number;
  readonly ms: number;
}

/** The crowd over these prices: per price. */
function run(crowd: Crowd, rows: readonly Prices[]): Figures {
  const { looks } = crowd;
  let [ms, exposed, samples] = [0, 0, 0];
  for (const [i, { timeMs, prices }] of rows.entries()) {
    if (i % 24 === 0) {
      exposed += crowd.exposedCount;
      samples++;
    }
    const from = processorTimeMs();
    crowd.price(timeMs, prices);
    ms += processorTimeMs() - from;
    crowd.quote(quotedUsd);
  }
  return { looks: (crowd.looks - looks) / rows.length, exposed: exposed / samples, ms: ms / rows.length };
}

function rootOf({ venue: { engine } }: Crowd): string {
  return Buffer.from(new StateTree(engine.sections).root(engine.head)).toString("hex");
}

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    week: { type: "string", default: "calm" },
    accounts: { type: "string", default: "100000" },
    portfolios: { type: "boolean", default: false },
    minutes: { type: "string", default: "0" },
    compare: { type: "boolean", default: false },
  },
});
const folder = values.data;
assert(folder !== undefined, "--data DIR says where the recorded prices are");
assert(values.week === "calm" || values.week === "crash", "--week is calm or crash");
const files = await Promise.all(tables.map(async ({ file }) => readTextFile(join(folder, file))));
const vols = realisedVols(files.slice(0, 3));
const [calmest] = [...vols].sort(([, a], [, b]) => a - b);
assert.equal(calmest?.[0], weeks.calm, "the calm week is the calmest of its quarter");

const fromMs = weeks[values.week];
const series = files.map((file) => priceSeries(file, {}, () => {}));
const { start, rows } = pricesOf(series, fromMs, Number(values.minutes) * 60_000);
const coins: CrowdCoin[] = tables.map((table, at) => ({ ...table, price: start[at]! }));
const terms = { accounts: Number(values.accounts), hasPortfolios: values.portfolios, coins };
const open = (looksAtAll: boolean): Crowd => new Crowd({ ...terms, looksAtAll, fromMs: fromMs - 600_000 });

const date = new Date(fromMs).toISOString().slice(0, 10);
const modes = terms.hasPortfolios ? "4 % under portfolio margin" : "isolated and cross margin";
console.log(
  `${values.week} week from ${date}: ${rows.length} prices, ${terms.accounts} accounts, ${modes}; realised volatility of the calm week` +
    ` ${(calmest[1] * 100).toFixed(1)} %`,
);
const watched = open(false);
const due = run(watched, rows);
const counts = [...watched.counts].map(([type, count]) => `${type} ${count}`).join(", ");
console.log(
  `  watch         ${due.looks.toFixed(1)} re-margins, ${due.ms.toFixed(2)} ms of processor time per price`,
);
console.log(
  `  all would be  ${due.exposed.toFixed(0)} re-margins, ${(due.exposed / due.looks).toFixed(1)} times as many`,
);
console.log(`  ${counts || "no calls"}`);
if (values.compare) {
  const whole = open(true);
  const all = run(whole, rows);
  assert.deepEqual(watched.counts, whole.counts);
  assert.equal(watched.digest(), whole.digest(), "the same events");
  const root = rootOf(watched);
  assert.equal(root, rootOf(whole), "the same root");
  console.log(
    `  looks at all  ${all.looks.toFixed(1)} re-margins, ${all.ms.toFixed(2)} ms; ratio ${(all.looks / due.looks).toFixed(1)};` +
      ` same events, same root ${root.slice(0, 16)}`,
  );
}
