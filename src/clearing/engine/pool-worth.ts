import { mulDivFloor } from "../../quantity/money.ts";
import { clampMoney } from "../margin/mul-div.ts";
import { closingObligation, type VammState, worstLossCeil } from "../vamm/index.ts";
import { fundingDueFloor } from "./funding.ts";
import { type Machine } from "./machine.ts";
import { type PoolState } from "./pool-states.ts";

/** Units of the settlement asset that lots are worth at a price, rounded down. Linear instruments. */
export function worthFloor(lots: number, lotNanos: number, priceMicros: number): number {
  const worth = mulDivFloor(BigInt(lots) * BigInt(lotNanos), BigInt(priceMicros), 1_000_000_000n);
  // At a price that is no market's, the worth is only said to be large.
  return clampMoney(Number(worth));
}

/**
 * What a pool is worth at the index, settlement units rounded down: its collateral, the profit of its position, and the funding that is
 * due on it.
 */
export function poolEquityFloor(m: Machine, pool: PoolState): number {
  const { settlementAsset, lotNanos, underlying } = m.terms(pool.instrument);
  const balance = m.ledger.balance(pool.account, settlementAsset);
  const slot = m.positions.find(pool.account, pool.instrument);
  if (slot < 0) return balance;
  const lots = m.positions.lots[slot]!;
  const worth = worthFloor(lots, lotNanos, m.markets.indexMicros(underlying));
  return balance + worth - m.positions.entryUnits[slot]! + fundingDueFloor(m, slot);
}

/**
 * What shares are priced at. A trade moves the curve from the index, which the index books as the pool's profit until the trade is taken
 * back: whoever pays in pays for the dearer of the worth at the index and that were all positions closed along the curve, and who leaves
 * gets the cheaper.
 */
export function poolWorthRange(m: Machine, pool: PoolState): { readonly low: number; readonly high: number } {
  const atIndex = poolEquityFloor(m, pool);
  const slot = m.positions.find(pool.account, pool.instrument);
  const obligation = slot < 0 ? undefined : closingObligation(pool.curve);
  if (obligation === undefined) return { low: atIndex, high: atIndex };
  const { settlementAsset } = m.terms(pool.instrument);
  const balance = m.ledger.balance(pool.account, settlementAsset);
  const closed = balance - m.positions.entryUnits[slot]! - obligation + fundingDueFloor(m, slot);
  return { low: Math.min(atIndex, closed), high: Math.max(atIndex, closed) };
}

/** Most that the pool can still lose from the present index on, which counts as no further away than its bounds, were its curve `curve`. */
export function poolWorstLoss(m: Machine, pool: PoolState, curve: VammState = pool.curve): number {
  const { minPriceMicros, maxPriceMicros } = pool.terms;
  const index = m.markets.indexMicros(m.terms(pool.instrument).underlying);
  return worstLossCeil(curve, pool.terms, Math.min(maxPriceMicros, Math.max(minPriceMicros, index)));
}

/** Shares of a pool that accounts hold: its own account owes them. */
export const sharesOf = (m: Machine, pool: PoolState): number =>
  0 - m.ledger.balance(pool.account, pool.shareAsset);
