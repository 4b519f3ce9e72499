import { houseAccount } from "../accounts/index.ts";
import {
  type Deposit,
  type Rejection,
  type SettleWithdrawal,
  type Transfer,
  type Withdraw,
} from "../protocol/index.ts";
import { checkSpend } from "./cash.ts";
import { checkGate, noteGated } from "./default/gate.ts";
import { largestBalanceUnits, maxWithdrawalsPerAccount } from "./limits.ts";
import { type Machine } from "./machine.ts";
import { restoreMargin } from "./margin-watch.ts";
import { move, refuse } from "./transfers.ts";

/** What the vaults hold of an asset. */
const vaultUnits = (m: Machine, asset: number): number => 0 - m.ledger.balance(houseAccount.vault, asset);

function checkAsset(m: Machine, asset: number): Rejection | undefined {
  const { assets } = m.markets;
  return assets.has(asset) ? undefined : refuse("unknownAsset", "asset", asset, `below ${assets.count}`);
}

/** A halted venue lets nothing out; deposits still come in. */
export const checkOpen = (m: Machine): Rejection | undefined =>
  m.state.status === "halted" ? refuse("venueHalted", "status", "halted", "an open venue") : undefined;

/** May this much be added to the account's balance without any figure coming near the ends of the safe integers? */
function checkRoom(m: Machine, account: number, asset: number, units: number): Rejection | undefined {
  const balance = m.ledger.balance(account, asset) + units;
  return balance <= largestBalanceUnits
    ? undefined
    : refuse("overCapacity", "units", balance, largestBalanceUnits);
}

const checkUnits = (units: number): Rejection | undefined =>
  Number.isSafeInteger(units) && units > 0
    ? undefined
    : refuse("malformed", "units", units, "a whole number, 1 or more");

export function deposit(m: Machine, { account, asset, units, reference }: Deposit): Rejection | undefined {
  const malformed = checkUnits(units);
  if (malformed) return malformed;
  const { accounts, deposits } = m;
  if (!accounts.has(account) || accounts.isHouse(account)) {
    return refuse("unknownAccount", "account", account, "an account that an owner opened");
  }
  const unknown = checkAsset(m, asset);
  if (unknown) return unknown;
  const refused = deposits.check(reference, m.state.timeMs);
  if (refused) return refused;
  const cap = m.markets.assets.columns.depositCapUnits[asset]!;
  const held = vaultUnits(m, asset) + units;
  if (held > cap) return refuse("overDepositCap", "units", held, cap);
  const full = checkRoom(m, account, asset, units);
  if (full) return full;
  deposits.add(reference, m.state.timeMs);
  move(m, houseAccount.vault, account, asset, units, "deposit");
  restoreMargin(m, account);
  return undefined;
}

export function withdraw(m: Machine, command: Withdraw): Rejection | undefined {
  const { account, asset, units, destination } = command;
  const refused =
    checkUnits(units) ??
    checkAsset(m, asset) ??
    checkOpen(m) ??
    checkSpend(m, account, asset, units, "units");
  if (refused) return refused;
  const inVault = vaultUnits(m, asset) - pendingUnits(m, asset);
  // Lent out: there is not enough until borrowers repay.
  if (units > inVault) return refuse("insufficientBalance", "units", units, inVault);
  const uncovered = m.margin.checkWithdrawal(account, asset, units) ?? checkGate(m, account, asset, units);
  if (uncovered) return uncovered;
  const { state, withdrawals } = m;
  const own = m.ledger.held(account, asset) === 0 ? 0 : ownWithdrawals(m, account, asset);
  if (own >= maxWithdrawalsPerAccount) {
    return refuse("overCapacity", "account", own, maxWithdrawalsPerAccount);
  }
  if (withdrawals.isFull) return refuse("overCapacity", "units", withdrawals.size, withdrawals.capacity);
  const id = state.nextWithdrawal++;
  noteGated(m, account, asset, units);
  m.ledger.hold(account, asset, units);
  withdrawals.put({ id, account, asset, units, destination });
  m.emit({ type: "withdrawalRequested", withdrawal: id, account, asset, units, destination });
  return undefined;
}

/** Units of an asset that pending withdrawals will take. */
const pendingUnits = (m: Machine, asset: number): number =>
  m.withdrawals.all().reduce((sum, pending) => sum + (pending.asset === asset ? pending.units : 0), 0);

/** Pending withdrawals of an asset from one account. */
const ownWithdrawals = (m: Machine, account: number, asset: number): number =>
  m.withdrawals.all().filter((pending) => pending.account === account && pending.asset === asset).length;

export function settleWithdrawal(
  m: Machine,
  { withdrawal, outcome }: SettleWithdrawal,
): Rejection | undefined {
  const { ledger, withdrawals } = m;
  const pending = withdrawals.find(withdrawal);
  if (!pending) return refuse("unknownWithdrawal", "withdrawal", withdrawal, "a pending withdrawal");
  const { account, asset, units } = pending;
  withdrawals.remove(withdrawal);
  ledger.release(account, asset, units);
  m.emit({ type: "withdrawalSettled", withdrawal, account, asset, units, outcome });
  if (outcome === "paid") move(m, account, houseAccount.vault, asset, units, "withdrawal");
  return undefined;
}

/** Between accounts of one owner, which has been checked. */
export function transfer(m: Machine, { account, to, asset, units }: Transfer): Rejection | undefined {
  const malformed = checkUnits(units);
  if (malformed) return malformed;
  if (account === to) return refuse("malformed", "to", to, "another account");
  const refused =
    checkAsset(m, asset) ??
    checkOpen(m) ??
    checkSpend(m, account, asset, units, "units") ??
    m.margin.checkWithdrawal(account, asset, units) ??
    checkGate(m, account, asset, units) ??
    checkRoom(m, to, asset, units);
  if (refused) return refused;
  noteGated(m, account, asset, units);
  move(m, account, to, asset, units, "transfer");
  restoreMargin(m, to);
  return undefined;
}
