import { type JsonSchema } from "../../../clearing/protocol/json-schema.ts";
import { type FundSizingView, type StressScenarioView } from "../../fund-sizing/index.ts";
import { decimal, flag, listOf, object, realNumber, text, timeMs, whole, word } from "./schema.ts";

type Tail = FundSizingView["tails"][number];
type SizedTranche = FundSizingView["tranches"][number];
type Hedge = FundSizingView["hedges"][number];

const scenarioSchema: JsonSchema = object<StressScenarioView>("A scenario, USD.", {
  scenario: text("Its name."),
  label: text("What happens."),
  source: word(
    "historical: a past move at today's volatility; joint: named by the margin parameters; market: all underlyings in step; single: one underlying alone.",
    "historical",
    "joint",
    "market",
    "single",
  ),
  largestUsd: decimal("What the owner loses beyond its equity that loses most."),
  secondUsd: decimal("The same of the next."),
  coverTwoUsd: decimal("Both."),
  allUsd: decimal("The same of all owners together."),
  commonUsd: decimal("What the fund's common tranches have then."),
  marketUsd: decimal("What the tranches of the two losers' markets pay of it."),
  hedgesUsd: decimal("What the options that the fund holds would bring."),
  resourcesUsd: decimal("These three together."),
  shortfallUsd: decimal("What is missing to the losses of both."),
  withoutHedges: object<StressScenarioView["withoutHedges"]>("The fund if it had kept the premiums.", {
    resourcesUsd: decimal("What it would have."),
    shortfallUsd: decimal("What would be missing."),
  }),
});

/** How the insurance fund compares with the losses that it is there for. */
export const fundSizingSchema: JsonSchema = object<FundSizingView>(
  "The fund against the losses of the largest losers, as measured a moment ago. docs/insurance-fund.md.",
  {
    timeMs: timeMs("When it was measured."),
    sequence: whole("The last command before."),
    accounts: whole("Accounts of owners."),
    losers: whole("Those that some scenario leaves below 0."),
    scenarios: whole("How many scenarios."),
    historicalScenarios: whole("Of them, past moves."),
    historicalMoves: whole("How many past moves these stand for."),
    coverOneUsd: decimal("Most that one owner loses beyond its equity."),
    coverTwoUsd: decimal("Most that two owners do in one scenario."),
    allUsd: decimal("Most that all do in one scenario."),
    tails: listOf(
      "Of the losses of all over past moves.",
      object<Tail>("One level.", {
        level: realNumber("Such as 0.99."),
        expectedShortfallUsd: decimal("Mean of the tail."),
        valueAtRiskUsd: decimal("Where the tail begins."),
      }),
    ),
    tranches: listOf(
      "Of the fund.",
      object<SizedTranche>(
        "A tranche.",
        {
          tranche: word("Which.", "market", "protocol", "staked"),
          instrument: text("Of a market's tranche."),
          cashUsd: decimal("Balances at their prices."),
          hedgesUsd: decimal("Options at their marks."),
        },
        ["instrument"],
      ),
    ),
    cashUsd: decimal("Balances of all tranches."),
    hedgesUsd: decimal("Options of all tranches."),
    hedges: listOf(
      "Options that the fund holds.",
      object<Hedge>("One of them.", {
        instrument: text("Its name."),
        size: decimal("In underlying."),
        premiumUsd: decimal("Paid for it."),
        worthUsd: decimal("At the mark."),
      }),
    ),
    coverage: realNumber(
      "Least ratio, over the scenarios, of what the fund has to the losses of the two largest losers; absent without losers.",
    ),
    shortfallUsd: decimal("Most that is missing."),
    short: flag("True while the fund is below Cover-2."),
    worst: listOf("Scenarios by the losses of the two largest losers.", scenarioSchema),
    beyond: listOf("Worse than the fund is sized by, for information.", scenarioSchema),
  },
  ["coverage"],
);
