import { bitsOf, type Permission, permissions } from "./permissions.ts";
import { type KeyGrant, Signers } from "./signers.ts";
import { invariant } from "../../quantity/error.ts";
import {
  type AuthorizeKey,
  type Command,
  type CommandType,
  type Envelope,
  type GrantRole,
  type Rejection,
  type RejectionCode,
  type RevokeKey,
  signerKind,
} from "../protocol/index.ts";
import { grown } from "../state/columns.ts";
import { type StateSection } from "../state/section.ts";

/** Who owns which account: the view of the accounts that authority needs. */
export interface Owners {
  /** Accounts are numbered 0 … count − 1. */
  readonly count: number;
  /** The signer that opened the account; for accounts of the house a name that is no signer. */
  owner(account: number): string;
}

/** Limits that keep what one party can make the machine remember small. */
export const identityLimits = {
  signers: 0x40_0000,
  /** Session keys that act for one account at a time. */
  keysPerAccount: 16,
  /** Accounts that one session key acts for. */
  accountsPerKey: 16,
  /** Session keys that the owner of one account may ever introduce. */
  keysEverPerAccount: 4096,
} as const;

const roleMasks: ReadonlyMap<Permission, number> = new Map(
  Object.values(permissions).map((permission) => [
    permission,
    permission.by === "role" ? bitsOf(permission.roles) : 0,
  ]),
);

/** A load by a name that varies is slow; those of the common commands are by names that do not. */
function permissionFor(type: CommandType): Permission {
  if (type === "placeOrder") return permissions.placeOrder;
  if (type === "cancelOrder") return permissions.cancelOrder;
  if (type === "amendOrder") return permissions.amendOrder;
  if (type === "massQuote") return permissions.massQuote;
  return permissions[type];
}

/**
 * Who may do what: roles, owners, session keys and used nonces. {@link authorize} looks and changes nothing; the other methods change
 * state and are called once all checks of a command are done.
 */
export class Identity {
  readonly signers: Signers = new Signers(() => this.#rebuild());
  readonly sections: readonly StateSection[] = [this.signers];
  /** Derived: how many keys act for an account, and how many it introduced. */
  readonly #keyCounts = new Map<number, number>();
  readonly #keysEver = new Map<number, number>();
  #adminCount = 0;
  /** By account: the number plus one of the signer that acted for it last. Derived; where it stands decides nothing. */
  #lastActors: Int32Array = new Int32Array(64);

  /**
   * Why the envelope's signer may not send its command, or undefined. Reasons in the order of the list of rejections: unknownSigner,
   * expiredDeadline, nonceUsed, notAuthorized, keyExpired; then unknownAccount, for commands of an account's owner.
   */
  authorize(envelope: Envelope, owners: Owners): Rejection | undefined {
    const { signer: key, command } = envelope;
    const permission = permissionFor(command.type);
    if (key === "") {
      return permission.by === "sequencer"
        ? undefined
        : refuse("notAuthorized", "signer", "none", "a signer: the sequencer sends genesis and tick alone");
    }
    const account = accountOf(command) ?? -1;
    const signer = this.#find(key, account, owners);
    const opens = permission.by === "address" && signerKind(key) === "address";
    if (!opens && !this.signers.isKnown(signer)) {
      return refuse("unknownSigner", "signer", key, "a signer that holds a role, an account or a permission");
    }
    const { deadlineMs, nonce, timeMs } = envelope;
    if (deadlineMs !== 0 && timeMs > deadlineMs) {
      return refuse("expiredDeadline", "deadlineMs", deadlineMs, `at least ${timeMs}`);
    }
    if (signer >= 0 && this.signers.nonces.isUsed(signer, nonce)) {
      return refuse("nonceUsed", "nonce", nonce, `above ${this.signers.nonces.highest(signer)}, or unused`);
    }
    if (permission.by === "owner") {
      return this.#authorizeOwner(signer, key, account, permission, envelope, owners);
    }
    if (permission.by === "role") {
      return (this.signers.roles(signer) & (roleMasks.get(permission) ?? 0)) !== 0
        ? undefined
        : refuse("notAuthorized", "signer", key, `a holder of the role ${permission.roles.join(" or ")}`);
    }
    return opens
      ? undefined
      : refuse("notAuthorized", "signer", key, permission.by === "address" ? "an address" : "the sequencer");
  }

  /** The signer's number. Whoever acted for an account last mostly acts for it again: then one comparison tells. */
  #find(key: string, account: number, owners: Owners): number {
    if (account < 0 || account >= owners.count) return this.signers.find(key);
    if (account >= this.#lastActors.length) {
      this.#lastActors = grown(this.#lastActors, Math.max(owners.count, this.#lastActors.length * 2));
    }
    const signer = this.signers.find(key, this.#lastActors[account]! - 1);
    this.#lastActors[account] = signer + 1;
    return signer;
  }

  #authorizeOwner(
    signer: number,
    key: string,
    account: number,
    permission: Extract<Permission, { readonly by: "owner" }>,
    { command, timeMs }: Envelope,
    owners: Owners,
  ): Rejection | undefined {
    invariant(account >= 0, "a command of an owner names its account");
    if (account >= owners.count) {
      return refuse("unknownAccount", "account", account, `below ${owners.count}`);
    }
    const owner = owners.owner(account);
    if (owner !== key) {
      const { session } = permission;
      const grant = this.signers.grantFor(signer, account);
      if (grant === undefined || session === undefined || !grant[session]) {
        const limit = session === undefined ? "its owner" : `its owner, or a key with ${session}`;
        return refuse("notAuthorized", "account", account, limit);
      }
      if (grant.expiryMs !== 0 && timeMs >= grant.expiryMs) {
        return refuse("keyExpired", "timeMs", timeMs, `below ${grant.expiryMs}`);
      }
    }
    if (command.type === "transfer") {
      if (command.to >= owners.count)
        return refuse("unknownAccount", "to", command.to, `below ${owners.count}`);
      if (owners.owner(command.to) !== owner) {
        return refuse("notAuthorized", "to", command.to, "an account of the same owner");
      }
    }
    return undefined;
  }

  /** Refuses an order above the limit of the session key that signed it. `notionalMicros` is in micros of USD. */
  checkNotional(
    envelope: Envelope,
    account: number,
    notionalMicros: number,
    field: string,
  ): Rejection | undefined {
    if (signerKind(envelope.signer) !== "sessionKey") return undefined;
    const grant = this.signers.grantFor(this.signers.find(envelope.signer), account);
    const limit = grant?.maxOrderNotionalMicros ?? 0;
    if (limit === 0 || notionalMicros <= limit) return undefined;
    return refuse("overKeyLimit", field, notionalMicros, `at most ${limit} micros of notional`);
  }

  /** Marks the envelope's nonce as used, if its signer was ever given anything. To be called after success and after rejections. */
  useNonce({ signer: key, nonce }: Envelope): void {
    const signer = this.signers.find(key);
    if (signer >= 0) this.signers.useNonce(signer, nonce);
  }

  /** Makes the first admins. */
  begin(admins: readonly string[]): void {
    for (const admin of admins) this.#setRole(this.#signer(admin, -1), bitsOf(["admin"]), true);
  }

  /** Whether one more account can be opened by this signer. */
  checkOwner(key: string): Rejection | undefined {
    return this.signers.find(key) < 0 ? this.#checkCapacity() : undefined;
  }

  /** Makes the owner of a new account a known signer. */
  accountOpened(owner: string): void {
    this.signers.countAccount(this.#signer(owner, -1));
  }

  /** Gives or takes a role. Refused when nothing would change, and when no admin would be left. */
  grantRole({ key, role, granted }: GrantRole): Rejection | undefined {
    const bit = bitsOf([role]);
    const signer = this.signers.find(key);
    const held = signer >= 0 && (this.signers.roles(signer) & bit) !== 0;
    if (held === granted) return refuse("alreadyDone", "granted", String(granted), String(!granted));
    if (!granted && role === "admin" && this.#adminCount === 1) {
      return refuse("notAuthorized", "granted", "false", "true: one admin must remain");
    }
    const full = signer < 0 ? this.#checkCapacity() : undefined;
    if (full !== undefined) return full;
    this.#setRole(this.#signer(key, -1), bit, granted);
    return undefined;
  }

  #setRole(signer: number, bit: number, granted: boolean): void {
    const before = this.signers.roles(signer);
    const after = granted ? before | bit : before & ~bit;
    const admin = bitsOf(["admin"]);
    this.#adminCount += ((after & admin) === 0 ? 0 : 1) - ((before & admin) === 0 ? 0 : 1);
    this.signers.setRoles(signer, after);
  }

  /** Lets a session key act for an account, or changes what it may. Refused beyond {@link identityLimits}. */
  authorizeKey(command: AuthorizeKey): Rejection | undefined {
    const { account, key, canTrade, canTransfer, expiryMs, maxOrderNotionalMicros } = command;
    const found = this.signers.find(key);
    const others = (found < 0 ? [] : this.signers.grants(found)).filter((grant) => grant.account !== account);
    const isNew = found < 0 || this.signers.grantFor(found, account) === undefined;
    if (isNew) {
      const full = this.#checkNewKey(account, found, others.length);
      if (full !== undefined) return full;
    }
    const grant: KeyGrant = { account, canTrade, canTransfer, expiryMs, maxOrderNotionalMicros };
    const signer = this.#signer(key, account);
    this.signers.setGrants(signer, [...others, grant]);
    if (isNew) addTo(this.#keyCounts, account, 1);
    return undefined;
  }

  #checkNewKey(account: number, found: number, otherCount: number): Rejection | undefined {
    const { accountsPerKey, keysPerAccount, keysEverPerAccount } = identityLimits;
    const keys = this.#keyCounts.get(account) ?? 0;
    if (keys >= keysPerAccount)
      return refuse("overCapacity", "key", keys + 1, `${keysPerAccount} per account`);
    if (otherCount >= accountsPerKey) {
      return refuse("overCapacity", "account", otherCount + 1, `${accountsPerKey} per key`);
    }
    if (found >= 0) return undefined;
    const ever = this.#keysEver.get(account) ?? 0;
    if (ever >= keysEverPerAccount) {
      return refuse("overCapacity", "key", ever + 1, `${keysEverPerAccount} over the account's life`);
    }
    return this.#checkCapacity();
  }

  /** Takes a session key's permission for an account away. */
  revokeKey({ account, key }: RevokeKey): Rejection | undefined {
    const signer = this.signers.find(key);
    if (signer < 0 || this.signers.grantFor(signer, account) === undefined) {
      return refuse("alreadyDone", "key", key, "a key that acts for the account");
    }
    this.signers.setGrants(
      signer,
      this.signers.grants(signer).filter((grant) => grant.account !== account),
    );
    addTo(this.#keyCounts, account, -1);
    return undefined;
  }

  /** Rebuilds what is derived from the signers' leaves. */
  #rebuild(): void {
    this.#keyCounts.clear();
    this.#keysEver.clear();
    this.#adminCount = 0;
    for (let signer = 0; signer < this.signers.leafCount; signer++) {
      if ((this.signers.roles(signer) & bitsOf(["admin"])) !== 0) this.#adminCount++;
      for (const { account } of this.signers.grants(signer)) addTo(this.#keyCounts, account, 1);
      const introducedBy = this.signers.introducedBy(signer);
      if (introducedBy >= 0) addTo(this.#keysEver, introducedBy, 1);
    }
  }

  #checkCapacity(): Rejection | undefined {
    const { signers } = identityLimits;
    return this.signers.leafCount >= signers
      ? refuse("overCapacity", "signer", this.signers.leafCount + 1, `${signers} signers`)
      : undefined;
  }

  #signer(key: string, introducedBy: number): number {
    const found = this.signers.find(key);
    if (found >= 0) return found;
    if (introducedBy >= 0) addTo(this.#keysEver, introducedBy, 1);
    return this.signers.add(key, introducedBy);
  }
}

/** The account that a command names, if it does. */
export function accountOf(command: Command): number | undefined {
  // The usual ones first: to ask whether a property is there takes longer.
  if (command.type === "placeOrder" || command.type === "cancelOrder") return command.account;
  return "account" in command ? command.account : undefined;
}

function addTo(counts: Map<number, number>, account: number, change: number): void {
  const count = (counts.get(account) ?? 0) + change;
  if (count === 0) counts.delete(account);
  else counts.set(account, count);
}

const refuse = (code: RejectionCode, field: string, value: number | string, limit: string): Rejection => ({
  code,
  field,
  value,
  limit,
});
