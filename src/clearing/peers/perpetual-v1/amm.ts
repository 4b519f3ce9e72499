import { abs, div, type Fixed18, mul, one } from "../../../risk/venues/shared/fixed18.ts";
import { StepRefused } from "./refused.ts";

/** Which way an amount moves, seen from the AMM. */
export type Direction = "add" | "remove";

/** Virtual reserves, 18 decimals. */
export interface Reserves {
  readonly quote: Fixed18;
  readonly base: Fixed18;
}

/**
 * What the other reserve moves by when one moves from `reserve` by `amount`: the invariant quote × base, truncated to 18 decimals,
 * divided by the new reserve; a unit worse for the trader when that division has a remainder.
 */
function counterAmount(
  invariant: Fixed18,
  reserve: Fixed18,
  other: Fixed18,
  direction: Direction,
  amount: Fixed18,
): Fixed18 {
  if (amount === 0n) return 0n;
  const after = direction === "add" ? reserve + amount : reserve - amount;
  if (after < 0n) throw new StepRefused("SafeMath: subtraction overflow");
  if (after === 0n) throw new StepRefused("SafeMath: division by zero");
  const moved = abs(div(invariant, after) - other);
  if ((invariant * one) % after === 0n) return moved;
  return direction === "add" ? moved - 1n : moved + 1n;
}

/** Base for an amount of quote that is added to or removed from the AMM. */
export const inputPrice = ({ quote, base }: Reserves, direction: Direction, quoteAmount: Fixed18): Fixed18 =>
  counterAmount(mul(quote, base), quote, base, direction, quoteAmount);

/** Quote for an amount of base that is added to or removed from the AMM. */
export const outputPrice = ({ quote, base }: Reserves, direction: Direction, baseAmount: Fixed18): Fixed18 =>
  counterAmount(mul(quote, base), base, quote, direction, baseAmount);

/** Reserves after an amount of quote was swapped for base, and the base. */
export function swapInput(
  reserves: Reserves,
  direction: Direction,
  quoteAmount: Fixed18,
): { base: Fixed18; after: Reserves } {
  const base = inputPrice(reserves, direction, quoteAmount);
  const sign = direction === "add" ? 1n : -1n;
  return { base, after: { quote: reserves.quote + sign * quoteAmount, base: reserves.base - sign * base } };
}

/** Reserves after an amount of base was swapped for quote, and the quote. */
export function swapOutput(
  reserves: Reserves,
  direction: Direction,
  baseAmount: Fixed18,
): { quote: Fixed18; after: Reserves } {
  const quote = outputPrice(reserves, direction, baseAmount);
  const sign = direction === "add" ? 1n : -1n;
  return { quote, after: { quote: reserves.quote - sign * quote, base: reserves.base + sign * baseAmount } };
}

export const spotPrice = ({ quote, base }: Reserves): Fixed18 => div(quote, base);

/** Reserves as a block left them. */
export interface Snapshot {
  readonly seconds: bigint;
  readonly reserves: Reserves;
}

/**
 * Time-weighted average of a value of the reserves over the last `windowSeconds`: back over the snapshots, each weighted by how long it
 * stood, the oldest cut at the start of the window. Products exact, one truncated division. The snapshots start before the window.
 */
export function timeWeighted(
  snapshots: readonly Snapshot[],
  nowSeconds: bigint,
  windowSeconds: bigint,
  valueOf: (reserves: Reserves) => Fixed18,
): Fixed18 {
  const start = nowSeconds - windowSeconds;
  let until = nowSeconds;
  let weighted = 0n;
  for (let i = snapshots.length - 1; i >= 0; i -= 1) {
    const { seconds, reserves } = snapshots[i]!;
    const value = valueOf(reserves);
    if (seconds <= start) {
      // A single snapshot for the whole window is its value, undivided.
      return until === nowSeconds ? value : (weighted + value * (until - start)) / windowSeconds;
    }
    weighted += value * (until - seconds);
    until = seconds;
  }
  const covered = nowSeconds - until;
  return covered === 0n ? valueOf(snapshots[0]!.reserves) : weighted / covered;
}
