import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type History, syntheticHistory, syntheticMarket } from "../../market/index.ts";
import { type MarginParameters, type RiskClassParameters } from "../parameters/margin-parameters.ts";
import { parseMarginParameters } from "../parameters/parameters-document.ts";
import { type UnderlyingVectors } from "./aggregate.ts";
import { type DependenceOutcome, dependenceOutcome } from "./dependence.ts";
import { preparePortfolioMargin } from "./model.ts";

const shipped = parseMarginParameters(
  readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8"),
);
const asOfMs = 1_767_225_600_000;
const market = syntheticMarket({ seed: 1, asOfMs, size: "small" });
const history = syntheticHistory({ seed: 1, asOfMs, days: 100, intervalMs: 14_400_000 });
const withoutSol: History = {
  ...history,
  series: new Map([...history.series].filter(([, { of }]) => of !== "SOL")),
};

/** Moves of up to 20 % with the market, strays of 10 %, extremes of 50 % of which half counts. */
const square: RiskClassParameters = {
  ...shipped.classes.default,
  spotRange: 0.2,
  marketBeta: 1,
  spotResidual: 0.5,
  extremes: [
    { move: -0.5, weight: 0.5 },
    { move: 0.5, weight: 0.5 },
  ],
};
const points = [-1, -0.5, 0, 0.5, 1];

/** Shares of all that is measured, so that nothing but strays is limited. */
function parametersOf(strayCount: number | undefined): MarginParameters {
  const { strayCount: _, ...stress } = shipped.stress;
  return {
    ...shipped,
    shortfall: { ...shipped.shortfall, minimumMoves: 50 },
    stress: {
      ...stress,
      spotPoints: points,
      marketPoints: points,
      measured: {
        fullDays: 30,
        spotShare: 1,
        volUpShare: 1,
        volDownShare: 1,
        skewShare: 1,
        basisShare: 1,
        pegShare: 1,
      },
      ...(strayCount === undefined ? {} : { strayCount }),
    },
    classes: { default: square },
    underlyings: {},
  };
}

interface Worst extends DependenceOutcome {
  /** Spot move of each, by symbol, and the share of its P&L that counts. */
  readonly moves: Readonly<Record<string, readonly [number, number]>>;
}

/** The worst of a book of so many USD of each coin. */
function worstOf(
  valuesUsd: Readonly<Record<string, number>>,
  strayCount: number | undefined,
  past: History = history,
): Worst {
  const { matrix } = preparePortfolioMargin({ market, parameters: parametersOf(strayCount), history: past });
  const vectors = new Map<number, UnderlyingVectors>();
  for (const [index, { symbol, grid }] of matrix.underlyings.entries()) {
    const value = valuesUsd[symbol];
    if (value === undefined) continue;
    const deltaOne = Float64Array.from(grid.columns, ({ spot }) => value * spot);
    vectors.set(index, { deltaOne, options: new Map(), residual: new Map() });
  }
  const outcome = dependenceOutcome(matrix, vectors);
  const moves = outcome.choices.map(({ underlying, column, weight }) => {
    const { symbol, grid } = matrix.underlyings[underlying]!;
    return [symbol, [grid.columns[column]!.spot, weight]] as const;
  });
  return { ...outcome, moves: Object.fromEntries(moves) };
}

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}, by hand ${expected}`);

// Long 1,000 of BTC, short 600 of ETH and 500 of SOL. Following the market: −100 × its move.
const book = { BTC: 1_000, ETH: -600, SOL: -500 };

test("of three coins so many stray as may, those where it costs most", () => {
  // All rise by half, of which half counts: 250 − 150 − 125, but BTC stays behind, as far as its residual allows: 100.
  const one = worstOf(book, 1);
  near(one.pnlUsd, 100 - 150 - 125);
  assert.equal(one.label, "extreme rise of all");
  assert.deepEqual(one.moves, { BTC: [0.1, 1], ETH: [0.5, 0.5], SOL: [0.5, 0.5] });
  // BTC alone falls by half: 1000 × 0.5, of which its weight counts, and of that its residual; ETH, which costs more than SOL,
  // rises by a tenth.
  const two = worstOf(book, 2);
  near(two.pnlUsd, -125 - 60);
  assert.deepEqual(two.moves, { BTC: [-0.5, 0.25], ETH: [0.1, 1], SOL: [0, 1] });
  for (const all of [3, 4, undefined]) near(worstOf(book, all).pnlUsd, -125 - 60 - 50);
});

test("what nobody has measured strays beside those that may", () => {
  const { pnlUsd, moves } = worstOf(book, 1, withoutSol);
  near(pnlUsd, 100 - 150 - 125);
  assert.deepEqual(moves, { BTC: [0.1, 1], ETH: [0.5, 0.5], SOL: [0.5, 0.5] });
  // Without any past all of them do.
  const none: History = { ...history, series: new Map() };
  near(worstOf(book, 1, none).pnlUsd, -125 - 60 - 50);
});

test("a market that moves: who does not stray follows, at an extreme too", () => {
  // Both long: a fall of the whole range, −200 and −120; at the extreme half of 50 % for each.
  const long = { BTC: 1_000, ETH: 600 };
  const one = worstOf(long, 1);
  near(one.pnlUsd, -250 - 150);
  assert.equal(one.label, "extreme fall of all");
  assert.deepEqual(one.moves, { BTC: [-0.5, 0.5], ETH: [-0.5, 0.5] });
  near(worstOf(long, 2).pnlUsd, -250 - 150);
  // Long and short of the same size: at an extreme one stays behind, −250 + 100; two that stray are an extreme alone and a tenth.
  const pair = { BTC: 1_000, ETH: -1_000 };
  near(worstOf(pair, 1).pnlUsd, -250 + 100);
  near(worstOf(pair, 2).pnlUsd, -125 - 100);
});

test("within one coin no limit is felt", () => {
  for (const value of [1_000, -1_000]) near(worstOf({ ETH: value }, 1).pnlUsd, -250);
});
