import { type AccountFigures } from "../../margin/fixed-rate.ts";
import { clampMoney, mulDivCeil } from "../../margin/mul-div.ts";
import { type Machine } from "../machine.ts";
import { type Liquidation } from "./liquidation-table.ts";

const million = 1_000_000;

/** Maintenance requirement and a share of it on top, USD micros, rounded up. */
const withBuffer = (maintenanceMicros: number, ppm: number): number =>
  Math.min(Number.MAX_SAFE_INTEGER, maintenanceMicros + mulDivCeil(maintenanceMicros, ppm, million));

/** Equity at which an account with these requirements is out of danger, USD micros: a buffer above maintenance, at most its initial requirement. */
export function restoredMicros(m: Machine, { initialMicros, maintenanceMicros }: AccountFigures): number {
  const buffered = withBuffer(maintenanceMicros, m.markets.liquidation.get("bufferPpm"));
  return Math.max(maintenanceMicros, Math.min(initialMicros, buffered));
}

/** Is an account out of danger? */
export const isRestored = (m: Machine, figures: AccountFigures): boolean =>
  figures.equityMicros >= Math.max(0, restoredMicros(m, figures));

/** Is so little equity left that steps would eat what pays for taking the whole over, and that the fund may have to pay bidders? */
export function isThin(m: Machine, { equityMicros, maintenanceMicros }: AccountFigures): boolean {
  const share = m.markets.liquidation.get("auctionPpm");
  return equityMicros <= Math.floor((maintenanceMicros / million) * share);
}

/** Equity at which a liquidation ends of itself, USD micros: so many times maintenance as the venue lessens leverage to, at least {@link restoredMicros}. */
export const targetMicros = (m: Machine, figures: AccountFigures): number =>
  clampMoney(wideTarget(m, figures));

/** The same, also where a large account's is more than money can be: a float64 next to it, then. */
function wideTarget(m: Machine, figures: AccountFigures): number {
  const deleverPpm = m.markets.liquidation.get("deleverPpm");
  const restored = restoredMicros(m, figures);
  if (deleverPpm <= million) return restored;
  return Math.max(restored, mulDivCeil(figures.maintenanceMicros, deleverPpm, million));
}

/** How much an account lacks to its target, USD micros: negative once it has more. Larger steps bring even the largest account nearer to it. */
export const lackMicros = (m: Machine, figures: AccountFigures): number =>
  wideTarget(m, figures) - figures.equityMicros;

/**
 * Is a liquidation over? Once equity is at its target; or the account is out of danger and either has no leverage left to lessen, or got its equity back
 * by the market: as much as its requirement when it began would need, which no step brings.
 */
export function isCured(
  m: Machine,
  { id, startMaintenanceMicros }: Liquidation,
  figures: AccountFigures,
): boolean {
  const { equityMicros } = figures;
  if (!isRestored(m, figures)) return false;
  if (equityMicros >= targetMicros(m, figures) || !isLevered(m, id)) return true;
  return equityMicros >= withBuffer(startMaintenanceMicros, m.markets.liquidation.get("bufferPpm"));
}

/** Has the account a position or a debt? */
function isLevered({ positions, ledger }: Machine, account: number): boolean {
  if (positions.count(account) > 0) return true;
  for (let asset = 0; asset < ledger.assetCount; asset++) if (ledger.balance(account, asset) < 0) return true;
  return false;
}

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
