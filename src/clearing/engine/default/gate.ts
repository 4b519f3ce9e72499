import { houseAccount } from "../../accounts/index.ts";
import { mulDivCeil, mulDivFloor } from "../../margin/mul-div.ts";
import { type Rejection } from "../../protocol/index.ts";
import { type Machine } from "../machine.ts";
import { RecordTable } from "../record-table.ts";
import { refuse } from "../transfers.ts";
import { dollarAsset } from "./auctions.ts";
import { fundUnits } from "./fund.ts";

/** What an account took out while a gate was closed. */
export interface GatedWithdrawal {
  /** The account. */
  readonly id: number;
  readonly micros: number;
}

/** Accounts that may take anything out while one gate is closed. */
export const maxGated = 262_144;

export const gatedTable = (): RecordTable<GatedWithdrawal> =>
  new RecordTable("gated-withdrawals", maxGated, {
    encode(record, out) {
      out.u32(record.id);
      out.integer(record.micros);
    },
    decode: (from) => ({ id: from.u32(), micros: from.integer() }),
  });

/** What insolvent accounts lack beyond what the fund has, USD micros: what others may have to share. */
export function uncoveredMicros(m: Machine): number {
  const { shortfallMicros } = m.state;
  if (shortfallMicros === 0) return 0;
  const asset = dollarAsset(m);
  const { markets } = m;
  const scale = markets.assets.columns.unitsPerOne[asset]!;
  const fund = mulDivFloor(fundUnits(m, asset), markets.assetPriceMicros(asset), scale);
  return Math.max(0, shortfallMicros - fund);
}

/** What the vaults hold, USD micros. */
function vaultMicros(m: Machine): number {
  const { ledger, markets } = m;
  let total = 0;
  for (let asset = 0; asset < ledger.assetCount; asset++) {
    const units = Math.max(0, -ledger.balance(houseAccount.vault, asset));
    total += mulDivFloor(units, markets.assetPriceMicros(asset), markets.assets.columns.unitsPerOne[asset]!);
  }
  return Math.min(Number.MAX_SAFE_INTEGER, total);
}

/**
 * While an insolvency is open that the fund cannot cover, an account may take out no more than its share of what would be left if all shared
 * the loss: nobody leaves at the expense of those who stay. Once it is settled everything is free again.
 */
export function checkGate(m: Machine, account: number, asset: number, units: number): Rejection | undefined {
  const uncovered = uncoveredMicros(m);
  const { gated, markets } = m;
  if (uncovered === 0) return undefined;
  const total = vaultMicros(m);
  const known = gated.find(account)?.micros ?? 0;
  const equity = Math.max(0, m.margin.figures(account).equityMicros) + known;
  const kept = total <= 0 ? equity : Math.min(equity, mulDivCeil(equity, Math.min(uncovered, total), total));
  const micros = mulDivCeil(
    units,
    markets.assetPriceMicros(asset),
    markets.assets.columns.unitsPerOne[asset]!,
  );
  const free = Math.max(0, equity - kept - known);
  if (micros > free) return refuse("insolvencyOpen", "units", micros, free);
  return gated.isFull && !gated.find(account) ? refuse("insolvencyOpen", "units", micros, 0) : undefined;
}

/** Remembers what left an account while the gate is closed. */
export function noteGated(m: Machine, account: number, asset: number, units: number): void {
  if (uncoveredMicros(m) === 0) return;
  const { markets, gated } = m;
  const micros = mulDivCeil(
    units,
    markets.assetPriceMicros(asset),
    markets.assets.columns.unitsPerOne[asset]!,
  );
  gated.put({ id: account, micros: (gated.find(account)?.micros ?? 0) + micros });
}
