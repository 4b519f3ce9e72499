import { bookFigures } from "../../risk/portfolio-margin/margin.ts";
import { type Book, type BookItem, type BookOrder } from "../../risk/portfolio-margin/index.ts";
import { type AccountBook } from "./account-book.ts";
import { type AccountFigures, type FixedRate, type LotsRequirement } from "./fixed-rate.ts";
import { type InstrumentTerms, worthFloor } from "./instrument-terms.ts";
import { Content } from "./content.ts";
import { type Epoch, type RiskEpochs } from "./risk-epoch.ts";

const million = 1_000_000;

const byItem = (a: BookItem | BookOrder, b: BookItem | BookOrder): number =>
  a.rows.item < b.rows.item ? -1 : a.rows.item > b.rows.item ? 1 : a.size - b.size;

/** USD as micros, rounded up; finite. */
const microsCeil = (usd: number): number => Math.ceil(Math.min(usd, 1e200) * million);

/** A requirement, and all that it was made from. */
interface Remembered {
  readonly epoch: Epoch;
  readonly content: Float64Array;
  readonly micros: number;
}

/** Accounts whose last requirement is remembered. */
const mostRemembered = 65_536;

/** Portfolio margin on the rows of an {@link AccountBook}: the model's requirement on the epoch's market. */
export class PortfolioRisk {
  readonly #book: AccountBook;
  readonly #epochs: RiskEpochs;
  readonly #fixedRate: FixedRate;
  readonly #assetCount: () => number;
  /** By asset: units with unrealised profit at the epoch's marks. */
  #totals: Float64Array = new Float64Array(16);
  readonly #content: Content = new Content();
  /** By account. They decide nothing but time. */
  readonly #initial: Map<number, Remembered> = new Map();
  readonly #maintenance: Map<number, Remembered> = new Map();

  constructor(book: AccountBook, epochs: RiskEpochs, fixedRate: FixedRate, assetCount: () => number) {
    this.#book = book;
    this.#epochs = epochs;
    this.#fixedRate = fixedRate;
    this.#assetCount = assetCount;
  }

  /**
   * Puts the requirements of the loaded account into `out`, whose equity stays. What the epoch's market lacks requires what it does under
   * cross margin, alone. False, and nothing done, without an epoch.
   */
  requirements(out: AccountFigures): boolean {
    const epoch = this.#epochs.current();
    if (!epoch) return false;
    const maintenance = this.#maintenanceMicros(epoch);
    out.maintenanceMicros = maintenance;
    out.initialMicros = Math.max(maintenance, this.#initialMicros(epoch));
    return true;
  }

  /** Like {@link requirements}, the maintenance requirement alone: no open order counts in it. */
  maintenance(out: AccountFigures): boolean {
    const epoch = this.#epochs.current();
    if (!epoch) return false;
    out.maintenanceMicros = this.#maintenanceMicros(epoch);
    return true;
  }

  #maintenanceMicros(epoch: Epoch): number {
    this.#content.write(this.#book, this.#assetCount(), false);
    return this.#remembered(this.#maintenance, epoch, () => {
      const { items } = this.bookFor(epoch);
      const { maintenanceUsd } = bookFigures(epoch.margin.matrix, { items, orders: [] });
      return microsCeil(maintenanceUsd) + this.#requirementOfUnknown(epoch).maintenance;
    });
  }

  #initialMicros(epoch: Epoch): number {
    this.#content.write(this.#book, this.#assetCount(), true);
    return this.#remembered(this.#initial, epoch, () => {
      const { initialUsd } = bookFigures(epoch.margin.matrix, this.bookFor(epoch));
      return microsCeil(initialUsd) + this.#requirementOfUnknown(epoch).initial;
    });
  }

  /** What is remembered of the loaded account's content, else made anew. */
  #remembered(memory: Map<number, Remembered>, epoch: Epoch, make: () => number): number {
    const { account } = this.#book;
    const known = memory.get(account);
    if (known?.epoch === epoch && this.#content.equals(known.content)) return known.micros;
    const micros = make();
    if (memory.size >= mostRemembered) memory.clear();
    memory.set(account, { epoch, content: this.#content.copy(), micros });
    return micros;
  }

  /** The loaded account as the risk model sees it, in its canonical order. */
  bookFor(epoch: Epoch): Book {
    const book = this.#book;
    const assetCount = this.#assetCount();
    if (this.#totals.length < assetCount) this.#totals = new Float64Array(assetCount * 2);
    const totals = this.#totals;
    for (let asset = 0; asset < assetCount; asset++) totals[asset] = book.units[asset]!;
    const items: BookItem[] = [];
    const orders: BookOrder[] = [];
    for (let row = 0; row < book.count; row++) {
      const instrument = book.instruments[row]!;
      const rows = epoch.instrumentRows(instrument);
      const terms = book.terms(instrument);
      const lots = book.lots[row]!;
      if (lots !== 0 && (terms.kind === "perpetual" || terms.kind === "future")) {
        const mark = epoch.markMicros(instrument) || book.markMicros(instrument);
        const profit = mark === 0 ? 0 : worthFloor(terms, lots, mark) - book.entryUnits[row]!;
        totals[terms.settlementAsset] = totals[terms.settlementAsset]! + profit;
      }
      if (!rows) continue;
      const contracts = epoch.contractsPerLot(instrument, terms);
      if (lots !== 0) items.push({ rows, size: lots * contracts, balance: 0 });
      const buys = book.openBuyLots[row]!;
      const sells = book.openSellLots[row]!;
      if (buys > 0) {
        this.#pushOrder(epoch, terms, instrument, orders, {
          lots: buys,
          lotTicks: book.openBuyTicks[row]!,
          lossUnits: book.buyLossUnits[row]!,
        });
      }
      if (sells > 0) {
        this.#pushOrder(epoch, terms, instrument, orders, {
          lots: -sells,
          lotTicks: book.openSellTicks[row]!,
          lossUnits: book.sellLossUnits[row]!,
        });
      }
    }
    for (let asset = 0; asset < assetCount; asset++) {
      const units = totals[asset]!;
      if (units === 0 && book.units[asset] === 0) continue;
      const rows = epoch.assetRows(asset);
      if (!rows) continue;
      const scale = book.assetScale(asset);
      items.push({ rows, size: units / scale, balance: book.units[asset]! / scale });
    }
    return { items: items.sort(byItem), orders: orders.sort(byItem) };
  }

  /** All open orders of one side of an instrument as one, at their average price; what each loses at once was added up one by one. */
  #pushOrder(
    epoch: Epoch,
    terms: InstrumentTerms,
    instrument: number,
    orders: BookOrder[],
    {
      lots,
      lotTicks,
      lossUnits,
    }: { readonly lots: number; readonly lotTicks: number; readonly lossUnits: number },
  ): void {
    const rows = epoch.instrumentRows(instrument);
    if (!rows) return;
    const size = lots * epoch.contractsPerLot(instrument, terms);
    const assetUsd = epoch.assetPriceUsd(terms.settlementAsset) / terms.assetScale;
    const traded = { rows, size, fillUsd: 0 - lossUnits * assetUsd };
    const paidRows = epoch.assetRows(terms.settlementAsset);
    // Signed like the lots, and the other way round for inverse instruments, as in `worthFloor`.
    const averageMicros = (lotTicks / Math.abs(lots)) * terms.tickMicros;
    const worthAt = (priceMicros: number): number => {
      if (!(priceMicros > 0)) return 0;
      return terms.isInverse
        ? (-lots * terms.lotNumerator) / priceMicros
        : lots * priceMicros * (terms.lotNumerator / terms.lotDenominator);
    };
    const isPaidInFull = terms.kind === "option" || terms.kind === "spot";
    const markMicros = isPaidInFull ? 0 : epoch.markMicros(instrument);
    const units = (worthAt(markMicros) - worthAt(averageMicros)) / terms.assetScale;
    if (!paidRows || units === 0) {
      orders.push(traded);
      return;
    }
    const paid = { rows: paidRows, size: units };
    if (paidRows.underlying < 0 || paidRows.underlying === rows.underlying) orders.push({ ...traded, paid });
    else orders.push(traded, { ...paid, fillUsd: 0 });
  }

  /** Rows whose instruments the epoch's market lacks, with what each requires alone. USD micros. */
  unknownParts(epoch: Epoch): readonly (LotsRequirement & { readonly row: number })[] {
    const book = this.#book;
    const parts: (LotsRequirement & { readonly row: number })[] = [];
    for (let row = 0; row < book.count; row++) {
      if (!epoch.instrumentRows(book.instruments[row]!))
        parts.push({ row, ...this.#fixedRate.rowAlone(row) });
    }
    return parts;
  }

  #requirementOfUnknown(epoch: Epoch): LotsRequirement {
    const sum = { initial: 0, maintenance: 0 };
    for (const { initial, maintenance } of this.unknownParts(epoch)) {
      sum.initial += initial;
      sum.maintenance += maintenance;
    }
    return sum;
  }
}
