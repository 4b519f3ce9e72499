import { exp } from "../../numerics/exp-log.ts";
import {
  adjustedEquity,
  loanMaintenanceRate,
  marginLoan,
  unifiedMaintenanceRatio,
} from "../../risk/venues/binance/unified-margin.ts";
import {
  dederiContingency,
  deltaShock,
  legacyContingency,
  netShort,
  portfolioRequirement,
  rollShock,
} from "../../risk/venues/deribit/charges.ts";
import {
  aggregateVectors,
  dampenExtendedPnl,
  deltaOneExtendedPnl,
  deltaOnePnl,
  mainTableMoves,
  offsetPnl,
  sumVectors,
} from "../../risk/venues/deribit/scenario-vectors.ts";
import { decayedDelta } from "../../risk/venues/deribit/settlement-decay.ts";
import { shockedVolatility, termScaledShock } from "../../risk/venues/deribit/volatility-shock.ts";
import { linearScenarioPnl, lowestOf } from "../../risk/venues/okx/risk-unit.ts";
import { scenarioWeight } from "../../risk/venues/paradex/charges.ts";
import { canonicalName, type CaseInputs } from "./published-inputs.ts";
import { type Topic } from "./published-isolated.ts";
import { okxRequirement, okxScenarioPnl } from "./published-okx.ts";

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Contracts settle in coin unless the case says otherwise: the venue's own contracts are inverse. */
const contractOf = (inputs: CaseInputs): "inverse" | "linear" =>
  /linear/.test(inputs.text("contract", "instrument", "settlement")) ? "linear" : "inverse";

const scenarioPnl: Topic = (inputs, context) => {
  if (/okx/i.test(inputs.system) || inputs.has("riskNotionalUsd")) return okxScenarioPnl(inputs, context);
  if (/deribit/i.test(inputs.system) || inputs.has("positionBase")) {
    const given = inputs.numbers("priceMoves", "moves", "shocks");
    const moves =
      given.length > 0
        ? given
        : mainTableMoves(inputs.number("priceRange"), inputs.numberIf("bucketsPerSide") ?? 4);
    const position = inputs.number("positionBase", "position", "size");
    const pnl = moves.map((move) => deltaOnePnl(contractOf(inputs), position, move));
    return { pnl, priceMoves: moves, worstCase: Math.max(0, -lowestOf(pnl).pnl) };
  }
  const price = inputs.numberIf("forward", "price", "spot", "index") ?? 1;
  const shocks = inputs.numbers("shocks", "spotShocks", "priceMoves", "moves");
  const range = inputs.numberIf("regularRange");
  const pnl = linearScenarioPnl(inputs.number("size", "position") * price, shocks).map((value, i) =>
    range === undefined ? value : value * scenarioWeight(shocks[i] ?? 0, range),
  );
  const { index, pnl: lowest } = lowestOf(pnl);
  return { pnl, worstShock: shocks[index] ?? 0, maxLoss: Math.max(0, -lowest) };
};

/** Several contracts' vectors under a name; a bare vector is a list of one. */
function vectorsOf(inputs: CaseInputs, ...names: string[]): readonly (readonly number[])[] {
  const value = inputs.raw(...names);
  const items: readonly unknown[] = Array.isArray(value) ? value : Object.values(value ?? {});
  if (items.every((item) => typeof item === "number" || typeof item === "string")) {
    return items.length === 0 ? [] : [inputs.numbers(...names)];
  }
  return items.map((item) => (Array.isArray(item) ? item.map(Number) : []));
}

const pnlOffset: Topic = (inputs) => {
  const cap = inputs.numberIf("maxOffsetablePnl", "maxOffset", "cap");
  const offset = inputs.numberIf("pnlOffset", "offset") ?? 0;
  const aggregated = aggregateVectors(vectorsOf(inputs, "vectors", "pnl"), offset, cap);
  return { aggregated, worstCase: Math.max(0, -lowestOf(aggregated).pnl) };
};

const extendedTable: Topic = (inputs) => {
  if (/paradex/i.test(inputs.system) || inputs.has("spotShock")) {
    const range = inputs.number("regularRange", "range");
    const shocks = inputs.numbers("spotShock", "spotShocks", "shocks");
    const weights = shocks.map((shock) => scenarioWeight(shock, range));
    const notional = inputs.numberIf("notional") ?? inputs.number("size") * inputs.number("price", "spot");
    const pnl = shocks.map((shock, i) => notional * shock * (weights[i] ?? 1));
    return {
      weight: weights[0],
      weights,
      pnl: Array.isArray(inputs.raw("spotShock", "spotShocks", "shocks")) ? pnl : pnl[0],
    };
  }
  const range = inputs.number("priceRange", "range");
  const moves = inputs.numbers("extendedMoves", "moves", "priceMoves");
  const given = vectorsOf(inputs, "preAggregated", "vectors", "pnl");
  const positions = inputs.numbers("positionBase", "position", "positionsBase");
  const preAggregated = sumVectors(
    given.length > 0
      ? given
      : positions.map((position) =>
          moves.map((move) => deltaOneExtendedPnl(contractOf(inputs), position, move, range)),
        ),
  );
  const dampener =
    inputs.number("extendedDampenerUsd", "dampener") / (inputs.numberIf("indexPrice", "index") ?? 1);
  const offset = inputs.numberIf("pnlOffset") ?? 1;
  const aggregated = preAggregated.map((pnl, i) =>
    offsetPnl(
      dampenExtendedPnl(pnl, moves[i] ?? 0, range, dampener),
      offset,
      inputs.numberIf("maxOffsetablePnl"),
    ),
  );
  return { preAggregated, pnl: preAggregated, aggregated, dampened: aggregated, extended: preAggregated };
};

function rollOf(inputs: CaseInputs): number {
  const years = inputs.numbers("expiryYears", "years");
  const days = inputs.numbers("dte", "days", "daysToExpiry");
  const rest = inputs.numberIf(
    "annualisedMove",
    "annualizedMove",
    "annualisedMoveRisk",
    "annualizedMoveRisk",
  );
  const legs = inputs.numbers("positionsBase", "positions", "deltas").map((position, i) => ({
    position,
    expiryYears: years[i] ?? (days[i] ?? 0) / 365,
  }));
  const minimum = inputs.number("minAnnualisedMove", "minAnnualizedMove", "minimumMove", "minMove");
  return rollShock(legs, minimum, rest ?? 0);
}

const rollTopic: Topic = (inputs) => ({ rollShock: rollOf(inputs) });

const requirement: Topic = (inputs, context) => {
  if (/okx/i.test(inputs.system)) return okxRequirement(inputs, context);
  const vector = inputs.numbers("aggregated");
  const roll = inputs.numberIf("rollShock") ?? rollOf(inputs);
  const index = inputs.numberIf("indexPrice", "index") ?? 1;
  const shock =
    inputs.numberIf("deltaShock") ??
    deltaShock(inputs.number("deltaTotal", "delta"), {
      threshold: (inputs.numberIf("deltaTotalLiqShockThreshold", "deltaShockThreshold") ?? 20e6) / index,
      incrementPerUnit: inputs.number("mInc"),
      maximumRate: inputs.numberIf("maxDeltaShock") ?? 0.1,
    });
  const result = portfolioRequirement({
    worstCase: inputs.numberIf("worstCase") ?? Math.max(0, -lowestOf(vector).pnl),
    rollShock: roll,
    deltaShock: shock,
    correlationContingency: inputs.number("correlationContingency"),
    maintenanceFactor: inputs.numberIf("mmFactor", "maintenanceFactor") ?? 0.8,
    mmpMargin: inputs.number("mmpMargin"),
    openOrdersMargin: inputs.number("openOrdersMargin"),
    spotMargin: inputs.number("spotMargin"),
  });
  return {
    ...result,
    rollShock: roll,
    deltaShock: shock,
    im: result.initialMargin,
    mm: result.maintenanceMargin,
  };
};

/** The first number whose name is none of the known ones: a charge per contract has many names. */
function otherNumber(inputs: CaseInputs, known: readonly string[]): number | undefined {
  const names = new Set(known.map(canonicalName));
  const key = Object.keys(inputs.fields).find(
    (name) => typeof inputs.fields[name] === "number" && !names.has(canonicalName(name)),
  );
  return key === undefined ? undefined : inputs.number(key);
}

const contingency: Topic = (inputs) => {
  if (/dederi/i.test(inputs.system)) {
    const sizes = inputs.numbers("size", "sizes", "positions");
    return {
      contingency: dederiContingency(
        inputs.number("factor", "rate"),
        inputs.number("index", "indexPrice"),
        sizes,
      ),
    };
  }
  const rate = inputs.number("rate");
  const listed = inputs.list("strikes", "positions");
  const strikes = (listed.length > 0 ? listed : [inputs]).map((strike) => ({
    calls: sum(strike.numbers("calls", "call")),
    puts: sum(strike.numbers("puts", "put")),
  }));
  const contracts = inputs.numbers("contracts", "optionContracts", "shortContracts", "options");
  const charge =
    legacyContingency.futures(
      inputs.number("longBtc", "long", "longVega"),
      inputs.number("shortBtc", "short", "shortVega"),
      rate,
    ) +
    contracts.reduce((total, count) => total + legacyContingency.options(count, rate), 0) +
    legacyContingency.strikes(
      strikes,
      otherNumber(inputs, ["calls", "puts", "strike", "rate", "contracts", "long", "short"]) ?? rate,
    );
  const shorts = strikes.map(netShort);
  return { charge, contingency: charge, margin: charge, netShort: sum(shorts), netShorts: shorts };
};

const volShock: Topic = (inputs) => {
  const days = inputs.numberIf("dte", "days", "daysToExpiry") ?? inputs.number("expiryYears") * 365;
  const power = inputs.numberIf("power");
  const longPower = power ?? inputs.numberIf("longPower") ?? 0.13;
  const shortPower = power ?? inputs.numberIf("shortPower") ?? 0.3;
  const base = inputs.number("base", "shock", "volShock");
  const up = inputs.numberIf("volUp", "up", "volShockUp") ?? base;
  const down = inputs.numberIf("volDown", "down", "volShockDown") ?? base;
  const shock = {
    up,
    down,
    shortPower,
    longPower,
    minimumUp: inputs.number("minVol", "minVolForShockUp", "minVolUp"),
  };
  const vol = inputs.number("iv", "vol", "impliedVol");
  const shocked = shockedVolatility(vol, days, shock);
  const ivChange = termScaledShock(base === 0 ? up : base, days < 30 ? shortPower : longPower, days);
  return {
    ivChange,
    volChange: ivChange,
    multiplier: ivChange,
    upIv: shocked.up,
    downIv: shocked.down,
    upVol: shocked.up,
    downVol: shocked.down,
    ivShockedUp: shocked.up,
    ivShockedDown: shocked.down,
  };
};

const borrow: Topic = (inputs) => {
  const loans = inputs.table("loans", "borrowed", "loan");
  const held = inputs.table("marginAssets", "assets", "held");
  const leverage = inputs.numberIf("leverage");
  const stated = Object.keys(inputs.fields).find((key) => /^mmr/i.test(key));
  const rate = stated === undefined ? (loanMaintenanceRate.get(leverage ?? 3) ?? 0.1) : inputs.number(stated);
  const assets = [...new Set([...held.keys(), ...loans.keys()])].sort();
  const rows = assets.map(
    (asset) => [asset, marginLoan(held.get(asset) ?? 0, loans.get(asset) ?? 0, rate)] as const,
  );
  const prices = inputs.table("prices", "indexPrices", "index");
  const rates = inputs.table("collateralRates", "collateralRate");
  const equityUsd =
    inputs.numberIf("adjustedEquity", "adjEquity", "equityUsd") ??
    adjustedEquity(
      rows.map(([asset, { equity }]) => ({
        net: equity,
        indexPrice: prices.get(asset) ?? 1,
        collateralRate: rates.get(asset) ?? 1,
      })),
    );
  const maintenanceUsd =
    inputs.numberIf("unifiedMM", "unifiedMaintenanceMargin", "maintenanceMargin", "totalMM") ??
    sum(rows.map(([asset, { maintenance }]) => maintenance * (prices.get(asset) ?? 1))) +
      inputs.number("futuresMM");
  return {
    equity: Object.fromEntries(rows.map(([asset, { equity }]) => [asset, equity])),
    marginMM: Object.fromEntries(rows.map(([asset, { maintenance }]) => [asset, maintenance])),
    adjustedEquity: equityUsd,
    unifiedMM: maintenanceUsd,
    uniMMR: unifiedMaintenanceRatio(equityUsd, maintenanceUsd),
    marginRatio: unifiedMaintenanceRatio(equityUsd, maintenanceUsd),
  };
};

const deltaDecay: Topic = (inputs) => {
  const elapsed = inputs.number("minutesElapsed", "elapsed", "elapsedMinutes", "t");
  const window = inputs.numberIf("windowMinutes", "window") ?? 30;
  const delta = inputs.number("delta");
  return {
    decayedDelta: decayedDelta(delta, elapsed, window),
    netDelta: decayedDelta(delta - inputs.number("markPrice", "mark", "price"), elapsed, window),
  };
};

const forward: Topic = (inputs) => {
  const years = inputs.numberIf("expiryYears", "years") ?? inputs.number("days", "dte", "daysToExpiry") / 365;
  const value =
    inputs.number("index", "spot", "indexPrice") * exp(inputs.number("annualBasis", "basis", "rate") * years);
  return { forward: value };
};

/** Topics of portfolio margin, settlement and pricing, by name. */
export const portfolioTopics: ReadonlyMap<string, Topic> = new Map([
  ["portfolio-margin.borrow", borrow],
  ["portfolio-margin.contingency", contingency],
  ["portfolio-margin.extended-table", extendedTable],
  ["portfolio-margin.im-mm", requirement],
  ["portfolio-margin.pnl-offset", pnlOffset],
  ["portfolio-margin.roll-shock", rollTopic],
  ["portfolio-margin.scenario-pnl", scenarioPnl],
  ["portfolio-margin.vol-shock", volShock],
  ["settlement.delta-decay", deltaDecay],
  ["pricing.forward", forward],
]);
