import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Portfolio } from "../../src/market/index.ts";
import { decimalToNumber, formatDecimal, parseDecimal } from "../../src/quantity/index.ts";
import {
  type MarginComponent,
  type MarginParameters,
  preparePortfolioMargin,
  type PreparedPortfolioMargin,
} from "../../src/risk/index.ts";
import { bookOf } from "../../src/risk/portfolio-margin/book.ts";
import { requirement, type Requirement } from "../../src/risk/portfolio-margin/requirement.ts";
import { anyPortfolio, type MarginCase, marginCases } from "./portfolio-margin-market.ts";

const runs = { numRuns: 150 };

const prepare = ({ market, parameters, history }: MarginCase): PreparedPortfolioMargin =>
  preparePortfolioMargin({ market, parameters, history });

const requirementIn = ({ matrix }: PreparedPortfolioMargin, portfolio: Portfolio): Requirement =>
  requirement(matrix, bookOf(portfolio, matrix).book);

interface Prepared extends MarginCase {
  readonly prepared: PreparedPortfolioMargin;
  readonly books: fc.Arbitrary<Portfolio>;
  readonly requirementOf: (portfolio: Portfolio) => Requirement;
}

const cases = marginCases.map((one): Prepared => {
  const prepared = prepare(one);
  return {
    ...one,
    prepared,
    books: anyPortfolio(one.market),
    requirementOf: (portfolio) => requirementIn(prepared, portfolio),
  };
});

/** A test of each case. */
const each = (what: string, run: (one: Prepared) => void): void => {
  for (const one of cases) test(`${what}: ${one.name}`, () => run(one));
};

/** Rounding of products to 2^−20 USD or coarser, per item, and of float sums. */
const slack = (...amounts: readonly number[]): number =>
  1e-3 + 1e-9 * amounts.reduce((sum, amount) => sum + Math.abs(amount), 0);

const times = (portfolio: Portfolio, factor: number): Portfolio => ({
  ...portfolio,
  balances: portfolio.balances.map((entry) => ({
    ...entry,
    amount: { ...entry.amount, coefficient: entry.amount.coefficient * BigInt(factor) },
  })),
  positions: portfolio.positions.map((entry) => ({
    ...entry,
    size: { ...entry.size, coefficient: entry.size.coefficient * BigInt(factor) },
  })),
});

const merge = (a: Portfolio, b: Portfolio): Portfolio => ({
  name: "merged",
  balances: [...a.balances, ...b.balances],
  positions: [...a.positions, ...b.positions],
  orders: [],
});

each(
  "M1 cash in the settlement currency raises excess one for one, to the micro-dollar",
  ({ books, prepared }) => {
    fc.assert(
      fc.property(books, fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), (portfolio, micros) => {
        const before = prepared.margin(portfolio);
        const cash = { asset: "USD", amount: parseDecimal(formatDecimal({ coefficient: micros, scale: 6 })) };
        const after = prepared.margin({ ...portfolio, balances: [...portfolio.balances, cash] });
        assert.equal(after.initialExcess - before.initialExcess, micros);
        assert.equal(after.maintenanceExcess - before.maintenanceExcess, micros);
        assert.equal(after.initialMargin, before.initialMargin);
      }),
      runs,
    );
  },
);

each("M2 the risk part is homogeneous", ({ books, requirementOf }) => {
  fc.assert(
    fc.property(books, fc.integer({ min: 2, max: 1000 }), (portfolio, factor) => {
      const one = requirementOf(portfolio);
      const many = requirementOf(times(portfolio, factor));
      for (const scale of ["riskInitialUsd", "riskMaintenanceUsd"] as const) {
        const difference = Math.abs(many[scale] - factor * one[scale]);
        assert.ok(
          difference <= factor * slack(one[scale]),
          `${scale}: ${many[scale]} ≠ ${factor} × ${one[scale]}`,
        );
      }
    }),
    runs,
  );
});

each(
  "M2 the risk part, and each measure in it, is subadditive, also across underlyings",
  ({ books, requirementOf }) => {
    fc.assert(
      fc.property(books, books, (a, b) => {
        const [first, second, both] = [a, b, merge(a, b)].map((portfolio) => requirementOf(portfolio));
        assert.ok(first && second && both);
        const limit = first.riskInitialUsd + second.riskInitialUsd;
        assert.ok(both.riskInitialUsd <= limit + slack(limit));
        for (const [index, measure] of both.scaled.entries()) {
          for (const scale of ["initialUsd", "maintenanceUsd"] as const) {
            const sum = first.scaled[index]![scale] + second.scaled[index]![scale];
            assert.ok(measure[scale] <= sum + slack(sum), `${measure.id}: ${measure[scale]} > ${sum}`);
          }
        }
      }),
      runs,
    );
  },
);

each(
  "M3 the order of balances, positions and orders changes nothing, to the last bit",
  ({ market, prepared }) => {
    fc.assert(
      fc.property(anyPortfolio(market, 12), fc.integer(), (portfolio, seed) => {
        const shuffled = <T>(items: readonly T[]): T[] =>
          items
            .map((item, index) => ({ item, key: Math.imul(index + 1, seed | 1) }))
            .sort((x, y) => x.key - y.key)
            .map(({ item }) => item);
        const orders = portfolio.positions.map(({ instrument, size }) => ({ instrument, size, price: 100 }));
        const one = prepared.margin({ ...portfolio, orders });
        const other = prepared.margin({
          ...portfolio,
          balances: shuffled(portfolio.balances),
          positions: shuffled(portfolio.positions),
          orders: shuffled(orders),
        });
        assert.deepEqual(other, one);
      }),
      runs,
    );
  },
);

each(
  "M4 another joint stress scenario, or a grid refined by nested points, never lowers the worst-of part",
  (one) => {
    const { books, prepared, requirementOf } = one;
    const { stress } = one.parameters;
    const finer = [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1];
    // Where few stray, a finer spot grid has columns nearer to where betas put the others: with betas on the grid, below.
    const spotVariants =
      stress.strayCount === undefined
        ? [
            { ...stress, spotPoints: finer },
            { ...stress, spotPoints: finer, marketPoints: finer, volPoints: finer },
          ]
        : [];
    const variants: readonly MarginParameters["stress"][] = [
      ...spotVariants,
      { ...stress, marketPoints: finer },
      { ...stress, volPoints: [-1, -0.5, 0, 0.5, 1] },
      { ...stress, marketPoints: finer, volPoints: finer },
      {
        ...stress,
        joint: [
          ...stress.joint,
          {
            id: "another",
            label: "another",
            spotShare: 0.3,
            volShare: -0.7,
            basisShare: 1,
            stakedDepegShare: -1,
            stablecoinDepegShare: 2,
          },
        ],
      },
    ];
    const refined = variants.map((variant) =>
      prepare({ ...one, parameters: { ...one.parameters, stress: variant } }),
    );
    fc.assert(
      fc.property(books, (portfolio) => {
        const base = requirementOf(portfolio);
        const bounded = prepared.margin(portfolio);
        for (const other of refined) {
          const { riskInitialUsd } = requirementIn(other, portfolio);
          assert.ok(riskInitialUsd >= base.riskInitialUsd - slack(base.riskInitialUsd));
          const whole = other.margin(portfolio, { haircuts: false, scenarios: false });
          assert.ok(whole.initialMargin >= bounded.initialMargin - slack(bounded.initialMargin));
        }
      }),
      { numRuns: 60 },
    );
  },
);

const sumOf = (components: readonly MarginComponent[], scale: "initial" | "maintenance"): number =>
  components.reduce((sum, component) => sum + (component.informative ? 0 : component[scale]), 0);

/** A tree adds up when every component with children that are not all informative is their sum. */
function checkTree(components: readonly MarginComponent[], tolerance: number): void {
  for (const { id, initial, maintenance, children, informative } of components) {
    if (!children || informative === true) continue;
    if (children.some((child) => child.informative !== true)) {
      assert.ok(Math.abs(sumOf(children, "initial") - initial) <= tolerance, `${id} initial`);
      assert.ok(Math.abs(sumOf(children, "maintenance") - maintenance) <= tolerance, `${id} maintenance`);
    }
    checkTree(children, tolerance);
  }
}

each(
  "M5 M7 M9 maintenance ≤ initial, everything is finite, and the breakdown adds up",
  ({ market, prepared }) => {
    fc.assert(
      fc.property(anyPortfolio(market, 20), fc.boolean(), (book, ordered) => {
        const orders = book.positions
          .slice(0, 3)
          .map(({ instrument, size }) => ({ instrument, size, price: 1 }));
        const portfolio = ordered ? { ...book, orders } : book;
        const result = prepared.margin(portfolio);
        assert.ok(result.maintenanceMargin <= result.initialMargin);
        assert.ok(result.maintenanceMargin >= 0);
        assert.ok(Number.isFinite(result.initialMargin) && Number.isFinite(result.equity));
        assert.ok(result.maintenanceExcess >= result.initialExcess);
        const total = result.initialMargin;
        assert.ok(Math.abs(sumOf(result.components, "initial") - total) <= slack(total));
        const maintenance = result.maintenanceMargin;
        assert.ok(Math.abs(sumOf(result.components, "maintenance") - maintenance) <= slack(total));
        checkTree(result.components, slack(total));
        const [risk] = result.components;
        const contributions = result.worst?.contributions.reduce((sum, { pnlUsd }) => sum + pnlUsd, 0) ?? 0;
        assert.ok(Math.abs(contributions - (result.worst?.pnlUsd ?? 0)) <= slack(total, risk!.initial));
      }),
      runs,
    );
  },
);

each(
  "M8 open orders never cost less than any subset of them filled at the limit and paid for",
  ({ market, books, prepared, requirementOf }) => {
    const prices = fc.array(fc.integer({ min: 80, max: 120 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(books, anyPortfolio(market, 3), prices, fc.nat(7), (portfolio, extra, percents, subset) => {
        const orders = extra.positions.map(({ instrument, size }, index) => ({
          instrument,
          size,
          price: (market.quotes.get(instrument)!.mark * percents[index]!) / 100,
        }));
        const filled = orders.filter((_, index) => (subset >> index) & 1);
        const after: Portfolio = {
          ...portfolio,
          positions: [
            ...portfolio.positions,
            ...filled.map(({ instrument, size, price }) => ({ instrument, size, entryPrice: price })),
          ],
          balances: [
            ...portfolio.balances,
            ...filled.flatMap(({ instrument, size, price }) => {
              const { kind, settlement, underlying, quoteAsset, contractSize } =
                market.instruments.get(instrument)!;
              const asset = settlement === "inverse" ? underlying : quoteAsset;
              const amount = -decimalToNumber(size) * contractSize * price;
              return kind === "spot" || kind === "option" ? [{ asset, amount: parseDecimal(amount) }] : [];
            }),
          ],
        };
        const waiting = requirementOf({ ...portfolio, orders });
        const done = requirementOf(after);
        const gained =
          bookOf(after, prepared.matrix).value.equityUsd - bookOf(portfolio, prepared.matrix).value.equityUsd;
        // One underlying alone at an extreme counts only a share of what the limit price loses.
        const uncounted = done.measures.dependence.label.endsWith("alone") ? Math.max(0, -gained) : 0;
        assert.ok(
          waiting.riskInitialUsd >=
            done.riskInitialUsd - gained - uncounted - slack(done.riskInitialUsd, gained),
          `${waiting.riskInitialUsd} < ${done.riskInitialUsd} − ${gained}`,
        );
        const resting = prepared.margin({ ...portfolio, orders });
        const none = prepared.margin(portfolio);
        assert.ok(resting.initialMargin >= none.initialMargin - slack(none.initialMargin));
        assert.equal(resting.maintenanceMargin, none.maintenanceMargin);
      }),
      runs,
    );
  },
);

each(
  "M6 books that are only long, options, spot and coins, never need more than their value",
  ({ market, prepared }) => {
    const ids = [...market.instruments.values()]
      .filter(({ kind }) => kind === "spot" || kind === "option")
      .map(({ id }) => id);
    const long = fc.uniqueArray(
      fc.record({ instrument: fc.constantFrom(...ids), size: fc.integer({ min: 1, max: 500 }) }),
      { maxLength: 8, selector: ({ instrument }) => instrument },
    );
    const coins = fc.record({ BTC: fc.nat(100), ETH: fc.nat(100), stETH: fc.nat(100), USDC: fc.nat(1000) });
    fc.assert(
      fc.property(long, coins, (positions, balances) => {
        const result = prepared.margin({
          name: "long",
          balances: Object.entries(balances).map(([asset, amount]) => ({
            asset,
            amount: parseDecimal(amount),
          })),
          positions: positions.map(({ instrument, size }) => ({
            instrument,
            size: parseDecimal(size / 100),
          })),
          orders: [],
        });
        assert.ok(result.initialMargin <= result.equity + slack(result.equity));
        assert.ok(result.initialExcess >= -1_000_000n);
      }),
      runs,
    );
  },
);

each(
  "a trade at its mark changes the requirement as the position that it leaves does",
  ({ market, books, prepared }) => {
    fc.assert(
      fc.property(books, anyPortfolio(market, 1), (portfolio, extra) => {
        const [trade] = extra.positions;
        if (!trade) return;
        const after = prepared.marginWithTrade(portfolio, { instrument: trade.instrument, size: trade.size });
        const before = prepared.margin(portfolio);
        // Traded at the mark, equity stays where it was, up to the rounding of the premium.
        assert.ok(
          Math.abs(after.equity - before.equity) <= slack(before.equity, 1e6 * decimalToNumber(trade.size)),
        );
      }),
      runs,
    );
  },
);
