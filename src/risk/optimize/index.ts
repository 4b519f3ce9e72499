export {
  type Earning,
  earnedShare,
  type FoundHedge,
  type HedgedFigures,
  hedgedFigures,
  type HedgeGoal,
  type HedgeLots,
  type HedgeProblem,
  hedgeScore,
  meetsGoal,
  netGainUsd,
  portfolioWith,
  refineHedge,
  startingLots,
  wholeLots,
  worthOfCost,
} from "./hedge.ts";
export {
  adjustableItems,
  type CostColumns,
  type HedgeProgramme,
  hedgeProgramme,
  tradeSizes,
} from "./hedge-programme.ts";
export {
  type Programme,
  ProgrammeBuilder,
  type ProgrammeSolution,
  type Solve,
  type Term,
} from "./programme.ts";
export { type AdjustableItem, addRequirement, type RequirementColumns } from "./requirement-programme.ts";
export { type ShadowPrice, shadowPrices } from "./shadow-prices.ts";
export {
  contractsOf,
  takerCosts,
  totalCostUsd,
  type TradeCandidate,
  tradeCandidate,
  type TradeCost,
  tradeCost,
  type TradeCosts,
} from "./trade-costs.ts";
export {
  type Basket,
  basketAmounts,
  basketOf,
  type CollateralOffer,
  type CollateralProblem,
  collateralProblem,
  type CollateralProgramme,
  collateralProgramme,
  type Offer,
  offerCostUsd,
  refineBasket,
  unitsOf,
  wholeSteps,
} from "./collateral.ts";
export {
  type FactorPath,
  type FactorPaths,
  factorPaths,
  type FactorPathsInput,
  type PathFactor,
} from "./factor-paths.ts";
export {
  bestScale,
  carryPerYearUsd,
  type CarryRates,
  type CriticalPath,
  leverageOf,
  type LeverageRequest,
  type LeverageStudy,
  leverageStudy,
  type LiquidationEstimate,
  liquidationEstimate,
  loopedCollateral,
  pathFactors,
  portfolioAt,
  type ScalableBook,
  scaledPositions,
} from "./leverage.ts";
