// The leverage study beside the slow obvious way: the whole model at every step of every stretch of the past.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Market, type Portfolio } from "../../src/market/index.ts";
import { exp, log } from "../../src/numerics/index.ts";
import { accountValue, clopperPearson, preparePortfolioMargin, shockMarket } from "../../src/risk/index.ts";
import {
  bestScale,
  carryPerYearUsd,
  type CarryRates,
  factorPaths,
  leverageOf,
  leverageStudy,
  liquidationEstimate,
  loopedCollateral,
  portfolioAt,
  type ScalableBook,
  scaledPositions,
} from "../../src/risk/optimize/index.ts";
import {
  portfolioOf,
  testHistory,
  testMarket,
  testParameters,
} from "../properties/portfolio-margin-market.ts";

const market = testMarket();
const dayMs = 86_400_000;
const carry: CarryRates = {
  funding: 0.2,
  yields: new Map([["stETH", 0.03]]),
  borrowing: new Map([["ETH", 0.025]]),
};

const books: Readonly<Record<string, ScalableBook>> = {
  long: scaledPositions(portfolioOf({ USD: 100_000 }, { "BTC-PERP": 1 }), market, "USD"),
  short: scaledPositions(portfolioOf({ USDC: 100_000 }, { "ETH-PERP": -20 }), market, "USD"),
  pair: scaledPositions(portfolioOf({ stETH: 40 }, { "ETH-PERP": -40, "BTC-PERP": 1 }), market, "USD"),
  strangle: scaledPositions(
    portfolioOf({ USD: 100_000 }, { "BTC-30-90000-C": -1, "BTC-30-70000-P": -1 }),
    market,
    "USD",
  ),
  loop: loopedCollateral({ asset: "stETH", debt: "ETH", equityUsd: 100_000 }, market),
};

const request = (book: ScalableBook) => ({
  market,
  history: testHistory,
  parameters: testParameters,
  book,
  carry,
  horizonMs: 3 * dayMs,
  leverageMax: 40,
});

/** The market moved by hand: what the study's factors do to it. */
function movedMarket(moves: ReadonlyMap<string, number>): Market {
  let moved = market;
  for (const symbol of ["BTC", "ETH"]) {
    moved = shockMarket(moved, {
      underlying: symbol,
      spotMove: moves.get(`spot ${symbol}`) ?? 0,
      volMove: moves.get(`vol-level ${symbol}`) ?? 0,
    });
  }
  for (const asset of ["USDC", "stETH"]) {
    moved = shockMarket(moved, { asset, assetMove: moves.get(`peg ${asset}`) ?? 0 });
  }
  return moved;
}

for (const [name, book] of Object.entries(books)) {
  test(`${name}: each stretch's largest scale is that of the whole model at every step`, () => {
    const study = leverageStudy(request(book), () => true);
    const { factors, paths, steps, stepMs } = study.paths;
    assert.ok(paths.length > 40);
    assert.equal(study.critical.length, paths.length);
    // Every fourth stretch, the worst among them: the slow way margins each step of each at some scales.
    const worst = study.critical.reduce(
      (least, { scale }, at, all) => (scale < all[least]!.scale ? at : least),
      0,
    );
    for (const at of new Set([worst, ...paths.keys().filter((index) => index % 6 === 0)])) {
      const path = paths[at]!;
      const { scale } = study.critical[at]!;
      let lives = true;
      let livesAbove = true;
      for (let step = 0; step < steps; step++) {
        const moves = new Map(
          factors.map(({ kind, symbol }, index) => [`${kind} ${symbol}`, path.moves[index]![step]!]),
        );
        const { matrix } = preparePortfolioMargin({
          market: movedMarket(moves),
          parameters: testParameters,
          history: testHistory,
        });
        const years = ((step + 1) * stepMs) / (365 * dayMs);
        const excess = (trial: number): number => {
          const paid = carryPerYearUsd(book, trial, market, carry) * years;
          const portfolio = portfolioAt(book, trial, market, "USD", paid);
          const [figures] = [preparedFigures(matrix.market, portfolio, matrix)];
          return figures;
        };
        if (excess(scale * (1 - 1e-6)) < -0.01) lives = false;
        if (excess(scale * (1 + 1e-6) + 1e-9) < 0) livesAbove = false;
      }
      assert.ok(lives, `stretch ${at} is liquidated at a scale just below ${scale}`);
      if (scale < study.scaleMax) assert.ok(!livesAbove, `stretch ${at} lives at a scale above ${scale}`);
    }
  });
}

type Prepared = ReturnType<typeof preparePortfolioMargin>;
const models = new WeakMap<Market, Prepared>();
function preparedFigures(moved: Market, portfolio: Portfolio, matrix: Prepared["matrix"]): number {
  const prepared =
    models.get(moved) ??
    preparePortfolioMargin({ market: matrix.market, parameters: testParameters, history: testHistory });
  models.set(moved, prepared);
  const [figures] = prepared.marginMany([portfolio]);
  return figures!.equity - figures!.maintenanceMargin;
}

test("equity now is the same at every scale, and leverage is exposure over it", () => {
  for (const book of Object.values(books)) {
    for (const scale of [0, 0.5, 2]) {
      const { equityUsd } = accountValue(portfolioAt(book, scale, market, "USD"), market);
      assert.ok(Math.abs(equityUsd - book.equityUsd) < 1e-3 * (1 + scale));
    }
  }
  const long = books["long"]!;
  assert.equal(leverageOf(long, 2), 1.6);
  assert.equal(leverageOf(books["loop"]!, 2), 3);
});

test("carry: longs pay funding, shorts receive it, debts and yields accrue", () => {
  const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-6 * Math.abs(b), `${a} ${b}`);
  near(carryPerYearUsd(books["long"]!, 2, market, carry), -2 * 80_000 * 0.2);
  near(carryPerYearUsd(books["short"]!, 1, market, carry), 20 * 2_500 * 0.2);
  near(carryPerYearUsd(books["loop"]!, 3, market, carry), 4 * 100_000 * 0.03 - 3 * 100_000 * 0.025);
});

test("counts: the best scale is the largest that is rare enough, by rate and by the interval's end", () => {
  const study = leverageStudy(request(books["long"]!), () => true);
  const scales = study.critical.map(({ scale }) => scale).sort((a, b) => a - b);
  const count = scales.length;
  for (const [allowed, probability] of [
    [0, 0.5 / count],
    [0, 0.999 / count],
    [1, 1 / count],
    [3, 3.5 / count],
  ] as const) {
    const best = bestScale(study, probability, 0.95, "rate")!;
    assert.equal(best, scales[allowed]);
    const estimate = liquidationEstimate(study, best, 0.95);
    assert.equal(estimate.liquidated, allowed);
    assert.deepEqual(
      estimate.interval,
      clopperPearson({ observations: count, exceptions: allowed, confidence: 0.95 }),
    );
    // Any larger scale is liquidated once more.
    assert.equal(liquidationEstimate(study, best * (1 + 1e-9), 0.95).liquidated, allowed + 1);
  }
  assert.equal(bestScale(study, 0.001, 0.95, "upper-end"), undefined);
  const sure = bestScale(study, 0.2, 0.95, "upper-end")!;
  assert.ok(liquidationEstimate(study, sure, 0.95).interval.high <= 0.2);
  assert.ok(sure <= bestScale(study, 0.2, 0.95, "rate")!);
});

test("more funding, or a longer horizon, never raises what a stretch lives through", () => {
  const long = books["long"]!;
  const cheap = leverageStudy(request(long), () => true).critical;
  const dear = leverageStudy({ ...request(long), carry: { ...carry, funding: 2 } }, () => true).critical;
  for (const [at, { scale }] of cheap.entries()) assert.ok(dear[at]!.scale <= scale + 1e-9);
});

test("first passage counts, not the end: a stretch that recovers is liquidated on its way", () => {
  const { paths, steps } = factorPaths({
    history: testHistory,
    parameters: testParameters,
    asOfMs: market.asOfMs,
    factors: [{ kind: "spot", symbol: "BTC" }],
    horizonMs: 3 * dayMs,
  });
  const study = leverageStudy({ ...request(books["long"]!), carry: { ...carry, funding: 0 } }, () => true);
  const recovering = paths.findIndex(({ moves: [path] }) => {
    const lowest = Math.min(...path!);
    return lowest < -0.04 && path![steps - 1]! > lowest + 0.03;
  });
  assert.ok(recovering >= 0);
  const path = paths[recovering]!.moves[0]!;
  const lowest = path.indexOf(Math.min(...path));
  const same = study.critical.find(({ startMs }) => startMs === paths[recovering]!.startMs)!;
  assert.equal(same.step, lowest + 1);
});

test("stretches do not overlap, end at the present and are rescaled from their volatility to today's", () => {
  const factors = [{ kind: "spot", symbol: "BTC" }] as const;
  const { paths, steps, stepMs, missing } = factorPaths({
    history: testHistory,
    parameters: testParameters,
    asOfMs: market.asOfMs,
    factors: [...factors, { kind: "spot", symbol: "NONE" }],
    horizonMs: 3 * dayMs,
  });
  assert.deepEqual(missing, [{ kind: "spot", symbol: "NONE" }]);
  assert.equal(steps * stepMs, 3 * dayMs);
  for (const [at, { startMs }] of paths.slice(1).entries()) {
    assert.ok(startMs - paths[at]!.startMs >= 3 * dayMs);
  }
  assert.equal(paths.at(-1)!.startMs + 3 * dayMs, market.asOfMs);
  // Within a stretch all moves carry one factor: the ratio of log moves is that of the history.
  const series = testHistory.series.get("spot:BTC")!.values;
  const { startMs, moves } = paths[10]!;
  const first = (startMs - testHistory.startMs) / testHistory.intervalMs;
  const raw = (step: number): number => log(series[first + step]!) - log(series[first]!);
  const scale = log(1 + moves[0]![0]!) / raw(1);
  assert.ok(scale >= testParameters.shortfall.rescaleMin && scale <= testParameters.shortfall.rescaleMax);
  for (let step = 2; step <= steps; step++) {
    assert.ok(Math.abs(exp(scale * raw(step)) - 1 - moves[0]![step - 1]!) < 1e-9);
  }
});
