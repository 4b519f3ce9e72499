import { type MarginMode, type Machine as Stores } from "../../clearing/index.ts";
import { accountFlag } from "../../clearing/accounts/index.ts";
import { type Product, productOf } from "./tally.ts";

/** Every account looked at once. */
export interface Census {
  readonly timeMs: number;
  /** Of owners; the house's own are not counted. */
  readonly accounts: number;
  readonly byMode: Readonly<Record<MarginMode, number>>;
  /** With a position. */
  readonly exposed: number;
  readonly equityUsd: number;
  readonly calledNow: number;
  readonly belowMaintenance: number;
  /** What those below would need to be at it, USD. */
  readonly shortfallUsd: number;
  readonly negative: number;
  /** Sum of negative equities, USD, as a positive number: what liquidation came too late for. */
  readonly negativeUsd: number;
  /** Largest single one. */
  readonly worstNegativeUsd: number;
  readonly openInterestUsd: Readonly<Record<Product, number>>;
}

export function takeCensus(stores: Stores): Census {
  const { accounts, margin, positions, markets, state } = stores;
  const byMode: Record<MarginMode, number> = { isolated: 0, cross: 0, portfolio: 0 };
  let [count, exposed, equityUsd, calledNow, belowMaintenance, shortfallUsd] = [0, 0, 0, 0, 0, 0];
  let [negative, negativeUsd, worstNegativeUsd] = [0, 0, 0];
  for (let account = 0; account < accounts.count; account++) {
    if (accounts.isHouse(account)) continue;
    count++;
    byMode[accounts.mode(account)]++;
    if (positions.count(account) > 0) exposed++;
    if (accounts.hasFlag(account, accountFlag.marginCalled)) calledNow++;
    const { equityMicros, maintenanceMicros } = margin.figures(account);
    equityUsd += equityMicros / 1e6;
    if (equityMicros < maintenanceMicros) {
      belowMaintenance++;
      shortfallUsd += (maintenanceMicros - equityMicros) / 1e6;
    }
    if (equityMicros < 0) {
      negative++;
      negativeUsd -= equityMicros / 1e6;
      worstNegativeUsd = Math.max(worstNegativeUsd, -equityMicros / 1e6);
    }
  }
  const openInterestUsd: Record<Product, number> = {
    spot: 0,
    perpetual: 0,
    "inverse perpetual": 0,
    future: 0,
    option: 0,
  };
  for (let instrument = 0; instrument < markets.instruments.count; instrument++) {
    const lots = positions.openInterest(instrument);
    if (lots > 0) openInterestUsd[productOf(stores, instrument)] += lots * lotUsd(stores, instrument);
  }
  return {
    timeMs: state.timeMs,
    accounts: count,
    byMode,
    exposed,
    equityUsd,
    calledNow,
    belowMaintenance,
    shortfallUsd,
    negative,
    negativeUsd,
    worstNegativeUsd,
    openInterestUsd,
  };
}

/** USD of a lot at the index. */
function lotUsd({ markets }: Stores, instrument: number): number {
  const { instruments } = markets;
  if (instruments.get("inverse", instrument) === 1) return instruments.get("lotUsdMicros", instrument) / 1e6;
  const index = markets.indexMicros(instruments.get("underlying", instrument));
  return (index / 1e6) * (instruments.get("lotNanos", instrument) / 1e9);
}
