export { checkPortfolio, findPortfolioProblems, maxGrossUsd } from "./check-portfolio.ts";
export {
  civilDate,
  dayNumber,
  expiryLabel,
  formatTime,
  lastFridayExpiryMs,
  parseExpiryLabel,
} from "./calendar.ts";
export * from "./forward-curve.ts";
export {
  buildHistory,
  type HistoryBuilder,
  type HistoryBuilderOptions,
  type HistoryReading,
} from "./history-builder.ts";
export * from "./history-document.ts";
export * from "./history.ts";
export * from "./instrument.ts";
export * from "./linear-forward-curve.ts";
export { type JsonTextOptions, maxJsonDepth, maxTextLength } from "./json-text.ts";
export * from "./market-document.ts";
export {
  type AssetDocument,
  type MarketDocument,
  marketSchema,
  marketSchemaId,
  type QuoteDocument,
  type SurfaceSliceDocument,
  type UnderlyingDocument,
} from "./market-schema.ts";
export * from "./market.ts";
export * from "./portfolio-document.ts";
export * from "./portfolio.ts";
export { type MarketReading, type ReaderNote } from "./market-builder.ts";
export * from "./price-aggregator.ts";
export { type Checked } from "./problems.ts";
export * from "./surface.ts";
export * from "./svi-surface.ts";
export * from "./svi.ts";
export { syntheticHistory, type SyntheticHistoryOptions } from "./synthetic-history.ts";
export { syntheticMarket, type SyntheticMarketOptions } from "./synthetic-market.ts";
export * from "./readers/ccxt-market.ts";
export * from "./readers/ccxt-portfolio.ts";
export * from "./readers/deribit-market.ts";
export {
  type DeribitPortfolioResponses,
  portfolioFromDeribit,
  type PortfolioReading,
} from "./readers/deribit-portfolio.ts";
export * from "./readers/option-chain-csv.ts";
export * from "./readers/option-chain-market.ts";
export { historyFromSeries, type SeriesSource } from "./readers/series-csv.ts";
export { historyFromSurfaceSummaries } from "./readers/surface-summary-csv.ts";
