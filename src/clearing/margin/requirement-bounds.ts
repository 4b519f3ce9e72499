import { type BookItem, type ItemRows, type PreparedUnderlying } from "../../risk/portfolio-margin/index.ts";
import { bookFigures } from "../../risk/portfolio-margin/margin.ts";
import { assetRiskOf } from "../../risk/scenarios/stress.ts";
import { type AccountBook } from "./account-book.ts";
import { lossUsd, paidAmount, type RiskBook } from "./risk-book.ts";
import { type Epoch, type EpochModel } from "./risk-epoch.ts";

/** Contracts or units that a bound per one is made from: many, so that the model's own rounding does not show. */
const sample = 1_024;
/** What the model's rounding of products may add to a whole book, USD micros, and relative to it. */
const roundingMicros = 20_000;
const roundingShare = 1e-9;
const mostRemembered = 16_384;

/** Values of a row of an instrument that a reference keeps. */
const rowLength = 8;

/** An account whose requirement is known, with that requirement before the bound by payoff. */
interface Reference {
  readonly epoch: Epoch;
  readonly unboundedUsd: number;
  /** By asset: with unrealised profit, and without. */
  readonly totals: Float64Array;
  readonly units: Float64Array;
  /** Instrument, lots, and of either side open lots, Σ lots × ticks, loss units. */
  readonly rows: Float64Array;
}

/** What one more contract, or unit of an asset, of either sign can add to any requirement, USD. */
interface UnitBounds {
  readonly long: number;
  readonly short: number;
}

/**
 * Upper bounds of initial requirements that cost a fraction of the requirement itself. The model's measures are subadditive, and its
 * charges rise with size no faster than a known slope, so a book requires at most what a known one did before its bound by payoff, plus
 * what each difference requires alone with the charges at their steepest. docs/margin-in-clearing.md gives the argument.
 */
export class RequirementBounds {
  readonly #book: AccountBook;
  readonly #riskBook: RiskBook;
  readonly #assetCount: () => number;
  readonly #references: Map<number, Reference> = new Map();
  #epoch: Epoch | undefined;
  #ofInstruments: (UnitBounds | undefined)[] = [];
  #ofAssets: (UnitBounds | undefined)[] = [];

  constructor(book: AccountBook, riskBook: RiskBook, assetCount: () => number) {
    this.#book = book;
    this.#riskBook = riskBook;
    this.#assetCount = assetCount;
  }

  /** Keeps the loaded account, whose risk book was just made, as what later ones are compared with. */
  remember(account: number, epoch: Epoch, unboundedUsd: number): void {
    const book = this.#book;
    const assetCount = this.#assetCount();
    const rows = new Float64Array(book.count * rowLength);
    for (let row = 0, at = 0; row < book.count; row++) {
      rows[at++] = book.instruments[row]!;
      rows[at++] = book.lots[row]!;
      rows[at++] = book.openBuyLots[row]!;
      rows[at++] = book.openBuyTicks[row]!;
      rows[at++] = book.buyLossUnits[row]!;
      rows[at++] = book.openSellLots[row]!;
      rows[at++] = book.openSellTicks[row]!;
      rows[at++] = book.sellLossUnits[row]!;
    }
    if (this.#references.size >= mostRemembered) this.#references.clear();
    this.#references.set(account, {
      epoch,
      unboundedUsd,
      totals: this.#riskBook.totals.slice(0, assetCount),
      units: book.units.slice(0, assetCount),
      rows,
    });
  }

  /**
   * At least what the loaded account requires initially, with or without its open orders, USD micros. Compared with what is known of the
   * account in this epoch, else with an empty account.
   */
  initialMicros(account: number, epoch: Epoch, withOrders: boolean): number {
    const known = this.#references.get(account);
    const assetCount = this.#assetCount();
    const isGood = known?.epoch === epoch && known.units.length === assetCount;
    const reference = isGood ? known : nothing(epoch, assetCount);
    if (this.#epoch !== epoch) {
      this.#epoch = epoch;
      this.#ofInstruments = [];
      this.#ofAssets = [];
    }
    const assetsUsd = this.#assetsUsd(epoch, reference);
    const usd = reference.unboundedUsd + assetsUsd + this.#rowsUsd(epoch, reference, withOrders);
    return Math.ceil(usd * 1e6 * (1 + roundingShare)) + roundingMicros;
  }

  #assetsUsd(epoch: Epoch, { totals, units }: Reference): number {
    const book = this.#book;
    this.#riskBook.addUp(epoch);
    let usd = 0;
    for (let asset = 0; asset < units.length; asset++) {
      const change = this.#riskBook.totals[asset]! - totals[asset]!;
      const deposited = book.units[asset]! - units[asset]!;
      if (change === 0 && deposited === 0) continue;
      const scale = book.assetScale(asset);
      usd += this.#assetUsd(epoch, asset, change / scale);
      usd += this.#custodyUsd(epoch, asset, deposited / scale);
    }
    return usd;
  }

  #rowsUsd(epoch: Epoch, { rows }: Reference, withOrders: boolean): number {
    const book = this.#book;
    let usd = 0;
    let at = 0;
    for (let row = 0; row < book.count; row++) {
      const instrument = book.instruments[row]!;
      // Both in order of instrument, but for what stands last: an order or trade under examination.
      while (at < rows.length && rows[at]! < instrument) {
        usd += this.#instrumentUsd(epoch, rows[at]!, 0 - rows[at + 1]!);
        at += rowLength;
      }
      const isKnown = rows[at] === instrument;
      const from = isKnown ? at : find(rows, instrument);
      if (isKnown) at += rowLength;
      const lotsBefore = from < 0 ? 0 : rows[from + 1]!;
      usd += this.#instrumentUsd(epoch, instrument, book.lots[row]! - lotsBefore);
      if (withOrders) usd += this.#ordersUsd(epoch, row, rows, from);
    }
    for (; at < rows.length; at += rowLength) {
      if (book.find(rows[at]!) < 0) usd += this.#instrumentUsd(epoch, rows[at]!, 0 - rows[at + 1]!);
    }
    return usd;
  }

  /** What the open orders of a row can add to what those of the reference's row at `from` (−1: there was none) did. */
  #ordersUsd(epoch: Epoch, row: number, rows: Float64Array, from: number): number {
    const book = this.#book;
    const instrument = book.instruments[row]!;
    const known = (offset: number): number => (from < 0 ? 0 : rows[from + offset]!);
    let usd = 0;
    const sides = [
      [1, book.openBuyLots[row]!, book.openBuyTicks[row]!, book.buyLossUnits[row]!, 2],
      [-1, book.openSellLots[row]!, book.openSellTicks[row]!, book.sellLossUnits[row]!, 5],
    ] as const;
    for (const [sign, lots, lotTicks, loss, offset] of sides) {
      const lotsBefore = known(offset);
      const ticksBefore = known(offset + 1);
      const lossBefore = known(offset + 2);
      if (lots === lotsBefore && lotTicks === ticksBefore && loss === lossBefore) continue;
      if (lots === 0) continue;
      const terms = book.terms(instrument);
      // So much of the known orders is still there; the rest of what is now came new.
      const kept = lotsBefore === 0 ? 0 : Math.min(1, lots / lotsBefore);
      usd += this.#instrumentUsd(epoch, instrument, sign * Math.max(0, lots - lotsBefore));
      const paid =
        paidAmount(epoch, terms, instrument, sign * lots, lotTicks) -
        kept * paidAmount(epoch, terms, instrument, sign * lotsBefore, ticksBefore);
      usd += this.#assetUsd(epoch, terms.settlementAsset, paid);
      const steepest = Math.max(...epoch.models.map(lossMultiplier));
      usd += steepest * lossUsd(epoch, terms, Math.max(0, loss - kept * lossBefore));
      const isDeposit = terms.kind === "option" || terms.kind === "spot";
      if (isDeposit) usd += this.#custodyUsd(epoch, terms.settlementAsset, paid);
    }
    return usd;
  }

  /** The charge (24) on what is deposited beside. */
  #custodyUsd(epoch: Epoch, asset: number, amount: number): number {
    const state = epoch.assetState(asset);
    if (!state || amount <= 0) return 0;
    return epoch.models.reduce((usd, { share, matrix }) => {
      const { custodyHaircut } = assetRiskOf(matrix.parameters, state);
      return usd + share * amount * state.priceUsd * custodyHaircut;
    }, 0);
  }

  #instrumentUsd(epoch: Epoch, instrument: number, lots: number): number {
    if (lots === 0) return 0;
    const contracts = lots * epoch.contractsPerLot(instrument, this.#book.terms(instrument));
    const { long, short } = (this.#ofInstruments[instrument] ??= unitBounds(epoch, (model) =>
      model.instrumentRows(instrument),
    ));
    return contracts > 0 ? contracts * long : -contracts * short;
  }

  #assetUsd(epoch: Epoch, asset: number, amount: number): number {
    if (amount === 0) return 0;
    const { long, short } = (this.#ofAssets[asset] ??= unitBounds(epoch, (model) => model.assetRows(asset)));
    return amount > 0 ? amount * long : -amount * short;
  }
}

const nothing = (epoch: Epoch, assetCount: number): Reference => ({
  epoch,
  unboundedUsd: 0,
  totals: new Float64Array(assetCount),
  units: new Float64Array(assetCount),
  rows: new Float64Array(0),
});

function find(rows: Float64Array, instrument: number): number {
  for (let at = 0; at < rows.length; at += rowLength) if (rows[at] === instrument) return at;
  return -1;
}

/** What one contract or unit requires by itself, with the charges that grow faster than size at their steepest. */
function unitBounds(epoch: Epoch, rowsOf: (model: EpochModel) => ItemRows | undefined): UnitBounds {
  const bounds = { long: 0, short: 0 };
  for (const model of epoch.models) {
    const rows = rowsOf(model);
    if (!rows) continue;
    const { matrix, share } = model;
    const steepest = steepestCharge(matrix.underlyings[rows.underlying]) * Math.abs(rows.deltaUsd);
    const alone = (size: number): number => {
      const item: BookItem = { rows, size, balance: 0 };
      return bookFigures(matrix, { items: [item], orders: [] }).unboundedInitialUsd / sample + steepest;
    };
    bounds.long += share * alone(sample);
    bounds.short += share * alone(-sample);
  }
  return bounds;
}

/** How much of a sure loss counts at most. */
const lossMultiplier = ({ matrix }: EpochModel): number =>
  Math.max(1, matrix.parameters.shortfall.initialMultiplier);

/**
 * How fast, per USD of net delta, price impact (20) and concentration (21) can rise: Δ·√Δ rises by one and a half times its rate, which
 * ends at `impactMax`.
 */
const steepestCharge = (underlying: PreparedUnderlying | undefined): number =>
  underlying ? 1.5 * underlying.risk.impactMax + underlying.risk.concentrationRate : 0;
