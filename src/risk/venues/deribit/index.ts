export * from "./parameters.ts";
export { deribitPortfolioModel } from "./portfolio-model.ts";
export { deribitStandardModel } from "./standard-model.ts";
