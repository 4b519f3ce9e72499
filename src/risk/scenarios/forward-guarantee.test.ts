import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { factorKey, type History } from "../../market/history.ts";
import { exp, log } from "../../numerics/exp-log.ts";
import { randomStream } from "../../numerics/random.ts";
import { tailMass, tailMeasures } from "../measures.ts";
import { type MarginParameters } from "../parameters/margin-parameters.ts";
import { parseMarginParameters } from "../parameters/parameters-document.ts";
import { filterFactor, lastAtOrBefore, levelSeries } from "./factor-history.ts";
import { historicalScenarios, targetVolatilities } from "./historical.ts";
import { allowedGrowth, limitedVolatility } from "./rise-limit.ts";

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

/** Three years of hours whose volatility comes in spells, then calm, then a crash that goes on in a storm: 131 moves in the tail. */
function crashHistory(seed: number): { history: History; crashMs: number } {
  const random = randomStream(seed);
  const hours = 1_095 * 24;
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

/** Of a book that moves as ln(spot) does, on either side: mean and least loss of the tail, and how many moves are in it and in all. */
function asked(history: History, parameters: MarginParameters, asOfMs: number) {
  const { scenarios, moves } = historicalScenarios(history, { parameters, asOfMs, underlyings: ["BTC"] });
  const { initialLevel } = parameters.shortfall;
  const [long, short] = ([1, -1] as const).map((side) => {
    const [tail] = tailMeasures(
      {
        pnlUsd: scenarios.map(({ underlyings }) => side * log(1 + underlyings.get("BTC")!.spot)),
        weights: scenarios.map(({ weight }) => weight),
      },
      [initialLevel],
    );
    return tail!;
  });
  return { sides: { long: long!, short: short! }, moves, inTail: tailMass(moves, initialLevel) };
}

/** κσ̂√h of (7c): what a move that comes in now may lose at most. */
function newcomer(history: History, asOfMs: number): number {
  const { shortfall } = limited;
  const factor = filterFactor(levelSeries(history)[0]!, shortfall.halfLifeHours);
  const last = lastAtOrBefore(factor.timesMs, asOfMs);
  const { now } = limitedVolatility(factor, targetVolatilities(factor, shortfall), last, asOfMs, limit);
  return limit.newMoveDeviations * now * Math.sqrt(shipped.classes["btc"]!.horizonHours);
}

test("G1 the shortfall of a linear book rises by at most what is proved, through any crash", () => {
  const growth = allowedGrowth(limit);
  let largestUnlimited = 0;
  let newcomersMatter = 0;
  for (const seed of [1, 2]) {
    const { history, crashMs } = crashHistory(seed);
    for (let after = -30; after < 200; after += 41) {
      const fromMs = crashMs + after * hourMs;
      const before = asked(history, limited, fromMs);
      for (const hours of [1, 24, 60]) {
        const later = asked(history, limited, fromMs + hours * hourMs);
        const share = (later.moves - before.moves) / before.inTail;
        for (const side of ["long", "short"] as const) {
          const { expectedShortfallUsd, valueAtRiskUsd } = before.sides[side];
          const beyond = Math.max(0, newcomer(history, fromMs) - valueAtRiskUsd);
          const most = growth[hours]! * (expectedShortfallUsd + share * beyond);
          const found = later.sides[side].expectedShortfallUsd;
          assert.ok(
            found <= most * (1 + 1e-9),
            `seed ${seed} ${side}, ${hours} h from ${after}: ${expectedShortfallUsd} → ${found}, at most ${most}`,
          );
          if (found > growth[hours]! * expectedShortfallUsd * (1 + 1e-9)) newcomersMatter += 1;
        }
      }
    }
    for (const side of ["long", "short"] as const) {
      const calm = asked(history, unlimited, crashMs - hourMs).sides[side].expectedShortfallUsd;
      const storm = asked(history, unlimited, crashMs + 23 * hourMs).sides[side].expectedShortfallUsd;
      largestUnlimited = Math.max(largestUnlimited, storm / calm - 1);
    }
  }
  assert.ok(newcomersMatter > 0, "the tail's newcomers are a term of their own");
  assert.ok(largestUnlimited > 0.5, `without a limit it rises by ${largestUnlimited}`);
});

test("G2 in time the limit lets go: what is asked after a storm is what would have been without it", () => {
  const { history, crashMs } = crashHistory(2);
  const atMs = crashMs + 39 * 24 * hourMs;
  const [free, slow] = [unlimited, limited].map(
    (parameters) => asked(history, parameters, atMs).sides.long.expectedShortfallUsd,
  );
  assert.ok(slow! <= free!);
  assert.ok(slow! > 0.9 * free!, `${slow} of ${free}`);
});
