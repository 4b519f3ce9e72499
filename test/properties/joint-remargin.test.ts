import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { aggregate, bookOf, jointLots, preparePortfolioMargin, remarginJoint } from "../../src/risk/index.ts";
import { requirement } from "../../src/risk/portfolio-margin/requirement.ts";
import {
  anyPortfolio,
  portfolioOf,
  shippedParameters,
  testHistory,
  testMarket,
  testParameters,
} from "./portfolio-margin-market.ts";

// The kernel that re-margins whole books and the margin of one account compute the same measures.

const market = testMarket();
const prepared = preparePortfolioMargin({
  market,
  parameters: testParameters,
  history: testHistory,
}).matrix;

const measuresOf = (portfolio: Parameters<typeof bookOf>[0], of = prepared) =>
  requirement(of, bookOf(portfolio, of).book).measures;

test("the kernel's shortfalls and worst stress are the margin's, within the stated rounding", () => {
  fc.assert(
    fc.property(fc.array(anyPortfolio(market, 12), { maxLength: 5 }), (portfolios) => {
      const many = remarginJoint(prepared, portfolios);
      for (const [account, portfolio] of portfolios.entries()) {
        const { shortfallInitial, shortfallMaintenance, jointStress } = measuresOf(portfolio);
        const errorUsd = many.errorUsd[account]!;
        const pairs = [
          [many.shortfallInitialUsd[account]!, shortfallInitial.expectedShortfallUsd],
          [many.shortfallMaintenanceUsd[account]!, shortfallMaintenance.expectedShortfallUsd],
          [many.worstStressUsd[account]!, Math.min(...jointStress.map(({ pnlUsd }) => pnlUsd))],
        ] as const;
        for (const [got, expected] of pairs) {
          assert.ok(Math.abs(got - expected) <= errorUsd, `${got} is not ${expected} ± ${errorUsd}`);
        }
      }
    }),
    { numRuns: 80 },
  );
});

test("accounts of any size and the longest tails stay within the exact integers", () => {
  const { shortfall } = testParameters;
  const longest = preparePortfolioMargin({
    market,
    parameters: { ...testParameters, shortfall: { ...shortfall, initialLevel: 0.5, maintenanceLevel: 0.5 } },
    history: testHistory,
  }).matrix;
  for (const size of ["0.000000001", "1", "1234567.891", "999999999999"]) {
    const portfolio = portfolioOf({ BTC: size, USD: `-${size}` }, { "BTC-PERP-INV": 3 });
    const { shortfallInitial, shortfallMaintenance } = measuresOf(portfolio, longest);
    const many = remarginJoint(longest, [portfolio, portfolioOf({ BTC: "1" })]);
    const errorUsd = many.errorUsd[0]!;
    for (const [got, { expectedShortfallUsd }] of [
      [many.shortfallInitialUsd[0]!, shortfallInitial],
      [many.shortfallMaintenanceUsd[0]!, shortfallMaintenance],
    ] as const) {
      assert.ok(
        Math.abs(got - expectedShortfallUsd) <= errorUsd,
        `${size}: ${got} ≠ ${expectedShortfallUsd}`,
      );
      assert.ok(errorUsd < 1e-5 + 1e-7 * expectedShortfallUsd, `${size}: ± ${errorUsd}`);
    }
  }
});

test("the lots add up to every scenario of the account, and the rounding stays below a cent", () => {
  fc.assert(
    fc.property(anyPortfolio(market, 12), (portfolio) => {
      const { book, matrix, errorUsd } = jointLots(prepared, [portfolio]);
      const { joint } = aggregate(prepared, bookOf(portfolio, prepared).book);
      assert.ok(errorUsd[0]! < 0.01, `${errorUsd[0]}`);
      for (const [scenario, pnlUsd] of joint.entries()) {
        let units = 0;
        for (const [position, lots] of book.lots.entries()) {
          const row = book.instruments[position]!;
          units += lots * matrix.pnlUnits[row * matrix.scenarioCount + scenario]!;
        }
        assert.ok(Number.isSafeInteger(units));
        assert.ok(Math.abs(units * matrix.unitUsd - pnlUsd) <= errorUsd[0]!);
      }
    }),
    { numRuns: 80 },
  );
});

test("unrealised profit is in the balance that it is paid in", () => {
  const perpetual = {
    ...portfolioOf({ BTC: "0.123456789" }, { "BTC-PERP-INV": 300 }),
  };
  const entered = {
    ...perpetual,
    positions: perpetual.positions.map((position) => ({ ...position, entryPrice: 60_000 })),
  };
  const many = remarginJoint(prepared, [perpetual, entered]);
  assert.notEqual(many.worstStressUsd[0], many.worstStressUsd[1]);
  for (const [account, portfolio] of [perpetual, entered].entries()) {
    const worst = Math.min(...measuresOf(portfolio).jointStress.map(({ pnlUsd }) => pnlUsd));
    assert.ok(Math.abs(many.worstStressUsd[account]! - worst) <= many.errorUsd[account]!);
    assert.ok(many.errorUsd[account]! < 1e-3);
  }
});

test("accounts without risk, no accounts, and no history", () => {
  const none = remarginJoint(prepared, []);
  assert.equal(none.worstStressUsd.length, 0);
  assert.deepEqual(remarginJoint(prepared, [portfolioOf({})]).worstStressUsd, new Float64Array(1));
  const still = remarginJoint(prepared, [portfolioOf({ USD: 5 }), portfolioOf({}), portfolioOf({ BTC: 1 })]);
  assert.deepEqual([...still.worstStressUsd.subarray(0, 2)], [0, 0]);
  assert.deepEqual([...still.shortfallInitialUsd.subarray(0, 2)].map(Math.abs), [0, 0]);
  assert.ok(still.shortfallInitialUsd[2]! > 0);
  const bare = preparePortfolioMargin({ market, parameters: shippedParameters }).matrix;
  const stress = remarginJoint(bare, [portfolioOf({ BTC: 1 })]);
  assert.equal(stress.shortfallInitialUsd[0], 0);
  assert.ok(stress.worstStressUsd[0]! < 0);
});
