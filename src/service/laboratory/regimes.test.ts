import assert from "node:assert/strict";
import { test } from "node:test";
import { madeUpObservations } from "../../../test/laboratory/made-up-observations.ts";
import { Observations, type StudiedBook } from "./observations.ts";
import { referenceVolatility, regimeAt } from "./regimes.ts";
import { usualTrainingEnds } from "./windows.ts";

const dayMs = 86_400_000;
const fromMs = Date.UTC(2023, 0, 1);
const book: StudiedBook = {
  name: "long perpetual, BTC",
  type: "long perpetual",
  asset: "BTC",
  track: "delta-one",
  group: "plain",
};
const model = { id: "m", title: "M", venue: "v", isPortfolioRule: true, isPartial: false };

/** Daily moves of the given sizes, up and down by turns. */
function moving(sizeOf: (day: number) => number, days: number): Observations {
  const observations = new Observations([book], [model], [24]);
  for (let day = 0; day < days; day++) {
    observations.add({
      book: 0,
      horizon: 0,
      startMs: fromMs + day * dayMs,
      endMs: fromMs + (day + 1) * dayMs,
      lossUsd: (day % 2 === 0 ? 1 : -1) * sizeOf(day) * 100,
      notionalUsd: 100,
      initialUsd: [1],
      maintenanceUsd: [1],
    });
  }
  return observations;
}

test("volatility is that of the thirty moves before, a year", () => {
  const found = referenceVolatility(
    moving(() => 0.02, 200),
    usualTrainingEnds,
  )!;
  assert.equal(found.reference, "BTC");
  assert.equal(found.atMs[0], fromMs + 30 * dayMs);
  for (const volatility of found.volatility) assert.ok(Math.abs(volatility - 0.02 * Math.sqrt(365)) < 1e-9);
});

test("a regime knows nothing of the window that it is told for, or of what comes after", () => {
  const until = 400;
  const calm = moving((day) => 0.01 + 0.0001 * (day % 100), until);
  const then = referenceVolatility(calm, usualTrainingEnds)!;
  const wild = moving((day) => (day < until ? 0.01 + 0.0001 * (day % 100) : 0.5), until + 60);
  const later = referenceVolatility(wild, usualTrainingEnds)!;
  for (let day = 31; day <= until; day++) {
    const timeMs = fromMs + day * dayMs;
    assert.equal(regimeAt({ ...later, bounds: then.bounds }, timeMs), regimeAt(then, timeMs), `day ${day}`);
  }
  assert.equal(regimeAt(later, fromMs + (until + 10) * dayMs), "wild");
});

test("there is no regime before a month is known, nor long after prices ended", () => {
  const found = referenceVolatility(
    moving(() => 0.02, 200),
    usualTrainingEnds,
  )!;
  assert.equal(regimeAt(found, fromMs + 29 * dayMs), null);
  assert.notEqual(regimeAt(found, fromMs + 200 * dayMs), null);
  assert.equal(regimeAt(found, fromMs + 208 * dayMs), null);
});

test("the reference can be named, and is none where no book is simply long", () => {
  const observations = madeUpObservations({ days: 1000 });
  assert.equal(
    referenceVolatility(observations, usualTrainingEnds, "short perpetual, ETH")?.reference,
    "ETH",
  );
  assert.equal(referenceVolatility(observations, usualTrainingEnds, "nothing"), null);
});
