import { type Machine } from "../../clearing/index.ts";
import { type FundSizing, type ScenarioSizing } from "../../clearing/stress/index.ts";
import { formatMicros } from "../views/amounts.ts";
import { type FundView } from "../views/fund-views.ts";
import { sizeOf } from "../views/venue-views.ts";

/** Losses beyond equity in one scenario against what the fund has then, USD. */
export interface StressScenarioView {
  readonly scenario: string;
  readonly label: string;
  readonly source: "historical" | "joint" | "market" | "single";
  /** Of the owner that loses most beyond its equity, of the next, of both, of all. */
  readonly largestUsd: string;
  readonly secondUsd: string;
  readonly coverTwoUsd: string;
  readonly allUsd: string;
  /** What the fund can pay of `coverTwoUsd`: common tranches, those of the markets concerned, what its options bring. */
  readonly commonUsd: string;
  readonly marketUsd: string;
  readonly hedgesUsd: string;
  readonly resourcesUsd: string;
  readonly shortfallUsd: string;
  /** Had it kept the premiums of its options. */
  readonly withoutHedges: { readonly resourcesUsd: string; readonly shortfallUsd: string };
}

/** A loser in a scenario. Not for everyone: it tells positions. */
export interface StressLoserView {
  readonly owner: string;
  readonly account: number;
  readonly mode: string;
  readonly equityUsd: string;
  readonly gainUsd: string;
  readonly closeOutUsd: string;
  readonly lossUsd: string;
  readonly market: string;
  readonly items: readonly { readonly item: string; readonly size: number; readonly gainUsd: string }[];
}

/** What the largest losers lose beyond their equity, and what the fund has against it. USD. */
export interface FundSizingView {
  readonly timeMs: number;
  readonly sequence: number;
  readonly accounts: number;
  /** Accounts that some scenario leaves below 0. */
  readonly losers: number;
  readonly scenarios: number;
  readonly historicalScenarios: number;
  readonly historicalMoves: number;
  /** Largest loss beyond equity of one owner, of two, of all, over the plausible scenarios. */
  readonly coverOneUsd: string;
  readonly coverTwoUsd: string;
  readonly allUsd: string;
  readonly tails: readonly {
    readonly level: number;
    readonly expectedShortfallUsd: string;
    readonly valueAtRiskUsd: string;
  }[];
  readonly tranches: readonly {
    readonly tranche: "market" | "protocol" | "staked";
    readonly instrument?: string;
    readonly cashUsd: string;
    readonly hedgesUsd: string;
  }[];
  readonly cashUsd: string;
  readonly hedgesUsd: string;
  readonly hedges: readonly {
    readonly instrument: string;
    readonly size: string;
    readonly premiumUsd: string;
    readonly worthUsd: string;
  }[];
  /** Least ratio of resources to Cover-2 over the plausible scenarios; absent when none of them leaves anyone below 0. */
  readonly coverage?: number;
  readonly shortfallUsd: string;
  /** The alarm: some plausible scenario's Cover-2 is more than the fund has in it. */
  readonly short: boolean;
  readonly worst: readonly StressScenarioView[];
  /** Worse than plausible: the fund is not sized by them. */
  readonly beyond: readonly StressScenarioView[];
}

/** The fund, and how it compares with what it is there for. */
export interface FundAnswer extends FundView {
  /** Absent before the venue has prices and margin parameters. */
  readonly sizing?: FundSizingView;
}

function scenarioView(of: ScenarioSizing): StressScenarioView {
  const { scenario, coverTwoMicros, unhedgedMicros } = of;
  return {
    scenario: scenario.id,
    label: scenario.label,
    source: scenario.source,
    largestUsd: formatMicros(of.firstMicros),
    secondUsd: formatMicros(of.secondMicros),
    coverTwoUsd: formatMicros(coverTwoMicros),
    allUsd: formatMicros(of.totalMicros),
    commonUsd: formatMicros(of.commonMicros),
    marketUsd: formatMicros(of.marketMicros),
    hedgesUsd: formatMicros(of.hedgesMicros),
    resourcesUsd: formatMicros(of.resourcesMicros),
    shortfallUsd: formatMicros(of.shortfallMicros),
    withoutHedges: {
      resourcesUsd: formatMicros(unhedgedMicros),
      shortfallUsd: formatMicros(Math.max(0, coverTwoMicros - unhedgedMicros)),
    },
  };
}

/** Who loses beyond its equity in a scenario, account by account. */
export const losersView = ({ owners }: ScenarioSizing): StressLoserView[] =>
  owners.flatMap(({ owner, accounts }) =>
    accounts.map(
      ({ account, mode, equityMicros, gainMicros, closeOutMicros, shortMicros, market, items }) => ({
        owner,
        account,
        mode,
        equityUsd: formatMicros(equityMicros),
        gainUsd: formatMicros(gainMicros),
        closeOutUsd: formatMicros(closeOutMicros),
        lossUsd: formatMicros(shortMicros),
        market,
        items: items.map(({ item, size, gainMicros: gain }) => ({ item, size, gainUsd: formatMicros(gain) })),
      }),
    ),
  );

export function fundSizingView({ markets }: Machine, of: FundSizing): FundSizingView {
  return {
    timeMs: of.timeMs,
    sequence: of.sequence,
    accounts: of.accounts,
    losers: of.losers,
    scenarios: of.scenarios,
    historicalScenarios: of.historicalScenarios,
    historicalMoves: of.historicalMoves,
    coverOneUsd: formatMicros(of.coverOne?.firstMicros ?? 0),
    coverTwoUsd: formatMicros(of.coverTwo?.coverTwoMicros ?? 0),
    allUsd: formatMicros(of.allTogether?.totalMicros ?? 0),
    tails: of.tails.map(({ level, expectedShortfallMicros, valueAtRiskMicros }) => ({
      level,
      expectedShortfallUsd: formatMicros(expectedShortfallMicros),
      valueAtRiskUsd: formatMicros(valueAtRiskMicros),
    })),
    tranches: of.tranches.map(({ tranche, label, cashMicros, hedgesMicros }) => ({
      tranche,
      ...(tranche === "market" ? { instrument: label } : {}),
      cashUsd: formatMicros(cashMicros),
      hedgesUsd: formatMicros(hedgesMicros),
    })),
    cashUsd: formatMicros(of.cashMicros),
    hedgesUsd: formatMicros(of.hedgesMicros),
    hedges: of.hedges.map(({ instrument, name, lots, premiumMicros, worthMicros }) => ({
      instrument: name,
      size: sizeOf(markets.instrumentSpec(instrument), lots),
      premiumUsd: formatMicros(premiumMicros),
      worthUsd: formatMicros(worthMicros),
    })),
    ...(of.coverage === undefined ? {} : { coverage: of.coverage }),
    shortfallUsd: formatMicros(of.shortfallMicros),
    short: of.isShort,
    worst: of.worst.map(scenarioView),
    beyond: of.beyond.map(scenarioView),
  };
}
