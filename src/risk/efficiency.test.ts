import assert from "node:assert/strict";
import { test } from "node:test";
import { type Market, type Portfolio, syntheticMarket } from "../market/index.ts";
import { parseDecimal } from "../quantity/index.ts";
import { bookGreeks } from "./book-greeks.ts";
import { bufferInDelayMoves, capitalMetrics, economicValue } from "./efficiency.ts";
import { crossMargin } from "./fixed-rate/index.ts";
import { liquidationDistance } from "./liquidation/liquidation-price.ts";
import { shockMarket } from "./liquidation/shock-market.ts";
import { accountValue } from "./account-value.ts";

const market: Market = syntheticMarket({ seed: 1, asOfMs: Date.UTC(2026, 0, 1), size: "small" });

function book(balances: Record<string, string>, positions: Record<string, string>): Portfolio {
  return {
    name: "test",
    balances: Object.entries(balances).map(([asset, amount]) => ({ asset, amount: parseDecimal(amount) })),
    positions: Object.entries(positions).map(([instrument, size]) => ({
      instrument,
      size: parseDecimal(size),
      entryPrice: market.quotes.get(instrument)!.mark,
    })),
    orders: [],
  };
}

const near = (got: number, expected: number, relative = 1e-9): void =>
  assert.ok(Math.abs(got - expected) <= relative * Math.max(1, Math.abs(expected)), `${got} ≠ ${expected}`);

const btc = market.underlyings.get("BTC")!.indexUsd;

test("notional counts faces, in USD for inverse contracts", () => {
  near(economicValue(book({}, { "BTC_USDC-PERPETUAL": "-2" }), market).grossNotionalUsd, 2 * btc);
  near(economicValue(book({}, { "BTC-PERPETUAL": "100" }), market).grossNotionalUsd, 1000);
});

test("risk value adds positions that hedge each other; a delta-one position loses 15 %", () => {
  const alone = economicValue(book({}, { "BTC_USDC-PERPETUAL": "1" }), market);
  const usdc = market.assets.get("USDC")!.priceUsd;
  near(alone.riskValueUsd, 0.15 * market.quotes.get("BTC_USDC-PERPETUAL")!.mark * usdc);
  const pair = economicValue(book({}, { "BTC_USDC-PERPETUAL": "1", BTC_USDC: "-1" }), market);
  assert.ok(pair.riskValueUsd > 1.9 * alone.riskValueUsd);
});

test("metrics of a result", () => {
  const portfolio = book({ USD: "20000" }, { "BTC_USDC-PERPETUAL": "1" });
  const result = crossMargin().margin(portfolio, market);
  const metrics = capitalMetrics(economicValue(portfolio, market), result);
  near(metrics.efficiencyByNotional, 20);
  near(metrics.capitalUtilization, result.initialMargin / 20_000);
  near(metrics.liquidityBufferUsd, 20_000 - result.maintenanceMargin);
  const empty = capitalMetrics(
    { grossNotionalUsd: 0, riskValueUsd: 0 },
    crossMargin().margin(book({}, {}), market),
  );
  assert.equal(empty.efficiencyByNotional, 0);
  assert.equal(empty.capitalUtilization, 0, "an account that needs nothing uses nothing");
  const distance = liquidationDistance(crossMargin(), portfolio, market, { kind: "spot", underlying: "BTC" });
  near(bufferInDelayMoves(distance, 0.5, 31_536_000_000), Math.abs(distance.down.move!) / 0.5);
});

test("book greeks agree with revaluation of the whole account", () => {
  const options = [...market.instruments.values()].filter(
    ({ kind, underlying }) => kind === "option" && underlying === "BTC",
  );
  const chosen = options.filter((_, at) => at % 17 === 3);
  const positions = Object.fromEntries(chosen.map(({ id }, at) => [id, at % 2 === 0 ? "1" : "-2"]));
  const portfolio = book(
    { BTC: "0.7", USDC: "100" },
    { ...positions, "BTC-PERPETUAL": "-3000", "BTC-30JAN26": "500", BTC_USDC: "0.2" },
  );
  const total = bookGreeks(portfolio, market)[0]!.total;
  const at = (spotMove: number, volShift = 0): number =>
    accountValue(portfolio, shockMarket(market, { underlying: "BTC", spotMove, volShift })).equityUsd;
  const h = 1e-3;
  near(total.deltaUnits, (at(h) - at(-h)) / (2 * h * btc), 1e-4);
  near(total.gammaUnitsPerPercent, ((at(h) - 2 * at(0) + at(-h)) / (h * h * btc * btc)) * btc * 0.01, 2e-3);
  near(total.vegaUsdPerPoint, (at(0, 1e-4) - at(0, -1e-4)) / 2e-2, 1e-4);
});

test("the greeks of a coin profit: its value counts once, its delta is what revaluation says", () => {
  const coin = market.assets.get("BTC");
  const portfolio: Portfolio = {
    ...book({ BTC: "0.5" }, {}),
    positions: [{ instrument: "BTC-PERPETUAL", size: parseDecimal("-20000"), entryPrice: btc * 0.9 }],
  };
  const [{ items, total } = { items: [], total: undefined }] = bookGreeks(portfolio, market);
  near(total!.valueUsd, accountValue(portfolio, market).equityUsd);
  near(items.find(({ item }) => item === "BTC")!.valueUsd, 0.5 * coin!.priceUsd);
  // The profit of an inverse contract is linear in spot with slope −face ÷ entry while its basis stays.
  near(total!.deltaUnits, 0.5 * (coin!.priceUsd / btc) - 200_000 / (btc * 0.9), 1e-9);
});
