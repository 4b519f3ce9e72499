export * from "./margin-model.ts";
export * from "./account-value.ts";
export * from "./book-greeks.ts";
export * from "./efficiency.ts";
export * from "./fixed-rate/index.ts";
export * from "./liquidation/liquidation-price.ts";
export * from "./liquidation/shock-market.ts";
export * from "./backtest/index.ts";
export * from "./measures.ts";
export * from "./optimize/index.ts";
export * from "./parameters/index.ts";
export * from "./portfolio-margin/index.ts";
export * from "./scenarios/index.ts";
export * from "./calibration/index.ts";
export * from "./remargin/index.ts";
export { type OptionUnits, worstPayoff } from "./worst-payoff.ts";
export {
  type Certificate,
  type CertifyArea,
  type CertifyEffort,
  certifyLimits,
  certifyPortfolio,
  certifyUnderlying,
  classAxis,
  classBox,
  gridLoss,
  type LossBox,
  type LossProblem,
  maximumLoss,
  type MaximumLoss,
  type OptionLeg,
  parallelAxis,
  type ScenarioGrid,
  scenarioGrid,
  shockAxis,
  type UnderlyingBook,
  underlyingBooks,
  type UnderlyingCertificate,
  type VolAxis,
} from "./certify/index.ts";
