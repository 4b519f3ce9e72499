export * from "./charges.ts";
export * from "./parameters.ts";
export { deribitPortfolioModel } from "./portfolio-model.ts";
export * from "./scenario-vectors.ts";
export * from "./settlement-decay.ts";
export { deribitStandardModel } from "./standard-model.ts";
export * from "./standard-rates.ts";
export * from "./volatility-shock.ts";
