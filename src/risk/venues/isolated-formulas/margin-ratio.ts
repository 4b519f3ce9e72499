import {
  add,
  compare,
  divide,
  magnitude,
  multiply,
  negate,
  subtract,
  type Rational,
} from "../shared/rational.ts";

/** Reserves of a constant-product virtual AMM. */
export interface Reserves {
  readonly quote: Rational;
  readonly base: Rational;
}

/**
 * Profit and notional of closing a position of `size` (negative short) against the reserves: a long adds base and takes
 * quote − k ÷ (base + size) out; a short pays k ÷ (base − |size|) − quote in.
 *
 * @throws {PlimsollError} `PLM_DOMAIN` if a short is as large as the base reserve: it can't be closed.
 */
export function closeAgainstReserves(
  size: Rational,
  openNotional: Rational,
  reserves: Reserves,
): { readonly pnl: Rational; readonly notional: Rational } {
  const product = multiply(reserves.quote, reserves.base);
  const after = divide(product, add(reserves.base, size), "base reserve after closing");
  const moved = subtract(reserves.quote, after);
  if (size.numerator >= 0n) return { pnl: subtract(moved, openNotional), notional: moved };
  const paid = negate(moved);
  return { pnl: subtract(openNotional, paid), notional: paid };
}

export interface PerpetualV1Position {
  readonly margin: Rational;
  /** Base units, negative short. */
  readonly size: Rational;
  /** What was paid or received to open, quote. */
  readonly openNotional: Rational;
  /** Cumulative premium fraction since the position was touched, quote per base unit; a long pays it. */
  readonly premium: Rational;
  /** The position's notional, when known without reserves. */
  readonly notional?: Rational;
  readonly reserves?: Reserves;
  /** Profit at the spot price, when known without reserves. */
  readonly spotPnl?: Rational;
  /** Profit at the time-weighted price; competes with the profit at the spot reserves, the larger counts. */
  readonly twapPnl?: Rational;
}

/**
 * Perpetual Protocol v1: (margin − size × premium + pnl) ÷ position notional. Of the profits at spot and at the
 * time-weighted price the better one counts, so that a moment's spike does not liquidate.
 */
export function perpetualV1MarginRatio(position: PerpetualV1Position): Rational {
  const { size, openNotional, reserves, twapPnl, spotPnl } = position;
  const short = size.numerator < 0n;
  const atPnl = (pnl: Rational): { pnl: Rational; notional: Rational } => ({
    pnl,
    notional: short ? subtract(openNotional, pnl) : add(openNotional, pnl),
  });
  // A notional that differs from the opening one tells the profit.
  const gained = subtract(position.notional ?? openNotional, openNotional);
  const stated = short ? negate(gained) : gained;
  const spot = reserves ? closeAgainstReserves(size, openNotional, reserves) : spotPnl && atPnl(spotPnl);
  const twap = twapPnl && atPnl(twapPnl);
  const chosen =
    spot && twap ? (compare(spot.pnl, twap.pnl) > 0 ? spot : twap) : (spot ?? twap ?? atPnl(stated));
  const margin = add(subtract(position.margin, multiply(size, position.premium)), chosen.pnl);
  return divide(margin, position.notional ?? chosen.notional, "notional");
}

export interface EntryValuedPosition {
  /** Units, negative short. */
  readonly size: Rational;
  readonly entry: Rational;
  readonly mark: Rational;
  readonly leverage: Rational;
  readonly maintenanceRate: Rational;
  /** Cross margin: the account's balance less the margin of isolated positions. Absent: this position is isolated. */
  readonly crossBalance?: Rational;
}

/**
 * Toobit: maintenance and margin both on the entry price; the ratio is maintenance ÷ (margin + pnl), 1 liquidates. In cross
 * margin the account's balance stands for the margin.
 *
 * @see support.toobit.com, "Liquidation introduction of perpetual contract"
 */
export function toobitMarginRatio(position: EntryValuedPosition): {
  readonly maintenance: Rational;
  readonly positionMargin: Rational;
  readonly pnl: Rational;
  readonly marginRatio: Rational;
} {
  const { size, entry, mark, leverage, maintenanceRate } = position;
  const notional = multiply(magnitude(size), entry);
  const maintenance = multiply(notional, maintenanceRate);
  const positionMargin = divide(notional, leverage, "leverage");
  const pnl = multiply(size, subtract(mark, entry));
  return {
    maintenance,
    positionMargin,
    pnl,
    marginRatio: divide(maintenance, add(position.crossBalance ?? positionMargin, pnl), "margin + pnl"),
  };
}
