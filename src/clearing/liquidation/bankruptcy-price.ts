import { invariant } from "../../quantity/error.ts";
import { mulDivCeil } from "../../quantity/money.ts";

/** An account and the part of it that is closed. Money in one unit. */
export interface Closing {
  /** Change of the account's net notional by the closing, at the mark: negative when selling. */
  readonly notionalChange: bigint;
  /** Equity of the whole account. */
  readonly equity: bigint;
  /** Maintenance requirement that falls away, ≥ 0. */
  readonly requirementReleased: bigint;
  /** Maintenance requirement of the whole account, > 0. */
  readonly requirement: bigint;
}

/**
 * What an account must at least receive (negative: may at most pay) for a closing, so that it loses no more than the share of its
 * equity that belongs to the part closed, by requirement:
 *
 *     −notionalChange − equity × requirementReleased ÷ requirement        up
 *
 * Each part takes its own share, whatever the order, and closing everything at these amounts leaves exactly 0: the insurance fund is not
 * touched while equity is above 0. Rounded toward +∞, in the account's and the fund's favour.
 *
 * Source: dYdX v4, x/clob, bankruptcy price.
 */
export function bankruptcyQuoteCeil(closing: Closing): bigint {
  const { notionalChange, equity, requirementReleased, requirement } = closing;
  return -notionalChange + mulDivCeil(-equity, requirementReleased, requirement);
}

/** What a fill leaves against the bankruptcy quote: positive can pay a liquidation fee, negative must come from the insurance fund. */
export const beyondBankruptcy = (fillQuote: bigint, bankruptcyQuote: bigint): bigint =>
  fillQuote - bankruptcyQuote;

/** An account's quote for a closing as a limit price per unit of size, scaled. */
export interface QuotedClosing {
  /** Received (positive) or paid (negative). */
  readonly quote: bigint;
  /** Size sold (negative) or bought (positive), ≠ 0. */
  readonly size: bigint;
  /** Price units per money unit per size unit, > 0. */
  readonly scale: bigint;
}

/**
 * The worst price at which closing `size` gives at least `quote`: up when selling, down when buying. Below 0 when the account would give
 * the position away and money with it.
 */
export function limitPrice({ quote, size, scale }: QuotedClosing): bigint {
  invariant(size !== 0n, "a closing has a size");
  return size < 0n ? mulDivCeil(quote, scale, -size) : -mulDivCeil(quote, scale, size);
}
