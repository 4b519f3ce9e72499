import {
  driftV2Model,
  driftV2Sheet,
  dydxV4Model,
  dydxV4Sheet,
  hyperliquidCrossModel,
  hyperliquidMainnetSheet,
  hyperliquidPortfolioModel,
  mangoV4Model,
} from "../../src/risk/venues/index.ts";
import { book, testBooks } from "./round-market.ts";

testBooks([
  {
    name: "Mango: a perpetual at 5 % to open and 2.5 % to keep",
    model: mangoV4Model(),
    portfolio: book([["USDC", 50_000]], [["BTC-PERP", 2, 100_000]]),
    equity: 50_000,
    initial: 10_000,
    maintenance: 5_000,
    findings: ["stable-price"],
  },
  {
    name: "Mango: a profit counts at 90 % and 95 %",
    model: mangoV4Model(),
    portfolio: book([["USDC", 50_000]], [["BTC-PERP", -1, 120_000]]),
    equity: 70_000,
    initial: 20_000 - (20_000 - 5_000) * 0.9,
    maintenance: 20_000 - (20_000 - 2_500) * 0.95,
    findings: ["stable-price"],
  },
  {
    name: "Mango: a slow price below the oracle's guards the opening of risk, not the keeping",
    model: mangoV4Model({ stablePricesUsd: { USDC: 1, BTC: 90_000 } }),
    portfolio: book([["USDC", 50_000]], [["BTC-PERP", 1, 100_000]]),
    equity: 50_000,
    initial: 100_000 - 90_000 * 0.95,
    maintenance: 2_500,
  },
  {
    name: "Drift: initial margin takes deposits at the lower of price and average, maintenance at the price",
    model: driftV2Model({ averagePricesUsd: { USDT: 1, SOL: 180 } }),
    portfolio: book([["SOL", 100]]),
    status: "partial",
    equity: 20_000,
    initial: 20_000 - 18_000 * 0.8,
    maintenance: 2_000,
    findings: ["missing-term"],
  },
  {
    name: "Drift: deposits by weight, perpetuals at 5 % until the sheet knows the maintenance ratio",
    model: driftV2Model(),
    portfolio: book(
      [
        ["USDC", 10_000],
        ["SOL", 100],
      ],
      [["BTC-PERP", -0.5, 100_000]],
    ),
    status: "partial",
    equity: 30_000,
    initial: 20_000 * 0.2 + 2_500,
    maintenance: 20_000 * 0.1 + 2_500,
    findings: ["missing-term", "missing-term", "missing-term"],
  },
  {
    name: "Drift: a full sheet gives a complete result; orders fill at their worst and cost a cent",
    model: driftV2Model({
      sheet: {
        ...driftV2Sheet,
        perpMarkets: [
          {
            underlying: "BTC",
            marginRatioInitial: 0.05,
            marginRatioMaintenance: 0.03,
            imfFactor: 0,
            profitWeights: { initial: 0, maintenance: 1, initialImfFactor: 0 },
          },
        ],
      },
    }),
    portfolio: book([["USDC", 20_000]], [["BTC-PERP", 1, 90_000]], [["BTC-PERP", 1, 99_000]]),
    equity: 30_000,
    initial: 10_000 + 200_000 * 0.05 + 0.01,
    maintenance: 200_000 * 0.03 + 0.01,
  },
  {
    name: "Hyperliquid cross: notional over 40, half of it to keep",
    model: hyperliquidCrossModel(),
    portfolio: book([["USDC", 10_000]], [["BTC-PERP", 2, 101_000]]),
    equity: 8_000,
    initial: 5_000,
    maintenance: 2_500,
  },
  {
    name: "Hyperliquid cross: beyond 150 million the maintenance grows at the second tier's rate",
    model: hyperliquidCrossModel({ leverage: 10 }),
    portfolio: book([["USDC", 50_000_000]], [["BTC-PERP", -2_000]]),
    equity: 50_000_000,
    initial: 20_000_000,
    maintenance: 150e6 / 80 + 50e6 / 40,
  },
  {
    name: "Hyperliquid cross: spot lies in another wallet",
    model: hyperliquidCrossModel(),
    portfolio: book(
      [["USDC", 5_000]],
      [
        ["BTC", 1],
        ["BTC-PERP", -1],
      ],
    ),
    equity: 105_000,
    initial: 102_500,
    maintenance: 101_250,
    findings: ["uncounted-collateral"],
  },
  {
    name: "Hyperliquid PM: ratio of 0.95 over 20 dollars, margins and the debt",
    model: hyperliquidPortfolioModel({
      sheet: {
        ...hyperliquidMainnetSheet,
        portfolio: {
          ...hyperliquidMainnetSheet.portfolio,
          borrowCapUsd: 1e9,
          collateral: [{ assets: ["BTC"], ltv: 0.5, supplyCap: 10 }],
        },
      },
    }),
    portfolio: book(
      [["USDC", -19_000]],
      [
        ["BTC", 1],
        ["BTC-PERP", -1],
      ],
    ),
    equity: 81_000,
    initial: 50_000 + 2_500 + 20 / 0.95,
    maintenance: 25_000 + 1_250 / 0.95 + 20 / 0.95 + 19_000 / 0.95 - 19_000,
  },
  {
    name: "dYdX: 2 % and 1.2 % of a large market",
    model: dydxV4Model(),
    portfolio: book([["USDC", 10_000]], [["BTC-PERP", -3]]),
    equity: 10_000,
    initial: 6_000,
    maintenance: 3_600,
  },
  {
    name: "dYdX: open interest halfway between the bounds puts the fraction halfway to 1; maintenance stays",
    model: dydxV4Model({ sheet: { ...dydxV4Sheet, openInterest: [{ underlying: "SOL", usd: 70e6 }] } }),
    portfolio: book([["USDC", 10_000]], [["SOL-PERP", 10]]),
    equity: 10_000,
    initial: 2_000 * 0.525,
    maintenance: 2_000 * 0.03,
  },
  {
    name: "Fiat counts as the settlement coin, and a coin-settled perpetual as its linear equivalent",
    model: dydxV4Model(),
    // Long 10,000 contracts of 10 USD from 80,000: 0.25 coins of profit, and the delta of one coin.
    portfolio: book([["USD", 10_000]], [["BTC-INVERSE", 10_000, 80_000]]),
    equity: 35_000,
    initial: 2_000,
    maintenance: 1_200,
    findings: ["fiat-as-settlement", "translated-contract"],
  },
]);
