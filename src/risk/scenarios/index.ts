export {
  type FactorKind,
  type FilteredFactor,
  filterFactor,
  type LevelSeries,
  levelSeries,
} from "./factor-history.ts";
export { type HistoricalRequest, type HistoricalScenarios, historicalScenarios } from "./historical.ts";
export { type JointScenario, noMove, type UnderlyingMove } from "./move.ts";
export { type Revaluation, revaluation, type RevaluationContext, stressContext } from "./revaluation.ts";
export { jointStressScenarios, type SpotColumn, stressGrid, type StressGrid } from "./stress.ts";
