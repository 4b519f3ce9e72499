import assert from "node:assert/strict";
import { test } from "node:test";
import { type Portfolio } from "../../src/market/index.ts";
import { liquidationDistance, type MarginModel } from "../../src/risk/index.ts";
import {
  aaveV3Model,
  driftV2Model,
  dydxV4Model,
  hyperliquidCrossModel,
  mangoV4Model,
  morphoBlueModel,
} from "../../src/risk/venues/index.ts";
import { book, roundMarket } from "./round-market.ts";

interface Liquidation {
  readonly name: string;
  readonly model: MarginModel;
  readonly portfolio: Portfolio;
  readonly underlying: string;
  readonly side: "down" | "up";
  readonly priceUsd: number;
}

/** The venues' own closed formulas, where one exists because nothing else in the book moves. */
const liquidations: readonly Liquidation[] = [
  {
    name: "Aave: debt over collateral times threshold",
    model: aaveV3Model(),
    portfolio: book([
      ["ETH", 10],
      ["USDC", -20_000],
    ]),
    underlying: "ETH",
    side: "down",
    priceUsd: 20_000 / (10 * 0.83),
  },
  {
    name: "Morpho: debt over collateral times LLTV",
    model: morphoBlueModel(),
    portfolio: book([
      ["BTC", 1],
      ["USDC", -50_000],
    ]),
    underlying: "BTC",
    side: "down",
    priceUsd: 50_000 / 0.86,
  },
  {
    // price − side × margin available ÷ size ÷ (1 − l × side), l = 1 ÷ maintenance leverage
    name: "Hyperliquid: a long",
    model: hyperliquidCrossModel(),
    portfolio: book([["USDC", 10_000]], [["BTC-PERP", 1, 100_000]]),
    underlying: "BTC",
    side: "down",
    priceUsd: 100_000 - (10_000 - 1_250) / (1 - 1 / 80),
  },
  {
    name: "Hyperliquid: a short",
    model: hyperliquidCrossModel(),
    portfolio: book([["USDC", 10_000]], [["BTC-PERP", -1, 100_000]]),
    underlying: "BTC",
    side: "up",
    priceUsd: 100_000 + (10_000 - 1_250) / (1 + 1 / 80),
  },
  {
    name: "dYdX: a short at 1.2 % maintenance",
    model: dydxV4Model(),
    portfolio: book([["USDC", 10_000]], [["BTC-PERP", -1, 100_000]]),
    underlying: "BTC",
    side: "up",
    priceUsd: 110_000 / 1.012,
  },
  {
    name: "Mango: a long at a maintenance weight of 0.975",
    model: mangoV4Model(),
    portfolio: book([["USDC", 10_000]], [["BTC-PERP", 1, 100_000]]),
    underlying: "BTC",
    side: "down",
    priceUsd: 90_000 / 0.975,
  },
  {
    name: "Drift: coin collateral against its own short, weight 0.9 and ratio 5 %",
    model: driftV2Model(),
    portfolio: book(
      [
        ["USDC", -5_000],
        ["SOL", 1_000],
      ],
      [["SOL-PERP", -500, 200]],
    ),
    underlying: "SOL",
    side: "down",
    // 900 S − 5000 − 500 (S − 200) − 25 S = 0 has no root above 0: the book is safe all the way down.
    priceUsd: Number.NaN,
  },
];

for (const { name, model, portfolio, underlying, side, priceUsd } of liquidations) {
  test(`liquidation, ${name}`, () => {
    const distance = liquidationDistance(model, portfolio, roundMarket(), { kind: "spot", underlying });
    const found = distance[side].priceUsd;
    if (Number.isNaN(priceUsd)) assert.equal(found, undefined);
    else
      assert.ok(
        found !== undefined && Math.abs(found / priceUsd - 1) < 1e-7,
        `${found} instead of ${priceUsd}`,
      );
  });
}
