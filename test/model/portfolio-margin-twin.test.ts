import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  type AssetState,
  type History,
  type Market,
  msPerYear,
  type Portfolio,
} from "../../src/market/index.ts";
import { exp, log } from "../../src/numerics/index.ts";
import { black76Price } from "../../src/pricing/index.ts";
import { decimalToNumber } from "../../src/quantity/index.ts";
import {
  type AssetRiskParameters,
  type JointScenario,
  type MarginParameters,
  preparePortfolioMargin,
  riskClassOf,
  type RiskClassParameters,
  type UnderlyingMove,
} from "../../src/risk/index.ts";
import { bookOf } from "../../src/risk/portfolio-margin/book.ts";
import { requirement } from "../../src/risk/portfolio-margin/requirement.ts";
import { assetRiskOf } from "../../src/risk/scenarios/stress.ts";
import {
  anyPortfolio,
  asOfMs,
  lateHistory,
  marginCases,
  measuredParameters,
  portfolioOf,
  testHistory,
  testMarket,
  testParameters as parameters,
} from "../properties/portfolio-margin-market.ts";

// The slow obvious twin: the whole account revalued from prices in every scenario, no matrix, no rows, no netting of
// vectors; the worst over the product set of moves by trying every combination.

// Of the classes, `parameters` and those with shares of the measured have the same.
const market = testMarket(["BTC", "ETH", "SOL"]);
const cases = [
  ...marginCases.filter(({ name }) => name !== "as shipped"),
  { name: "one of three strays", parameters: measuredParameters(1), history: testHistory },
  { name: "two of two stray, SOL always does", parameters: measuredParameters(2), history: lateHistory },
].map(({ name, parameters: of, history }) => ({
  name,
  parameters: of,
  history,
  matrix: preparePortfolioMargin({ market, parameters: of, history }).matrix,
}));
type Case = (typeof cases)[number];
const still: UnderlyingMove = { spot: 0, volLevel: 0, volTerm: 0, skew: 0, smile: 0, basis: 0 };

interface World {
  readonly move: (underlying: string, expiryMs: number | undefined) => UnderlyingMove;
  readonly peg: (asset: string) => number;
  readonly ageYears: (risk: RiskClassParameters) => number;
  readonly floor: boolean;
}

const day = 1 / 365;

const levelFactor = (level: number, shape: number): number =>
  level >= 0 ? 1 + shape * (exp(level) - 1) : 1 / (1 + shape * (exp(-level) - 1));

function vol(
  id: string,
  m: Market,
  shockedForward: number,
  move: UnderlyingMove,
  risk: RiskClassParameters,
  floor: boolean,
): number {
  const option = m.instruments.get(id)!;
  assert.ok(option.kind === "option");
  const surface = m.underlyings.get(option.underlying)!.surface!;
  const forward = m.underlyings.get(option.underlying)!.forwards.forwardAt(option.expiryMs).value;
  const years = Math.max(day, (option.expiryMs - asOfMs) / msPerYear);
  const before = surface.volAt(option.expiryMs, log(option.strike / forward)).value;
  const k = log(option.strike / shockedForward);
  let result = (m.quotes.get(id)!.impliedVol! * surface.volAt(option.expiryMs, k).value) / before;
  const months = 30 / 365 / years;
  const power = months > 1 ? risk.volPowerShort : risk.volPowerLong;
  const z = Math.min(2, Math.max(-2, k / (surface.volAt(option.expiryMs, 0).value * Math.sqrt(years))));
  const d25 = 0.674489750196082;
  const term = Math.min(2, Math.max(-2, -log(months) / log(6)));
  result *=
    levelFactor(move.volLevel, exp(power * log(months))) *
    exp(move.volTerm * term) *
    exp((-move.skew * z) / (2 * d25)) *
    exp((move.smile * Math.abs(z)) / d25);
  return floor && move.volLevel > 0 ? Math.max(result, risk.volUpFloor) : result;
}

/** The account's value in a world, USD. */
function valueIn(portfolio: Portfolio, world: World): number {
  let total = 0;
  const assetUsd = (asset: string): number => {
    const state = market.assets.get(asset)!;
    const moves = state.kind !== "fiat" && state.kind !== "stablecoin";
    const symbol = state.underlying ?? asset;
    return state.priceUsd * (moves ? 1 + world.move(symbol, undefined).spot : 1) * exp(world.peg(asset));
  };
  const settle = (asset: string, amount: number): void => {
    total += amount * assetUsd(asset);
  };
  for (const { asset, amount } of portfolio.balances) settle(asset, decimalToNumber(amount));
  for (const { instrument: id, size, entryPrice } of portfolio.positions) {
    const instrument = market.instruments.get(id)!;
    const mark = market.quotes.get(id)!.mark;
    const state = market.underlyings.get(instrument.underlying)!;
    const risk = riskClassOf(parameters, instrument.underlying);
    const units = decimalToNumber(size) * instrument.contractSize;
    const expiryMs = "expiryMs" in instrument ? instrument.expiryMs : undefined;
    const years = expiryMs === undefined ? 0 : (expiryMs - asOfMs) / msPerYear;
    const move = world.move(instrument.underlying, instrument.kind === "perpetual" ? -1 : expiryMs);
    const tenor = Math.min(risk.basisCapYears, Math.max(risk.basisFloorYears, years));
    const shift = (1 + move.spot) * exp(move.basis * tenor);
    const spotUsd = state.indexUsd * (1 + move.spot);
    if (instrument.kind === "spot") total += units * mark * 0.9995 * (1 + move.spot);
    else if (instrument.kind === "option") {
      const forward = state.forwards.forwardAt(instrument.expiryMs).value * shift;
      const price = black76Price({
        optionType: instrument.optionType,
        forward,
        strike: instrument.strike,
        expiryYears: Math.max(0, years - world.ageYears(risk)),
        vol: vol(id, market, forward, move, risk, world.floor),
      });
      total +=
        instrument.settlement === "inverse"
          ? (units * price * spotUsd) / forward
          : units * price * assetUsd("USD");
    } else if (instrument.settlement === "linear") {
      // Profit to the mark is paid in the quote asset, and moves on with it.
      settle(instrument.quoteAsset, units * (mark - (entryPrice ?? mark)));
      settle(instrument.quoteAsset, units * (mark * shift - mark));
    } else {
      settle(instrument.underlying, units * (1 / (entryPrice ?? mark) - 1 / mark));
      settle(instrument.underlying, units * (1 / mark - 1 / (mark * shift)));
    }
  }
  return total;
}

const today: World = { move: () => still, peg: () => 0, ageYears: () => 0, floor: true };
const change = (portfolio: Portfolio, world: Partial<World>): number =>
  valueIn(portfolio, { ...today, ...world }) - valueIn(portfolio, today);

const jointWorld = (scenario: JointScenario): Partial<World> => ({
  move: (underlying) => scenario.underlyings.get(underlying) ?? still,
  peg: (asset) => (asset === "USD" ? 0 : (scenario.pegs.get(asset) ?? 0)),
  ageYears: (risk) => (scenario.agingShare * risk.horizonHours) / 8760,
  floor: scenario.source === "stress",
});

function naiveShortfall(pnl: readonly number[], weights: readonly number[], level: number): number {
  const observations = pnl.flatMap((value, index) => Array.from({ length: weights[index]! }, () => -value));
  observations.sort((a, b) => b - a);
  const mass = Math.max(1, (1 - level) * observations.length);
  const whole = Math.floor(mass);
  const sum = observations.slice(0, whole).reduce((total, loss) => total + loss, 0);
  return (sum + (mass - whole) * (observations[whole] ?? 0)) / mass;
}

const close = (actual: number, expected: number, gross: number, what: string): void =>
  assert.ok(
    Math.abs(actual - expected) <= 1e-3 + 1e-9 * gross,
    `${what}: engine ${actual}, twin ${expected}`,
  );

/** Gross value, for tolerances. */
const grossOf = (portfolio: Portfolio): number => {
  const { book } = bookOf(portfolio, cases[0]!.matrix);
  return (
    1 + book.items.reduce((sum, { size, rows }) => sum + Math.abs(size) * (rows.largest + rows.markUsd), 0)
  );
};

/** The days for which a series is known: moves over a day that begin every four hours. */
function ownDays(history: History, key: string): number {
  const values = history.series.get(key)?.values ?? [];
  const dayLength = 86_400_000 / history.intervalMs;
  let known = 0;
  for (let start = 0; start + dayLength < values.length; start++) {
    if (!Number.isNaN(values[start]) && !Number.isNaN(values[start + dayLength])) known += 1;
  }
  return (known * history.intervalMs) / 86_400_000;
}

/** How much of the shares of what is measured counts. */
const partOf = ({ parameters: of, history }: Case, key: string): number =>
  of.stress.measured ? Math.min(1, ownDays(history, key) / of.stress.measured.fullDays) : 0;

/** A class's shocks as an underlying with so much of a past is put to them, equation (10b). */
function shocksOf(one: Case, symbol: string): RiskClassParameters {
  const risk = riskClassOf(one.parameters, symbol);
  const { measured } = one.parameters.stress;
  if (!measured) return risk;
  const part = partOf(one, `spot:${symbol}`);
  const mix = (share: number, of: number): number => part * share * of + (1 - part) * of;
  return {
    ...risk,
    spotRange: mix(measured.spotShare, risk.spotRange),
    extremes: risk.extremes.map(({ move, weight }) => ({ move, weight: mix(measured.spotShare, weight) })),
    volUp: mix(measured.volUpShare, risk.volUp),
    volDown: mix(measured.volDownShare, risk.volDown),
    skewShock: mix(measured.skewShare, risk.skewShock),
    smileShock: mix(measured.skewShare, risk.smileShock),
    basisShock: mix(measured.basisShare, risk.basisShock),
  };
}

/** The same of a peg. */
function slipsOf(one: Case, asset: AssetState): Pick<AssetRiskParameters, "pegDown" | "pegUp"> {
  const { pegDown, pegUp } = assetRiskOf(one.parameters, asset);
  const series = asset.kind === "staked" ? `ratio:${asset.asset}` : `price:${asset.asset}`;
  const kept = 1 - partOf(one, series) * (1 - (one.parameters.stress.measured?.pegShare ?? 1));
  return { pegDown: kept * pegDown, pegUp: kept * pegUp };
}

test("the cases have underlyings and pegs with all, some and none of the past that is enough", () => {
  const parts = cases.map((one) => [
    ...["BTC", "ETH", "SOL", "XYZ"].map((symbol) => partOf(one, `spot:${symbol}`)),
    ...["ratio:stETH", "price:USDC", "price:EUR"].map((key) => partOf(one, key)),
  ]);
  const none = [0, 0, 0, 0, 0, 0, 0];
  const full = [1, 1, 1, 0, 1, 1, 0];
  const some = [1, 1, 0.5, 0, 0.25, 0.75, 0];
  const close = (part: number): number => Math.round(100 * part) / 100;
  assert.deepEqual(
    parts.map((part) => part.map(close)),
    [none, some, full, full, some],
  );
  for (const [index, { matrix }] of cases.entries()) {
    for (const { symbol, measured } of matrix.underlyings) {
      const at = ["BTC", "ETH", "SOL", "XYZ"].indexOf(symbol);
      assert.ok(Math.abs(measured - parts[index]![at]!) < 1e-12, symbol);
    }
  }
});

/** A test of each case. */
const each = (what: string, run: (one: Case) => void): void => {
  for (const one of cases) test(`${what}: ${one.name}`, () => run(one));
};

each("every joint scenario, VaR and ES equal a revaluation of the whole account", ({ matrix }) => {
  const { joint, historicalCount } = matrix;
  fc.assert(
    fc.property(anyPortfolio(market, 6), (portfolio) => {
      const { vectors, measures } = requirement(matrix, bookOf(portfolio, matrix).book);
      const gross = grossOf(portfolio);
      const pnl = joint.map((scenario) => change(portfolio, jointWorld(scenario)));
      for (const [index, value] of pnl.entries())
        close(vectors.joint[index]!, value, gross, joint[index]!.id);
      const weights = joint.slice(0, historicalCount).map(({ weight }) => weight);
      const past = pnl.slice(0, historicalCount);
      const { initialLevel, maintenanceLevel } = parameters.shortfall;
      const initial = naiveShortfall(past, weights, initialLevel);
      close(measures.shortfallInitial.expectedShortfallUsd, initial, gross, "initial shortfall");
      const maintenance = naiveShortfall(past, weights, maintenanceLevel);
      close(measures.shortfallMaintenance.expectedShortfallUsd, maintenance, gross, "maintenance shortfall");
    }),
    { numRuns: 25 },
  );
});

/** All ways to take one of each list. */
const product = <T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] =>
  lists.reduce<readonly (readonly T[])[]>(
    (all, list) => all.flatMap((head) => list.map((item) => [...head, item])),
    [[]],
  );

/** All choices of at most so many. */
const subsets = <T>(items: readonly T[], most: number): readonly (readonly T[])[] =>
  product(items.map((item) => [[], [item]]))
    .map((chosen) => chosen.flat())
    .filter(({ length }) => length <= most);

/** Books that random ones seldom are: sold far from the money; hedged by another underlying, so that one alone or astray hurts most. */
const hedgedBooks: readonly [Portfolio][] = [
  [portfolioOf({}, { "BTC-30-70000-P": -100 })],
  [portfolioOf({}, { "BTC-30-90000-C": -100 })],
  [portfolioOf({}, { "ETH-30-3000-C": -100, "BTC-PERP": 1 })],
  [portfolioOf({}, { "ETH-30-3000-C": -100, "BTC-PERP": 3, "SOL-PERP": -400 })],
  [portfolioOf({}, { "SOL-30-170-C": -900, "ETH-PERP": 30, "BTC-PERP": 0.5 })],
  [portfolioOf({ XYZ: -9_000 }, { "BTC-PERP": 0.7, "ETH-PERP": 9 })],
  [portfolioOf({}, { "BTC-PERP": 1, "ETH-PERP": -16, "SOL-PERP": -270 })],
  [portfolioOf({ XYZ: -9_000 }, { "BTC-PERP-INV": -400, "ETH-120-2500-P": 30, "SOL-30-150-C": -900 })],
];

each("the spot × volatility stress equals the worst over every combination of allowed moves", (one) => {
  const { spotPoints, marketPoints, volPoints, volResidual, strayCount = 99 } = one.parameters.stress;
  const level = (risk: RiskClassParameters, share: number): number =>
    share * (share >= 0 ? risk.volUp : risk.volDown);
  const options = [...market.instruments.values()].filter(
    ({ kind, id }) => kind === "option" && !/-0\.5-/.test(id),
  );
  const others = [...market.instruments.values()].filter(({ kind }) => kind !== "option");
  const ids = [...options, ...others].map(({ id }) => id);
  const books = anyPortfolio(
    { ...market, instruments: new Map(ids.map((id) => [id, market.instruments.get(id)!])) },
    5,
  );
  const labels = new Set<string>();
  fc.assert(
    fc.property(books, (portfolio) => {
      const { measures } = requirement(one.matrix, bookOf(portfolio, one.matrix).book);
      const expiries = [
        ...new Set(
          portfolio.positions.flatMap(({ instrument }) => {
            const found = market.instruments.get(instrument)!;
            return found.kind === "option" ? [`${found.underlying} ${found.expiryMs}`] : [];
          }),
        ),
      ];
      const cells = ["BTC", "ETH", "SOL", "XYZ"].map((symbol) => {
        const risk = shocksOf(one, symbol);
        /** P&L of the underlying alone when its spot and each expiry's volatility move. */
        const part = (spot: number, shares: ReadonlyMap<string, number>): number =>
          change(portfolio, {
            move: (underlying, expiryMs) =>
              underlying === symbol
                ? { ...still, spot, volLevel: level(risk, shares.get(`${symbol} ${expiryMs}`) ?? 0) }
                : still,
          });
        /** Worst at one spot move: levels × residuals of each expiry. */
        const worstAt = (spot: number, levels: readonly number[]): number => {
          const own = expiries.filter((name) => name.startsWith(symbol));
          const every = levels.flatMap((at) => {
            const near = levels.filter((share) => Math.abs(share - at) <= volResidual + 1e-9);
            return product(own.map(() => near)).map((shares) =>
              part(spot, new Map(own.map((name, index) => [name, shares[index]!]))),
            );
          });
          return Math.min(...every);
        };
        const grid = spotPoints.map((share) => ({ share, pnl: worstAt(share * risk.spotRange, volPoints) }));
        const extremes = risk.extremes.map(({ move, weight }) => ({
          move,
          pnl: weight * worstAt(move, [0, 1]),
        }));
        const centreOf = (g: number): number => Math.max(-1, Math.min(1, risk.marketBeta * g));
        /** Where it may be when it strays. */
        const within = (g: number): readonly number[] =>
          grid
            .filter(
              ({ share }) =>
                Math.abs(share - centreOf(g)) <= risk.spotResidual + 1e-9 ||
                (g === -1 && share <= centreOf(g)) ||
                (g === 1 && share >= centreOf(g)),
            )
            .map(({ pnl }) => pnl);
        const beyond = (side: number): readonly number[] =>
          extremes.filter(({ move }) => move * side > 0).map(({ pnl }) => pnl);
        /** The mildest extreme of a direction. */
        const mildest = (side: number): number =>
          extremes
            .filter(({ move }) => move * side > 0)
            .toSorted((a, b) => Math.abs(a.move) - Math.abs(b.move))
            .map(({ pnl }) => pnl)[0]!;
        /** Where it is when it does not: the points of the grid next to where its beta puts it. */
        const centre = (g: number): readonly number[] => {
          const away = grid.map(({ share }) => Math.abs(share - centreOf(g)));
          return grid.filter((_, index) => away[index]! <= Math.min(...away) + 1e-9).map(({ pnl }) => pnl);
        };
        const isMeasured = partOf(one, `spot:${symbol}`) >= 1;
        return { risk, extremes, within, beyond, mildest, centre, isMeasured };
      });
      type Cell = (typeof cells)[number];
      const scenarios: number[] = [0];
      const sums = (lists: readonly (readonly number[])[], more: number = 0): void => {
        const distinct = lists.map((list) => [...new Set(list)]);
        for (const pnl of product(distinct)) scenarios.push(pnl.reduce((sum, value) => sum + value, more));
      };
      /** Every choice of underlyings that stray: those without enough of a past, and at most so many others. */
      const strays = (of: readonly Cell[], most: number): readonly ((cell: Cell) => boolean)[] =>
        subsets(
          of.filter(({ isMeasured }) => isMeasured),
          most,
        ).map((chosen) => (cell) => !cell.isMeasured || chosen.includes(cell));
      for (const astray of strays(cells, strayCount)) {
        for (const g of marketPoints)
          sums(cells.map((cell) => (astray(cell) ? cell.within(g) : cell.centre(g))));
        for (const side of [-1, 1]) {
          sums(
            cells.map((cell) =>
              astray(cell) ? [...cell.within(side), ...cell.beyond(side)] : cell.centre(side),
            ),
          );
          // All at the mildest extreme of their class at once.
          sums(
            cells.map((cell) =>
              astray(cell) ? [...cell.within(side), ...cell.beyond(side)] : [cell.mildest(side)],
            ),
          );
        }
      }
      // Alone at an extreme: it is one of those that stray.
      for (const alone of cells) {
        const rest = cells.filter((cell) => cell !== alone);
        for (const astray of strays(rest, strayCount - 1)) {
          for (const { pnl } of alone.extremes) {
            sums(
              rest.map((cell) => (astray(cell) ? cell.within(0) : cell.centre(0))),
              Math.min(1, alone.risk.spotResidual) * pnl,
            );
          }
        }
      }
      labels.add(measures.dependence.label.replace(/^[A-Z]{3} /, ""));
      close(
        measures.dependence.pnlUsd,
        scenarios.reduce((worst, pnl) => Math.min(worst, pnl), 0),
        grossOf(portfolio),
        measures.dependence.label,
      );
    }),
    { numRuns: 50, examples: [...hedgedBooks] },
  );
  const reached = ["extreme fall", "extreme rise", ...(strayCount === 1 ? ["alone"] : [])];
  for (const label of reached) assert.ok(labels.has(label), label);
});

each("each expiry's basis, skew and smile on their own equal the worst revaluation of that expiry", (one) => {
  // one of skew up, skew down, smile up and smile down is the worst of each
  const wings = [
    [1, 1],
    [-1, -1],
    [1, -1],
    [-1, 1],
  ].map(([put, call]) => portfolioOf({}, { "BTC-30-70000-P": put!, "BTC-30-90000-C": call! }));
  fc.assert(
    fc.property(anyPortfolio(market, 6), (portfolio) => {
      const { measures } = requirement(one.matrix, bookOf(portfolio, one.matrix).book);
      const expiries = new Map(
        portfolio.positions.flatMap(({ instrument: id }) => {
          const instrument = market.instruments.get(id)!;
          if (instrument.kind === "spot") return [];
          const { underlying } = instrument;
          const slot = instrument.kind === "perpetual" ? -1 : instrument.expiryMs;
          return [[`${underlying} ${slot}`, { underlying, slot }] as const];
        }),
      );
      const worst = (factors: Readonly<Partial<Record<keyof UnderlyingMove, keyof RiskClassParameters>>>) =>
        [...expiries.values()].reduce((total, { underlying, slot }) => {
          const risk = shocksOf(one, underlying);
          const pnl = Object.entries(factors).flatMap(([factor, shock]) =>
            [-1, 1].map((sign) =>
              change(portfolio, {
                move: (symbol, expiryMs) =>
                  symbol === underlying && expiryMs === slot
                    ? { ...still, [factor]: sign * Number(risk[shock]) }
                    : still,
              }),
            ),
          );
          return total + Math.min(0, ...pnl);
        }, 0);
      const sum = (choices: readonly { readonly pnlUsd: number }[]): number =>
        choices.reduce((total, { pnlUsd }) => total + pnlUsd, 0);
      const gross = grossOf(portfolio);
      close(sum(measures.basis), worst({ basis: "basisShock" }), gross, "basis");
      close(sum(measures.skew), worst({ skew: "skewShock", smile: "smileShock" }), gross, "skew and smile");
    }),
    { numRuns: 100, examples: wings.map((portfolio) => [portfolio]) },
  );
});

/** Books that random ones seldom reach: beyond a share of a day's volume; sold near expiry; a stablecoin owed. */
const chargedBooks: readonly [Portfolio][] = [
  [portfolioOf({}, { "BTC-PERP": -90_000 })],
  [portfolioOf({ stETH: 40, USDC: -5_000 }, { "BTC-0.5-80000-C": -3, "BTC-0.5-80000-P": -3 })],
  [portfolioOf({ stETH: -40, USDC: 5_000 }, { "ETH-0.5-2500-C": -30, "ETH-PERP": 15 })],
];

each("pegs on their own equal the value that hangs on each, revalued", (one) => {
  fc.assert(
    fc.property(anyPortfolio(market, 6), (portfolio) => {
      const { measures } = requirement(one.matrix, bookOf(portfolio, one.matrix).book);
      let expected = 0;
      for (const [asset, state] of market.assets) {
        if (asset === "USD") continue;
        const exposure = change(portfolio, { peg: (slipping) => (slipping === asset ? log(2) : 0) });
        const { pegDown, pegUp } = slipsOf(one, state);
        expected -= exposure > 0 ? exposure * pegDown : -exposure * pegUp;
      }
      const sum = measures.pegs.reduce((total, { pnlUsd }) => total + pnlUsd, 0);
      close(sum, expected, grossOf(portfolio), "pegs");
    }),
    { numRuns: 100, examples: [...chargedBooks] },
  );
});

test("charges for closing out, for an uncertain index, near expiry and for custody equal their rules", () => {
  // the nearest expiry, in 12 hours, a third of the way into the window
  const classes = Object.entries(parameters.classes).map(([name, risk]) => [
    name,
    { ...risk, nearExpiryHours: 18 },
  ]);
  const ours: MarginParameters = { ...parameters, classes: Object.fromEntries(classes) };
  const { matrix } = preparePortfolioMargin({ market, parameters: ours, history: testHistory });
  // XYZ is an underlying of its own that the market does not list
  const books = anyPortfolio(market, 6).map((portfolio) => ({
    ...portfolio,
    balances: portfolio.balances.filter(({ asset }) => asset !== "XYZ"),
  }));
  fc.assert(
    fc.property(books, (portfolio) => {
      const { addOns } = requirement(matrix, bookOf(portfolio, matrix).book);
      const charge = (id: string, part: (of: string) => boolean = () => true): number =>
        addOns
          .find((addOn) => addOn.id === id)!
          .parts.reduce((sum, { id: of, amountUsd }) => sum + (part(of) ? amountUsd : 0), 0);
      const expected = { impact: 0, concentration: 0, index: 0, gamma: 0, spread: 0, custody: 0 };
      for (const [symbol, { depth50bpsUsd, dailyVolumeUsd, indexUsd }] of market.underlyings) {
        const risk = riskClassOf(ours, symbol);
        const spot = (book: Portfolio, move: number): number =>
          change(book, { move: (underlying) => ({ ...still, spot: underlying === symbol ? move : 0 }) });
        const delta = Math.abs(spot(portfolio, 0.005) - spot(portfolio, -0.005)) / 0.01;
        const impact = risk.impactAtDepth * Math.sqrt(delta / (depth50bpsUsd! / 2));
        expected.impact += delta * Math.min(risk.impactMax, impact);
        expected.concentration +=
          risk.concentrationRate * Math.max(0, delta - risk.concentrationShare * dailyVolumeUsd!);
        expected.index += 0.02 * risk.oracleWidth * delta;
        const near = portfolio.positions.filter(({ instrument }) => instrument.startsWith(`${symbol}-0.5-`));
        const options = { ...portfolio, balances: [], positions: near };
        const gained = spot(options, risk.nearExpiryMove) + spot(options, -risk.nearExpiryMove);
        expected.gamma += Math.max(0, 1 - 12 / risk.nearExpiryHours) * Math.max(0, -gained / 2);
        const held = portfolio.positions
          .filter(({ instrument }) => instrument === `${symbol}-PERP`)
          .reduce((sum, { size }) => sum + decimalToNumber(size), 0);
        // 1.0008 and 1.0012 of spot around a mark of 1.001, as a share of the notional at the index
        expected.spread += (0.0002 / 1.001) * indexUsd * Math.abs(held);
      }
      for (const [asset, state] of market.assets) {
        const deposit = portfolio.balances
          .filter((balance) => balance.asset === asset)
          .reduce((sum, { amount }) => sum + decimalToNumber(amount), 0);
        const { custodyHaircut } = assetRiskOf(parameters, state);
        expected.custody += Math.max(0, deposit) * state.priceUsd * custodyHaircut;
      }
      const gross = grossOf(portfolio);
      close(charge("price-impact"), expected.impact, gross, "price impact");
      close(charge("concentration"), expected.concentration, gross, "concentration");
      close(
        charge("oracle-uncertainty", (of) => of.endsWith("-index")),
        expected.index,
        gross,
        "index",
      );
      close(charge("near-expiry-gamma"), expected.gamma, gross, "gamma near expiry");
      close(
        charge("half-spread", (of) => /^[A-Z]+-PERP$/.test(of)),
        expected.spread,
        gross,
        "half spread",
      );
      close(charge("custody"), expected.custody, gross, "custody");
    }),
    { numRuns: 100, examples: [...chargedBooks] },
  );
});
