import {
  flatSvi,
  sviButterflyViolation,
  sviLeastVariance,
  type SviParameters,
  sviTotalVariance,
} from "../market/svi.ts";
import { leastSquares } from "./fit-surface-least-squares.ts";
import {
  type BentForm,
  butterflyReach,
  type Ceiling,
  formToSvi,
  polish,
  type PolishOptions,
  smileDeviation,
} from "./fit-surface-polish.ts";
import {
  quasiExplicit,
  type QuasiExplicitBounds,
  type Smile,
  sviToWingForm,
} from "./fit-surface-quasi-explicit.ts";

/**
 * How a slice was fitted. `svi`: five parameters. `ssvi`: three (ATM variance, tilt, curvature), because fewer than five
 * strikes carry information. `flat`: one volatility, because one strike does. `bent-svi`: five parameters and a bend in
 * each wing, because five alone missed quotes that are many enough to say so.
 */
export type SliceMethod = "svi" | "bent-svi" | "ssvi" | "flat";

export interface SliceFit {
  readonly parameters: SviParameters;
  readonly method: SliceMethod;
  /** False when the quotes that carry weight are fewer than the slice has parameters. */
  readonly identified: boolean;
  /** Root of the weighted mean square error in volatility, annual fraction. */
  readonly rmse: number;
  /** What removing butterfly arbitrage added to `rmse`; 0 when the best fit had none. */
  readonly butterflyCost: number;
}

/** A strike carries information when its weight is at least this share of the heaviest strike's. */
const informativeShare = 1e-3;

/**
 * Fits one expiry. Deterministic, a bounded number of steps, never throws for a smile of finite positive volatilities
 * and weights that add up to 1. The result has no butterfly arbitrage within ±{@link butterflyReach}.
 *
 * @param ceilings - total variances that the slice should stay below outside its own quotes; it does so as far as its
 * quotes allow.
 */
export function fitSlice(smile: Smile, ceilings: readonly Ceiling[] = []): SliceFit {
  const informative = informativeStrikes(smile);
  if (informative >= 5) return fitFive(smile, true, ceilings);
  if (strikeCount(smile, 0) < 2) return fitFlat(smile);
  const three = informative >= 2 ? fitThree(smile, informative >= 3) : fitFlat(smile);
  // Few strikes carry weight. The others still say what the wings are, so five parameters may serve where three miss.
  if (three.rmse > 0.0025 && strikeCount(smile, 0) >= 5) {
    const five = fitFive(smile, false, ceilings);
    if (five.rmse < three.rmse) return five;
  }
  return three;
}

/** Root of the weighted mean square error of a slice against its smile, annual fraction. */
export function sliceRmse(smile: Smile, parameters: SviParameters): number {
  let sum = 0;
  for (let i = 0; i < smile.count; i++) {
    const error =
      Math.sqrt(sviTotalVariance(parameters, smile.k[i] ?? 0) / smile.expiryYears) - (smile.vol[i] ?? 0);
    sum += (smile.weight[i] ?? 0) * error * error;
  }
  return Math.sqrt(sum);
}

const informativeStrikes = (smile: Smile): number => {
  let heaviest = 0;
  for (const weight of smile.weight) heaviest = Math.max(heaviest, weight);
  return strikeCount(smile, informativeShare * heaviest);
};

function strikeCount(smile: Smile, minWeight: number): number {
  const ks = [...smile.k].filter((_, i) => (smile.weight[i] ?? 0) >= minWeight).sort((p, q) => p - q);
  // Quotes of one strike may carry slightly different forwards, when they were taken at different instants.
  return ks.filter((k, i) => i === 0 || k - (ks[i - 1] ?? 0) > 1e-3 * Math.sqrt(smile.expiryYears)).length;
}

function fitFlat(smile: Smile): SliceFit {
  let vol = 0;
  for (let i = 0; i < smile.count; i++) vol += (smile.weight[i] ?? 0) * (smile.vol[i] ?? 0);
  const parameters = flatSvi(vol * vol * smile.expiryYears);
  return {
    parameters,
    method: "flat",
    identified: informativeStrikes(smile) >= 1,
    rmse: sliceRmse(smile, parameters),
    butterflyCost: 0,
  };
}

// ── five parameters, or eleven ─────────────────────────────────────────────────────────────────────────────────────

/** Above this error five parameters are taken to miss the smile's shape, annual fraction. */
const bendAbove = 0.003;

/** Where the bends' search starts: deviations from the forward, and the share of slope taken away (negative: added). */
const bendStarts: readonly (readonly [number, number])[] = [
  [1, -0.3],
  [1.5, 0.3],
  [2.5, 0.3],
  [4, 0.3],
];

function fitFive(smile: Smile, identified: boolean, ceilings: readonly Ceiling[]): SliceFit {
  const bounds = boundsFor(smile);
  let form: BentForm = quasiExplicit(smile, bounds);
  let weights = smile.weight;
  form = polish(smile, form, { bounds, weights, strength: 0 });
  // Each round judges the outliers by a fit that the last round has freed from them.
  for (let round = 0; round < 4; round++) {
    const calm = robustWeights(smile, formToSvi(form));
    if (calm === undefined) break;
    weights = calm;
    form = polish(smile, form, { bounds, weights, strength: 0 });
  }
  const plain = free(smile, form, { bounds, weights, strength: 0, ceilings });
  const bendable = plain.rmse > bendAbove || ceilings.length > 0;
  if (!identified || !bendable || strikeCount(smile, 0) < 12) return { ...plain, method: "svi", identified };
  const deviation = smileDeviation(smile);
  const options = { bounds, weights, strength: 0, ceilings };
  const candidates = bendStarts
    .map(([z, share]) => {
      const bend = { share, at: z * deviation, width: deviation };
      const start: BentForm = { ...form, bends: { right: bend, left: { ...bend, at: -bend.at } } };
      const candidate = polish(smile, start, options);
      return { candidate, loss: lossOf(smile, formToSvi(candidate), ceilings) };
    })
    .sort((p, q) => p.loss - q.loss);
  let best: Freed = plain;
  // The best fit may have butterflies that cost more to remove than the second's.
  for (const { candidate, loss } of candidates.slice(0, 2)) {
    if (loss > 0.9 * best.loss) break;
    const freed = free(smile, candidate, options);
    // Six more parameters must earn their place.
    const earned = freed.loss < (best === plain ? 0.9 * plain.loss : best.loss);
    if (earned && sviLeastVariance(freed.parameters) >= 0) best = freed;
  }
  return { ...best, method: best === plain ? "svi" : "bent-svi", identified };
}

interface Freed {
  readonly parameters: SviParameters;
  readonly rmse: number;
  readonly butterflyCost: number;
  /** `rmse` and what the slice exceeds its ceilings by, together. */
  readonly loss: number;
}

/** The best slice without butterfly arbitrage, near a fitted form that may have some. */
function free(smile: Smile, form: BentForm, options: PolishOptions): Freed {
  const best = formToSvi(form);
  const bestRmse = sliceRmse(smile, best);
  const bestLoss = lossOf(smile, best, options.ceilings);
  if (isButterflyFree(best)) return { parameters: best, rmse: bestRmse, butterflyCost: 0, loss: bestLoss };
  // Two ways into the arbitrage-free region: back from the best fit, and out from a slice that lies within it.
  let repaired = flattenUntilFree(best);
  let loss = lossOf(smile, repaired, options.ceilings);
  const within = sviToWingForm(fitThree(smile, true).parameters);
  for (const start of [form, form.bends === undefined ? within : { ...within, bends: form.bends }]) {
    let guarded = start;
    for (const strength of [0.1, 1, 10, 100]) {
      guarded = polish(smile, guarded, { ...options, strength });
      const candidate = flattenUntilFree(formToSvi(guarded));
      const candidateLoss = lossOf(smile, candidate, options.ceilings);
      if (candidateLoss < loss) [repaired, loss] = [candidate, candidateLoss];
      if (isButterflyFree(formToSvi(guarded))) break;
    }
    if (loss < 1.05 * bestLoss + 1e-4) break;
  }
  const rmse = sliceRmse(smile, repaired);
  return { parameters: repaired, rmse, butterflyCost: Math.max(0, rmse - bestRmse), loss };
}

/** Root mean square error, and what the slice exceeds its ceilings by, together. */
const lossOf = (smile: Smile, parameters: SviParameters, ceilings: readonly Ceiling[] = []): number => {
  const rmse = sliceRmse(smile, parameters);
  return Math.sqrt(rmse * rmse + ceilingLoss(smile, parameters, ceilings));
};

/** Mean square of what the slice exceeds its ceilings by, in volatility. */
function ceilingLoss(smile: Smile, parameters: SviParameters, ceilings: readonly Ceiling[]): number {
  let sum = 0;
  for (const { k, w } of ceilings) {
    const over = Math.max(0, sviTotalVariance(parameters, k) - w) / (2 * Math.sqrt(w * smile.expiryYears));
    sum += over * over;
  }
  return ceilings.length === 0 ? 0 : sum / ceilings.length;
}

const isButterflyFree = (parameters: SviParameters): boolean =>
  sviButterflyViolation(parameters, { reach: butterflyReach }) === undefined;

function boundsFor(smile: Smile): QuasiExplicitBounds {
  let minK = Infinity;
  let maxK = -Infinity;
  let minVol = Infinity;
  let atm = 0;
  for (let i = 0; i < smile.count; i++) {
    minK = Math.min(minK, smile.k[i] ?? 0);
    maxK = Math.max(maxK, smile.k[i] ?? 0);
    minVol = Math.min(minVol, smile.vol[i] ?? 0);
    atm += (smile.weight[i] ?? 0) * (smile.vol[i] ?? 0);
  }
  const deviation = atm * Math.sqrt(smile.expiryYears);
  const span = Math.max(maxK - minK, deviation);
  return {
    maxSlope: 2,
    minVariance: 0.01 * minVol * minVol * smile.expiryYears,
    minM: Math.max(minK - span / 2, -10),
    maxM: Math.min(maxK + span / 2, 10),
    minSigma: Math.min(deviation, span) / 50,
    maxSigma: 4 * span,
  };
}

/** Huber weights when some quotes are far from the rest; undefined when none is. */
function robustWeights(smile: Smile, parameters: SviParameters): Float64Array | undefined {
  const errors = smile.vol.map((vol, i) =>
    Math.abs(Math.sqrt(sviTotalVariance(parameters, smile.k[i] ?? 0) / smile.expiryYears) - vol),
  );
  const typical = weightedMedian(errors, smile.weight);
  const limit = Math.max(0.01, 6 * typical);
  if (errors.every((error) => error <= limit)) return undefined;
  const weights = smile.weight.map((weight, i) => weight * Math.min(1, limit / (errors[i] ?? limit)));
  let total = 0;
  for (const weight of weights) total += weight;
  return weights.map((weight) => weight / total);
}

function weightedMedian(values: Float64Array, weights: Float64Array): number {
  const order = [...values.keys()].sort((p, q) => (values[p] ?? 0) - (values[q] ?? 0));
  let below = 0;
  for (const index of order) {
    below += weights[index] ?? 0;
    if (below >= 0.5) return values[index] ?? 0;
  }
  return 0;
}

/**
 * Moves the slice towards a level one at its own ATM variance until no butterfly arbitrage is left: b shrinks, so the
 * slice stays SVI, and a level slice has none. Bisection on the share kept.
 */
function flattenUntilFree(parameters: SviParameters): SviParameters {
  if (isButterflyFree(parameters)) return parameters;
  const level = sviTotalVariance(parameters, 0);
  const keeping = (share: number): SviParameters => ({
    ...parameters,
    a: share * parameters.a + (1 - share) * level,
    b: share * parameters.b,
    ...(parameters.bends !== undefined && {
      bends: parameters.bends.map((bend) => ({ ...bend, slope: share * bend.slope })),
    }),
  });
  let kept = 0;
  let lost = 1;
  for (let step = 0; step < 40 && lost - kept > 1e-6; step++) {
    const middle = (kept + lost) / 2;
    if (isButterflyFree(keeping(middle))) kept = middle;
    else lost = middle;
  }
  return keeping(kept);
}

// ── three parameters ───────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The SSVI slice w = θ/2·(1 + ρφk + √((φk + ρ)² + 1 − ρ²)), as raw SVI. Free of butterfly arbitrage when
 * θφ(1 + |ρ|) < 4 and θφ²(1 + |ρ|) ≤ 4 (Gatheral and Jacquier 2014, theorem 4.2).
 */
const ssvi = (theta: number, rho: number, phi: number): SviParameters => ({
  a: (theta / 2) * (1 - rho * rho),
  b: (theta * phi) / 2,
  rho,
  m: -rho / phi,
  sigma: Math.sqrt(1 - rho * rho) / phi,
});

function fitThree(smile: Smile, curvature: boolean): SliceFit {
  const deviation = smileDeviation(smile);
  const theta = deviation * deviation;
  const rootWeight = smile.weight.map((weight) => Math.sqrt(weight));
  let best: { parameters: SviParameters; rmse: number } | undefined;
  // In units of the deviation; 0.3 is a usual curvature, and what two strikes leave undetermined.
  for (const width of curvature ? [0.1, 0.3, 1] : [0.3]) {
    const fixed = Math.max(0.04, width / deviation);
    const solution = leastSquares({
      start: [theta, 0, fixed],
      // The vertex −ρ/φ stays where strikes can be.
      lower: [theta / 100, -0.95, curvature ? Math.max(fixed / 100, Math.min(fixed, 0.04)) : fixed],
      upper: [Math.min(theta * 100, 1e3), 0.95, curvature ? fixed * 100 : fixed],
      count: smile.count + 2,
      maxSteps: 60,
      residuals(p, out) {
        const [t = theta, rho = 0, phi = fixed] = p;
        const parameters = ssvi(t, rho, phi);
        for (let i = 0; i < smile.count; i++) {
          const w = sviTotalVariance(parameters, smile.k[i] ?? 0);
          out[i] = (rootWeight[i] ?? 0) * (Math.sqrt(w / smile.expiryYears) - (smile.vol[i] ?? 0));
        }
        const steep = 1 + Math.abs(rho);
        out[smile.count] = Math.max(0, t * phi * steep - 3.9);
        out[smile.count + 1] = Math.max(0, t * phi * phi * steep - 4);
      },
    });
    const [t = theta, rho = 0, phi = fixed] = solution.point;
    const parameters = ssvi(t, rho, phi);
    const rmse = sliceRmse(smile, parameters);
    if (best === undefined || rmse < best.rmse) best = { parameters, rmse };
  }
  if (best === undefined) return fitFlat(smile);
  const parameters = flattenUntilFree(best.parameters);
  const rmse = sliceRmse(smile, parameters);
  return {
    parameters,
    method: "ssvi",
    identified: curvature,
    rmse,
    butterflyCost: Math.max(0, rmse - best.rmse),
  };
}
