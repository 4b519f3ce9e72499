import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Instrument, type Market, type Portfolio, type Quote } from "../../src/market/index.ts";
import { parseDecimal } from "../../src/quantity/index.ts";
import { type MarginModel, type MarginResult } from "../../src/risk/index.ts";
import {
  deribitPortfolioModel,
  deribitSheet,
  deribitStandardModel,
  okxPortfolioModel,
  okxSheet,
  paradexPortfolioModel,
  simmModel,
  simmSheet,
  spanModel,
} from "../../src/risk/venues/index.ts";
import { assertExplained } from "../venues/small-market.ts";
import { anyPortfolio, portfolioOf, testMarket } from "./portfolio-margin-market.ts";

const market = testMarket();
const books = anyPortfolio(market);
const okxInputs = {
  volatilityShocks: [
    { maxDays: 7, points: 0.3, relative: 0.5 },
    { maxDays: 90, points: 0.2, relative: 0.3 },
  ],
  stablecoinHedgeTiers: [
    { upToUsd: 1e6, rate: 0.005 },
    { upToUsd: 1e9, rate: 0.02 },
  ],
  discountRate: [
    { name: "BTC", value: 0.95 },
    { name: "ETH", value: 0.9 },
  ],
};

const models: readonly MarginModel[] = [
  deribitStandardModel(),
  deribitPortfolioModel(),
  okxPortfolioModel(okxSheet, okxInputs),
  paradexPortfolioModel(undefined, {
    fundingRate8h: [{ name: "BTC", value: 0.0001 }],
    closingFeeRate: 0.0003,
  }),
  spanModel(),
  simmModel(),
];

const figures = (result: MarginResult): readonly number[] => [
  result.equity,
  result.initialMargin,
  result.maintenanceMargin,
  ...(result.scenarios ?? []).map(({ pnlUsd }) => pnlUsd),
  ...(result.worst?.contributions ?? []).map(({ pnlUsd }) => pnlUsd),
];

const runs = { numRuns: 60 };

for (const model of models) {
  test(`${model.id}: finite, never negative, maintenance at most initial, every sum of the explanation holds`, () => {
    fc.assert(
      fc.property(books, (portfolio) => {
        const result = model.margin(portfolio, market);
        assert.ok(figures(result).every(Number.isFinite));
        assert.ok(result.maintenanceMargin >= 0);
        assert.ok(result.maintenanceMargin <= result.initialMargin * (1 + 1e-12));
        assertExplained(result);
      }),
      runs,
    );
  });

  test(`${model.id}: the order of balances and positions changes no bit`, () => {
    fc.assert(
      fc.property(books, (portfolio) => {
        const reversed = {
          ...portfolio,
          balances: portfolio.balances.toReversed(),
          positions: portfolio.positions.toReversed(),
        };
        assert.deepEqual(model.margin(reversed, market), model.margin(portfolio, market));
      }),
      { numRuns: 30 },
    );
  });

  test(`${model.id}: a dollar of cash raises both excesses by a dollar`, () => {
    fc.assert(
      fc.property(books, (portfolio) => {
        const without = { ...portfolio, balances: portfolio.balances.filter(({ asset }) => asset !== "USD") };
        const withCash = (amount: number): Portfolio => ({
          ...without,
          balances: [...without.balances, { asset: "USD", amount: parseDecimal(amount) }],
        });
        const [before, after] = [model.margin(withCash(10), market), model.margin(withCash(11), market)];
        assert.equal(after.initialExcess - before.initialExcess, 1_000_000n);
        assert.equal(after.maintenanceExcess - before.maintenanceExcess, 1_000_000n);
      }),
      { numRuns: 30 },
    );
  });

  test(`${model.id}: a book without positions and debts asks for nothing`, () => {
    const result = model.margin(portfolioOf({ USD: 5, USDC: 5 }), market);
    assert.deepEqual([result.initialMargin, result.maintenanceMargin], [0, 0]);
  });
}

/** Sizes times two, which is exact in binary. */
const doubled = (portfolio: Portfolio): Portfolio => ({
  ...portfolio,
  balances: portfolio.balances.map(({ asset, amount }) => ({
    asset,
    amount: { ...amount, coefficient: amount.coefficient * 2n },
  })),
  positions: portfolio.positions.map((position) => ({
    ...position,
    size: { ...position.size, coefficient: position.size.coefficient * 2n },
  })),
});

const linear: readonly MarginModel[] = [
  deribitPortfolioModel({
    ...deribitSheet,
    pairs: deribitSheet.pairs.map((pair) => ({ ...pair, deltaShockIncrement: 0 })),
    currencies: deribitSheet.currencies.map((currency) => ({
      ...currency,
      extendedDampenerUsd: 0,
      maxOffsetablePnlUsd: 1e15,
    })),
  }),
  okxPortfolioModel(
    {
      ...okxSheet,
      classes: okxSheet.classes.map(({ minimumChargeTiers: _tiers, ...rest }) => rest),
    },
    { ...okxInputs, stablecoinHedgeTiers: [{ upToUsd: 1e15, rate: 0.01 }] },
  ),
  paradexPortfolioModel(),
  spanModel(),
  simmModel({
    ...simmSheet,
    classes: simmSheet.classes.map((one) => ({ ...one, deltaThresholdUsd: 1e15, vegaThresholdUsd: 1e15 })),
  }),
];

for (const model of linear) {
  test(`${model.id}: without its terms for large size, twice the book asks for twice the margin`, () => {
    fc.assert(
      fc.property(books, (portfolio) => {
        const [once, twice] = [model.margin(portfolio, market), model.margin(doubled(portfolio), market)];
        assert.ok(Math.abs(twice.initialMargin - 2 * once.initialMargin) <= 1e-9 * (1 + twice.initialMargin));
      }),
      runs,
    );
  });
}

test("options at every corner: a second to expiry, expired, zero strike, zero and extreme volatility", () => {
  const corners: readonly (readonly [Instrument, Quote])[] = ["linear", "inverse"].flatMap((settlement) =>
    [market.asOfMs - 1, market.asOfMs + 1_000, market.asOfMs + 1e12].flatMap((expiryMs) =>
      [0, 1e-6, 80_000, 1e9].flatMap((strike) =>
        [0, 0.5, 25].flatMap((impliedVol) =>
          (["call", "put"] as const).map((optionType) => {
            const id = `X-${settlement}-${expiryMs}-${strike}-${impliedVol}-${optionType}`;
            return [
              {
                id,
                kind: "option",
                underlying: "BTC",
                quoteAsset: "USD",
                settlement: settlement === "linear" ? "linear" : "inverse",
                contractSize: 1,
                expiryMs,
                strike,
                optionType,
              },
              { instrument: id, mark: 0.01, impliedVol, timeMs: market.asOfMs, confidence: 1 },
            ] as const;
          }),
        ),
      ),
    ),
  );
  const extreme: Market = {
    ...market,
    instruments: new Map([
      ...market.instruments,
      ...corners.map(([instrument]) => [instrument.id, instrument] as const),
    ]),
    quotes: new Map([...market.quotes, ...corners.map(([, quote]) => [quote.instrument, quote] as const)]),
  };
  const unquoted: Market = { ...extreme, quotes: market.quotes };
  for (const model of models) {
    for (const [{ id }] of corners) {
      for (const size of [-3, 1e6]) {
        for (const at of [extreme, unquoted]) {
          const result = model.margin(portfolioOf({ USD: 1 }, { [id]: size }), at);
          assert.ok(figures(result).every(Number.isFinite), `${model.id} ${id} ${size}`);
          assert.ok(result.maintenanceMargin >= 0, `${model.id} ${id}`);
        }
      }
    }
  }
});
