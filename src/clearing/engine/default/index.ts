// What views and tests read of accounts in default and of the insurance fund. Nothing here changes the state.
export { type Auction } from "./auction-table.ts";
export { quoteAuction } from "./auction-price.ts";
export { dollarAsset } from "./auctions.ts";
export { previewBid, type Sale } from "./bids.ts";
export { type Deltas, deltasOf } from "./deltas.ts";
export { type FundTranche, fundTranches } from "./fund.ts";
export { uncoveredMicros } from "./gate.ts";
export { targetMicros } from "./health.ts";
export { type Liquidation, type LiquidationStage } from "./liquidation-table.ts";
export { shareName, stakedWorth } from "./stake.ts";
export { type Unstake } from "./unstake-table.ts";
