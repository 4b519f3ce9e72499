import { tailMeasures } from "../../risk/measures.ts";
import { type Machine } from "../engine/index.ts";
import { type ExplainedOwner, explainOwner, marketOf } from "./explain.ts";
import { type FundHedge, type FundResources, fundResources, type TrancheWorth } from "./resources.ts";
import { type FundScenario } from "./scenarios.ts";
import { FundSurvey, gainOf, type ScenarioLosses, shortMicros } from "./survey.ts";

/** Levels of the fund's Expected Shortfall. */
export const tailLevels: readonly number[] = [0.975, 0.99];
/** Scenarios that are told of in full. */
const toldScenarios = 10;

/** Losses beyond equity in one scenario against what the fund has then. USD micros. */
export interface ScenarioSizing {
  readonly scenario: FundScenario;
  readonly index: number;
  /** The owner that loses most beyond its equity, the next, all together. */
  readonly firstMicros: number;
  readonly secondMicros: number;
  readonly totalMicros: number;
  /** `first` and `second` together. */
  readonly coverTwoMicros: number;
  /** What the fund can pay of that: its common tranches, as far as it goes those of the markets concerned, and what its options bring. */
  readonly commonMicros: number;
  readonly marketMicros: number;
  readonly hedgesMicros: number;
  readonly resourcesMicros: number;
  /** The same of a fund that had kept the premiums of its options. */
  readonly unhedgedMicros: number;
  /** What is missing to `coverTwo`; and, for comparison, to the losses of all. */
  readonly shortfallMicros: number;
  readonly totalShortfallMicros: number;
  readonly owners: readonly ExplainedOwner[];
}

/** One tail of the sum of all accounts' losses over the historical scenarios. USD micros. */
export interface FundTail {
  readonly level: number;
  readonly expectedShortfallMicros: number;
  readonly valueAtRiskMicros: number;
}

/** The fund against what it is there for. */
export interface FundSizing {
  readonly timeMs: number;
  readonly sequence: number;
  readonly accounts: number;
  /** Accounts that a scenario might leave below 0, and those that one does. */
  readonly valued: number;
  readonly losers: number;
  readonly scenarios: number;
  readonly historicalScenarios: number;
  /** Past moves that these stand for. */
  readonly historicalMoves: number;
  /** Largest over the plausible scenarios, with the scenario. */
  readonly coverOne: ScenarioSizing | undefined;
  readonly coverTwo: ScenarioSizing | undefined;
  readonly allTogether: ScenarioSizing | undefined;
  readonly tails: readonly FundTail[];
  readonly tranches: readonly Pick<
    TrancheWorth,
    "tranche" | "instrument" | "account" | "label" | "cashMicros" | "hedgesMicros"
  >[];
  /** Cash of all tranches now, and worth of their options. */
  readonly cashMicros: number;
  readonly hedgesMicros: number;
  readonly hedges: readonly Pick<
    FundHedge,
    "instrument" | "name" | "lots" | "premiumMicros" | "worthMicros"
  >[];
  /** Smallest ratio, over the plausible scenarios, of resources to Cover-2; undefined when no scenario leaves anyone below 0. */
  readonly coverage: number | undefined;
  /** Largest shortfall over the plausible scenarios; 0: the fund covers its two largest losers. */
  readonly shortfallMicros: number;
  readonly isShort: boolean;
  /** The plausible scenarios with the largest Cover-2, one of each family, and the worst of those beyond. */
  readonly worst: readonly ScenarioSizing[];
  readonly beyond: readonly ScenarioSizing[];
}

/** Resources and losses of every scenario, to make {@link ScenarioSizing}s from. */
class Sizer {
  readonly #m: Machine;
  readonly #survey: FundSurvey;
  readonly #losses: ScenarioLosses;
  readonly #resources: FundResources;
  readonly #markets: ReadonlyMap<number, TrancheWorth>;
  readonly #premiumMicros: number;

  constructor(m: Machine, survey: FundSurvey, losses: ScenarioLosses, resources: FundResources) {
    this.#m = m;
    this.#survey = survey;
    this.#losses = losses;
    this.#resources = resources;
    this.#premiumMicros = resources.hedges.reduce((sum, { premiumMicros }) => sum + premiumMicros, 0);
    this.#markets = new Map(
      resources.tranches.flatMap((of) => (of.tranche === "market" ? [[of.instrument, of] as const] : [])),
    );
  }

  /** What the tranches of the markets concerned pay of the losses of two owners. */
  #marketMicros(s: number, owners: readonly number[]): number {
    const left = new Map<number, number>();
    let paid = 0;
    for (const owner of owners) {
      for (const exposure of this.#losses.losers.get(owner) ?? []) {
        const short = shortMicros(exposure, gainOf(exposure, this.#survey.rows, s));
        if (short === 0) continue;
        const market = marketOf(this.#m, exposure);
        const tranche = this.#markets.get(market);
        const has = left.get(market) ?? tranche?.cash[s] ?? 0;
        const part = Math.min(has, short);
        left.set(market, has - part);
        paid += part;
      }
    }
    return paid;
  }

  sizing(s: number, isTold: boolean): ScenarioSizing {
    const { scenarios, firstMicros, secondMicros, totalMicros, first, second } = this.#losses;
    const coverTwoMicros = firstMicros[s]! + secondMicros[s]!;
    let commonMicros = 0;
    let hedgesMicros = 0;
    for (const { tranche, cash, hedges } of this.#resources.tranches) {
      if (tranche !== "market") commonMicros += cash[s]!;
      hedgesMicros += hedges[s]!;
    }
    const owners = [first[s]!, second[s]!].filter((owner) => owner >= 0);
    const marketMicros = this.#markets.size === 0 ? 0 : this.#marketMicros(s, owners);
    const resourcesMicros = commonMicros + marketMicros + hedgesMicros;
    return {
      scenario: scenarios.all[s]!,
      index: s,
      firstMicros: firstMicros[s]!,
      secondMicros: secondMicros[s]!,
      totalMicros: totalMicros[s]!,
      coverTwoMicros,
      commonMicros,
      marketMicros,
      hedgesMicros,
      resourcesMicros,
      unhedgedMicros: commonMicros + marketMicros + this.#premiumMicros,
      shortfallMicros: Math.max(0, coverTwoMicros - resourcesMicros),
      totalShortfallMicros: Math.max(0, totalMicros[s]! - resourcesMicros),
      owners: isTold
        ? owners.map((owner) =>
            explainOwner(this.#m, this.#survey.rows, this.#losses.losers.get(owner) ?? [], s),
          )
        : [],
    };
  }
}

/** Index of the largest value among some; the first of equals; −1 if none is above 0. */
function largest(indices: readonly number[], of: (s: number) => number): number {
  let best = -1;
  let most = 0;
  for (const s of indices) {
    const value = of(s);
    if (value > most) [best, most] = [s, value];
  }
  return best;
}

/** The fund's size against losses that a survey found. */
export function sizeOf(m: Machine, survey: FundSurvey): FundSizing {
  const losses = survey.losses();
  const resources = fundResources(m, survey);
  const { scenarios, totalMicros, firstMicros, secondMicros } = losses;
  const sizer = new Sizer(m, survey, losses, resources);
  const indices = scenarios.all.map((_, s) => s);
  const coverTwo = (s: number): number => firstMicros[s]! + secondMicros[s]!;
  const isLoss = (s: number): boolean => coverTwo(s) > 0;
  const plausible = indices.filter((s) => !scenarios.all[s]!.isBeyond && isLoss(s));
  const beyond = indices.filter((s) => scenarios.all[s]!.isBeyond && isLoss(s));
  const byCover = (a: number, b: number): number => coverTwo(b) - coverTwo(a) || a - b;
  const worstOf = (indices: readonly number[]): ScenarioSizing[] => {
    const families = new Set<string>();
    const isFirst = ({ family }: FundScenario): boolean =>
      families.size < toldScenarios && families.size !== families.add(family).size;
    return indices
      .toSorted(byCover)
      .filter((s) => isFirst(scenarios.all[s]!))
      .map((s) => sizer.sizing(s, true));
  };
  const told = (s: number): ScenarioSizing | undefined => (s < 0 ? undefined : sizer.sizing(s, true));
  let coverage: number | undefined;
  let shortfallMicros = 0;
  for (const s of plausible) {
    const sized = sizer.sizing(s, false);
    coverage = Math.min(coverage ?? Infinity, sized.resourcesMicros / sized.coverTwoMicros);
    shortfallMicros = Math.max(shortfallMicros, sized.shortfallMicros);
  }
  const weights = Float64Array.from(
    scenarios.all.slice(0, scenarios.historicalCount),
    ({ weight }) => weight,
  );
  const pnlUsd = totalMicros.slice(0, scenarios.historicalCount).map((micros) => 0 - micros);
  const tails = tailMeasures({ pnlUsd, weights }, tailLevels).map((tail, i): FundTail => ({
    level: tailLevels[i]!,
    expectedShortfallMicros: Math.ceil(tail.expectedShortfallUsd) + 0,
    valueAtRiskMicros: tail.valueAtRiskUsd + 0,
  }));
  const { tranches } = resources;
  return {
    timeMs: m.state.timeMs,
    sequence: m.state.sequence,
    accounts: losses.accounts,
    valued: losses.valued,
    losers: [...losses.losers.values()].reduce((sum, accounts) => sum + accounts.length, 0),
    scenarios: scenarios.all.length,
    historicalScenarios: scenarios.historicalCount,
    historicalMoves: weights.reduce((sum, weight) => sum + weight, 0),
    coverOne: told(largest(plausible, (s) => firstMicros[s]!)),
    coverTwo: told(largest(plausible, coverTwo)),
    allTogether: told(largest(plausible, (s) => totalMicros[s]!)),
    tails,
    tranches: tranches.map(({ tranche, instrument, account, label, cashMicros, hedgesMicros }) => ({
      tranche,
      instrument,
      account,
      label,
      cashMicros,
      hedgesMicros,
    })),
    cashMicros: tranches.reduce((sum, { cashMicros }) => sum + cashMicros, 0),
    hedgesMicros: tranches.reduce((sum, { hedgesMicros }) => sum + hedgesMicros, 0),
    hedges: resources.hedges.map(({ instrument, name, lots, premiumMicros, worthMicros }) => ({
      instrument,
      name,
      lots,
      premiumMicros,
      worthMicros,
    })),
    coverage,
    shortfallMicros,
    isShort: shortfallMicros > 0,
    worst: worstOf(plausible),
    beyond: worstOf(beyond),
  };
}

/** The fund's size against the losses of the present state, at once. Undefined without an epoch: no prices, or no documents. */
export function fundSizing(m: Machine): FundSizing | undefined {
  const survey = FundSurvey.begin(m);
  if (!survey) return undefined;
  survey.advance(m.accounts.count);
  return sizeOf(m, survey);
}
