import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Factor, factorKey, type History } from "../../market/history.ts";
import { exp, log } from "../../numerics/exp-log.ts";
import { randomStream } from "../../numerics/random.ts";
import { type MarginParameters } from "../parameters/margin-parameters.ts";
import { parseMarginParameters } from "../parameters/parameters-document.ts";
import { filterFactor, levelSeries } from "./factor-history.ts";
import { historicalScenarios, targetVolatilities, targetVolatility } from "./historical.ts";

const shipped = parseMarginParameters(
  readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8"),
);
/** A filter of ten days' half-life with both floors, every move its own scenario. */
const filtering: MarginParameters["shortfall"] = {
  ...shipped.shortfall,
  halfLifeHours: 240,
  longRunFloor: 0.8,
  stressWeight: 0.25,
  stressQuantile: 0.95,
  rescaleMin: 0.1,
  rescaleMax: 10,
  tailScenarios: 1_000,
};
const { riseLimit: _riseLimit, ...atOnce } = shipped.shortfall;
/** Plain: every move its own scenario, no floor, no rescaling, no limit to a rise. */
const plain: MarginParameters = {
  ...shipped,
  shortfall: {
    ...atOnce,
    rescaleMin: 1,
    rescaleMax: 1,
    longRunFloor: 0,
    stressWeight: 0,
    strideHours: 24,
    tailScenarios: 10_000,
    minimumMoves: 5,
  },
};
const hourMs = 3_600_000;

function historyOf(
  series: Readonly<Record<string, readonly number[]>>,
  intervalMs: number = 24 * hourMs,
): History {
  const entries = Object.entries(series).map(([key, values]) => {
    const [factor, of] = key.split(":") as [Factor, string];
    return [factorKey(factor, of), { factor, of, values: Float64Array.from(values) }] as const;
  });
  const length = entries[0]![1].values.length;
  return { source: "test", synthetic: true, startMs: 0, intervalMs, length, series: new Map(entries) };
}

const endOf = (history: History): number => (history.length - 1) * history.intervalMs;
const geometric = (moves: readonly number[]): number[] =>
  moves.reduce<number[]>((path, move) => [...path, path.at(-1)! * exp(move)], [100]);

test("moves are those of the history, in spot, volatility, term, skew, basis and pegs", () => {
  const history = historyOf({
    "spot:BTC": [100, 110, 99, 99, 120, 60, 66],
    "vol:BTC": [0.5, 0.6, 0.6, 0.5, 0.7, 1.4, 1.2],
    "term:BTC": [0.1, 0, 0, 0, 0, -0.4, 0],
    "skew:BTC": [0, 0.02, 0, 0, 0, 0, -0.1],
    "basis:BTC": [0.05, 0.06, 0.06, 0.06, 0.1, -0.2, 0],
    "price:USDC": [1, 1, 1, 0.9, 1, 1, 1],
  });
  const found = historicalScenarios(history, {
    parameters: plain,
    asOfMs: endOf(history),
    underlyings: ["BTC"],
  });
  assert.equal(found.scenarios.length, 6);
  const first = found.scenarios[0]!.underlyings.get("BTC")!;
  const near = (actual: number, expected: number): void =>
    assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} ${expected}`);
  near(first.spot, 0.1);
  near(first.volLevel, log(1.2));
  near(first.volTerm, log(1) - log(0.6 / 0.5));
  near(first.skew, log(0.59 / 0.61));
  near(first.basis, 0.01);
  near(found.scenarios[2]!.pegs.get("USDC")!, log(0.9));
  near(found.scenarios[4]!.underlyings.get("BTC")!.spot, -0.5);
});

test("a horizon is one long move, never a scaled short one, and windows overlap", () => {
  const history = historyOf({ "spot:BTC": Array.from({ length: 60 }, (_, hour) => 100 + hour) }, hourMs);
  const parameters: MarginParameters = { ...plain, shortfall: { ...plain.shortfall, strideHours: 6 } };
  const { scenarios } = historicalScenarios(history, {
    parameters,
    asOfMs: endOf(history),
    underlyings: ["BTC"],
  });
  assert.deepEqual(
    scenarios.map(({ underlyings }) => Math.round(underlyings.get("BTC")!.spot * 1e9) / 1e9),
    [0, 6, 12, 18, 24, 30].map((start) => Math.round((24 / (100 + start)) * 1e9) / 1e9),
  );
});

test("no move is taken across a gap", () => {
  const values = Array.from({ length: 40 }, (_, index) =>
    index >= 10 && index < 25 ? Number.NaN : index < 10 ? 100 : 1000,
  );
  const history = historyOf({ "spot:BTC": values });
  const { scenarios } = historicalScenarios(history, {
    parameters: plain,
    asOfMs: endOf(history),
    underlyings: ["BTC"],
  });
  assert.ok(scenarios.length > 15);
  for (const { underlyings } of scenarios) assert.equal(underlyings.get("BTC")!.spot, 0);
});

test("nothing after the present is looked at", () => {
  const random = randomStream(3);
  const calm = Array.from({ length: 300 }, () => 0.02 * random.nextNormal());
  const history = historyOf({ "spot:BTC": geometric(calm) });
  const future = historyOf({ "spot:BTC": geometric([...calm, -2, 3, -1, 2]) });
  const request = { parameters: shipped, asOfMs: endOf(history), underlyings: ["BTC"] };
  assert.deepEqual(historicalScenarios(future, request), historicalScenarios(history, request));
});

test("past moves are rescaled to today's volatility: more after a storm, floored after a calm", () => {
  const random = randomStream(5);
  const draw = (days: number, vol: number): number[] =>
    Array.from({ length: days }, () => vol * random.nextNormal());
  const past = draw(400, 0.03);
  const spread = (recent: number, change: Partial<MarginParameters["shortfall"]> = {}): number => {
    const history = historyOf({ "spot:BTC": geometric([...past, ...draw(60, recent)]) });
    const parameters = { ...shipped, shortfall: { ...filtering, ...change } };
    const { scenarios } = historicalScenarios(history, {
      parameters,
      asOfMs: endOf(history),
      underlyings: ["BTC"],
    });
    const early = scenarios.slice(100, 380).map(({ underlyings }) => log(1 + underlyings.get("BTC")!.spot));
    return Math.sqrt(early.reduce((sum, move) => sum + move * move, 0) / early.length);
  };
  assert.ok(spread(0.06) > 1.5 * spread(0.03));
  // Without floors a calm of a third talks the moves down; with them it stays near the long run.
  const unfloored = spread(0.01, { longRunFloor: 0, stressWeight: 0 });
  assert.ok(unfloored < 0.016, `${unfloored}`);
  assert.ok(spread(0.01) > 0.022);
});

test("an underlying without history follows the reference by its class's beta; volatility follows spot", () => {
  const history = historyOf({ "spot:BTC": [100, 90, 99, 99, 120, 110, 100] });
  const found = historicalScenarios(history, {
    parameters: plain,
    asOfMs: endOf(history),
    underlyings: ["BTC", "NEW"],
  });
  assert.deepEqual(found.spotByBeta, ["NEW"]);
  assert.deepEqual(found.volByBeta, ["BTC", "NEW"]);
  const [first] = found.scenarios;
  const { btc, default: other } = shipped.classes;
  const ratio = (other.marketBeta * other.spotRange) / (btc!.marketBeta * btc!.spotRange);
  assert.ok(Math.abs(log(1 + first!.underlyings.get("NEW")!.spot) - ratio * log(0.9)) < 1e-12);
  const beta = shipped.classes["btc"]!.volSpotBetaDown;
  assert.ok(Math.abs(first!.underlyings.get("BTC")!.volLevel - beta * log(0.9)) < 1e-12);
});

test("a shorter history goes by beta before it starts, and says for how much", () => {
  const long = [100, 90, 99, 99, 120, 110, 100, 105, 100];
  const history = historyOf({
    "spot:BTC": long,
    "spot:ETH": long.map((price, index) => (index < 4 ? Number.NaN : 2 * price)),
    "ratio:stETH": long.map(() => 1),
  });
  const underlyings = ["BTC", "ETH"];
  const found = historicalScenarios(history, { parameters: plain, asOfMs: endOf(history), underlyings });
  assert.deepEqual([...found.spotPartly], [["ETH", 0.5]]);
  assert.deepEqual([found.spotByBeta, [...found.pegDays.keys()]], [[], ["stETH"]]);
  const spots = found.scenarios.map(({ underlyings: moves }) => moves.get("ETH")!.spot);
  const { btc, eth } = shipped.classes;
  const ratio = (eth!.marketBeta * eth!.spotRange) / (btc!.marketBeta * btc!.spotRange);
  assert.ok(Math.abs(spots[4]! - (110 / 120 - 1)) < 1e-12, "its own move");
  assert.ok(Math.abs(log(1 + spots[0]!) - ratio * log(0.9)) < 1e-12, "the reference's by beta");
});

test("too short a history gives no scenarios", () => {
  const history = historyOf({ "spot:BTC": [1, 2, 3] });
  const found = historicalScenarios(history, {
    parameters: shipped,
    asOfMs: endOf(history),
    underlyings: ["BTC"],
  });
  assert.deepEqual([found.scenarios, found.moves], [[], 2]);
});

test("the filter's volatility follows a change with its half-life", () => {
  const values = Array.from({ length: 1_000 }, (_, index) => (index < 500 ? 0.01 : 0.03) * (index % 2));
  const [series] = levelSeries(historyOf({ "basis:BTC": values }, hourMs));
  const filtered = filterFactor(series!, 24);
  assert.ok(Math.abs(filtered.volPerRootHour[499]! - 0.01) < 1e-12);
  // One half-life after: half of the way in variance.
  const half = filtered.volPerRootHour[500 + 23]!;
  assert.ok(Math.abs(half * half - (0.0001 + 0.0009) / 2) < 2e-5, `${half}`);
});

test("the target volatility of all observations is that of each", () => {
  const random = randomStream(8);
  const vol = (hour: number): number => (hour % 900 < 300 ? 0.02 : 0.005);
  const path = geometric(Array.from({ length: 3_000 }, (_, hour) => vol(hour) * random.nextNormal()));
  const [series] = levelSeries(historyOf({ "spot:BTC": path }, hourMs));
  const factor = filterFactor(series!, 48);
  const targets = targetVolatilities(factor, filtering);
  for (let last = 1; last < path.length; last += 7)
    assert.equal(targets[last], targetVolatility(factor, last, filtering));
});
