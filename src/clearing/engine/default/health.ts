import { type AccountFigures } from "../../margin/fixed-rate.ts";
import { mulDivCeil } from "../../margin/mul-div.ts";
import { type Machine } from "../machine.ts";

const million = 1_000_000;

/** Maintenance requirement and a share of it on top, USD micros, rounded up. */
const withBuffer = (maintenanceMicros: number, ppm: number): number =>
  Math.min(Number.MAX_SAFE_INTEGER, maintenanceMicros + mulDivCeil(maintenanceMicros, ppm, million));

/** Equity at which an account with these requirements is left alone again: at most its initial requirement, unless the venue lessens leverage further. */
export function targetMicros(m: Machine, { initialMicros, maintenanceMicros }: AccountFigures): number {
  const { liquidation } = m.markets;
  const buffered = withBuffer(maintenanceMicros, liquidation.get("bufferPpm"));
  const target = Math.max(maintenanceMicros, Math.min(initialMicros, buffered));
  const deleverPpm = liquidation.get("deleverPpm");
  return deleverPpm <= million
    ? target
    : Math.max(target, withBuffer(maintenanceMicros, deleverPpm - million));
}

/** Is the account's equity back at its target? */
export const isCured = (m: Machine, figures: AccountFigures): boolean =>
  figures.equityMicros >= 0 && figures.equityMicros >= targetMicros(m, figures);

/**
 * Does an account with `after` need no more equity for what it has than with `before`? Where equity is gone, for no less of it: up to a part
 * in 10,000, which is what whole lots and units of dust make.
 */
export function isNoWorse(before: AccountFigures, after: AccountFigures): boolean {
  if (after.maintenanceMicros > before.maintenanceMicros) return false;
  const slack = Math.ceil(before.maintenanceMicros / 10_000) + 10;
  if (before.equityMicros <= 0) return after.equityMicros >= before.equityMicros - slack;
  const equity = BigInt(after.equityMicros) + BigInt(slack);
  return (
    equity * BigInt(before.maintenanceMicros) >= BigInt(before.equityMicros) * BigInt(after.maintenanceMicros)
  );
}

/** Is an account with `after` healthier than with `before`: more equity per requirement, multiplied out? */
export function isHealthier(before: AccountFigures, after: AccountFigures): boolean {
  if (after.maintenanceMicros > before.maintenanceMicros) return false;
  if (after.maintenanceMicros === 0)
    return after.equityMicros >= 0 || after.equityMicros >= before.equityMicros;
  // An account whose equity is gone gets no healthier by shrinking: what closing costs would be someone else's loss.
  if (before.equityMicros <= 0) return after.equityMicros >= before.equityMicros;
  return (
    BigInt(after.equityMicros) * BigInt(before.maintenanceMicros) >
    BigInt(before.equityMicros) * BigInt(after.maintenanceMicros)
  );
}
