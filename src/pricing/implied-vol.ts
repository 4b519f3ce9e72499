import { log } from "../numerics/exp-log.ts";
import { ulp } from "../numerics/float-bits.ts";
import { requireNumber, requirePositive } from "../quantity/error.ts";
import { largestPrice } from "./black76.ts";
import { logRatio, outOfTheMoneyFromDistance } from "./black76-kernel.ts";
import { normalPdf } from "../numerics/normal.ts";

/** A price whose volatility is asked for. */
export interface ImpliedVolInput {
  readonly optionType: "call" | "put";
  /** Quote currency per unit of underlying, from 0 to 1e300. */
  readonly forward: number;
  /** Quote currency per unit of underlying, from 0 to 1e300. */
  readonly strike: number;
  /** ACT/365, ≥ 0. */
  readonly expiryYears: number;
  /** Quote currency per unit of underlying. */
  readonly price: number;
  /** Value today of one unit of quote currency at expiry, > 0 and ≤ 1e3. Absent: 1, an undiscounted price. */
  readonly discount?: number;
  /** How far the price may be off, such as half a tick. At least its own rounding is assumed. */
  readonly priceUncertainty?: number;
}

/**
 * The answer. Without a volatility, `status` says why:
 *
 * - `below-intrinsic`: the price is less than exercise is worth; no volatility gives it.
 * - `at-intrinsic`: the price is intrinsic value and nothing else (0 for an out-of-the-money option). Zero volatility gives it, and so
 *   does every volatility whose time value is below the price's rounding: it can't be told.
 * - `above-maximum`: the price is at least the forward (call) or the strike (put), which no finite volatility reaches.
 * - `expired`: there is time value but no time.
 */
export type ImpliedVol =
  | {
      readonly status: "found";
      /** Annual fraction. Pricing with it gives the price back to a few units in its last place. */
      readonly vol: number;
      /** How far `vol` may be off because of the price's uncertainty, to first order. */
      readonly volUncertainty: number;
      /**
       * False when the price's uncertainty is more than 1/64 of the time value, or of what that lacks to its maximum, the lesser of
       * forward and strike, or when the time value is less than 1e-300 of it, where float64 runs out of digits: those of `vol` are then noise.
       */
      readonly identified: boolean;
      readonly iterations: number;
    }
  | { readonly status: "below-intrinsic" | "at-intrinsic" | "above-maximum" | "expired" };

/**
 * The volatility at which {@link black76Price} gives `price`, for every price that has one.
 *
 * @throws {PlimsollError} `PLM_DOMAIN` if an argument is NaN, infinite or out of range.
 */
export function impliedVol(input: ImpliedVolInput): ImpliedVol {
  const { optionType, forward, strike, expiryYears, price, discount = 1, priceUncertainty = 0 } = input;
  requireNumber("forward", forward, 0, largestPrice);
  requireNumber("strike", strike, 0, largestPrice);
  requireNumber("expiryYears", expiryYears, 0);
  requireNumber("price", price);
  requirePositive("discount", discount, 1e3);
  requireNumber("priceUncertainty", priceUncertainty, 0);

  const undiscounted = price / discount;
  const isCall = optionType === "call";
  const intrinsic = isCall ? Math.max(forward - strike, 0) : Math.max(strike - forward, 0);
  const timeValue = undiscounted - intrinsic;
  if (timeValue < 0) {
    // discounting and its undoing may each have lost half a unit
    const rounding = discount === 1 ? 0 : 2 * ulp(intrinsic);
    return { status: -timeValue <= rounding ? "at-intrinsic" : "below-intrinsic" };
  }
  if (timeValue === 0) return { status: "at-intrinsic" };
  const lesser = Math.min(forward, strike);
  if (undiscounted >= (isCall ? forward : strike) || timeValue >= lesser) return { status: "above-maximum" };
  if (expiryYears === 0) return { status: "expired" };

  const { totalVol, iterations } = impliedTotalVol(forward, strike, timeValue);
  const rootYears = Math.sqrt(expiryYears);
  // half a unit each for the price as given, for undoing the discount, and for the intrinsic value subtracted
  const halves = ulp(undiscounted) * (discount === 1 ? 1 : 2) + (intrinsic > 0 ? ulp(intrinsic) : 0);
  const uncertainty = Math.max(priceUncertainty / discount, 0.5 * halves);
  const slope = lesser * normalPdf(lesserMoment(forward, strike, totalVol)) * rootYears;
  return {
    status: "found",
    vol: totalVol / rootYears,
    volUncertainty: slope > 0 ? Math.min(uncertainty / slope, Number.MAX_VALUE) : Number.MAX_VALUE,
    identified:
      uncertainty * 64 <= Math.min(timeValue, lesser - timeValue) && timeValue / lesser >= leastIdentified,
    iterations,
  };
}

/** x1 = |ln F/K|/v − v/2: ∂price/∂v = min(F, K)·φ(x1). */
const lesserMoment = (forward: number, strike: number, totalVol: number): number =>
  Math.abs(logRatio(forward, strike)) / totalVol - 0.5 * totalVol;

/**
 * The total volatility v = σ√T at which the out-of-the-money option is worth `timeValue`, 0 < timeValue < min(F, K).
 *
 * Newton's method on a transform of the price c = timeValue / min(F, K) that is almost a straight line in v, kept inside a
 * shrinking bracket. With x = |ln F/K| and a = x/v:
 *
 * - wing (left of the inflection v = √(2x), and c ≤ x/50, so that a > 1.5): −ln(c/x) grows like a²/2, so 1/√(−ln(c/x)) is the line;
 * - body: c itself, convex left of the inflection and started from above, concave right of it and started from below, so
 *   that Newton's steps never turn;
 * - top (c > 0.8): √(−ln(1 − c)) is the line.
 */
export function impliedTotalVol(
  forward: number,
  strike: number,
  timeValue: number,
): { readonly totalVol: number; readonly iterations: number } {
  const lesser = Math.min(forward, strike);
  // Prices are held per unit of the lesser of forward and strike, unless the quotient would lose digits to underflow.
  const unit = timeValue / lesser < smallestQuotient && lesser > 1 ? lesser : 1;
  const target = unit === 1 ? timeValue / lesser : timeValue;
  const x = Math.abs(logRatio(forward, strike));
  const inflection = Math.sqrt(x + x);
  const priceAt = (v: number): number => outOfTheMoneyFromDistance(unit, x, v);
  const atInflection = x > 0 ? priceAt(inflection) : 0;
  const left = target < atInflection;
  const wing = left && target <= 0.02 * x * unit;
  const top = !left && target > 0.8;
  // as a difference: the quotient target/x may underflow
  const logUnit = log(unit);
  const wingLog = wing ? log(x) - log(target) + logUnit : 0;
  const line = wing ? 1 / Math.sqrt(wingLog) : top ? Math.sqrt(-log(1 - target)) : 0;

  let low = left ? 0 : inflection;
  let high = left ? inflection : Infinity;
  let v: number;
  if (wing) v = Math.min(inflection, x / wingMoneyness(wingLog));
  else if (left) v = Math.min(inflection, (target / unit + 0.5 * x) / density0);
  else v = inflection + (target - atInflection) / unit / density0;

  let best = v;
  let bestError = Infinity;
  for (let iteration = 1; iteration <= 200; iteration++) {
    const c = priceAt(v);
    const error = c - target;
    if (Math.abs(error) < bestError) {
      best = v;
      bestError = Math.abs(error);
    }
    if (error === 0) return { totalVol: v, iterations: iteration };
    if (error < 0) low = v;
    else high = v;
    const slope = unit * normalPdf(x / v - 0.5 * v);
    let step: number;
    if (wing) {
      const s = log(x) - log(c) + logUnit;
      const root = Math.sqrt(s);
      step = (2 * (line - 1 / root) * s * root * c) / slope;
    } else if (top && c > 0.5 && c < 1) {
      const root = Math.sqrt(-log(1 - c));
      step = (2 * (line - root) * root * (1 - c)) / slope;
    } else {
      step = -error / slope;
    }
    let next = v + step;
    // Newton doubles the digits: ten known ones are twenty after this step
    if (Math.abs(step) <= 1e-10 * v) return { totalVol: next, iterations: iteration };
    // outside the bracket, or nowhere (a density that underflowed): halve instead
    if (!(next > low && next < high)) next = high === Infinity ? 2 * v : 0.5 * (low + high);
    if (next === v || next === low || next === high) return { totalVol: best, iterations: iteration };
    v = next;
  }
  return { totalVol: best, iterations: 200 };
}

const density0 = normalPdf(0);
/** Time value per unit of the lesser of forward and strike. */
const leastIdentified = 1e-300;
/** Far enough above the subnormal numbers that a price this small keeps all its digits. */
const smallestQuotient = 1e-290;

/** The a with φ(a)/a³ ≈ e^(−s), s ≥ 3.9: what c/x tends to in the wing, without the bending of 3/a². */
function wingMoneyness(s: number): number {
  let a = Math.sqrt(s + s) - 1;
  for (let i = 0; i < 2; i++) a = Math.sqrt(Math.max(1, 2 * (s - 0.919) - 6 * log(a)));
  return a;
}
