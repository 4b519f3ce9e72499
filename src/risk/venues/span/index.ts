export { riskArray, spanModel, type SpanScenario, spanScenarios } from "./margin-model.ts";
export * from "./parameters.ts";
export * from "./scan.ts";
