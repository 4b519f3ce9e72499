import assert from "node:assert/strict";
import { test } from "node:test";
import { type Market, type Option, type Portfolio, type Quote, syntheticMarket } from "../market/index.ts";
import { parseDecimal } from "../quantity/index.ts";
import { bookGreeks } from "./book-greeks.ts";
import { economicValue } from "./efficiency.ts";
import { crossMargin } from "./fixed-rate/index.ts";
import { liquidationDistance } from "./liquidation/liquidation-price.ts";
import { curveForward, logMoneyness, optionVol } from "./option-vol.ts";

const market: Market = syntheticMarket({ seed: 1, asOfMs: Date.UTC(2026, 0, 1), size: "small" });
const options = [...market.instruments.values()].filter(
  (instrument): instrument is Option => instrument.kind === "option" && instrument.underlying === "BTC",
);
const option = options.find(
  ({ optionType, strike }) => optionType === "call" && strike >= market.underlyings.get("BTC")!.indexUsd,
)!;

/** The market with every quote as another source would give it. */
function quoted(change: (quote: Quote) => Quote): Market {
  return { ...market, quotes: new Map([...market.quotes].map(([id, quote]) => [id, change(quote)])) };
}
const withoutVols = quoted(({ impliedVol: _vol, ...rest }) => rest);

test("a quote's volatility first, then what its mark implies, then the surface, then the default", () => {
  const own = market.quotes.get(option.id)!.impliedVol!;
  assert.deepEqual(optionVol(option, market), { value: own, source: "quote" });
  const implied = optionVol(option, withoutVols);
  assert.equal(implied.source, "mark");
  assert.ok(Math.abs(implied.value - own) < 1e-6, `${implied.value} ≠ ${own}`);
  const worthless = quoted(({ instrument, timeMs, confidence }) => ({
    instrument,
    timeMs,
    confidence,
    mark: 0,
  }));
  const { surface: _surface, ...bare } = worthless.underlyings.get("BTC")!;
  const withoutSurface: Market = { ...worthless, underlyings: new Map([["BTC", bare]]) };
  assert.deepEqual(optionVol(option, withoutSurface), { value: 1, source: "default" });
  const flat = {
    ...bare,
    surface: { asOfMs: market.asOfMs, expiriesMs: [], volAt: () => ({ value: 0.6, extrapolated: false }) },
  };
  const withSurface: Market = { ...worthless, underlyings: new Map([["BTC", flat]]) };
  assert.deepEqual(optionVol(option, withSurface), { value: 0.6, source: "surface" });
  // A surface that gives nothing is none, and the caller says what is assumed then.
  const nothing = { ...flat.surface, volAt: () => ({ value: 0, extrapolated: true }) };
  const withNothing: Market = {
    ...worthless,
    underlyings: new Map([["BTC", { ...bare, surface: nothing }]]),
  };
  assert.deepEqual(optionVol(option, withNothing, 1.7), { value: 1.7, source: "default" });
});

test("the surface is read at the moneyness from its own forward, whatever forward the quote states", () => {
  const state = market.underlyings.get("BTC")!;
  const moneyness: number[] = [];
  const surface = {
    asOfMs: market.asOfMs,
    expiriesMs: [],
    volAt: (_: number, logMoneyness: number) => {
      moneyness.push(logMoneyness);
      return { value: 0.6, extrapolated: false };
    },
  };
  const elsewhere: Market = {
    ...quoted(({ instrument, timeMs, confidence }) => ({
      instrument,
      timeMs,
      confidence,
      mark: 0,
      forward: 1,
    })),
    underlyings: new Map([["BTC", { ...state, surface }]]),
  };
  assert.equal(optionVol(option, elsewhere).source, "surface");
  assert.ok(Math.abs(Math.exp(moneyness[0]!) - option.strike / curveForward(option, market)) < 1e-9);
  assert.equal(logMoneyness(0, 1), -50);
});

test("greeks, risk value and liquidation are the same whether quotes state volatilities or only marks", () => {
  const portfolio: Portfolio = {
    name: "short call",
    balances: [{ asset: "USD", amount: parseDecimal("30000") }],
    positions: [{ instrument: option.id, size: parseDecimal("-1") }],
    orders: [],
  };
  const near = (got: number, expected: number): void =>
    assert.ok(Math.abs(got / expected - 1) < 1e-5, `${got} ≠ ${expected}`);
  const total = bookGreeks(portfolio, market)[0]!.total;
  const again = bookGreeks(portfolio, withoutVols)[0]!.total;
  near(again.deltaUnits, total.deltaUnits);
  near(again.vegaUsdPerPoint, total.vegaUsdPerPoint);
  near(economicValue(portfolio, withoutVols).riskValueUsd, economicValue(portfolio, market).riskValueUsd);
  const up = (at: Market): number =>
    liquidationDistance(crossMargin(), portfolio, at, { kind: "spot", underlying: "BTC" }).up.move!;
  near(up(withoutVols), up(market));
});
