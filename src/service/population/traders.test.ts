import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../../numerics/index.ts";
import {
  drawTrader,
  type PopulationMarket,
  signerOf,
  temperamentShares,
  type Trader,
  tradesOptions,
} from "./traders.ts";

const market: PopulationMarket = {
  coins: ["BTC", "ETH", "SOL", "DOGE"],
  optionCoins: ["BTC", "ETH"],
  collateral: new Set(["USDC", "BTC", "ETH", "stETH"]),
  hasInverse: true,
};

function draw(count: number, changes: Partial<PopulationMarket> = {}): Trader[] {
  const random = randomStream(7);
  return Array.from({ length: count }, (_, i) =>
    drawTrader(random, i, { ...market, ...changes }, { portfolio: 0.1 }),
  );
}

test("temperaments come in their shares; weights sum to one; everything is within its bounds", () => {
  const traders = draw(20_000);
  const total = temperamentShares.reduce((sum, [, share]) => sum + share, 0);
  assert.equal(total, 100);
  for (const [temperament, share] of temperamentShares) {
    const count = traders.filter((trader) => trader.temperament === temperament).length;
    // Four deviations of a binomial.
    const expected = (traders.length * share) / 100;
    assert.ok(Math.abs(count - expected) < 4 * Math.sqrt(expected), temperament);
  }
  for (const { shares, leverage, equityUsd, collateral, reserveUsd } of traders) {
    const sizes = shares.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
    assert.ok(Math.abs(sizes - 1) < 1e-12 && shares.length <= 4);
    assert.ok(leverage >= 0 && leverage <= 22 && equityUsd >= 200 && equityUsd <= 4e6);
    assert.ok(reserveUsd >= 0 && reserveUsd <= 1.5 * equityUsd && market.collateral.has(collateral));
  }
  const byEquity = traders.map(({ equityUsd }) => equityUsd).sort((a, b) => b - a);
  const top = byEquity.slice(0, 200).reduce((sum, usd) => sum + usd, 0);
  const all = byEquity.reduce((sum, usd) => sum + usd, 0);
  assert.ok(top / all > 0.15 && top / all < 0.5, "one in a hundred has a large part of the money");
});

test("without options or inverse perpetuals nobody is drawn who needs them", () => {
  const traders = draw(2_000, { optionCoins: [], hasInverse: false });
  assert.ok(traders.every((trader) => !tradesOptions(trader) && trader.temperament !== "inverseLong"));
});

test("addresses are addresses, and each its own", () => {
  const addresses = new Set(Array.from({ length: 10_000 }, (_, i) => signerOf(i)));
  assert.equal(addresses.size, 10_000);
  for (const address of addresses) assert.match(address, /^0x[0-9a-f]{40}$/);
});
