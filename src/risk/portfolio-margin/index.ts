export { type MarginOptions, portfolioMarginId } from "./margin.ts";
export {
  portfolioAfterTrade,
  type PreparedPortfolioMargin,
  portfolioMargin,
  preparePortfolioMargin,
  type TradeCheck,
} from "./model.ts";
export { type ItemRows, perpetualSlot, residualColumns, spotSlot } from "./item-rows.ts";
export {
  type PortfolioMarginInput,
  prepareMarket,
  type PreparedMarket,
  type PreparedUnderlying,
} from "./prepare.ts";
export {
  aggregate,
  type BookVectors,
  finestUnitUsd,
  roundingUnitUsd,
  type UnderlyingVectors,
} from "./aggregate.ts";
export { type Book, bookOf, type BookItem, type BookOrder } from "./book.ts";
export { type HeatMap, type HeatMapAxes, heatMap } from "./heat-map.ts";
export { type JointMatrix, jointMatrix } from "./scenario-matrix.ts";
export { type MarginFigures, marginFigures, marginMany } from "./many-accounts.ts";
export { type JointLots, jointLots, type JointMeasures, remarginJoint } from "./joint-remargin.ts";
