import {
  type ListAsset,
  type ListInstrument,
  type ListUnderlying,
  type Rejection,
} from "../protocol/index.ts";
import { type LendingTerms } from "../lending/index.ts";
import { maxAccounts } from "../accounts/index.ts";
import { type Machine } from "./machine.ts";
import { clearingLabel } from "./terms.ts";
import { refuse } from "./transfers.ts";

/** Lending terms of an asset as they are in force. */
export function lendingTerms(m: Machine, asset: number): LendingTerms {
  const { assets } = m.markets;
  return {
    rateAtZeroPpm: assets.get("rateAtZeroPpm", asset),
    rateAtOptimumPpm: assets.get("rateAtOptimumPpm", asset),
    rateAtFullPpm: assets.get("rateAtFullPpm", asset),
    optimalUsePpm: assets.get("optimalUsePpm", asset),
    reserveSharePpm: assets.get("reserveSharePpm", asset),
  };
}

export function listAsset(m: Machine, { asset }: ListAsset): Rejection | undefined {
  const listed = m.markets.listAsset(asset, m.marketSink);
  if ("rejection" in listed) return listed.rejection;
  m.ledger.addAsset(asset.borrowable ? lendingTerms(m, listed.index) : undefined);
  return undefined;
}

export function listUnderlying(m: Machine, { underlying }: ListUnderlying): Rejection | undefined {
  const listed = m.markets.listUnderlying(underlying, m.marketSink);
  return "rejection" in listed ? listed.rejection : undefined;
}

export function listInstrument(m: Machine, { instrument: spec }: ListInstrument): Rejection | undefined {
  const { accounts, markets } = m;
  if (accounts.count >= maxAccounts) return refuse("overCapacity", "instrument", accounts.count, maxAccounts);
  if (accounts.houseAccountOf(clearingLabel(spec.name)) >= 0) {
    return refuse("alreadyListed", "instrument.name", spec.name, "a new name");
  }
  const listed = markets.listInstrument(spec, m.marketSink);
  if ("rejection" in listed) return listed.rejection;
  accounts.openHouse(clearingLabel(spec.name));
  return undefined;
}
