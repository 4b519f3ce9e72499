export { type CollateralAnswer, optimizeCollateral } from "./collateral.ts";
export {
  type HedgeAnswer,
  hedgeInstrumentsMax,
  type HedgePoint,
  type HedgeRequest,
  optimizeHedge,
  searchHedge,
} from "./hedge.ts";
export { type ProgrammeBound } from "./hedge-solve.ts";
export { type LoadedProgramme, openSolver, type Solver } from "./solver.ts";
