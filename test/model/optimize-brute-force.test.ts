// The optimizers beside the slow obvious way: every whole-step hedge, every basket of a grid, every step of every path.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Portfolio } from "../../src/market/index.ts";
import { accountValue, marginFigures, preparePortfolioMargin } from "../../src/risk/index.ts";
import {
  basketOf,
  collateralProblem,
  type Earning,
  hedgedFigures,
  type HedgeGoal,
  type HedgeProblem,
  hedgeScore,
  meetsGoal,
  netGainUsd,
  takerCosts,
  type TradeCandidate,
  tradeCandidate,
  wholeSteps,
} from "../../src/risk/optimize/index.ts";
import { optimizeCollateral } from "../../src/service/optimize/collateral.ts";
import { searchHedge } from "../../src/service/optimize/hedge.ts";
import {
  portfolioOf,
  testHistory,
  testMarket,
  testParameters,
} from "../properties/portfolio-margin-market.ts";

const market = testMarket();
const prepared = preparePortfolioMargin({ market, parameters: testParameters, history: testHistory }).matrix;
/** Dear capital, so that hedges are worth something in a market of wide spreads. */
const earning: Earning = { ratePerYear: 2, days: 30 };

/** Candidates in whole contracts, few enough to try them all. */
function smallCandidates(
  portfolio: Portfolio,
  most: Readonly<Record<string, number>>,
): readonly TradeCandidate[] {
  return Object.entries(most).map(([id, count]) => {
    const instrument = market.instruments.get(id)!;
    const quote = market.quotes.get(id)!;
    // The market of the tests quotes marks; the trades are at a distance of 0.2 % from them.
    const quoted = { ...quote, bid: quote.mark * 0.998, ask: quote.mark * 1.002 };
    const quotes = new Map(market.quotes).set(id, quoted);
    const candidate = tradeCandidate(
      { ...prepared, market: { ...market, quotes } },
      instrument,
      0,
      takerCosts,
      true,
    )!;
    assert.ok(portfolio.positions.every(({ instrument: held }) => held !== id));
    return { ...candidate, lotDigits: 0, buyMax: count, sellMax: count };
  });
}

/** Every combination of whole lots. */
function* everyLots(most: readonly number[]): Generator<readonly number[]> {
  const [first, ...rest] = most;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const others of everyLots(rest))
    for (let lots = -first; lots <= first; lots++) yield [lots, ...others];
}

const books = {
  straddle: portfolioOf({ USD: 500_000 }, { "BTC-30-80000-C": -4, "BTC-30-80000-P": -4 }),
  carry: portfolioOf({ USD: 50_000, ETH: 80 }, { "ETH-F120": -60, "ETH-120-3000-C": -40 }),
  call: portfolioOf({ USD: 200_000, BTC: 1 }, { "BTC-120-90000-C": -6 }),
};
const trades: Readonly<Record<keyof typeof books, Readonly<Record<string, number>>>> = {
  straddle: { "BTC-30-90000-C": 5, "BTC-30-70000-P": 5, "BTC-PERP": 4 },
  carry: { "ETH-120-2500-P": 30, "ETH-F30": 60 },
  call: { "BTC-120-80000-C": 7, "BTC-F120": 6 },
};

for (const name of ["straddle", "carry", "call"] as const) {
  for (const kind of ["net", "most", "free"] as const) {
    test(`hedge: ${name}, ${kind}: no combination of whole contracts is better by more than a little`, async () => {
      const portfolio = books[name];
      const before = marginFigures(prepared, portfolio);
      const candidates = smallCandidates(portfolio, trades[name]);
      const problem: HedgeProblem = { prepared, portfolio, before, candidates, earning };
      const goal: HedgeGoal =
        kind === "free" ? { kind, requirementUsd: 0.75 * before.initialMargin } : { kind };
      const { chosen } = await searchHedge(problem, { goal, legsMax: 3, timeLimitMs: 30_000 });

      let best: ReturnType<typeof hedgedFigures> | undefined;
      for (const lots of everyLots(candidates.map(({ buyMax }) => buyMax))) {
        const hedged = hedgedFigures(problem, lots);
        const better = !best || hedgeScore(goal, hedged, earning) < hedgeScore(goal, best, earning);
        if (meetsGoal(goal, hedged, earning) && better) best = hedged;
      }
      assert.equal(chosen.meetsGoal, best !== undefined);
      if (!best) return;
      // What is reported is the whole model's.
      const again = marginFigures(prepared, chosen.hedged.portfolio);
      assert.deepEqual(again, chosen.hedged.figures);
      const gap = hedgeScore(goal, chosen.hedged, earning) - hedgeScore(goal, best, earning);
      const scale = kind === "free" ? best.costUsd : before.initialMargin;
      assert.ok(gap >= -1e-6 * scale, "the brute force missed a combination");
      assert.ok(gap <= 1e-4 * scale, `behind by ${gap} of ${scale}`);
      // The programme's bound holds for every combination, as long as no payoff bound lowers the requirement.
      const bound = chosen.bound;
      assert.ok(bound);
      const slack = 1e-6 * before.initialMargin + 1;
      if (kind === "most") assert.ok(best.figures.initialMargin >= bound.requirementUsd - slack);
      if (kind === "free") assert.ok(best.costUsd >= bound.costUsd - 1);
    });
  }
}

test("hedge: what is freed beyond cost is what the excess gains, and costs are paid from the balances", () => {
  const portfolio = books.straddle;
  const before = marginFigures(prepared, portfolio);
  const candidates = smallCandidates(portfolio, trades.straddle);
  const problem: HedgeProblem = { prepared, portfolio, before, candidates, earning };
  fc.assert(
    fc.property(fc.tuple(...candidates.map(() => fc.integer({ min: -5, max: 5 }))), (lots) => {
      const { figures, costUsd, freedUsd, excessGainUsd } = hedgedFigures(problem, lots);
      assert.ok(Math.abs(before.equity - figures.equity - costUsd) < 1e-3);
      assert.ok(Math.abs(freedUsd - costUsd - excessGainUsd) < 1e-3);
      assert.ok(lots.every((count) => count === 0) ? costUsd === 0 : costUsd > 0);
      const net = netGainUsd(hedgedFigures(problem, lots), earning);
      assert.ok(Math.abs(net - ((2 * 30) / 365) * excessGainUsd + costUsd) < 1e-6);
    }),
    { numRuns: 60, seed: 3 },
  );
});

for (const [name, portfolio] of Object.entries(books)) {
  test(`collateral: ${name}: no basket of the grid is cheaper`, async () => {
    const offers = [
      { asset: "USD", most: 600_000, carryPerYear: 0.06, buyingFee: 0 },
      { asset: "BTC", most: 8, carryPerYear: 0.035, buyingFee: 0.0005 },
      { asset: "stETH", most: 150, carryPerYear: 0.03, buyingFee: 0.001 },
    ];
    const problem = collateralProblem(prepared, portfolio, offers, { bufferUsd: 1_000, days: 90 });
    const answer = await optimizeCollateral(problem, 30_000);
    assert.ok("basket" in answer);
    const { basket, boundPerYearUsd } = answer;
    assert.ok(basket.spareUsd >= 0);
    assert.deepEqual(marginFigures(prepared, basket.portfolio), basket.figures);
    assert.ok(boundPerYearUsd !== undefined && basket.costPerYearUsd >= boundPerYearUsd - 1e-3);
    const cells = 12;
    let cheapest = Infinity;
    for (let cell = 0; cell < (cells + 1) * (cells + 1) * (cells + 1); cell++) {
      const shares = [cell, Math.floor(cell / (cells + 1)), Math.floor(cell / (cells + 1) / (cells + 1))];
      const amounts = problem.offers.map(
        ({ most }, at) => (most * ((shares[at] ?? 0) % (cells + 1))) / cells,
      );
      const tried = basketOf(problem, wholeSteps(problem, amounts));
      if (tried.spareUsd >= 0) cheapest = Math.min(cheapest, tried.costPerYearUsd);
    }
    assert.ok(cheapest < Infinity);
    assert.ok(basket.costPerYearUsd <= cheapest + 1e-6, `${basket.costPerYearUsd} against ${cheapest}`);
  });
}

test("collateral: what is missing is said when all of it is not enough", async () => {
  const offers = [{ asset: "USD", most: 100, carryPerYear: 0.05, buyingFee: 0 }];
  const problem = collateralProblem(prepared, portfolioOf({}, { "BTC-PERP": 2 }), offers, {
    bufferUsd: 0,
    days: 30,
  });
  const answer = await optimizeCollateral(problem, 10_000);
  const { initialMargin } = marginFigures(prepared, portfolioOf({ USD: 100 }, { "BTC-PERP": 2 }));
  assert.ok("missingUsd" in answer);
  assert.ok(Math.abs(answer.missingUsd - (initialMargin - 100)) < 0.01);
});

test("collateral: a basket keeps debts and what is not offered", async () => {
  const portfolio = portfolioOf({ EUR: 1_000, USD: -500, BTC: 2, stETH: 10 }, { "BTC-PERP": -2 });
  const offers = [
    { asset: "BTC", most: 2, carryPerYear: 0.05, buyingFee: 0 },
    { asset: "USD", most: 50_000, carryPerYear: 0.08, buyingFee: 0 },
  ];
  const answer = await optimizeCollateral(
    collateralProblem(prepared, portfolio, offers, { bufferUsd: 0, days: 30 }),
    10_000,
  );
  assert.ok("basket" in answer);
  const { holdings } = accountValue(answer.basket.portfolio, market);
  const held = Object.fromEntries(holdings.map(({ asset, balance }) => [asset, balance]));
  assert.equal(held["EUR"], 1_000);
  assert.equal(held["stETH"], 10);
  assert.ok((held["USD"] ?? 0) >= -500);
});
