import { invariant } from "../../quantity/error.ts";
import { type Accounts, houseAccount } from "../accounts/accounts.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { type Column, widened } from "../state/columns.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";
import { type LendingTerms } from "../lending/index.ts";
import { type Interest } from "./interest.ts";

/** Largest balance, of either sign, in units. */
export const largestBalance: number = Number.MAX_SAFE_INTEGER;

const largestUnsigned64 = 0xffff_ffff_ffff_ffffn;

/** Told of interest that was paid to a balance (negative: by it) because the balance was about to change. */
export type InterestSink = (account: number, asset: number, units: number) => void;

/** One balance that is not zero. */
export interface Balance {
  readonly asset: number;
  readonly units: number;
  readonly heldUnits: number;
}

/**
 * Balances of all accounts in all assets, in units. Value moves by {@link transfer} alone, from one account to another, so the sum of an
 * asset over all accounts is always 0: the vault account stands at minus what the vaults hold. Interest is settled by the ledger
 * itself, before a balance changes; reads count what is due. Leaf = account.
 */
export class Ledger implements StateSection {
  readonly name = "ledger";
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  readonly #accounts: Accounts;
  readonly #interest: Interest;
  readonly #sink: InterestSink;

  /** Assets for which there is room; row `account × stride + asset` is one balance. */
  #stride = 4;
  #rows = 64;
  #assetCount = 0;
  #balances: Float64Array = new Float64Array(4 * 64);
  #held: Float64Array = new Float64Array(4 * 64);
  /** The asset's index epoch when the balance was last settled; 0: unknown, compare the index. Derived. */
  #epochs: Uint32Array = new Uint32Array(4 * 64);
  /** The interest index when the balance was last settled. Of balances that are not 0 and bear interest. */
  #indices: BigUint64Array = new BigUint64Array(4 * 64);
  /** Interest due that {@link balance} last worked out, and the epoch that it is good for. Derived. */
  #dues: Float64Array = new Float64Array(4 * 64);
  #dueEpochs: Uint32Array = new Uint32Array(4 * 64);
  /** Bits of the index from the 64th on. */
  #indexTops: Uint32Array = new Uint32Array(4 * 64);

  constructor(accounts: Accounts, interest: Interest, sink: InterestSink) {
    this.#accounts = accounts;
    this.#interest = interest;
    this.#sink = sink;
  }

  get leafCount(): number {
    return this.#accounts.count;
  }

  get assetCount(): number {
    return this.#assetCount;
  }

  /** Opens balances in one more asset; its number. Without `terms` it cannot be borrowed and earns nothing. */
  addAsset(terms?: LendingTerms): number {
    const asset = this.#makeRoom();
    const number = this.#interest.addAsset(terms);
    invariant(number === asset, "ledger and interest number assets alike");
    this.dirty.mark(houseAccount.vault);
    return asset;
  }

  #makeRoom(): number {
    const asset = this.#assetCount++;
    if (this.#assetCount > this.#stride) this.#resize(this.#stride * 2, this.#rows);
    return asset;
  }

  /** Balance with the interest due on it. Negative: a debt, or of the house's own accounts. */
  balance(account: number, asset: number): number {
    const row = account * this.#stride + asset;
    if (account >= this.#rows) return 0;
    const units = this.#balances[row]!;
    if (units === 0 || this.#epochs[row] === this.#interest.epochs[asset]) return units;
    return this.#isDue(account, asset) ? units + this.#due(row, asset) : units;
  }

  /** Units set aside for a withdrawal; part of the balance. */
  held(account: number, asset: number): number {
    return account < this.#rows ? this.#held[account * this.#stride + asset]! : 0;
  }

  /** Balance that isn't held. May be negative. */
  available(account: number, asset: number): number {
    return this.balance(account, asset) - this.held(account, asset);
  }

  canCredit(account: number, asset: number, units: number): boolean {
    return this.balance(account, asset) + units <= largestBalance;
  }

  canDebit(account: number, asset: number, units: number): boolean {
    return this.balance(account, asset) - units >= -largestBalance;
  }

  /**
   * Moves `units` > 0. It is the only way to change a balance. Whether the payer may go into debt is for the caller to decide; passing
   * ±{@link largestBalance} breaks an invariant, so ask {@link canCredit} and {@link canDebit} where it could.
   */
  transfer(from: number, to: number, asset: number, units: number): void {
    invariant(units > 0 && units <= largestBalance, "a transfer moves a positive amount");
    invariant(from !== to && asset < this.#assetCount, "a transfer joins two accounts in a listed asset");
    const last = from > to ? from : to;
    invariant(last < this.#accounts.count, "a transfer joins open accounts");
    if (last >= this.#rows) this.#reserve(last);
    if (this.#interest.epochs[asset] !== 0) {
      this.settleInterest(from, asset);
      this.settleInterest(to, asset);
    }
    this.#move(from, to, asset, units);
  }

  #move(from: number, to: number, asset: number, units: number): void {
    const fromRow = from * this.#stride + asset;
    const toRow = to * this.#stride + asset;
    const fromBefore = this.#balances[fromRow]!;
    const toBefore = this.#balances[toRow]!;
    const fromAfter = fromBefore - units;
    const toAfter = toBefore + units;
    invariant(fromAfter >= -largestBalance && toAfter <= largestBalance, "balances are safe integers");
    this.#balances[fromRow] = fromAfter;
    this.#balances[toRow] = toAfter;
    this.dirty.mark(from);
    this.dirty.mark(to);
    if (this.#interest.epochs[asset] !== 0) {
      this.#moved(from, fromRow, asset, fromBefore, fromAfter);
      this.#moved(to, toRow, asset, toBefore, toAfter);
    }
  }

  /** Counts a settled balance's change among what is lent and owed, and gives it the index of its new sign. */
  #moved(account: number, row: number, asset: number, before: number, after: number): void {
    if (this.#accounts.isHouse(account)) return;
    this.#interest.moved(asset, before, after);
    if (before <= 0 !== after <= 0 || before >= 0 !== after >= 0) {
      this.#setIndex(row, after === 0 ? 0n : this.#interest.indexFor(asset, after));
    }
  }

  #isDue(account: number, asset: number): boolean {
    return this.#interest.epochs[asset] !== 0 && !this.#accounts.isHouse(account);
  }

  #due(row: number, asset: number): number {
    const epoch = this.#interest.epochs[asset]!;
    if (this.#dueEpochs[row] === epoch) return this.#dues[row]!;
    const due = this.#interest.dueFloor(asset, this.#balances[row]!, this.#index(row));
    this.#dueEpochs[row] = epoch;
    this.#dues[row] = due;
    return due;
  }

  #index(row: number): bigint {
    const top = this.#indexTops[row]!;
    const rest = this.#indices[row]!;
    return top === 0 ? rest : (BigInt(top) << 64n) | rest;
  }

  #setIndex(row: number, index: bigint): void {
    this.#indices[row] = index;
    this.#indexTops[row] = index <= largestUnsigned64 ? 0 : Number(index >> 64n);
  }

  /**
   * Pays the interest due on a balance from, or to, the house account `interest`. A debtor pays the ceiling, a lender gets the floor.
   * {@link transfer} does it by itself.
   */
  settleInterest(account: number, asset: number): void {
    if (account >= this.#rows) return;
    const row = account * this.#stride + asset;
    const epoch = this.#interest.epochs[asset]!;
    if (this.#epochs[row] === epoch) return;
    this.#epochs[row] = epoch;
    const units = this.#balances[row]!;
    if (units === 0 || !this.#isDue(account, asset)) return;
    const due = this.#due(row, asset);
    const index = this.#interest.indexFor(asset, units);
    if (this.#index(row) !== index) {
      this.#setIndex(row, index);
      this.dirty.mark(account);
    }
    if (due === 0) return;
    this.#payInterest(account, row, asset, due);
    this.#sink(account, asset, due);
  }

  /** The pool's totals have this interest already, so only the two balances move. */
  #payInterest(account: number, row: number, asset: number, due: number): void {
    const houseRow = houseAccount.interest * this.#stride + asset;
    const after = this.#balances[row]! + due;
    const house = this.#balances[houseRow]! - due;
    invariant(
      Math.abs(after) <= largestBalance && Math.abs(house) <= largestBalance,
      "balances are safe integers",
    );
    this.#balances[row] = after;
    this.#balances[houseRow] = house;
    this.dirty.mark(account);
    this.dirty.mark(houseAccount.interest);
  }

  /** Sets units aside: first half of a two-phase payment. */
  hold(account: number, asset: number, units: number): void {
    invariant(units > 0 && units <= largestBalance, "a hold is a positive amount");
    this.#reserve(account);
    this.#changeHeld(account, asset, units);
  }

  /** Gives held units back. */
  release(account: number, asset: number, units: number): void {
    invariant(units > 0, "a release is a positive amount");
    this.#changeHeld(account, asset, -units);
  }

  /** Pays held units out: second half of a two-phase payment. */
  takeHeld(from: number, to: number, asset: number, units: number): void {
    this.release(from, asset, units);
    this.transfer(from, to, asset, units);
  }

  #changeHeld(account: number, asset: number, change: number): void {
    const row = account * this.#stride + asset;
    const held = this.#held[row]! + change;
    invariant(held >= 0 && held <= largestBalance, "holds are counted exactly");
    this.#held[row] = held;
    this.dirty.mark(account);
  }

  /** Σ of an asset over all accounts. Always 0n. */
  total(asset: number): bigint {
    let total = 0n;
    const end = Math.min(this.#accounts.count, this.#rows);
    for (let account = 0; account < end; account++) {
      total += BigInt(this.#balances[account * this.#stride + asset]!);
    }
    return total;
  }

  /** Balances and holds of an account that are not zero, by asset. Interest due is counted. */
  *balancesOf(account: number): Generator<Balance> {
    for (let asset = 0; asset < this.#assetCount; asset++) {
      const units = this.balance(account, asset);
      const heldUnits = this.held(account, asset);
      if (units !== 0 || heldUnits !== 0) yield { asset, units, heldUnits };
    }
  }

  #reserve(account: number): void {
    if (account < this.#rows) return;
    this.#resize(this.#stride, Math.max(account + 1, this.#rows * 2));
  }

  #resize(stride: number, rows: number): void {
    const resized = <T extends Column>(column: T): T => widened(column, this.#stride, stride, stride * rows);
    this.#balances = resized(this.#balances);
    this.#held = resized(this.#held);
    this.#epochs = resized(this.#epochs);
    this.#indices = resized(this.#indices);
    this.#indexTops = resized(this.#indexTops);
    this.#dues = resized(this.#dues);
    this.#dueEpochs = resized(this.#dueEpochs);
    this.#stride = stride;
    this.#rows = rows;
  }

  /** Assets with a balance or hold; the vault's leaf has every asset, so it tells how many there are. */
  encodeLeaf(account: number, out: ByteWriter): void {
    if (account >= this.#rows) return;
    for (let asset = 0; asset < this.#assetCount; asset++) {
      const row = account * this.#stride + asset;
      const units = this.#balances[row]!;
      const held = this.#held[row]!;
      if (units === 0 && held === 0 && account !== houseAccount.vault) continue;
      out.u16(asset);
      out.integer(units);
      out.integer(held);
      out.bigint(this.#index(row));
    }
  }

  decodeLeaf(account: number, from: ByteReader): void {
    this.#reserve(account);
    while (from.remaining > 0) {
      const asset = from.u16();
      while (asset >= this.#assetCount) this.#makeRoom();
      const row = account * this.#stride + asset;
      this.#balances[row] = from.integer();
      this.#held[row] = from.integer();
      this.#setIndex(row, from.bigint());
    }
  }

  finishRestore(_leafCount: number): void {
    invariant(this.#assetCount === this.#interest.leafCount, "ledger and interest know the same assets");
  }
}
