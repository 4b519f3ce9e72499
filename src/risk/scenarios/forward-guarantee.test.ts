import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { factorKey, type History } from "../../market/history.ts";
import { exp, log } from "../../numerics/exp-log.ts";
import { randomStream } from "../../numerics/random.ts";
import { tailMeasures } from "../measures.ts";
import { type MarginParameters } from "../parameters/margin-parameters.ts";
import { parseMarginParameters } from "../parameters/parameters-document.ts";
import { historicalScenarios } from "./historical.ts";
import { allowedGrowth } from "./rise-limit.ts";

const hourMs = 3_600_000;
const shipped = parseMarginParameters(
  readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8"),
);
const limit = shipped.shortfall.riseLimit!;
// Every move its own scenario: what is proved is about all of them.
const limited: MarginParameters = {
  ...shipped,
  shortfall: { ...shipped.shortfall, tailScenarios: 20_000 },
};
const { riseLimit: _riseLimit, ...atOnce } = limited.shortfall;
const unlimited: MarginParameters = { ...limited, shortfall: atOnce };

/** Fifteen months of hours whose volatility comes in spells, then calm, then a crash that goes on in a storm. */
function crashHistory(seed: number): { history: History; crashMs: number } {
  const random = randomStream(seed);
  const hours = 450 * 24;
  const crash = hours - 40 * 24;
  const path = [100];
  let vol = 0.006;
  for (let hour = 1; hour < hours; hour++) {
    if (hour % 240 === 0) vol = 0.004 + 0.008 * random.nextFloat();
    const now = hour < crash - 300 ? vol : hour < crash ? 0.003 : 0.02;
    const jump = hour === crash ? (seed % 2 === 0 ? -0.45 : 0.45) : 0;
    path.push(path.at(-1)! * exp(now * random.nextNormal() + jump));
  }
  const series = { factor: "spot", of: "BTC", values: Float64Array.from(path) } as const;
  return {
    history: {
      source: "test",
      synthetic: true,
      startMs: 0,
      intervalMs: hourMs,
      length: hours,
      series: new Map([[factorKey("spot", "BTC"), series]]),
    },
    crashMs: crash * hourMs,
  };
}

/** Shortfall and VaR of a book that moves as ln(spot) does, and the size at which a new move would enter. */
function asked(history: History, parameters: MarginParameters, asOfMs: number, side: 1 | -1) {
  const { scenarios } = historicalScenarios(history, { parameters, asOfMs, underlyings: ["BTC"] });
  const [tail] = tailMeasures(
    {
      pnlUsd: scenarios.map(({ underlyings }) => side * log(1 + underlyings.get("BTC")!.spot)),
      weights: scenarios.map(({ weight }) => weight),
    },
    [parameters.shortfall.initialLevel],
  );
  return tail!;
}

test("G1 the shortfall of a linear book rises by at most the published speed, through any crash", () => {
  const growth = allowedGrowth(limit);
  let largestUnlimited = 0;
  for (const seed of [1, 2]) {
    const { history, crashMs } = crashHistory(seed);
    for (const side of [1, -1] as const) {
      for (const hours of [1, 24, 60]) {
        for (let after = -30; after < 200; after += 41) {
          const fromMs = crashMs + after * hourMs;
          const before = asked(history, limited, fromMs, side);
          const later = asked(history, limited, fromMs + hours * hourMs, side);
          assert.ok(
            later.expectedShortfallUsd <= growth[hours]! * before.expectedShortfallUsd * (1 + 1e-9),
            `seed ${seed} side ${side}, ${hours} h from ${after}: ${before.expectedShortfallUsd} → ${later.expectedShortfallUsd}`,
          );
        }
      }
      const calm = asked(history, unlimited, crashMs - hourMs, side).expectedShortfallUsd;
      const storm = asked(history, unlimited, crashMs + 23 * hourMs, side).expectedShortfallUsd;
      largestUnlimited = Math.max(largestUnlimited, storm / calm - 1);
    }
  }
  assert.ok(largestUnlimited > 0.5, `without a limit it rises by ${largestUnlimited}`);
});

test("G2 in time the limit lets go: what is asked after a storm is what would have been without it", () => {
  const { history, crashMs } = crashHistory(2);
  const atMs = crashMs + 39 * 24 * hourMs;
  const [free, slow] = [unlimited, limited].map(
    (parameters) => asked(history, parameters, atMs, 1).expectedShortfallUsd,
  );
  assert.ok(slow! <= free!);
  assert.ok(slow! > 0.9 * free!, `${slow} of ${free}`);
});
