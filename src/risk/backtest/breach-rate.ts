import { inverseRegularizedBeta } from "../../numerics/beta.ts";
import { bootstrapRatio, type BootstrapOptions } from "./block-bootstrap.ts";
import { requireCount } from "./coverage.ts";
import { type ConfidenceInterval } from "./stationary-blocks.ts";

/** A breach rate over windows that depend on one another. */
export interface BreachRate {
  readonly windows: number;
  readonly breaches: number;
  /** breaches / windows. */
  readonly rate: number;
  /** How many independent windows would tell as much: at most `windows`. */
  readonly effectiveWindows: number;
  /** Clopper and Pearson's, of that many windows. */
  readonly interval: ConfidenceInterval;
  /** Of the rate, by the bootstrap. */
  readonly standardError: number;
  readonly blockLength: number;
}

/**
 * Interval of a breach rate pooled over books on the same days, after Korn and Graubard: the bootstrap says how many independent windows
 * the dependent ones are worth (rate·(1 − rate)/standardError²), and the exact interval of so many is taken. Unlike quantiles of
 * draws it holds for few breaches, and for none: then every period with windows counts as one.
 *
 * @param breaches - of each period, in time order. @param windows - of each period, at least as many. @param draws - at least 100.
 * @throws {PlimsollError} `PLM_DATA_GAP` for fewer than two periods, `PLM_DOMAIN` for numbers out of range.
 * @see Korn and Graubard (1998), "Confidence intervals for proportions with small expected number of positive counts estimated from
 *   survey data", Survey Methodology 24
 */
export function breachRateInterval(
  input: BootstrapOptions & { readonly breaches: Float64Array; readonly windows: Float64Array },
): BreachRate {
  const { breaches, windows, ...options } = input;
  let total = 0;
  let breached = 0;
  let periods = 0;
  for (let period = 0; period < windows.length; period++) {
    const here = windows[period] ?? 0;
    const count = breaches[period] ?? 0;
    // the names only where they are needed
    if (!(Number.isSafeInteger(here) && here >= 0)) requireCount(`windows[${period}]`, here, 0);
    if (!(Number.isSafeInteger(count) && count >= 0 && count <= here)) {
      requireCount(`breaches[${period}]`, count, 0, here);
    }
    breached += count;
    total += here;
    if (here > 0) periods += 1;
  }
  // too few draws may happen to agree, which is not certainty
  requireCount("draws", options.draws ?? 1000, 100, 1_000_000);
  const drawn = bootstrapRatio({ ...options, numerators: breaches, denominators: windows });
  const rate = drawn.estimate;
  const variance = drawn.standardError * drawn.standardError;
  const effectiveWindows =
    breached === 0 || breached === total ? periods : Math.min(total, (rate * (1 - rate)) / variance);
  const effectiveBreaches = rate * effectiveWindows;
  const others = effectiveWindows - effectiveBreaches;
  const confidence = options.confidence ?? 0.95;
  const side = (1 - confidence) / 2;
  return {
    windows: total,
    breaches: breached,
    rate,
    effectiveWindows,
    interval: {
      low: breached === 0 ? 0 : inverseRegularizedBeta(side, effectiveBreaches, others + 1),
      high: breached === total ? 1 : inverseRegularizedBeta(1 - side, effectiveBreaches + 1, others),
      confidence,
    },
    standardError: drawn.standardError,
    blockLength: drawn.blockLength,
  };
}
