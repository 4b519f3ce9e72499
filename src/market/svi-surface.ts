import { PlimsollError, requireNumber } from "../quantity/error.ts";
import { type Interpolated } from "./forward-curve.ts";
import { msPerYear } from "./instrument.ts";
import { clampLogMoneyness, requireSvi, type SviParameters, sviTotalVariance } from "./svi.ts";
import { type VolatilitySurface } from "./surface.ts";

/** One expiry of an SVI surface, and the range of log-moneyness that was quoted. */
export interface SviSlice {
  /** Later than the surface's `asOfMs`. */
  readonly expiryMs: number;
  readonly parameters: SviParameters;
  /** ln(strike/forward) of the lowest quoted strike. Below it the slice's wing extrapolates. */
  readonly minLogMoneyness: number;
  /** ln(strike/forward) of the highest quoted strike. Above it the slice's wing extrapolates. */
  readonly maxLogMoneyness: number;
}

/** A volatility surface made of SVI slices. Plain data and pure functions. */
export interface SviSurface extends VolatilitySurface {
  /** Ascending by expiry. */
  readonly slices: readonly SviSlice[];
  /** Total variance (vol² × ACT/365 years) at an expiry and a log-moneyness, by the rules of {@link sviSurface}. */
  totalVarianceAt(expiryMs: number, logMoneyness: number): Interpolated;
}

/**
 * A surface through SVI slices.
 *
 * - At a slice's expiry: the slice, or the total variance of an earlier slice at the same log-moneyness where that is
 *   larger. This running maximum removes calendar arbitrage and keeps butterflies: the price it gives is the largest of
 *   prices that are each convex in the strike. Where the slices have no calendar arbitrage it changes nothing.
 * - Between two slices: linear in total variance at constant log-moneyness.
 * - Before the first slice and after the last: that slice's volatility at the same log-moneyness (total variance
 *   proportional to time), flagged `extrapolated`.
 * - Outside the quoted strikes: the SVI wing, linear in log-moneyness, flagged `extrapolated`. Between two slices the
 *   quoted range is interpolated too, in log-moneyness.
 *
 * `volAt` is total: an instant not after `asOfMs` is read one millisecond after it, and log-moneyness beyond ±50
 * (a zero strike) at ±50. NaN is the caller's fault and comes back as NaN.
 *
 * @throws PlimsollError `PLM_DOMAIN` for no slices, an invalid slice or an expiry not after `asOfMs`, `PLM_DUPLICATE`
 * for two slices of one expiry.
 */
export function sviSurface(input: {
  readonly asOfMs: number;
  readonly slices: readonly SviSlice[];
}): SviSurface {
  const asOfMs = requireNumber("asOfMs", input.asOfMs);
  const slices = [...input.slices].sort((p, q) => p.expiryMs - q.expiryMs);
  for (const [index, slice] of slices.entries()) requireSlice(`slices[${index}]`, slice, asOfMs);
  const twice = slices.find((slice, index) => slice.expiryMs === slices[index - 1]?.expiryMs);
  if (twice !== undefined) {
    throw new PlimsollError("PLM_DUPLICATE", {
      field: "slices",
      value: twice.expiryMs,
      limit: "one slice per expiry",
      remedy: "Remove one of the slices that share this expiryMs.",
    });
  }
  const first = slices[0];
  const last = slices.at(-1);
  if (first === undefined || last === undefined) {
    throw new PlimsollError("PLM_DOMAIN", {
      field: "slices",
      value: slices,
      limit: "at least one slice",
      remedy: "Leave the surface out of a market that has no options.",
    });
  }

  const runningMaximum = (upTo: number, k: number): number => {
    let largest = 0;
    for (let i = 0; i <= upTo; i++) {
      const slice = slices[i];
      if (slice !== undefined) largest = Math.max(largest, sviTotalVariance(slice.parameters, k));
    }
    return largest;
  };

  const totalVarianceAt = (expiryMs: number, logMoneyness: number): Interpolated => {
    const instant = Math.max(expiryMs, asOfMs + 1);
    const k = clampLogMoneyness(logMoneyness);
    if (instant <= first.expiryMs || instant >= last.expiryMs) {
      const slice = instant <= first.expiryMs ? first : last;
      const share = (instant - asOfMs) / (slice.expiryMs - asOfMs);
      return {
        value: runningMaximum(slice === first ? 0 : slices.length - 1, k) * share,
        extrapolated: share !== 1 || k < slice.minLogMoneyness || k > slice.maxLogMoneyness,
      };
    }
    const after = upperIndex(slices, instant);
    const near = slices[after - 1] ?? first;
    const far = slices[after] ?? last;
    const share = (instant - near.expiryMs) / (far.expiryMs - near.expiryMs);
    const between = (p: number, q: number): number => p + (q - p) * share;
    return {
      value: between(runningMaximum(after - 1, k), runningMaximum(after, k)),
      extrapolated:
        k < between(near.minLogMoneyness, far.minLogMoneyness) ||
        k > between(near.maxLogMoneyness, far.maxLogMoneyness),
    };
  };

  return {
    asOfMs,
    slices,
    expiriesMs: slices.map((slice) => slice.expiryMs),
    totalVarianceAt,
    volAt(expiryMs, logMoneyness) {
      const { value, extrapolated } = totalVarianceAt(expiryMs, logMoneyness);
      const years = (Math.max(expiryMs, asOfMs + 1) - asOfMs) / msPerYear;
      return { value: Math.sqrt(value / years), extrapolated };
    },
  };
}

/** The first index whose expiry is later than or at `instant`. */
function upperIndex(slices: readonly SviSlice[], instant: number): number {
  let low = 0;
  let high = slices.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((slices[middle]?.expiryMs ?? Infinity) < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

function requireSlice(field: string, slice: SviSlice, asOfMs: number): void {
  requireNumber(`${field}.expiryMs`, slice.expiryMs, asOfMs + 1, 8.64e15);
  requireSvi(`${field}.parameters`, slice.parameters);
  requireNumber(`${field}.minLogMoneyness`, slice.minLogMoneyness);
  requireNumber(`${field}.maxLogMoneyness`, slice.maxLogMoneyness, slice.minLogMoneyness);
}
