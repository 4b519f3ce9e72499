import { type Book, type BookItem, type BookOrder } from "../../risk/portfolio-margin/index.ts";
import { bookFigures, type BookFigures } from "../../risk/portfolio-margin/margin.ts";
import { type AccountBook } from "./account-book.ts";
import { type InstrumentTerms, worthFloor } from "./instrument-terms.ts";
import { type Epoch, type EpochModel } from "./risk-epoch.ts";

const byItem = (a: BookItem | BookOrder, b: BookItem | BookOrder): number =>
  a.rows.item < b.rows.item ? -1 : a.rows.item > b.rows.item ? 1 : a.size - b.size;

/** Open orders of one side of an instrument, together. */
export interface OpenSide {
  /** Signed. */
  readonly lots: number;
  /** Σ |lots| × price in ticks. */
  readonly lotTicks: number;
  /** What they lose at once and pay in fees, each by itself, units of the settlement asset. */
  readonly lossUnits: number;
}

/** Makes the risk model's book of the loaded account. */
export class RiskBook {
  readonly #book: AccountBook;
  readonly #assetCount: () => number;
  /** By asset: units with unrealised profit at the epoch's marks. Good after {@link addUp}. */
  totals: Float64Array = new Float64Array(16);

  constructor(book: AccountBook, assetCount: () => number) {
    this.#book = book;
    this.#assetCount = assetCount;
  }

  /** Balances with unrealised profit, into `totals`. */
  addUp(epoch: Epoch): void {
    const book = this.#book;
    const assetCount = this.#assetCount();
    if (this.totals.length < assetCount) this.totals = new Float64Array(assetCount * 2);
    const { totals } = this;
    for (let asset = 0; asset < assetCount; asset++) totals[asset] = book.units[asset]!;
    for (let row = 0; row < book.count; row++) {
      const lots = book.lots[row]!;
      if (lots === 0) continue;
      const instrument = book.instruments[row]!;
      const terms = book.terms(instrument);
      if (terms.kind !== "perpetual" && terms.kind !== "future") continue;
      const mark = epoch.markMicros(instrument) || book.markMicros(instrument);
      const profit = mark === 0 ? 0 : worthFloor(terms, lots, mark) - book.entryUnits[row]!;
      totals[terms.settlementAsset] = totals[terms.settlementAsset]! + profit;
    }
  }

  /** The account in its canonical order, for one of the epoch's models. What the epoch's market lacks is left out. */
  make(epoch: Epoch, model: EpochModel): Book {
    const book = this.#book;
    const items: BookItem[] = [];
    const orders: BookOrder[] = [];
    this.addUp(epoch);
    for (let row = 0; row < book.count; row++) {
      const instrument = book.instruments[row]!;
      const rows = model.instrumentRows(instrument);
      if (!rows) continue;
      const lots = book.lots[row]!;
      if (lots !== 0) {
        const size = lots * epoch.contractsPerLot(instrument, book.terms(instrument));
        items.push({ rows, size, balance: 0 });
      }
      const buys = book.openBuyLots[row]!;
      const sells = book.openSellLots[row]!;
      if (buys > 0) {
        const lotTicks = book.openBuyTicks[row]!;
        this.#pushOrder(
          epoch,
          model,
          instrument,
          { lots: buys, lotTicks, lossUnits: book.buyLossUnits[row]! },
          orders,
        );
      }
      if (sells > 0) {
        const lotTicks = book.openSellTicks[row]!;
        this.#pushOrder(
          epoch,
          model,
          instrument,
          { lots: -sells, lotTicks, lossUnits: book.sellLossUnits[row]! },
          orders,
        );
      }
    }
    const assetCount = this.#assetCount();
    for (let asset = 0; asset < assetCount; asset++) {
      const units = this.totals[asset]!;
      if (units === 0 && book.units[asset] === 0) continue;
      const rows = model.assetRows(asset);
      if (!rows) continue;
      const scale = book.assetScale(asset);
      items.push({ rows, size: units / scale, balance: book.units[asset]! / scale });
    }
    return { items: items.sort(byItem), orders: orders.sort(byItem) };
  }

  /** All open orders of one side as one, at their average price; what each loses at once was added up one by one. */
  #pushOrder(epoch: Epoch, model: EpochModel, instrument: number, side: OpenSide, orders: BookOrder[]): void {
    const terms = this.#book.terms(instrument);
    const rows = model.instrumentRows(instrument);
    if (!rows) return;
    const size = side.lots * epoch.contractsPerLot(instrument, terms);
    const traded = { rows, size, fillUsd: 0 - lossUsd(epoch, terms, side.lossUnits) };
    const paidRows = model.assetRows(terms.settlementAsset);
    const units = paidAmount(epoch, terms, instrument, side.lots, side.lotTicks);
    if (!paidRows || units === 0) {
      orders.push(traded);
      return;
    }
    const paid = { rows: paidRows, size: units };
    if (paidRows.underlying < 0 || paidRows.underlying === rows.underlying) orders.push({ ...traded, paid });
    else orders.push(traded, { ...paid, fillUsd: 0 });
  }
}

/** Figures of the loaded account: those of the epoch's models, each by its share. USD. */
export function epochFigures(epoch: Epoch, riskBook: RiskBook, withOrders: boolean): BookFigures {
  const sum = { initialUsd: 0, maintenanceUsd: 0, unboundedInitialUsd: 0 };
  for (const model of epoch.models) {
    const { items, orders } = riskBook.make(epoch, model);
    const figures = bookFigures(model.matrix, { items, orders: withOrders ? orders : [] });
    sum.initialUsd += model.share * figures.initialUsd;
    sum.maintenanceUsd += model.share * figures.maintenanceUsd;
    sum.unboundedInitialUsd += model.share * figures.unboundedInitialUsd;
  }
  return sum;
}

/** Units of a settlement asset in USD at the epoch's price. */
export const lossUsd = (epoch: Epoch, terms: InstrumentTerms, units: number): number =>
  (units * (epoch.assetState(terms.settlementAsset)?.priceUsd ?? 0)) / terms.assetScale;

/** What fills of open orders at their average price add to the balance they are paid from, in whole units of the asset as a float64. */
export function paidAmount(
  epoch: Epoch,
  terms: InstrumentTerms,
  instrument: number,
  lots: number,
  lotTicks: number,
): number {
  if (lots === 0) return 0;
  // Signed like the lots, and the other way round for inverse instruments, as in `worthFloor`.
  const worthAt = (priceMicros: number): number => {
    if (!(priceMicros > 0)) return 0;
    return terms.isInverse
      ? (-lots * terms.lotNumerator) / priceMicros
      : lots * priceMicros * (terms.lotNumerator / terms.lotDenominator);
  };
  const averageMicros = (lotTicks / Math.abs(lots)) * terms.tickMicros;
  // Spot and options are paid in full; of the others the profit against the mark is booked.
  const isPaidInFull = terms.kind === "option" || terms.kind === "spot";
  const markMicros = isPaidInFull ? 0 : epoch.markMicros(instrument);
  return (worthAt(markMicros) - worthAt(averageMicros)) / terms.assetScale;
}
