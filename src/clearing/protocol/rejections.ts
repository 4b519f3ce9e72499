/**
 * Why a command was refused, in order of precedence: when several reasons hold, the first of this list is given. What to do about
 * each stands here too, because an answer without a remedy is half an answer.
 */
export const rejectionCodes = {
  malformed: "Send the fields that the API document prescribes.",
  unknownSigner: "Sign with a key that owns the account, or one that its owner authorized.",
  expiredDeadline: "Sign again with a later deadline, or 0 for none.",
  nonceUsed: "Use a nonce above the highest one used; within 63 below it each still serves once.",
  notAuthorized: "Ask an admin for the role, or the owner for the permission, that the command needs.",
  keyExpired: "Have the owner authorize the session key anew.",
  overKeyLimit: "Send a smaller order, or have the owner raise the key's limit.",
  unknownAccount: "Open an account first; its number comes in the event accountOpened.",
  unknownAsset: "Use the number of a listed asset.",
  unknownUnderlying: "Use the number of a listed underlying.",
  unknownInstrument: "Use the number of a listed instrument.",
  unknownFeed: "Use the number of a listed price feed.",
  unknownOrder: "The order is filled, cancelled or was never placed.",
  unknownQuote: "The request or offer has expired, was taken, or never existed.",
  unknownAuction: "The auction has ended, or never was; its number comes in the event auctionStarted.",
  unknownWithdrawal: "Use the number from the event withdrawalRequested.",
  alreadyListed: "Choose another name.",
  alreadyDone: "Nothing to do: this reference was used before.",
  invalidSpec: "Correct the field; docs/instruments.md gives the rules.",
  venueHalted: "Wait until a guardian reopens the venue; cancels and deposits still work.",
  instrumentHalted: "Wait until the instrument is active; cancels still work.",
  instrumentExpired: "Trade an instrument that has not expired.",
  reduceOnly: "Only orders that lessen a position are accepted now.",
  noPrice: "Wait until enough publishers have sent a fresh price.",
  notATick: "Round to the instrument's tick and lot.",
  overOrderSize: "Send a smaller order.",
  overNotional: "Send a smaller order.",
  outsidePriceBand: "Price the order nearer to the mark.",
  wouldTake: "A post-only order must not cross: move its price, or send it without postOnly.",
  wouldNotFill: "Not enough can be filled at this price for fill-or-kill.",
  duplicateClientOrderId: "Use another clientOrderId, or cancel the open order that has it.",
  tooManyOrders: "Cancel orders first.",
  tooManyPositions: "Close positions first.",
  overPositionLimit: "Lessen the position or the open orders on its side.",
  overOpenInterest: "Wait until open interest falls, or trade against it.",
  overDepositCap: "Deposit less, or another asset.",
  overBorrowLimit: "Deposit the asset, or borrow less.",
  auctionMoved: "The auction's form or price is not what the bid allows: look at it again and bid anew.",
  notInDefault: "The account meets its maintenance margin, or is being liquidated already.",
  inDefault: "Bring the account back above its margin first: deposit, or lessen risk.",
  insolvencyOpen:
    "Wait until the loss of an insolvent account is settled; what the fund covers can be withdrawn now.",
  overPoolBounds: "Trade less against the pool, or wait for its re-peg.",
  insufficientBudget: "Fund the pool's budget first.",
  insufficientBalance: "Deposit more, or ask for less.",
  insufficientMargin: "Deposit collateral, or reduce risk: the account would not meet its initial margin.",
  overCapacity: "The machine's own limit is reached; ask the operator.",
} as const;

export type RejectionCode = keyof typeof rejectionCodes;

/** A refusal as data. It changed nothing but the signer's nonce. */
export interface Rejection {
  readonly code: RejectionCode;
  /** Path of the offending field, such as `lots` or `quotes[2].bidTicks`. */
  readonly field: string;
  /** The offending value. */
  readonly value: number | string;
  /** What would have been accepted. */
  readonly limit: number | string;
}
