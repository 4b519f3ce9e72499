import { spotPriceFloor } from "../vamm/index.ts";
import { type Machine } from "./machine.ts";
import { poolWorstLoss, sharesOf } from "./pool-worth.ts";

/** Tells how a pool stands. */
export function announcePool(m: Machine, instrument: number): void {
  const pool = m.pools.find(instrument);
  if (!pool) return;
  const { settlementAsset } = m.terms(instrument);
  m.emit({
    type: "poolChanged",
    instrument,
    priceMicros: spotPriceFloor(pool.curve, pool.terms.lotNanos),
    shares: sharesOf(m, pool),
    budgetUnits: m.ledger.balance(pool.budgetAccount, settlementAsset),
    worstLossUnits: poolWorstLoss(m, pool),
  });
}
