import { linearForwardCurve } from "../../market/linear-forward-curve.ts";
import { type SviSlice, sviSurface, type SviSurface } from "../../market/svi-surface.ts";
import { logMoneynessLimit } from "../../market/svi.ts";
import { invariant, PlimsollError } from "../../quantity/error.ts";
import { type PublishedSlice, type PublishSurface } from "../protocol/commands.ts";
import { type Rejection } from "../protocol/rejections.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";
import { maxAheadMs, maxPriceMicros, maxSlices, maxTimeMs } from "./limits.ts";
import { checkInteger, refuse } from "./refuse.ts";

/** A forward may differ from the index by at most this share, either way: a wrong decimal point is none. */
export const maxForwardDistance = 0.5;

/** What was last published of one underlying's options. */
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

/** Published surfaces by underlying. One leaf per underlying; empty until its first surface. */
export class Surfaces implements StateSection {
  readonly name = "market-surfaces";
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  readonly #surfaces: (Surface | undefined)[] = [];

  get leafCount(): number {
    return this.#surfaces.length;
  }

  get(underlying: number): Surface | undefined {
    return this.#surfaces[underlying];
  }

  /** Room for one more underlying. */
  add(): void {
    this.dirty.mark(this.#surfaces.length);
    this.#surfaces.push(undefined);
  }

  /** Takes a surface, or says why not and changes nothing. `indexMicros` > 0. */
  publish(command: PublishSurface, indexMicros: number, nowMs: number): Rejection | undefined {
    const { underlying, slices, timeMs } = command;
    const wrong =
      checkInteger("malformed", "timeMs", timeMs, 0, nowMs + maxAheadMs) ??
      checkInteger("malformed", "slices.length", slices.length, 1, maxSlices);
    if (wrong !== undefined) return wrong;
    const lastMs = this.#surfaces[underlying]?.timeMs ?? -1;
    if (timeMs <= lastMs)
      return refuse("alreadyDone", "timeMs", timeMs, `after the last surface's ${lastMs}`);
    let previousMs = Math.max(timeMs, nowMs);
    for (const [i, slice] of slices.entries()) {
      const at = `slices[${i}]`;
      const wrongSlice =
        checkInteger("malformed", `${at}.expiryMs`, slice.expiryMs, previousMs + 1, maxTimeMs) ??
        checkInteger("malformed", `${at}.forwardMicros`, slice.forwardMicros, 1, maxPriceMicros);
      if (wrongSlice !== undefined) return wrongSlice;
      const [low, high] = [indexMicros * (1 - maxForwardDistance), indexMicros * (1 + maxForwardDistance)];
      if (slice.forwardMicros < low || slice.forwardMicros > high) {
        const limit = `within ${maxForwardDistance * 100} % of the index ${indexMicros}`;
        return refuse("malformed", `${at}.forwardMicros`, slice.forwardMicros, limit);
      }
      previousMs = slice.expiryMs;
    }
    const made = makeSurface(timeMs, slices, indexMicros);
    if ("code" in made) return made;
    this.#surfaces[underlying] = made;
    this.dirty.mark(underlying);
    return undefined;
  }

  encodeLeaf(index: number, out: ByteWriter): void {
    const surface = this.#surfaces[index];
    if (surface === undefined) return;
    out.integer(surface.timeMs);
    out.integer(surface.indexMicros);
    out.u16(surface.slices.length);
    for (const slice of surface.slices) {
      out.integer(slice.expiryMs);
      out.integer(slice.forwardMicros);
      for (const value of [slice.a, slice.b, slice.rho, slice.m, slice.sigma]) out.float(value);
    }
  }

  decodeLeaf(index: number, from: ByteReader): void {
    const [timeMs, indexMicros, count] = [from.integer(), from.integer(), from.u16()];
    const slices: PublishedSlice[] = [];
    for (let i = 0; i < count; i++) {
      const [expiryMs, forwardMicros] = [from.integer(), from.integer()];
      const [a, b, rho, m, sigma] = [from.float(), from.float(), from.float(), from.float(), from.float()];
      slices.push({ expiryMs, forwardMicros, a, b, rho, m, sigma });
    }
    const made = makeSurface(timeMs, slices, indexMicros);
    invariant(!("code" in made), "a surface in the state is valid");
    while (this.#surfaces.length < index) this.#surfaces.push(undefined);
    this.#surfaces.push(made);
  }

  finishRestore(leafCount: number): void {
    while (this.#surfaces.length < leafCount) this.#surfaces.push(undefined);
    this.dirty.take();
  }
}

function makeSurface(
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
