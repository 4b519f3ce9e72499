import {
  accountRequirement,
  basisCharge,
  extremeMoveCharge,
  linearScenarioPnl,
  lowestOf,
  minimumCharge,
  riskUnitRequirement,
  stablecoinHedgeCharge,
} from "../../risk/venues/okx/risk-unit.ts";
import { unknownSystem, type Topic } from "./published-isolated.ts";

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** MR1 of a linear contract. */
export const okxScenarioPnl: Topic = (inputs) => {
  const shocks = inputs.numbers("spotShocks", "shocks");
  const notional =
    inputs.numberIf("riskNotionalUsd", "notionalUsd", "deltaUsd") ??
    inputs.number("size") * inputs.number("price", "spot", "index");
  const pnl = linearScenarioPnl(notional, shocks);
  const { index, pnl: lowest } = lowestOf(pnl);
  return { pnlUsd: pnl, mr1: -lowest, worstShock: shocks[index] ?? 0 };
};

/** A risk unit from its charges; those that aren't given are computed. */
export const okxRequirement: Topic = (inputs) => {
  const mr6 = inputs.has("mr6ExtremePnl")
    ? extremeMoveCharge(inputs.number("mr6ExtremePnl"))
    : inputs.number("mr6");
  const mr4 =
    inputs.numberIf("mr4") ??
    basisCharge(inputs.number("deltaUsd"), inputs.number("perpBasisRate", "basisRate"));
  const mr7 =
    inputs.numberIf("mr7") ?? minimumCharge(inputs.number("mr7Raw"), inputs.tiers("tiers", "mr7Tiers"));
  const { market, maintenance, initial } = riskUnitRequirement(
    {
      mr1: inputs.number("mr1"),
      mr2: inputs.number("mr2"),
      mr3: inputs.number("mr3"),
      mr4,
      mr5: inputs.number("mr5"),
      mr6,
      mr7,
      mr9: inputs.number("mr9"),
    },
    inputs.numberIf("imrFactor", "imFactor"),
  );
  return { mr4, mr6, mr7, market, mrMarket: market, mmr: maintenance, imr: initial };
};

const okxBasis: Topic = (inputs) => ({
  mr4: basisCharge(
    inputs.numberIf("deltaUsd", "delta") ?? sum(inputs.numbers("deltasUsd", "deltas")),
    inputs.number("perpBasisRate", "basisRate", "rate", "futuresBasisRate"),
  ),
});

const okxMinimum: Topic = (inputs) => {
  const raw =
    inputs.numberIf("mr7Raw", "mr7", "raw") ??
    Math.abs(inputs.number("deltaUsd", "notionalUsd", "riskNotionalUsd")) *
      inputs.number("rate", "mr7Rate", "feeRate");
  const mr7Adjusted = minimumCharge(raw, inputs.tiers("tiers"));
  const market = inputs.number("mrMarket", "market");
  return {
    mr7Raw: raw,
    mr7Adjusted,
    mr7: mr7Adjusted,
    mmrBefore: Math.max(market, raw),
    mmrAfter: Math.max(market, mr7Adjusted),
  };
};

const okxAccount: Topic = (inputs) => {
  const initials = inputs.numbers("unitImr", "unitsImr");
  const maintenances = inputs.numbers("unitMmr", "unitsMmr");
  const count = Math.max(initials.length, maintenances.length);
  const units = Array.from({ length: count }, (_, i) => ({
    maintenance: maintenances[i] ?? 0,
    initial: initials[i] ?? 0,
  }));
  const account = accountRequirement(units, {
    maintenance: inputs.number("borrowMmr"),
    initial: inputs.number("borrowImr"),
  });
  return {
    derivMmr: account.derivativesMaintenance,
    derivImr: account.derivativesInitial,
    totalMmr: account.maintenance,
    totalImr: account.initial,
  };
};

const depeg: Topic = (inputs) => ({
  mr9: stablecoinHedgeCharge(inputs.number("hedgedUsd", "hedged"), inputs.tiers("tiers")),
});

const basisTopic: Topic = (inputs, context) => {
  if (/okx/i.test(inputs.system) || inputs.has("perpBasisRate")) return okxBasis(inputs, context);
  throw unknownSystem(inputs);
};

/** Topics of OKX alone, by name. */
export const okxTopics: ReadonlyMap<string, Topic> = new Map([
  ["portfolio-margin.account", okxAccount],
  ["portfolio-margin.basis", basisTopic],
  ["portfolio-margin.min-charge", okxMinimum],
  ["portfolio-margin.stablecoin-depeg", depeg],
]);
