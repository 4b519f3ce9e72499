import {
  add,
  divide,
  floorOf,
  magnitude,
  maximum,
  minimum,
  multiply,
  one,
  rational,
  squareRoot,
  subtract,
  zero,
  compare,
  type Rational,
} from "../shared/rational.ts";

const million = rational(1_000_000);

/** dYdX v4: ⌊initial margin × maintenance fraction⌋, both in parts per million. */
export const maintenanceMarginPpm = (
  initialMarginPpm: Rational,
  maintenanceFractionPpm: Rational,
): Rational => floorOf(divide(multiply(initialMarginPpm, maintenanceFractionPpm), million));

/** Hyperliquid: maintenance is half of the initial margin at the asset's highest leverage. */
export const halfOfMaxLeverageFraction = (maxLeverage: Rational): Rational =>
  divide(one, multiply(rational(2), maxLeverage), "maxLeverage");

/**
 * dYdX v4: the initial margin fraction rises linearly from its base at the lower cap of open interest to 1 at the upper
 * cap. An upper cap of 0 switches the rule off.
 */
export function openInterestScaledFraction(rule: {
  readonly base: Rational;
  readonly openInterest: Rational;
  readonly lowerCap: Rational;
  readonly upperCap: Rational;
}): Rational {
  const { base, openInterest, lowerCap, upperCap } = rule;
  if (upperCap.numerator === 0n || compare(openInterest, lowerCap) <= 0) return base;
  if (compare(openInterest, upperCap) >= 0) return maximum(base, one);
  const share = divide(subtract(openInterest, lowerCap), subtract(upperCap, lowerCap));
  return add(base, multiply(subtract(one, base), share));
}

/** Drift v2: a liability's weight grows with its size, max(w, 0.8·w + imf·√size). */
export const sizePremiumLiabilityWeight = (weight: Rational, imf: Rational, size: Rational): Rational =>
  imf.numerator === 0n
    ? weight
    : maximum(weight, add(multiply(rational("0.8"), weight), multiply(imf, squareRoot(magnitude(size)))));

/** Drift v2: an asset's weight shrinks with its size, min(w, 1.1 ÷ (1 + imf·√size)). */
export const sizeDiscountAssetWeight = (weight: Rational, imf: Rational, size: Rational): Rational =>
  imf.numerator === 0n
    ? weight
    : minimum(weight, divide(rational("1.1"), add(one, multiply(imf, squareRoot(magnitude(size))))));

/** Drift v2: an asset's weight scales down once all deposits together exceed `scaleStart` in value. 0 is off. */
export function scaledAssetWeight(weight: Rational, scaleStart: Rational, depositsValue: Rational): Rational {
  if (scaleStart.numerator === 0n || compare(depositsValue, scaleStart) <= 0) return weight;
  return divide(multiply(weight, scaleStart), depositsValue);
}

/** One leg of a hedged pair at BTZO. */
export interface Leg {
  /** Contracts, sign ignored. */
  readonly size: Rational;
  readonly entry: Rational;
}

/**
 * BTZO: maintenance = notional × rate, notional = contracts × multiplier × price. With both sides held, the hedged part
 * min(long, |short|) of each leg is valued at that leg's own entry and the rest at the mark.
 */
export function btzoMaintenance(position: {
  readonly long: Leg;
  readonly short: Leg;
  readonly mark: Rational;
  readonly multiplier: Rational;
  /** Maintenance rate + taker fee + |funding|. */
  readonly rate: Rational;
}): {
  readonly long: Rational;
  readonly short: Rational;
  readonly total: Rational;
  readonly hedged: Rational;
} {
  const { mark, multiplier, rate } = position;
  const hedged = minimum(magnitude(position.long.size), magnitude(position.short.size));
  const legMargin = ({ size, entry }: Leg): Rational => {
    const rest = subtract(magnitude(size), hedged);
    return multiply(multiply(add(multiply(hedged, entry), multiply(rest, mark)), multiplier), rate);
  };
  const long = legMargin(position.long);
  const short = legMargin(position.short);
  return { long, short, total: add(long, short), hedged };
}

/**
 * Paradex: a requirement is met while collateral plus unrealised profit is at least |size| × mark × initial margin
 * fraction. An order is accepted when it is met with the order filled, or when the order doesn't raise it.
 *
 * @see docs.paradex.trade, "Paradex Risk Checks"
 */
export function initialMarginCheck(position: {
  readonly collateral: Rational;
  /** Held, signed. */
  readonly size: Rational;
  /** The order's own size, signed: it asks for margin and has no profit yet. */
  readonly orderSize: Rational;
  readonly entry: Rational;
  readonly mark: Rational;
  readonly initialMarginFraction: Rational;
}): {
  readonly initialMargin: Rational;
  readonly unrealisedPnl: Rational;
  readonly accountValue: Rational;
  readonly met: boolean;
  readonly accepted: boolean;
} {
  const { size, entry, mark, orderSize } = position;
  const after = magnitude(add(size, orderSize));
  const initialMargin = multiply(multiply(after, mark), position.initialMarginFraction);
  const unrealisedPnl = multiply(size, subtract(mark, entry));
  const accountValue = add(position.collateral, unrealisedPnl);
  const met = compare(accountValue, initialMargin) >= 0;
  const noMoreRisk = orderSize.numerator !== 0n && compare(after, magnitude(size)) <= 0;
  return { initialMargin, unrealisedPnl, accountValue, met, accepted: met || noMoreRisk };
}

export interface NakedOption {
  readonly optionType: "call" | "put";
  /** Options sold, sign ignored. */
  readonly size: Rational;
  readonly strike: Rational;
  readonly spot: Rational;
  /** Upper bound of an at-the-money option's value, fraction of spot, from the venue's table by time to expiry. */
  readonly upperBound: Rational;
  /** Spot shock: below 1 for calls' moneyness, as the venue gives it. */
  readonly shock: Rational;
}

/**
 * Opyn, naked short options: puts (ub·min(K, s·S) + max(K − s·S, 0))·n in quote, calls
 * (ub·min(1, s·K/S) + max(1 − s·K/S, 0))·n in coin.
 */
export function opynNakedMargin({
  optionType,
  size,
  strike,
  spot,
  upperBound,
  shock,
}: NakedOption): Rational {
  const n = magnitude(size);
  const cap = optionType === "put" ? strike : one;
  const moved = optionType === "put" ? multiply(shock, spot) : divide(multiply(shock, strike), spot, "spot");
  const value = add(multiply(upperBound, minimum(cap, moved)), maximum(subtract(cap, moved), zero));
  return multiply(value, n);
}
