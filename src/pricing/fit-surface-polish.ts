import {
  densityFactor,
  sviDerivatives,
  sviMinimumVariance,
  type SviBend,
  type SviParameters,
  sviTotalVariance,
} from "../market/svi.ts";
import { leastSquares } from "./fit-surface-least-squares.ts";
import {
  type QuasiExplicitBounds,
  type Smile,
  type WingForm,
  wingFormToSvi,
} from "./fit-surface-quasi-explicit.ts";

/** Log-moneyness up to which a slice is made free of butterfly arbitrage. */
export const butterflyReach = 5;

/** A bend as it is fitted: the share of its wing's slope that it takes away, its middle and its width. */
export interface FormBend {
  readonly share: number;
  readonly at: number;
  readonly width: number;
}

/** SVI by its wings, each of which may be bent once. */
export interface BentForm extends WingForm {
  readonly bends?: { readonly right: FormBend; readonly left: FormBend };
}

/** A slice's total variance may not exceed `w` at `k`: a later expiry's quote stands there. */
export interface Ceiling {
  readonly k: number;
  readonly w: number;
}

export interface PolishOptions {
  readonly bounds: QuasiExplicitBounds;
  /** Shares of weight, adding up to 1, if not the smile's own. */
  readonly weights?: Float64Array;
  /** Weight of the penalty on butterfly arbitrage. 0: none. */
  readonly strength: number;
  readonly ceilings?: readonly Ceiling[];
}

export function formToSvi(form: BentForm): SviParameters {
  const parameters = wingFormToSvi(form);
  if (form.bends === undefined) return parameters;
  const { right, left } = form.bends;
  const bends: SviBend[] = [];
  if (right.share !== 0 && form.right !== 0) {
    bends.push({ side: "right", at: right.at, slope: -right.share * form.right, width: right.width });
  }
  if (left.share !== 0 && form.left !== 0) {
    bends.push({ side: "left", at: left.at, slope: -left.share * form.left, width: left.width });
  }
  return bends.length === 0 ? parameters : { ...parameters, bends };
}

/** The smile's volatility at the money times √years, weighted over its quotes: its own unit of log-moneyness. */
export function smileDeviation(smile: Smile): number {
  let atm = 0;
  for (let i = 0; i < smile.count; i++) atm += (smile.weight[i] ?? 0) * (smile.vol[i] ?? 0);
  return atm * Math.sqrt(smile.expiryYears);
}

/** Log-moneyness, in units of the smile's own deviation, at which butterfly arbitrage is penalised. */
const densityGrid: readonly number[] = [
  0, 0.3, 0.6, 1, 1.5, 2, 2.5, 3, 4, 5, 6.5, 8, 10, 13, 17, 22, 30, 40, 60, 100, 200, 400,
].flatMap((d) => (d === 0 ? [0] : [-d, d]));
/** The same in units of the width about the vertex and about each bend, where a slice turns most. */
const turnGrid: readonly number[] = [-4, -3, -2.2, -1.6, -1.2, -0.8, -0.4, 0, 0.4, 0.8, 1.2, 1.6, 2.2, 3, 4];

/**
 * Least squares in volatility itself over all parameters of a form: five, or eleven when it has bends. Butterfly
 * arbitrage and total variance above a ceiling are penalised, so they may remain a little.
 */
export function polish(smile: Smile, start: BentForm, options: PolishOptions): BentForm {
  const { bounds, weights = smile.weight, strength, ceilings = [] } = options;
  const years = smile.expiryYears;
  const deviation = smileDeviation(smile);
  const level = deviation * deviation;
  const rootWeight = weights.map((weight) => Math.sqrt(weight));
  const bent = start.bends !== undefined;
  const guards = strength === 0 ? 0 : densityGrid.length + turnGrid.length * (bent ? 3 : 1);
  const box = boxOf(start, bounds, level, deviation);
  const ceilingWeight = Math.sqrt(1 / Math.max(1, ceilings.length));
  const solution = leastSquares({
    ...box,
    count: smile.count + 1 + guards + ceilings.length,
    maxSteps: 60,
    ...((bent || strength > 0) && { minGain: 1e-5 }),
    residuals(point, out) {
      const form = vectorToForm(point);
      const parameters = formToSvi(form);
      for (let i = 0; i < smile.count; i++) {
        const w = sviTotalVariance(parameters, smile.k[i] ?? 0);
        out[i] = (rootWeight[i] ?? 0) * (Math.sqrt(w / years) - (smile.vol[i] ?? 0));
      }
      let next = smile.count;
      const short = bounds.minVariance - sviMinimumVariance(parameters);
      out[next++] = short > 0 ? short / level : 0;
      for (const { k, w } of ceilings) {
        const over = sviTotalVariance(parameters, k) - w;
        out[next++] = over > 0 ? (ceilingWeight * over) / (2 * Math.sqrt(w * years)) : 0;
      }
      if (guards === 0) return;
      const guard = (k: number): void => {
        const within = Math.abs(k) <= butterflyReach;
        const g = within ? densityFactor(k, sviDerivatives(parameters, k)) : 1;
        // Saturates, so that a start far outside is drawn in and not thrown across.
        const lack = Math.max(0, 1e-4 - g);
        out[next++] = strength * (lack === Infinity ? 5 : lack / (1 + lack / 5));
      };
      for (const d of densityGrid) guard(d * deviation);
      for (const d of turnGrid) guard(form.m + d * form.sigma);
      if (form.bends === undefined) return;
      for (const bend of [form.bends.right, form.bends.left]) {
        for (const d of turnGrid) guard(bend.at + d * bend.width);
      }
    },
  });
  const form = vectorToForm(solution.point);
  const short = bounds.minVariance - sviMinimumVariance(wingFormToSvi(form));
  return short > 0 ? { ...form, a: form.a + short } : form;
}

function boxOf(
  start: BentForm,
  bounds: QuasiExplicitBounds,
  level: number,
  deviation: number,
): { start: readonly number[]; lower: readonly number[]; upper: readonly number[] } {
  const reachA = Math.min(9e3, 100 * level + Math.abs(start.a) * 2);
  const box = {
    start: [start.a, start.left, start.right, start.m, start.sigma],
    lower: [-reachA, 0, 0, bounds.minM, bounds.minSigma],
    upper: [reachA, bounds.maxSlope, bounds.maxSlope, bounds.maxM, bounds.maxSigma],
  };
  if (start.bends === undefined) return box;
  // The bends keep outside the middle of the smile, each on its side, and no sharper than a strike can tell.
  const { right, left } = start.bends;
  const far = 2 * Math.max(bounds.maxM, -bounds.minM, 5 * deviation);
  const narrow = Math.max(1e-6, 0.2 * deviation);
  return {
    start: [...box.start, right.share, right.at, right.width, left.share, left.at, left.width],
    lower: [...box.lower, -2, 0, narrow, -2, -far, narrow],
    upper: [...box.upper, 1, far, far, 1, 0, far],
  };
}

function vectorToForm(point: Float64Array): BentForm {
  const [a = 0, left = 0, right = 0, m = 0, sigma = 0] = point;
  const form = { a, left, right, m, sigma };
  if (point.length === 5) return form;
  const [, , , , , rightShare = 0, rightAt = 0, rightWidth = 0, leftShare = 0, leftAt = 0, leftWidth = 0] =
    point;
  return {
    ...form,
    bends: {
      right: { share: rightShare, at: rightAt, width: rightWidth },
      left: { share: leftShare, at: leftAt, width: leftWidth },
    },
  };
}
