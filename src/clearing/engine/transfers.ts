import { type MovementReason, type Rejection, type RejectionCode } from "../protocol/index.ts";
import { type Machine } from "./machine.ts";

/** A refusal as a value. */
export const refuse = (
  code: RejectionCode,
  field: string,
  value: number | string,
  limit: number | string,
): Rejection => ({ code, field, value, limit });

/** Moves `units` ≥ 0 from one account to another and tells each that is not the house's. */
export function move(
  m: Machine,
  from: number,
  to: number,
  asset: number,
  units: number,
  reason: MovementReason,
): void {
  if (units === 0) return;
  m.ledger.transfer(from, to, asset, units);
  if (!m.accounts.isHouse(from)) announce(m, from, asset, -units, reason);
  if (!m.accounts.isHouse(to)) announce(m, to, asset, units, reason);
}

function announce(m: Machine, account: number, asset: number, units: number, reason: MovementReason): void {
  const balanceUnits = m.ledger.balance(account, asset);
  m.emit({ type: "balanceChanged", account, asset, units, balanceUnits, reason });
}

/** Moves a signed amount: positive from the house account to the account, negative the other way. */
export function settle(
  m: Machine,
  account: number,
  house: number,
  asset: number,
  units: number,
  reason: MovementReason,
): void {
  if (units > 0) move(m, house, account, asset, units, reason);
  else if (units < 0) move(m, account, house, asset, -units, reason);
}
