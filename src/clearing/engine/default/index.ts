// What views and tests read of accounts in default and of the insurance fund. Nothing here changes the state.
export { type AuctionQuote, one, quoteAuction, solventCurve } from "./auction-price.ts";
export { type Auction } from "./auction-table.ts";
export { dollarAsset } from "./auctions.ts";
export { previewBid, type Sale } from "./bids.ts";
export { deltasOf } from "./deltas.ts";
export { type FundTranche, fundTranches, stakedTranche } from "./fund.ts";
export { uncoveredMicros } from "./gate.ts";
export { targetMicros } from "./health.ts";
export { type Liquidation, type LiquidationStage } from "./liquidation-table.ts";
export { coolingShares, shareName } from "./stake.ts";
export { type TakenBalance, type TakenPosition } from "./takeover.ts";
export { type Unstake } from "./unstake-table.ts";
