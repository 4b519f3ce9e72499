import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { barsCsv, folderOf, madeUpCloses, startMs } from "../../../test/laboratory/price-folder.ts";
import { dayMs } from "./panels.ts";
import { Laboratory } from "./run.ts";

const days = 300;
const daily = (rows: readonly (readonly [symbol: string, closes: readonly number[]])[]): string =>
  `symbol,ts_ms,close\n${rows.flatMap(([symbol, closes]) => closes.map((close, day) => `${symbol},${startMs + day * dayMs},${close}\n`)).join("")}`;
const closes = (seed: number, count: number): readonly number[] =>
  madeUpCloses({ seed, hours: count, price: 10, beta: 2 });

const laboratory = new Laboratory({
  folders: [
    folderOf({
      "daily_ohlcv_made.csv": daily([["BTC", closes(1, days)]]),
      "perp_daily_cross_section_made.csv": daily([
        ["AAAUSDT", closes(2, days)],
        ["BBBUSDT", closes(3, days)],
        ["HOURUSDT", closes(4, days)],
        ["NEWUSDT", closes(5, 100)],
      ]),
      "perp_1h_made/HOURUSDT.csv": barsCsv(closes(4, 70 * 24)),
    }),
  ],
  tracks: ["delta-one"],
  models: ["plimsoll-cross"],
  parameters: readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8"),
  seed: 1,
  fromMs: startMs,
  toMs: startMs + 290 * dayMs,
  quick: false,
});

test("coins with daily prices alone are walked by days, once listed long enough", async () => {
  const track = laboratory.tracks.findIndex((one) =>
    one.books(laboratory.context).some(({ type }) => type === "long perpetual of a small coin"),
  );
  const names = laboratory.tracks[track]!.books(laboratory.context).map(({ name }) => name);
  assert.deepEqual(names, [
    "long perpetual, AAA, daily",
    "short perpetual, AAA, daily",
    "long perpetual, BBB, daily",
    "short perpetual, BBB, daily",
  ]);
  const into = laboratory.empty();
  for (const job of laboratory.jobs) if (job.track === track) await laboratory.fill(job, into, () => {});
  const { book, startMs: from, endMs, lossUsd } = into.columns;
  // Listed on the sixtieth close, known at the end of its day; the last window ends on the last day before the end.
  const first = startMs + 60 * dayMs;
  assert.equal(
    from.reduce((least, ms) => Math.min(least, ms)),
    first,
  );
  assert.equal(
    endMs.reduce((most, ms) => Math.max(most, ms)),
    startMs + 289 * dayMs,
  );
  const dailyWindows = [...from.keys()].filter((row) => (endMs[row] ?? 0) - (from[row] ?? 0) === dayMs);
  assert.equal(dailyWindows.length, 4 * (289 - 60));
  // A long and a short of one coin lose opposite sums.
  const at = (name: string, ms: number): number => {
    const index = into.books.findIndex((one) => one.name === name);
    const row = dailyWindows.find((one) => book[one] === index && from[one] === ms);
    return lossUsd[row!]!;
  };
  const long = at("long perpetual, AAA, daily", first);
  assert.notEqual(long, 0);
  assert.ok(Math.abs(long + at("short perpetual, AAA, daily", first)) < 0.01);
});
