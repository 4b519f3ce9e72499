import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parsePortfolio, type Portfolio, syntheticMarket } from "../../src/market/index.ts";
import { type MarginModel } from "../../src/risk/margin-model.ts";
import {
  aaveV3Model,
  driftV2Model,
  dydxV4Model,
  hyperliquidCrossModel,
  hyperliquidPortfolioModel,
  mangoV4Model,
  morphoBlueModel,
} from "../../src/risk/venues/index.ts";

const market = syntheticMarket({ seed: 7, asOfMs: 1_767_225_600_000, size: "small" });
const lenders = [aaveV3Model(), morphoBlueModel()];
const venues = [
  mangoV4Model(),
  driftV2Model(),
  hyperliquidCrossModel(),
  hyperliquidPortfolioModel(),
  dydxV4Model(),
];
const models: readonly MarginModel[] = [...lenders, ...venues];

interface Entries {
  readonly balances: readonly { readonly asset: string; readonly amount: number }[];
  readonly positions: readonly {
    readonly instrument: string;
    readonly size: number;
    readonly entryPrice?: number;
  }[];
  readonly orders: readonly { readonly instrument: string; readonly size: number; readonly price: number }[];
}

const portfolioOf = ({ balances, ...rest }: Entries): Portfolio =>
  parsePortfolio(
    JSON.stringify({
      schema: "plimsoll/portfolio@1",
      // A document holds 36 fraction digits at most; sums of float64 can leave finer dust.
      balances: balances.map(({ asset, amount }) => ({ asset, amount: amount.toFixed(15) })),
      ...rest,
    }),
  );

const assets = ["USD", "USDC", "USDT", "BTC", "ETH", "SOL", "stETH"] as const;
const perps = ["BTC_USDC-PERPETUAL", "ETH_USDC-PERPETUAL", "SOL_USDC-PERPETUAL", "BTC-PERPETUAL"] as const;
const tradable = [...perps, "BTC_USDC", "ETH_USDC"] as const;

const markOf = (instrument: string): number => market.quotes.get(instrument)?.mark ?? 1;
/** Sizes from dust to a hundred million dollars, either sign. */
const dollars = fc
  .tuple(fc.double({ min: -2, max: 8, noNaN: true }), fc.boolean())
  .map(([digits, positive]) => (positive ? 1 : -1) * 10 ** digits);
const unitsOf = (instrument: string, usd: number): number =>
  market.instruments.get(instrument)?.settlement === "inverse" ? usd / 10 : usd / markOf(instrument);

const entries: fc.Arbitrary<Entries> = fc.record({
  balances: fc.uniqueArray(
    fc.record({ asset: fc.constantFrom(...assets), usd: dollars }).map(({ asset, usd }) => ({
      asset,
      amount: usd / (market.assets.get(asset)?.priceUsd ?? 1),
    })),
    { selector: ({ asset }) => asset, maxLength: 5 },
  ),
  positions: fc.uniqueArray(
    fc
      .record({
        instrument: fc.constantFrom(...tradable),
        usd: dollars,
        entry: fc.double({ min: 0.5, max: 2, noNaN: true }),
      })
      .map(({ instrument, usd, entry }) => ({
        instrument,
        size: unitsOf(instrument, usd),
        entryPrice: entry * markOf(instrument),
      })),
    { selector: ({ instrument }) => instrument, maxLength: 4 },
  ),
  orders: fc.array(
    fc.record({ instrument: fc.constantFrom(...tradable), usd: dollars }).map(({ instrument, usd }) => ({
      instrument,
      size: unitsOf(instrument, usd),
      price: markOf(instrument),
    })),
    { maxLength: 3 },
  ),
});

/** Books that lenders take too. */
const lending = entries.map((book): Entries => ({ ...book, positions: [], orders: [] }));

const gross = ({ balances, positions, orders }: Entries): number =>
  balances.reduce(
    (sum, { asset, amount }) => sum + Math.abs(amount) * (market.assets.get(asset)?.priceUsd ?? 1),
    1,
  ) +
  [...positions, ...orders].reduce(
    (sum, { instrument, size }) => sum + Math.abs(size) * 10 * markOf(instrument),
    0,
  );

for (const model of models) {
  const books = lenders.includes(model) ? fc.oneof(lending, entries) : entries;

  test(`${model.id}: finite, MM ≤ IM, and the parts add up`, () => {
    fc.assert(
      fc.property(books, (book) => {
        const result = model.margin(portfolioOf(book), market);
        const { status, equity, initialMargin, maintenanceMargin, components, initialExcess } = result;
        if (status === "unsupported") {
          assert.ok(result.diagnostics.some(({ id }) => id === "unsupported-position"));
          return;
        }
        for (const x of [equity, initialMargin, maintenanceMargin]) assert.ok(Number.isFinite(x));
        assert.ok(maintenanceMargin >= 0 && maintenanceMargin <= initialMargin);
        assert.equal(
          status === "partial",
          result.diagnostics.some(({ id }) => id === "missing-term"),
        );
        const tolerance = 1e-9 * gross(book) + 1e-4;
        const total = components.reduce((sum, { initial }) => sum + initial, 0);
        assert.ok(Math.abs(total - initialMargin) <= tolerance);
        assert.ok(Math.abs(Number(initialExcess) / 1e6 - (equity - initialMargin)) <= tolerance);
        for (const { initial, children = [] } of components) {
          if (children.length === 0) continue;
          assert.ok(Math.abs(children.reduce((sum, child) => sum + child.initial, 0) - initial) <= tolerance);
        }
      }),
    );
  });

  test(`${model.id}: the order of entries changes nothing`, () => {
    fc.assert(
      fc.property(books, (book) => {
        const turned = {
          balances: book.balances.toReversed(),
          positions: book.positions.toReversed(),
          orders: book.orders,
        };
        const result = model.margin(portfolioOf(book), market);
        assert.deepEqual(model.margin(portfolioOf(turned), market), result);
      }),
    );
  });

  test(`${model.id}: more of a coin never lowers an excess`, () => {
    fc.assert(
      fc.property(
        books,
        fc.constantFrom(...assets),
        fc.double({ min: 0.01, max: 1e6, noNaN: true }),
        (book, asset, usd) => {
          const amount = usd / (market.assets.get(asset)?.priceUsd ?? 1);
          const held = book.balances.find((balance) => balance.asset === asset)?.amount ?? 0;
          const balances = [
            ...book.balances.filter((balance) => balance.asset !== asset),
            { asset, amount: held + amount },
          ];
          const before = model.margin(portfolioOf(book), market);
          const after = model.margin(portfolioOf({ ...book, balances }), market);
          if (before.status === "unsupported" || after.status === "unsupported") return;
          // Weights that fall with size are whole basis points: the last one may step down on the whole holding.
          const step = 2e-4 * gross({ ...book, balances }) + 1e-3;
          for (const excess of ["initialExcess", "maintenanceExcess"] as const) {
            assert.ok(Number(after[excess] - before[excess]) / 1e6 >= -step, excess);
          }
        },
      ),
    );
  });
}

for (const model of models) {
  test(`${model.id}: a settlement dollar raises the excess of an indebted or trading book by at most a dollar and, but for its LTV, by one`, () => {
    fc.assert(
      fc.property(entries, fc.double({ min: 1, max: 1e6, noNaN: true }), (book, usd) => {
        const held = book.balances.find(({ asset }) => asset === "USDC")?.amount ?? 0;
        const rest = book.balances.filter(({ asset }) => asset !== "USDC" && asset !== "USD");
        const at = (amount: number) =>
          model.margin(portfolioOf({ ...book, balances: [...rest, { asset: "USDC", amount }] }), market);
        const before = at(Math.abs(held));
        const after = at(Math.abs(held) + usd);
        if (before.status === "unsupported") return;
        const rise = Number(after.maintenanceExcess - before.maintenanceExcess) / 1e6;
        const tolerance = 1e-9 * gross(book) + 1e-3;
        assert.ok(rise <= usd + tolerance);
        if (venues.includes(model)) assert.ok(rise >= usd - tolerance);
      }),
    );
  });
}
