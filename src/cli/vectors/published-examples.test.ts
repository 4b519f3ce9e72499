import assert from "node:assert/strict";
import { test } from "node:test";
import { publishedExamples } from "./published-examples.ts";
import { canonicalName } from "./published-inputs.ts";

interface Row {
  readonly name: string;
  readonly topic: string;
  readonly system: string;
  readonly inputs: Record<string, unknown>;
  /** Worked out by hand. */
  readonly expected: Record<string, unknown>;
}

const rows: readonly Row[] = [
  {
    name: "MCS short: E·L/(L(1+m) − 1)",
    topic: "liquidation.price",
    system: "MCS",
    inputs: { entry: 2000, leverage: 10, mmr: 0.005, side: "short" },
    expected: { liqPrice: "2209.944751381215469613259668508287292817" },
  },
  {
    name: "simplified short: E(1 + 1/L − m)",
    topic: "liquidation.price",
    system: "Simplified isolated",
    inputs: { entry: 65000, leverage: 5, mmr: 0.005, side: "short" },
    expected: { liqPrice: 77675 },
  },
  {
    name: "simplified: a negative size is a short",
    topic: "liquidation.price",
    system: "Simplified isolated",
    inputs: { size: -1, entry: 100, leverage: 10, mmr: 0 },
    expected: { liqPrice: 110 },
  },
  {
    name: "Phemex short is the mirror image",
    topic: "liquidation.price",
    system: "Phemex",
    inputs: { size: -500, entry: 0.4, leverage: 5, mmr: 0.01, takerFee: 0.0006 },
    expected: { positionMargin: "40.144", liqPrice: "0.47525034632891351672" },
  },
  {
    name: "Phemex: a maintenance amount lowers a long's price",
    topic: "liquidation.price",
    system: "Phemex",
    inputs: { size: 1, entry: 100, leverage: 2, mmr: 0, takerFee: 0, mmAmount: 5 },
    expected: { positionMargin: 50, liqPrice: 45 },
  },
  {
    name: "Drift: the liability weight of 10,000 units",
    topic: "margin.size-premium",
    system: "Drift v2",
    inputs: { size: 10000, imf: 0.01, liabilityWeight: 1.1 },
    expected: { weight: 1.88 },
  },
  {
    name: "Drift: the asset weight without a size factor",
    topic: "margin.size-discount",
    system: "Drift v2",
    inputs: { size: 1e9, assetWeight: 0.9 },
    expected: { weight: 0.9 },
  },
  {
    name: "Drift: a scale start of 0 is off",
    topic: "margin.concentration",
    system: "Drift v2",
    inputs: { totalDeposits: 40000, price: 25, assetWeight: 0.9 },
    expected: { weight: 0.9 },
  },
  {
    name: "dYdX floors",
    topic: "margin.mm-fraction",
    system: "dYdX v4",
    inputs: { initialMarginPpm: 333333, maintenanceFractionPpm: 500000 },
    expected: { maintenanceMarginPpm: 166666 },
  },
  {
    name: "dYdX: half way between the caps of open interest",
    topic: "margin.oi-scaled",
    system: "dYdX v4",
    inputs: { baseImf: 0.2, openInterest: 150, lowerCap: 100, upperCap: 200 },
    expected: { imf: 0.6 },
  },
  {
    name: "Hyperliquid at 40x",
    topic: "margin.mm-fraction",
    system: "Hyperliquid",
    inputs: { maxLeverage: 40 },
    expected: { mmFraction: 0.0125 },
  },
  {
    name: "BTZO: both sides held, hedged part at its entry, rest at mark, per leg and in all",
    topic: "margin.mm",
    system: "BTZO",
    inputs: { long: 10, short: -4, longEntry: 100, shortEntry: 110, mark: 120, multiplier: 0.1, rate: 0.01 },
    expected: { mmLong: 1.12, mmShort: 0.44, mm: 1.56 },
  },
  {
    name: "BTZO: long and short as objects",
    topic: "margin.mm",
    system: "BTZO",
    inputs: {
      long: { size: 10, entry: 100 },
      short: { size: -4, entry: 110 },
      mark: 120,
      multiplier: 0.1,
      rate: 0.01,
    },
    expected: { mmLong: 1.12, mmShort: 0.44, mm: 1.56 },
  },
  {
    name: "BTZO: quantities and average entries by side",
    topic: "margin.mm",
    system: "BTZO",
    inputs: {
      longQty: 10,
      shortQty: 4,
      averageEntryLong: 100,
      averageEntryShort: 110,
      mark: 120,
      multiplier: 0.1,
      rate: 0.01,
    },
    expected: { mm: 1.56 },
  },
  {
    name: "BTZO: the same as two legs",
    topic: "margin.mm",
    system: "BTZO",
    inputs: {
      legs: [
        { size: 10, entry: 100 },
        { size: -4, entry: 110 },
      ],
      mark: 120,
      multiplier: 0.1,
      rate: 0.01,
    },
    expected: { mm: 1.56 },
  },
  {
    name: "Paradex: exactly enough is enough; no entry is the mark",
    topic: "margin.order-check",
    system: "Paradex",
    inputs: { collateral: 98, size: -10, mark: 98, imf: 0.1 },
    expected: { imr: 98, unrealisedPnl: 0, accountValue: 98, meetsImr: true, accepted: true },
  },
  {
    name: "Paradex: an order that sells half of a long needs less",
    topic: "margin.order-check",
    system: "Paradex",
    inputs: { collateral: 100, size: 10, entry: 100, mark: 98, imf: 0.1, orderSize: 5, orderSide: "sell" },
    expected: { imrAfter: 49, accountValue: 80, orderAccepted: true },
  },
  {
    name: "Paradex: an order that lowers the requirement is accepted, though it is not met",
    topic: "margin.order-check",
    system: "Paradex",
    inputs: { collateral: 100, size: 10, entry: 100, mark: 98, imf: 0.1, orderSize: -1 },
    expected: { imr: 88.2, accountValue: 80, meetsImr: false, accepted: true },
  },
  {
    name: "Paradex: one that raises it is not",
    topic: "margin.order-check",
    system: "Paradex",
    inputs: { collateral: 100, size: 10, entry: 100, mark: 98, imf: 0.1, orderSize: 1 },
    expected: { imr: 107.8, accountValue: 80, meetsImr: false, accepted: false },
  },
  {
    name: "Perpetual v1: the better of two stated profits",
    topic: "margin.ratio",
    system: "Perpetual Protocol v1",
    inputs: { margin: 25, openNotional: 250, size: 20, spotPnl: -150, twapPnl: -50 },
    expected: { marginRatio: "-0.125" },
  },
  {
    name: "Perpetual v1: a notional below the opening one is a long's loss",
    topic: "margin.ratio",
    system: "Perpetual Protocol v1",
    inputs: { margin: 25, openNotional: 250, notional: 200, size: 20 },
    expected: { marginRatio: "-0.125" },
  },
  {
    name: "Perpetual v1: a long against the reserves",
    topic: "margin.ratio",
    system: "Perpetual Protocol v1",
    inputs: { margin: 25, openNotional: 250, size: 20, quoteReserve: 1000, baseReserve: 100 },
    expected: { marginRatio: "-0.35" },
  },
  {
    name: "Perpetual v1: a long by its time-weighted profit",
    topic: "margin.ratio",
    system: "Perpetual Protocol v1",
    inputs: { margin: 25, openNotional: 250, size: 20, twapPnl: -50 },
    expected: { marginRatio: "-0.125" },
  },
  {
    name: "Perpetual v1: the better of spot and time-weighted profit",
    topic: "margin.ratio",
    system: "Perpetual Protocol v1",
    inputs: { margin: 25, openNotional: 250, size: 20, twapPnl: -50, quoteReserve: 1000, baseReserve: 100 },
    expected: { marginRatio: "-0.125" },
  },
  {
    name: "Toobit short",
    topic: "margin.ratio",
    system: "Toobit",
    inputs: { entry: 1500, size: -10, leverage: 50, mmr: 0.01, mark: 1510 },
    expected: { mm: 150, positionMargin: 300, pnl: -100, marginRatio: 0.75 },
  },
  {
    name: "Toobit: in cross margin the balance stands for the margin",
    topic: "margin.ratio",
    system: "Toobit",
    inputs: {
      entry: 1600,
      size: -20,
      leverage: 100,
      mmr: 0.005,
      mark: 1604,
      balance: 400,
      isolatedMargin: 64,
    },
    expected: { mm: 160, pnl: -80, marginRatio: 0.625 },
  },
  {
    name: "Bybit: beyond the last bound the last rate goes on",
    topic: "margin.tiers",
    system: "Bybit",
    inputs: {
      positionValue: 45,
      leverage: 10,
      tiers: [
        [10, 0.01],
        [20, 0.02],
        [30, 0.03],
      ],
    },
    expected: { initialMargin: 4.5, maintenanceMargin: 1.05 },
  },
  {
    name: "OKX: basis of an altcoin",
    topic: "portfolio-margin.basis",
    system: "OKX PM",
    inputs: { deltaUsd: 10000, perpBasisRate: 0.008 },
    expected: { mr4: 80 },
  },
  {
    name: "Binance: a loan at five times",
    topic: "portfolio-margin.borrow",
    system: "Binance PM",
    inputs: { loans: { BTC: 1 }, marginAssets: { BTC: 3, ETH: 2 }, mmrAt5x: 0.08 },
    expected: { equity: { BTC: 2, ETH: 2 }, marginMM: { BTC: 0.08 } },
  },
  {
    name: "Binance: the ratio of stated equity and margin",
    topic: "portfolio-margin.borrow",
    system: "Binance PM",
    inputs: { equity: 150, mm: 100 },
    expected: { uniMMR: 1.5 },
  },
  {
    name: "Binance: a haircut takes from what is held, not from what is owed",
    topic: "portfolio-margin.borrow",
    system: "Binance PM",
    inputs: {
      net: { BTC: 1, ETH: -10 },
      index: { BTC: 50000, ETH: 2000 },
      collateralRate: { BTC: 0.95, ETH: 0.9 },
    },
    expected: { adjustedEquity: 27500 },
  },
  {
    name: "Binance: assets one by one, a futures bracket beside a loan",
    topic: "portfolio-margin.borrow",
    system: "Binance PM",
    inputs: {
      assets: {
        BTC: { net: 1, index: 50000, collateralRate: 0.95 },
        USDT: { balance: 0, loan: 10000, index: 1, collateralRate: 1 },
      },
      positions: [{ notional: 100000, mmr: 0.01, cum: 250 }],
      mmrAt3x: 0.1,
    },
    expected: { adjustedEquity: 37500, unifiedMM: 1750, uniMMR: "21.428571428571428571" },
  },
  {
    name: "Binance: futures balances and margins by asset",
    topic: "portfolio-margin.borrow",
    system: "Binance PM",
    inputs: {
      marginAssets: { BTC: 0.1, USDT: 1000 },
      loans: { BTC: 0.04 },
      futuresAssets: { USDT: 5000, BTC: 0.1 },
      futuresUnrealPnl: { USDT: 200, BTC: -0.05 },
      futuresMM: { USDT: 20, BTC: 0.001 },
      indexPrices: { BTC: 40000, USDT: 1 },
      collateralRates: { BTC: 0.95, USDT: 1 },
      mmrAt3x: 0.1,
    },
    expected: {
      equity: { BTC: 0.06, USDT: 1000 },
      marginMM: { BTC: 0.004 },
      adjustedEquity: 10380,
      unifiedMM: 220,
    },
  },
  {
    name: "Deribit, first generation: options by contract",
    topic: "portfolio-margin.contingency",
    system: "Deribit PM (legacy)",
    inputs: { contracts: 200, rate: 0.01 },
    expected: { chargeBtc: 2 },
  },
  {
    name: "Deribit, first generation: net short of one strike",
    topic: "portfolio-margin.contingency",
    system: "Deribit PM (legacy)",
    inputs: { calls: 10, puts: -20, charge: 0.01 },
    expected: { chargeBtc: 0.1, netShort: 10 },
  },
  {
    name: "Deribit, first generation: an index beside the rate is no charge",
    topic: "portfolio-margin.contingency",
    system: "Deribit PM (legacy)",
    inputs: { calls: -10, puts: 4, strike: 9000, index: 50000, rate: 0.01 },
    expected: { chargeBtc: 0.06, netShort: 6 },
  },
  {
    name: "Deribit, first generation: options listed one by one, grouped by strike",
    topic: "portfolio-margin.contingency",
    system: "Deribit PM (legacy)",
    inputs: {
      positions: [
        { call: true, strike: 9000, size: -10 },
        { call: false, strike: 9000, size: 4 },
        { call: false, strike: 8000, size: -1 },
      ],
      charge: 0.01,
    },
    expected: { chargeBtc: 0.07 },
  },
  {
    name: "Deribit, first generation: the charge by a name of its own",
    topic: "portfolio-margin.contingency",
    system: "Deribit PM (legacy)",
    inputs: { calls: 10, puts: -20, perOptionBtc: 0.01 },
    expected: { chargeBtc: 0.1 },
  },
  {
    name: "Deribit, first generation: vega that offsets",
    topic: "portfolio-margin.contingency",
    system: "Deribit PM (legacy)",
    inputs: { longVega: 10, shortVega: 8, rate: 0.25 },
    expected: { charge: 2 },
  },
  {
    name: "Deribit, first generation: futures as a list of signed sizes",
    topic: "portfolio-margin.contingency",
    system: "Deribit PM (legacy)",
    inputs: { positions: [100, -80], rate: 0.02 },
    expected: { chargeBtc: 1.6 },
  },
  {
    name: "Deribit: a main table stands for its edges at extended moves",
    topic: "portfolio-margin.extended-table",
    system: "Deribit PM",
    inputs: { mainVector: [3, 1, 0, -1, -2], priceRange: 0.1, extendedMoves: [-0.66, 0.5, 1] },
    expected: { preAggregated: [3, -2, -2] },
  },
  {
    name: "Dederi: an option's profit on a moved forward",
    topic: "portfolio-margin.scenario-pnl",
    system: "Dederi",
    inputs: {
      optionType: "put",
      forward: 100,
      strike: 100,
      iv: 0.5,
      days: 365,
      size: -1,
      shocks: [-0.15, 0, 0.15],
    },
    expected: { pnl: ["-6.953295281316", 0, "5.2143462387295"] },
  },
  {
    name: "Deribit: a damped loss keeps its sign, a small gain is gone",
    topic: "portfolio-margin.extended-table",
    system: "Deribit PM",
    inputs: {
      indexPrice: 100,
      priceRange: 0.1,
      extendedMoves: [-0.3, 0.2],
      preAggregated: [-50, 5],
      extendedDampenerUsd: 1000,
    },
    expected: { aggregated: [-30, 0] },
  },
  {
    name: "Deribit: a delta-one contract at extended moves has the profit of the range's edge",
    topic: "portfolio-margin.extended-table",
    system: "Deribit PM",
    inputs: { contract: "inverse", positionBase: 1.5, priceRange: 0.5, extendedMoves: [-0.66, 1, 5] },
    expected: { pnlBase: [-1.5, 0.5, 0.5] },
  },
  {
    name: "Paradex: inside the range a loss counts whole",
    topic: "portfolio-margin.extended-table",
    system: "Paradex PM",
    inputs: { spotShock: -0.08, regularRange: 0.16 },
    expected: { weight: 1 },
  },
  {
    name: "Deribit: roll shock computed when not given; maintenance without order margin",
    topic: "portfolio-margin.im-mm",
    system: "Deribit PM",
    inputs: {
      worstCase: 1,
      positionsBase: [2, -3],
      minAnnualisedMove: 0.01,
      mmFactor: 0.8,
      openOrdersMargin: 0.5,
    },
    expected: { rollShock: 0.05, riskMatrixMargin: 1.05, initialMargin: 1.55, maintenanceMargin: 0.84 },
  },
  {
    name: "Deribit: the worst case read off scenario profits",
    topic: "portfolio-margin.im-mm",
    system: "Deribit PM",
    inputs: { pnlBase: [0.4, 0, -0.5], positionBase: -2, minAnnualisedMove: 0.01, mmFactor: 0.8 },
    expected: { riskMatrixMargin: 0.52, maintenanceMargin: 0.416 },
  },
  {
    name: "OKX: the minimum charge rules, stablecoin hedges come on top",
    topic: "portfolio-margin.im-mm",
    system: "OKX PM",
    inputs: { mr1: 10, mr4: 5, mr7: 40, mr9: 2 },
    expected: { mr6: 0, mmr: 42, imr: 54.6 },
  },
  {
    name: "Deribit: vectors are added before the offset, gains are capped",
    topic: "portfolio-margin.pnl-offset",
    system: "Deribit PM",
    inputs: { vectors: { A: [10, -10, 100], B: [-4, -4, 0] }, pnlOffset: 0.5, maxOffsetablePnl: 20 },
    expected: { aggregated: [3, -14, 20] },
  },
  {
    name: "Deribit: a linear contract; moves from range and buckets",
    topic: "portfolio-margin.scenario-pnl",
    system: "Deribit PM",
    inputs: { contract: "linear", positionBase: -2, priceRange: 0.2, bucketsPerSide: 2 },
    expected: { pnlBase: [0.4, 0.2, 0, -0.2, -0.4] },
  },
  {
    name: "OKX: a long loses on the way down",
    topic: "portfolio-margin.scenario-pnl",
    system: "OKX PM",
    inputs: { riskNotionalUsd: 1000, spotShocks: [-0.18, 0, 0.18] },
    expected: { pnlUsd: [-180, 0, 180], mr1: 180, worstShock: -0.18 },
  },
  {
    name: "Deribit: volatility at 30 days moves by the base",
    topic: "portfolio-margin.vol-shock",
    system: "Deribit PM (legacy)",
    inputs: { base: 0.4, power: 0.5, dte: 30 },
    expected: { ivChange: 0.4 },
  },
  {
    name: "Deribit: an expiring call halfway through the window",
    topic: "settlement.delta-decay",
    system: "Deribit",
    inputs: { delta: 1, markPrice: 0.3, minutesElapsed: 15, windowMinutes: 30 },
    expected: { decayedDelta: 0.5, netDelta: 0.35 },
  },
  {
    name: "Deribit: net delta decays to nothing at the end of the window",
    topic: "settlement.delta-decay",
    system: "Deribit",
    inputs: { delta: 0.5, markPrice: 0.1, minutesElapsed: 15, windowMinutes: 30 },
    expected: { decayedDelta: 0.25, netDelta: 0.2 },
  },
  {
    name: "SPAN: several instruments, first of equals",
    topic: "span.scan-risk",
    system: "CME SPAN",
    inputs: {
      instruments: [
        { riskArray: [1, -3, 2], position: 2 },
        { riskArray: [-1, 2, -6], position: 1 },
      ],
    },
    expected: { portfolioArray: [1, -4, -2], scanRisk: 4, worstScenario: 2 },
  },
  {
    name: "SPAN: the same as tables of arrays and positions",
    topic: "span.scan-risk",
    system: "CME SPAN",
    inputs: { riskArrays: { F: [1, -3, 2], C: [-1, 2, -6] }, positions: { F: 2, C: 1 } },
    expected: { portfolioArray: [1, -4, -2], scanRisk: 4, worstScenario: 2 },
  },
  {
    name: "SPAN: the same as lists in the same order",
    topic: "span.scan-risk",
    system: "CME SPAN",
    inputs: {
      riskArrays: [
        [1, -3, 2],
        [-1, 2, -6],
      ],
      positions: [2, 1],
    },
    expected: { portfolioArray: [1, -4, -2], scanRisk: 4, worstScenario: 2 },
  },
  {
    name: "SPAN: the same with one object per instrument",
    topic: "span.scan-risk",
    system: "CME SPAN",
    inputs: {
      future: { riskArray: [1, -3, 2], position: 2 },
      call: { riskArray: [-1, 2, -6], position: 1 },
    },
    expected: { portfolioArray: [1, -4, -2], scanRisk: 4, worstScenario: 2 },
  },
  {
    name: "SPAN: sides in the arrays' names",
    topic: "span.scan-risk",
    system: "CME SPAN",
    inputs: { longFuture: [1, -3, 2], shortCall: [1, -2, 6] },
    expected: { portfolioArray: [0, -1, -4], scanRisk: 4, worstScenario: 3 },
  },
  {
    name: "SPAN: the same with arrays by name and a list of positions",
    topic: "span.scan-risk",
    system: "CME SPAN",
    inputs: {
      riskArrays: { call: [-1, 2, -6], future: [1, -3, 2] },
      positions: [
        { instrument: "future", qty: 2 },
        { instrument: "call", qty: 1 },
      ],
    },
    expected: { portfolioArray: [1, -4, -2], scanRisk: 4, worstScenario: 2 },
  },
  {
    name: "SPAN: the same with positions by the arrays' names",
    topic: "span.scan-risk",
    system: "CME SPAN",
    inputs: { future: [1, -3, 2], call: [-1, 2, -6], positions: { future: 2, call: 1 } },
    expected: { portfolioArray: [1, -4, -2], scanRisk: 4, worstScenario: 2 },
  },
  {
    name: "SPAN: the same as pairs of fields",
    topic: "span.scan-risk",
    system: "CME SPAN",
    inputs: { futureArray: [1, -3, 2], callArray: [-1, 2, -6], futurePosition: 2, callPosition: 1 },
    expected: { portfolioArray: [1, -4, -2], scanRisk: 4, worstScenario: 2 },
  },
  {
    name: "SIMM: three sensitivities of one bucket",
    topic: "simm.bucket",
    system: "SIMM 2.5 style",
    inputs: { riskWeight: 1, sensitivities: [1, 2, -2], rho: 0.5 },
    expected: { margin: "2.2360679774997896964" },
  },
  {
    name: "SIMM: two high-volatility currencies",
    topic: "simm.fx-delta",
    system: "SIMM 2.5 style",
    inputs: {
      calcCurrency: "USD",
      sensitivitiesNet: { BRL: 3, TRY: 4, USD: 9 },
      riskWeight: { regular: 1, high: 2 },
      highVol: ["BRL", "TRY"],
      rho: { regReg: 0.1, regHigh: 0.2, highHigh: 0.5 },
    },
    expected: { margin: "12.165525060596438" },
  },
  {
    name: "Traffic light: five exceptions",
    topic: "backtest.traffic-light",
    system: "Basel traffic light",
    inputs: { observations: 250, level: 0.99, exceptions: 5 },
    expected: { cumulative: "0.9588168159301514", zone: "yellow", multiplier: 3.4 },
  },
  {
    name: "Time until the first failure, exactly when expected",
    topic: "backtest.tuff",
    system: "VaR backtests",
    inputs: { firstFailure: 20, level: 0.95 },
    expected: { lr: 0, p: 1 },
  },
  {
    name: "Opyn: a naked put at its strike",
    topic: "margin.naked-option",
    system: "Opyn",
    inputs: { optionType: "put", size: -2, strike: 100, spot: 100, upperBound: 0.1, spotShock: 0.75 },
    expected: { margin: 65 },
  },
  {
    name: "Deribit: an out-of-the-money short call",
    topic: "standard-margin.option",
    system: "Deribit SM",
    inputs: { optionType: "call", strike: 104, index: 100, mark: 0.02 },
    expected: { initialMargin: 0.13, maintenanceMargin: 0.095 },
  },
];

const tolerance = { rel: 1e-11, abs: 1e-13 };

for (const { name, ...vector } of rows) {
  test(`${vector.topic}: ${name}`, () => {
    const document = { vectors: [{ id: name, ...vector, tolerance }] };
    assert.ok(publishedExamples.matches(document, "x.json"));
    assert.deepEqual(publishedExamples.run(document), [{ id: name, failures: [], setAside: [] }]);
  });
}

test("a topic or system without a rule fails its case and names itself; an area without rules is not covered", () => {
  const run = (topic: string, system: string) =>
    publishedExamples.run({ vectors: [{ id: "a", topic, system, inputs: {}, expected: { x: 1 } }] })[0];
  assert.match(run("margin.unheard-of", "X")?.failures[0]?.got ?? "", /topic is "margin.unheard-of"/);
  assert.match(run("liquidation.price", "X")?.failures[0]?.got ?? "", /system is "X"/);
  assert.match(run("liquidation.size-to-restore", "X")?.failures[0]?.got ?? "", /system is "X"/);
  assert.equal(run("astrology.sign", "X")?.notCovered, "astrology.sign: an area without rules here");
});

test("malformed cases fail, none throws", () => {
  const cases: readonly unknown[] = [
    null,
    7,
    {},
    { topic: "margin.tiers" },
    { topic: "margin.tiers", inputs: { positionValue: "many", tiers: [[1, 1]] }, expected: { mm: 1 } },
    { topic: "margin.ratio", system: "Perpetual Protocol v1", inputs: {}, expected: { marginRatio: 1 } },
    { topic: "span.scan-risk", inputs: { riskArray: [] }, expected: { scanRisk: 1 } },
    { topic: "simm.fx-delta", inputs: { sensitivitiesNet: { EUR: "x" } }, expected: { margin: 1 } },
    { topic: "portfolio-margin.full", inputs: { grid: "none" }, expected: { netIM: 1 } },
  ];
  for (const result of publishedExamples.run({ vectors: cases })) assert.ok(result.failures.length > 0);
});

test("an expected field is never met by an output of another kind or of other words", () => {
  const rate = { topic: "standard-margin.linear-perp", system: "Deribit SM", inputs: { baseRate: 0.02 } };
  const failuresOf = (expected: Record<string, unknown>) =>
    publishedExamples.run({ vectors: [{ id: "a", ...rate, expected }] })[0]?.failures.length;
  assert.equal(failuresOf({ rate: 0.02, marginUsd: 0 }), 0);
  assert.equal(failuresOf({ rate: [0.02] }), 1);
  assert.equal(failuresOf({ rate: 0.02, leverage: 0 }), 1);
});

test("names of one quantity are one name", () => {
  assert.equal(canonicalName("mmLong"), canonicalName("longMm"));
  assert.equal(canonicalName("chargeBtc"), canonicalName("charge"));
  assert.equal(canonicalName("positionsBase"), canonicalName("position"));
  assert.notEqual(canonicalName("mmrBefore"), canonicalName("mmrAfter"));
});
