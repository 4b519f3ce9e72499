export * from "./parameters.ts";
export { okxPortfolioModel } from "./portfolio-model.ts";
