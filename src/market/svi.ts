import { PlimsollError, requireNumber } from "../quantity/error.ts";

/**
 * Raw SVI slice: total implied variance of one expiry by log-moneyness k = ln(strike/forward),
 *
 *     w(k) = a + b·(ρ·(k − m) + √((k − m)² + σ²))
 *
 * Total variance is vol² × years. See Gatheral and Jacquier (2014), "Arbitrage-free SVI volatility surfaces",
 * Quantitative Finance 14, definition 3.1.
 */
export interface SviParameters {
  /** Level. With `b`, `rho` and `sigma` it keeps the minimum a + bσ√(1 − ρ²) from going below 0. */
  readonly a: number;
  /** Slope of the wings, ≥ 0. At 0 the slice is flat. */
  readonly b: number;
  /** Tilt, −1 to 1. */
  readonly rho: number;
  /** Log-moneyness of the vertex. */
  readonly m: number;
  /** Width of the vertex, ≥ 0. */
  readonly sigma: number;
}

/** Total variance and its first two derivatives by log-moneyness. */
export interface TotalVariance {
  readonly value: number;
  readonly first: number;
  readonly second: number;
}

/**
 * Log-moneyness beyond ±50 is read at ±50: a strike e⁵⁰ times the forward is worth its limit in any volatility. This
 * keeps zero strikes finite.
 */
export const logMoneynessLimit = 50;

/** `logMoneyness` within ±{@link logMoneynessLimit}. Infinite values are allowed. */
export const clampLogMoneyness = (logMoneyness: number): number =>
  Math.max(-logMoneynessLimit, Math.min(logMoneynessLimit, logMoneyness));

/** Total variance at a log-moneyness (clamped to ±{@link logMoneynessLimit}). Never negative for valid parameters. */
export function sviTotalVariance(parameters: SviParameters, logMoneyness: number): number {
  const { a, b, rho, m, sigma } = parameters;
  const x = clampLogMoneyness(logMoneyness) - m;
  // Rounding may leave a value that is zero in exact arithmetic slightly below it.
  return Math.max(0, a + b * (rho * x + Math.sqrt(x * x + sigma * sigma)));
}

/** Total variance and derivatives at a log-moneyness (clamped to ±{@link logMoneynessLimit}). */
export function sviDerivatives(parameters: SviParameters, logMoneyness: number): TotalVariance {
  const { a, b, rho, m, sigma } = parameters;
  const x = clampLogMoneyness(logMoneyness) - m;
  const root = Math.sqrt(x * x + sigma * sigma);
  if (root === 0) return { value: Math.max(0, a), first: b * rho, second: 0 };
  return {
    value: Math.max(0, a + b * (rho * x + root)),
    first: b * (rho + x / root),
    second: (b * sigma * sigma) / (root * root * root),
  };
}

/** The least total variance of the slice, a + bσ√(1 − ρ²) (a when |ρ| = 1). */
export const sviMinimumVariance = ({ a, b, rho, sigma }: SviParameters): number =>
  a + b * sigma * Math.sqrt(Math.max(0, 1 - rho * rho));

/**
 * Durrleman's function
 *
 *     g(k) = (1 − k·w′/(2w))² − (w′²/4)·(1/w + 1/4) + w″/2
 *
 * The density that the slice implies is g(k) times something positive, so a negative value is butterfly arbitrage at
 * that strike. 1 where the total variance is 0 and level.
 */
export function densityFactor(k: number, { value: w, first, second }: TotalVariance): number {
  if (w <= 0) return first === 0 ? 1 + second / 2 : -Infinity;
  const skew = 1 - (k * first) / (2 * w);
  return skew * skew - ((first * first) / 4) * (1 / w + 1 / 4) + second / 2;
}

/** Slopes of total variance in the far left and right wings, both ≥ 0. Lee's moment formula bounds each by 2. */
export const sviWingSlopes = ({
  b,
  rho,
}: SviParameters): { readonly left: number; readonly right: number } => ({
  left: b * (1 - rho),
  right: b * (1 + rho),
});

/** Where a slice admits butterfly arbitrage. */
export interface ButterflyViolation {
  /** Log-moneyness of the lowest g, or ±{@link logMoneynessLimit} when a wing is too steep. */
  readonly logMoneyness: number;
  /** The lowest g(k) (negative), or Lee's bound less the steeper wing's slope. */
  readonly amount: number;
  readonly kind: "density" | "wing";
}

/**
 * The worst butterfly arbitrage of a slice, or undefined when there is none: Lee's bound on both wings, then g(k) on a
 * grid that is dense about the vertex and the forward and grows geometrically outward to ±`reach`.
 *
 * @param tolerance - g below −tolerance counts as a violation.
 */
export function sviButterflyViolation(
  parameters: SviParameters,
  options: { readonly reach?: number; readonly tolerance?: number } = {},
): ButterflyViolation | undefined {
  const { reach = 5, tolerance = 1e-9 } = options;
  const { left, right } = sviWingSlopes(parameters);
  const steeper = Math.max(left, right);
  if (steeper > 2 + tolerance) {
    return {
      logMoneyness: right >= left ? logMoneynessLimit : -logMoneynessLimit,
      amount: 2 - steeper,
      kind: "wing",
    };
  }
  if (parameters.b === 0) return undefined;
  let worst = -tolerance;
  let at: number | undefined;
  const look = (k: number): void => {
    if (Math.abs(k) > reach) return;
    const g = densityFactor(k, sviDerivatives(parameters, k));
    if (g < worst) {
      worst = g;
      at = k;
    }
  };
  // The scale on which w bends: the vertex width, but never so small that the grid fails to reach the wings.
  const scale = Math.max(parameters.sigma, 1e-4 * reach, Math.sqrt(sviTotalVariance(parameters, 0)) / 4);
  for (const centre of [parameters.m, 0]) {
    look(centre);
    for (let step = scale / 16, distance = step; distance <= reach + Math.abs(centre); distance += step) {
      look(centre - distance);
      look(centre + distance);
      if (distance > 4 * scale) step *= 1.15;
    }
  }
  return at === undefined ? undefined : { logMoneyness: at, amount: worst, kind: "density" };
}

/**
 * Returns `parameters` when they define a slice whose total variance is finite and nowhere negative. Says nothing of
 * arbitrage: see {@link sviButterflyViolation}.
 *
 * @param field - the path that the error names, such as `slices[2].parameters`.
 * @throws PlimsollError `PLM_DOMAIN` naming the parameter.
 */
export function requireSvi(field: string, parameters: SviParameters): SviParameters {
  requireNumber(`${field}.a`, parameters.a, -1e4, 1e4);
  requireNumber(`${field}.b`, parameters.b, 0, 1e4);
  requireNumber(`${field}.rho`, parameters.rho, -1, 1);
  requireNumber(`${field}.m`, parameters.m, -logMoneynessLimit, logMoneynessLimit);
  requireNumber(`${field}.sigma`, parameters.sigma, 0, 1e4);
  const minimum = sviMinimumVariance(parameters);
  // A minimum that is zero up to the rounding of a is zero.
  if (minimum < -1e-12 * Math.max(1, Math.abs(parameters.a))) {
    throw new PlimsollError("PLM_DOMAIN", {
      field: `${field}.a`,
      value: parameters.a,
      limit: `≥ ${parameters.a - minimum}, so that no total variance is negative`,
      remedy: "Raise a, or refit the slice with its minimum variance bounded below by 0.",
    });
  }
  return parameters;
}

/** The slice of one constant volatility. */
export const flatSvi = (totalVariance: number): SviParameters => ({
  a: totalVariance,
  b: 0,
  rho: 0,
  m: 0,
  sigma: 0.1,
});
