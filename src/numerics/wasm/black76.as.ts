// Black-76 in batches, in AssemblyScript: strict f64x2 SIMD, no relaxed operations. black76-twin.ts is the same in TypeScript.
// Lines between `//@repeat` and `//@end` are written once per register (scripts/kernel/expand.mjs); `$k` is its number.
//
// The formulas, and the order of every operation, are those of src/pricing/black76-kernel.ts, src/numerics/exp-log.ts and
// src/numerics/mills.ts; prices have the same bits. Five short passes over a block of options that stays in the first-level
// cache run faster than one long one: each has few enough registers, and the long chains of one option overlap with the next's.

/** Options per block. A multiple of 8. */
const blockSize: usize = 128;
const blockBytes: usize = blockSize * 8;

// Constants come from memory: engines rebuild SIMD literals at each use, which costs more than a load.
const constants: usize = memory.data<f64>([
  // 0: numerator of the Mills ratio, highest power first
  3.5013345569023317e-6, 9.40080388058508e-5, 0.0012361767035015065, 0.010297941206744437, 0.0594363393446695,
  0.2456275808535341, 0.7268781460133511, 1.4913317044083843, 1.943892136311888, 1.2533141373155001,
  // 10: its denominator
  3.501334556911736e-6, 9.400803880387758e-5, 0.0012396780382448228, 0.010391949234975164, 0.06066551378491976,
  0.25573749471567414, 0.7838773816078295, 1.7172996224815151, 2.5640504836771894, 2.348886084232209,
  // 20: exp, even chain
  2.7630412181114096e-7, 2.4801492676028418e-5, 0.001388888894399832, 0.041666666666528934, 0.5000000000000011,
  // 25: exp, odd chain
  2.4999942751276118e-8, 2.7557587583732222e-6, 0.00019841269504307707, 0.008333333333495918, 0.1666666666666641,
  // 30: atanh
  0.07686868191834544, 0.07624737736980786, 0.0909319585820693, 0.1111106881548513, 0.14285714702976118,
  0.19999999998051116, 0.3333333333333641,
  // 37: 1.5 × 2^52, 1/ln 2, ln 2 in two parts, 1/√(2π)
  6755399441055744, 1.4426950408889634, 0.6931471803691238, 1.9082149292705877e-10, 0.3989422804014327,
  // 42
  1, 0.5, -0.5, 1e-300, 1000, -750, 0,
  // 49: series of the difference
  0.16666666666666666, 0.008333333333333333, 0.0001984126984126984, 0.03125,
  // 53: the range of ordinary inputs
  1e-100, 1e100,
]);

const masks: usize = memory.data<i64>([
  // 0: the sign; exponent and upper mantissa; the bias of exponents in upper words
  0x8000000000000000, 0x7fffffff00000000, 0x000003ff00000000,
  // 3, in all words: half an octave; the bias; −1000; 1000
  0x0008000000080000, 0x000003ff000003ff, 0xfffffc18fffffc18, 0x000003e8000003e8,
]);

// @ts-ignore: decorator
@inline
function c(index: usize): v128 {
  return v128.load64_splat(constants + (index << 3));
}

// @ts-ignore: decorator
@inline
function m(index: usize): v128 {
  return v128.load64_splat(masks + (index << 3));
}

// Intermediate results of a block.
const totalVols: usize = memory.data(1024, 16);
/** Lanes of the block, or-ed together, whose total volatility wants the series. */
const smallLanes: usize = memory.data(16, 16);
const distances: usize = memory.data(1024, 16);
const x1s: usize = memory.data(1024, 16);
const x2s: usize = memory.data(1024, 16);
const densities: usize = memory.data(1024, 16);
const numerators1: usize = memory.data(1024, 16);
const denominators1: usize = memory.data(1024, 16);
const numerators2: usize = memory.data(1024, 16);
const denominators2: usize = memory.data(1024, 16);

// @ts-ignore: decorator
@inline
function logRatio(a: v128, b: v128): v128 {
  // lanes 1 and 3 hold the upper words
  let k = i32x4.shr_s(i32x4.add(i32x4.sub(a, b), m(3)), 20);
  k = i32x4.min_s(i32x4.max_s(k, m(5)), m(6));
  const power = v128.and(i32x4.shl(i32x4.sub(m(4), k), 20), m(1));
  const scaled = f64x2.mul(a, power);
  const z = f64x2.div(f64x2.sub(scaled, b), f64x2.pmax(f64x2.add(scaled, b), c(45)));
  const w = f64x2.mul(z, z);
  let p = f64x2.add(f64x2.mul(c(30), w), c(31));
  p = f64x2.add(f64x2.mul(p, w), c(32));
  p = f64x2.add(f64x2.mul(p, w), c(33));
  p = f64x2.add(f64x2.mul(p, w), c(34));
  p = f64x2.add(f64x2.mul(p, w), c(35));
  p = f64x2.add(f64x2.mul(p, w), c(36));
  const twice = f64x2.add(z, z);
  const n = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(k, k, 1, 3, 1, 3));
  return f64x2.add(f64x2.mul(n, c(39)), f64x2.add(twice, f64x2.add(f64x2.mul(f64x2.mul(twice, w), p), f64x2.mul(n, c(40)))));
}

/** From a and v, the two distances from the money, a − v/2 and a + v/2. */
// @ts-ignore: decorator
@inline
function storeDistances(at: usize, a: v128, totalVol: v128): void {
  const h = f64x2.mul(totalVol, c(43));
  v128.store(totalVols + at, totalVol);
  v128.store(distances + at, a);
  v128.store(x1s + at, f64x2.sub(a, h));
  v128.store(x2s + at, f64x2.add(a, h));
}

/** densities = lesser · φ(x1), where densities hold the lesser of forward and strike. */
function densityPass(): void {
  for (let at: usize = 0; at < blockBytes; at += 64) {
    //@repeat 0 4
    const x$k = v128.load(x1s + at, $k * 16);
    //@end
    //@repeat 0 4
    const y$k = f64x2.pmax(f64x2.mul(f64x2.mul(c(44), x$k), x$k), c(47));
    //@end
    //@repeat 0 4
    const t$k = f64x2.add(f64x2.mul(y$k, c(38)), c(37));
    const k$k = f64x2.sub(t$k, c(37));
    const r$k = f64x2.sub(f64x2.sub(y$k, f64x2.mul(k$k, c(39))), f64x2.mul(k$k, c(40)));
    const w$k = f64x2.mul(r$k, r$k);
    //@end
    //@repeat 0 4
    let even$k = f64x2.add(f64x2.mul(c(20), w$k), c(21));
    let odd$k = f64x2.add(f64x2.mul(c(25), w$k), c(26));
    //@end
    //@repeat 0 4
    even$k = f64x2.add(f64x2.mul(even$k, w$k), c(22));
    odd$k = f64x2.add(f64x2.mul(odd$k, w$k), c(27));
    //@end
    //@repeat 0 4
    even$k = f64x2.add(f64x2.mul(even$k, w$k), c(23));
    odd$k = f64x2.add(f64x2.mul(odd$k, w$k), c(28));
    //@end
    //@repeat 0 4
    even$k = f64x2.add(f64x2.mul(even$k, w$k), c(24));
    odd$k = f64x2.add(f64x2.mul(odd$k, w$k), c(29));
    //@end
    //@repeat 0 4
    const tail$k = f64x2.mul(w$k, f64x2.add(f64x2.mul(odd$k, r$k), even$k));
    const e$k = f64x2.add(c(42), f64x2.add(r$k, tail$k));
    // the integer k stands in the low word of t; move it to the high word, where exponents are
    const n$k = i64x2.shl(t$k, 32);
    const half$k = i32x4.shr_s(n$k, 1);
    const other$k = i32x4.sub(n$k, half$k);
    const low$k = i32x4.shl(i32x4.add(half$k, m(2)), 20);
    const high$k = i32x4.shl(i32x4.add(other$k, m(2)), 20);
    const exp$k = f64x2.mul(f64x2.mul(e$k, low$k), high$k);
    v128.store(densities + at, f64x2.mul(f64x2.mul(v128.load(densities + at, $k * 16), c(41)), exp$k), $k * 16);
    //@end
  }
}

/** Numerators and denominators of the Mills ratio of min(|x|, 1000). */
function millsPass(xs: usize, numerators: usize, denominators: usize): void {
  for (let at: usize = 0; at < blockBytes; at += 64) {
    //@repeat 0 4
    const u$k = f64x2.pmin(f64x2.abs(v128.load(xs + at, $k * 16)), c(46));
    //@end
    let up = c(0);
    let down = c(10);
    //@repeat 0 4
    let n$k = f64x2.mul(up, u$k);
    let d$k = f64x2.mul(down, u$k);
    //@end
    up = c(1);
    down = c(11);
    //@repeat 0 4
    n$k = f64x2.add(n$k, up);
    d$k = f64x2.add(d$k, down);
    //@end
    //@repeat 0 4
    n$k = f64x2.mul(n$k, u$k);
    d$k = f64x2.mul(d$k, u$k);
    //@end
    up = c(2);
    down = c(12);
    //@repeat 0 4
    n$k = f64x2.add(n$k, up);
    d$k = f64x2.add(d$k, down);
    //@end
    //@repeat 0 4
    n$k = f64x2.mul(n$k, u$k);
    d$k = f64x2.mul(d$k, u$k);
    //@end
    up = c(3);
    down = c(13);
    //@repeat 0 4
    n$k = f64x2.add(n$k, up);
    d$k = f64x2.add(d$k, down);
    //@end
    //@repeat 0 4
    n$k = f64x2.mul(n$k, u$k);
    d$k = f64x2.mul(d$k, u$k);
    //@end
    up = c(4);
    down = c(14);
    //@repeat 0 4
    n$k = f64x2.add(n$k, up);
    d$k = f64x2.add(d$k, down);
    //@end
    //@repeat 0 4
    n$k = f64x2.mul(n$k, u$k);
    d$k = f64x2.mul(d$k, u$k);
    //@end
    up = c(5);
    down = c(15);
    //@repeat 0 4
    n$k = f64x2.add(n$k, up);
    d$k = f64x2.add(d$k, down);
    //@end
    //@repeat 0 4
    n$k = f64x2.mul(n$k, u$k);
    d$k = f64x2.mul(d$k, u$k);
    //@end
    up = c(6);
    down = c(16);
    //@repeat 0 4
    n$k = f64x2.add(n$k, up);
    d$k = f64x2.add(d$k, down);
    //@end
    //@repeat 0 4
    n$k = f64x2.mul(n$k, u$k);
    d$k = f64x2.mul(d$k, u$k);
    //@end
    up = c(7);
    down = c(17);
    //@repeat 0 4
    n$k = f64x2.add(n$k, up);
    d$k = f64x2.add(d$k, down);
    //@end
    //@repeat 0 4
    n$k = f64x2.mul(n$k, u$k);
    d$k = f64x2.mul(d$k, u$k);
    //@end
    up = c(8);
    down = c(18);
    //@repeat 0 4
    n$k = f64x2.add(n$k, up);
    d$k = f64x2.add(d$k, down);
    //@end
    //@repeat 0 4
    n$k = f64x2.mul(n$k, u$k);
    d$k = f64x2.mul(d$k, u$k);
    //@end
    up = c(9);
    down = c(19);
    //@repeat 0 4
    n$k = f64x2.add(n$k, up);
    d$k = f64x2.add(d$k, down);
    //@end
    down = c(42);
    //@repeat 0 4
    d$k = f64x2.add(f64x2.mul(d$k, u$k), down);
    //@end
    //@repeat 0 4
    v128.store(numerators + at, n$k, $k * 16);
    v128.store(denominators + at, d$k, $k * 16);
    //@end
  }
}

/** R(a − v/2) − R(a + v/2) for small v. */
function seriesDifference(a: v128, totalVol: v128): v128 {
  const h = f64x2.mul(c(43), totalVol);
  const g = f64x2.mul(h, h);
  let n = c(0);
  let d = c(10);
  for (let i: usize = 1; i < 10; ++i) {
    n = f64x2.add(f64x2.mul(n, a), c(i));
    d = f64x2.add(f64x2.mul(d, a), c(10 + i));
  }
  d = f64x2.add(f64x2.mul(d, a), c(42));
  const r0 = f64x2.div(n, d);
  const r1 = f64x2.sub(f64x2.mul(a, r0), c(42));
  const r2 = f64x2.add(r0, f64x2.mul(a, r1));
  const r3 = f64x2.add(f64x2.mul(f64x2.splat(2), r1), f64x2.mul(a, r2));
  const r4 = f64x2.add(f64x2.mul(f64x2.splat(3), r2), f64x2.mul(a, r3));
  const r5 = f64x2.add(f64x2.mul(f64x2.splat(4), r3), f64x2.mul(a, r4));
  const r6 = f64x2.add(f64x2.mul(f64x2.splat(5), r4), f64x2.mul(a, r5));
  const r7 = f64x2.add(f64x2.mul(f64x2.splat(6), r5), f64x2.mul(a, r6));
  const inner = f64x2.add(f64x2.mul(r5, c(50)), f64x2.mul(g, f64x2.mul(r7, c(51))));
  const middle = f64x2.add(f64x2.mul(r3, c(49)), f64x2.mul(g, inner));
  return f64x2.mul(f64x2.neg(totalVol), f64x2.add(r1, f64x2.mul(g, middle)));
}

/** Out-of-the-money prices at `at` of the block, from all passes; not for small total volatilities. */
// @ts-ignore: decorator
@inline
function outOfTheMoney(at: usize, lesser: v128): v128 {
  const x1 = v128.load(x1s + at);
  const density = v128.load(densities + at);
  const n1 = v128.xor(v128.load(numerators1 + at), v128.and(x1, m(0)));
  const d1 = v128.load(denominators1 + at);
  const n2 = v128.load(numerators2 + at);
  const d2 = v128.load(denominators2 + at);
  const difference = f64x2.sub(f64x2.mul(n1, d2), f64x2.mul(n2, d1));
  const sunk = v128.and(lesser, f64x2.lt(x1, c(48)));
  const price = f64x2.add(sunk, f64x2.div(f64x2.mul(density, difference), f64x2.mul(d1, d2)));
  return price;
}

/** Replaces the prices of the block whose total volatility wants the series. */
function repairSmall(signs: usize, forwards: usize, strikes: usize, prices: usize): void {
  for (let at: usize = 0; at < blockBytes; at += 16) {
    const totalVol = v128.load(totalVols + at);
    const small = f64x2.lt(totalVol, c(52));
    if (!v128.any_true(small)) continue;
    const intrinsic = f64x2.pmax(f64x2.mul(v128.load(signs + at), f64x2.sub(v128.load(forwards + at), v128.load(strikes + at))), c(48));
    const series = f64x2.mul(v128.load(densities + at), seriesDifference(v128.load(distances + at), totalVol));
    v128.store(prices + at, v128.bitselect(f64x2.add(intrinsic, series), v128.load(prices + at), small));
  }
}

/** First pass over options: distances, and the lesser of forward and strike. Returns lanes outside the range where all greeks are plain. */
function optionPass(forwards: usize, strikes: usize, vols: usize, years: usize): v128 {
  let plain = i64x2.splat(-1);
  let small = i64x2.splat(0);
  for (let at: usize = 0; at < blockBytes; at += 32) {
    //@repeat 0 2
    const forward$k = v128.load(forwards + at, $k * 16);
    const strike$k = v128.load(strikes + at, $k * 16);
    const root$k = f64x2.sqrt(v128.load(years + at, $k * 16));
    const totalVol$k = f64x2.mul(v128.load(vols + at, $k * 16), root$k);
    const lesser$k = f64x2.pmin(forward$k, strike$k);
    // in this order a NaN of either shows
    const greater$k = f64x2.pmax(strike$k, forward$k);
    //@end
    //@repeat 0 2
    const a$k = f64x2.pmin(f64x2.div(f64x2.abs(logRatio(forward$k, strike$k)), f64x2.pmax(totalVol$k, c(45))), c(46));
    storeDistances(at + $k * 16, a$k, totalVol$k);
    v128.store(densities + at, lesser$k, $k * 16);
    //@end
    //@repeat 0 2
    plain = v128.and(v128.and(plain, f64x2.ge(lesser$k, c(53))), f64x2.le(greater$k, c(54)));
    plain = v128.and(v128.and(plain, f64x2.ge(totalVol$k, c(53))), f64x2.le(totalVol$k, c(54)));
    small = v128.or(small, f64x2.lt(totalVol$k, c(52)));
    //@end
  }
  v128.store(smallLanes, small);
  return v128.not(plain);
}

/**
 * Undiscounted prices of `count` options, a multiple of 128. `signs` are +1 for calls, −1 for puts. Returns 0 when every forward
 * and strike and every total volatility lies within 1e-100 … 1e100; otherwise the caller should look at the inputs.
 */
export function prices(count: usize, signs: usize, forwards: usize, strikes: usize, vols: usize, years: usize, prices: usize): i32 {
  let odd = i64x2.splat(0);
  for (let from: usize = 0; from < count << 3; from += blockBytes) {
    odd = v128.or(odd, optionPass(forwards + from, strikes + from, vols + from, years + from));
    densityPass();
    millsPass(x1s, numerators1, denominators1);
    millsPass(x2s, numerators2, denominators2);
    for (let at: usize = 0; at < blockBytes; at += 16) {
      const forward = v128.load(forwards + from + at);
      const strike = v128.load(strikes + from + at);
      const price = outOfTheMoney(at, f64x2.pmin(forward, strike));
      const intrinsic = f64x2.pmax(f64x2.mul(v128.load(signs + from + at), f64x2.sub(forward, strike)), c(48));
      v128.store(prices + from + at, f64x2.add(intrinsic, price));
    }
    if (v128.any_true(v128.load(smallLanes))) repairSmall(signs + from, forwards + from, strikes + from, prices + from);
  }
  return i32(v128.any_true(odd));
}

/**
 * Prices and greeks, as `prices`. `results` are seven arrays of `count`, one after the other: price, delta, gamma, vega, theta, vanna,
 * volga. All greeks come from the price's own parts and one more division:
 * F·φ(d1) = lesser·φ(x1), and |d1| is x1 below the money and x2 above.
 */
export function greeks(count: usize, signs: usize, forwards: usize, strikes: usize, vols: usize, years: usize, results: usize): i32 {
  const stride = count << 3;
  let odd = i64x2.splat(0);
  for (let from: usize = 0; from < stride; from += blockBytes) {
    odd = v128.or(odd, optionPass(forwards + from, strikes + from, vols + from, years + from));
    densityPass();
    millsPass(x1s, numerators1, denominators1);
    millsPass(x2s, numerators2, denominators2);
    for (let at: usize = 0; at < blockBytes; at += 16) {
      const forward = v128.load(forwards + from + at);
      const strike = v128.load(strikes + from + at);
      const sign = v128.load(signs + from + at);
      const price = outOfTheMoney(at, f64x2.pmin(forward, strike));
      const gap = f64x2.sub(forward, strike);
      const out = results + from + at;
      v128.store(out, f64x2.add(f64x2.pmax(f64x2.mul(sign, gap), c(48)), price));

      const above = f64x2.ge(gap, c(48));
      const vol = v128.load(vols + from + at);
      const root = f64x2.sqrt(v128.load(years + from + at));
      const x1 = v128.load(x1s + at);
      const x2 = v128.load(x2s + at);
      // d1 = x2 and d2 = x1 above the money, −x1 and −x2 below
      const d1 = v128.bitselect(x2, f64x2.neg(x1), above);
      const d2 = v128.bitselect(x1, f64x2.neg(x2), above);
      const density = v128.load(densities + at);
      const numerator = v128.bitselect(v128.load(numerators2 + at), v128.load(numerators1 + at), above);
      const denominator = v128.bitselect(v128.load(denominators2 + at), v128.load(denominators1 + at), above);
      // one division for 1/(F·v·denominator)
      const forwardVol = f64x2.mul(forward, v128.load(totalVols + at));
      const inverse = f64x2.div(c(42), f64x2.mul(forwardVol, denominator));
      const perForwardVol = f64x2.mul(inverse, denominator);
      const perVol = f64x2.mul(perForwardVol, forward);
      const phi = f64x2.mul(f64x2.mul(density, perForwardVol), v128.load(totalVols + at));
      const tail = f64x2.mul(f64x2.mul(phi, numerator), f64x2.mul(inverse, forwardVol));
      // N(d1) or N(−d1), whichever is the smaller, keeps its digits
      const positive = f64x2.gt(d1, c(48));
      const isCall = f64x2.gt(sign, c(48));
      const same = v128.not(v128.xor(positive, isCall));
      const delta = f64x2.mul(sign, v128.bitselect(f64x2.sub(c(42), tail), tail, same));
      const vega = f64x2.mul(density, root);
      const vegaPerVol = f64x2.mul(f64x2.mul(vega, root), perVol);
      v128.store(out + stride, delta);
      v128.store(out + stride * 2, f64x2.mul(phi, perForwardVol));
      v128.store(out + stride * 3, vega);
      v128.store(out + stride * 4, f64x2.mul(f64x2.mul(c(44), f64x2.mul(density, vol)), f64x2.mul(vol, perVol)));
      v128.store(out + stride * 5, f64x2.neg(f64x2.mul(f64x2.mul(phi, root), f64x2.mul(perVol, d2))));
      v128.store(out + stride * 6, f64x2.mul(vegaPerVol, f64x2.mul(d1, d2)));
    }
    if (v128.any_true(v128.load(smallLanes))) repairSmall(signs + from, forwards + from, strikes + from, results + from);
  }
  return i32(v128.any_true(odd));
}

/**
 * One strike in `scenarioCount` scenarios (a multiple of 128): undiscounted call and put prices from one evaluation. Scenario s has
 * the forward forward × ratios[s], whose logarithm is logs[s], and the total volatility totalVol × volRatios[s].
 */
export function scenarios(scenarioCount: usize, forward: f64, strike: f64, totalVol: f64, ratios: usize, logs: usize, volRatios: usize, calls: usize, puts: usize): void {
  const strikes = f64x2.splat(strike);
  const vol = f64x2.splat(totalVol);
  const forwards = f64x2.splat(forward);
  const base = logRatio(forwards, strikes);
  for (let from: usize = 0; from < scenarioCount << 3; from += blockBytes) {
    let small = i64x2.splat(0);
      for (let at: usize = 0; at < blockBytes; at += 32) {
      //@repeat 0 2
      const v$k = f64x2.mul(vol, v128.load(volRatios + from + at, $k * 16));
      const distance$k = f64x2.abs(f64x2.add(base, v128.load(logs + from + at, $k * 16)));
      const a$k = f64x2.pmin(f64x2.div(distance$k, f64x2.pmax(v$k, c(45))), c(46));
      storeDistances(at + $k * 16, a$k, v$k);
      v128.store(densities + at, f64x2.pmin(f64x2.mul(forwards, v128.load(ratios + from + at, $k * 16)), strikes), $k * 16);
      small = v128.or(small, f64x2.lt(v$k, c(52)));
      //@end
    }
    densityPass();
    millsPass(x1s, numerators1, denominators1);
    millsPass(x2s, numerators2, denominators2);
    for (let at: usize = 0; at < blockBytes; at += 16) {
      const shocked = f64x2.mul(forwards, v128.load(ratios + from + at));
      const price = outOfTheMoney(at, f64x2.pmin(shocked, strikes));
      const gap = f64x2.sub(shocked, strikes);
      v128.store(calls + from + at, f64x2.add(f64x2.pmax(gap, c(48)), price));
      v128.store(puts + from + at, f64x2.add(f64x2.pmax(f64x2.neg(gap), c(48)), price));
    }
    if (!v128.any_true(small)) continue;
    for (let at: usize = 0; at < blockBytes; at += 16) {
      const gap = f64x2.sub(f64x2.mul(forwards, v128.load(ratios + from + at)), strikes);
      const totalVol = v128.load(totalVols + at);
      const chosen = f64x2.lt(totalVol, c(52));
      if (!v128.any_true(chosen)) continue;
      const series = f64x2.mul(v128.load(densities + at), seriesDifference(v128.load(distances + at), totalVol));
      const callAt = calls + from + at;
      const putAt = puts + from + at;
      v128.store(callAt, v128.bitselect(f64x2.add(f64x2.pmax(gap, c(48)), series), v128.load(callAt), chosen));
      v128.store(putAt, v128.bitselect(f64x2.add(f64x2.pmax(f64x2.neg(gap), c(48)), series), v128.load(putAt), chosen));
    }
  }
}
