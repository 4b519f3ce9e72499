import { expBounded } from "../numerics/exp-log.ts";
import { highWord, powerOfTwo } from "../numerics/float-bits.ts";
import { millsDenominator, millsNumerator } from "../numerics/mills.ts";

// The heart of Black-76: straight-line arithmetic that SIMD mirrors operation by operation (change both or none).
//
// With L = min(F, K), v = σ√T, a = |ln F/K| / v, h = v/2, x1 = a − h, x2 = a + h and Mills ratio R, the out-of-the-money
// option is worth
//   L·φ(x1)·[R(x1) − R(x2)]                      x1 ≥ 0
//   L − L·φ(x1)·[R(|x1|) + R(x2)]                x1 < 0
// because F·φ(d1) = K·φ(d2). Put and call are one formula, nothing is subtracted from an intrinsic value, and one
// exponential carries the whole magnitude. Below v = 2^−5 the difference of R is taken from its Taylor series about a,
// whose derivatives follow from R' = x·R − 1, since subtracting would lose 1/v units in the last place.

/** Total volatility below which the series replaces the difference. */
const seriesBelow = 0.03125;
const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;
/** 1/√(2π) */
const density0 = 0.3989422804014327;

/**
 * ln(a/b) = k·ln 2 + 2·atanh((a·2^−k − b)/(a·2^−k + b)), for positive normal a and b; relative accuracy holds near a = b.
 * Our own minimax fit of atanh on |z| ≤ 0.2: scripts/references/coefficients.py. Finite for zeros too, though meaningless.
 */
export function logRatio(a: number, b: number): number {
  const k = Math.min(1000, Math.max(-1000, (highWord(a) - highWord(b) + 0x80000) >> 20));
  const scaled = a * powerOfTwo(-k);
  const z = (scaled - b) / Math.max(scaled + b, 1e-300);
  const w = z * z;
  const p =
    (((((0.07686868191834544 * w + 0.07624737736980786) * w + 0.0909319585820693) * w + 0.1111106881548513) *
      w +
      0.14285714702976118) *
      w +
      0.19999999998051116) *
      w +
    0.3333333333333641;
  const twice = z + z;
  return k * ln2High + (twice + (twice * w * p + k * ln2Low));
}

/**
 * Undiscounted value of the out-of-the-money option: the put when the forward is above the strike, the call when below; at the
 * money either.
 *
 * @param forward - > 0 @param strike - > 0, same unit @param totalVol - σ√T ≥ 0
 * @returns the price in the same unit. Relative error ≤ 1e-12 for prices within 10 standard deviations (docs/accuracy.md).
 */
export function outOfTheMoneyPrice(forward: number, strike: number, totalVol: number): number {
  return outOfTheMoneyFromDistance(Math.min(forward, strike), Math.abs(logRatio(forward, strike)), totalVol);
}

/** The same from what it depends on: the lesser of forward and strike, and |ln(forward/strike)|. */
export function outOfTheMoneyFromDistance(lesser: number, distance: number, totalVol: number): number {
  const a = Math.min(distance / Math.max(totalVol, 1e-300), 1000);
  const h = 0.5 * totalVol;
  const x1 = a - h;
  const x2 = a + h;
  const density = lesser * density0 * expBounded(Math.max(-0.5 * x1 * x1, -750));
  if (totalVol < seriesBelow) return density * seriesDifference(a, totalVol);
  const u1 = Math.min(Math.abs(x1), 1000);
  const u2 = Math.min(x2, 1000);
  const n1 = x1 < 0 ? -millsNumerator(u1) : millsNumerator(u1);
  const d1 = millsDenominator(u1);
  const n2 = millsNumerator(u2);
  const d2 = millsDenominator(u2);
  return (x1 < 0 ? lesser : 0) + (density * (n1 * d2 - n2 * d1)) / (d1 * d2);
}

/** R(a − v/2) − R(a + v/2) for small v, as −2·(h·R' + h³/3!·R''' + h⁵/5!·R⁗' + h⁷/7!·R⁗''') at a. */
function seriesDifference(a: number, totalVol: number): number {
  const h = 0.5 * totalVol;
  const g = h * h;
  const r0 = millsNumerator(a) / millsDenominator(a);
  const r1 = a * r0 - 1;
  const r2 = r0 + a * r1;
  const r3 = 2 * r1 + a * r2;
  const r4 = 3 * r2 + a * r3;
  const r5 = 4 * r3 + a * r4;
  const r6 = 5 * r4 + a * r5;
  const r7 = 6 * r5 + a * r6;
  return (
    -totalVol *
    (r1 + g * (r3 * 0.16666666666666666 + g * (r5 * 0.008333333333333333 + g * (r7 * 0.0001984126984126984))))
  );
}
