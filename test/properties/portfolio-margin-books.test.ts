import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Market, type Portfolio } from "../../src/market/index.ts";
import { decimalToNumber, parseDecimal } from "../../src/quantity/index.ts";
import {
  type MarginParameters,
  type MarginResult,
  portfolioMargin,
  preparePortfolioMargin,
} from "../../src/risk/index.ts";
import {
  anyPortfolio,
  asOfMs,
  expiriesMs,
  lateHistory,
  measuredParameters,
  measuredShares,
  portfolioOf,
  shippedParameters,
  testHistory,
  testMarket,
  testParameters,
  wholeParameters,
} from "./portfolio-margin-market.ts";

const market = testMarket();
const prepared = preparePortfolioMargin({ market, parameters: wholeParameters, history: testHistory });
const margin = (balances: Record<string, number>, positions: Record<string, number> = {}): MarginResult =>
  prepared.margin(portfolioOf(balances, positions));
const initial = (...book: Parameters<typeof margin>): number => margin(...book).initialMargin;

const issues: readonly (readonly [string, MarginParameters])[] = [
  ["all shocks in full", wholeParameters],
  ["as shipped", shippedParameters],
  [
    "with floors and few strays",
    {
      ...wholeParameters,
      shortfall: { ...wholeParameters.shortfall, departureStretch: 1.3 },
      stress: { ...wholeParameters.stress, measured: measuredShares, strayCount: 1 },
    },
  ],
];
interface Issue {
  readonly parameters: MarginParameters;
  readonly margin: typeof margin;
  readonly initial: typeof initial;
}
/** A test of each. */
const each = (what: string, run: (issue: Issue) => void): void => {
  for (const [name, parameters] of issues) {
    const model = preparePortfolioMargin({ market, parameters, history: testHistory });
    const own: typeof margin = (balances, positions) => model.margin(portfolioOf(balances, positions));
    test(`${what}, ${name}`, () =>
      run({ parameters, margin: own, initial: (...book) => own(...book).initialMargin }));
  }
};

each("M6 a box needs no more than its width, long or short, at every expiry", ({ margin }) => {
  for (const [days, strikes] of [
    [30, [70_000, 90_000]],
    [120, [80_000, 90_000]],
    [0.5, [70_000, 80_000]],
  ] as const) {
    const [low, high] = strikes;
    const box = {
      [`BTC-${days}-${low}-C`]: 3,
      [`BTC-${days}-${high}-C`]: -3,
      [`BTC-${days}-${low}-P`]: -3,
      [`BTC-${days}-${high}-P`]: 3,
    };
    const width = 3 * (high - low);
    const long = margin({}, box);
    const short = margin({}, Object.fromEntries(Object.entries(box).map(([id, size]) => [id, -size])));
    assert.ok(long.initialMargin <= width && short.initialMargin <= width);
    const inverse = margin(
      {},
      Object.fromEntries(Object.entries(box).map(([id, size]) => [`${id}-INV`, size])),
    );
    // Coin-settled, it moves with spot over forward until it settles.
    assert.ok(inverse.initialMargin <= 0.1 * width && inverse.initialMargin > 0);
    // The payoff is certain: what can be lost is only what the marks differ from it.
    assert.ok(long.initialMargin <= Math.max(0, long.equity - width) + 1e-6);
    assert.ok(short.initialMargin <= Math.max(0, short.equity + width) + 1e-6);
  }
});

each("coin-settled books keep the minimum charge whatever their bound", ({ parameters, initial }) => {
  // A conversion: coin, short call and long put of one strike have a certain payoff.
  const { minimumShortOption } = parameters.classes["btc"]!;
  const minimum = minimumShortOption * market.underlyings.get("BTC")!.indexUsd;
  assert.ok(initial({ BTC: 1 }, { "BTC-30-80000-C-INV": -1, "BTC-30-80000-P-INV": 1 }) >= minimum - 1e-6);
  // A linear one is worth that payoff all the way.
  assert.ok(initial({ BTC: 1 }, { "BTC-30-80000-C": -1, "BTC-30-80000-P": 1 }) < minimum);
});

each("M6 a box paid in a stablecoin is bounded too, by what the stablecoin may lose", ({ parameters }) => {
  const instruments = [...market.instruments.values()].map((item) =>
    item.kind === "option" && item.settlement === "linear" ? { ...item, quoteAsset: "USDC" } : item,
  );
  const paidInUsdc = preparePortfolioMargin({
    market: { ...market, instruments: new Map(instruments.map((item) => [item.id, item])) },
    parameters,
    history: testHistory,
  });
  const box = { "BTC-30-70000-C": 1, "BTC-30-90000-C": -1, "BTC-30-70000-P": -1, "BTC-30-90000-P": 1 };
  const fall = parameters.assets["USDC"]!.pegDown;
  const long = paidInUsdc.margin(portfolioOf({}, box));
  assert.ok(
    long.initialMargin > 0 && long.initialMargin <= long.equity - 20_000 * 0.9995 * (1 - fall) + 1e-6,
  );
  const short = paidInUsdc.margin(
    portfolioOf({}, Object.fromEntries(Object.entries(box).map(([id, n]) => [id, -n]))),
  );
  assert.ok(short.initialMargin <= short.equity + 20_000 + 1e-6);
});

each("M6 a box keeps its bound beside a naked call of another expiry", ({ initial }) => {
  const box = { "BTC-30-70000-C": 9, "BTC-30-90000-C": -9, "BTC-30-70000-P": -9, "BTC-30-90000-P": 9 };
  const call = { "BTC-120-90000-C": -0.01 };
  const apart = initial({}, box) + initial({}, call);
  assert.ok(initial({}, { ...box, ...call }) <= apart + 1e-3);
});

each("M6 a short box in foreign currency allows for the currency's rise", ({ parameters }) => {
  const instruments = [...market.instruments.values()].map((item) =>
    item.kind === "option" && item.settlement === "linear" ? { ...item, quoteAsset: "EUR" } : item,
  );
  const paidInEuro = preparePortfolioMargin({
    market: { ...market, instruments: new Map(instruments.map((item) => [item.id, item])) },
    parameters,
    history: testHistory,
  });
  const short = { "BTC-30-70000-C": -1, "BTC-30-90000-C": 1, "BTC-30-70000-P": 1, "BTC-30-90000-P": -1 };
  const { pegUp } = parameters.assetKinds.fiat;
  assert.ok(paidInEuro.margin(portfolioOf({}, short)).initialMargin >= 20_000 * 1.1 * pegUp - 1e-6);
});

test("the payoff bound of coin against a linear future leaves the basis until it settles in", () => {
  for (const future of ["BTC-F30", "BTC-F120"]) {
    const { expiryMs } = market.instruments.get(future) as { expiryMs: number };
    const years = (expiryMs - asOfMs) / 31_536_000_000;
    const { basisShock } = shippedParameters.classes["btc"]!;
    const forward = market.quotes.get(future)!.mark;
    for (const side of [1, -1]) {
      const { initialMargin, maintenanceMargin } = margin({ BTC: side }, { [future]: -side });
      const loss = forward * Math.abs(Math.exp(side * basisShock * years) - 1);
      assert.ok(initialMargin >= loss - 1, `${side} ${future}: ${initialMargin} < ${loss}`);
      assert.ok(maintenanceMargin >= 0.8 * loss - 1);
      assert.ok(initialMargin <= 2 * loss);
    }
  }
});

each("M6 covered positions and spreads need no more than they can lose", ({ margin }) => {
  const bounded: readonly [
    string,
    Record<string, number>,
    Record<string, number>,
    (equity: number) => number,
  ][] = [
    ["covered call", { BTC: 2 }, { "BTC-30-90000-C": -2 }, (equity) => equity],
    ["covered call, inverse", { BTC: 2 }, { "BTC-30-90000-C-INV": -2 }, (equity) => equity],
    ["covered call on spot", {}, { "BTC-SPOT": 1, "BTC-30-80000-C": -1 }, (equity) => equity],
    [
      "calls over two expiries",
      { BTC: 2 },
      { "BTC-30-90000-C": -1, "BTC-120-70000-C": -1 },
      (equity) => equity,
    ],
    ["long future, short call", {}, { "BTC-F30": 1, "BTC-30-80000-C": -1 }, () => 80_395],
    ["call spread bought", {}, { "BTC-30-80000-C": 1, "BTC-30-90000-C": -1 }, (equity) => equity],
    ["call spread sold", {}, { "BTC-30-80000-C": -1, "BTC-30-90000-C": 1 }, (equity) => equity + 10_000],
    ["put spread sold", {}, { "ETH-120-2500-P": -5, "ETH-120-2000-P": 5 }, (equity) => equity + 2_500],
    ["cash-secured put", {}, { "BTC-30-80000-P": -1 }, (equity) => equity + 80_000],
    ["butterfly", {}, { "BTC-30-70000-C": 1, "BTC-30-80000-C": -2, "BTC-30-90000-C": 1 }, (equity) => equity],
    ["protective put", { BTC: 1 }, { "BTC-30-80000-P": 1 }, (equity) => equity - 80_000],
    ["short stock, long call", { BTC: -1 }, { "BTC-30-90000-C": 1 }, (equity) => equity + 90_000],
    ["long straddle", {}, { "BTC-30-80000-C": 1, "BTC-30-80000-P": 1 }, (equity) => equity],
  ];
  for (const [name, balances, positions, limit] of bounded) {
    const result = margin(balances, positions);
    const most = limit(result.equity);
    assert.ok(result.initialMargin <= most + 1e-3, `${name}: ${result.initialMargin} > ${most}`);
    assert.ok(result.initialMargin > 0, name);
    assert.ok(result.maintenanceMargin <= result.initialMargin, name);
  }
});

each("M6 the bound is the worst payoff over every settlement price, whatever the book", ({ margin }) => {
  const ids = [...market.instruments.values()]
    .filter(
      ({ kind, underlying, settlement, id }) =>
        underlying === "BTC" && kind === "option" && settlement === "linear" && id.includes("-30-"),
    )
    .map(({ id }) => id);
  const sizes = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: ids.length, maxLength: ids.length });
  fc.assert(
    fc.property(sizes, fc.integer({ min: -3, max: 3 }), (units, coins) => {
      const positions = Object.fromEntries(
        ids.map((id, index) => [id, units[index]!]).filter(([, size]) => size !== 0),
      );
      const result = margin({ BTC: coins }, positions);
      const payoff = (price: number): number =>
        ids.reduce((sum, id, index) => {
          const option = market.instruments.get(id)!;
          assert.ok(option.kind === "option");
          const exercise = option.optionType === "call" ? price - option.strike : option.strike - price;
          return sum + units[index]! * Math.max(0, exercise);
        }, coins * price);
      const worst = Math.min(...[0, 70_000, 80_000, 90_000, 1e9].map(payoff));
      assert.ok(result.initialMargin <= Math.max(0, result.equity - worst) + 1e-3);
    }),
    { numRuns: 100 },
  );
});

each("an uncovered call is not bounded by a payoff", ({ margin }) => {
  const naked = margin({}, { "BTC-30-90000-C": -2, "BTC-120-90000-C": 1 });
  assert.equal(
    naked.components.some(({ id }) => id === "payoff-bound"),
    false,
  );
});

test("collateral that hedges lowers the requirement, collateral that falls along does not", () => {
  const perp = initial({ USD: 50_000 }, { "ETH-PERP": -10 });
  const staked = margin({ stETH: 10 }, { "ETH-PERP": -10 });
  assert.ok(staked.initialMargin < 0.6 * perp, `${staked.initialMargin} against ${perp}`);
  const alone = initial({ stETH: 10 });
  assert.ok(staked.initialMargin < alone);
  assert.ok((staked.haircuts?.find(({ asset }) => asset === "stETH")?.initial ?? 1) < 0);
  // Wrong way: the collateral's own fall is asked for on top.
  const wrong = margin({ ETH: 10 }, { "ETH-PERP": 10 });
  const cash = initial({ USD: 25_000 }, { "ETH-PERP": 10 });
  assert.ok(wrong.initialMargin > 1.8 * cash);
  assert.ok((wrong.haircuts?.find(({ asset }) => asset === "ETH")?.initial ?? 0) > 0.15);
});

test("delta-neutral carry costs its basis, not its delta", () => {
  const naked = initial({ USD: 1 }, { "BTC-PERP": 1 });
  assert.ok(initial({ BTC: 1 }, { "BTC-PERP": -1 }) < 0.1 * naked);
  assert.ok(initial({ BTC: 1 }, { "BTC-PERP-INV": -800 }) < 0.1 * naked);
  assert.ok(initial({ USD: 1 }, { "BTC-PERP": -1, "BTC-F30": 1 }) < 0.15 * naked);
});

test("a calendar spread pays for vega that does not offset, a conversion does not", () => {
  const calendar = margin({ USD: 1 }, { "BTC-30-80000-C": -1, "BTC-120-80000-C": 1 });
  const short = margin({ USD: 1 }, { "BTC-30-80000-C": -1 });
  assert.ok(calendar.initialMargin > 0.05 * short.initialMargin);
  const conversion = margin({ USD: 1 }, { "BTC-30-80000-C": -1, "BTC-30-80000-P": 1, "BTC-F30": 1 });
  assert.ok(conversion.initialMargin < 0.02 * short.initialMargin, `${conversion.initialMargin}`);
});

test("opposite positions in two underlyings offset in part: less than their sum, more than nothing", () => {
  const btc = initial({ USD: 1 }, { "BTC-PERP": 1 });
  const eth = initial({ USD: 1 }, { "ETH-PERP": -32 });
  const pair = initial({ USD: 1 }, { "BTC-PERP": 1, "ETH-PERP": -32 });
  assert.ok(pair < 0.8 * (btc + eth));
  assert.ok(pair > 0.15 * (btc + eth));
  const sameWay = initial({ USD: 1 }, { "BTC-PERP": 1, "ETH-PERP": 32 });
  assert.ok(sameWay > pair && sameWay <= btc + initial({ USD: 1 }, { "ETH-PERP": 32 }) + 1);
});

test("short options near expiry are charged for their gamma", () => {
  const near = margin({ USD: 1 }, { "BTC-0.5-80000-C": -1, "BTC-0.5-80000-P": -1 });
  const gamma = near.components
    .flatMap(({ children }) => children ?? [])
    .find(({ id }) => id === "near-expiry-gamma");
  assert.ok((gamma?.initial ?? 0) > 0);
  const far = margin({ USD: 1 }, { "BTC-30-80000-C": -1, "BTC-30-80000-P": -1 });
  const none = far.components
    .flatMap(({ children }) => children ?? [])
    .find(({ id }) => id === "near-expiry-gamma");
  assert.equal(none?.initial, 0);
});

test("less confidence in a price asks for more", () => {
  const doubtful: Market = {
    ...market,
    underlyings: new Map([...market.underlyings].map(([id, state]) => [id, { ...state, confidence: 0.3 }])),
  };
  const model = portfolioMargin(shippedParameters, testHistory);
  const book = portfolioOf({ USD: 1 }, { "BTC-PERP": 1 });
  assert.ok(model.margin(book, doubtful).initialMargin > model.margin(book, market).initialMargin);
});

test("add-ons may grow faster than size", () => {
  const small = initial({ USD: 1 }, { "BTC-PERP": 1 });
  const large = initial({ USD: 1 }, { "BTC-PERP": 10_000 });
  assert.ok(large > 10_100 * small);
});

/** Markets at the edge of what the documents allow. */
const edges: readonly [string, (market: Market) => Market][] = [
  ["one second to expiry", (base) => ({ ...base, asOfMs: expiriesMs[0]! - 1_000 })],
  ["at expiry", (base) => ({ ...base, asOfMs: expiriesMs[1]! })],
  ["past every expiry", (base) => ({ ...base, asOfMs: expiriesMs[2]! + 1 })],
  ["zero strikes", (base) => withOptions(base, { strike: 0 })],
  ["zero volatility", (base) => withQuotes(base, { impliedVol: 0, mark: 0 })],
  ["largest volatility", (base) => withQuotes(base, { impliedVol: 100 })],
  ["zero marks", (base) => withQuotes(base, { mark: 0 })],
  ["no quotes", (base) => ({ ...base, quotes: new Map() })],
  [
    "no surfaces",
    (base) => ({
      ...base,
      underlyings: new Map(
        [...base.underlyings].map(([id, { surface: _surface, ...state }]) => [
          id,
          { ...state, confidence: 0 },
        ]),
      ),
    }),
  ],
  [
    "tiny depth",
    (base) => ({
      ...base,
      underlyings: new Map(
        [...base.underlyings].map(([id, state]) => [id, { ...state, depth50bpsUsd: 0, dailyVolumeUsd: 0 }]),
      ),
    }),
  ],
];

function withOptions(base: Market, change: { readonly strike: number }): Market {
  const instruments = [...base.instruments.values()].map((item) =>
    item.kind === "option" ? { ...item, ...change } : item,
  );
  return { ...base, instruments: new Map(instruments.map((item) => [item.id, item])) };
}

function withQuotes(base: Market, change: { readonly impliedVol?: number; readonly mark?: number }): Market {
  const quotes = [...base.quotes.values()].map((quote) =>
    base.instruments.get(quote.instrument)?.kind === "option" ? { ...quote, ...change } : quote,
  );
  return { ...base, quotes: new Map(quotes.map((quote) => [quote.instrument, quote])) };
}

function checkFinite(result: MarginResult): void {
  const numbers = [
    result.equity,
    result.initialMargin,
    result.maintenanceMargin,
    ...(result.scenarios ?? []).map(({ pnlUsd }) => pnlUsd),
    ...(result.haircuts ?? []).flatMap(({ valueUsd, initial, maintenance }) => [
      valueUsd,
      initial,
      maintenance,
    ]),
    ...(result.worst?.contributions ?? []).map(({ pnlUsd }) => pnlUsd),
    ...result.components.flatMap(({ initial, maintenance, children }) => [
      initial,
      maintenance,
      ...(children ?? []).flatMap((child) => [child.initial, child.maintenance]),
    ]),
  ];
  for (const value of numbers) assert.ok(Number.isFinite(value), `${value}`);
  assert.ok(result.maintenanceMargin <= result.initialMargin && result.maintenanceMargin >= 0);
}

for (const [name, change] of edges) {
  test(`M7 finite with ${name}`, () => {
    const edge = change(market);
    const all = [testParameters, measuredParameters(1)].map((parameters) =>
      preparePortfolioMargin({ market: edge, parameters, history: lateHistory }),
    );
    fc.assert(
      fc.property(anyPortfolio(market, 6), fc.constantFrom(1, 1e9, 1e-9), (portfolio, scale) => {
        const sized: Portfolio = {
          ...portfolio,
          positions: portfolio.positions.map(({ instrument, size }) => ({
            instrument,
            size: parseDecimal(decimalToNumber(size) * scale),
          })),
        };
        for (const at of all) checkFinite(at.margin(sized));
      }),
      { numRuns: 40 },
    );
  });
}

test("M3 M7 finite with 500 positions, and order-free", () => {
  const ids = [...market.instruments.keys()];
  const positions = Array.from({ length: 500 }, (_, index) => ({
    instrument: ids[index % ids.length]!,
    size: parseDecimal(((index * 37) % 101) - 50),
  }));
  const portfolio: Portfolio = { name: "many", balances: [], positions, orders: [] };
  const result = prepared.margin(portfolio);
  checkFinite(result);
  assert.deepEqual(prepared.margin({ ...portfolio, positions: positions.toReversed() }), result);
});

test("an empty account needs nothing", () => {
  const result = margin({});
  assert.equal(result.initialMargin, 0);
  assert.equal(result.initialExcess, 0n);
  assert.equal(result.worst, undefined);
});

test("without a history the stress measures stand alone, and a warning says so", () => {
  const bare = preparePortfolioMargin({ market, parameters: shippedParameters });
  const result = bare.margin(portfolioOf({ USD: 1 }, { "BTC-PERP": 1 }));
  assert.ok(result.initialMargin > 0);
  assert.ok(
    result.diagnostics.some(({ id, severity }) => id === "missing-history" && severity === "warning"),
  );
  const early = preparePortfolioMargin({
    market: { ...market, asOfMs: asOfMs - 400 * 86_400_000 },
    parameters: shippedParameters,
    history: testHistory,
  });
  assert.equal(early.matrix.historicalCount, 0);
});
