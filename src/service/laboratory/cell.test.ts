import assert from "node:assert/strict";
import { test } from "node:test";
import { clopperPearson } from "../../risk/backtest/traffic-light.ts";
import { cellStatistics } from "./cell.ts";
import { Observations, type StudiedBook } from "./observations.ts";
import { seriesOf } from "./series.ts";

const dayMs = 86_400_000;

/** `books` books over `days` days; the days named breach in every book, by 50 of a notional of 1000. */
function cell(books: number, days: number, bad: readonly number[], thorough: boolean = true) {
  const studied = Array.from({ length: books }, (_, at): StudiedBook => ({
    name: `book ${at}`,
    type: "long perpetual",
    asset: `COIN${at}`,
    track: "delta-one",
    group: "plain",
  }));
  const observations = new Observations(
    studied,
    [{ id: "m", title: "M", venue: "v", isPortfolioRule: true, isPartial: false }],
    [24],
  );
  for (let day = 0; day < days; day++) {
    for (let at = 0; at < books; at++) {
      observations.add({
        book: at,
        horizon: 0,
        startMs: day * dayMs,
        endMs: (day + 1) * dayMs,
        lossUsd: bad.includes(day) ? 150 : -10,
        notionalUsd: 1000,
        initialUsd: [100 + (day % 7)],
        maintenanceUsd: [50],
      });
    }
  }
  const windows = Int32Array.from({ length: observations.count }, (_, at) => at);
  const series = seriesOf({ observations, requirement: "initial", windows, models: [0] });
  return cellStatistics({
    observations,
    series,
    targets: [0.01],
    thorough,
    isWhole: true,
    draws: 200,
    seed: 1,
  })[0]!;
}

test("one book's interval is Clopper and Pearson's", () => {
  const found = cell(1, 700, [100, 300, 500]);
  assert.equal(found.rate, 3 / 700);
  const exact = clopperPearson({ observations: 700, exceptions: 3 });
  assert.ok(Math.abs(found.low - exact.low) < 1e-12 && Math.abs(found.high - exact.high) < 1e-12);
  assert.equal(found.intervalBy, "exact");
  assert.equal(found.verdict, "pass");
  assert.equal(found.independence, "pass");
  assert.ok(found.conditionalCoverageP! > 0.05 && found.dynamicQuantileP! > 0);
  assert.equal(found.worstMs, 100 * dayMs + 0, "the requirement of day 100 is the lowest of the three");
});

test("twenty books that breach on the same days tell no more than one", () => {
  const one = cell(1, 700, [100, 300, 500]);
  const many = cell(20, 700, [100, 300, 500]);
  assert.equal(many.windows, 14_000);
  assert.equal(many.independentWindows, 700);
  assert.equal(many.rate, one.rate);
  assert.equal(many.intervalBy, "bootstrap");
  assert.ok(many.effectiveWindows < 1500, String(many.effectiveWindows));
  assert.ok(many.high > 0.6 * one.high);
  const quick = cell(20, 700, [100, 300, 500], false);
  assert.equal(quick.intervalBy, "instants");
  assert.equal(quick.high, one.high);
});

test("breaches in a run fail independence, for one book and for many", () => {
  const run = [300, 301, 302, 303];
  assert.equal(cell(1, 700, run).independence, "fail");
  const many = cell(20, 700, run);
  assert.equal(many.independence, "fail");
  assert.ok(many.independenceP! < 0.01);
});

test("more breaches than promised fail, and beyond chance when there are many", () => {
  const few = cell(1, 700, [1, 90, 180, 270, 360, 450, 540, 630]);
  assert.equal(few.verdict, "fail");
  assert.ok(few.exceedanceP > 0.05);
  const many = cell(
    1,
    700,
    Array.from({ length: 20 }, (_, at) => at * 35),
  );
  assert.equal(many.verdict, "fail");
  assert.ok(many.exceedanceP < 0.001 && many.kupiecP < 0.001);
  assert.equal(cell(1, 499, []).verdict, "insufficient");
});

test("loss beyond the requirement is a share of notional", () => {
  const { meanExcess, worstExcess } = cell(1, 700, [0, 3]);
  // 100 and 103 were asked for 150
  assert.equal(worstExcess, 0.05);
  assert.equal(meanExcess, (0.05 + 0.047) / 2);
});
