export { AccountBook, type TradeFill } from "./account-book.ts";
export { type AccountFigures, FixedRate } from "./fixed-rate.ts";
export { MarginBook, type OrderToCheck } from "./margin-book.ts";
export { RiskBook } from "./risk-book.ts";
export { type Epoch, type EpochModel } from "./risk-epoch.ts";
export { type MarginSources } from "./sources.ts";
