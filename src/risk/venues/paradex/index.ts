export * from "./charges.ts";
export * from "./parameters.ts";
export { paradexPortfolioModel, paradexScenarios } from "./portfolio-model.ts";
