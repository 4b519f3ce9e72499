import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { bookOf, preparePortfolioMargin } from "../../src/risk/index.ts";
import {
  adjustableItems,
  addRequirement,
  ProgrammeBuilder,
  type Term,
} from "../../src/risk/optimize/index.ts";
import { requirement } from "../../src/risk/portfolio-margin/requirement.ts";
import { openSolver } from "../../src/service/optimize/solver.ts";
import {
  anyPortfolio,
  lateHistory,
  measuredParameters,
  portfolioOf,
  shippedParameters,
  testHistory,
  testMarket,
  testParameters,
} from "./portfolio-margin-market.ts";

const market = testMarket();
const coarse = preparePortfolioMargin({ market, parameters: testParameters, history: testHistory }).matrix;
const shipped = preparePortfolioMargin({
  market,
  parameters: shippedParameters,
  history: testHistory,
}).matrix;
const solver = await openSolver();

/** The programme's least requirement of a book whose sizes are columns, held at their values by bounds. */
function leastRequirement(prepared: typeof coarse, portfolio: Parameters<typeof bookOf>[0]): number {
  const { book } = bookOf(portfolio, prepared);
  const builder = new ProgrammeBuilder();
  const items = [...adjustableItems(book).values()].map((item) => {
    const half = item.held / 2;
    // Half of each item is given, half of it is a column: neither way of naming a size may change the outcome.
    const term: Term = [builder.column(half, half), 1];
    return { ...item, held: half, deposit: item.deposit - half, terms: [term] };
  });
  const { requirement: column } = addRequirement(builder, prepared, items);
  builder.price(column, 1);
  const loaded = solver.load(builder.build());
  try {
    const { status, x } = loaded.solve(20_000);
    assert.equal(status, "optimal");
    return x[column] ?? Number.NaN;
  } finally {
    loaded.close();
  }
}

const check = (
  prepared: typeof coarse,
  runs: number,
  seed: number,
  books = anyPortfolio(prepared.market),
): void =>
  fc.assert(
    fc.property(books, (portfolio) => {
      const { book } = bookOf(portfolio, prepared);
      const required = requirement(prepared, book);
      const least = leastRequirement(prepared, portfolio);
      const gross = book.items.reduce((sum, { rows, size }) => sum + Math.abs(size) * rows.largest, 1);
      const noise = 1e-9 * gross + 1e-4;
      const impact = required.addOns.find(({ id }) => id === "price-impact")?.amountUsd ?? 0;
      assert.ok(least <= required.initialUsd + noise, `${least} above ${required.initialUsd}`);
      // Tangents at every doubling of delta: at most so far below x^1.5 between two of them; below the first, under a cent.
      assert.ok(
        least >= required.initialUsd - 0.05 * impact - 0.01 - noise,
        `${least} below ${required.initialUsd}, impact ${impact}`,
      );
    }),
    { numRuns: runs, seed },
  );

test("the linear programme's requirement is the model's before the bound by payoff", () =>
  check(coarse, 150, 1));

test("on the shipped grid and scenarios too", () => check(shipped, 6, 2));

for (const [name, strayCount, history] of [
  ["one of three strays", 1, testHistory],
  ["two of three stray", 2, testHistory],
  ["one of two strays, the third always does", 1, lateHistory],
] as const) {
  test(`the same where ${name}`, () => {
    const { matrix } = preparePortfolioMargin({
      market: testMarket(["BTC", "ETH", "SOL"]),
      parameters: measuredParameters(strayCount),
      history,
    });
    check(matrix, 60, 3);
    // Every underlying, one way and the other: the limit decides.
    const contracts = fc.integer({ min: -40, max: 40 });
    const everyOne = fc
      .record({ BTC: contracts, ETH: contracts, SOL: contracts, XYZ: contracts, calls: contracts })
      .map(({ BTC, ETH, SOL, XYZ, calls }) =>
        portfolioOf(
          { XYZ: 1_000 * XYZ },
          {
            "BTC-PERP": BTC / 40,
            "ETH-PERP": ETH / 2,
            "SOL-PERP": 10 * SOL,
            "ETH-30-3000-C": calls,
            "SOL-120-150-P": -20 * calls,
          },
        ),
      );
    check(matrix, 60, 4, everyOne);
  });
}
