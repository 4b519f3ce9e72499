import { invariant } from "../../quantity/error.ts";
import { type Accounts } from "../accounts/accounts.ts";
import { type Side } from "../protocol/commands.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { grown } from "../state/columns.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";
import { shareCeil } from "./cost.ts";

/** Most instruments in which one account has a position or open orders. */
export const maxPositionsPerAccount = 256;

const largest = Number.MAX_SAFE_INTEGER;

/** Blocks of slots come in these sizes: an account moves to the next when its block is full. */
const blockSizes: readonly number[] = [
  4,
  8,
  12,
  16,
  20,
  24,
  32,
  48,
  64,
  96,
  128,
  192,
  maxPositionsPerAccount,
];

/** What a fill did. */
export interface FillResult {
  /** To be paid to the account from the instrument's clearing account (negative: by it). Rounded down. */
  realisedUnits: number;
  /** Lots of the fill that closed, ≥ 0. */
  closedLots: number;
  /** Lots of the fill that opened, ≥ 0. */
  openedLots: number;
}

/**
 * Positions and open orders of every account, by instrument. A slot is the row of one account in one instrument; the slots of an
 * account lie side by side, in order of instrument, from {@link first} on. **A slot number and a column are good only until the next
 * change of any account's set of instruments**: read them anew after a fill or an order.
 *
 * Cost, `entryUnits`, is signed and in units of the settlement asset. Linear: lots × price, with the sign of the lots. Inverse: the
 * value in coin with the opposite sign, because the profit of a long is entry value − exit value there. So for both:
 * profit = value now (signed alike) − entryUnits. Leaf = account.
 */
export class Positions implements StateSection {
  readonly name = "positions";
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  readonly #accounts: Accounts;

  /** Of each account: where its block begins, how many slots it uses, and the block's size class. */
  #first: Int32Array = new Int32Array(64).fill(-1);
  #used: Uint16Array = new Uint16Array(64);
  #class: Uint8Array = new Uint8Array(64);

  /** Columns, by slot. Read, never write, from outside. */
  instruments: Uint32Array = new Uint32Array(256);
  /** Signed. */
  lots: Float64Array = new Float64Array(256);
  /** Signed cost of the lots. */
  entryUnits: Float64Array = new Float64Array(256);
  /** The instrument's cumulative funding per lot when the position was last settled, as src/clearing/funding scales it. */
  readonly fundingIndex: bigint[] = Array.from({ length: 256 }, () => 0n);
  /** Remaining lots of open buy orders. */
  openBuyLots: Float64Array = new Float64Array(256);
  openSellLots: Float64Array = new Float64Array(256);
  /** Σ remaining lots × ticks of open buy orders. */
  openBuyTicks: Float64Array = new Float64Array(256);
  openSellTicks: Float64Array = new Float64Array(256);

  #top = 0;
  readonly #free: number[][] = blockSizes.map(() => []);
  /** By instrument: Σ of long lots. Derived. */
  #openInterest: Float64Array = new Float64Array(64);
  /** By instrument: accounts with lots ≠ 0, in no order. Derived. */
  readonly #holders: Set<number>[] = [];
  /** While restoring. */
  readonly #knownFunding: Map<bigint, bigint> = new Map();
  readonly #fill: FillResult = { realisedUnits: 0, closedLots: 0, openedLots: 0 };

  constructor(accounts: Accounts) {
    this.#accounts = accounts;
  }

  get leafCount(): number {
    return this.#accounts.count;
  }

  /** First slot of an account; its last is `first + count − 1`. */
  first(account: number): number {
    return this.#first[account] ?? -1;
  }

  /** Slots of an account: instruments with a position or an open order. */
  count(account: number): number {
    return this.#used[account] ?? 0;
  }

  /** The slot of an account in an instrument, −1 if it has neither a position nor an open order there. */
  find(account: number, instrument: number): number {
    const first = this.first(account);
    const end = first + this.count(account);
    for (let slot = first; slot < end; slot++) {
      if (this.instruments[slot] === instrument) return slot;
    }
    return -1;
  }

  lotsOf(account: number, instrument: number): number {
    const slot = this.find(account, instrument);
    return slot < 0 ? 0 : this.lots[slot]!;
  }

  /** Is there room for this instrument among the account's own? */
  hasRoom(account: number, instrument: number): boolean {
    return this.count(account) < maxPositionsPerAccount || this.find(account, instrument) >= 0;
  }

  /** Σ of the long lots of all accounts. */
  openInterest(instrument: number): number {
    return this.#openInterest[instrument] ?? 0;
  }

  /** Accounts with a position in the instrument, ascending. A copy. */
  holders(instrument: number): Uint32Array {
    return Uint32Array.from(this.#holders[instrument] ?? []).sort();
  }

  holderCount(instrument: number): number {
    return this.#holders[instrument]?.size ?? 0;
  }

  /** Counts an order's remaining lots as open. Ask {@link hasRoom} and {@link canAddOpen} first. */
  addOpen(account: number, instrument: number, side: Side, lots: number, lotTicks: number): void {
    this.#changeOpen(account, instrument, side, lots, lotTicks);
  }

  /** Takes lots back that {@link addOpen} counted: filled, cancelled or amended. */
  removeOpen(account: number, instrument: number, side: Side, lots: number, lotTicks: number): void {
    this.#changeOpen(account, instrument, side, -lots, -lotTicks);
  }

  /** Would the sums of open orders stay safe integers? */
  canAddOpen(account: number, instrument: number, side: Side, lots: number, lotTicks: number): boolean {
    const slot = this.find(account, instrument);
    if (slot < 0) return lots <= largest && lotTicks <= largest;
    const [sumLots, sumTicks] =
      side === "buy"
        ? [this.openBuyLots[slot]!, this.openBuyTicks[slot]!]
        : [this.openSellLots[slot]!, this.openSellTicks[slot]!];
    return sumLots + lots <= largest && sumTicks + lotTicks <= largest;
  }

  #changeOpen(account: number, instrument: number, side: Side, lots: number, lotTicks: number): void {
    const slot = this.#demand(account, instrument);
    const lotColumn = side === "buy" ? this.openBuyLots : this.openSellLots;
    const tickColumn = side === "buy" ? this.openBuyTicks : this.openSellTicks;
    const sumLots = lotColumn[slot]! + lots;
    const sumTicks = tickColumn[slot]! + lotTicks;
    invariant(sumLots >= 0 && sumLots <= largest, "open lots are counted exactly");
    invariant(sumTicks >= 0 && sumTicks <= largest, "open lots × ticks are counted exactly");
    lotColumn[slot] = sumLots;
    tickColumn[slot] = sumTicks;
    this.dirty.mark(account);
    this.#dropIfEmpty(account, slot);
  }

  /** Can a fill of this cost be booked without leaving the safe integers? */
  canFill(account: number, instrument: number, signedLots: number, costUnits: number): boolean {
    const slot = this.find(account, instrument);
    const lots = slot < 0 ? 0 : this.lots[slot]!;
    const entry = slot < 0 ? 0 : this.entryUnits[slot]!;
    return (
      Math.abs(lots) + Math.abs(signedLots) <= largest &&
      Math.abs(entry) + Math.abs(costUnits) <= largest &&
      this.openInterest(instrument) + Math.abs(signedLots) <= largest
    );
  }

  /**
   * Books a fill. What it closes gives back its share of the cost, rounded up, so the profit rounds down; a fill through zero closes,
   * then opens. Exactly: Σ of entryUnits over accounts − Σ of realisedUnits paid = Σ of costUnits.
   *
   * @param signedLots - ≠ 0; bought is positive.
   * @param costUnits - signed cost of the fill, rounded up: linear lots × price with the sign of `signedLots`, inverse the coin value
   *   with the opposite sign. The two sides of a trade add up to the dust ≥ 0, linear exactly 0.
   * @returns good until the next call.
   */
  applyFill(
    account: number,
    instrument: number,
    signedLots: number,
    costUnits: number,
  ): Readonly<FillResult> {
    invariant(signedLots !== 0, "a fill has lots");
    const slot = this.#demand(account, instrument);
    const before = this.lots[slot]!;
    const entry = this.entryUnits[slot]!;
    const after = before + signedLots;
    const opposite = before > 0 !== signedLots > 0 && before !== 0;
    const size = Math.abs(signedLots);
    const held = Math.abs(before);
    const closed = opposite ? Math.min(size, held) : 0;
    const closingCost = closed === 0 ? 0 : shareCeil(costUnits, closed, size);
    const freed = closed === 0 ? 0 : shareCeil(entry, closed, held);
    const entryAfter = entry - freed + (costUnits - closingCost);
    invariant(Number.isSafeInteger(after) && Number.isSafeInteger(entryAfter), "positions are safe integers");
    this.lots[slot] = after;
    this.entryUnits[slot] = entryAfter;
    this.#countInterest(account, instrument, before, after);
    this.dirty.mark(account);
    this.#dropIfEmpty(account, slot);
    const fill = this.#fill;
    fill.realisedUnits = 0 - closingCost - freed;
    fill.closedLots = closed;
    fill.openedLots = size - closed;
    return fill;
  }

  /** Funding has been paid up to this value of the instrument's index. The slot must exist. */
  setFundingIndex(account: number, instrument: number, index: bigint): void {
    const slot = this.find(account, instrument);
    invariant(slot >= 0, "funding is settled for a position");
    if (this.fundingIndex[slot] === index) return;
    this.fundingIndex[slot] = index;
    this.dirty.mark(account);
  }

  #countInterest(account: number, instrument: number, before: number, after: number): void {
    this.#reserveInstrument(instrument);
    const interest = this.#openInterest[instrument]! + Math.max(0, after) - Math.max(0, before);
    invariant(interest >= 0 && interest <= largest, "open interest is a safe integer");
    this.#openInterest[instrument] = interest;
    if (after === 0) this.#holders[instrument]!.delete(account);
    else if (before === 0) this.#holders[instrument]!.add(account);
  }

  #reserveInstrument(instrument: number): void {
    while (this.#holders.length <= instrument) this.#holders.push(new Set());
    if (instrument < this.#openInterest.length) return;
    this.#openInterest = grown(this.#openInterest, Math.max(instrument + 1, this.#openInterest.length * 2));
  }

  /** The slot of an account in an instrument, made if need be. */
  #demand(account: number, instrument: number): number {
    const first = this.first(account);
    const used = this.count(account);
    let at = 0;
    while (at < used) {
      const other = this.instruments[first + at]!;
      if (other === instrument) return first + at;
      if (other > instrument) break;
      at++;
    }
    invariant(used < maxPositionsPerAccount, "positions of an account are bounded");
    this.#reserveAccount(account);
    const begin = this.#roomFor(account, used);
    const slot = begin + at;
    this.#move(slot, slot + 1, used - at);
    this.#clear(slot);
    this.instruments[slot] = instrument;
    this.#used[account] = used + 1;
    return slot;
  }

  #dropIfEmpty(account: number, slot: number): void {
    if (this.lots[slot] !== 0 || this.openBuyLots[slot] !== 0 || this.openSellLots[slot] !== 0) return;
    invariant(this.entryUnits[slot] === 0, "no cost without lots");
    const used = this.count(account) - 1;
    const end = this.first(account) + used;
    this.#move(slot + 1, slot, end - slot);
    this.#used[account] = used;
    if (used > 0) return;
    this.#free[this.#class[account]!]!.push(this.#first[account]!);
    this.#first[account] = -1;
  }

  /** Where the account's block begins, once it has room for one more slot than `used`. */
  #roomFor(account: number, used: number): number {
    const first = this.#first[account]!;
    const sizeClass = this.#class[account]!;
    if (first >= 0 && used < blockSizes[sizeClass]!) return first;
    const next = first < 0 ? 0 : sizeClass + 1;
    const begin = this.#free[next]!.pop() ?? this.#extend(blockSizes[next]!);
    if (first >= 0) {
      this.#move(first, begin, used);
      this.#free[sizeClass]!.push(first);
    }
    this.#first[account] = begin;
    this.#class[account] = next;
    return begin;
  }

  #extend(size: number): number {
    const begin = this.#top;
    this.#top += size;
    if (this.#top > this.instruments.length) {
      const capacity = Math.max(this.#top, this.instruments.length * 2);
      this.instruments = grown(this.instruments, capacity);
      this.lots = grown(this.lots, capacity);
      this.entryUnits = grown(this.entryUnits, capacity);
      while (this.fundingIndex.length < capacity) this.fundingIndex.push(0n);
      this.openBuyLots = grown(this.openBuyLots, capacity);
      this.openSellLots = grown(this.openSellLots, capacity);
      this.openBuyTicks = grown(this.openBuyTicks, capacity);
      this.openSellTicks = grown(this.openSellTicks, capacity);
    }
    return begin;
  }

  #move(from: number, to: number, count: number): void {
    if (count <= 0) return;
    const end = from + count;
    this.instruments.copyWithin(to, from, end);
    this.lots.copyWithin(to, from, end);
    this.entryUnits.copyWithin(to, from, end);
    this.#moveFunding(from, to, count);
    this.openBuyLots.copyWithin(to, from, end);
    this.openSellLots.copyWithin(to, from, end);
    this.openBuyTicks.copyWithin(to, from, end);
    this.openSellTicks.copyWithin(to, from, end);
  }

  /** As `copyWithin`, which is slow on arrays of references. */
  #moveFunding(from: number, to: number, count: number): void {
    const funding = this.fundingIndex;
    if (from > to) for (let i = 0; i < count; i++) funding[to + i] = funding[from + i]!;
    else for (let i = count - 1; i >= 0; i--) funding[to + i] = funding[from + i]!;
  }

  #clear(slot: number): void {
    this.lots[slot] = 0;
    this.entryUnits[slot] = 0;
    this.fundingIndex[slot] = 0n;
    this.openBuyLots[slot] = 0;
    this.openSellLots[slot] = 0;
    this.openBuyTicks[slot] = 0;
    this.openSellTicks[slot] = 0;
  }

  #reserveAccount(account: number): void {
    if (account < this.#first.length) return;
    const capacity = Math.max(account + 1, this.#first.length * 2);
    const first = new Int32Array(capacity).fill(-1);
    first.set(this.#first);
    this.#first = first;
    this.#used = grown(this.#used, capacity);
    this.#class = grown(this.#class, capacity);
  }

  encodeLeaf(account: number, out: ByteWriter): void {
    const first = this.first(account);
    const end = first + this.count(account);
    for (let slot = first; slot < end; slot++) {
      out.u32(this.instruments[slot]!);
      out.integer(this.lots[slot]!);
      out.integer(this.entryUnits[slot]!);
      out.bigint(this.fundingIndex[slot]!);
      out.integer(this.openBuyLots[slot]!);
      out.integer(this.openSellLots[slot]!);
      out.integer(this.openBuyTicks[slot]!);
      out.integer(this.openSellTicks[slot]!);
    }
  }

  decodeLeaf(account: number, from: ByteReader): void {
    while (from.remaining > 0) {
      const instrument = from.u32();
      const slot = this.#demand(account, instrument);
      this.lots[slot] = from.integer();
      this.entryUnits[slot] = from.integer();
      this.fundingIndex[slot] = this.#shared(from.bigint());
      this.openBuyLots[slot] = from.integer();
      this.openSellLots[slot] = from.integer();
      this.openBuyTicks[slot] = from.integer();
      this.openSellTicks[slot] = from.integer();
      if (this.lots[slot] !== 0) this.#countInterest(account, instrument, 0, this.lots[slot]);
    }
  }

  /** Most positions of an instrument were settled together: equal indices need be in memory once. */
  #shared(index: bigint): bigint {
    const known = this.#knownFunding.get(index);
    if (known !== undefined) return known;
    this.#knownFunding.set(index, index);
    return index;
  }

  finishRestore(_leafCount: number): void {
    // Open interest and holders were counted while decoding.
    this.#knownFunding.clear();
  }
}
