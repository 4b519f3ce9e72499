import { type ByteReader, type ByteWriter } from "../state/bytes.ts";

/** Marks and their smoothing change on a grid of this time. */
export const markGridMs = 5_000;
/** Whole steps of the grid that the smoothed basis averages. */
export const basisSteps = 12;

/**
 * Time-weighted mean of a basis over the last minute, exact: each value weighs as long as it stood. Whole steps of 5 s are kept as
 * their integrals; the running one does not count until it is over.
 */
export class BasisWindow {
  /** Σ ppb × ms of the last {@link basisSteps} whole steps, a ring by step number. */
  readonly #steps: Float64Array = new Float64Array(basisSteps);
  /** Of the running step, up to `#lastMs`. */
  #partial = 0;
  #lastMs: number;
  /** In force. */
  #ppb = 0;

  constructor(nowMs: number) {
    this.#lastMs = nowMs;
  }

  /** Lets the value in force stand until `nowMs`. */
  advance(nowMs: number): void {
    let step = Math.floor(this.#lastMs / markGridMs);
    const now = Math.floor(nowMs / markGridMs);
    if (now > step) {
      const rest = (step + 1) * markGridMs - this.#lastMs;
      this.#steps[step % basisSteps] = this.#partial + this.#ppb * rest + 0;
      step = Math.max(step + 1, now - basisSteps);
      for (; step < now; step++) this.#steps[step % basisSteps] = this.#ppb * markGridMs + 0;
      this.#partial = this.#ppb * (nowMs - now * markGridMs) + 0;
    } else this.#partial += this.#ppb * (nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }

  /** From `nowMs` on the basis is `ppb`. */
  observe(nowMs: number, ppb: number): void {
    this.advance(nowMs);
    this.#ppb = ppb + 0;
  }

  /** Mean over the last minute of whole steps before the last {@link advance}, ppb toward 0. Before the first observation counts as 0. */
  meanPpb(): number {
    let sum = 0;
    for (const step of this.#steps) sum += step;
    return Math.trunc(sum / (basisSteps * markGridMs)) + 0;
  }

  encode(out: ByteWriter): void {
    for (const step of this.#steps) out.integer(step);
    out.integer(this.#partial);
    out.integer(this.#lastMs);
    out.integer(this.#ppb);
  }

  static decode(from: ByteReader): BasisWindow {
    const window = new BasisWindow(0);
    for (let i = 0; i < basisSteps; i++) window.#steps[i] = from.integer();
    window.#partial = from.integer() + 0;
    window.#lastMs = from.integer();
    window.#ppb = from.integer();
    return window;
  }
}
