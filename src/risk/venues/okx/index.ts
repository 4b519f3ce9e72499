export * from "./parameters.ts";
export { okxPortfolioModel } from "./portfolio-model.ts";
export * from "./risk-unit.ts";
export {
  type RiskUnit,
  riskUnitMargin,
  spotInUse,
  type UnitMargin,
  type UnitScenario,
} from "./risk-unit-margin.ts";
