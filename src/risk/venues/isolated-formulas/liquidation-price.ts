import {
  add,
  divide,
  maximum,
  multiply,
  negate,
  one,
  subtract,
  zero,
  type Rational,
} from "../shared/rational.ts";

/** Which way an isolated position points. */
export type Side = "long" | "short";

/** An isolated position as the help pages of exchanges describe it: the rest of the account plays no part. */
export interface IsolatedPosition {
  readonly side: Side;
  /** Quote currency per unit, > 0. */
  readonly entry: Rational;
  /** Notional over initial margin, > 0. */
  readonly leverage: Rational;
  /** Maintenance margin as a fraction of notional. */
  readonly maintenanceRate: Rational;
}

/**
 * Margin in the denominator, as MCS publishes it: long E·L ÷ (L·(1 − m) + 1), short E·L ÷ (L·(1 + m) − 1).
 *
 * @see help.mcs.io, "Isolated Margin"
 */
export function mcsLiquidationPrice({ side, entry, leverage, maintenanceRate }: IsolatedPosition): Rational {
  const divisor =
    side === "long"
      ? add(multiply(leverage, subtract(one, maintenanceRate)), one)
      : subtract(multiply(leverage, add(one, maintenanceRate)), one);
  return divide(multiply(entry, leverage), divisor, "leverage");
}

/** The simplified rule: long E·(1 − 1/L + m), short E·(1 + 1/L − m). Ignores fees. */
export function simplifiedLiquidationPrice({
  side,
  entry,
  leverage,
  maintenanceRate,
}: IsolatedPosition): Rational {
  const room = subtract(divide(one, leverage, "leverage"), maintenanceRate);
  return multiply(entry, side === "long" ? subtract(one, room) : add(one, room));
}

export interface PhemexPosition extends IsolatedPosition {
  /** Units of underlying, > 0. */
  readonly size: Rational;
  readonly takerFee: Rational;
  /** Deducted from the maintenance requirement by the tier table, quote currency. */
  readonly maintenanceAmount: Rational;
  /** Margin held, quote currency; by default what opening at this leverage takes. */
  readonly positionMargin?: Rational;
}

/**
 * Phemex, USDT contracts: the margin holds the fee of closing at the bankruptcy price E·(1 ∓ 1/L), and liquidation is
 * where what is left equals maintenance plus the closing fee.
 *
 * @see phemex.com help centre, "Liquidation price for USDT-M"; the short side is the mirror image.
 */
export function phemexLiquidation(position: PhemexPosition): {
  readonly positionMargin: Rational;
  readonly liquidationPrice: Rational;
  readonly bankruptcyPrice: Rational;
} {
  const { side, entry, leverage, maintenanceRate, size, takerFee, maintenanceAmount } = position;
  const sign = side === "long" ? one : negate(one);
  const open = multiply(size, entry);
  const share = divide(one, leverage, "leverage");
  const bankruptcy = multiply(open, subtract(one, multiply(sign, share)));
  const positionMargin =
    position.positionMargin ?? add(multiply(open, share), multiply(bankruptcy, takerFee));
  const atRisk = subtract(open, multiply(sign, add(positionMargin, maintenanceAmount)));
  const kept = subtract(one, multiply(sign, add(takerFee, maintenanceRate)));
  const price = divide(divide(atRisk, kept, "takerFee + mmr"), size, "size");
  const bankruptcyPrice = divide(bankruptcy, size, "size");
  return { positionMargin, liquidationPrice: maximum(zero, price), bankruptcyPrice };
}

/** |size| with the side its sign says; `side` wins when both are given. */
export const sideOf = (size: Rational, side?: Side): Side => side ?? (size.numerator < 0n ? "short" : "long");
