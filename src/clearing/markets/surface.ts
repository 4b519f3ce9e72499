import { linearForwardCurve } from "../../market/linear-forward-curve.ts";
import { type SviSlice, sviSurface, type SviSurface } from "../../market/svi-surface.ts";
import { logMoneynessLimit } from "../../market/svi.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { type PublishedSlice } from "../protocol/commands.ts";
import { type Rejection } from "../protocol/rejections.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { refuse } from "./refuse.ts";

/** What was published of one underlying's options at an instant. */
export interface Surface {
  readonly timeMs: number;
  /** Ascending by expiry. */
  readonly slices: readonly PublishedSlice[];
  /** Index when it was published: its forwards move along with the index from there. */
  readonly indexMicros: number;
  readonly svi: SviSurface;
  /** Forward over index at an expiry. */
  forwardRatio(expiryMs: number): number;
}

/** @returns a rejection when the slices are no surface. */
export function makeSurface(
  timeMs: number,
  slices: readonly PublishedSlice[],
  indexMicros: number,
): Surface | Rejection {
  const asOfMs = timeMs;
  try {
    const svi = sviSurface({ asOfMs, slices: slices.map(toSviSlice) });
    const points = slices.map(({ expiryMs, forwardMicros }) => ({ expiryMs, forward: forwardMicros }));
    const forwards = linearForwardCurve({ asOfMs, spot: indexMicros, points });
    const forwardRatio = (expiryMs: number): number => forwards.forwardAt(expiryMs).value / indexMicros;
    return { timeMs, slices: slices.map((slice) => ({ ...slice })), indexMicros, svi, forwardRatio };
  } catch (error) {
    // The surface's own rules are checked where it is made.
    if (!(error instanceof PlimsollError)) throw error;
    return refuse("malformed", error.field.replace(".parameters", ""), String(error.value), error.limit);
  }
}

/** Published slices say nothing of the quotes behind them: none of their strikes counts as extrapolated. */
const toSviSlice = ({ expiryMs, a, b, rho, m, sigma }: PublishedSlice): SviSlice => ({
  expiryMs,
  parameters: { a, b, rho, m, sigma },
  minLogMoneyness: -logMoneynessLimit,
  maxLogMoneyness: logMoneynessLimit,
});

export function encodeSurface({ timeMs, indexMicros, slices }: Surface, out: ByteWriter): void {
  out.integer(timeMs);
  out.integer(indexMicros);
  out.u16(slices.length);
  for (const slice of slices) {
    out.integer(slice.expiryMs);
    out.integer(slice.forwardMicros);
    for (const value of [slice.a, slice.b, slice.rho, slice.m, slice.sigma]) out.float(value);
  }
}

export function decodeSurface(from: ByteReader): Surface | Rejection {
  const [timeMs, indexMicros, count] = [from.integer(), from.integer(), from.u16()];
  const slices: PublishedSlice[] = [];
  for (let i = 0; i < count; i++) {
    const [expiryMs, forwardMicros] = [from.integer(), from.integer()];
    const [a, b, rho, m, sigma] = [from.float(), from.float(), from.float(), from.float(), from.float()];
    slices.push({ expiryMs, forwardMicros, a, b, rho, m, sigma });
  }
  return makeSurface(timeMs, slices, indexMicros);
}
