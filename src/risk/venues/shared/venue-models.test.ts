import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Instrument,
  type Market,
  parsePortfolio,
  type Portfolio,
  type Quote,
} from "../../../market/index.ts";
import { linearForwardCurve } from "../../../market/linear-forward-curve.ts";
import { liquidationDistance } from "../../liquidation/liquidation-price.ts";
import { type MarginModel, type MarginResult } from "../../margin-model.ts";
import { aaveEthereumSheet, aaveV3Model } from "../aave/index.ts";
import { driftV2Model, driftV2Sheet } from "../drift/index.ts";
import { dydxV4Model, dydxV4Sheet } from "../dydx/index.ts";
import {
  hyperliquidCrossModel,
  hyperliquidMainnetSheet,
  hyperliquidPortfolioModel,
} from "../hyperliquid/index.ts";
import { mangoV4Model } from "../mango/index.ts";
import { morphoBlueModel } from "../morpho/index.ts";

const asOfMs = 1_767_225_600_000;
const prices = { BTC: 100_000, ETH: 4_000, SOL: 200 } as const;

/** Round prices, so that every expectation below is worked out by hand. */
function market(): Market {
  const instruments = new Map<string, Instrument>();
  const quotes = new Map<string, Quote>();
  const add = (instrument: Instrument, mark: number): void => {
    instruments.set(instrument.id, instrument);
    quotes.set(instrument.id, { instrument: instrument.id, mark, timeMs: asOfMs, confidence: 1 });
  };
  for (const [underlying, mark] of Object.entries(prices)) {
    const base = { underlying, quoteAsset: "USDC", settlement: "linear", contractSize: 1 } as const;
    add({ ...base, id: underlying, kind: "spot" }, mark);
    add({ ...base, id: `${underlying}-PERP`, kind: "perpetual" }, mark);
  }
  const inverse = { underlying: "BTC", quoteAsset: "USD", settlement: "inverse", contractSize: 10 } as const;
  add({ ...inverse, id: "BTC-INVERSE", kind: "perpetual" }, 100_000);
  add({ ...inverse, id: "BTC-FUTURE", kind: "future", expiryMs: asOfMs + 86_400_000 }, 100_100);
  const asset = (
    name: string,
    priceUsd: number,
    kind: "fiat" | "stablecoin" | "major" | "staked",
    underlying?: string,
  ) =>
    [
      name,
      { asset: name, kind, priceUsd, confidence: 1, ...(underlying !== undefined && { underlying }) },
    ] as const;
  return {
    asOfMs,
    source: "constructed",
    synthetic: true,
    assets: new Map([
      asset("USD", 1, "fiat"),
      asset("USDC", 1, "stablecoin"),
      asset("BTC", 100_000, "major", "BTC"),
      asset("ETH", 4_000, "major", "ETH"),
      asset("SOL", 200, "major", "SOL"),
      asset("stETH", 4_000, "staked", "ETH"),
      asset("HYPE", 40, "major"),
    ]),
    underlyings: new Map(
      Object.entries(prices).map(([symbol, indexUsd]) => [
        symbol,
        {
          symbol,
          indexUsd,
          confidence: 1,
          forwards: linearForwardCurve({ asOfMs, spot: indexUsd, points: [] }),
        },
      ]),
    ),
    instruments,
    quotes,
  };
}

type Row = readonly [string, number | string, number?];

function book(
  balances: readonly Row[],
  positions: readonly Row[] = [],
  orders: readonly Row[] = [],
): Portfolio {
  return parsePortfolio(
    JSON.stringify({
      schema: "plimsoll/portfolio@1",
      balances: balances.map(([asset, amount]) => ({ asset, amount })),
      positions: positions.map(([instrument, size, entryPrice]) => ({
        instrument,
        size,
        ...(entryPrice !== undefined && { entryPrice }),
      })),
      orders: orders.map(([instrument, size, price]) => ({ instrument, size, price })),
    }),
  );
}

const near = (got: number, want: number, what: string): void =>
  assert.ok(Math.abs(got - want) <= 1e-4, `${what}: got ${got}, want ${want}`);

interface Expected {
  readonly name: string;
  readonly model: MarginModel;
  readonly portfolio: Portfolio;
  readonly status?: MarginResult["status"];
  readonly equity: number;
  readonly initial: number;
  readonly maintenance: number;
  readonly findings?: readonly string[];
}

const cases: readonly Expected[] = [
  {
    name: "Aave: ether against dollars at LTV 80.5 % and threshold 83 %",
    model: aaveV3Model(),
    portfolio: book([
      ["ETH", 10],
      ["USDC", -20_000],
    ]),
    equity: 20_000,
    initial: 40_000 * 0.195,
    maintenance: 40_000 * 0.17,
  },
  {
    name: "Aave: staked ether against ether goes into its e-mode",
    model: aaveV3Model(),
    portfolio: book([
      ["stETH", 10],
      ["ETH", -9],
    ]),
    equity: 4_000,
    initial: 40_000 * 0.07,
    maintenance: 40_000 * 0.05,
    findings: ["e-mode"],
  },
  {
    name: "Aave: the same outside any e-mode",
    model: aaveV3Model({ emode: "none" }),
    portfolio: book([
      ["stETH", 10],
      ["ETH", -9],
    ]),
    equity: 4_000,
    initial: 40_000 * 0.28,
    maintenance: 40_000 * 0.17,
  },
  {
    name: "Aave: an LTV that no source gives makes the result partial, bounded by the threshold",
    model: aaveV3Model(),
    portfolio: book([
      ["USDC", 10_000],
      ["ETH", -1],
    ]),
    status: "partial",
    equity: 6_000,
    initial: 2_200,
    maintenance: 2_200,
    findings: ["missing-term"],
  },
  {
    name: "Aave: a coin that is no reserve counts for nothing",
    model: aaveV3Model(),
    portfolio: book([
      ["ETH", 1],
      ["HYPE", 100],
    ]),
    equity: 8_000,
    initial: 4_000 * 0.195 + 4_000,
    maintenance: 4_000 * 0.17 + 4_000,
    findings: ["uncounted-collateral"],
  },
  {
    name: "Morpho: one limit opens and liquidates",
    model: morphoBlueModel(),
    portfolio: book([
      ["BTC", 1],
      ["USDC", -50_000],
    ]),
    equity: 50_000,
    initial: 14_000,
    maintenance: 14_000,
  },
  {
    name: "Morpho: two debts are isolated positions, the tighter pair first",
    model: morphoBlueModel(),
    portfolio: book([
      ["stETH", 100],
      ["ETH", -18.9],
      ["USDC", -86_000],
    ]),
    equity: 400_000 - 75_600 - 86_000,
    // 20 stETH carry the ether at 94.5 %, 25 the dollars at 86 %, and the rest counts at its best of the two.
    initial: 80_000 * 0.055 + 100_000 * 0.14 + 220_000 * 0.055,
    maintenance: 80_000 * 0.055 + 100_000 * 0.14 + 220_000 * 0.055,
    findings: ["isolated-positions"],
  },
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
];

for (const {
  name,
  model,
  portfolio,
  status = "complete",
  equity,
  initial,
  maintenance,
  findings = [],
} of cases) {
  test(name, () => {
    const result = model.margin(portfolio, market());
    assert.equal(result.status, status);
    near(result.equity, equity, "equity");
    near(result.initialMargin, initial, "initial margin");
    near(result.maintenanceMargin, maintenance, "maintenance margin");
    near(Number(result.initialExcess) / 1e6, equity - initial, "initial excess");
    near(Number(result.maintenanceExcess) / 1e6, equity - maintenance, "maintenance excess");
    const total = (of: "initial" | "maintenance"): number =>
      result.components.reduce((sum, component) => sum + component[of], 0);
    near(total("initial"), initial, "components");
    near(total("maintenance"), maintenance, "components");
    assert.deepEqual(
      result.diagnostics.map(({ id }) => id),
      findings,
    );
  });
}

const everyModel = [
  aaveV3Model(),
  morphoBlueModel(),
  mangoV4Model(),
  driftV2Model(),
  hyperliquidCrossModel(),
  hyperliquidPortfolioModel(),
  dydxV4Model(),
];

const unsupported: readonly {
  name: string;
  portfolio: Portfolio;
  models: readonly MarginModel[];
  word: RegExp;
}[] = [
  {
    name: "a dated future",
    portfolio: book([["USDC", 1_000]], [["BTC-FUTURE", 1]]),
    models: everyModel,
    word: /BTC-FUTURE/,
  },
  {
    name: "an order on a dated future",
    portfolio: book([["USDC", 1_000]], [], [["BTC-FUTURE", 1, 100_000]]),
    models: everyModel,
    word: /BTC-FUTURE/,
  },
  {
    name: "a perpetual at a lender",
    portfolio: book([["USDC", 1_000]], [["BTC-PERP", 1]]),
    models: everyModel.slice(0, 2),
    word: /BTC perpetual/,
  },
  {
    name: "a debt that nobody lends",
    portfolio: book([
      ["USDC", 1_000],
      ["HYPE", -1],
    ]),
    models: everyModel,
    word: /HYPE is owed/,
  },
  {
    name: "a perpetual that the sheet does not list",
    portfolio: book([["USDC", 1_000]], [["SOL-PERP", 1]]),
    models: [
      driftV2Model({ sheet: { ...driftV2Sheet, perpMarkets: [] } }),
      hyperliquidCrossModel({
        sheet: { ...hyperliquidMainnetSheet, marginTables: hyperliquidMainnetSheet.marginTables.slice(0, 1) },
      }),
      dydxV4Model({ sheet: { ...dydxV4Sheet, tiers: dydxV4Sheet.tiers.slice(0, 1) } }),
    ],
    word: /SOL perpetual/,
  },
];

for (const { name, portfolio, models, word } of unsupported) {
  test(`${name} is unsupported and named`, () => {
    for (const model of models) {
      const result = model.margin(portfolio, market());
      assert.equal(result.status, "unsupported", model.id);
      assert.ok(
        result.diagnostics.some(({ id, message }) => id === "unsupported-position" && word.test(message)),
        model.id,
      );
    }
  });
}

test("an empty book needs nothing anywhere", () => {
  for (const model of everyModel) {
    const result = model.margin(book([]), market());
    assert.deepEqual(
      [result.status, result.equity, result.initialMargin, result.maintenanceMargin],
      ["complete", 0, 0, 0],
      model.id,
    );
  }
});

test("Aave names an e-mode that does not allow the debt", () => {
  const result = aaveV3Model({ emode: "eth-correlated", sheet: aaveEthereumSheet }).margin(
    book([
      ["stETH", 10],
      ["USDT", -1],
    ]),
    {
      ...market(),
      assets: new Map([
        ...market().assets,
        ["USDT", { asset: "USDT", kind: "stablecoin", priceUsd: 1, confidence: 1 }],
      ]),
    },
  );
  assert.deepEqual(
    result.diagnostics.map(({ id }) => id),
    ["e-mode"],
  );
  near(result.initialMargin, 40_000 * 0.28, "outside any");
});

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
    const distance = liquidationDistance(model, portfolio, market(), { kind: "spot", underlying });
    const found = distance[side].priceUsd;
    if (Number.isNaN(priceUsd)) assert.equal(found, undefined);
    else
      assert.ok(
        found !== undefined && Math.abs(found / priceUsd - 1) < 1e-7,
        `${found} instead of ${priceUsd}`,
      );
  });
}
