import assert from "node:assert/strict";
import { test } from "node:test";
import { type ErrorCode, PlimsollError } from "../quantity/error.ts";
import { checkPortfolio, findPortfolioProblems } from "./check-portfolio.ts";
import { checkHistoryText, parseHistory } from "./history-document.ts";
import { checkMarketText, parseMarket } from "./market-document.ts";
import { checkPortfolioText, parsePortfolio } from "./portfolio-document.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A small valid document of each kind, as a plain value that a test may break. */
const market = (): Record<string, Json> => ({
  schema: "plimsoll/market@1",
  asOfMs: 1_000_000,
  source: "test",
  synthetic: true,
  assets: [
    { asset: "USD", kind: "fiat", priceUsd: 1 },
    { asset: "BTC", kind: "major", priceUsd: 100, underlying: "BTC" },
  ],
  underlyings: [
    {
      symbol: "BTC",
      indexUsd: 100,
      forwards: [
        { expiryMs: 2_000_000, forward: 101 },
        { expiryMs: 3_000_000, forward: 102 },
      ],
      surface: {
        slices: [
          {
            expiryMs: 2_000_000,
            a: 0.01,
            b: 0.1,
            rho: -0.2,
            m: 0,
            sigma: 0.1,
            minLogMoneyness: -0.5,
            maxLogMoneyness: 0.5,
          },
        ],
      },
    },
  ],
  instruments: [
    {
      id: "BTC-C",
      kind: "option",
      underlying: "BTC",
      quoteAsset: "USD",
      settlement: "inverse",
      contractSize: 1,
      expiryMs: 2_000_000,
      strike: 100,
      optionType: "call",
    },
    {
      id: "BTC-PERPETUAL",
      kind: "perpetual",
      underlying: "BTC",
      quoteAsset: "USD",
      settlement: "inverse",
      contractSize: 10,
    },
  ],
  quotes: [
    { instrument: "BTC-C", mark: 0.05, bid: 0.04, ask: 0.06, impliedVol: 0.5, forward: 101 },
    { instrument: "BTC-PERPETUAL", mark: 100 },
  ],
});

const portfolio = (): Record<string, Json> => ({
  schema: "plimsoll/portfolio@1",
  name: "test",
  balances: [{ asset: "USD", amount: "1000.50" }],
  positions: [{ instrument: "BTC-C", size: -1.5 }],
  orders: [{ instrument: "BTC-PERPETUAL", size: "10", price: 99 }],
});

const history = (): Record<string, Json> => ({
  schema: "plimsoll/history@1",
  source: "test",
  synthetic: true,
  startMs: 0,
  intervalMs: 3_600_000,
  series: [
    { factor: "spot", of: "BTC", values: [100, null, 101] },
    { factor: "skew", of: "BTC", values: [-0.02, 0.01, null] },
  ],
});

/** Puts a value at a path such as `quotes.0.mark`; undefined removes what stands there. */
function withValue(
  document: Record<string, Json>,
  path: string,
  value: Json | undefined,
): Record<string, Json> {
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let at: object = document;
  for (const key of keys) at = Object(Reflect.get(at, key));
  if (value === undefined) Reflect.deleteProperty(at, last);
  else Reflect.set(at, last, value);
  return document;
}

interface Break {
  readonly at: string;
  readonly to: Json | undefined;
  readonly code?: ErrorCode;
  readonly field: string;
  readonly limit?: RegExp;
  readonly remedy?: RegExp;
}

function assertRefused(
  parse: (text: string) => unknown,
  document: () => Record<string, Json>,
  breaks: readonly Break[],
): void {
  assert.ok(parse(JSON.stringify(document())));
  for (const { at, to, code = "PLM_FIELD", field, limit, remedy } of breaks) {
    const text = JSON.stringify(withValue(document(), at, to));
    assert.throws(
      () => parse(text),
      (error: unknown) => {
        assert.ok(error instanceof PlimsollError, String(error));
        assert.deepEqual(
          [error.code, error.field],
          [code, field],
          `${at} ← ${JSON.stringify(to)}: ${error.message}`,
        );
        if (limit) assert.match(error.limit, limit);
        if (remedy) assert.match(error.remedy, remedy);
        return true;
      },
    );
  }
}

test("a market document that is wrong is refused by field, value, limit and remedy", () => {
  assertRefused(parseMarket, market, [
    {
      at: "schema",
      to: "plimsoll/market@2",
      code: "PLM_DOCUMENT_VERSION",
      field: "schema",
      limit: /market@1/,
    },
    { at: "schema", to: "plimsoll/portfolio@1", code: "PLM_DOCUMENT_VERSION", field: "schema" },
    { at: "schema", to: undefined, code: "PLM_DOCUMENT_VERSION", field: "schema", remedy: /Add/ },
    { at: "asOfMs", to: undefined, field: "asOfMs", limit: /whole number/, remedy: /Add/ },
    { at: "asOfMs", to: 1.5, field: "asOfMs" },
    { at: "asOfMs", to: "now", field: "asOfMs" },
    { at: "asOfMs", to: -1, field: "asOfMs" },
    { at: "source", to: "", field: "source" },
    { at: "synthetic", to: 1, field: "synthetic", limit: /true or false/ },
    { at: "quotes", to: {}, field: "quotes", limit: /array/ },
    { at: "quots", to: [], field: "quots", limit: /one of the fields/ },
    { at: "assets", to: [], field: "assets" },
    { at: "assets.0.kind", to: "cash", field: "assets[0].kind", limit: /fiat, stablecoin/ },
    { at: "assets.0.kind", to: "fait", field: "assets[0].kind", remedy: /Did you mean fiat/ },
    { at: "assets.0.priceUsd", to: 0, field: "assets[0].priceUsd" },
    { at: "assets.0.confidence", to: 1.1, field: "assets[0].confidence", limit: /from 0 to 1/ },
    { at: "assets.1.asset", to: "USD", code: "PLM_DUPLICATE", field: "assets[1].asset" },
    {
      at: "assets.1.underlying",
      to: "BTCC",
      code: "PLM_UNKNOWN",
      field: "assets[1].underlying",
      remedy: /mean BTC/,
    },
    { at: "underlyings.0.indexUsd", to: -5, field: "underlyings[0].indexUsd" },
    { at: "underlyings.0.indexUsd", to: "5", field: "underlyings[0].indexUsd" },
    { at: "underlyings.0.symbol", to: "ETH", code: "PLM_UNKNOWN", field: "assets[1].underlying" },
    {
      at: "underlyings.0.forwards.1.expiryMs",
      to: 1_500_000,
      field: "underlyings[0].forwards[1].expiryMs",
      limit: /after the expiry before it/,
    },
    { at: "underlyings.0.forwards.1.expiryMs", to: 2_000_000, field: "underlyings[0].forwards[1].expiryMs" },
    {
      at: "underlyings.0.forwards.0.expiryMs",
      to: 1_000_000,
      field: "underlyings[0].forwards[0].expiryMs",
      limit: /after asOfMs/,
    },
    { at: "underlyings.0.forwards.0.forward", to: 0, field: "underlyings[0].forwards[0].forward" },
    { at: "underlyings.0.surface.slices", to: [], field: "underlyings[0].surface.slices" },
    { at: "underlyings.0.surface.slices.0.b", to: -0.1, field: "underlyings[0].surface.slices[0].b" },
    { at: "underlyings.0.surface.slices.0.rho", to: 1.5, field: "underlyings[0].surface.slices[0].rho" },
    {
      at: "underlyings.0.surface.slices.0.a",
      to: -1,
      field: "underlyings[0].surface.slices[0].a",
      limit: /negative/,
    },
    {
      at: "underlyings.0.surface.slices.0.minLogMoneyness",
      to: 1,
      field: "underlyings[0].surface.slices[0].minLogMoneyness",
    },
    {
      at: "underlyings.0.surface.slices.0.expiryMs",
      to: 999_999,
      field: "underlyings[0].surface.slices[0].expiryMs",
    },
    {
      at: "instruments.0.kind",
      to: "warrant",
      field: "instruments[0].kind",
      limit: /spot, perpetual, future, option/,
    },
    { at: "instruments.0.kind", to: "opton", field: "instruments[0].kind", remedy: /mean option/ },
    { at: "instruments.0.kind", to: undefined, field: "instruments[0].kind" },
    { at: "instruments.0", to: 5, field: "instruments[0]", limit: /object/ },
    { at: "instruments.0", to: null, field: "instruments[0]" },
    { at: "instruments.0.strike", to: -1, field: "instruments[0].strike" },
    { at: "instruments.0.strike", to: undefined, field: "instruments[0].strike" },
    { at: "instruments.0.stirke", to: 5, field: "instruments[0].stirke", limit: /one of the fields/ },
    { at: "instruments.0.expiryMs", to: 1_000_000, field: "instruments[0].expiryMs", limit: /after asOfMs/ },
    { at: "instruments.0.optionType", to: "Call", field: "instruments[0].optionType", limit: /call, put/ },
    { at: "instruments.0.contractSize", to: 0, field: "instruments[0].contractSize" },
    {
      at: "instruments.0.underlying",
      to: "BTX",
      code: "PLM_UNKNOWN",
      field: "instruments[0].underlying",
      remedy: /BTC/,
    },
    { at: "instruments.0.quoteAsset", to: "EUR", code: "PLM_UNKNOWN", field: "instruments[0].quoteAsset" },
    { at: "instruments.1.id", to: "BTC-C", code: "PLM_DUPLICATE", field: "instruments[1].id" },
    { at: "instruments.1.expiryMs", to: 5, field: "instruments[1].expiryMs" },
    { at: "instruments.1.id", to: "", field: "instruments[1].id" },
    { at: "instruments.1.id", to: "x".repeat(129), field: "instruments[1].id" },
    { at: "quotes.0.impliedVol", to: -0.5, field: "quotes[0].impliedVol", limit: /from 0 to 100/ },
    { at: "quotes.0.mark", to: -0.01, field: "quotes[0].mark" },
    { at: "quotes.0.mark", to: "NaN", field: "quotes[0].mark", limit: /finite number/ },
    { at: "quotes.0.mark", to: null, field: "quotes[0].mark" },
    { at: "quotes.0.bid", to: 0.07, field: "quotes[0].bid", limit: /ask 0.06/ },
    { at: "quotes.1.mark", to: 0, field: "quotes[1].mark", limit: /only an option/ },
    { at: "quotes.1.impliedVol", to: 0.5, field: "quotes[1].impliedVol", limit: /not an option/ },
    { at: "quotes.1.instrument", to: "BTC-C", code: "PLM_DUPLICATE", field: "quotes[1].instrument" },
    { at: "quotes.1.instrument", to: "BTC-PERPETAUL", field: "quotes", limit: /BTC-PERPETUAL .* no quote/ },
    { at: "quotes.1", to: { instrument: "BTC-X", mark: 1 }, field: "quotes" },
  ]);
});

test("a market may leave out what has a default, and options may be worth nothing", () => {
  const text = JSON.stringify(withValue(market(), "quotes.0", { instrument: "BTC-C", mark: 0 }));
  const parsed = parseMarket(text);
  assert.deepEqual(parsed.quotes.get("BTC-C"), {
    instrument: "BTC-C",
    mark: 0,
    timeMs: 1_000_000,
    confidence: 1,
  });
  assert.equal(parsed.assets.get("BTC")?.confidence, 1);
  assert.equal(parsed.underlyings.get("BTC")?.forwards.forwardAt(2_000_000).value, 101);
});

test("numbers that overflow are not finite and are refused", () => {
  const text = JSON.stringify(market()).replace('"indexUsd":100', '"indexUsd":1e999');
  assert.throws(() => parseMarket(text), { code: "PLM_FIELD", field: "underlyings[0].indexUsd" });
});

test("fields of the object prototype are unknown fields", () => {
  for (const name of ["__proto__", "constructor", "toString"]) {
    const text = JSON.stringify(market()).replace('"synthetic"', `"${name}":{},"synthetic"`);
    assert.throws(() => parseMarket(text), { code: "PLM_FIELD", field: name });
  }
});

test("a portfolio document that is wrong is refused by field, value, limit and remedy", () => {
  assertRefused(parsePortfolio, portfolio, [
    { at: "schema", to: "plimsoll/market@1", code: "PLM_DOCUMENT_VERSION", field: "schema" },
    { at: "name", to: "", field: "name" },
    { at: "balances.0.amount", to: "NaN", field: "balances[0].amount", limit: /number/ },
    { at: "balances.0.amount", to: "Infinity", field: "balances[0].amount" },
    { at: "balances.0.amount", to: "1,000", field: "balances[0].amount" },
    { at: "balances.0.amount", to: " 1", field: "balances[0].amount" },
    { at: "balances.0.amount", to: "", field: "balances[0].amount" },
    { at: "balances.0.amount", to: "0x10", field: "balances[0].amount" },
    { at: "balances.0.amount", to: null, field: "balances[0].amount" },
    { at: "balances.0.amount", to: "1e999", code: "PLM_LIMIT", field: "balances[0].amount" },
    { at: "balances.0.amount", to: `0.${"1".repeat(40)}`, code: "PLM_LIMIT", field: "balances[0].amount" },
    { at: "balances.1", to: { asset: "USD", amount: 1 }, code: "PLM_DUPLICATE", field: "balances[1].asset" },
    { at: "balances.0.asset", to: 5, field: "balances[0].asset" },
    { at: "positions.0.size", to: "one", field: "positions[0].size" },
    { at: "positions.0.size", to: undefined, field: "positions[0].size" },
    { at: "positions.0.entryPrice", to: 0, field: "positions[0].entryPrice" },
    { at: "positions.0.entryprice", to: 1, field: "positions[0].entryprice", remedy: /mean entryPrice/ },
    {
      at: "positions.1",
      to: { instrument: "BTC-C", size: 1 },
      code: "PLM_DUPLICATE",
      field: "positions[1].instrument",
    },
    { at: "orders.0.size", to: 0, field: "orders[0].size", limit: /other than 0/ },
    { at: "orders.0.size", to: "0.000", field: "orders[0].size" },
    { at: "orders.0.price", to: -1, field: "orders[0].price" },
    { at: "orders", to: 5, field: "orders", limit: /array/ },
    {
      at: "positions",
      to: Array.from({ length: 10_001 }, (_, index) => ({ instrument: `I${index}`, size: 1 })),
      code: "PLM_LIMIT",
      field: "positions",
      limit: /at most 10000/,
    },
  ]);
});

test("amounts are exact", () => {
  const parsed = parsePortfolio(
    JSON.stringify(withValue(portfolio(), "balances.0.amount", "0.1000000000000000055")),
  );
  assert.deepEqual(parsed.balances[0]?.amount, { coefficient: 1_000_000_000_000_000_055n, scale: 19 });
});

test("a history document that is wrong is refused by field, value, limit and remedy", () => {
  assertRefused(parseHistory, history, [
    { at: "schema", to: 1, code: "PLM_DOCUMENT_VERSION", field: "schema" },
    { at: "startMs", to: -1, field: "startMs" },
    { at: "intervalMs", to: 0, field: "intervalMs" },
    { at: "series", to: [], field: "series" },
    { at: "series.0.factor", to: "price level", field: "series[0].factor" },
    { at: "series.0.values", to: [], field: "series[0].values" },
    { at: "series.0.values.1", to: "NaN", field: "series[0].values[1]", limit: /number .* or null/ },
    { at: "series.0.values.2", to: 0, field: "series[0].values[2]", limit: /factor spot/ },
    { at: "series.0.values.2", to: -5, field: "series[0].values[2]" },
    { at: "series.1.values", to: [0.1], field: "series[1].values", limit: /array of 3/ },
    {
      at: "series.1",
      to: { factor: "spot", of: "BTC", values: [1, 2, 3] },
      code: "PLM_DUPLICATE",
      field: "series[1]",
    },
  ]);
});

test("all errors of a document are found, at most a hundred", () => {
  const broken = withValue(withValue(market(), "quotes.0.impliedVol", -1), "assets.0.priceUsd", "x");
  assert.deepEqual(
    checkMarketText(JSON.stringify(broken)).errors.map(({ field }) => field),
    ["assets[0].priceUsd", "quotes[0].impliedVol"],
  );
  const many = withValue(
    market(),
    "quotes",
    Array.from({ length: 500 }, () => 1),
  );
  assert.equal(checkMarketText(JSON.stringify(many)).errors.length, 100);
});

test("a document cut short anywhere is refused, never half read", () => {
  for (const [check, whole] of [
    [checkMarketText, JSON.stringify(market())],
    [checkPortfolioText, JSON.stringify(portfolio(), null, 2)],
    [checkHistoryText, JSON.stringify(history(), null, 1)],
  ] as const) {
    for (let length = 0; length < whole.length; length += 1) {
      const { errors } = check(whole.slice(0, length));
      assert.equal(errors[0]?.code, "PLM_JSON_SYNTAX", `cut at ${length}`);
    }
  }
});

test("documents that are no objects are refused", () => {
  for (const text of ["null", "[]", '"x"', "5", "true"]) {
    for (const parse of [parseMarket, parsePortfolio, parseHistory]) {
      assert.throws(() => parse(text), { code: "PLM_FIELD", field: "document" });
    }
  }
});

test("a portfolio is checked against its market", () => {
  const known = parseMarket(JSON.stringify(market()));
  const check = (at: string, to: Json): void =>
    checkPortfolio(parsePortfolio(JSON.stringify(withValue(portfolio(), at, to))), known);
  checkPortfolio(parsePortfolio(JSON.stringify(portfolio())), known);
  for (const [at, to, code, field, remedy] of [
    ["balances.0.asset", "USDD", "PLM_UNKNOWN", "balances[0].asset", /Did you mean USD\?/],
    ["positions.0.instrument", "BTC-P", "PLM_UNKNOWN", "positions[0].instrument", /Did you mean BTC-C\?/],
    ["orders.0.instrument", "SOL-PERPETUAL", "PLM_UNKNOWN", "orders[0].instrument", /BTC-PERPETUAL/],
    ["positions.0.instrument", "nothing like it", "PLM_UNKNOWN", "positions[0].instrument", /among 2/],
    ["positions.0.size", "1e12", "PLM_LIMIT", "portfolio", /Check sizes/],
    ["balances.0.amount", "1e14", "PLM_LIMIT", "portfolio", /Check sizes/],
    ["orders.0.price", 1e-12, "PLM_LIMIT", "portfolio", /Check sizes/],
  ] as const) {
    assert.throws(
      () => check(at, to),
      (error: unknown) => {
        assert.ok(error instanceof PlimsollError, String(error));
        assert.deepEqual([error.code, error.field], [code, field], error.message);
        assert.match(error.remedy, remedy);
        return true;
      },
    );
  }
  const both = parsePortfolio(
    JSON.stringify(withValue(withValue(portfolio(), "balances.0.asset", "X"), "orders.0.instrument", "Y")),
  );
  assert.deepEqual(
    findPortfolioProblems(both, known).map(({ field }) => field),
    ["balances[0].asset", "orders[0].instrument"],
  );
});

test("a document in which everything is wrong is refused without looking for a hint to each error", () => {
  const count = 50_000;
  const instrument = {
    kind: "perpetual",
    underlying: "BTC",
    quoteAsset: "USD",
    settlement: "linear",
    contractSize: 1,
  };
  const document = {
    ...market(),
    instruments: Array.from({ length: count }, (_, index) => ({ id: `BTC-${index}`, ...instrument })),
    quotes: Array.from({ length: count }, (_, index) => ({ instrument: `BTC_${index}`, mark: 1 })),
  };
  assert.equal(checkMarketText(JSON.stringify(document)).errors.length, 100);
});
