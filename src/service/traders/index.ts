export { type Deposit, type TraderCounts } from "./desk.ts";
export { type SampleTraders, type SampleTradersOptions, startSampleTraders } from "./sample-traders.ts";
export { traderKeys, type TraderKeys } from "./trader-keys.ts";
