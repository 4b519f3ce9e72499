import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Factor, factorKey, type History } from "../../market/history.ts";
import { exp, log } from "../../numerics/exp-log.ts";
import { randomStream } from "../../numerics/random.ts";
import { tailMeasure } from "../measures.ts";
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
const { measured: _measured, ...stress } = shipped.stress;
/** Plain: every move its own scenario, no floor, no rescaling, no limit to a rise, nothing stretched. */
const plain: MarginParameters = {
  ...shipped,
  stress,
  shortfall: {
    ...atOnce,
    departureStretch: 1,
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

/** {@link plain} where BTC's class is ten percent wide and ETH's moves one and a half times as far, with measured shares. */
const sloped = (fullDays: number, departureStretch: number = 1): MarginParameters => ({
  ...plain,
  shortfall: { ...plain.shortfall, departureStretch },
  stress: {
    ...plain.stress,
    measured: {
      fullDays,
      spotShare: 0.5,
      volUpShare: 0.5,
      volDownShare: 0.5,
      skewShare: 0.5,
      basisShare: 0.5,
      pegShare: 0.5,
    },
  },
  classes: {
    ...plain.classes,
    btc: { ...plain.classes["btc"]!, marketBeta: 1, spotRange: 0.1 },
    eth: { ...plain.classes["eth"]!, marketBeta: 0.5, spotRange: 0.3 },
  },
});

/** A history of days in which one coin's moves are NaN where they are unknown. */
function movesHistory(btc: readonly number[], eth: readonly number[]): History {
  const path = geometric(eth.map((move) => (Number.isNaN(move) ? 0 : move)));
  const isKnown = (day: number): boolean =>
    !Number.isNaN(eth[day] ?? Number.NaN) || !Number.isNaN(eth[day - 1] ?? Number.NaN);
  return historyOf({
    "spot:BTC": geometric(btc),
    "spot:ETH": path.map((price, day) => (isKnown(day) ? price : Number.NaN)),
  });
}

/** ln-spot moves of a symbol in all scenarios. */
function lnMoves(
  history: History,
  parameters: MarginParameters,
  symbol: string,
  asOfMs: number = endOf(history),
): number[] {
  const { scenarios } = historicalScenarios(history, { parameters, asOfMs, underlyings: ["BTC", "ETH"] });
  return scenarios.map(({ underlyings }) => log(1 + underlyings.get(symbol)!.spot));
}

function nearAll(actual: readonly number[], expected: readonly number[], what: string = ""): void {
  assert.equal(actual.length, expected.length);
  for (const [index, value] of expected.entries())
    assert.ok(Math.abs(actual[index]! - value) < 1e-12, `${what} ${index}: ${actual[index]} ${value}`);
}

/** Which of the known departures each filled move takes, by what it is beside slope × the market's move. */
function taken(
  filled: readonly number[],
  slope: number,
  btc: readonly number[],
  known: readonly number[],
): number[] {
  return filled.map((move, index) => {
    const departure = move - slope * btc[index]!;
    const place = known.findIndex((one) => Math.abs(one - departure) < 1e-12);
    assert.ok(place >= 0, `${index}: ${departure} is none of ${known.join(" ")}`);
    return place;
  });
}

const unknown = (count: number): number[] => Array.from({ length: count }, () => Number.NaN);
// Known: twice the market's move, and departures that are at right angles to it, so that the slope is 2.
const market = [0.1, -0.2, 0.1, 0.2, -0.1, 0.3, 0.1, -0.2];
const departures = [0.03, 0.01, 0.04, 0.02];
const own = departures.map((departure, index) => 2 * market[4 + index]! + departure);

test("before its own past begins a spot moves by its slope and its class's, and departs as it did later", () => {
  const history = movesHistory(market, [...unknown(4), ...own]);
  const found = historicalScenarios(history, {
    parameters: sloped(16),
    asOfMs: endOf(history),
    underlyings: ["BTC", "ETH"],
  });
  assert.deepEqual([...found.spotPartly], [["ETH", 0.5]]);
  assert.deepEqual(
    [...found.spotDays],
    [
      ["BTC", 8],
      ["ETH", 4],
    ],
  );
  assert.deepEqual(found.spotByBeta, []);
  // Four days of sixteen: a quarter of the slope is its own 2, the rest the class's 0.5 × 0.3 ÷ 0.1.
  const filledBy = (parameters: MarginParameters, slope: number): number[] => {
    const moves = lnMoves(history, parameters, "ETH");
    nearAll(moves.slice(4), own, "own");
    return taken(moves.slice(0, 4), slope, market, departures);
  };
  const places = filledBy(sloped(16), 0.25 * 2 + 0.75 * 1.5);
  assert.ok(new Set(places).size > 1, places.join(" "));
  // Four of four, and more than enough: all its own. What is drawn does not hang on the slope.
  assert.deepEqual(filledBy(sloped(4), 2), places);
  assert.deepEqual(filledBy(sloped(1), 2), places);
  // Without shares of what is measured a year is enough.
  const year = (4 / 365) * 2 + (1 - 4 / 365) * 1.5;
  assert.deepEqual(filledBy({ ...sloped(16), stress: plain.stress }, year), places);
});

test("a departure from the market counts as many times as it is stretched, the market's own move once", () => {
  const history = movesHistory(market, [...unknown(4), ...own]);
  const stretched = departures.map((departure, index) => 2 * market[4 + index]! + 1.5 * departure);
  const once = lnMoves(history, sloped(4, 1), "ETH");
  const places = taken(once.slice(0, 4), 2, market, departures);
  const filled = places.map((place, index) => 2 * market[index]! + 1.5 * departures[place]!);
  nearAll(lnMoves(history, sloped(4, 1.5), "ETH"), [...filled, ...stretched]);
  // Unless something else is stated they count once.
  const { departureStretch: _stretch, ...unstated } = sloped(4).shortfall;
  nearAll(lnMoves(history, { ...sloped(4), shortfall: unstated }, "ETH"), once);
  // Nothing is stretched where there is a whole past either but departures.
  const whole = movesHistory([...market].slice(4), own);
  nearAll(
    lnMoves(whole, { ...sloped(4, 1.5), shortfall: { ...sloped(4, 1.5).shortfall, minimumMoves: 4 } }, "ETH"),
    stretched,
  );
  // The reference departs from nothing.
  assert.deepEqual(lnMoves(history, sloped(4, 1.5), "BTC"), lnMoves(history, plain, "BTC"));
  nearAll(lnMoves(history, sloped(4, 1.5), "BTC"), market);
});

test("a filled departure stays or becomes the newest, about one in n + 1 does, and none stands for many", () => {
  const filled = 1_500;
  const most = 60;
  // In a market that stands still a departure is the whole move, and no two known ones are the same.
  const known = Array.from({ length: most }, (_, place) => (place % 2 === 0 ? 1 : -1) * 1e-3 * (place + 1));
  const still = Array.from({ length: filled + most }, () => 0);
  const history = movesHistory(still, [...unknown(filled), ...known]);
  let before: number[] = [];
  let changes = 0;
  let expected = 0;
  for (let count = 1; count <= most; count++) {
    const moves = lnMoves(history, sloped(1), "ETH", (filled + count) * history.intervalMs);
    nearAll(moves.slice(filled), known.slice(0, count), "own");
    const places = moves.slice(0, filled).map((move) => Math.round(Math.abs(move) * 1e3) - 1);
    nearAll(
      moves.slice(0, filled),
      places.map((place) => known[place]!),
      "filled",
    );
    if (count > 1) {
      for (const [index, place] of places.entries())
        assert.ok(place === before[index] || place === count - 1, `${count}: ${before[index]} → ${place}`);
      changes += places.filter((place, index) => place !== before[index]).length;
      expected += filled / count;
    }
    before = places;
  }
  assert.ok(Math.abs(changes / expected - 1) < 0.3, `${changes} changes, ${expected} expected`);
  const largest = Math.max(...known.map((_, place) => before.filter((one) => one === place).length));
  assert.ok(largest < (8 * filled) / most, `${largest}`);
});

test("what coins did together they do together before they were listed: both take the same instant's departures", () => {
  const days = 400;
  const random = randomStream(5);
  const still = Array.from({ length: days }, () => 0);
  const sector = Array.from({ length: days }, () => 0.05 * random.nextNormal());
  const from = (day: number): number[] => sector.map((move, index) => (index < day ? Number.NaN : move));
  const filled = (day: number): number[] =>
    lnMoves(movesHistory(still, from(day)), sloped(1), "ETH").slice(0, 100);
  const instants = (day: number): number[] =>
    filled(day).map((move) => sector.findIndex((one) => Math.abs(one - move) < 1e-12));
  const [earlier, later] = [instants(100), instants(200)];
  let both = 0;
  for (const [index, instant] of earlier.entries()) {
    assert.ok(instant >= 100);
    if (instant < 200) continue;
    assert.equal(later[index], instant);
    both += 1;
  }
  assert.ok(both > 50, `${both}`);
});

/**
 * Hours of a coin that follows the market 1.2 times, whose past began a year after the market's, and that fell by 0.3 (ln)
 * within six hours on day 30 of it.
 */
function youngCoin(seed: number): { history: History; beganMs: number } {
  const random = randomStream(seed);
  const began = 360 * 24;
  const fallFrom = began + 30 * 24;
  const btc = [100];
  const eth = [...unknown(began), 100];
  for (let hour = 1; hour <= began + 44 * 24; hour++) {
    const move = 0.005 * random.nextNormal();
    btc.push(btc.at(-1)! * exp(move));
    const departure = 0.003 * random.nextNormal() - (hour >= fallFrom && hour < fallFrom + 6 ? 0.05 : 0);
    if (hour > began) eth.push(eth.at(-1)! * exp(1.2 * move + departure));
  }
  return { history: historyOf({ "spot:BTC": btc, "spot:ETH": eth }, hourMs), beganMs: began * hourMs };
}

test("nothing jumps when a coin's known moves have doubled: hour by hour the shortfall of a long one rises by little", () => {
  const parameters: MarginParameters = {
    ...shipped,
    shortfall: { ...shipped.shortfall, departureStretch: 1.25, tailScenarios: 20_000 },
  };
  const rises: number[] = [];
  for (const seed of [1, 2, 3]) {
    const { history, beganMs } = youngCoin(seed);
    const known: number[] = [];
    let before = Infinity;
    for (let hour = 42 * 24; hour <= 44 * 24; hour++) {
      const { scenarios, spotDays } = historicalScenarios(history, {
        parameters,
        asOfMs: beganMs + hour * hourMs,
        underlyings: ["BTC", "ETH"],
      });
      // Marks held: dollars lost by a dollar's worth.
      const pnlUsd = scenarios.map(({ underlyings }) => underlyings.get("ETH")!.spot);
      const weights = scenarios.map(({ weight }) => weight);
      const shortfall = tailMeasure(
        { pnlUsd, weights },
        parameters.shortfall.initialLevel,
      ).expectedShortfallUsd;
      if (before < Infinity) rises.push(shortfall / before - 1);
      before = shortfall;
      known.push(Math.round(6 * spotDays.get("ETH")!));
    }
    assert.ok(known[0]! < 256 && known.at(-1)! > 256, `${known[0]} … ${known.at(-1)}`);
    // What the fall departed by is in the tail, beside the market's moves: without it they lose 0.07 to 0.09.
    assert.ok(before > 0.25, `${before}`);
  }
  const most = Math.max(...rises);
  assert.ok(most < 0.03, `${most}`);
});

test("a gap within a past is filled like what lies before it", () => {
  const eth = [...own.slice(0, 2), ...unknown(4), ...own.slice(2)];
  const btc = [...market.slice(4, 6), ...market.slice(0, 4), ...market.slice(6)];
  const moves = lnMoves(movesHistory(btc, eth), sloped(1), "ETH");
  nearAll([...moves.slice(0, 2), ...moves.slice(6)], own);
  taken(moves.slice(2, 6), 2, market, departures);
});

test("a market that never moved has no slope, and a spot without one known move goes by its class alone", () => {
  const still = movesHistory([0, 0, 0, 0, 0, 0], [...unknown(3), 0.1, -0.2, 0.3]);
  const moves = lnMoves(still, sloped(1), "ETH");
  nearAll(moves.slice(3), [0.1, -0.2, 0.3]);
  taken(moves.slice(0, 3), 0, [0, 0, 0], [0.1, -0.2, 0.3]);
  const once = historyOf({
    "spot:BTC": geometric(market),
    "spot:ETH": [...unknown(market.length), 5],
  });
  nearAll(
    lnMoves(once, sloped(1, 1.5), "ETH"),
    market.map((move) => 1.5 * move),
  );
  const found = historicalScenarios(once, {
    parameters: sloped(1),
    asOfMs: endOf(once),
    underlyings: ["BTC", "ETH"],
  });
  assert.deepEqual([found.spotDays.get("ETH"), found.spotPartly.get("ETH")], [0, 0]);
});

test("days of a past are those of overlapping moves that moved, of spots and of pegs", () => {
  const hours = 10 * 24;
  const path = Array.from({ length: hours + 1 }, (_, hour) => 100 + (hour % 7));
  const history = historyOf(
    {
      "spot:BTC": path,
      "spot:ETH": path.map((price, hour) => (hour < 7 * 24 ? Number.NaN : price)),
      "ratio:stETH": path.map((price, hour) => (hour < 5 * 24 ? Number.NaN : price / 100)),
      "ratio:stuck": path.map(() => 1),
      "price:USDC": path.map(() => Number.NaN),
    },
    hourMs,
  );
  const found = historicalScenarios(history, {
    parameters: { ...plain, shortfall: { ...plain.shortfall, strideHours: 4 } },
    asOfMs: endOf(history),
    underlyings: ["BTC", "ETH", "NEW"],
  });
  // Moves of a day that begin every four hours; the first begins within one and a half hours of the first price.
  assert.deepEqual(
    [...found.spotDays],
    [
      ["BTC", (9 * 6 + 1) / 6],
      ["ETH", (2 * 6 + 1) / 6],
    ],
  );
  assert.deepEqual(
    [...found.pegDays],
    [
      ["stETH", (4 * 6 + 1) / 6],
      // A price that never moves tells nothing.
      ["stuck", 0],
      ["USDC", 0],
    ],
  );
});

test("what completes a past knows nothing later than the present: a shuffled future changes nothing", () => {
  const random = randomStream(11);
  const draw = (days: number, vol: number): number[] =>
    Array.from({ length: days }, () => vol * random.nextNormal());
  const days = 420;
  const btc = draw(days, 0.03);
  const eth = draw(days, 0.03).map((move, day) => (day < 250 ? Number.NaN : 1.3 * btc[day]! + move));
  const { measured } = sloped(200).stress;
  const parameters: MarginParameters = {
    ...shipped,
    shortfall: { ...shipped.shortfall, departureStretch: 1.3 },
    stress: { ...shipped.stress, ...(measured ? { measured } : {}) },
  };
  for (const present of [252, 255, 285, 300, 400]) {
    const keys = new Map(btc.map((_, day) => [day, day < present ? -1 : random.nextFloat()]));
    const order = [...btc.keys()].sort((a, b) => keys.get(a)! - keys.get(b)! || a - b);
    assert.notDeepEqual(order, [...btc.keys()]);
    const shuffled = (moves: readonly number[]): number[] => order.map((day) => moves[day]!);
    const [first, second] = [movesHistory(btc, eth), movesHistory(shuffled(btc), shuffled(eth))];
    const request = { parameters, asOfMs: present * first.intervalMs, underlyings: ["BTC", "ETH"] };
    const found = historicalScenarios(first, request);
    assert.ok(found.scenarios.length > 200 && found.spotPartly.has("ETH"));
    assert.deepEqual(historicalScenarios(second, request), found);
  }
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
