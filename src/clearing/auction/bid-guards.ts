/** The two forms of an auction: the bidder pays, or is paid. */
export type AuctionForm = "solvent" | "insolvent";

/**
 * What a bidder insists on, because the auction may have changed between the look and the bid: it may have turned insolvent, another
 * bid may have come first, the price may stand elsewhere. An absent guard accepts anything.
 */
export interface BidGuards {
  readonly form?: AuctionForm;
  /** Least share of the account, or amount of the lot, to be had. */
  readonly minReceived?: bigint;
  /** Most to pay; negative: least to be paid. */
  readonly maxPaid?: bigint;
}

/** What the bid would come to. */
export interface BidOutcome {
  readonly form: AuctionForm;
  readonly received: bigint;
  /** Negative when the bidder is paid. */
  readonly paid: bigint;
}

/** Why a bid is not carried out, with the figure that it met and the one that it asked for. Nothing changed. */
export type BidRefusal =
  | { readonly reason: "form"; readonly actual: AuctionForm; readonly limit: AuctionForm }
  | { readonly reason: "minReceived"; readonly actual: bigint; readonly limit: bigint }
  | { readonly reason: "maxPaid"; readonly actual: bigint; readonly limit: bigint };

/** The first guard that `outcome` breaks, in the order form, received, paid; `undefined` when it breaks none. */
export function refusedByGuards(guards: BidGuards, outcome: BidOutcome): BidRefusal | undefined {
  const { form, minReceived, maxPaid } = guards;
  if (form !== undefined && form !== outcome.form) {
    return { reason: "form", actual: outcome.form, limit: form };
  }
  if (minReceived !== undefined && outcome.received < minReceived) {
    return { reason: "minReceived", actual: outcome.received, limit: minReceived };
  }
  if (maxPaid !== undefined && outcome.paid > maxPaid) {
    return { reason: "maxPaid", actual: outcome.paid, limit: maxPaid };
  }
  return undefined;
}
