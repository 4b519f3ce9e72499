// What the insurance fund is measured by. Reads an engine's stores and changes none of them.
export { type ExplainedAccount, type ExplainedOwner } from "./explain.ts";
export { type Exposure } from "./exposure.ts";
export { type FundScenario, type FundScenarios, fundScenarios } from "./scenarios.ts";
export {
  type FundSizing,
  fundSizing,
  type FundTail,
  type ScenarioSizing,
  sizeOf,
  tailLevels,
} from "./sizing.ts";
export { FundSurvey, type ScenarioLosses } from "./survey.ts";
