import { houseAccount } from "../../accounts/index.ts";
import { mulDivFloor } from "../../margin/mul-div.ts";
import { type Machine } from "../machine.ts";
import { RecordTable } from "../record-table.ts";
import { move } from "../transfers.ts";
import { announceFund, tranchesInOrder } from "./fund.ts";

const million = 1_000_000;
const minuteMs = 60_000;

/** How much of the house's fees in an asset the fund has had its share of. */
export interface FeeShare {
  /** The asset. */
  readonly id: number;
  /** Balance of the house's account of fees when it last did. */
  readonly seenUnits: number;
}

export const feeShareTable = (): RecordTable<FeeShare> =>
  new RecordTable("fee-shares", 65_536, {
    encode(record, out) {
      out.u32(record.id);
      out.integer(record.seenUnits);
    },
    decode: (from) => ({ id: from.u32(), seenUnits: from.integer() }),
  });

/** Once a minute: the fund's share of the fees that came in since. */
export function shareFees(m: Machine): void {
  const { state, ledger, feeShares } = m;
  const minute = Math.floor(state.timeMs / minuteMs);
  if (minute === state.feeMinute) return;
  state.feeMinute = minute;
  const sharePpm = m.markets.liquidation.get("feeSharePpm");
  for (let asset = 0; asset < ledger.assetCount; asset++) {
    const balance = ledger.balance(houseAccount.fees, asset);
    const seen = feeShares.find(asset)?.seenUnits ?? 0;
    if (balance === seen) continue;
    const units =
      balance > seen && balance > 0 ? Math.min(balance, mulDivFloor(balance - seen, sharePpm, million)) : 0;
    if (units > 0) {
      move(m, houseAccount.fees, houseAccount.insurance, asset, units, "insurance");
      announceFund(m, tranchesInOrder(m, -1)[0]!, asset);
    }
    feeShares.put({ id: asset, seenUnits: balance - units });
  }
}
