import { exp } from "../../numerics/exp-log.ts";
import { black76Price } from "../../pricing/black76.ts";
import {
  dederiContingency,
  deltaShock,
  legacyContingency,
  netShort,
  portfolioRequirement,
  rollShock,
  type StrikePosition,
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
import { binanceBorrow } from "./published-binance.ts";
import { type CaseInputs, wordsOf } from "./published-inputs.ts";
import { type Topic } from "./published-isolated.ts";
import { okxRequirement, okxScenarioPnl } from "./published-okx.ts";

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Contracts settle in coin unless the case says otherwise: the venue's own contracts are inverse. */
const contractOf = (inputs: CaseInputs): "inverse" | "linear" =>
  /linear/.test(inputs.text("contract", "instrument", "settlement")) ? "linear" : "inverse";

/** Profit of one option when its forward moves, Black-76 with the volatility unchanged unless it has shocks of its own. */
function optionScenarioPnl(
  inputs: CaseInputs,
  forward: number,
  shocks: readonly number[],
): readonly number[] {
  const put =
    inputs.text("optionType", "type", "right").startsWith("p") || inputs.raw("call", "isCall") === false;
  const vol = inputs.number("iv", "vol", "impliedVol", "markIv");
  const volShocks = inputs.numbers("volShocks", "ivShocks");
  const priceOf = (spotShock: number, volShock: number): number =>
    black76Price({
      optionType: put ? "put" : "call",
      forward: forward * (1 + spotShock),
      strike: inputs.number("strike"),
      expiryYears:
        inputs.numberIf("expiryYears", "years") ?? inputs.number("days", "dte", "daysToExpiry") / 365,
      vol: vol * (1 + volShock),
    });
  return shocks.map((shock, i) => priceOf(shock, volShocks[i] ?? volShocks[0] ?? 0) - priceOf(0, 0));
}

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
  const size = inputs.number("size", "position", "quantity", "contracts");
  const moved = inputs.has("strike")
    ? optionScenarioPnl(inputs, price, shocks).map((value) => size * value)
    : linearScenarioPnl(size * price, shocks);
  const pnl = moved.map((value, i) =>
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

/** A contract's profit at extended moves; a main table's vector stands for it by its edges, low then high. */
const atExtendedMoves = (vector: readonly number[], moves: readonly number[]): readonly number[] =>
  vector.length === moves.length ? vector : moves.map((move) => vector.at(move < 0 ? 0 : -1) ?? 0);

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
  const given = vectorsOf(inputs, "preAggregated", "vectors", "pnl", "mainVector", "mainTable", "mainPnl");
  const positions = inputs.numbers("positionBase", "position", "size");
  const preAggregated = sumVectors(
    given.length > 0
      ? given.map((vector) => atExtendedMoves(vector, moves))
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
  const before = { preAggregated, pnl: preAggregated, extended: preAggregated };
  const after = { aggregated, dampened: aggregated };
  return inputs.has("preAggregated") ? { ...after, ...before } : { ...before, ...after };
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
  const legs = inputs
    .numbers("positionsBase", "deltas", "sizes", "netDelta", "deltaTotal")
    .map((position, i) => ({
      position,
      expiryYears: years[i] ?? (days[i] ?? 0) / 365,
    }));
  const minimum = inputs.number("minAnnualisedMove", "minAnnualizedMove", "minimumMove", "minMove");
  return rollShock(legs, minimum, rest ?? 0);
}

const rollTopic: Topic = (inputs) => ({ rollShock: rollOf(inputs) });

const requirement: Topic = (inputs, context) => {
  if (/okx/i.test(inputs.system)) return okxRequirement(inputs, context);
  const vector = sumVectors(vectorsOf(inputs, "aggregated", "scenarioPnl", "pnl", "vectors"));
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
    worstCase:
      inputs.numberIf("worstCase", "worstLoss", "worstCaseLoss") ?? Math.max(0, -lowestOf(vector).pnl),
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

/** A charge per contract or per unit, which has many names: the plainest first. */
function chargeRate(inputs: CaseInputs): number {
  const keys = Object.keys(inputs.fields).filter((key) => typeof inputs.raw(key) !== "object");
  const named = (words: readonly string[]): string | undefined =>
    keys.find((key) => wordsOf(key).some((word) => words.includes(word)));
  const key =
    named(["rate", "charge", "contingency", "factor", "percent", "fee"]) ?? named(["per", "each", "unit"]);
  return key === undefined ? 0 : inputs.number(key);
}

const sidedOptions = ["short", "long", "net"].flatMap((side) => [`${side}-options`, `${side}-contracts`]);

/** The numbers under a name; none when objects are listed there. */
const bareNumbers = (inputs: CaseInputs, ...names: string[]): readonly number[] =>
  inputs.list(...names).length > 0 ? [] : inputs.numbers(...names);

/** Signed options of one right: a signed number, several to add, or what is held long and sold short. */
const heldOptions = (inputs: CaseInputs, plural: string, single: string): number =>
  typeof inputs.raw(single) === "boolean"
    ? 0
    : sum(inputs.numbers(plural, single, `${single}Position`, `${single}Size`)) +
      Math.abs(inputs.number(`long-${plural}`)) -
      Math.abs(inputs.number(`short-${plural}`));

/** Calls and puts by strike: the case's own pair, a list of strikes, or a list of options to be grouped. */
function strikesOf(inputs: CaseInputs): readonly StrikePosition[] {
  const listed = inputs.list("strikes", "positions", "options");
  if (listed.length === 0) {
    return [{ calls: heldOptions(inputs, "calls", "call"), puts: heldOptions(inputs, "puts", "put") }];
  }
  const byStrike = new Map<string, StrikePosition>();
  listed.forEach((one, i) => {
    const key = `${one.number("expiry", "secondsToExpiry", "dte")}:${one.numberIf("strike") ?? `#${i}`}`;
    const { calls, puts } = byStrike.get(key) ?? { calls: 0, puts: 0 };
    const call = one.flag("call", "isCall") || one.text("type", "optionType", "right").startsWith("c");
    const size = one.number("size", "amount", "position", "quantity");
    byStrike.set(key, {
      calls: calls + heldOptions(one, "calls", "call") + (call ? size : 0),
      puts: puts + heldOptions(one, "puts", "put") + (call ? 0 : size),
    });
  });
  return [...byStrike.values()];
}

const contingency: Topic = (inputs) => {
  if (/dederi/i.test(inputs.system)) {
    const sizes = inputs.numbers("size", "positions", "quantities", "contracts");
    return {
      contingency: dederiContingency(
        inputs.number("factor", "rate"),
        inputs.number("index", "indexPrice"),
        sizes,
      ),
    };
  }
  const strikes = strikesOf(inputs);
  // One of the three rules: what the case lists says which.
  const rate = chargeRate(inputs);
  const futures = bareNumbers(inputs, "futures", "positions");
  const contracts = bareNumbers(
    inputs,
    "contracts",
    "options",
    "optionContracts",
    "count",
    "size",
    ...sidedOptions,
  );
  const ofStrikes = legacyContingency.strikes(strikes, rate);
  const ofFutures = legacyContingency.futures(
    inputs.numberIf("longBtc", "long", "longFutures", "longVega") ?? sum(futures.filter((size) => size > 0)),
    inputs.numberIf("shortBtc", "short", "shortFutures", "shortVega") ??
      sum(futures.filter((size) => size < 0)),
    rate,
  );
  const charge =
    ofStrikes + ofFutures + sum(contracts.map((count) => legacyContingency.options(count, rate)));
  const shorts = strikes.map(netShort);
  return { charge, contingency: charge, margin: charge, netShort: sum(shorts), netShorts: shorts };
};

const volShock: Topic = (inputs) => {
  const days = inputs.numberIf("dte", "days", "daysToExpiry") ?? inputs.number("expiryYears") * 365;
  const power = inputs.numberIf("power");
  const longPower = power ?? inputs.numberIf("longPower", "longTermPower", "longTermVPower") ?? 0.13;
  const shortPower = power ?? inputs.numberIf("shortPower", "shortTermPower", "shortTermVPower") ?? 0.3;
  const base = inputs.number("base", "shock", "volShock");
  const up = inputs.numberIf("volUp", "up", "volShockUp", "upFactor") ?? base;
  const down = inputs.numberIf("volDown", "down", "volShockDown", "downFactor") ?? base;
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

const deltaDecay: Topic = (inputs) => {
  const elapsed = inputs.number("minutesElapsed", "elapsed", "elapsedMinutes", "t");
  const window = inputs.numberIf("windowMinutes", "window") ?? 30;
  const delta = inputs.number("delta", "bsDelta", "optionDelta");
  return {
    decayedDelta: decayedDelta(delta, elapsed, window),
    netDelta: decayedDelta(
      delta - inputs.number("markPrice", "mark", "price", "optionPrice"),
      elapsed,
      window,
    ),
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
  ["portfolio-margin.borrow", binanceBorrow],
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
