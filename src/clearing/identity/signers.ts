import { NonceWindows } from "./nonce-window.ts";
import { invariant } from "../../quantity/error.ts";
import { readSigner, writeSigner } from "../protocol/index.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";

/** What the owner of an account lets a session key do. */
export interface KeyGrant {
  readonly account: number;
  readonly canTrade: boolean;
  readonly canTransfer: boolean;
  /** 0: never lapses. */
  readonly expiryMs: number;
  /** Largest notional of one order, micros of USD. 0: no limit. */
  readonly maxOrderNotionalMicros: number;
}

const noGrants: readonly KeyGrant[] = [];

/**
 * Everyone who was ever given something: a role, an account, or a session key's permission. Signers are numbered in that order and never
 * forgotten, since their used nonces must not be. One leaf each.
 */
export class Signers implements StateSection {
  readonly name = "signers";
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  readonly nonces: NonceWindows = new NonceWindows();
  readonly #numbers = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #roles: number[] = [];
  readonly #accountCounts: number[] = [];
  readonly #introducedBy: number[] = [];
  readonly #grants: (readonly KeyGrant[])[] = [];
  #lastKey = "";
  #lastNumber = -1;
  readonly #onRestored: () => void;

  constructor(onRestored: () => void) {
    this.#onRestored = onRestored;
  }

  get leafCount(): number {
    return this.#keys.length;
  }

  /** The signer's number, −1 for one that was never given anything. `guess` is a number that it may well have. */
  find(key: string, guess: number = -1): number {
    if (key === this.#lastKey) return this.#lastNumber;
    const number = guess >= 0 && this.#keys[guess] === key ? guess : (this.#numbers.get(key) ?? -1);
    if (number >= 0) {
      this.#lastKey = key;
      this.#lastNumber = number;
    }
    return number;
  }

  /** Numbers a new signer. `introducedBy` is the account whose owner authorized it, −1 for an address. */
  add(key: string, introducedBy: number): number {
    const number = this.#keys.length;
    invariant(!this.#numbers.has(key) && key !== "", "a signer is added once");
    this.#numbers.set(key, number);
    this.#keys.push(key);
    this.#roles.push(0);
    this.#accountCounts.push(0);
    this.#introducedBy.push(introducedBy);
    this.#grants.push(noGrants);
    this.nonces.reserve(number);
    this.dirty.mark(number);
    return number;
  }

  key(signer: number): string {
    return this.#keys[signer] ?? "";
  }

  /** Bits of the roles held, see `bitsOf`. */
  roles(signer: number): number {
    return this.#roles[signer] ?? 0;
  }

  setRoles(signer: number, bits: number): void {
    this.#roles[signer] = bits;
    this.dirty.mark(signer);
  }

  /** How many accounts the signer opened. */
  accountCount(signer: number): number {
    return this.#accountCounts[signer] ?? 0;
  }

  countAccount(signer: number): void {
    this.#accountCounts[signer] = this.accountCount(signer) + 1;
    this.dirty.mark(signer);
  }

  /** The account whose owner first authorized this session key, −1 for an address. */
  introducedBy(signer: number): number {
    return this.#introducedBy[signer] ?? -1;
  }

  /** Ascending by account. */
  grants(signer: number): readonly KeyGrant[] {
    return this.#grants[signer] ?? noGrants;
  }

  grantFor(signer: number, account: number): KeyGrant | undefined {
    const grants = this.grants(signer);
    for (let i = 0; i < grants.length; i++) if (grants[i]!.account === account) return grants[i];
    return undefined;
  }

  setGrants(signer: number, grants: readonly KeyGrant[]): void {
    this.#grants[signer] = grants.toSorted((a, b) => a.account - b.account);
    this.dirty.mark(signer);
  }

  /** Whether the signer may ask for anything at all now. */
  isKnown(signer: number): boolean {
    return (
      signer >= 0 &&
      (this.accountCount(signer) > 0 || this.roles(signer) !== 0 || this.grants(signer).length > 0)
    );
  }

  useNonce(signer: number, nonce: number): void {
    if (this.nonces.use(signer, nonce)) this.dirty.mark(signer);
  }

  encodeLeaf(signer: number, out: ByteWriter): void {
    writeSigner(this.key(signer), out);
    out.u8(this.roles(signer));
    out.u32(this.accountCount(signer));
    out.i32(this.introducedBy(signer));
    out.integer(this.nonces.highest(signer));
    const { low, high } = this.nonces.bits(signer);
    out.u32(low);
    out.u32(high);
    const grants = this.grants(signer);
    out.u8(grants.length);
    for (const grant of grants) {
      out.u32(grant.account);
      out.u8((grant.canTrade ? 1 : 0) | (grant.canTransfer ? 2 : 0));
      out.u48(grant.expiryMs);
      out.integer(grant.maxOrderNotionalMicros);
    }
  }

  decodeLeaf(signer: number, from: ByteReader): void {
    const key = readSigner(from);
    invariant(signer === this.#keys.length, "signers are restored in the order of their numbers");
    const roles = from.u8();
    const accountCount = from.u32();
    this.add(key, from.i32());
    this.#roles[signer] = roles;
    this.#accountCounts[signer] = accountCount;
    const highest = from.integer();
    const low = from.u32();
    this.nonces.restore(signer, highest, low, from.u32());
    const grants: KeyGrant[] = [];
    for (let count = from.u8(); count > 0; count--) {
      const account = from.u32();
      const flags = from.u8();
      const expiryMs = from.u48();
      grants.push({
        account,
        canTrade: (flags & 1) !== 0,
        canTransfer: (flags & 2) !== 0,
        expiryMs,
        maxOrderNotionalMicros: from.integer(),
      });
    }
    this.#grants[signer] = grants;
  }

  finishRestore(leafCount: number): void {
    invariant(leafCount === this.#keys.length, "all signers were restored");
    this.#onRestored();
  }
}
