export { type AccountBook, type TradeFill } from "./account-book.ts";
export { type AccountFigures } from "./fixed-rate.ts";
export { MarginBook, type OrderToCheck } from "./margin-book.ts";
export { type MarginSources } from "./sources.ts";
