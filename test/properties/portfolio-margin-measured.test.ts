import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type History, type Portfolio } from "../../src/market/index.ts";
import { decimalToNumber, parseDecimal } from "../../src/quantity/index.ts";
import {
  type MarginParameters,
  type MeasuredStressParameters,
  preparePortfolioMargin,
  type PreparedPortfolioMargin,
  type RiskClassParameters,
} from "../../src/risk/index.ts";
import { bookOf } from "../../src/risk/portfolio-margin/book.ts";
import { requirement, type Requirement } from "../../src/risk/portfolio-margin/requirement.ts";
import { stressPnlUsd } from "../../src/risk/portfolio-margin/risk-measures.ts";
import {
  anyPortfolio,
  knownLately,
  lateHistory,
  measuredParameters,
  measuredShares,
  portfolioOf,
  testHistory,
  testMarket,
} from "./portfolio-margin-market.ts";

// Stress as a floor where a past is measured, and few strays: what more of a share, more strays and more of a past do.

const market = testMarket(["BTC", "ETH", "SOL"]);
const books = anyPortfolio(market);
const runs = { numRuns: 100 };

const prepare = (parameters: MarginParameters, history?: History): PreparedPortfolioMargin =>
  preparePortfolioMargin({ market, parameters, ...(history ? { history } : {}) });
const requirementIn = ({ matrix }: PreparedPortfolioMargin, portfolio: Portfolio): Requirement =>
  requirement(matrix, bookOf(portfolio, matrix).book);
const stressUsd = (prepared: PreparedPortfolioMargin, portfolio: Portfolio): number =>
  -stressPnlUsd(requirementIn(prepared, portfolio).measures);

/** Rounding of products to 2^−20 USD or coarser, per item, and of float sums. */
const slack = (...amounts: readonly number[]): number =>
  1e-3 + 1e-9 * amounts.reduce((sum, amount) => sum + Math.abs(amount), 0);
const atLeast = (more: number, less: number, what: string): void =>
  assert.ok(more >= less - slack(more, less), `${what}: ${more} < ${less}`);

const withStress = (
  parameters: MarginParameters,
  change: Partial<MarginParameters["stress"]>,
): MarginParameters => ({ ...parameters, stress: { ...parameters.stress, ...change } });

/** Long one coin, short two. */
const threeWay = portfolioOf({}, { "BTC-PERP": 1, "ETH-PERP": -16, "SOL-PERP": -270 });
/** Short one, long two: one stray fewer is felt even where SOL always strays. */
const otherWay = portfolioOf({}, { "BTC-PERP": -1, "ETH-PERP": 20, "SOL-PERP": 200 });

test("one more stray never lowers the requirement; as many as there are underlyings is all of them", () => {
  const { strayCount: _, ...unlimited } = measuredParameters(1).stress;
  for (const history of [testHistory, lateHistory]) {
    const counts = [1, 2, 3, 4].map((count) => prepare(measuredParameters(count), history));
    const all = prepare({ ...measuredParameters(1), stress: unlimited }, history);
    let lower = 0;
    fc.assert(
      fc.property(books, (portfolio) => {
        const risks = counts.map((prepared) => requirementIn(prepared, portfolio).riskInitialUsd);
        for (const [index, risk] of risks.slice(1).entries()) atLeast(risk, risks[index]!, `${index + 2}`);
        const whole = requirementIn(all, portfolio);
        assert.deepEqual(requirementIn(counts[3]!, portfolio).measures, whole.measures);
        const { dependence } = requirementIn(counts[0]!, portfolio).measures;
        if (dependence.pnlUsd > whole.measures.dependence.pnlUsd + slack(dependence.pnlUsd)) lower += 1;
        // Within one underlying no limit is felt.
        const one: Portfolio = {
          ...portfolio,
          balances: [],
          positions: portfolio.positions.filter(({ instrument }) => instrument.startsWith("ETH")),
        };
        assert.deepEqual(requirementIn(counts[0]!, one).measures, requirementIn(all, one).measures);
      }),
      { ...runs, examples: [[threeWay], [otherWay]] },
    );
    assert.ok(lower > 0, "no book is asked for less where one strays");
  }
});

test("an underlying that nobody has measured strays whatever the count", () => {
  const unmeasured = knownLately(testHistory, { "spot:ETH": 31, "spot:SOL": 31 });
  const { strayCount: _, ...unlimited } = measuredParameters(1).stress;
  const one = prepare(measuredParameters(1), unmeasured);
  const all = prepare({ ...measuredParameters(1), stress: unlimited }, unmeasured);
  const labelled = new Set<string>();
  fc.assert(
    fc.property(books, (portfolio) => {
      const limited = requirementIn(one, portfolio).measures.dependence;
      const whole = requirementIn(all, portfolio).measures.dependence;
      labelled.add(whole.label);
      // Only where one goes to an extreme alone does it take the place of BTC.
      if (!whole.label.endsWith("alone")) assert.deepEqual(limited, whole);
      else assert.ok(limited.pnlUsd >= whole.pnlUsd);
    }),
    runs,
  );
  assert.ok(labelled.size > 5);
});

const spots = ["BTC", "ETH", "SOL"].map((symbol) => `${symbol}-SPOT`);
const perpetuals = ["BTC", "ETH", "SOL"].flatMap((symbol) => [
  `${symbol}-PERP`,
  `${symbol}-PERP-USDC`,
  `${symbol}-PERP-INV`,
]);
const size = fc.integer({ min: 1, max: 50_000 }).map((units) => units / 100);
const oneWay = (ids: readonly string[]): fc.Arbitrary<Portfolio> =>
  fc
    .record({
      positions: fc.uniqueArray(fc.tuple(fc.constantFrom(...ids), size), {
        minLength: 1,
        maxLength: 5,
        selector: ([id]) => id,
      }),
      side: fc.constantFrom(1, -1),
    })
    .map(({ positions, side }) => ({
      name: "one way",
      balances: [],
      positions: positions.map(([instrument, units]) => ({ instrument, size: parseDecimal(side * units) })),
      orders: [],
    }));
const optionIds = [...market.instruments.values()]
  .filter(({ kind }) => kind === "option")
  .map(({ id }) => id);
const oneOption: fc.Arbitrary<Portfolio> = fc
  .tuple(fc.constantFrom(...optionIds), size, fc.constantFrom(1, -1))
  .map(([instrument, units, side]) => ({
    name: "one option",
    balances: [],
    positions: [{ instrument, size: parseDecimal(side * units) }],
    orders: [],
  }));

/**
 * Books whose losses only grow with every shock: all long or all short without options, or one option. Others may lose more in a
 * smaller move, as what is hedged by an underlying of another share does.
 */
const monotone = fc.oneof(oneWay([...spots, ...perpetuals]), oneOption);

const shareNames = [
  "spotShare",
  "volUpShare",
  "volDownShare",
  "skewShare",
  "basisShare",
  "pegShare",
] as const satisfies readonly (keyof MeasuredStressParameters)[];

test("a higher share of any shock never lowers what such books are asked for, and each share counts", () => {
  const rises = new Map<string, number>();
  const pairs = shareNames.flatMap((name) =>
    [lateHistory, testHistory].map((history) => {
      const measured = (share: number): PreparedPortfolioMargin =>
        prepare(
          withStress(measuredParameters(1), { measured: { ...measuredShares, [name]: share } }),
          history,
        );
      return { name, low: measured(measuredShares[name]), high: measured(measuredShares[name] + 0.15) };
    }),
  );
  const held = fc.record({
    asset: fc.constantFrom("USDC", "stETH"),
    amount: fc.integer({ min: 1, max: 99 }),
  });
  fc.assert(
    fc.property(monotone, fc.option(held), (book, more) => {
      const pegged = more && { asset: more.asset, amount: parseDecimal(more.amount) };
      for (const { name, low, high } of pairs) {
        const portfolio =
          pegged && name === "pegShare" ? { ...book, balances: [pegged], positions: [] } : book;
        const before = requirementIn(low, portfolio);
        const after = requirementIn(high, portfolio);
        atLeast(after.riskInitialUsd, before.riskInitialUsd, name);
        const stress = -stressPnlUsd(after.measures) + stressPnlUsd(before.measures);
        const pegs =
          before.measures.pegs.reduce((sum, { pnlUsd }) => sum + pnlUsd, 0) -
          after.measures.pegs.reduce((sum, { pnlUsd }) => sum + pnlUsd, 0);
        const joint = before.measures.jointStress.some(
          ({ pnlUsd }, index) => after.measures.jointStress[index]!.pnlUsd < pnlUsd - slack(pnlUsd),
        );
        if (stress > slack(stress) || pegs > slack(pegs) || joint)
          rises.set(name, (rises.get(name) ?? 0) + 1);
      }
    }),
    runs,
  );
  for (const name of shareNames) assert.ok((rises.get(name) ?? 0) > 0, `${name} changes nothing`);
});

test("the floor of what has less of a past is never lower, and without any it is the whole shock", () => {
  const parameters = measuredParameters(1);
  const whole: MarginParameters = withStress(parameters, {
    measured: {
      ...measuredShares,
      spotShare: 1,
      volUpShare: 1,
      volDownShare: 1,
      skewShare: 1,
      basisShare: 1,
      pegShare: 1,
    },
  });
  const days = [5, 31, 91, 121];
  const known = days.map((count) =>
    prepare(
      parameters,
      knownLately(
        testHistory,
        Object.fromEntries(
          ["spot:BTC", "spot:ETH", "spot:SOL", "ratio:stETH", "price:USDC"].map((key) => [key, count]),
        ),
      ),
    ),
  );
  const none = prepare(parameters);
  const shocks = prepare(whole);
  fc.assert(
    fc.property(monotone, (portfolio) => {
      const floors = [none, ...known, prepare(parameters, testHistory)].map((one) =>
        stressUsd(one, portfolio),
      );
      for (const [index, less] of floors.slice(1).entries()) atLeast(floors[index]!, less, `${index}`);
      const floor = floors.at(-1)!;
      assert.ok(floor < floors[0]! || floor <= slack(floor), "a past lowers the floor");
    }),
    runs,
  );
  fc.assert(
    fc.property(books, (portfolio) => {
      const bare = requirementIn(none, portfolio);
      assert.deepEqual(bare.measures, requirementIn(shocks, portfolio).measures);
      const { measured: _measured, strayCount: _stray, ...plain } = parameters.stress;
      const unknown = prepare({ ...parameters, stress: plain });
      // Nothing is measured: only who goes to an extreme alone still takes the place of others, none of which need one.
      assert.equal(bare.riskInitialUsd, requirementIn(unknown, portfolio).riskInitialUsd);
    }),
    runs,
  );
});

test("M4 with few strays a finer spot grid lowers nothing where betas put every underlying on the grid", () => {
  const straight = (risk: RiskClassParameters): RiskClassParameters => ({ ...risk, marketBeta: 1 });
  const finer = [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1];
  for (const history of [testHistory, lateHistory]) {
    const base = measuredParameters(1);
    const parameters: MarginParameters = {
      ...base,
      classes: {
        ...Object.fromEntries(Object.entries(base.classes).map(([name, risk]) => [name, straight(risk)])),
        default: straight(base.classes.default),
      },
    };
    const coarse = prepare(parameters, history);
    const refined = [{ spotPoints: finer }, { spotPoints: finer, marketPoints: finer, volPoints: finer }].map(
      (change) => prepare(withStress(parameters, change), history),
    );
    fc.assert(
      fc.property(books, (portfolio) => {
        const { riskInitialUsd } = requirementIn(coarse, portfolio);
        for (const one of refined)
          atLeast(requirementIn(one, portfolio).riskInitialUsd, riskInitialUsd, "finer");
      }),
      { numRuns: 60 },
    );
  }
});

test("a book split into dust, underlying by underlying or piece by piece, never needs less", () => {
  for (const history of [testHistory, lateHistory]) {
    const prepared = prepare(measuredParameters(1), history);
    const risk = (portfolio: Portfolio): number => requirementIn(prepared, portfolio).riskInitialUsd;
    fc.assert(
      fc.property(books, fc.integer({ min: 2, max: 50 }), (portfolio, pieces) => {
        const whole = risk(portfolio);
        const only = (symbol: string): Portfolio => ({
          ...portfolio,
          balances: portfolio.balances.filter(({ asset }) => market.assets.get(asset)?.underlying === symbol),
          positions: portfolio.positions.filter(({ instrument }) => instrument.startsWith(symbol)),
        });
        const rest: Portfolio = {
          ...portfolio,
          balances: portfolio.balances.filter(({ asset }) => !market.assets.get(asset)?.underlying),
          positions: [],
        };
        const apart = [...["BTC", "ETH", "SOL"].map(only), rest].reduce((sum, part) => sum + risk(part), 0);
        atLeast(apart, whole, "by underlying");
        const piece: Portfolio = {
          ...portfolio,
          balances: portfolio.balances.map(({ asset, amount }) => ({
            asset,
            amount: parseDecimal((decimalToNumber(amount) / pieces).toFixed(9)),
          })),
          positions: portfolio.positions.map((position) => ({
            ...position,
            size: parseDecimal((decimalToNumber(position.size) / pieces).toFixed(9)),
          })),
        };
        const dust = pieces * risk(piece);
        const gross = bookOf(portfolio, prepared.matrix).book.items.reduce(
          (sum, { rows, size: held }) => sum + Math.abs(held) * rows.largest,
          0,
        );
        // Sizes of pieces are cut to nine digits.
        assert.ok(dust >= whole - slack(whole) - 1e-7 * gross - 1e-4 * pieces, `${dust} < ${whole}`);
      }),
      runs,
    );
  }
});
