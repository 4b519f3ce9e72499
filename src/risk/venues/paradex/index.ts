export * from "./parameters.ts";
export { paradexPortfolioModel } from "./portfolio-model.ts";
