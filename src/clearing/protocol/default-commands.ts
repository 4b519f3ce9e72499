/** Which side pays in an auction: a solvent account gives a discount, for an insolvent one the fund pays. */
export type AuctionType = "solvent" | "insolvent";

/** Part of the insurance fund: of one market, the house's own, or staked by others. */
export type Tranche = "market" | "protocol" | "staked";

/** Has an account looked at now. If a liquidation starts by it, `account` gets the caller's incentive. */
export interface CallLiquidation {
  readonly type: "callLiquidation";
  readonly account: number;
  /** The account to look at. */
  readonly target: number;
}

/** Takes over a share of all that an account in auction holds, at the auction's price now. docs/auctions-in-clearing.md. */
export interface Bid {
  readonly type: "bid";
  readonly account: number;
  readonly auction: number;
  /** Most of what the account holds now, ppm of each position and balance. Cut to what restores the account. */
  readonly sharePpm: number;
  /** The bid is refused if the auction has turned into the other form. */
  readonly auctionType: AuctionType;
  /** Most that the bidder pays, and least that it receives, net, units of the auction's asset. One of the two is 0. */
  readonly maxPaidUnits: number;
  readonly minReceivedUnits: number;
}

/** Pays into the staked tranche of the insurance fund for shares of it at what it is worth. */
export interface StakeFund {
  readonly type: "stakeFund";
  readonly account: number;
  readonly units: number;
}

/** Starts the cooldown of shares; at its end they are paid out at what they are worth then. */
export interface UnstakeFund {
  readonly type: "unstakeFund";
  readonly account: number;
  readonly shares: number;
}

/** Gives money to a tranche for nothing. */
export interface DonateFund {
  readonly type: "donateFund";
  readonly account: number;
  readonly tranche: Tranche;
  /** The tranche's instrument; 0 for the others. */
  readonly instrument: number;
  readonly units: number;
}

/** Buys options for the insurance fund, or sells what it bought: at once, at the limit or better, within its hedging budget. Role `risk`. */
export interface HedgeFund {
  readonly type: "hedgeFund";
  /** An option. */
  readonly instrument: number;
  /** Signed: negative sells what the fund holds. */
  readonly lots: number;
  readonly priceTicks: number;
}

/** Every command about accounts in default and the insurance fund. */
export type DefaultCommand = CallLiquidation | Bid | StakeFund | UnstakeFund | DonateFund | HedgeFund;
