import { maxAccountsPerOwner } from "../accounts/index.ts";
import {
  type AuthorizeKey,
  type Envelope,
  type OpenAccount,
  type Rejection,
  type RevokeKey,
  type SetMarginMode,
} from "../protocol/index.ts";
import { type Machine } from "./machine.ts";
import { refuse } from "./transfers.ts";

export function openAccount(
  m: Machine,
  { marginMode }: OpenAccount,
  { signer }: Envelope,
): Rejection | undefined {
  const { accounts, identity } = m;
  const full = identity.checkOwner(signer);
  if (full) return full;
  if (!accounts.canOpen(signer)) {
    return refuse("overCapacity", "account", accounts.accountsOf(signer).length, maxAccountsPerOwner);
  }
  const account = accounts.open(signer, marginMode);
  identity.accountOpened(signer);
  m.emit({ type: "accountOpened", account, owner: signer, marginMode });
  return undefined;
}

/** Another way to be margined, if the account meets its initial requirement that way. */
export function setMarginMode(m: Machine, { account, marginMode }: SetMarginMode): Rejection | undefined {
  const { accounts, margin } = m;
  if (accounts.mode(account) === marginMode) {
    return refuse("alreadyDone", "marginMode", marginMode, "another mode");
  }
  const refused = margin.checkMode(account, marginMode);
  if (refused) return refused;
  accounts.setMode(account, marginMode);
  m.emit({ type: "marginModeChanged", account, marginMode });
  return undefined;
}

export function authorizeKey(m: Machine, command: AuthorizeKey): Rejection | undefined {
  const refused = m.identity.authorizeKey(command);
  if (refused) return refused;
  const { account, key, expiryMs } = command;
  m.emit({ type: "keyAuthorized", account, key, expiryMs });
  return undefined;
}

export function revokeKey(m: Machine, command: RevokeKey): Rejection | undefined {
  const refused = m.identity.revokeKey(command);
  if (refused) return refused;
  const { account, key } = command;
  m.emit({ type: "keyRevoked", account, key });
  return undefined;
}
