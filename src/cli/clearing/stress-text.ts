import {
  type FundSizingView,
  type StressLoserView,
  type StressScenarioView,
} from "../../service/fund-sizing/index.ts";
import { formatInstant, formatInteger, formatNumber, formatPercent, formatUsd } from "../output/format.ts";
import { textTable } from "../output/table.ts";
import { type StressReport } from "./stress.ts";

const usd = (text: string): string => formatNumber(Number(text), 0);
const shown = 6;

function verdict({ short, shortfallUsd, coverage }: FundSizingView): string {
  if (coverage === undefined) return "Nobody falls below 0 in any plausible scenario: any fund covers that.";
  const times = coverage >= 1_000 ? "more than 1,000" : formatNumber(coverage, 2);
  return short
    ? `SHORT: ${usd(shortfallUsd)} are missing to Cover-2; where it is worst the fund has ${times} times the losses`
    : `The fund covers Cover-2: where it is worst it has ${times} times the losses`;
}

function scenarioTable(scenarios: readonly StressScenarioView[]): string {
  return textTable(
    [
      { title: "Scenario" },
      { title: "Largest loser", align: "right" },
      { title: "Second", align: "right" },
      { title: "Both", align: "right" },
      { title: "All losers", align: "right" },
      { title: "Fund has", align: "right" },
      { title: "Short by", align: "right" },
    ],
    scenarios
      .slice(0, shown)
      .map(({ label, largestUsd, secondUsd, coverTwoUsd, allUsd, resourcesUsd, shortfallUsd }) => [
        label,
        ...[largestUsd, secondUsd, coverTwoUsd, allUsd, resourcesUsd, shortfallUsd].map(usd),
      ]),
  );
}

function hedgeLines({ hedges, worst }: FundSizingView): string[] {
  if (hedges.length === 0) return ["", "The fund holds no options."];
  const premium = hedges.reduce((sum, { premiumUsd }) => sum + Number(premiumUsd), 0);
  return [
    "",
    `Options that the fund holds: paid ${formatUsd(premium)} USD`,
    ...hedges.map(
      ({ instrument, size, premiumUsd, worthUsd }) =>
        `  ${size} ${instrument}: paid ${usd(premiumUsd)}, at the mark ${usd(worthUsd)}`,
    ),
    "",
    textTable(
      [
        { title: "With and without them, USD" },
        { title: "They bring", align: "right" },
        { title: "Less premium", align: "right" },
        { title: "Fund with", align: "right" },
        { title: "Short by", align: "right" },
        { title: "Fund without", align: "right" },
        { title: "Short by", align: "right" },
      ],
      worst
        .slice(0, shown)
        .map(({ label, hedgesUsd, resourcesUsd, shortfallUsd, withoutHedges }) => [
          label,
          usd(hedgesUsd),
          formatNumber(Number(hedgesUsd) - premium, 0),
          ...[resourcesUsd, shortfallUsd, withoutHedges.resourcesUsd, withoutHedges.shortfallUsd].map(usd),
        ]),
    ),
  ];
}

function loserLines(losers: readonly StressLoserView[]): string[] {
  return losers.flatMap(({ account, mode, equityUsd, gainUsd, closeOutUsd, lossUsd, items }) => [
    `  account ${account} (${mode}): equity ${usd(equityUsd)}, gain ${usd(gainUsd)}, closing ${usd(closeOutUsd)}: ${usd(lossUsd)} beyond equity`,
    ...items
      .filter(({ gainUsd: gain }) => Number(gain) !== 0)
      .slice(0, 3)
      .map(({ item, size, gainUsd: gain }) => `    ${formatNumber(size, 3)} ${item}: ${usd(gain)}`),
  ]);
}

/** The report for people. All money in USD. */
export function stressText({ source, sizing, losers }: StressReport, withHedges: boolean): string {
  const { tranches, tails, worst, beyond } = sizing;
  const lines = [
    source,
    `${formatInstant(sizing.timeMs)}, command ${formatInteger(sizing.sequence)}: ${formatInteger(sizing.accounts)} accounts in ${formatInteger(sizing.scenarios)} scenarios, ${formatInteger(sizing.historicalScenarios)} of them for ${formatInteger(sizing.historicalMoves)} past moves`,
    `${formatInteger(sizing.losers)} ${sizing.losers === 1 ? "account falls" : "accounts fall"} below 0 in one or another, those beyond what sizes the fund included`,
    "",
    textTable(
      [{ title: "Losses beyond equity, USD" }, { title: "", align: "right" }],
      [
        ["Cover-2: the two largest losers of the worst scenario", usd(sizing.coverTwoUsd)],
        ["Cover-1: the largest", usd(sizing.coverOneUsd)],
        ["all losers of the worst scenario", usd(sizing.allUsd)],
        ...tails.map(({ level, expectedShortfallUsd }) => [
          `Expected Shortfall ${formatPercent(level)}, all losers, past moves`,
          usd(expectedShortfallUsd),
        ]),
        ...tails.map(({ level, valueAtRiskUsd }) => [
          `Value at Risk ${formatPercent(level)}`,
          usd(valueAtRiskUsd),
        ]),
      ],
    ),
    "",
    textTable(
      [
        { title: "Insurance fund, USD" },
        { title: "Balance", align: "right" },
        { title: "Options at the mark", align: "right" },
      ],
      [
        ...tranches.map(({ tranche, instrument, cashUsd, hedgesUsd }) => [
          instrument ? `market ${instrument}` : tranche,
          usd(cashUsd),
          usd(hedgesUsd),
        ]),
        null,
        ["all", usd(sizing.cashUsd), usd(sizing.hedgesUsd)],
      ],
    ),
    "",
    verdict(sizing),
    ...(worst.length === 0 ? [] : ["", scenarioTable(worst)]),
  ];
  if (losers && losers.length > 0) {
    lines.push("", `Who loses in the first: ${worst[0]?.label ?? ""}`, ...loserLines(losers));
  }
  if (withHedges) lines.push(...hedgeLines(sizing));
  if (beyond.length > 0) {
    lines.push("", "Beyond what the fund is sized by, for information:", scenarioTable(beyond.slice(0, 3)));
  }
  return lines.join("\n");
}
