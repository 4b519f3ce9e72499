import { type MarginMode, type SetRiskDocument, type Side } from "../protocol/commands.ts";
import { type Rejection } from "../protocol/rejections.ts";
import { type StateSection } from "../state/section.ts";
import { AccountBook, type TradeFill } from "./account-book.ts";
import { type AccountFigures, FixedRate } from "./fixed-rate.ts";
import { type MarginResult } from "../../risk/margin-model.ts";
import { explain } from "./explain.ts";
import { clampMoney } from "./mul-div.ts";
import { PortfolioRisk } from "./portfolio-risk.ts";
import { RiskDocuments } from "./risk-documents.ts";
import { type Epoch, RiskEpochs } from "./risk-epoch.ts";
import { type MarginSources } from "./sources.ts";

/** An order under examination, at the worst price and fees at which it may fill. */
export interface OrderToCheck {
  readonly instrument: number;
  readonly side: Side;
  readonly lots: number;
  readonly worstPriceMicros: number;
  readonly feeUnits: number;
}

const portfolioCode = 2;
const modeCodes: Readonly<Record<MarginMode, number>> = { isolated: 0, cross: 1, portfolio: 2 };

/** Without documents or prices to make an epoch from, portfolio margin is cross margin. */
const fixedRateMode = (modeCode: number): "isolated" | "cross" => (modeCode === 0 ? "isolated" : "cross");

const figuresOfNothing = (): AccountFigures => ({ equityMicros: 0, initialMicros: 0, maintenanceMicros: 0 });

/**
 * What every account must hold, and whether it may do what it asks. Reads the other stores and changes nothing in them; total for every
 * state they can be in. docs/margin-in-clearing.md.
 */
export class MarginBook {
  readonly #sources: MarginSources;
  readonly #book: AccountBook;
  readonly #fixedRate: FixedRate;
  readonly #documents: RiskDocuments;
  readonly #epochs: RiskEpochs;
  readonly #portfolio: PortfolioRisk;
  readonly #before: AccountFigures = figuresOfNothing();
  readonly #after: AccountFigures = figuresOfNothing();
  #requiredMicros: number | undefined;
  /** For snapshots and the state root. */
  readonly sections: readonly StateSection[];

  constructor(sources: MarginSources) {
    this.#sources = sources;
    this.#book = new AccountBook(sources);
    this.#fixedRate = new FixedRate(sources, this.#book);
    this.#documents = new RiskDocuments(() => {
      this.#epochs.expire();
    });
    this.#epochs = new RiskEpochs(sources.markets, this.#documents);
    const assetCount = (): number => sources.ledger.assetCount;
    this.#portfolio = new PortfolioRisk(this.#book, this.#epochs, this.#fixedRate, assetCount);
    this.sections = [...this.#documents.sections, ...this.#epochs.sections];
  }

  /**
   * Takes a document that portfolio margin works from, or says what is wrong with it. Once an epoch has begun, requirements ramp to what it
   * asks for.
   */
  setDocument(document: SetRiskDocument["document"], text: string): Rejection | undefined {
    return this.#documents.set(document, text, this.#sources.markets.nowMs, this.#epochs.hasBegun());
  }

  /**
   * Begins a new risk epoch when one is due, and says whether it did. Call it for every envelope, once time has passed in the markets and
   * before the command is applied. Cheap when nothing is due.
   */
  advance(nowMs: number): boolean {
    return this.#epochs.advance(nowMs);
  }

  /**
   * Slots of resting orders that are looked at as if they did not rest, while others in their place are: their lots are taken out of the
   * sums of open orders meanwhile, and their losses do not count. Whoever fills it clears it.
   */
  get setAside(): Set<number> {
    return this.#book.setAside;
  }

  /** An account's figures now. */
  figures(account: number): AccountFigures {
    const out = figuresOfNothing();
    this.#book.load(account);
    this.#evaluate(this.#sources.accounts.modeCode(account), out);
    return out;
  }

  /** An account's figures once these fills have happened, and balances have changed by these units. */
  figuresAfter(
    account: number,
    fills: readonly TradeFill[],
    balances: readonly { readonly asset: number; readonly units: number }[] = [],
  ): AccountFigures {
    const out = figuresOfNothing();
    const book = this.#book;
    book.load(account);
    for (const fill of fills) book.addTrade(fill);
    for (const { asset, units } of balances) book.units[asset] = book.units[asset]! + units;
    this.#evaluate(this.#sources.accounts.modeCode(account), out);
    return out;
  }

  /** Is the account below its maintenance margin? */
  isBreached(account: number): boolean {
    const modeCode = this.#sources.accounts.modeCode(account);
    // Losses of open orders are no part of fixed-rate maintenance.
    this.#book.load(account, modeCode === portfolioCode ? "exact" : "bound");
    const figures = this.#before;
    if (modeCode === portfolioCode && this.#portfolio.isReady()) {
      this.#fixedRate.figures("equity", figures);
      const equity = clampMoney(figures.equityMicros);
      const required = this.#portfolio.maintenanceWithin(equity);
      this.#requiredMicros = this.#portfolio.standsStill() ? required : Infinity;
      return required > equity;
    }
    this.#requiredMicros = undefined;
    this.#fixedRate.figures(fixedRateMode(modeCode), figures);
    return clampMoney(figures.equityMicros) < clampMoney(figures.maintenanceMicros);
  }

  /** The epoch that portfolio margin works in, for whoever values accounts in its scenarios; none before documents and prices are there. */
  get epoch(): Epoch | undefined {
    return this.#epochs.current();
  }

  /** The stores that it reads. */
  get sources(): MarginSources {
    return this.#sources;
  }

  /** The account that was loaded last. Good until the next question about another. */
  get loaded(): AccountBook {
    return this.#book;
  }

  /**
   * What portfolio margin required of the account that {@link isBreached} was asked for last, at least, until the next epoch; Infinity if it may change
   * before. Undefined under isolated and cross margin.
   */
  get requiredMicros(): number | undefined {
    return this.#requiredMicros;
  }

  /** The figures in a mode, the account's own if none is named, with what they are made of. */
  explain(account: number, mode: MarginMode = this.#sources.accounts.mode(account)): MarginResult {
    const book = this.#book;
    const figures = figuresOfNothing();
    book.load(account);
    this.#evaluate(modeCodes[mode], figures);
    const epoch = this.#epochs.current();
    const { markets } = this.#sources;
    const portfolio = this.#portfolio;
    return explain({ markets, book, fixedRate: this.#fixedRate, portfolio, epoch, figures }, mode);
  }

  /** May this order rest or trade, beside all orders that are open already? */
  checkOrder(
    account: number,
    instrument: number,
    side: Side,
    lots: number,
    worstPriceMicros: number,
    feeUnits: number,
  ): Rejection | undefined {
    const book = this.#book;
    const modeCode = this.#sources.accounts.modeCode(account);
    // Most orders pass by a wide margin: only those that do not are worth a look at every open order.
    book.load(account, modeCode === portfolioCode ? "exact" : "bound");
    book.addOrder(instrument, side === "buy", lots, worstPriceMicros, feeUnits);
    return this.#isMet(modeCode)
      ? undefined
      : this.checkOrders(account, [{ instrument, side, lots, worstPriceMicros, feeUnits }]);
  }

  /** May these orders rest or trade, all of them? */
  checkOrders(account: number, orders: readonly OrderToCheck[]): Rejection | undefined {
    const mode = this.#sources.accounts.modeCode(account);
    const book = this.#book;
    book.load(account);
    for (const { instrument, side, lots, worstPriceMicros, feeUnits } of orders) {
      book.addOrder(instrument, side === "buy", lots, worstPriceMicros, feeUnits);
    }
    if (this.#isMet(mode)) return undefined;
    const shortfall = this.#insufficient(mode);
    const fills = orders.map(({ instrument, side, lots, worstPriceMicros, feeUnits }): TradeFill => ({
      instrument,
      lots: side === "buy" ? lots : -lots,
      priceMicros: worstPriceMicros,
      feeUnits,
    }));
    // Of several orders any may fill without the others: only what closes is sure to lessen risk.
    const mayHelp = fills.length === 1 || this.#closesOnly(fills);
    return mayHelp && this.#lessensRisk(account, mode, fills) ? undefined : shortfall;
  }

  /** May these fills happen, all at once? For block trades and the pool. */
  checkTrades(account: number, fills: readonly TradeFill[]): Rejection | undefined {
    const mode = this.#sources.accounts.modeCode(account);
    const book = this.#book;
    book.load(account);
    for (const fill of fills) book.addTrade(fill);
    if (this.#isMet(mode)) return undefined;
    const shortfall = this.#insufficient(mode);
    return this.#lessensRisk(account, mode, fills) ? undefined : shortfall;
  }

  /** May the account take these positions over, with these balances? Units are signed: positive is received. */
  checkTakeover(
    account: number,
    fills: readonly TradeFill[],
    balances: readonly { readonly asset: number; readonly units: number }[],
  ): Rejection | undefined {
    const book = this.#book;
    const mode = this.#sources.accounts.modeCode(account);
    book.load(account);
    for (const fill of fills) book.addTrade(fill);
    for (const { asset, units } of balances) book.units[asset] = book.units[asset]! + units;
    return this.#isMet(mode) ? undefined : this.#insufficient(mode);
  }

  /** May the account part with these units, going into debt if the asset may be borrowed? */
  checkWithdrawal(account: number, asset: number, units: number): Rejection | undefined {
    const book = this.#book;
    book.load(account);
    const left = book.units[asset]! - units;
    if (left < 0 && book.prices.assetPriceMicros(asset) === 0) {
      return { code: "noPrice", field: "asset", value: asset, limit: "an asset with a price, to owe it" };
    }
    book.units[asset] = left;
    const mode = this.#sources.accounts.modeCode(account);
    return this.#isMet(mode) ? undefined : this.#insufficient(mode);
  }

  /** May the account be margined in another mode from now on? */
  checkMode(account: number, mode: MarginMode): Rejection | undefined {
    this.#book.load(account);
    const modeCode = modeCodes[mode];
    return this.#isMet(modeCode) ? undefined : this.#insufficient(modeCode);
  }

  #evaluate(modeCode: number, out: AccountFigures): void {
    if (modeCode === portfolioCode && this.#portfolio.isReady()) {
      this.#fixedRate.figures("equity", out);
      this.#portfolio.requirements(out);
    } else this.#fixedRate.figures(fixedRateMode(modeCode), out);
    out.equityMicros = clampMoney(out.equityMicros);
    out.initialMicros = clampMoney(out.initialMicros);
    out.maintenanceMicros = clampMoney(out.maintenanceMicros);
  }

  /** Has the loaded account the equity that its initial requirement asks for? */
  #isMet(modeCode: number): boolean {
    const after = this.#after;
    if (modeCode === portfolioCode && this.#portfolio.isReady()) {
      this.#fixedRate.figures("equity", after);
      return this.#portfolio.isInitialWithin(clampMoney(after.equityMicros));
    }
    this.#fixedRate.figures(fixedRateMode(modeCode), after);
    return clampMoney(after.equityMicros) >= clampMoney(after.initialMicros);
  }

  #insufficient(modeCode: number): Rejection {
    this.#evaluate(modeCode, this.#after);
    return {
      code: "insufficientMargin",
      field: "equityMicros",
      value: this.#after.equityMicros,
      limit: this.#after.initialMicros,
    };
  }

  /**
   * Whether an account that is below its initial margin may do this: requirements don't rise, and equity over the maintenance requirement
   * doesn't fall. What only closes positions may cost equity, as long as what is left keeps its margin.
   */
  #lessensRisk(account: number, mode: number, fills: readonly TradeFill[]): boolean {
    const book = this.#book;
    const before = this.#before;
    const after = this.#after;
    book.load(account);
    this.#evaluate(mode, before);
    if (this.#closesOnly(fills)) return this.#mayClose(account, mode, fills);
    for (const fill of fills) book.addTrade(fill);
    this.#evaluate(mode, after);
    if (!this.#requiresNoMore()) return false;
    return (
      BigInt(after.equityMicros) * BigInt(before.maintenanceMicros) >=
      BigInt(before.equityMicros) * BigInt(after.maintenanceMicros)
    );
  }

  #requiresNoMore(): boolean {
    const [before, after] = [this.#before, this.#after];
    return after.initialMicros <= before.initialMicros && after.maintenanceMicros <= before.maintenanceMicros;
  }

  /**
   * Fills that only close: at the mark or better whatever they leave, else if what is left is above its maintenance margin. A price far from the
   * mark would otherwise hand a counterparty what the house must then make good.
   */
  #mayClose(account: number, mode: number, fills: readonly TradeFill[]): boolean {
    const book = this.#book;
    // At the mark: what closing costs may make a debt, and its charge.
    for (const fill of fills) {
      book.addTrade({ ...fill, priceMicros: book.markMicros(fill.instrument), feeUnits: 0 });
    }
    this.#evaluate(mode, this.#after);
    if (!this.#requiresNoMore()) return false;
    const isFair = ({ instrument, lots, priceMicros }: TradeFill): boolean =>
      book.lossAtFill(instrument, lots, priceMicros) === 0;
    if (fills.every(isFair)) return true;
    book.load(account);
    for (const fill of fills) book.addTrade(fill);
    this.#evaluate(mode, this.#after);
    return this.#after.equityMicros >= this.#after.maintenanceMicros;
  }

  /** Do these fills, with the orders that are open on their side, only close positions of the loaded book? */
  #closesOnly(fills: readonly TradeFill[]): boolean {
    const book = this.#book;
    const closing = new Map<number, number>();
    return fills.every(({ instrument, lots }) => {
      const row = book.find(instrument);
      if (row < 0) return false;
      const held = book.lots[row]!;
      if (held === 0 || held > 0 === lots > 0) return false;
      const open = lots > 0 ? book.openBuyLots[row]! : book.openSellLots[row]!;
      const total = (closing.get(instrument) ?? open) + Math.abs(lots);
      closing.set(instrument, total);
      return total <= Math.abs(held);
    });
  }
}
