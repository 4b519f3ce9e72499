import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { syntheticHistory } from "../../market/index.ts";
import { log } from "../../numerics/index.ts";
import { type MarginParameters, parseMarginParameters, preparePortfolioMargin } from "../../risk/index.ts";
import { crashBooks } from "./crash-books.ts";
import { type RequirementBasis } from "./observations.ts";
import { ownAnswers } from "./own-answer.ts";
import { simulatedMarket } from "./simulated-market.ts";

const shipped = parseMarginParameters(
  readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8"),
);
const { measured: _, ...wholeStress } = shipped.stress;
// Whole shocks and a high level, so that bought options are asked for the most they can lose.
const parameters: MarginParameters = {
  ...shipped,
  stress: wholeStress,
  shortfall: { ...shipped.shortfall, initialLevel: 0.995, initialMultiplier: 1.1 },
};
const history = syntheticHistory({ seed: 3, days: 400 });
const state = {
  level: log(0.6),
  shape: [0.2, 0.08, -0.04, -0.08, -0.3, -0.25, -0.2, log(0.9), log(0.8), log(0.7), 0.04, 0.06],
};
const market = simulatedMarket({
  asOfMs: history.startMs + (history.length - 1) * history.intervalMs,
  coins: [
    { symbol: "BTC", spotUsd: 27_600, state },
    { symbol: "ETH", spotUsd: 1_850, state },
  ],
});
const prepared = preparePortfolioMargin({ market, parameters, history });
const books = crashBooks(market);
const portfolios = books.map(({ portfolio }) => portfolio);
const answers = ownAnswers(prepared.matrix, portfolios);

test("requirements are those of the model, to the last bit", () => {
  assert.ok(books.length > 20);
  assert.deepEqual(
    answers.map(({ initialUsd, maintenanceUsd }) => [initialUsd, maintenanceUsd]),
    prepared
      .marginMany(portfolios)
      .map(({ initialMargin, maintenanceMargin }) => [initialMargin, maintenanceMargin]),
  );
});

test("the shortfall and what set the requirement are those that the model explains it by", () => {
  const seen = new Set<RequirementBasis>();
  for (const [at, portfolio] of portfolios.entries()) {
    const { initialUsd, forecast } = answers[at]!;
    const { components } = prepared.margin(portfolio);
    const risk = components.find(({ id }) => id === "risk")!;
    const measure = risk.children!.find(({ id }) => id === "expected-shortfall")!;
    const stated = parameters.shortfall.initialMultiplier * Math.max(0, forecast.expectedShortfallUsd);
    // a measure that does not lead shows what it would have asked
    if (measure.informative || measure.initial > 0) assert.equal(measure.initial, stated);
    assert.ok(forecast.valueAtRiskUsd <= forecast.expectedShortfallUsd);
    const relief = components.find(({ id }) => id === "payoff-bound")?.initial ?? 0;
    const isBounded = forecast.basis === "bounded" || forecast.basis === "maximum-loss";
    assert.equal(isBounded, relief < 0, books[at]!.name);
    if (forecast.basis === "shortfall") assert.equal(stated, risk.initial);
    if (forecast.basis === "stress") assert.ok(risk.initial > stated || risk.initial === 0);
    assert.ok(initialUsd > 0);
    seen.add(forecast.basis);
  }
  assert.ok(seen.has("stress") && seen.has("maximum-loss"));
});

test("a bought option can lose its price and no more, and that is what is asked", () => {
  const at = books.findIndex(({ name }) => name.startsWith("long call"));
  assert.equal(answers[at]!.forecast.basis, "maximum-loss");
  assert.equal(books[at]!.isLinear, false);
  const { equity } = prepared.margin(portfolios[at]!);
  assert.ok(Math.abs(answers[at]!.initialUsd / (equity - 1_000_000) - 1) < 1e-6);
});

test("without a past nothing is forecast", () => {
  const [first] = ownAnswers(preparePortfolioMargin({ market, parameters }).matrix, portfolios);
  assert.ok(Number.isNaN(first!.forecast.expectedShortfallUsd));
  assert.equal(first!.forecast.basis, "stress");
});
