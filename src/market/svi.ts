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
  /** Changes of slope out in the wings, where five parameters do not follow the quotes. Absent: none. */
  readonly bends?: readonly SviBend[];
}

/**
 * A smooth change of slope in one wing. With x = k − at on the right and at − k on the left it adds
 *
 *     slope·(x + √(x² + width²))/2
 *
 * to the total variance: nothing on the near side, slope·x on the far one.
 */
export interface SviBend {
  readonly side: "left" | "right";
  /** Log-moneyness of its middle. */
  readonly at: number;
  /** Change of the wing's slope; negative flattens. */
  readonly slope: number;
  /** Log-moneyness over which the slope changes, > 0. */
  readonly width: number;
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

/** Total variance at a log-moneyness (clamped to ±{@link logMoneynessLimit}). Never negative. */
export function sviTotalVariance(parameters: SviParameters, logMoneyness: number): number {
  // Rounding may leave a value that is zero in exact arithmetic slightly below it.
  return Math.max(0, rawVariance(parameters, clampLogMoneyness(logMoneyness)));
}

function rawVariance({ a, b, rho, m, sigma, bends }: SviParameters, k: number): number {
  const x = k - m;
  let w = a + b * (rho * x + Math.sqrt(x * x + sigma * sigma));
  if (bends !== undefined) {
    for (const { side, at, slope, width } of bends) {
      const beyond = side === "right" ? k - at : at - k;
      w += (slope * (beyond + Math.sqrt(beyond * beyond + width * width))) / 2;
    }
  }
  return w;
}

/** Total variance and derivatives at a log-moneyness (clamped to ±{@link logMoneynessLimit}). */
export function sviDerivatives(parameters: SviParameters, logMoneyness: number): TotalVariance {
  const { b, rho, m, sigma, bends } = parameters;
  const k = clampLogMoneyness(logMoneyness);
  const x = k - m;
  const root = Math.sqrt(x * x + sigma * sigma);
  const level = root === 0;
  let first = b * (level ? rho : rho + x / root);
  let second = level ? 0 : (b * sigma * sigma) / (root * root * root);
  for (const { side, at, slope, width } of bends ?? []) {
    const sign = side === "right" ? 1 : -1;
    const beyond = sign * (k - at);
    const hypotenuse = Math.sqrt(beyond * beyond + width * width);
    first += (sign * slope * (1 + beyond / hypotenuse)) / 2;
    second += (slope * width * width) / (2 * hypotenuse * hypotenuse * hypotenuse);
  }
  return { value: Math.max(0, rawVariance(parameters, k)), first, second };
}

/** The least total variance of the slice without its bends, a + bσ√(1 − ρ²) (a when |ρ| = 1). */
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

/**
 * The least total variance of the slice before it is cut off at 0: {@link sviMinimumVariance} without bends; with bends
 * the least about the vertex and each of them, −∞ if a wing falls for ever.
 */
export function sviLeastVariance(parameters: SviParameters): number {
  const { bends, m, sigma } = parameters;
  if (bends === undefined) return sviMinimumVariance(parameters);
  const { left, right } = sviWingSlopes(parameters);
  if (Math.min(left, right) < -1e-12) return -Infinity;
  let least = Infinity;
  for (const [centre, width] of [
    [m, sigma] as const,
    ...bends.map((bend) => [bend.at, bend.width] as const),
  ]) {
    for (const step of [-8, -4, -2, -1, -0.5, 0, 0.5, 1, 2, 4, 8]) {
      least = Math.min(least, rawVariance(parameters, clampLogMoneyness(centre + step * width)));
    }
  }
  return least;
}

/** Slopes of total variance far out in the wings, bends included. Lee's moment formula bounds each by 2. */
export function sviWingSlopes({ b, rho, bends = [] }: SviParameters): {
  readonly left: number;
  readonly right: number;
} {
  let left = b * (1 - rho);
  let right = b * (1 + rho);
  for (const { side, slope } of bends) {
    if (side === "left") left += slope;
    else right += slope;
  }
  return { left, right };
}

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
 * grid that is dense about the vertex, the bends and the forward and grows geometrically outward to ±`reach`.
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
  const deviation = Math.sqrt(sviTotalVariance(parameters, 0));
  const centres: readonly (readonly [number, number])[] = [
    [0, deviation],
    [parameters.m, parameters.sigma],
    ...(parameters.bends ?? []).map((bend) => [bend.at, bend.width] as const),
  ];
  for (const [centre, width] of centres) {
    // The scale on which w turns there, but never so small that the grid fails to reach the wings.
    const scale = Math.max(width, 1e-4 * reach, deviation / 4);
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
  if (parameters.bends !== undefined) requireBends(field, parameters, parameters.bends);
  return parameters;
}

function requireBends(field: string, parameters: SviParameters, bends: readonly SviBend[]): void {
  for (const [index, bend] of bends.entries()) {
    requireNumber(`${field}.bends[${index}].at`, bend.at, -logMoneynessLimit, logMoneynessLimit);
    requireNumber(`${field}.bends[${index}].slope`, bend.slope, -1e4, 1e4);
    requireNumber(`${field}.bends[${index}].width`, bend.width, 1e-6, 1e4);
  }
  const least = sviLeastVariance(parameters);
  if (least >= -1e-12 * Math.max(1, Math.abs(parameters.a))) return;
  throw new PlimsollError("PLM_DOMAIN", {
    field: `${field}.bends`,
    value: least,
    limit: "such that no total variance is negative, near or far",
    remedy: "Flatten the wing by less, or refit the slice.",
  });
}

/** The slice of one constant volatility. */
export const flatSvi = (totalVariance: number): SviParameters => ({
  a: totalVariance,
  b: 0,
  rho: 0,
  m: 0,
  sigma: 0.1,
});
