import { invariant } from "../../quantity/error.ts";
import { type MarginMode } from "../protocol/commands.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { grown } from "../state/columns.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";

/** Accounts of the house, opened at genesis under these numbers. */
export const houseAccount = {
  /** Minus what the vaults hold: a deposit is a transfer from here. */
  vault: 0,
  fees: 1,
  /** Stands between those who owe and those who lend. */
  interest: 2,
  insurance: 3,
  /** Remainders of roundings. */
  dust: 4,
} as const;

/** Most accounts of all owners. */
export const maxAccounts = 0x100_0000;
/** Most accounts of one owner. */
export const maxAccountsPerOwner = 1024;

/** Accounts are counted by modes in blocks of this many numbers. */
export const accountBlock = 1024;

const modes: readonly MarginMode[] = ["isolated", "cross", "portfolio"];

/** Bits of {@link Accounts.flags}. */
export const accountFlag = {
  /** Below its maintenance margin: it may only lessen risk. */
  marginCalled: 1,
} as const;

/** Who owns each account, and what is known of it beside its money. Numbers are given in order of opening. Leaf = account. */
export class Accounts implements StateSection {
  readonly name = "accounts";
  readonly dirty: DirtyLeaves = new DirtyLeaves();

  #owners: string[] = [];
  #labels: string[] = [];
  #modes: Uint8Array = new Uint8Array(64);
  #flags: Uint8Array = new Uint8Array(64);
  #house: Uint8Array = new Uint8Array(64);
  #openOrders: Uint32Array = new Uint32Array(64);
  /** Derived from the leaves: accounts under portfolio margin in each block of numbers. */
  #portfolios: Uint32Array = new Uint32Array(1);
  #byOwner: Map<string, number[]> = new Map();
  #byLabel: Map<string, number> = new Map();

  get count(): number {
    return this.#owners.length;
  }

  get leafCount(): number {
    return this.#owners.length;
  }

  has(account: number): boolean {
    return account >= 0 && account < this.#owners.length;
  }

  /** May this owner open one more? */
  canOpen(owner: string): boolean {
    return this.count < maxAccounts && this.accountsOf(owner).length < maxAccountsPerOwner;
  }

  /** Opens an account of `owner`, a key as in `Envelope.signer`. Ask {@link canOpen} first. */
  open(owner: string, mode: MarginMode): number {
    invariant(owner !== "" && this.canOpen(owner), "an account has an owner, and accounts are bounded");
    return this.#append(owner, "", mode);
  }

  /** May one more be opened at all? */
  get hasRoom(): boolean {
    return this.count < maxAccounts;
  }

  /** Opens an account of the house, which no one can command. */
  openHouse(label: string): number {
    invariant(label !== "" && !this.#byLabel.has(label), "labels of house accounts are unique");
    invariant(this.count < maxAccounts, "accounts are bounded");
    return this.#append("", label, "cross");
  }

  #append(owner: string, label: string, mode: MarginMode): number {
    const account = this.#owners.length;
    this.#reserve(account + 1);
    this.#owners.push(owner);
    this.#labels.push(label);
    this.#setModeCode(account, modes.indexOf(mode));
    this.#house[account] = label === "" ? 0 : 1;
    this.#index(account);
    this.dirty.mark(account);
    return account;
  }

  #index(account: number): void {
    const owner = this.owner(account);
    if (owner === "") {
      this.#byLabel.set(this.label(account), account);
      return;
    }
    const known = this.#byOwner.get(owner);
    if (known) known.push(account);
    else this.#byOwner.set(owner, [account]);
  }

  /** Empty for accounts of the house. */
  owner(account: number): string {
    return this.#owners[account] ?? "";
  }

  /** Of an account of the house; empty for others. */
  label(account: number): string {
    return this.#labels[account] ?? "";
  }

  isHouse(account: number): boolean {
    return this.#house[account] === 1;
  }

  /** The account of the house with this label, −1 if there is none. */
  houseAccountOf(label: string): number {
    return this.#byLabel.get(label) ?? -1;
  }

  /** In ascending order. */
  accountsOf(owner: string): readonly number[] {
    return this.#byOwner.get(owner) ?? [];
  }

  mode(account: number): MarginMode {
    return modes[this.modeCode(account)] ?? "cross";
  }

  /** 0 isolated, 1 cross, 2 portfolio. */
  modeCode(account: number): number {
    return this.#modes[account] ?? 1;
  }

  setMode(account: number, mode: MarginMode): void {
    this.#setModeCode(account, modes.indexOf(mode));
    this.dirty.mark(account);
  }

  #setModeCode(account: number, code: number): void {
    const block = Math.floor(account / accountBlock);
    const change = (code === 2 ? 1 : 0) - (this.#modes[account] === 2 ? 1 : 0);
    this.#modes[account] = code;
    if (block >= this.#portfolios.length) {
      this.#portfolios = grown(this.#portfolios, Math.max(block + 1, this.#portfolios.length * 2));
    }
    this.#portfolios[block]! += change;
  }

  /** Accounts under portfolio margin among the {@link accountBlock} numbers from `block × accountBlock` on. */
  portfoliosInBlock(block: number): number {
    return this.#portfolios[block] ?? 0;
  }

  hasFlag(account: number, flag: number): boolean {
    return ((this.#flags[account] ?? 0) & flag) !== 0;
  }

  setFlag(account: number, flag: number, on: boolean): void {
    const flags = this.#flags[account] ?? 0;
    const next = on ? flags | flag : flags & ~flag;
    if (next === flags) return;
    this.#flags[account] = next;
    this.dirty.mark(account);
  }

  /** Number of open orders, waiting ones included. */
  openOrders(account: number): number {
    return this.#openOrders[account] ?? 0;
  }

  addOpenOrders(account: number, change: number): void {
    const next = this.openOrders(account) + change;
    invariant(next >= 0, "open orders are counted");
    this.#openOrders[account] = next;
    this.dirty.mark(account);
  }

  #reserve(count: number): void {
    if (count <= this.#modes.length) return;
    const capacity = Math.max(count, this.#modes.length * 2);
    this.#modes = grown(this.#modes, capacity);
    this.#flags = grown(this.#flags, capacity);
    this.#house = grown(this.#house, capacity);
    this.#openOrders = grown(this.#openOrders, capacity);
  }

  encodeLeaf(account: number, out: ByteWriter): void {
    out.text(this.owner(account));
    out.text(this.label(account));
    out.u8(this.modeCode(account));
    out.u8(this.#flags[account] ?? 0);
    out.u32(this.openOrders(account));
  }

  decodeLeaf(account: number, from: ByteReader): void {
    invariant(account === this.count, "accounts are restored in order");
    this.#reserve(account + 1);
    this.#owners.push(from.text());
    this.#labels.push(from.text());
    this.#setModeCode(account, from.u8());
    this.#flags[account] = from.u8();
    this.#openOrders[account] = from.u32();
    this.#house[account] = this.label(account) === "" ? 0 : 1;
    this.#index(account);
  }

  finishRestore(leafCount: number): void {
    invariant(leafCount === this.count, "every account has a leaf");
  }
}

/** Accounts with those of the house already open. */
export function openAccounts(): Accounts {
  const accounts = new Accounts();
  for (const [label, number] of Object.entries(houseAccount)) {
    invariant(accounts.openHouse(label) === number, "house accounts have fixed numbers");
  }
  return accounts;
}
