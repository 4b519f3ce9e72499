import { type AccountBook } from "./account-book.ts";
import { type InstrumentTerms, usdCeil, usdFloor, worthCeil, worthFloor } from "./instrument-terms.ts";
import { optionGroups } from "./option-groups.ts";
import { type MarginSources } from "./sources.ts";

/** Money figures of one account, USD micros: whole, within ±(2^53 − 1). */
export interface AccountFigures {
  /** Balances and unrealised profit at their prices, options at their marks. Rounded down. */
  equityMicros: number;
  /** To open. Rounded up. */
  initialMicros: number;
  /** To keep. At most `initialMicros`. */
  maintenanceMicros: number;
}

const million = 1_000_000;
/** Least requirement of a short option over its initial rate: 10 % beside 15 % in docs/fixed-rate-margin.md. */
const minimumShortShare = 2 / 3;

/** What lots of one instrument require by themselves, USD micros. */
export interface LotsRequirement {
  initial: number;
  maintenance: number;
}

/** A group of parts of a requirement. */
export type PartGroup = "positions" | "options" | "locked-profit" | "orders" | "collateral" | "spot-debts";

/** Told of a part, USD micros. `of` is the row of an instrument, of the first of a group of options, or an asset's number. */
export type PartNote = (group: PartGroup, of: number, initial: number, maintenance: number) => void;

/**
 * Isolated and cross margin on the rows of an {@link AccountBook}: the rules (F1) to (F7) of docs/fixed-rate-margin.md with the rates of
 * each instrument. docs/margin-in-clearing.md says what differs.
 */
export class FixedRate {
  readonly #sources: MarginSources;
  readonly #book: AccountBook;
  /** By asset: units with unrealised profit; units that open spot orders may take away. */
  #totals: Float64Array = new Float64Array(16);
  #outflow: Float64Array = new Float64Array(16);
  readonly #required: LotsRequirement = { initial: 0, maintenance: 0 };
  /** Of the instrument that was read last. Micros and ppm. */
  #mark = 0;
  #index = 0;
  #assetPrice = 0;
  #entryUnits = 0;
  #initialRate = 0;
  #maintenanceRate = 0;
  /** Rows of options, and what each requires, for the groups. */
  readonly #optionRows: number[] = [];
  readonly #optionWithOrders: Float64Array = new Float64Array(512);
  readonly #optionMaintenance: Float64Array = new Float64Array(512);
  readonly #optionValue: Float64Array = new Float64Array(512);

  constructor(sources: MarginSources, book: AccountBook) {
    this.#sources = sources;
    this.#book = book;
  }

  /**
   * Figures of the loaded account into `out`. Total.
   *
   * @param mode - `equity` leaves the requirements at 0.
   * @param note - told of every part of the requirements.
   */
  figures(mode: "isolated" | "cross" | "equity", out: AccountFigures, note?: PartNote): void {
    const isIsolated = mode === "isolated";
    const isEquity = mode === "equity";
    const { markets } = this.#sources;
    const book = this.#book;
    const assetCount = this.#sources.ledger.assetCount;
    if (this.#totals.length < assetCount) {
      this.#totals = new Float64Array(assetCount * 2);
      this.#outflow = new Float64Array(assetCount * 2);
    }
    const totals = this.#totals;
    const outflow = this.#outflow;
    for (let asset = 0; asset < assetCount; asset++) {
      totals[asset] = book.units[asset]!;
      outflow[asset] = 0;
    }
    // To set a length is slow, and most accounts have no options.
    if (this.#optionRows.length > 0) this.#optionRows.length = 0;
    let equity = 0;
    let initial = 0;
    let maintenance = 0;
    for (let row = 0; row < book.count; row++) {
      const instrument = book.instruments[row]!;
      const terms = book.terms(instrument);
      let withOrders = 0;
      let kept = 0;
      if (isEquity) this.#readPrices(terms, instrument);
      else ({ initial: withOrders, maintenance: kept } = this.rowAlone(row));
      const isGrouped = terms.kind === "option" && mode === "cross";
      const held = note && !isGrouped ? this.#heldAlone(row, terms) : 0;
      if (note && !isGrouped && withOrders > held) note("orders", row, withOrders - held, 0);
      if (terms.kind === "spot") {
        if (!isEquity) this.#addOutflow(terms, row);
        initial += withOrders;
        continue;
      }
      const lots = book.lots[row]!;
      const mark = this.#mark;
      const assetPrice = this.#assetPrice;
      if (terms.kind === "option") {
        const value = usdFloor(worthFloor(terms, lots, mark), assetPrice, terms.assetScale);
        equity += value;
        if (isGrouped) {
          const loss = this.#orderLoss(row, terms);
          this.#optionRows.push(row);
          this.#optionWithOrders[row] = withOrders - loss;
          this.#optionMaintenance[row] = kept;
          this.#optionValue[row] = value;
          initial += loss;
          if (loss > 0) note?.("orders", row, loss, 0);
          continue;
        }
      } else if (lots !== 0 && mark > 0) {
        const profit = worthFloor(terms, lots, mark) - book.entryUnits[row]!;
        totals[terms.settlementAsset] = totals[terms.settlementAsset]! + profit;
        if (isIsolated && profit > 0) {
          const locked = usdCeil(profit, assetPrice, terms.assetScale);
          note?.("locked-profit", row, locked, locked);
          initial += locked;
          maintenance += locked;
        }
      }
      initial += withOrders;
      maintenance += kept;
      if (held > 0) note?.("positions", row, held, kept);
    }
    if (this.#optionRows.length > 0) {
      const groups = optionGroups(book, {
        rows: this.#optionRows,
        withOrders: this.#optionWithOrders,
        maintenance: this.#optionMaintenance,
        values: this.#optionValue,
        ...(note ? { note } : {}),
      });
      initial += groups.initial;
      maintenance += groups.maintenance;
    }
    for (let asset = 0; asset < assetCount; asset++) {
      const units = totals[asset]!;
      const taken = outflow[asset]!;
      if (units === 0 && taken === 0) continue;
      const price = book.prices.assetPriceMicros(asset);
      const scale = markets.assets.columns.unitsPerOne[asset]!;
      const haircut = markets.assets.columns.haircutPpm[asset]!;
      const value = usdFloor(units, price, scale);
      equity += value;
      if (isEquity) continue;
      const kept = Math.ceil((Math.abs(value) * haircut) / million);
      const doubt = 2 - book.prices.assetConfidencePpm(asset) / million;
      const required = Math.ceil((Math.abs(value) * Math.min(million, haircut * doubt)) / million);
      initial += required;
      maintenance += kept;
      if (required > 0) note?.("collateral", asset, required, kept);
      const shortfall = taken - Math.max(0, units);
      if (shortfall <= 0) continue;
      const charge = Math.ceil((usdCeil(shortfall, price, scale) * haircut) / million);
      initial += charge;
      note?.("spot-debts", asset, charge, 0);
    }
    out.equityMicros = equity;
    out.initialMicros = Math.max(initial, maintenance);
    out.maintenanceMicros = maintenance;
  }

  /** What a row requires by itself with its open orders, (F7): good until the next call. */
  rowAlone(row: number): Readonly<LotsRequirement> {
    const book = this.#book;
    const instrument = book.instruments[row]!;
    const terms = book.terms(instrument);
    const buys = book.openBuyLots[row]!;
    const sells = book.openSellLots[row]!;
    const required = this.#required;
    this.#read(terms, instrument, book.entryUnits[row]!);
    const loss = this.#orderLoss(row, terms);
    if (terms.kind === "spot") {
      required.initial = loss + this.#spotHaircut(terms, buys, sells);
      required.maintenance = 0;
      return required;
    }
    const lots = book.lots[row]!;
    let most = 0;
    if (buys > 0) {
      this.#requireLots(terms, lots + buys);
      most = required.initial;
    }
    if (sells > 0) {
      this.#requireLots(terms, lots - sells);
      most = Math.max(most, required.initial);
    }
    this.#requireLots(terms, lots);
    required.initial = Math.max(most, required.initial) + loss;
    return required;
  }

  /** What a row requires by itself without its open orders. */
  #heldAlone(row: number, terms: InstrumentTerms): number {
    if (terms.kind === "spot") return 0;
    this.#requireLots(terms, this.#book.lots[row]!);
    return this.#required.initial;
  }

  /** What open orders of a row lose at once and pay in fees, USD micros. */
  #orderLoss(row: number, { assetScale }: InstrumentTerms): number {
    const loss = this.#book.buyLossUnits[row]! + this.#book.sellLossUnits[row]!;
    return loss === 0 ? 0 : usdCeil(loss, this.#assetPrice, assetScale);
  }

  /** What the haircut takes of what open spot orders may buy. */
  #spotHaircut(terms: InstrumentTerms, buys: number, sells: number): number {
    const { settlementAsset, baseAsset, assetScale } = terms;
    const haircuts = this.#sources.markets.assets.columns.haircutPpm;
    const bought = usdCeil(worthCeil(terms, buys, this.#mark), this.#assetPrice, assetScale);
    const sold = usdCeil(worthCeil(terms, sells, this.#mark), this.#assetPrice, assetScale);
    return Math.ceil((bought * haircuts[baseAsset]! + sold * haircuts[settlementAsset]!) / million);
  }

  /** What open spot orders may take away. */
  #addOutflow(terms: InstrumentTerms, row: number): void {
    const book = this.#book;
    const mark = book.markMicros(book.instruments[row]!);
    const { settlementAsset, baseAsset } = terms;
    const outflow = this.#outflow;
    outflow[settlementAsset] = outflow[settlementAsset]! + worthCeil(terms, book.openBuyLots[row]!, mark);
    outflow[baseAsset] = outflow[baseAsset]! + book.spotUnits(terms, book.openSellLots[row]!);
  }

  #readPrices({ settlementAsset }: InstrumentTerms, instrument: number): void {
    this.#mark = this.#book.markMicros(instrument);
    this.#assetPrice = this.#book.prices.assetPriceMicros(settlementAsset);
  }

  /** Reads what an instrument's requirement is made from, once for all sizes. */
  #read(terms: InstrumentTerms, instrument: number, entryUnits: number): void {
    const { markets, positions } = this.#sources;
    const { prices } = this.#book;
    this.#readPrices(terms, instrument);
    this.#entryUnits = entryUnits;
    if (terms.kind === "spot") return;
    // An index that lacks is replaced by the mark.
    this.#index = prices.indexMicros(terms.underlying) || this.#mark;
    const published = markets.initialRatePpm(instrument, positions.openInterest(instrument));
    // As much again when the index is not trusted at all.
    const doubt = 2 - prices.indexConfidencePpm(terms.underlying) / million;
    this.#initialRate = Math.min(million, published * doubt);
    this.#maintenanceRate = Math.min(markets.maintenanceRatePpm(instrument), published);
  }

  /** (F1) to (F3): what lots of the instrument just read require, held alone, into `#required`. */
  #requireLots(terms: InstrumentTerms, lots: number): void {
    const required = this.#required;
    required.initial = 0;
    required.maintenance = 0;
    if (lots === 0) return;
    const assetPrice = this.#assetPrice;
    const index = this.#index;
    const size = Math.abs(lots);
    if (terms.kind !== "option") {
      const notional = terms.isInverse
        ? size * terms.lotSize * million
        : index > 0
          ? worthCeil(terms, size, index)
          : Math.abs(this.#entryUnits);
      required.initial = Math.ceil((notional * this.#initialRate) / million);
      required.maintenance = Math.ceil((notional * this.#maintenanceRate) / million);
      return;
    }
    if (lots > 0) {
      const premium = Math.max(
        0,
        usdFloor(worthFloor(terms, lots, this.#mark), assetPrice, terms.assetScale),
      );
      required.initial = premium;
      required.maintenance = premium;
      return;
    }
    const strikeUsd = (terms.strikeMicros * assetPrice) / million;
    const outOfTheMoney = Math.max(0, terms.optionSign > 0 ? strikeUsd - index : index - strikeUsd);
    const units = size * terms.lotSize;
    const base = (this.#initialRate / million) * index;
    // A put cannot lose more than its strike.
    const cap = terms.optionSign > 0 ? Infinity : units * strikeUsd;
    const initial = Math.min(cap, units * Math.max(base - outOfTheMoney, minimumShortShare * base));
    required.initial = Math.ceil(initial);
    required.maintenance = Math.ceil(Math.min(initial, (units * this.#maintenanceRate * index) / million));
  }
}
