import { mulDivCeil } from "../../quantity/money.ts";
import { fundingScale } from "../funding/index.ts";
import { safeInteger } from "../../quantity/safe-integer.ts";
import { type Machine } from "./machine.ts";
import { settle } from "./transfers.ts";

/** Funding of a slot of the positions since it was last settled, rounded down: positive is received, negative owed. */
export function fundingDueFloor(m: Machine, slot: number): number {
  const { positions, markets } = m;
  const now = markets.fundingPerLot(positions.instruments[slot]!);
  const then = positions.fundingIndex[slot]!;
  if (now === then) return 0;
  const owed = mulDivCeil(BigInt(positions.lots[slot]!), now - then, fundingScale);
  return 0 - safeInteger(owed, "funding of a position");
}

/** Pays what a perpetual's position owes, or is due, up to now. Before every change of the position. */
export function settleFunding(m: Machine, account: number, instrument: number): void {
  const { positions, markets } = m;
  const slot = positions.find(account, instrument);
  if (slot < 0 || positions.lots[slot] === 0) return;
  const now = markets.fundingPerLot(instrument);
  if (positions.fundingIndex[slot] === now) return;
  const units = fundingDueFloor(m, slot);
  positions.setFundingIndex(account, instrument, now);
  if (units === 0) return;
  const { clearingAccount, settlementAsset } = m.terms(instrument);
  m.emit({ type: "fundingPaid", account, instrument, units });
  settle(m, account, clearingAccount, settlementAsset, units, "funding");
}
