import { type Engine, type Role } from "../../clearing/index.ts";
import { bitsOf } from "../../clearing/identity/index.ts";

/** Roles whose holders see every account: they must, to do their work. */
const officers: readonly Role[] = ["admin", "operator", "risk", "guardian", "treasurer"];
const officerBits = bitsOf(officers);

export function isOfficer({ stores }: Engine, signer: string): boolean {
  const { signers } = stores.identity;
  const found = signers.find(signer);
  return found >= 0 && (signers.roles(found) & officerBits) !== 0;
}

/** Does the signer settle withdrawals? */
export function isTreasurer({ stores }: Engine, signer: string): boolean {
  const { signers } = stores.identity;
  const found = signers.find(signer);
  return found >= 0 && (signers.roles(found) & bitsOf(["treasurer"])) !== 0;
}

function actsFor({ stores, timeMs }: Engine, signer: string, account: number): boolean {
  const { signers } = stores.identity;
  const found = signers.find(signer);
  const grant = found < 0 ? undefined : signers.grantFor(found, account);
  return grant !== undefined && (grant.expiryMs === 0 || timeMs < grant.expiryMs);
}

/** May this signer see the account: as its owner, by a permission that its owner gave, or as one of the venue's officers? */
export function mayRead(engine: Engine, signer: string, account: number): boolean {
  const { accounts } = engine.stores;
  if (!accounts.has(account)) return false;
  return accounts.owner(account) === signer || actsFor(engine, signer, account) || isOfficer(engine, signer);
}

/** Accounts that the signer owns or acts for, ascending. */
export function accountsOf(engine: Engine, signer: string): readonly number[] {
  const { accounts, identity } = engine.stores;
  const found = identity.signers.find(signer);
  const granted = found < 0 ? [] : identity.signers.grants(found).map(({ account }) => account);
  const all = new Set([
    ...accounts.accountsOf(signer),
    ...granted.filter((of) => actsFor(engine, signer, of)),
  ]);
  return [...all].sort((a, b) => a - b);
}
