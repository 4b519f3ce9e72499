import { invariant } from "../../quantity/error.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";

/** How far time has come in the markets. One leaf. */
export class Clock implements StateSection {
  readonly name = "market-clock";
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  readonly leafCount = 1;
  /** Time of the last envelope. */
  nowMs: number = 0;
  /** Last step of the grid of marks, its time. */
  markMs: number = 0;
  /** Last step of the grid of parameters, its number. */
  parameterStep: number = 0;
  /** Called when everything is restored. */
  onRestored: () => void = () => undefined;

  set(nowMs: number): void {
    this.nowMs = nowMs;
    this.dirty.mark(0);
  }

  encodeLeaf(_index: number, out: ByteWriter): void {
    out.integer(this.nowMs);
    out.integer(this.markMs);
    out.integer(this.parameterStep);
  }

  decodeLeaf(index: number, from: ByteReader): void {
    invariant(index === 0, "the clock is one leaf");
    this.nowMs = from.integer();
    this.markMs = from.integer();
    this.parameterStep = from.integer();
  }

  finishRestore(): void {
    this.dirty.take();
    this.onRestored();
  }
}
