import assert from "node:assert/strict";
import { test } from "node:test";
import { exp, log, randomStream } from "../../numerics/index.ts";
import { acerbiSzekely } from "../../risk/backtest/expected-shortfall.ts";
import { Observations, type StudiedBook } from "./observations.ts";
import { type ShortfallTest, shortfallTests } from "./shortfall-tests.ts";
import { usualTrainingEnds, windowsByHorizon } from "./windows.ts";

const dayMs = 86_400_000;
const terms = { level: 0.975, horizonHours: 24 };

const books = ["BTC", "ETH", "SOL"].map((asset): StudiedBook => ({
  name: `long, ${asset}`,
  type: "long",
  asset,
  track: "delta-one",
  group: "plain",
}));

/** Losses of an exponential law; all books lose alike. `said`: what the model says over what is true. */
function made({ said = 1, days = 700, seed = 1 } = {}): Observations {
  const stream = randomStream(seed);
  const observations = new Observations(books, [], [24]);
  const from = Date.UTC(2024, 6, 1);
  // P(loss > q) = exp(−q): the mean beyond q is q + 1
  const valueAtRisk = -log(1 - terms.level);
  for (let day = 0; day < days; day++) {
    const loss = -log(1 - stream.nextFloat());
    for (const book of books.keys()) {
      observations.add({
        book,
        horizon: 0,
        startMs: from + day * dayMs,
        endMs: from + (day + 1) * dayMs,
        lossUsd: 1_000 * loss,
        notionalUsd: 20_000,
        initialUsd: [],
        maintenanceUsd: [],
        forecast: {
          valueAtRiskUsd: 1_000 * said * valueAtRisk,
          expectedShortfallUsd: 1_000 * said * (valueAtRisk + 1),
          basis: day % 2 === 0 ? "shortfall" : "stress",
        },
      });
    }
  }
  return observations;
}

const testsOf = (observations: Observations, draws = 300): readonly ShortfallTest[] =>
  shortfallTests({
    observations,
    windows: windowsByHorizon(observations, usualTrainingEnds)[0]!,
    terms,
    draws,
    seed: 1,
  });

test("statistics are those of the windows", () => {
  const observations = made();
  const [all, led, type] = testsOf(observations);
  const { lossUsd, valueAtRiskUsd, expectedShortfallUsd } = observations.columns;
  let [ratios, exceptions] = [0, 0];
  for (const [at, loss] of lossUsd.entries()) {
    if (loss <= valueAtRiskUsd[at]!) continue;
    ratios += loss / expectedShortfallUsd[at]!;
    exceptions += 1;
  }
  assert.equal(all!.exceptions, exceptions);
  assert.ok(Math.abs(all!.z1! - (1 - ratios / exceptions)) < 1e-12);
  assert.ok(Math.abs(all!.z2 - (1 - ratios / (2_100 * 0.025))) < 1e-9);
  assert.deepEqual([all!.windows, all!.instants, all!.verdict], [2_100, 700, "pass"]);
  assert.deepEqual(
    [led!.windowsOf, led!.windows, led!.instants, led!.verdict],
    ["shortfall", 1_050, 350, "insufficient"],
  );
  assert.deepEqual([type!.type, type!.z2], ["long", all!.z2]);
});

test("a shortfall a quarter too small fails, and one too large does not", () => {
  assert.equal(testsOf(made({ said: 0.75 }))[0]!.verdict, "fail");
  assert.equal(testsOf(made({ said: 1.5 }))[0]!.verdict, "pass");
});

test("a right forecast is rejected as often as it should be, though three books lose as one", () => {
  let [rejected, asIndependent] = [0, 0];
  const series = 60;
  for (let seed = 1_001; seed <= 1_000 + series; seed++) {
    const observations = made({ seed, days: 500 });
    const [all] = testsOf(observations, 150);
    if (all!.verdict === "fail") rejected += 1;
    const { lossUsd, valueAtRiskUsd, expectedShortfallUsd } = observations.columns;
    const { z2 } = acerbiSzekely({
      observations: [...lossUsd].map((loss, at) => ({
        loss,
        valueAtRisk: valueAtRiskUsd[at]!,
        expectedShortfall: expectedShortfallUsd[at]!,
      })),
      level: terms.level,
      simulations: 150,
    });
    if (z2.pValue < 0.05) asIndependent += 1;
  }
  // three are expected
  assert.ok(rejected <= 6, `${rejected} of ${series}`);
  assert.ok(asIndependent >= 9, `${asIndependent} of ${series}`);
});

test("windows without a forecast, or without risk in it, are not tested", () => {
  const observations = made({ days: 500 });
  const bare = new Observations(books, [], [24]);
  for (const day of [0, 1]) {
    const startMs = Date.UTC(2024, 6, 1) + day * dayMs;
    bare.add({
      book: 0,
      horizon: 0,
      startMs,
      endMs: startMs + dayMs,
      lossUsd: 1,
      notionalUsd: 100,
      initialUsd: [],
      maintenanceUsd: [],
      ...(day === 1 && {
        forecast: { valueAtRiskUsd: 0, expectedShortfallUsd: exp(-20), basis: "stress" as const },
      }),
    });
  }
  assert.deepEqual(testsOf(bare), []);
  assert.equal(testsOf(observations)[0]!.leftOut, 0);
});
