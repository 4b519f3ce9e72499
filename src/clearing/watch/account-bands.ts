import { fundingScale } from "../funding/index.ts";
import { type AccountBook } from "../margin/account-book.ts";
import { expiredStatus } from "../markets/index.ts";
import { PayoffLine } from "../margin/payoff-line.ts";
import { type InstrumentTerms } from "../margin/instrument-terms.ts";
import { BandShares, mostRise, noise, widest } from "./band-shares.ts";
import { driverKinds, type Drivers } from "./drivers.ts";
import { type WatchSources } from "./sources.ts";

const million = 1_000_000;
/** Above this, USD micros or units, money figures may end at their bounds, and no account is left alone. */
const largestGross = 1_125_899_906_842_624;
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
  readonly shares: BandShares;
  /** Rows of options. */
  readonly #options: number[] = [];
  readonly #payoff: PayoffLine = new PayoffLine();
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
    this.shares = new BandShares(drivers);
  }

  /**
   * Measures the loaded account, under isolated or cross margin.
   *
   * @returns false if it cannot be left alone.
   */
  measureFixedRate(book: AccountBook, isIsolated: boolean): boolean {
    this.#begin(book);
    this.#options.length = 0;
    for (let row = 0; row < book.count; row++) {
      if (book.lots[row] === 0) continue;
      const instrument = book.instruments[row]!;
      if (this.#hasExpired(instrument)) return false;
      const terms = book.terms(instrument);
      if (terms.kind === "option") this.#options.push(row);
      else if (terms.kind !== "spot" && !this.#addLinear(book, terms, row, isIsolated)) return false;
    }
    return this.#addOptions(book, isIsolated) && this.#addAssets(book, true) && this.#share();
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
      if (terms.kind === "perpetual") this.shares.pin(driverKinds.funding, instrument);
    }
    return this.#addAssets(book, false) && this.#share();
  }

  #begin(book: AccountBook): void {
    const { assets, underlyings } = this.#sources.markets;
    this.shares.clear();
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
    const against = per * (1 + haircut) * mostRise;
    // What an isolated position gains supports no other: it is asked for as it comes.
    const along = isIsolated ? per * mostRise : 0;
    const [falls, rises] = lots > 0 ? [against, along] : [along, against];
    const at = this.shares.push(driverKinds.mark, instrument, falls, rises, gross * (1 + haircut));
    this.shares.inverse[at] = isInverse ? 1 : 0;
    const profit = worth - entry;
    if (isIsolated && profit > 0) {
      this.#take(profit * value);
      const entryAt = this.#assetEntry(settlementAsset);
      this.shares.rises[entryAt]! += profit / terms.assetScale;
      this.shares.weights[entryAt]! += profit * value;
    } else this.#assetEntry(settlementAsset);
    return true;
  }

  #addFunding(book: AccountBook, terms: InstrumentTerms, row: number, haircut: number): void {
    const instrument = book.instruments[row]!;
    const lots = book.lots[row]!;
    const slope = Math.abs(lots) * inverseScale * this.#unitValue(book, terms) * (1 + haircut) * mostRise;
    const weight = this.#worth * slowShare;
    this.shares.push(driverKinds.funding, instrument, lots > 0 ? 0 : slope, lots > 0 ? slope : 0, weight);
  }

  /** All options: under cross margin in groups whose payoffs may bound what they require. */
  #addOptions(book: AccountBook, isIsolated: boolean): boolean {
    const options = this.#options;
    while (options.length > 0) {
      const first = book.terms(book.instruments[options[0]!]!);
      const isOfGroup = (row: number): boolean => {
        const { underlying, expiryMs, settlementAsset } = book.terms(book.instruments[row]!);
        const isSameExpiry = underlying === first.underlying && expiryMs === first.expiryMs;
        return isSameExpiry && settlementAsset === first.settlementAsset;
      };
      const rows = options.filter(isOfGroup);
      const others = options.filter((row) => !isOfGroup(row));
      options.length = 0;
      options.push(...others);
      const isPlain = isIsolated || rows.length === 1 || rows.every((row) => book.lots[row]! > 0);
      if (!isPlain && this.#addBounded(book, rows)) continue;
      for (const row of rows) {
        if (!this.#addShortOption(book, book.terms(book.instruments[row]!), row)) return false;
      }
    }
    return true;
  }

  /**
   * A group of options by the worst that it can pay, if that is better than all sold ones by themselves: it requires at most its value less that, so
   * it counts for no less, as long as its value is no lower. For that its marks get bands of their own, out of the distance between the two.
   *
   * @returns false if it is not better: nothing was added.
   */
  #addBounded(book: AccountBook, rows: readonly number[]): boolean {
    const { markets } = this.#sources;
    const line = this.#payoff;
    line.clear();
    const first = book.terms(book.instruments[rows[0]!]!);
    const index = book.prices.indexMicros(first.underlying);
    const price = book.prices.assetPriceMicros(first.settlementAsset);
    const value = price / first.assetScale;
    if (!(price > 0 && index > 0)) return false;
    let [worth, gross, weights, alone] = [0, 0, 0, 0];
    for (const row of rows) {
      const instrument = book.instruments[row]!;
      const terms = book.terms(instrument);
      const lots = book.lots[row]!;
      const units = (lots * terms.lotNumerator) / terms.lotDenominator;
      const mark = markets.markMicros(instrument);
      line.hold(terms.optionSign > 0, (terms.strikeMicros * price) / million, lots * terms.lotSize);
      worth += units * mark * value;
      gross += Math.abs(units * value) * (mark + terms.strikeMicros);
      weights += Math.abs(units * value) * Math.max(mark, index * optionShare);
      const rate = markets.maintenanceRatePpm(instrument) / million;
      if (lots < 0) alone += units * mark * value + lots * terms.lotSize * rate * index;
    }
    const least = line.least();
    const reserve = rows.length * roundings * (1 + value) + gross * noise;
    const room = worth - least - reserve;
    if (!(least > alone && room > 0 && gross < largestGross)) return false;
    const share = Math.min(room / weights, widest) * (1 - noise);
    for (const row of rows) {
      const instrument = book.instruments[row]!;
      const at = this.shares.push(driverKinds.mark, instrument, 0, 0, 0);
      const mark = markets.markMicros(instrument);
      const reach = share * Math.max(mark, index * optionShare);
      if (book.lots[row]! > 0) this.shares.lows[at] = mark - reach;
      else this.shares.highs[at] = mark + reach;
      this.shares.isSet[at] = 1;
    }
    this.#left += least;
    this.#gross += gross;
    this.#reserve += reserve;
    const at = this.#assetEntry(first.settlementAsset);
    if (least < 0) this.shares.rises[at]! -= least / price;
    else this.shares.falls[at]! += least / price;
    this.shares.weights[at]! += Math.abs(least);
    return true;
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
    const slope = Math.abs(units) * value * mostRise;
    const weight = slope * Math.max(mark, index * optionShare);
    this.shares.push(driverKinds.mark, instrument, lots > 0 ? slope : 0, lots > 0 ? 0 : slope, weight);
    const at = this.#assetEntry(terms.settlementAsset);
    const perPrice = Math.abs(units * mark) / terms.assetScale;
    if (lots > 0) this.shares.falls[at]! += perPrice;
    else this.shares.rises[at]! += perPrice;
    this.shares.weights[at]! += Math.abs(worth);
    return true;
  }

  #addIndex(underlying: number, slope: number, weight: number): void {
    let at = this.#indexEntries[underlying]!;
    if (at < 0) {
      at = this.shares.push(driverKinds.index, underlying, 0, 0, 0);
      this.#indexEntries[underlying] = at;
    }
    this.shares.rises[at]! += slope;
    this.shares.weights[at]! += weight;
  }

  #assetEntry(asset: number): number {
    const known = this.#assetEntries[asset]!;
    if (known >= 0) return known;
    const at = this.shares.push(driverKinds.asset, asset, 0, 0, 0);
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
      if (units >= 0) this.shares.falls[at]! += ((1 - haircut) * units) / scale;
      else this.shares.rises[at]! -= ((1 + haircut) * units) / scale;
      this.shares.weights[at]! += Math.abs(worth);
      if (!interest.isBorrowable(asset) || balance === 0) continue;
      if (!hasHaircuts) this.shares.pin(driverKinds.accrual, asset);
      else if (balance < 0) this.#addDebt(asset, balance, price / scale, haircut);
    }
    return true;
  }

  #addDebt(asset: number, balance: number, value: number, haircut: number): void {
    const { value: index } = this.#drivers.of(driverKinds.debt, asset);
    const owed = -balance * value * (1 + haircut);
    this.shares.push(driverKinds.debt, asset, 0, (owed * mostRise) / index, owed * slowShare);
  }

  /** Takes a requirement off what is left. USD micros. */
  #take(required: number): void {
    this.#left -= required;
    this.#gross += required;
    this.#reserve += roundings;
  }

  /** Shares what is left, if anything is. */
  #share(): boolean {
    const left = this.#left - this.#reserve - this.#gross * noise;
    if (!(left > 0 && this.#gross < largestGross)) return false;
    this.shares.share(left);
    return true;
  }
}
