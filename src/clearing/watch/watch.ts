import { buy, none, sell, type Side } from "../book/order.ts";
import { accrualStepMs } from "../ledger/interest.ts";
import { type AccountBook } from "../margin/account-book.ts";
import { parameterGridMs } from "../markets/parameters.ts";
import { grown } from "../state/columns.ts";
import { AccountBands } from "./account-bands.ts";
import { type DriverKind, driverKinds, Drivers } from "./drivers.ts";
import { DueAccounts } from "./due-accounts.ts";
import { type WatchSources } from "./sources.ts";

/**
 * Which accounts are to be looked at: those about which a look could find something. All others are known to be above their maintenance margin,
 * with no order that the mark has passed. It is derived, and decides nothing but time: who looks at an account that is not due finds
 * nothing. A new one, or one restored, has all accounts due. docs/margin-watch.md.
 */
export class Watch {
  readonly #sources: WatchSources;
  readonly #drivers: Drivers;
  readonly #bands: AccountBands;
  readonly due: DueAccounts = new DueAccounts();
  /** Accounts that stand above their requirement of this epoch. */
  readonly #inEpoch: DueAccounts = new DueAccounts();
  /** By account: rises with each new band. */
  #generations: Uint32Array = new Uint32Array(64);
  #known = 0;
  /** As they were last seen. By instrument: mark, and maintenance rate; by asset: haircut. */
  #marks: Float64Array = new Float64Array(64);
  #rates: Float64Array = new Float64Array(64);
  #haircuts: Float64Array = new Float64Array(16);
  #isStale = true;
  #version = -1;
  #step = -1;
  /** How many times accounts were looked at, ever. */
  lookCount: number = 0;
  /** For comparison in tests: no account ever ceases to be due. */
  looksAtAll: boolean = false;

  constructor(sources: WatchSources) {
    this.#sources = sources;
    this.#drivers = new Drivers((kind, of) => this.#read(kind, of));
    this.#bands = new AccountBands(sources, this.#drivers);
    for (const { dirty } of [sources.accounts, sources.ledger, sources.positions]) dirty.watch();
  }

  #read(kind: DriverKind, of: number): number {
    const { markets, interest } = this.#sources;
    if (kind === driverKinds.mark) return markets.markMicros(of);
    if (kind === driverKinds.index) return markets.indexMicros(of);
    if (kind === driverKinds.asset) return markets.assetPriceMicros(of);
    if (kind === driverKinds.funding) return Number(markets.fundingPerLot(of));
    return kind === driverKinds.debt ? Number(interest.indexFor(of, -1)) : interest.epochs[of]!;
  }

  readonly #add = (account: number): void => this.due.add(account);

  /** Something happened in the markets: they are read again before the next look. */
  note(): void {
    this.#isStale = true;
  }

  /** An instrument is valued otherwise from now on. */
  noteInstrument(instrument: number): void {
    for (const account of this.#sources.positions.holders(instrument)) this.due.add(account);
  }

  /** A new epoch began: requirements are others. */
  noteEpoch(): void {
    this.due.addAll(this.#inEpoch);
    this.#inEpoch.clear();
  }

  noteAll(): void {
    this.#known = 0;
  }

  /** Finds who became due since the last call, from what changed in accounts and markets. Call it before {@link due} is asked. */
  see(): void {
    const { accounts, ledger, positions, markets } = this.#sources;
    if (this.#known < accounts.count) this.#meet(accounts.count);
    accounts.dirty.see(this.#add);
    ledger.dirty.see(this.#add);
    positions.dirty.see(this.#add);
    // Interest accrues and parameters ramp without an event.
    const step = Math.floor(markets.nowMs / accrualStepMs) + Math.floor(markets.nowMs / parameterGridMs);
    if (!this.#isStale && this.#version === markets.version && this.#step === step) return;
    this.#isStale = false;
    this.#version = markets.version;
    this.#step = step;
    this.#drivers.see(this.#generations, this.#add);
    this.#seeBooks();
    this.#seeRates();
  }

  #meet(count: number): void {
    if (count > this.#generations.length) {
      this.#generations = grown(this.#generations, Math.max(count, this.#generations.length * 2));
    }
    for (let account = this.#known; account < count; account++) this.due.add(account);
    this.#known = count;
  }

  /** Owners of the orders that a mark has passed since it was last seen. Those that it had passed before are due as it is. */
  #seeBooks(): void {
    const { markets, orders } = this.#sources;
    const { count } = markets.instruments;
    if (count > this.#marks.length) this.#marks = grown(this.#marks, count * 2);
    for (let instrument = 0; instrument < count; instrument++) {
      const mark = markets.markMicros(instrument);
      const before = this.#marks[instrument]!;
      if (mark === before) continue;
      this.#marks[instrument] = mark;
      if (mark === 0) continue;
      const { bestBid, bestAsk } = orders.book(instrument);
      const { tickMicros } = markets.instruments.columns;
      const ticks = mark / tickMicros[instrument]!;
      const ticksBefore = before / tickMicros[instrument]!;
      this.#seePassed(buy, bestBid, ticks, before === 0 ? Infinity : ticksBefore);
      this.#seePassed(sell, bestAsk, ticks, ticksBefore);
    }
  }

  /** Owners of orders of one side between a mark and the one before. */
  #seePassed(side: Side, best: number, ticks: number, ticksBefore: number): void {
    const { orders } = this.#sources;
    const { arena } = orders;
    let level = best;
    while (level !== none) {
      const price = arena.ticks(level);
      if (side === buy ? price <= ticks : price >= ticks) return;
      const wasPassed = side === buy ? price > ticksBefore : price < ticksBefore;
      for (let slot = wasPassed ? none : arena.head(level); slot !== none; slot = orders.nextAtPrice(slot)) {
        this.due.add(orders.account(slot));
      }
      level = side === buy ? arena.below(level) : arena.above(level);
    }
  }

  #seeRates(): void {
    const { markets } = this.#sources;
    const instruments = markets.instruments.count;
    if (instruments > this.#rates.length) this.#rates = grown(this.#rates, instruments * 2);
    for (let instrument = 0; instrument < instruments; instrument++) {
      const rate = markets.maintenanceRatePpm(instrument);
      const before = this.#rates[instrument]!;
      this.#rates[instrument] = rate;
      if (rate > before) this.noteInstrument(instrument);
    }
    const assets = markets.assets.count;
    if (assets > this.#haircuts.length) this.#haircuts = grown(this.#haircuts, assets * 2);
    for (let asset = 0; asset < assets; asset++) {
      const haircut = markets.assets.columns.haircutPpm[asset]!;
      if (haircut > this.#haircuts[asset]!) this.noteAll();
      this.#haircuts[asset] = haircut;
    }
    if (this.#known === 0) this.#meet(this.#sources.accounts.count);
  }

  /** An account was looked at, and nothing can happen to it: it has no exposure at all, or none of our concern. */
  leave(account: number): void {
    if (!this.looksAtAll) this.due.delete(account);
  }

  /**
   * The loaded account was looked at, is not called, and stands above its maintenance margin: it is left alone while its drivers stay within bands,
   * if that can be said.
   *
   * @param requiredMicros - what the risk model requires in this epoch, at least; undefined under isolated and cross margin.
   */
  leaveWithinBands(book: AccountBook, modeCode: number, requiredMicros: number | undefined): void {
    const { account } = book;
    const bands = this.#bands;
    // What is left out of the book has expired and waits for its settlement.
    const isWhole = book.count === this.#sources.positions.count(account);
    const isMeasured =
      isWhole &&
      (requiredMicros === undefined
        ? bands.measureFixedRate(book, modeCode === 0)
        : bands.measurePortfolio(book, requiredMicros));
    if (modeCode === 2) this.#inEpoch.add(account);
    if (!isMeasured || this.looksAtAll) return;
    this.#generations[account] = this.#generations[account]! + 1;
    const { shares } = bands;
    for (let at = 0; at < shares.count; at++) {
      const { lows, highs } = shares.drivers[at]!;
      const low = shares.lows[at]!;
      const high = shares.highs[at]!;
      if (low !== -Infinity) lows.push(0 - low, account, this.#generations);
      if (high !== Infinity) highs.push(high, account, this.#generations);
    }
    this.due.delete(account);
  }
}
