import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { type OpenOrder, type Portfolio } from "../../src/market/index.ts";
import {
  crossMargin,
  type FixedRateParameters,
  isolatedMargin,
  type MarginResult,
  parseMarginParameters,
  preparePortfolioMargin,
} from "../../src/risk/index.ts";
import { type Side } from "../../src/clearing/protocol/index.ts";
import { sampleWorld, type World } from "../properties/clearing-margin-world.ts";

/** The engine's margin beside src/risk, which reads the same accounts and markets as documents. */

const parameters: FixedRateParameters = {
  deltaOneTiers: { default: [[Infinity, 0.05]] },
  maintenanceShare: 0.5,
  shortOption: { base: 0.15, minimum: 0.1, maintenance: 0.075 },
  haircut: { fiat: 0, stablecoin: 0.02, major: 0.1, staked: 0.15, other: 0.4 },
  debtCharge: { fiat: 0, stablecoin: 0.02, major: 0.1, staked: 0.15, other: 0.4 },
};
const portfolioText = readFileSync(new URL("../../params/plimsoll-margin.json", import.meta.url), "utf8");

const spotInstrument = 41;
interface Drawn {
  readonly instrument: number;
  readonly lots: number;
  /** Price over the mark. */
  readonly off: number;
}
interface DrawnBook {
  readonly balances: readonly number[];
  readonly positions: readonly Drawn[];
  readonly orders: readonly Drawn[];
}

const drawn = (instruments: readonly number[]): fc.Arbitrary<Drawn> =>
  fc.record({
    instrument: fc.constantFrom(...instruments),
    lots: fc.integer({ min: -3_000, max: 3_000 }).filter((lots) => lots !== 0),
    off: fc.double({ min: -0.04, max: 0.04, noNaN: true }),
  });
const all = Array.from({ length: spotInstrument }, (_, instrument) => instrument);
const deltaOne = [0, 1, 22, 23, 40];
const bookOf = (orderOf: readonly number[]): fc.Arbitrary<DrawnBook> =>
  fc.record({
    balances: fc.tuple(
      fc.integer({ min: -50_000_000_000, max: 500_000_000_000 }),
      fc.integer({ min: -100_000_000, max: 900_000_000 }),
      fc.integer({ min: -9_000_000_000, max: 90_000_000_000 }),
    ),
    positions: fc.array(drawn(all), { maxLength: 12 }),
    orders: fc.array(drawn(orderOf), { maxLength: 8 }),
  });

/** Puts the book into a fresh account; orders of accounts before it go. */
function place(world: World, book: DrawnBook): number {
  for (let other = 0; other < world.accounts.count; other++) world.orders.cancelAll(other);
  const account = world.open("cross");
  for (const [asset, units] of book.balances.entries()) world.fund(account, asset, units);
  const ticksOf = ({ instrument, off }: Drawn): number =>
    Math.max(1, Math.round((world.markets.markMicros(instrument) * (1 + off)) / world.tickOf(instrument)));
  for (const position of book.positions) {
    world.fill(account, position.instrument, position.lots, ticksOf(position));
  }
  for (const order of book.orders) {
    const side: Side = order.lots > 0 ? "buy" : "sell";
    world.rest(account, order.instrument, side, ticksOf(order), Math.abs(order.lots));
  }
  return account;
}

/**
 * Equal but for the engine's roundings, each against the account: a few micros per row, of inverse contracts a unit of coin, which is
 * worth 1,000; and what binary prices of documents lose.
 */
function assertClose(
  micros: number,
  usd: number,
  what: string,
  scaleUsd = Math.abs(usd),
  inverseRows = 0,
): void {
  const tolerance = 60 + 3_000 * inverseRows + scaleUsd * 1e6 * 1e-11;
  assert.ok(Math.abs(micros - usd * 1e6) <= tolerance, `${what}: ${micros} beside ${usd * 1e6}`);
}

const inverseInstrument = 40;
const inverseRows = ({ positions, orders }: DrawnBook): number =>
  [...positions, ...orders].filter(({ instrument }) => instrument === inverseInstrument).length;

const sizeOf = (portfolio: Portfolio, result: MarginResult): number =>
  Math.abs(result.equity) + result.initialMargin + portfolio.balances.length * 1e5;

test("isolated and cross figures are those of the fixed-rate model", () => {
  const models = { isolated: isolatedMargin(parameters), cross: crossMargin(parameters) };
  const world = sampleWorld();
  const market = world.markets.marketSnapshot();
  fc.assert(
    fc.property(bookOf(deltaOne), (book) => {
      const account = place(world, book);
      const portfolio = world.portfolioOf(account);
      const inverse = inverseRows(book);
      for (const mode of ["isolated", "cross"] as const) {
        world.accounts.setMode(account, mode);
        const figures = world.margin.figures(account);
        const expected = models[mode].margin(portfolio, market);
        const scale = sizeOf(portfolio, expected);
        assertClose(figures.equityMicros, expected.equity, `${mode} equity`, scale, inverse);
        assertClose(figures.initialMicros, expected.initialMargin, `${mode} initial`, scale, inverse);
        assertClose(
          figures.maintenanceMicros,
          expected.maintenanceMargin,
          `${mode} maintenance`,
          scale,
          inverse,
        );
      }
    }),
    { seed: 7, numRuns: 300 },
  );
});

/** The portfolio once some of its orders have filled at the mark; what their prices lose is apart. */
function filled(world: World, portfolio: Portfolio, orders: readonly OpenOrder[]): Portfolio {
  const market = world.markets.marketSnapshot();
  const sizes = new Map(
    portfolio.positions.map(({ instrument, size }) => [instrument, Number(size.coefficient)]),
  );
  const entries = new Map(portfolio.positions.map(({ instrument, entryPrice }) => [instrument, entryPrice]));
  let paid = 0n;
  for (const { instrument, size } of orders) {
    sizes.set(instrument, (sizes.get(instrument) ?? 0) + Number(size.coefficient));
    const units = Number(size.coefficient) * (market.instruments.get(instrument)?.contractSize ?? 0);
    paid += BigInt(Math.round(units * (market.quotes.get(instrument)?.mark ?? 0) * 1e6));
  }
  return {
    ...portfolio,
    balances: [...portfolio.balances, { asset: "USD", amount: { coefficient: -paid, scale: 6 } }],
    positions: [...sizes].map(([instrument, size]) => {
      const entryPrice = entries.get(instrument);
      return {
        instrument,
        size: { coefficient: BigInt(size), scale: 0 },
        ...(entryPrice === undefined ? {} : { entryPrice }),
      };
    }),
    orders: [],
  };
}

const nearCalls = [2, 4, 6, 8, 10];

test("cross margin of option orders covers every subset of fills, and none without a reason", () => {
  const model = crossMargin(parameters);
  const world = sampleWorld();
  const market = world.markets.marketSnapshot();
  const usd = (micros: number): number => micros / 1e6;
  fc.assert(
    fc.property(
      fc.array(drawn(nearCalls), { maxLength: 4 }),
      fc.array(drawn([...nearCalls, 5, 7]), { minLength: 1, maxLength: 5 }),
      (positions, orders) => {
        const account = place(world, { balances: [0, 0, 0], positions, orders });
        const portfolio = world.portfolioOf(account);
        const figures = world.margin.figures(account);
        const mark = (id: string): number => market.quotes.get(id)?.mark ?? 0;
        let worst = -Infinity;
        for (let subset = 0; subset < 1 << portfolio.orders.length; subset++) {
          const fills = portfolio.orders.filter((_, at) => (subset >> at) & 1);
          const result = model.margin(filled(world, portfolio, fills), market);
          const loss = fills.reduce((sum, { instrument, size, price }) => {
            const units = Number(size.coefficient) * (market.instruments.get(instrument)?.contractSize ?? 0);
            return sum + Math.max(0, units * (price - mark(instrument)));
          }, 0);
          worst = Math.max(worst, result.initialMargin - result.equity + loss);
        }
        const tolerance = 1e-4 + figures.initialMicros * 1e-16;
        const shown = usd(figures.initialMicros) - usd(figures.equityMicros);
        assert.ok(shown >= worst - tolerance, `${shown} covers ${worst}`);
        // No more than if no option hedged another.
        const most = isolatedMargin(parameters).margin(portfolio, market);
        assert.ok(shown <= most.initialMargin - most.equity + tolerance, `${shown} is not too much`);
      },
    ),
    { seed: 11, numRuns: 200 },
  );
});

test("portfolio figures without orders are those of the model on the epoch's market, to the rounding of entries", () => {
  const world = sampleWorld();
  assert.equal(world.margin.setDocument("marginParameters", portfolioText), undefined);
  world.margin.advance(world.markets.nowMs);
  const market = world.markets.marketSnapshot();
  const prepared = preparePortfolioMargin({ market, parameters: parseMarginParameters(portfolioText) });
  fc.assert(
    fc.property(bookOf([0]), (book) => {
      const account = place(world, { ...book, orders: [] });
      world.accounts.setMode(account, "portfolio");
      const figures = world.margin.figures(account);
      const expected = prepared.margin(world.portfolioOf(account), { haircuts: false, scenarios: false });
      const scale = sizeOf(world.portfolioOf(account), expected);
      const inverse = inverseRows(book);
      assertClose(figures.equityMicros, expected.equity, "equity", scale, inverse);
      assertClose(figures.initialMicros, expected.initialMargin, "initial", scale, inverse);
      assertClose(figures.maintenanceMicros, expected.maintenanceMargin, "maintenance", scale, inverse);
    }),
    { seed: 5, numRuns: 60 },
  );
});

test("an explanation adds up to the figures in every mode", () => {
  const world = sampleWorld();
  assert.equal(world.margin.setDocument("marginParameters", portfolioText), undefined);
  world.margin.advance(world.markets.nowMs);
  fc.assert(
    fc.property(bookOf(all), (book) => {
      const account = place(world, book);
      for (const mode of ["isolated", "cross", "portfolio"] as const) {
        world.accounts.setMode(account, mode);
        const { initialMicros, maintenanceMicros } = world.margin.figures(account);
        const { components, initialExcess } = world.margin.explain(account);
        const sum = (of: "initial" | "maintenance"): number =>
          components.reduce((total, part) => total + (part.informative ? 0 : part[of]), 0);
        assertClose(Math.max(initialMicros, maintenanceMicros), sum("initial"), `${mode} initial`);
        assertClose(maintenanceMicros, sum("maintenance"), `${mode} maintenance`);
        assert.equal(Number(initialExcess), world.margin.figures(account).equityMicros - initialMicros);
      }
    }),
    { seed: 3, numRuns: 60 },
  );
});

test("portfolio figures of open orders are those of the model, order by order", () => {
  const world = sampleWorld();
  assert.equal(world.margin.setDocument("marginParameters", portfolioText), undefined);
  world.margin.advance(world.markets.nowMs);
  const market = world.markets.marketSnapshot();
  const prepared = preparePortfolioMargin({ market, parameters: parseMarginParameters(portfolioText) });
  fc.assert(
    fc.property(bookOf([...all, spotInstrument]), (book) => {
      const account = place(world, book);
      world.accounts.setMode(account, "portfolio");
      const { initialMicros, maintenanceMicros } = world.margin.figures(account);
      const expected = prepared.margin(world.portfolioOf(account), { haircuts: false, scenarios: false });
      const scale = sizeOf(world.portfolioOf(account), expected);
      const inverse = inverseRows(book);
      assertClose(initialMicros, expected.initialMargin, "initial", scale, inverse);
      assertClose(maintenanceMicros, expected.maintenanceMargin, "maintenance", scale, inverse);
    }),
    { seed: 29, numRuns: 150 },
  );
});
