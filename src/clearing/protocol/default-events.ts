import { type AuctionType, type Tranche } from "./default-commands.ts";

/** The machine begins to close what the account holds, as little as restores it. */
export interface LiquidationStarted {
  readonly type: "liquidationStarted";
  readonly liquidation: number;
  readonly account: number;
  readonly equityMicros: number;
  readonly maintenanceMicros: number;
  /** It ends once equity is back at this. */
  readonly targetMicros: number;
}

/** One risk-reducing trade for an account in liquidation. Its fills are events of their own, before this one. */
export interface LiquidationStepped {
  readonly type: "liquidationStepped";
  readonly liquidation: number;
  readonly account: number;
  readonly instrument: number;
  /** Signed change of the position. */
  readonly lots: number;
  /** What the fills and the venue's fee cost against the mark, USD micros. */
  readonly costMicros: number;
  /** To the insurance fund, settlement units. */
  readonly feeUnits: number;
  readonly equityMicros: number;
  readonly maintenanceMicros: number;
}

/** How a liquidation ended: back above its target, or with nothing left; `absorbed`: others bore a loss. */
export type LiquidationOutcome = "restored" | "closed" | "absorbed";

export interface LiquidationEnded {
  readonly type: "liquidationEnded";
  readonly liquidation: number;
  readonly account: number;
  readonly outcome: LiquidationOutcome;
  /** From the breach until now: settlement finality. */
  readonly durationMs: number;
  readonly commands: number;
  /** Had the account positive equity all the while? */
  readonly wasSolvent: boolean;
  readonly steps: number;
}

export interface AuctionStarted {
  readonly type: "auctionStarted";
  readonly auction: number;
  readonly liquidation: number;
  readonly account: number;
  readonly auctionType: AuctionType;
  /** The asset that bids are paid in. */
  readonly asset: number;
  readonly equityMicros: number;
  readonly maintenanceMicros: number;
}

/** The auction began anew: its price had fallen too far or too long, or it turned to the other form. */
export interface AuctionReset {
  readonly type: "auctionReset";
  readonly auction: number;
  readonly auctionType: AuctionType;
}

export interface AuctionFilled {
  readonly type: "auctionFilled";
  readonly auction: number;
  readonly account: number;
  readonly bidder: number;
  /** Of what the account held. */
  readonly sharePpm: number;
  /** The auction's. */
  readonly asset: number;
  /** Net payment of the bidder, units of that asset; negative: it received. */
  readonly paidUnits: number;
  /** What the account, or the fund, gave the bidder beyond fair value, in the same units. */
  readonly discountUnits: number;
}

export interface AuctionEnded {
  readonly type: "auctionEnded";
  readonly auction: number;
  readonly reason: "restored" | "sold" | "noBids";
}

/** A tranche of the insurance fund paid part of an account's loss. */
export interface LossCovered {
  readonly type: "lossCovered";
  readonly liquidation: number;
  readonly account: number;
  readonly asset: number;
  readonly units: number;
  readonly tranche: Tranche;
  /** Of a market's tranche; 0 for others. */
  readonly instrument: number;
}

/** A winner's position was closed, at the mark, against an account that could not be liquidated otherwise. */
export interface Deleveraged {
  readonly type: "deleveraged";
  readonly liquidation: number;
  readonly account: number;
  readonly instrument: number;
  /** Signed change of the winner's position. */
  readonly lots: number;
  readonly priceMicros: number;
  /** What the winner gave up towards the shortfall, units of this asset. */
  readonly asset: number;
  readonly takenUnits: number;
}

/** An account bore part of a loss that nothing else covered. */
export interface LossShared {
  readonly type: "lossShared";
  readonly liquidation: number;
  readonly account: number;
  readonly asset: number;
  readonly units: number;
}

/** Balance of a tranche after it changed. */
export interface FundChanged {
  readonly type: "fundChanged";
  readonly tranche: Tranche;
  readonly instrument: number;
  readonly asset: number;
  readonly balanceUnits: number;
}

export interface FundStaked {
  readonly type: "fundStaked";
  readonly account: number;
  readonly units: number;
  readonly shares: number;
}

export interface UnstakeRequested {
  readonly type: "unstakeRequested";
  readonly unstake: number;
  readonly account: number;
  readonly shares: number;
  readonly dueMs: number;
}

export interface FundUnstaked {
  readonly type: "fundUnstaked";
  readonly unstake: number;
  readonly account: number;
  readonly shares: number;
  readonly units: number;
}

/** Every event about accounts in default and the insurance fund. */
export type DefaultEvent =
  | LiquidationStarted
  | LiquidationStepped
  | LiquidationEnded
  | AuctionStarted
  | AuctionReset
  | AuctionFilled
  | AuctionEnded
  | LossCovered
  | Deleveraged
  | LossShared
  | FundChanged
  | FundStaked
  | UnstakeRequested
  | FundUnstaked;
