import { mulDivCeil, mulDivFloor } from "../../quantity/money.ts";
import { type Line, lineCeil, lineFloor } from "./line.ts";
import { powerHalfUp } from "./power.ts";

/**
 * How the price of an auction falls: a published function of the time since it started, as a part of the starting value. Levels are
 * integers at scale {@link PriceCurve.one}, 0 to any multiple of it; time is in one unit of the caller's choice.
 */
export type PriceCurve = LinesCurve | StairsCurve;

/** Straight lines, one after the other; after the last the level stays. One line to 0 is the plain linear auction. */
export interface LinesCurve {
  readonly kind: "lines";
  readonly one: bigint;
  /** 1 … {@link maxLines}, each starting where the one before ended. */
  readonly lines: readonly Line[];
}

/** Falls by the same part after each step. With a step of one unit of time it is exponential decay. */
export interface StairsCurve {
  readonly kind: "stairs";
  readonly one: bigint;
  /** Level before the first step. */
  readonly start: bigint;
  /** What a step leaves of the level, 0 < keep < one. */
  readonly keep: bigint;
  /** Length of a step, ≥ 1. */
  readonly step: bigint;
  /**
   * The power is computed at scale `one × guard`. Absent: so wide that the last digit is right and the level never rises, over 2^53 steps. 1 is
   * Maker's way, whose error grows with the steps.
   */
  readonly guard?: bigint;
}

export const maxLines = 16;

/** Why something is not a falling curve. */
export type CurveFault =
  /** No line, more than {@link maxLines}, or a length below 0. */
  | "lines"
  /** A scale, level, step or part out of its range. */
  | "range"
  /** A line rises, or starts above the end of the one before. */
  | "rises";

/** What is wrong with a curve, or `undefined`. The other functions take a curve for which this is `undefined`. */
export function curveFault(curve: PriceCurve): CurveFault | undefined {
  if (curve.one <= 0n) return "range";
  if (curve.kind === "stairs") {
    const { one, start, keep, step, guard = 1n } = curve;
    return start < 0n || keep <= 0n || keep >= one || step < 1n || guard < 1n ? "range" : undefined;
  }
  const { lines } = curve;
  if (lines.length < 1 || lines.length > maxLines) return "lines";
  let level = lines[0]?.from ?? 0n;
  for (const { from, to, length } of lines) {
    if (length < 0n) return "lines";
    if (to < 0n) return "range";
    if (from > level || to > from) return "rises";
    level = to;
  }
  return undefined;
}

/** Time after which a curve of lines moves no more; `undefined` of stairs, which never end. */
export function curveLength(curve: PriceCurve): bigint | undefined {
  if (curve.kind === "stairs") return undefined;
  return curve.lines.reduce((total, { length }) => total + length, 0n);
}

/** The level after `elapsed` ≥ 0, rounded down; at scale `one`. Never rises with time. */
export const levelFloor = (curve: PriceCurve, elapsed: bigint): bigint =>
  curve.kind === "lines" ? lineAt(curve, elapsed, lineFloor) : stairsAt(curve, elapsed, "floor");

/** The level after `elapsed` ≥ 0, rounded up; at scale `one`. Never rises with time. What a bidder pays by. */
export const levelCeil = (curve: PriceCurve, elapsed: bigint): bigint =>
  curve.kind === "lines" ? lineAt(curve, elapsed, lineCeil) : stairsAt(curve, elapsed, "ceil");

/** A starting price × the level after `elapsed`, each rounded down: what a seller may count on at least. */
export const priceFloor = (curve: PriceCurve, start: bigint, elapsed: bigint): bigint =>
  mulDivFloor(start, levelFloor(curve, elapsed), curve.one);

/** A starting price × the level after `elapsed`, each rounded up: what a bidder pays. Never rises with time. */
export const priceCeil = (curve: PriceCurve, start: bigint, elapsed: bigint): bigint =>
  mulDivCeil(start, levelCeil(curve, elapsed), curve.one);

function lineAt(
  { lines }: LinesCurve,
  elapsed: bigint,
  value: (line: Line, elapsed: bigint) => bigint,
): bigint {
  let rest = elapsed;
  let level = 0n;
  for (const line of lines) {
    if (rest < line.length) return value(line, rest);
    rest -= line.length;
    level = line.to;
  }
  return level;
}

/*
 * The level never rises: a step takes at least 1/one of the level, so at least 1/one of a unit while the level is a unit or more, and
 * the power at the wider scale is off by far less (a unit of it for each step). Below a unit, floors are 0 and ceilings 1.
 */
function stairsAt(curve: StairsCurve, elapsed: bigint, rounding: "floor" | "ceil"): bigint {
  const { one, start, keep, step } = curve;
  const steps = elapsed / step;
  const guard = curve.guard ?? (one << 64n) * (start / one + 1n);
  const left = powerHalfUp(keep * guard, steps, one * guard) * start;
  const unit = one * guard;
  if (rounding === "floor") return left / unit;
  const level = (left + unit - 1n) / unit;
  return level === 0n && start > 0n ? 1n : level;
}
