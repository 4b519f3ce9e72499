import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { exp, randomStream } from "../../numerics/index.ts";
import { parseMarginParameters } from "../../risk/index.ts";
import { ModelPanel } from "./models.ts";
import { Observations } from "./observations.ts";
import { readPanels } from "./panels.ts";
import { simulatedTrack } from "./simulated-track.ts";
import { horizonHours, type TrackContext } from "./track.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const pricesFromMs = Date.UTC(2021, 10, 20);
const walkFromMs = Date.UTC(2022, 0, 1);
const indexFromMs = Date.UTC(2022, 0, 15);
const gapFromMs = Date.UTC(2022, 1, 5);
const gapToMs = Date.UTC(2022, 1, 7);
const untilMs = Date.UTC(2022, 2, 1);
const root = mkdtempSync(join(tmpdir(), "plimsoll-simulated-"));
after(() => rmSync(root, { recursive: true, force: true }));
const parameters = parseMarginParameters(
  readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8"),
);

const write = (name: string, lines: readonly string[]): void =>
  writeFileSync(join(root, name), [...lines, ""].join("\n"));

/** Hourly closes with a gap of two days, a volatility index from the middle of January on, and surfaces of every day. */
function makeFolder(): void {
  mkdirSync(join(root, "spot_1h_test"), { recursive: true });
  const surfaces: string[] = [];
  for (const [which, coin] of ["BTC", "ETH"].entries()) {
    const draw = randomStream(which + 1);
    const bars: string[] = [];
    let close = which === 0 ? 40_000 : 3_000;
    for (let timeMs = pricesFromMs; timeMs < untilMs; timeMs += hourMs) {
      close *= exp(0.006 * draw.nextNormal());
      if (timeMs < gapFromMs || timeMs >= gapToMs) bars.push(`${timeMs},${close},1`);
      if ((timeMs - pricesFromMs) % dayMs !== 0) continue;
      const level = 0.6 + 0.02 * draw.nextNormal();
      for (const days of [2, 7, 30, 90, 180]) {
        const atm = level * (1 + 0.01 * draw.nextNormal());
        const smile = [atm, atm * 1.02, atm * 1.05, atm * 1.08, atm * 1.16];
        surfaces.push([timeMs, coin, days / 365, close, close, ...smile].join(","));
      }
    }
    write(join("spot_1h_test", `${coin}USDT.csv`), ["ts_ms,close,volume", ...bars]);
  }
  write("options_surface_summary_test.csv", [
    "ts_ms,currency,T,forward,index,atm_iv,c25_iv,p25_iv,c10_iv,p10_iv",
    ...surfaces,
  ]);
  const index: string[] = [];
  for (let timeMs = indexFromMs; timeMs < untilMs; timeMs += dayMs) index.push(`${timeMs},62,64`);
  write("dvol_daily_test.csv", ["ts_ms,btc_dvol,eth_dvol", ...index]);
}
makeFolder();

async function filled(context: Partial<TrackContext> = {}): Promise<Observations> {
  const models = new ModelPanel(parameters, ["plimsoll-cross"]);
  const panels = readPanels([root]);
  const whole: TrackContext = {
    folders: [root],
    panels: () => panels,
    seed: 1,
    fromMs: 0,
    toMs: Infinity,
    quick: false,
    ...context,
  };
  const into = new Observations(simulatedTrack.books(whole), models.studied, horizonHours);
  for (let index = 0; index < simulatedTrack.parts; index++) {
    const part = { index, count: simulatedTrack.parts };
    // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- a track, not an array
    for await (const ms of simulatedTrack.fill(whole, part, models, into, 0)) assert.ok(ms >= walkFromMs);
  }
  return into;
}

const all = await filled();
const { columns } = all;
const startsOf = (hours: number): number[] => [
  ...new Set(
    Array.from(columns.startMs).filter((_, row) => columns.horizon[row] === horizonHours.indexOf(hours)),
  ),
];

test("a window opens every day that was recorded, and none crosses a gap or the index's first day", () => {
  const starts = startsOf(24);
  assert.ok(starts.length > 45 && startsOf(48).length > 20);
  for (const hours of [24, 48]) {
    for (const startMs of startsOf(hours)) {
      const endMs = startMs + hours * hourMs;
      assert.ok(endMs <= gapFromMs || startMs >= gapToMs, new Date(startMs).toISOString());
      // The index of a day is known when the day ends.
      assert.ok(endMs < indexFromMs + dayMs || startMs >= indexFromMs + dayMs);
    }
  }
  assert.ok(starts.includes(walkFromMs));
});

test("books lose what moves make them lose, and long options never more than they cost", () => {
  let premiumsLost = 0;
  for (const [row, book] of columns.book.entries()) {
    assert.ok(Number.isFinite(columns.lossUsd[row]) && columns.notionalUsd[row]! > 0);
    if (!all.books[book]!.type.startsWith("long call")) continue;
    const cross = columns.initialUsd[1]![row]!;
    assert.ok(columns.lossUsd[row]! <= cross * 1.000_001);
    premiumsLost += columns.lossUsd[row]! > 0 ? 1 : 0;
  }
  assert.ok(premiumsLost > 50);
});

test("the same seed gives the same windows in a shorter run; another seed gives other losses", async () => {
  const [fromMs, toMs] = [Date.UTC(2022, 0, 20), Date.UTC(2022, 0, 26)];
  const lossesOf = (observations: Observations): string[] =>
    Array.from(observations.columns.book, (book, row) => ({
      key: `${observations.books[book]!.name} ${observations.columns.startMs[row]}`,
      day: observations.columns.horizon[row] === horizonHours.indexOf(24),
      startMs: observations.columns.startMs[row]!,
      endMs: observations.columns.endMs[row]!,
      loss: observations.columns.lossUsd[row]!,
    }))
      .filter(({ day, startMs, endMs }) => day && startMs >= fromMs && endMs < toMs)
      .map(({ key, loss }) => `${key} ${loss}`)
      .sort();
  const same = lossesOf(await filled({ fromMs, toMs }));
  assert.ok(same.length > 200);
  assert.deepEqual(same, lossesOf(all));
  assert.notDeepEqual(lossesOf(await filled({ fromMs, toMs, seed: 2 })), same);
});
