import { fundingScale } from "../funding/index.ts";
import { type AccountBook } from "../margin/account-book.ts";
import { expiredStatus } from "../markets/index.ts";
import { type InstrumentTerms } from "../margin/instrument-terms.ts";
import { type Driver, driverKinds, type DriverKind, type Drivers } from "./drivers.ts";
import { type WatchSources } from "./sources.ts";

const million = 1_000_000;
/** No band of a price is wider than this share of it: products of two prices are bounded by it. docs/margin-watch.md. */
export const widest: number = 1 / 8;
const most = 1 + widest;
/** Above this, USD micros or units, money figures may end at their bounds, and no account is left alone. */
const largestGross = 1_125_899_906_842_624;
/** Of all that is added up: what float64 and the figures' own roundings of products may take. */
const noise = 1e-9;
/** Of each row and asset: roundings of whole micros and units, several times over. */
const roundings = 16;
const inverseScale = 1 / Number(fundingScale);
/** Shares of a position's worth that its band leaves to funding and interest, beside that of the price itself. */
const slowShare = 0.1;
/** An option's mark moves by a part of what the index does. */
const optionShare = 0.3;

/**
 * Bands of one account: between which values of each driver its equity cannot fall below its maintenance requirement. It takes the rows of
 * an {@link AccountBook}, a lower bound of equity − maintenance, and how fast each driver can lessen that; then shares what is left.
 */
export class AccountBands {
  readonly #sources: WatchSources;
  readonly #drivers: Drivers;
  /** Of what was measured last. */
  count = 0;
  readonly drivers: Driver[] = [];
  lows: Float64Array = new Float64Array(64);
  highs: Float64Array = new Float64Array(64);
  /** USD micros that each driver may take per unit falling and rising. Of inverse contracts: per whole of price / new price. */
  #falls: Float64Array = new Float64Array(64);
  #rises: Float64Array = new Float64Array(64);
  /** Of what is left each takes its share by weight: about what it takes when it moves by the whole. USD micros. */
  #weights: Float64Array = new Float64Array(64);
  #inverse: Uint8Array = new Uint8Array(64);
  /** By underlying and asset, of this account: where its entry is, −1 for none. */
  #indexEntries: Int32Array = new Int32Array(16);
  #assetEntries: Int32Array = new Int32Array(16);
  #totals: Float64Array = new Float64Array(16);
  /** Of the position added last, USD micros. */
  #worth = 0;
  #left = 0;
  #gross = 0;
  #reserve = 0;

  constructor(sources: WatchSources, drivers: Drivers) {
    this.#sources = sources;
    this.#drivers = drivers;
  }

  /**
   * Measures the loaded account, under isolated or cross margin.
   *
   * @returns false if it cannot be left alone.
   */
  measureFixedRate(book: AccountBook, isIsolated: boolean): boolean {
    this.#begin(book);
    for (let row = 0; row < book.count; row++) {
      if (book.lots[row] === 0) continue;
      const instrument = book.instruments[row]!;
      if (this.#hasExpired(instrument)) return false;
      const terms = book.terms(instrument);
      const isGood =
        terms.kind === "option"
          ? this.#addShortOption(book, terms, row)
          : terms.kind === "spot" || this.#addLinear(book, terms, row, isIsolated);
      if (!isGood) return false;
    }
    return this.#addAssets(book, true) && this.#share();
  }

  /**
   * Measures the loaded account under portfolio margin while the epoch and all that its requirement is made from stand still.
   *
   * @param requiredMicros - at least what it must hold.
   */
  measurePortfolio(book: AccountBook, requiredMicros: number): boolean {
    this.#begin(book);
    this.#left = -requiredMicros;
    this.#gross = requiredMicros;
    for (let row = 0; row < book.count; row++) {
      if (book.lots[row] === 0) continue;
      const instrument = book.instruments[row]!;
      if (this.#hasExpired(instrument)) return false;
      const terms = book.terms(instrument);
      const isGood =
        terms.kind === "option"
          ? this.#addOption(book, terms, row)
          : terms.kind === "spot" || this.#addProfit(book, terms, row, 0, false);
      if (!isGood) return false;
      if (terms.kind === "perpetual") this.#pin(driverKinds.funding, instrument);
    }
    return this.#addAssets(book, false) && this.#share();
  }

  #begin(book: AccountBook): void {
    const { assets, underlyings } = this.#sources.markets;
    this.count = 0;
    this.#left = 0;
    this.#gross = 0;
    this.#reserve = 0;
    if (this.#assetEntries.length < assets.count) {
      this.#assetEntries = new Int32Array(assets.count * 2);
      this.#totals = new Float64Array(assets.count * 2);
    }
    if (this.#indexEntries.length < underlyings.count) {
      this.#indexEntries = new Int32Array(underlyings.count * 2);
    }
    this.#assetEntries.fill(-1);
    this.#indexEntries.fill(-1);
    for (let asset = 0; asset < assets.count; asset++) this.#totals[asset] = book.units[asset]!;
  }

  /** What has expired is worth what it settles at. */
  #hasExpired(instrument: number): boolean {
    return this.#sources.markets.instruments.columns.status[instrument] === expiredStatus;
  }

  /** USD micros of one unit of an asset. */
  #unitValue(book: AccountBook, { settlementAsset, assetScale }: InstrumentTerms): number {
    return book.prices.assetPriceMicros(settlementAsset) / assetScale;
  }

  #haircut(asset: number): number {
    return this.#sources.markets.assets.columns.haircutPpm[asset]! / million;
  }

  /** A position of a perpetual or future: what its profit does, and what is asked for it. */
  #addLinear(book: AccountBook, terms: InstrumentTerms, row: number, isIsolated: boolean): boolean {
    const instrument = book.instruments[row]!;
    const haircut = this.#haircut(terms.settlementAsset);
    if (!this.#addProfit(book, terms, row, haircut, isIsolated)) return false;
    const size = Math.abs(book.lots[row]!);
    const rate = this.#sources.markets.maintenanceRatePpm(instrument) / million;
    if (terms.kind === "perpetual") this.#addFunding(book, terms, row, haircut);
    if (terms.isInverse) {
      this.#take(size * terms.lotSize * million * rate);
      return true;
    }
    const index = book.prices.indexMicros(terms.underlying);
    if (!(index > 0)) return false;
    const slope = size * (terms.lotNumerator / terms.lotDenominator) * rate;
    this.#take(slope * index);
    this.#addIndex(terms.underlying, slope, slope * index);
    return true;
  }

  #addProfit(
    book: AccountBook,
    terms: InstrumentTerms,
    row: number,
    haircut: number,
    isIsolated: boolean,
  ): boolean {
    const instrument = book.instruments[row]!;
    const lots = book.lots[row]!;
    const mark = this.#sources.markets.markMicros(instrument);
    const value = this.#unitValue(book, terms);
    if (!(mark > 0 && value > 0)) return false;
    const { isInverse, lotNumerator, lotDenominator, settlementAsset } = terms;
    const worth = isInverse ? (-lots * lotNumerator) / mark : (lots * mark * lotNumerator) / lotDenominator;
    const entry = book.entryUnits[row]!;
    this.#totals[settlementAsset] = this.#totals[settlementAsset]! + (worth - entry);
    if (Math.abs(worth) > largestGross) return false;
    const gross = Math.abs(worth) * value;
    this.#worth = gross;
    this.#gross += (Math.abs(worth) + Math.abs(entry)) * value;
    this.#reserve += roundings * (1 + value);
    const per = isInverse ? gross : gross / mark;
    const against = per * (1 + haircut) * most;
    // What an isolated position gains supports no other: it is asked for as it comes.
    const along = isIsolated ? per * most : 0;
    const [falls, rises] = lots > 0 ? [against, along] : [along, against];
    const at = this.#push(driverKinds.mark, instrument, falls, rises, gross * (1 + haircut));
    this.#inverse[at] = isInverse ? 1 : 0;
    const profit = worth - entry;
    if (isIsolated && profit > 0) {
      this.#take(profit * value);
      const entryAt = this.#assetEntry(settlementAsset);
      this.#rises[entryAt]! += profit / terms.assetScale;
      this.#weights[entryAt]! += profit * value;
    } else this.#assetEntry(settlementAsset);
    return true;
  }

  #addFunding(book: AccountBook, terms: InstrumentTerms, row: number, haircut: number): void {
    const instrument = book.instruments[row]!;
    const lots = book.lots[row]!;
    const slope = Math.abs(lots) * inverseScale * this.#unitValue(book, terms) * (1 + haircut) * most;
    const weight = this.#worth * slowShare;
    this.#push(driverKinds.funding, instrument, lots > 0 ? 0 : slope, lots > 0 ? slope : 0, weight);
  }

  /** A bought option is asked its premium for: what it is worth beyond that counts for nothing. A sold one costs its mark and a share of the index. */
  #addShortOption(book: AccountBook, terms: InstrumentTerms, row: number): boolean {
    if (book.lots[row]! > 0) return true;
    if (!this.#addOption(book, terms, row)) return false;
    const index = book.prices.indexMicros(terms.underlying);
    if (!(index > 0)) return false;
    const rate = this.#sources.markets.maintenanceRatePpm(book.instruments[row]!) / million;
    const slope = Math.abs(book.lots[row]!) * terms.lotSize * rate;
    this.#take(slope * index);
    this.#addIndex(terms.underlying, slope, slope * index);
    return true;
  }

  /** What an option is worth: at its mark, in its settlement asset. */
  #addOption(book: AccountBook, terms: InstrumentTerms, row: number): boolean {
    const instrument = book.instruments[row]!;
    const lots = book.lots[row]!;
    const mark = this.#sources.markets.markMicros(instrument);
    const value = this.#unitValue(book, terms);
    const index = book.prices.indexMicros(terms.underlying);
    if (terms.isInverse || !(value > 0 && index > 0)) return false;
    const units = (lots * terms.lotNumerator) / terms.lotDenominator;
    const worth = units * mark * value;
    this.#left += worth;
    this.#gross += Math.abs(worth);
    this.#reserve += roundings * (1 + value);
    const slope = Math.abs(units) * value * most;
    const weight = slope * Math.max(mark, index * optionShare);
    this.#push(driverKinds.mark, instrument, lots > 0 ? slope : 0, lots > 0 ? 0 : slope, weight);
    const at = this.#assetEntry(terms.settlementAsset);
    const perPrice = Math.abs(units * mark) / terms.assetScale;
    if (lots > 0) this.#falls[at]! += perPrice;
    else this.#rises[at]! += perPrice;
    this.#weights[at]! += Math.abs(worth);
    return true;
  }

  #addIndex(underlying: number, slope: number, weight: number): void {
    let at = this.#indexEntries[underlying]!;
    if (at < 0) {
      at = this.#push(driverKinds.index, underlying, 0, 0, 0);
      this.#indexEntries[underlying] = at;
    }
    this.#rises[at]! += slope;
    this.#weights[at]! += weight;
  }

  #assetEntry(asset: number): number {
    const known = this.#assetEntries[asset]!;
    if (known >= 0) return known;
    const at = this.#push(driverKinds.asset, asset, 0, 0, 0);
    this.#assetEntries[asset] = at;
    return at;
  }

  /** Balances with profit, and what the haircut takes of them. */
  #addAssets(book: AccountBook, hasHaircuts: boolean): boolean {
    const { markets, ledger, interest } = this.#sources;
    for (let asset = 0; asset < markets.assets.count; asset++) {
      const units = this.#totals[asset]!;
      const balance = ledger.balance(book.account, asset);
      if (units === 0 && balance === 0 && this.#assetEntries[asset]! < 0) continue;
      const price = book.prices.assetPriceMicros(asset);
      const haircut = hasHaircuts ? this.#haircut(asset) : 0;
      if (!(price > 0 && haircut <= 1)) return false;
      const scale = markets.assets.columns.unitsPerOne[asset]!;
      const worth = (units * price) / scale;
      this.#left += worth - haircut * Math.abs(worth);
      this.#gross += Math.abs(worth);
      this.#reserve += roundings * (1 + price / scale);
      if (Math.abs(units) > largestGross) return false;
      const at = this.#assetEntry(asset);
      if (units >= 0) this.#falls[at]! += ((1 - haircut) * units) / scale;
      else this.#rises[at]! -= ((1 + haircut) * units) / scale;
      this.#weights[at]! += Math.abs(worth);
      if (!interest.isBorrowable(asset) || balance === 0) continue;
      if (!hasHaircuts) this.#pin(driverKinds.accrual, asset);
      else if (balance < 0) this.#addDebt(asset, balance, price / scale, haircut);
    }
    return true;
  }

  #addDebt(asset: number, balance: number, value: number, haircut: number): void {
    const { value: index } = this.#drivers.of(driverKinds.debt, asset);
    const owed = -balance * value * (1 + haircut);
    this.#push(driverKinds.debt, asset, 0, (owed * most) / index, owed * slowShare);
  }

  /** A driver that must not move at all. */
  #pin(kind: DriverKind, of: number): void {
    const at = this.#push(kind, of, 0, 0, 0);
    const driver = this.drivers[at]!;
    this.lows[at] = driver.value;
    this.highs[at] = driver.value;
  }

  /** Takes a requirement off what is left. USD micros. */
  #take(required: number): void {
    this.#left -= required;
    this.#gross += required;
    this.#reserve += roundings;
  }

  #push(kind: DriverKind, of: number, falls: number, rises: number, weight: number): number {
    const at = this.count++;
    if (at === this.#falls.length) this.#grow();
    this.drivers[at] = this.#drivers.of(kind, of);
    this.#falls[at] = falls;
    this.#rises[at] = rises;
    this.#weights[at] = weight;
    this.#inverse[at] = 0;
    this.lows[at] = -Infinity;
    this.highs[at] = Infinity;
    return at;
  }

  #grow(): void {
    const longer = (column: Float64Array): Float64Array => {
      const made = new Float64Array(column.length * 2);
      made.set(column);
      return made;
    };
    this.#falls = longer(this.#falls);
    this.#rises = longer(this.#rises);
    this.#weights = longer(this.#weights);
    this.lows = longer(this.lows);
    this.highs = longer(this.highs);
    const inverse = new Uint8Array(this.#inverse.length * 2);
    inverse.set(this.#inverse);
    this.#inverse = inverse;
  }

  /** Shares what is left among the drivers: each may take its part, so that all together take no more than there is. */
  #share(): boolean {
    const left = this.#left - this.#reserve - this.#gross * noise;
    if (!(left > 0 && this.#gross < largestGross)) return false;
    let weights = 0;
    for (let at = 0; at < this.count; at++) weights += this.#weights[at]!;
    const share = weights === 0 ? 0 : Math.min(left / weights, widest) * (1 - noise);
    for (let at = 0; at < this.count; at++) this.#setBand(at, share * this.#weights[at]!);
    return true;
  }

  /** The band of one driver that may take so much. */
  #setBand(at: number, takes: number): void {
    const { kind, value } = this.drivers[at]!;
    if (kind === driverKinds.accrual || this.lows[at] === this.highs[at]) return;
    const falls = this.#falls[at]!;
    const rises = this.#rises[at]!;
    let low = -Infinity;
    let high = Infinity;
    if (this.#inverse[at] === 1) {
      // The worth of an inverse contract goes by 1 / price.
      if (falls > 0) low = value / (1 + takes / falls);
      if (rises > takes) high = value / (1 - takes / rises);
    } else {
      if (falls > 0) low = value - takes / falls;
      if (rises > 0) high = value + takes / rises;
    }
    if (kind === driverKinds.asset) high = Math.min(high, value * most * (1 - noise));
    // Where a price comes or goes, another takes its place.
    const isPrice = kind === driverKinds.mark || kind === driverKinds.index || kind === driverKinds.asset;
    if (isPrice && value > 0) low = Math.max(low, 1);
    this.lows[at] = low;
    this.highs[at] = high;
  }
}
