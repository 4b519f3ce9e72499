import { highWord, powerOfTwo, withHighWord } from "./float-bits.ts";

// Exponentials and logarithms from + − × ÷ and exact bit operations alone, so that every engine gives the same bits.
// Coefficients are our own minimax fits: scripts/references/coefficients.py. Errors are measured in docs/accuracy.md.
// The evaluation order of `expBounded` is mirrored, operation by operation, by the SIMD kernel: change both or none.

/** Adding then subtracting 1.5 × 2^52 rounds to the nearest integer, ties to even, for |x| < 2^51. */
const roundingShift = 6755399441055744;
// oxlint-disable-next-line oxc/approx-constant -- its bits are part of what the kernel is
const perLn2 = 1.4426950408889634;
/** Upper 32 bits of ln 2: products with integers up to 2^20 are exact. */
const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;
const largestExponent = 709.782712893384;

/** exp(r) = 1 + r + r²·P(r) for |r| ≤ 0.347. P in two interleaved chains, even and odd. */
function expTail(r: number): number {
  const w = r * r;
  const even =
    (((2.7630412181114096e-7 * w + 2.4801492676028418e-5) * w + 0.001388888894399832) * w +
      0.041666666666528934) *
      w +
    0.5000000000000011;
  const odd =
    (((2.4999942751276118e-8 * w + 2.7557587583732222e-6) * w + 0.00019841269504307707) * w +
      0.008333333333495918) *
      w +
    0.1666666666666641;
  return w * (odd * r + even);
}

/**
 * e^x for x from −750 to 709.78 without branches: the form that SIMD mirrors. Below −745.14 the result is 0, below −708.4
 * subnormal.
 */
export function expBounded(x: number): number {
  const k = x * perLn2 + roundingShift - roundingShift;
  const r = x - k * ln2High - k * ln2Low;
  const y = 1 + (r + expTail(r));
  // 2^k in two exact steps: one would leave the range of normal numbers at both ends
  const half = k >> 1;
  return y * powerOfTwo(half) * powerOfTwo(k - half);
}

/** e^x. NaN gives NaN; overflows to ∞, underflows through the subnormals to 0. */
export function exp(x: number): number {
  if (x > largestExponent) return Infinity;
  if (x < -746) return 0;
  return x === x ? expBounded(x) : NaN;
}

/**
 * e^(x + tail) for |tail| ≤ 2^−20 · max(1, |x|), to within 0.55 ulp or so: for callers who know their argument to more than a
 * float64.
 */
export function expWithTail(x: number, tail: number): number {
  const sum = x + tail;
  if (sum > largestExponent) return Infinity;
  if (sum < -746) return 0;
  if (sum !== sum) return NaN;
  const k = sum * perLn2 + roundingShift - roundingShift;
  const high = x - k * ln2High;
  const low = tail - k * ln2Low;
  const r = high + low;
  const rest = high - r + low;
  const one = 1 + r;
  const lost = 1 - one + r;
  const y = one + (lost + (expTail(r) + rest * one));
  const half = k >> 1;
  return y * powerOfTwo(half) * powerOfTwo(k - half);
}

/** e^x − 1, accurate near 0. Keeps −0. */
export function expm1(x: number): number {
  if (x > largestExponent) return Infinity;
  if (x < -37.5) return -1;
  if (x !== x || x === 0) return x;
  const k = x * perLn2 + roundingShift - roundingShift;
  if (k === 0) return x + expTail(x);
  const high = x - k * ln2High;
  const low = k * ln2Low;
  const r = high - low;
  const rest = high - r - low;
  const p = r + (expTail(r) + rest);
  if (k === 1024) return (1 + p) * powerOfTwo(1023) * 2;
  if (k > 52) return (p - powerOfTwo(-k) + 1) * powerOfTwo(k);
  return (1 - powerOfTwo(-k) + p) * powerOfTwo(k);
}

/** ln(1 + f) = 2·atanh(s), s = f/(2 + f), on √½ ≤ 1 + f ≤ √2, less its leading terms: s·(f²/2 + w·P(w)), w = s². */
function logTail(f: number, halfSquare: number): number {
  const s = f / (2 + f);
  const w = s * s;
  const p =
    (((((0.14798258937057274 * w + 0.15313832179837605) * w + 0.1818357235298885) * w + 0.22222198429046083) *
      w +
      0.2857142874368546) *
      w +
      0.3999999999940936) *
      w +
    0.6666666666666735;
  return s * (halfSquare + w * p);
}

/** Upper word of √½: the mantissa is brought to [√½, √2). */
const sqrtHalfHigh = 0x3fe6a09e;

/** ln x. −∞ at ±0, NaN below 0. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  let scale = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984;
    scale = -54;
  }
  const word = highWord(x);
  const k = (word - sqrtHalfHigh) >> 20;
  const f = withHighWord(x, word - (k << 20)) - 1;
  const halfSquare = 0.5 * f * f;
  const n = k + scale;
  return n * ln2High - (halfSquare - (logTail(f, halfSquare) + n * ln2Low) - f);
}

/** ln(1 + x), accurate near 0. Keeps −0. −∞ at −1, NaN below. */
export function log1p(x: number): number {
  if (x > -0.29 && x < 0.41) {
    if (x === 0) return x;
    const halfSquare = 0.5 * x * x;
    return x - (halfSquare - logTail(x, halfSquare));
  }
  if (!(x > -1)) return x === -1 ? -Infinity : NaN;
  if (x > 9007199254740992) return log(x);
  // what 1 + x lost in rounding comes back as a correction of the logarithm
  const sum = 1 + x;
  const lost = x > 1 ? 1 - (sum - x) : x - (sum - 1);
  const word = highWord(sum);
  const k = (word - sqrtHalfHigh) >> 20;
  const f = withHighWord(sum, word - (k << 20)) - 1;
  const halfSquare = 0.5 * f * f;
  return k * ln2High - (halfSquare - (logTail(f, halfSquare) + (k * ln2Low + lost / sum)) - f);
}

/** What a·b lost in rounding to `product` (Dekker 1971), exact below 2^995. */
function productError(a: number, b: number, product: number): number {
  const splitA = 134217729 * a;
  const a1 = splitA - (splitA - a);
  const a2 = a - a1;
  const splitB = 134217729 * b;
  const b1 = splitB - (splitB - b);
  const b2 = b - b1;
  return a2 * b2 - (product - a1 * b1 - a2 * b1 - a1 * b2);
}

/** What a + b lost in rounding to `sum` (Knuth). */
function sumError(a: number, b: number, sum: number): number {
  const bHeld = sum - a;
  return a - (sum - bHeld) + (b - bHeld);
}

/**
 * base^exponent for base ≥ 0, through a logarithm of double length: within an ulp, however large the exponent. Anything^0 and 1^anything
 * are 1; 0^negative is ∞; a negative base gives NaN, whatever the exponent.
 */
export function pow(base: number, exponent: number): number {
  if (exponent === 0 || base === 1) return 1;
  if (!(base >= 0) || exponent !== exponent) return NaN;
  if (base === 0) return exponent > 0 ? 0 : Infinity;
  const rough = exponent * log(base);
  if (rough > 720) return Infinity;
  if (rough < -760) return 0;
  if (base === Infinity) return exponent > 0 ? Infinity : 0;

  const subnormal = base < 2.2250738585072014e-308;
  const x = subnormal ? base * 18014398509481984 : base;
  const word = highWord(x);
  const shift = (word - sqrtHalfHigh) >> 20;
  const m = withHighWord(x, word - (shift << 20));
  const k = subnormal ? shift - 54 : shift;
  // z = (m − 1)/(m + 1) and w = z² to twice the length
  const f = m - 1;
  const s = m + 1;
  const sLow = m - (s - 1);
  const z = f / s;
  const zs = z * s;
  const zLow = (f - zs - productError(z, s, zs) - z * sLow) / s;
  const w = z * z;
  const wLow = productError(z, z, w) + 2 * z * zLow;
  // ln m = 2z + (2/3)·z·w + z·w²·P(w)
  const zw = z * w;
  const zwLow = productError(z, w, zw) + z * wLow + zLow * w;
  const cubic = 0.6666666666666666 * zw;
  const cubicLow =
    productError(0.6666666666666666, zw, cubic) + 0.6666666666666666 * zwLow + 3.700743415417188e-17 * zw;
  const p =
    (((((0.13198488983812 * w + 0.13256591538586257) * w + 0.153867667448249) * w + 0.18181784169781265) * w +
      0.22222222522091784) *
      w +
      0.2857142857008795) *
      w +
    0.4000000000000228;
  // the parts from large to small, each addition's loss kept
  const whole = k * ln2High;
  const first = whole + 2 * z;
  const second = first + cubic;
  const lost =
    sumError(whole, 2 * z, first) +
    sumError(first, cubic, second) +
    (2 * zLow + (cubicLow + (zw * w * p + k * ln2Low)));
  const logHigh = second + lost;
  const logLow = second - logHigh + lost;
  const product = exponent * logHigh;
  return expWithTail(product, productError(exponent, logHigh, product) + exponent * logLow);
}
