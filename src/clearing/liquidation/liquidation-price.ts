import { mulDivCeil, mulDivFloor } from "../../quantity/money.ts";
import { type Fraction } from "./fraction.ts";

/** A linear position and what else its account has, all else held fixed. Money in one unit. */
export interface PricedPosition {
  /** Signed, ≠ 0. */
  readonly size: bigint;
  /** Price units per money unit per size unit, > 0. */
  readonly scale: bigint;
  /** Size × entry price, of the size's sign. */
  readonly entryValue: bigint;
  /** Equity without this position's profit, less the requirement of everything else. For an isolated position its margin. */
  readonly collateral: bigint;
  /** Maintenance requirement, with the fee of closing where that is kept back, as a share of notional. */
  readonly requirement: Fraction;
}

/**
 * The price at which equity meets the maintenance requirement, every other price unchanged:
 *
 *     collateral + size × p − entryValue = requirement × |size| × p        p = (entryValue − collateral) ÷ (size − requirement × |size|)
 *
 * Rounded so that the account is still healthy at it: up for a long, down for a short. `undefined` when no price above 0 liquidates it (a long
 * with more collateral than it can lose), or, for a long, when every price does (a requirement of all the notional or more).
 *
 * Sources: Hyperliquid, price − side × margin ÷ size ÷ (1 − side × requirement); Phemex, with the closing fee in the requirement.
 */
export function liquidationPrice(position: PricedPosition): bigint | undefined {
  const { size, scale, entryValue, collateral, requirement } = position;
  const { numerator, denominator } = requirement;
  const lost = (entryValue - collateral) * denominator * scale;
  if (size > 0n) {
    const kept = size * (denominator - numerator);
    return kept > 0n && lost > 0n ? mulDivCeil(lost, 1n, kept) : undefined;
  }
  const kept = -size * (denominator + numerator);
  return lost < 0n ? mulDivFloor(-lost, 1n, kept) : undefined;
}

/** An inverse position: worth `contractValue` of quote currency, margined in the coin. */
export interface InversePosition {
  /** Quote currency, signed, ≠ 0: the coin value is this ÷ price. */
  readonly quoteValue: bigint;
  /** Coin value at entry, of the same sign. */
  readonly entryCoins: bigint;
  /** As for a linear position, in the coin. */
  readonly collateral: bigint;
  readonly requirement: Fraction;
  /** Price units per quote unit per coin unit, > 0. */
  readonly scale: bigint;
}

/**
 * The same for an inverse contract, whose profit in coins is entryCoins − quoteValue ÷ price:
 *
 *     p = (quoteValue + requirement × |quoteValue|) ÷ (collateral + entryCoins)
 *
 * Up for a long, down for a short; `undefined` where no price does it, which is so for a short with coins enough.
 */
export function inverseLiquidationPrice(position: InversePosition): bigint | undefined {
  const { quoteValue, entryCoins, collateral, requirement, scale } = position;
  const { numerator, denominator } = requirement;
  const coins = (collateral + entryCoins) * denominator;
  if (quoteValue > 0n) {
    return coins > 0n ? mulDivCeil(quoteValue * (denominator + numerator), scale, coins) : undefined;
  }
  const owed = -quoteValue * (denominator - numerator);
  return coins < 0n && owed > 0n ? mulDivFloor(owed, scale, -coins) : undefined;
}
