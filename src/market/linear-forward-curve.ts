import { exp, log } from "../numerics/exp-log.ts";
import { PlimsollError, requireNumber } from "../quantity/error.ts";
import { type ForwardCurve, type ForwardPoint } from "./forward-curve.ts";
import { msPerYear } from "./instrument.ts";

/** Beyond the last point the annualised basis is held, but never above 50 % a year: a basis of minutes is no yearly rate. */
export const extrapolatedBasisLimit = 0.5;

/**
 * Forwards by expiry, linear in log-forward against time, with the spot as the point at `asOfMs`: the annualised basis
 * is constant on each segment.
 *
 * - At or before `asOfMs`: the spot.
 * - Beyond the last point: forward × e^(basis × extra years), where basis = ln(forward/spot)/years of the last point
 *   within ±{@link extrapolatedBasisLimit}, flagged `extrapolated`; at most e²⁰ times the last forward.
 * - Without points: the spot, flagged `extrapolated` after `asOfMs`.
 *
 * @throws PlimsollError `PLM_DOMAIN` for a forward or spot that is not positive or a point not after `asOfMs`,
 * `PLM_DUPLICATE` for two points of one expiry.
 */
export function linearForwardCurve(input: {
  readonly asOfMs: number;
  readonly spot: number;
  readonly points: readonly ForwardPoint[];
}): ForwardCurve {
  const asOfMs = requireNumber("asOfMs", input.asOfMs);
  const spot = requirePositive("spot", input.spot);
  const points = [...input.points].sort((p, q) => p.expiryMs - q.expiryMs);
  for (const [index, point] of points.entries()) {
    requireNumber(`points[${index}].expiryMs`, point.expiryMs, asOfMs + 1, 8.64e15);
    requirePositive(`points[${index}].forward`, point.forward);
    if (point.expiryMs === points[index - 1]?.expiryMs) {
      throw new PlimsollError("PLM_DUPLICATE", {
        field: `points[${index}].expiryMs`,
        value: point.expiryMs,
        limit: "one forward per expiry",
        remedy: "Remove one of the points that share this expiryMs.",
      });
    }
  }
  const last = points.at(-1);
  const lastBasis =
    last === undefined ? 0 : (log(last.forward / spot) * msPerYear) / (last.expiryMs - asOfMs);
  const heldBasis = Math.max(-extrapolatedBasisLimit, Math.min(extrapolatedBasisLimit, lastBasis));

  return {
    asOfMs,
    spot,
    points,
    forwardAt(expiryMs) {
      if (expiryMs <= asOfMs) return { value: spot, extrapolated: false };
      if (last === undefined) return { value: spot, extrapolated: true };
      if (expiryMs > last.expiryMs) {
        const growth = (heldBasis * (expiryMs - last.expiryMs)) / msPerYear;
        return { value: last.forward * exp(Math.max(-20, Math.min(20, growth))), extrapolated: true };
      }
      let near: ForwardPoint = { expiryMs: asOfMs, forward: spot };
      for (const point of points) {
        // A quoted expiry gives its own forward, to the last bit.
        if (point.expiryMs === expiryMs) return { value: point.forward, extrapolated: false };
        if (point.expiryMs > expiryMs) {
          const share = (expiryMs - near.expiryMs) / (point.expiryMs - near.expiryMs);
          return {
            value: near.forward * exp(share * log(point.forward / near.forward)),
            extrapolated: false,
          };
        }
        near = point;
      }
      return { value: near.forward, extrapolated: false };
    },
  };
}

function requirePositive(field: string, value: number): number {
  requireNumber(field, value);
  if (value <= 0) {
    throw new PlimsollError("PLM_DOMAIN", {
      field,
      value,
      limit: "> 0",
      remedy: `Correct ${field} at its source.`,
    });
  }
  return value;
}
