/** Bounds of what one account, one command and the machine may hold. docs/clearing.md lists them. */

/** Open orders of one account, waiting ones included: in all, and in one instrument. */
export const maxOrdersPerAccount = 1_000;
export const maxOrdersPerInstrument = 200;
/** Resting orders that one command may meet; what is left of its order is cancelled. */
export const maxMatchSteps = 1_000;
/** Book levels that a routed order compares with the virtual AMM's price. */
export const maxRouteLevels = 64;
/** Orders that time takes out per command; the rest follow with the next. */
export const maxExpiriesPerCommand = 1_000;
/** What one command does of work that others left; the rest follows with the next. A part of the rules: the same on every machine. */
export interface WorkLimits {
  /** Orders and triggers of expired instruments that are cancelled. */
  readonly closedOrders: number;
  /** Positions in them that are settled. */
  readonly settlements: number;
  /** Triggers that are released, and resting orders met by them after which no further one is. */
  readonly triggers: number;
  readonly triggerMeetings: number;
}
/** Accounts that a settlement of more positions than that looks at, per command. */
export const maxSettlementVisits = 65_536;
export const workLimits: WorkLimits = {
  closedOrders: 1_000,
  settlements: 500,
  triggers: 100,
  triggerMeetings: 1_000,
};
/** Account numbers that one price update or tick goes through; the rest follow with the next. */
export const maxSweepAccounts = 32_768;
/** Accounts under portfolio margin among them: their requirements are the dear ones when a new epoch begins. */
export const maxSweepPortfolios = 4_096;
/** Liquidations that it begins: each has orders to cancel and much to tell. */
export const maxSweepDefaults = 2_048;
/** Account numbers that one command goes through in search of positions to settle. */
export const maxSweepVisits = 65_536;
export const maxPendingWithdrawals = 65_536;
/** Of one asset: so that nobody alone can fill the table that all share. */
export const maxWithdrawalsPerAccount = 64;
export const maxQuoteRequests = 4_096;
export const maxRequestsPerAccount = 16;
export const maxRequestsPerOwner = 64;
/** Once half of the table is taken, equity that an account must have for each of its requests: 1,000 USD. */
export const equityPerRequestMicros = 1_000_000_000;
/** When it is full: requests that are looked at for one whose account has not. */
export const requestsLookedAt = 64;
export const maxOffersPerRequest = 16;
export const maxLegs = 32;
export const maxQuotesPerCommand = 100;
/** A dated reference of a deposit is good, and remembered, for this time after its own: 30 days. */
export const depositWindowMs = 2_592_000_000;
/** Its time is at most this far ahead of the machine's: a day. */
export const maxDepositLeadMs = 86_400_000;
/** Dated references remembered at one time; undated ones ever. */
export const maxDepositReferences = 1_048_576;
export const maxUndatedReferences = 262_144;
/** References in one leaf. */
export const referencesPerLeaf = 16;
/**
 * No single trade can carry a figure past the safe integers: a balance is below 2^51 when a trade or deposit begins, a linear position costs at
 * most 2^52 with its open orders, and all lots of an inverse one at most 2^47.
 */
export const largestBalanceUnits = 2_251_799_813_685_248;
export const largestExposureUnits = 4_503_599_627_370_496;
export const largestInverseUnits = 140_737_488_355_328;
/** What could be sold and bought at once at the impact prices that funding and marks look at: 10,000 USD. */
export const impactNotionalMicros = 10_000_000_000;
