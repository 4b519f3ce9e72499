import { mulDivCeil, mulDivFloor } from "../../quantity/money.ts";

/** A straight line in time, rising or falling. Values are exact integers at whatever scale the caller keeps. */
export interface Line {
  /** At its start. */
  readonly from: bigint;
  /** From `length` on. */
  readonly to: bigint;
  /** In the unit of the time asked for, ≥ 0; at 0 the line is at its end at once. */
  readonly length: bigint;
}

/** The line's value after `elapsed` ≥ 0, rounded down. Never outside `from` … `to`. */
export const lineFloor = ({ from, to, length }: Line, elapsed: bigint): bigint =>
  elapsed >= length ? to : from + mulDivFloor(to - from, elapsed, length);

/** The line's value after `elapsed` ≥ 0, rounded up. Never outside `from` … `to`. */
export const lineCeil = ({ from, to, length }: Line, elapsed: bigint): bigint =>
  elapsed >= length ? to : from + mulDivCeil(to - from, elapsed, length);
