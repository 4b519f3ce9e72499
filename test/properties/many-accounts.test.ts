import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Portfolio } from "../../src/market/index.ts";
import { parseDecimal } from "../../src/quantity/index.ts";
import {
  type Book,
  bookOf,
  type MarginFigures,
  type MarginResult,
  preparePortfolioMargin,
} from "../../src/risk/index.ts";
import { boundedFigures, boundedRequirement } from "../../src/risk/portfolio-margin/margin.ts";
import { boundedGroups } from "../../src/risk/portfolio-margin/payoff-bound.ts";
import { requirement } from "../../src/risk/portfolio-margin/requirement.ts";
import {
  anyPortfolio,
  measuredParameters,
  portfolioOf,
  shippedParameters,
  testHistory,
  testMarket,
  testParameters,
} from "./portfolio-margin-market.ts";

const market = testMarket();
const prepare = (parameters = testParameters) =>
  preparePortfolioMargin({ market, parameters, history: testHistory });
const prepared = prepare();
const shipped = prepare(shippedParameters);
const fewStrays = prepare(measuredParameters(1));
const withoutHistory = preparePortfolioMargin({ market, parameters: shippedParameters });

const figuresOf = (result: MarginResult): MarginFigures => ({
  equity: result.equity,
  initialMargin: result.initialMargin,
  maintenanceMargin: result.maintenanceMargin,
  initialExcess: result.initialExcess,
  maintenanceExcess: result.maintenanceExcess,
});

const times = (portfolio: Portfolio, factor: bigint): Portfolio => ({
  ...portfolio,
  balances: portfolio.balances.map(({ asset, amount }) => ({
    asset,
    amount: { ...amount, coefficient: amount.coefficient * factor },
  })),
  positions: portfolio.positions.map((position) => ({
    ...position,
    size: { ...position.size, coefficient: position.size.coefficient * factor },
  })),
});

/** Books that are long, short, hedged, with and without open orders, of dust and of a size that coarsens the rounding unit. */
const books = fc
  .record({
    portfolio: anyPortfolio(market, 14),
    ordered: fc.boolean(),
    long: fc.boolean(),
    factor: fc.constantFrom(1n, 1n, 1_000n, 100_000n),
  })
  .map(({ portfolio, ordered, long, factor }): Portfolio => {
    const positive = <T extends { coefficient: bigint }>(amount: T): T =>
      long && amount.coefficient < 0n ? { ...amount, coefficient: -amount.coefficient } : amount;
    const made = times(
      {
        ...portfolio,
        balances: portfolio.balances.map((entry) => ({ ...entry, amount: positive(entry.amount) })),
        positions: portfolio.positions.map((entry) => ({ ...entry, size: positive(entry.size) })),
      },
      factor,
    );
    const orders = made.positions.map(({ instrument, size }) => ({ instrument, size, price: 100 }));
    return ordered ? { ...made, orders } : made;
  });

test("many accounts have the figures that each has alone, to the last bit", () => {
  for (const one of [prepared, shipped, fewStrays, withoutHistory]) {
    fc.assert(
      fc.property(fc.array(books, { maxLength: 4 }), (portfolios) => {
        const many = one.marginMany(portfolios);
        assert.deepEqual(
          many,
          portfolios.map((portfolio) => figuresOf(one.margin(portfolio))),
        );
      }),
      { numRuns: 60 },
    );
  }
});

/** The payoff bound, equation (27), the long way: every competing book margined whole and anew. */
function boundedTheLongWay(portfolio: Portfolio): { initialUsd: number; maintenanceUsd: number } {
  const { matrix } = shipped;
  const { items, orders } = bookOf(portfolio, matrix).book;
  const least = (book: Book) => {
    const whole = requirement(matrix, book);
    const groups = boundedGroups(book, market, shippedParameters).filter(
      ({ maximumLossUsd }) => maximumLossUsd < whole.initialUsd,
    );
    const subsets =
      groups.length <= 4
        ? Array.from({ length: 2 ** groups.length - 1 }, (_, bits) =>
            groups.filter((_group, at) => ((bits + 1) >> at) & 1),
          )
        : [groups, ...groups.flatMap((one) => [[one], groups.filter((other) => other !== one)])];
    const candidates = subsets.map((subset) => {
      const taken = new Set(subset.flatMap((group) => group.items));
      const loss = subset.reduce((sum, { maximumLossUsd }) => sum + maximumLossUsd, 0);
      const rest = requirement(matrix, { ...book, items: book.items.filter((item) => !taken.has(item)) });
      return { initialUsd: rest.initialUsd + loss, maintenanceUsd: rest.maintenanceUsd + loss };
    });
    return {
      initialUsd: Math.min(whole.initialUsd, ...candidates.map(({ initialUsd }) => initialUsd)),
      maintenanceUsd: Math.min(
        whole.maintenanceUsd,
        ...candidates.map(({ maintenanceUsd }) => maintenanceUsd),
      ),
    };
  };
  const { initialUsd } = least({ items, orders });
  const { maintenanceUsd } = least({ items, orders: [] });
  return { initialUsd, maintenanceUsd: Math.min(initialUsd, maintenanceUsd) };
}

test("no short cut changes a bit: sums taken apart and bounds given up against every book margined anew", () => {
  let bounded = 0;
  fc.assert(
    fc.property(books, (portfolio) => {
      const { book } = bookOf(portfolio, shipped.matrix);
      const figures = boundedFigures(shipped.matrix, book);
      assert.deepEqual(figures, boundedTheLongWay(portfolio));
      const { unbounded, initialUsd } = boundedRequirement(shipped.matrix, book);
      assert.equal(initialUsd, figures.initialUsd);
      if (initialUsd < unbounded.initialUsd) bounded++;
    }),
    { numRuns: 150, seed: 27 },
  );
  assert.ok(bounded >= 15, `only ${bounded} books were bounded by their payoff`);
});

test("the order of the accounts changes nothing, nor do accounts beside them", () => {
  fc.assert(
    fc.property(fc.array(books, { minLength: 2, maxLength: 6 }), fc.nat(), (portfolios, turn) => {
      const many = prepared.marginMany(portfolios);
      const shift = turn % portfolios.length;
      const turned = prepared.marginMany([...portfolios.slice(shift), ...portfolios.slice(0, shift)]);
      const count = many.length;
      assert.deepEqual(
        many.map((_, index) => turned[(index - shift + count) % count]),
        many,
      );
      assert.deepEqual(prepared.marginMany(portfolios.slice(0, 1)), many.slice(0, 1));
    }),
    { numRuns: 60 },
  );
});

test("an account without positions needs nothing, cash is all excess", () => {
  const [empty, cash, coins] = shipped.marginMany([
    portfolioOf({}),
    portfolioOf({ USD: "1234.5" }),
    portfolioOf({ BTC: 2 }),
  ]);
  const nothing = { initialMargin: 0, maintenanceMargin: 0 };
  assert.deepEqual(empty, { ...nothing, equity: 0, initialExcess: 0n, maintenanceExcess: 0n });
  assert.deepEqual(cash, {
    ...nothing,
    equity: 1234.5,
    initialExcess: 1_234_500_000n,
    maintenanceExcess: 1_234_500_000n,
  });
  assert.ok(coins && coins.initialMargin > 0 && coins.initialMargin <= coins.equity);
  assert.deepEqual(shipped.marginMany([]), []);
});

test("500 positions have the same figures alone and among many", () => {
  const ids = [...market.instruments.keys()];
  const positions = Array.from({ length: 500 }, (_, index) => ({
    instrument: ids[index % ids.length]!,
    size: parseDecimal(String(((index * 37) % 101) / 10 - 5)),
    entryPrice: market.quotes.get(ids[index % ids.length]!)!.mark * 1.01,
  }));
  const large: Portfolio = { ...portfolioOf({ BTC: "1.5", USDC: -20_000 }), positions };
  const [alone] = shipped.marginMany([large]);
  assert.ok(alone && alone.initialMargin > 0);
  assert.deepEqual(alone, figuresOf(shipped.margin(large)));
  assert.deepEqual(shipped.marginMany([portfolioOf({}), large])[1], alone);
});

test("bounded books are bounded among many, too", () => {
  const bounded = [
    portfolioOf({}, { "BTC-30-70000-C": 1, "BTC-30-90000-C": -1, "BTC-30-70000-P": -1, "BTC-30-90000-P": 1 }),
    portfolioOf({}, { "BTC-0.5-80000-P": 3, "ETH-0.5-3000-C": 2 }),
    portfolioOf({}, { "BTC-0.5-80000-P": 3, "ETH-PERP": -2 }),
  ];
  const results = bounded.map((portfolio) => shipped.margin(portfolio));
  for (const { components } of results) assert.ok(components.some(({ id }) => id === "payoff-bound"));
  assert.deepEqual(shipped.marginMany(bounded), results.map(figuresOf));
});
