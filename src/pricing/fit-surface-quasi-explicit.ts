import { type SviParameters } from "../market/svi.ts";

/** What a slice is fitted to: parallel arrays, one entry per quote. */
export interface Smile {
  readonly count: number;
  /** ln(strike/forward). */
  readonly k: Float64Array;
  /** Annual fraction. */
  readonly vol: Float64Array;
  /** Share of the fit's weight; the weights add up to 1. */
  readonly weight: Float64Array;
  /** ACT/365. */
  readonly expiryYears: number;
}

/**
 * Raw SVI written by its wings. With x = k − m and h = √(x² + σ²),
 *
 *     w(k) = a + right·(h + x)/2 + left·(h − x)/2
 *
 * is linear in (a, left, right), and every constraint on the slopes is a box: Lee's bound is left, right ≤ 2.
 */
export interface WingForm {
  readonly a: number;
  readonly left: number;
  readonly right: number;
  readonly m: number;
  readonly sigma: number;
}

export const wingFormToSvi = ({ a, left, right, m, sigma }: WingForm): SviParameters => ({
  a,
  b: (left + right) / 2,
  rho: left + right === 0 ? 0 : (right - left) / (right + left),
  m,
  sigma,
});

export const sviToWingForm = ({ a, b, rho, m, sigma }: SviParameters): WingForm => ({
  a,
  left: b * (1 - rho),
  right: b * (1 + rho),
  m,
  sigma,
});

export interface QuasiExplicitBounds {
  readonly maxSlope: number;
  /** Least total variance that the slice may take. */
  readonly minVariance: number;
  readonly minM: number;
  readonly maxM: number;
  readonly minSigma: number;
  readonly maxSigma: number;
}

type Levels = Pick<WingForm, "a" | "left" | "right"> & { readonly loss: number };

/**
 * The quasi-explicit reduction of De Marco and Martini (Zeliade Systems, 2009): for a vertex (m, σ) the best levels
 * solve a small convex quadratic problem in closed form, so only two variables are searched. A coarse grid of vertices,
 * then Nelder–Mead from the two best. The loss is linearised in total variance: Δvol ≈ Δw/(2·vol·years).
 */
export function quasiExplicit(smile: Smile, bounds: QuasiExplicitBounds): WingForm {
  const target = new Float64Array(smile.count);
  const weight = new Float64Array(smile.count);
  let total = 0;
  for (let i = 0; i < smile.count; i++) {
    const vol = smile.vol[i] ?? 0;
    target[i] = vol * vol * smile.expiryYears;
    const scale = 2 * vol * smile.expiryYears;
    weight[i] = (smile.weight[i] ?? 0) / (scale * scale);
    total += weight[i] ?? 0;
  }
  for (let i = 0; i < smile.count; i++) weight[i] = (weight[i] ?? 0) / total;

  // The search runs over (m, r): σ = minSigma·(maxSigma/minSigma)^(r²) would need a power, so σ is searched by its root.
  const lossAt = (m: number, root: number): number => {
    const sigma = root * root;
    if (
      m < bounds.minM ||
      m > bounds.maxM ||
      root <= 0 ||
      sigma < bounds.minSigma ||
      sigma > bounds.maxSigma
    ) {
      return Infinity;
    }
    return bestLevels(smile.k, target, weight, m, sigma, bounds).loss;
  };
  const starts: { m: number; root: number; loss: number }[] = [];
  for (let i = 0; i <= 6; i++) {
    const m = bounds.minM + ((i + 0.5) / 7) * (bounds.maxM - bounds.minM);
    for (let sigma = bounds.maxSigma / 2; sigma >= bounds.minSigma; sigma /= 3) {
      const root = Math.sqrt(sigma);
      starts.push({ m, root, loss: lossAt(m, root) });
    }
  }
  starts.sort((p, q) => p.loss - q.loss);
  let best = starts[0] ?? { m: 0, root: Math.sqrt(bounds.maxSigma), loss: Infinity };
  for (const start of starts.slice(0, 2)) {
    const found = nelderMead(lossAt, start.m, start.root, (bounds.maxM - bounds.minM) / 10, start.root / 4);
    if (found.loss < best.loss) best = found;
  }
  const sigma = best.root * best.root;
  return { ...bestLevels(smile.k, target, weight, best.m, sigma, bounds), m: best.m, sigma };
}

/** Minimises the weighted squares over (a, left, right) with left, right in [0, maxSlope] and the minimum bounded. */
function bestLevels(
  k: Float64Array,
  target: Float64Array,
  weight: Float64Array,
  m: number,
  sigma: number,
  bounds: QuasiExplicitBounds,
): Levels {
  const free = solveLevels(k, target, weight, m, sigma, bounds.maxSlope, undefined);
  if (free.a + sigma * Math.sqrt(free.left * free.right) >= bounds.minVariance) return free;
  // A level at the bound is feasible whatever the slopes; the true optimum may lie a little lower, the polish finds it.
  return solveLevels(k, target, weight, m, sigma, bounds.maxSlope, bounds.minVariance);
}

function solveLevels(
  k: Float64Array,
  target: Float64Array,
  weight: Float64Array,
  m: number,
  sigma: number,
  maxSlope: number,
  level: number | undefined,
): Levels {
  let meanP = 0;
  let meanN = 0;
  let meanW = level ?? 0;
  if (level === undefined) {
    for (let i = 0; i < k.length; i++) {
      const x = (k[i] ?? 0) - m;
      const h = Math.sqrt(x * x + sigma * sigma);
      const q = weight[i] ?? 0;
      meanP += q * (h + x);
      meanN += q * (h - x);
      meanW += q * (target[i] ?? 0);
    }
    meanP /= 2;
    meanN /= 2;
  }
  let pp = 0;
  let pn = 0;
  let nn = 0;
  let wp = 0;
  let wn = 0;
  let ww = 0;
  for (let i = 0; i < k.length; i++) {
    const x = (k[i] ?? 0) - m;
    const h = Math.sqrt(x * x + sigma * sigma);
    const q = weight[i] ?? 0;
    const p = (h + x) / 2 - meanP;
    const n = (h - x) / 2 - meanN;
    const w = (target[i] ?? 0) - meanW;
    pp += q * p * p;
    pn += q * p * n;
    nn += q * n * n;
    wp += q * w * p;
    wn += q * w * n;
    ww += q * w * w;
  }
  const lossOf = (right: number, left: number): number =>
    ww - 2 * right * wp - 2 * left * wn + right * right * pp + 2 * right * left * pn + left * left * nn;
  const clip = (value: number): number => Math.max(0, Math.min(maxSlope, value));
  let right = 0;
  let left = 0;
  let loss = ww;
  const consider = (r: number, l: number): void => {
    const candidate = lossOf(r, l);
    if (candidate < loss) {
      right = r;
      left = l;
      loss = candidate;
    }
  };
  const determinant = pp * nn - pn * pn;
  if (determinant > 1e-14 * pp * nn) {
    const r = (wp * nn - wn * pn) / determinant;
    const l = (wn * pp - wp * pn) / determinant;
    if (r >= 0 && r <= maxSlope && l >= 0 && l <= maxSlope) consider(r, l);
  }
  // Convex: when the interior has no optimum, one of the four edges has it.
  if (loss === ww) {
    for (const edge of [0, maxSlope]) {
      if (nn > 0) consider(edge, clip((wn - edge * pn) / nn));
      if (pp > 0) consider(clip((wp - edge * pn) / pp), edge);
    }
  }
  return { a: meanW - right * meanP - left * meanN, left, right, loss: Math.max(0, loss) };
}

interface Vertex {
  readonly m: number;
  readonly root: number;
  readonly loss: number;
}

/** Nelder–Mead in two variables with the standard coefficients and a bounded number of steps. */
function nelderMead(
  lossAt: (m: number, root: number) => number,
  m: number,
  root: number,
  widthM: number,
  widthRoot: number,
): Vertex {
  const at = (vm: number, vr: number): Vertex => ({ m: vm, root: vr, loss: lossAt(vm, vr) });
  let [a, b, c] = ordered(at(m, root), at(m + widthM, root), at(m, root + widthRoot));
  for (let step = 0; step < 90; step++) {
    if (c.loss - a.loss <= 1e-12 * a.loss && Math.abs(c.m - a.m) + Math.abs(c.root - a.root) < 1e-9) break;
    const cm = (a.m + b.m) / 2;
    const cr = (a.root + b.root) / 2;
    const along = (t: number): Vertex => at(cm + t * (c.m - cm), cr + t * (c.root - cr));
    const reflected = along(-1);
    if (reflected.loss < a.loss) {
      const expanded = along(-2);
      c = expanded.loss < reflected.loss ? expanded : reflected;
    } else if (reflected.loss < b.loss) c = reflected;
    else {
      const contracted = reflected.loss < c.loss ? along(-0.5) : along(0.5);
      if (contracted.loss < Math.min(c.loss, reflected.loss)) c = contracted;
      else {
        const towards = (v: Vertex): Vertex => at((a.m + v.m) / 2, (a.root + v.root) / 2);
        b = towards(b);
        c = towards(c);
      }
    }
    [a, b, c] = ordered(a, b, c);
  }
  return a;
}

function ordered(a: Vertex, b: Vertex, c: Vertex): readonly [Vertex, Vertex, Vertex] {
  if (b.loss < a.loss) return ordered(b, a, c);
  if (c.loss < b.loss) return ordered(a, c, b);
  return [a, b, c];
}
