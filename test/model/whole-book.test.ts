import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parseMarket } from "../../src/market/market-document.ts";
import { parsePortfolio } from "../../src/market/portfolio-document.ts";
import { type Portfolio } from "../../src/market/portfolio.ts";
import { syntheticHistory } from "../../src/market/synthetic-history.ts";
import { type Decimal, decimalToNumber } from "../../src/quantity/index.ts";
import {
  finestUnitUsd,
  jointMatrix,
  lotBookOf,
  parseMarginParameters,
  preparePortfolioMargin,
  quantiseMatrix,
  remargin,
} from "../../src/risk/index.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** The example portfolios without orders and, since unrealised profit is a holding of its own, as if opened at the mark. */
const examples: readonly Portfolio[] = readdirSync(new URL("../../examples", import.meta.url))
  .filter((name) => name.endsWith(".json") && name !== "market.json")
  .sort()
  .map((name) => parsePortfolio(read(`examples/${name}`)))
  .map(({ name, balances, positions }) => ({
    name,
    balances,
    positions: positions.map(({ instrument, size }) => ({ instrument, size })),
    orders: [],
  }));

const holdingsOf = ({ positions, balances }: Portfolio): readonly { id: string; size: Decimal }[] => [
  ...positions.map(({ instrument, size }) => ({ id: instrument, size })),
  ...balances.map(({ asset, amount }) => ({ id: asset, size: amount })),
];

test("margining all accounts at once is margining each: the same scenario profits and the same shortfall", () => {
  const market = parseMarket(read("examples/market.json"));
  // Some examples are of other markets.
  const portfolios = examples.filter(({ positions }) =>
    positions.every(({ instrument }) => market.instruments.has(instrument)),
  );
  assert.ok(portfolios.length >= 3);
  const parameters = parseMarginParameters(read("params/plimsoll-margin.json"));
  const prepared = preparePortfolioMargin({ market, parameters, history: syntheticHistory({ seed: 1 }) });
  const { items, historicalCount, historicalWeights, matrix } = jointMatrix(prepared.matrix);

  // the coarsest lots that divide every holding
  const scales = new Map<string, number>();
  for (const { id, size } of portfolios.flatMap(holdingsOf)) {
    scales.set(id, Math.max(scales.get(id) ?? 0, size.scale));
  }
  const instruments = items.map((id) => ({ id, lot: { coefficient: 1n, scale: scales.get(id) ?? 0 } }));
  const unitUsd = 1e-7;
  const lotContracts = instruments.map(({ lot }) => decimalToNumber(lot));
  let moves = 0;
  for (const weight of historicalWeights) moves += weight;
  const { initialLevel, initialMultiplier } = parameters.shortfall;
  const engine = remargin(
    lotBookOf(portfolios, instruments),
    quantiseMatrix(matrix, { unitUsd, lotContracts }),
    { tail: (1 - initialLevel) * moves, distributionCount: historicalCount, weights: historicalWeights },
  );
  const worst = engine.worst();
  const shortfall = engine.expectedShortfall();

  for (const [a, portfolio] of portfolios.entries()) {
    const one = prepared.margin(portfolio);
    const scenarios = one.scenarios ?? [];
    const sums = engine.scenarios(a);
    assert.equal(scenarios.length, sums.length);
    // the engine rounds each row per lot, to nearest; the single margin each product, down
    let toleranceUsd = 1e-9;
    for (const { id, size } of holdingsOf(portfolio)) {
      const lots = Math.abs(decimalToNumber(size)) * 10 ** (scales.get(id) ?? 0);
      toleranceUsd += (lots * unitUsd) / 2 + 2 * finestUnitUsd;
    }
    assert.ok(toleranceUsd < 20, `${toleranceUsd}`);
    const near = (what: string, got: number, expected: number): void =>
      assert.ok(
        Math.abs(got - expected) <= toleranceUsd,
        `${portfolio.name}, ${what}: ${got}, not ${expected} ± ${toleranceUsd}`,
      );
    for (const [s, { id, pnlUsd }] of scenarios.entries()) near(id, (sums[s] ?? NaN) * unitUsd, pnlUsd);
    const stress = scenarios.slice(historicalCount).map(({ pnlUsd }) => pnlUsd);
    near("worst", (worst[a] ?? NaN) * unitUsd, Math.min(...stress));
    const component = one.components
      .flatMap(({ children = [] }) => children)
      .find(({ id }) => id === "expected-shortfall");
    const lossUsd = Math.max(0, -(shortfall[a] ?? NaN) * unitUsd);
    near("shortfall", initialMultiplier * lossUsd, component?.initial ?? NaN);
  }
});
