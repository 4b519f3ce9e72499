import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instrument, linearForwardCurve, type Market, type Portfolio } from "../market/index.ts";
import { formatUsdMicros, parseDecimal } from "../quantity/index.ts";
import { accountValue, excessMicros, unrealisedProfit } from "./account-value.ts";

const common = { underlying: "BTC", quoteAsset: "USD", contractSize: 1 } as const;
const instruments: readonly Instrument[] = [
  { ...common, id: "SPOT", kind: "spot", quoteAsset: "USDC", settlement: "linear", contractSize: 0.1 },
  { ...common, id: "PERP", kind: "perpetual", quoteAsset: "USDC", settlement: "linear" },
  { ...common, id: "INV", kind: "perpetual", settlement: "inverse", contractSize: 10 },
  {
    ...common,
    id: "CALL",
    kind: "option",
    settlement: "linear",
    expiryMs: 9e9,
    strike: 5,
    optionType: "call",
  },
  {
    ...common,
    id: "COIN-CALL",
    kind: "option",
    settlement: "inverse",
    expiryMs: 9e9,
    strike: 5,
    optionType: "call",
  },
];
const marks: Readonly<Record<string, number>> = {
  SPOT: 100_000,
  PERP: 100_000,
  INV: 100_000,
  CALL: 500,
  "COIN-CALL": 0.02,
};
const market: Market = {
  asOfMs: 1e9,
  source: "test",
  synthetic: true,
  assets: new Map([
    ["USD", { asset: "USD", kind: "fiat", priceUsd: 1, confidence: 1 }],
    ["USDC", { asset: "USDC", kind: "stablecoin", priceUsd: 0.99, confidence: 1 }],
    ["BTC", { asset: "BTC", kind: "major", priceUsd: 100_000, confidence: 1, underlying: "BTC" }],
  ]),
  underlyings: new Map([
    [
      "BTC",
      {
        symbol: "BTC",
        indexUsd: 100_000,
        confidence: 1,
        forwards: linearForwardCurve({ asOfMs: 1e9, spot: 100_000, points: [] }),
      },
    ],
  ]),
  instruments: new Map(instruments.map((instrument) => [instrument.id, instrument])),
  quotes: new Map(
    Object.entries(marks).map(([instrument, mark]) => [
      instrument,
      { instrument, mark, timeMs: 1e9, confidence: 1 },
    ]),
  ),
};

const portfolioOf = (
  balances: Readonly<Record<string, string>>,
  positions: readonly (readonly [id: string, size: string, entryPrice?: number])[] = [],
): Portfolio => ({
  name: "test",
  balances: Object.entries(balances).map(([asset, amount]) => ({ asset, amount: parseDecimal(amount) })),
  positions: positions.map(([instrument, size, entryPrice]) => ({
    instrument,
    size: parseDecimal(size),
    ...(entryPrice === undefined ? {} : { entryPrice }),
  })),
  orders: [],
});

test("equity by kind of holding", () => {
  const cases: readonly [name: string, portfolio: Portfolio, equityUsd: number][] = [
    ["nothing", portfolioOf({}), 0],
    ["cash and a debt", portfolioOf({ USD: "1000.5", USDC: "-100" }), 1000.5 - 99],
    ["coin", portfolioOf({ BTC: "0.5" }), 50_000],
    [
      "spot: size × contract × price × quote asset",
      portfolioOf({}, [["SPOT", "3"]]),
      3 * 0.1 * 100_000 * 0.99,
    ],
    ["perpetual at its mark", portfolioOf({}, [["PERP", "2"]]), 0],
    ["perpetual's profit, in its quote asset", portfolioOf({}, [["PERP", "2", 99_000]]), 2 * 1000 * 0.99],
    ["short perpetual's loss", portfolioOf({}, [["PERP", "-2", 99_000]]), -2 * 1000 * 0.99],
    [
      "inverse profit is coin",
      portfolioOf({}, [["INV", "8000", 80_000]]),
      80_000 * (1 / 80_000 - 1 / 100_000) * 100_000,
    ],
    ["short linear option", portfolioOf({}, [["CALL", "-3"]]), -1500],
    ["inverse option: coin price × index", portfolioOf({}, [["COIN-CALL", "2"]]), 4000],
    ["an option's entry price is history", portfolioOf({}, [["CALL", "1", 9_999]]), 500],
  ];
  for (const [name, portfolio, equityUsd] of cases) {
    assert.ok(Math.abs(accountValue(portfolio, market).equityUsd - equityUsd) < 1e-6, name);
  }
});

test("unrealised profit joins the balance that it is paid in", () => {
  const { holdings } = accountValue(
    portfolioOf({ BTC: "1" }, [
      ["INV", "8000", 80_000],
      ["PERP", "1", 90_000],
    ]),
    market,
  );
  assert.deepEqual(
    holdings.map(({ asset, balance, unrealised }) => [asset, balance, Math.round(unrealised * 1e9) / 1e9]),
    [
      ["BTC", 1, 0.2],
      ["USDC", 0, 10_000],
    ],
  );
});

test("excess: cash to the micro-dollar, the rest and the requirement against the account", () => {
  const dust = portfolioOf({ USD: "0.1234567", USDC: "0.0000015" });
  const value = accountValue(dust, market);
  assert.equal(formatUsdMicros(value.cash), "0.123456");
  assert.equal(formatUsdMicros(excessMicros(value, 0)), "0.123457");
  assert.equal(formatUsdMicros(excessMicros(value, 1e-9)), "0.123456");
  assert.equal(formatUsdMicros(excessMicros({ ...value, otherUsd: -1e-9 }, 0)), "0.123455");
  const large = { cash: value.cash, otherUsd: 9e18 };
  assert.ok(excessMicros(large, 9e18) === value.cash);
});

test("profit from entry to mark, linear and inverse", () => {
  const inverse = market.instruments.get("INV");
  const linear = market.instruments.get("PERP");
  assert.ok(inverse && linear);
  assert.equal(unrealisedProfit(linear, -2, 90, 100), -20);
  assert.ok(Math.abs(unrealisedProfit(inverse, 10, 50_000, 100_000) - 0.001) < 1e-15);
  assert.equal(unrealisedProfit(inverse, 10, undefined, 100_000), 0);
});

test("an excess beyond money of account stays at its end, on its side of zero", () => {
  const value = { cash: accountValue(portfolioOf({ USD: "0.5" }), market).cash, otherUsd: 0 };
  assert.equal(formatUsdMicros(excessMicros(value, 1e18)), "-1000000000000000.000000");
  assert.equal(formatUsdMicros(excessMicros({ ...value, otherUsd: 1e28 }, 1e18)), "1000000000000000.000000");
});
