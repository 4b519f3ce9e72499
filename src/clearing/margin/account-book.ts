import { type InstrumentTerms, instrumentTerms, worthCeil, worthFloor } from "./instrument-terms.ts";
import { shareCeil } from "../positions/cost.ts";
import { expiredStatus } from "../markets/index.ts";
import { PriceCache } from "./price-cache.ts";
import { type MarginSources } from "./sources.ts";

/** Most instruments of one account, and some that a trade under examination adds. */
const capacity = 512;

/** A trade under examination: one that would happen at once. */
export interface TradeFill {
  readonly instrument: number;
  /** Signed: negative sells. */
  readonly lots: number;
  readonly priceMicros: number;
  /** In units of the settlement asset; negative is a rebate. */
  readonly feeUnits: number;
}

/**
 * One account as it stands, or as it would stand after what is examined: read from the stores into rows that are used again for the next
 * account. Nothing here goes back to the stores.
 */
export class AccountBook {
  readonly #sources: MarginSources;
  readonly #terms: InstrumentTerms[] = [];
  /** Slots of resting orders that are looked at as if they did not rest. */
  readonly setAside: Set<number> = new Set();
  /** Prices now, good since the account was loaded. */
  readonly prices: PriceCache;

  account = -1;
  /** By asset: balance less what is held, with what is due. Without unrealised profit. Units. */
  units: Float64Array = new Float64Array(16);
  /** Rows in order of instrument, but those that a trade adds stand last. */
  count = 0;
  /** Rows that were loaded, in order. */
  #loaded = 0;
  readonly instruments: Uint32Array = new Uint32Array(capacity);
  readonly lots: Float64Array = new Float64Array(capacity);
  readonly entryUnits: Float64Array = new Float64Array(capacity);
  readonly openBuyLots: Float64Array = new Float64Array(capacity);
  readonly openSellLots: Float64Array = new Float64Array(capacity);
  /** Σ lots × price of open orders, in ticks. */
  readonly openBuyTicks: Float64Array = new Float64Array(capacity);
  readonly openSellTicks: Float64Array = new Float64Array(capacity);
  /** What open orders lose at once against the mark if they fill, and pay in fees. Units of the settlement asset, ≥ 0. */
  readonly buyLossUnits: Float64Array = new Float64Array(capacity);
  readonly sellLossUnits: Float64Array = new Float64Array(capacity);

  constructor(sources: MarginSources) {
    this.#sources = sources;
    this.prices = new PriceCache(sources.markets);
  }

  /** What never changes about an instrument. */
  terms(instrument: number): InstrumentTerms {
    const known = this.#terms[instrument];
    if (known) return known;
    const made = instrumentTerms(this.#sources.markets, instrument);
    this.#terms[instrument] = made;
    return made;
  }

  assetScale(asset: number): number {
    return this.#sources.markets.assets.columns.unitsPerOne[asset]!;
  }

  /**
   * @param losses - `bound` takes what open orders lose at once against the mark from the best price of their book: never less than the
   * `exact` figure, and without a look at each of them.
   */
  load(account: number, losses: "exact" | "bound" = "exact"): void {
    const { ledger, positions, fundingDueFloor } = this.#sources;
    const { assetCount } = ledger;
    if (this.units.length < assetCount) this.units = new Float64Array(assetCount * 2);
    this.account = account;
    this.prices.refresh();
    for (let asset = 0; asset < assetCount; asset++) {
      this.units[asset] = ledger.balance(account, asset) - ledger.held(account, asset);
    }
    const first = positions.first(account);
    const count = positions.count(account);
    const { status } = this.#sources.markets.instruments.columns;
    let row = 0;
    for (let slot = first; slot < first + count; slot++) {
      const instrument = positions.instruments[slot]!;
      const lots = positions.lots[slot]!;
      if (status[instrument] === expiredStatus) {
        this.#addSettled(instrument, lots, positions.entryUnits[slot]!);
        continue;
      }
      this.instruments[row] = instrument;
      this.lots[row] = lots;
      this.entryUnits[row] = positions.entryUnits[slot]!;
      this.openBuyLots[row] = positions.openBuyLots[slot]!;
      this.openSellLots[row] = positions.openSellLots[slot]!;
      this.openBuyTicks[row] = positions.openBuyTicks[slot]!;
      this.openSellTicks[row] = positions.openSellTicks[slot]!;
      this.buyLossUnits[row] = 0;
      this.sellLossUnits[row] = 0;
      if (lots !== 0 && this.terms(instrument).kind === "perpetual") {
        const asset = this.terms(instrument).settlementAsset;
        this.units[asset] = this.units[asset]! + fundingDueFloor(account, slot);
      }
      row++;
    }
    this.count = row;
    this.#loaded = row;
    this.#addOrderLosses(losses === "bound");
  }

  /** What has expired counts as settled, though its turn may not have come: it requires nothing, and its orders are no more. */
  #addSettled(instrument: number, lots: number, entryUnits: number): void {
    const terms = this.terms(instrument);
    const worth = worthFloor(terms, lots, this.#sources.markets.markMicros(instrument));
    const paid = terms.kind === "option" ? worth : worth - entryUnits;
    this.units[terms.settlementAsset] = this.units[terms.settlementAsset]! + paid;
  }

  /** Mark of an instrument; while there is none, the index of its underlying; 0 if that lacks, too. */
  markMicros(instrument: number): number {
    const { markets } = this.#sources;
    const mark = markets.markMicros(instrument);
    if (mark > 0) return mark;
    const { kind, underlying } = this.terms(instrument);
    return kind === "option" ? 0 : this.prices.indexMicros(underlying);
  }

  /** What a fill at a price loses at once against the mark, units, ≥ 0. */
  lossAtFill(instrument: number, lots: number, priceMicros: number): number {
    const { markets } = this.#sources;
    const terms = this.terms(instrument);
    const mark = this.markMicros(instrument);
    if (!markets.hasMark(instrument) && mark === 0) return 0;
    return Math.max(0, worthCeil(terms, lots, priceMicros) - worthFloor(terms, lots, mark));
  }

  /** Fees of open orders, and what those priced worse than the mark lose at once: only visited when the best in the book is. */
  #addOrderLosses(isBound: boolean): void {
    const { orders, markets } = this.#sources;
    let worse = false;
    for (let row = 0; row < this.count; row++) {
      const buys = this.openBuyLots[row]!;
      const sells = this.openSellLots[row]!;
      if (buys === 0 && sells === 0) continue;
      const instrument = this.instruments[row]!;
      const terms = this.terms(instrument);
      const mark = this.markMicros(instrument);
      if (markets.instruments.columns.makerFeePpm[instrument]! > 0) {
        this.buyLossUnits[row] = this.#makerFee(terms, instrument, buys, mark);
        this.sellLossUnits[row] = this.#makerFee(terms, instrument, sells, mark);
      }
      const book = orders.book(instrument);
      const bid = book.bestBidTicks * terms.tickMicros;
      const ask = book.bestAskTicks * terms.tickMicros;
      if (isBound) {
        if (buys > 0 && bid > mark) {
          this.buyLossUnits[row] = this.buyLossUnits[row]! + this.lossAtFill(instrument, buys, bid);
        }
        if (sells > 0 && ask < mark) {
          this.sellLossUnits[row] = this.sellLossUnits[row]! + this.lossAtFill(instrument, -sells, ask);
        }
        continue;
      }
      worse ||= (buys > 0 && bid > mark) || (sells > 0 && ask < mark);
    }
    if (!worse) return;
    for (let slot = orders.firstOf(this.account); slot >= 0; slot = orders.nextOf(slot)) {
      const row = this.find(orders.instrument(slot));
      if (row < 0 || this.setAside.has(slot)) continue;
      const instrument = this.instruments[row]!;
      const lots = orders.remainingLots(slot);
      const price = orders.priceTicks(slot) * this.terms(instrument).tickMicros;
      if (orders.side(slot) === 0) {
        this.buyLossUnits[row] = this.buyLossUnits[row]! + this.lossAtFill(instrument, lots, price);
      } else {
        this.sellLossUnits[row] = this.sellLossUnits[row]! + this.lossAtFill(instrument, -lots, price);
      }
    }
  }

  /** Fee of resting lots if they fill about the mark, units. Options pay on the index, and at most a share of the premium. */
  #makerFee(terms: InstrumentTerms, instrument: number, lots: number, mark: number): number {
    const { markets } = this.#sources;
    const { makerFeePpm, optionFeeCapPpm } = markets.instruments.columns;
    const isOption = terms.kind === "option";
    const base = isOption ? this.prices.indexMicros(terms.underlying) : mark;
    const fee = (Math.abs(worthFloor(terms, lots, base)) * makerFeePpm[instrument]!) / 1e6;
    if (!isOption) return Math.ceil(fee);
    return Math.ceil(Math.min(fee, (worthFloor(terms, lots, mark) * optionFeeCapPpm[instrument]!) / 1e6));
  }

  hasOrders(): boolean {
    for (let row = 0; row < this.count; row++) {
      if (this.openBuyLots[row] !== 0 || this.openSellLots[row] !== 0) return true;
    }
    return false;
  }

  /** Row of an instrument, −1 if there is none. */
  find(instrument: number): number {
    const { instruments } = this;
    let low = 0;
    let high = this.#loaded;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (instruments[middle]! < instrument) low = middle + 1;
      else high = middle;
    }
    if (low < this.#loaded && instruments[low] === instrument) return low;
    for (let row = this.#loaded; row < this.count; row++) if (instruments[row] === instrument) return row;
    return -1;
  }

  /** Row of an instrument, an empty one if need be. */
  demand(instrument: number): number {
    const known = this.find(instrument);
    if (known >= 0) return known;
    const row = this.count++;
    this.instruments[row] = instrument;
    this.lots[row] = 0;
    this.entryUnits[row] = 0;
    this.openBuyLots[row] = 0;
    this.openSellLots[row] = 0;
    this.openBuyTicks[row] = 0;
    this.openSellTicks[row] = 0;
    this.buyLossUnits[row] = 0;
    this.sellLossUnits[row] = 0;
    return row;
  }

  /** Counts an order as open that may fill at this price or better, and pay at most these fees. */
  addOrder(
    instrument: number,
    isBuy: boolean,
    lots: number,
    worstPriceMicros: number,
    feeUnits: number,
  ): void {
    const row = this.demand(instrument);
    const loss = this.lossAtFill(instrument, isBuy ? lots : -lots, worstPriceMicros) + Math.max(0, feeUnits);
    const lotTicks = (lots * worstPriceMicros) / this.terms(instrument).tickMicros;
    const [openLots, openTicks, losses] = isBuy
      ? [this.openBuyLots, this.openBuyTicks, this.buyLossUnits]
      : [this.openSellLots, this.openSellTicks, this.sellLossUnits];
    openLots[row] = openLots[row]! + lots;
    openTicks[row] = openTicks[row]! + lotTicks;
    losses[row] = losses[row]! + loss;
  }

  /** Books a trade as `Positions.applyFill` would. */
  addTrade({ instrument, lots, priceMicros, feeUnits }: TradeFill): void {
    const terms = this.terms(instrument);
    const { settlementAsset, baseAsset, kind } = terms;
    const cost = worthCeil(terms, lots, priceMicros);
    const paid = kind === "spot" || kind === "option" ? cost + feeUnits : feeUnits;
    this.units[settlementAsset] = this.units[settlementAsset]! - paid;
    if (kind === "spot") {
      this.units[baseAsset] = this.units[baseAsset]! + this.spotUnits(terms, lots);
      return;
    }
    const row = this.demand(instrument);
    const before = this.lots[row]!;
    this.lots[row] = before + lots;
    if (kind === "option") return;
    const entry = this.entryUnits[row]!;
    const [size, held] = [Math.abs(lots), Math.abs(before)];
    const closed = before !== 0 && before > 0 !== lots > 0 ? Math.min(size, held) : 0;
    const closingCost = shareCeil(cost, closed, size);
    const freed = held === 0 ? 0 : shareCeil(entry, closed, held);
    this.entryUnits[row] = entry - freed + (cost - closingCost);
    this.units[settlementAsset] = this.units[settlementAsset] - closingCost - freed;
  }

  /** Units of the base asset in lots of a spot instrument. */
  spotUnits(terms: InstrumentTerms, lots: number): number {
    return Math.floor(lots * terms.lotSize * this.assetScale(terms.baseAsset));
  }
}
