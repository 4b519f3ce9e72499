import { type ItemRows } from "../../risk/portfolio-margin/index.ts";
import { chargeSums } from "../../risk/portfolio-margin/add-ons.ts";
import {
  AccountBook,
  type Epoch,
  type EpochModel,
  FixedRate,
  type MarginSources,
  RiskBook,
} from "../margin/index.ts";
import { type ScenarioRows } from "./scenario-rows.ts";

/** What an account holds of one instrument, in contracts, or of one asset, in whole units: signed. */
export interface ExposureItem {
  readonly rows: ItemRows;
  readonly size: number;
}

/** An account as the scenarios see it. */
export interface Exposure {
  readonly account: number;
  /** Now: balances, profit not realised, options at their marks. USD micros. */
  readonly equityMicros: number;
  /** Of closing all of it now, equations (19) and (20) of the margin model. USD. */
  readonly closeOutUsd: number;
  readonly items: readonly ExposureItem[];
}

/** Reads accounts, one at a time, as the scenarios of one epoch see them. Changes nothing. */
export class ExposureReader {
  readonly #sources: MarginSources;
  readonly #epoch: Epoch;
  readonly #model: EpochModel;
  readonly #rows: ScenarioRows;
  readonly #book: AccountBook;
  readonly #fixedRate: FixedRate;
  readonly #riskBook: RiskBook;
  readonly #figures = { equityMicros: 0, initialMicros: 0, maintenanceMicros: 0 };

  constructor(sources: MarginSources, epoch: Epoch, model: EpochModel, rows: ScenarioRows) {
    this.#sources = sources;
    this.#epoch = epoch;
    this.#model = model;
    this.#rows = rows;
    this.#book = new AccountBook(sources);
    this.#fixedRate = new FixedRate(sources, this.#book);
    this.#riskBook = new RiskBook(this.#book, () => sources.ledger.assetCount);
  }

  /** Can the account lose at all: has it a position, or a debt? */
  #isExposed(account: number): boolean {
    const { positions, ledger } = this.#sources;
    if (positions.count(account) > 0) return true;
    for (let asset = 0; asset < ledger.assetCount; asset++)
      if (ledger.balance(account, asset) < 0) return true;
    return false;
  }

  /**
   * The account, unless no scenario can leave it below 0: its equity covers the worst of each of its items at once, and the most that closing
   * them costs. That is quick, and true of most accounts.
   */
  readIfAtRisk(account: number): Exposure | undefined {
    if (!this.#isExposed(account)) return undefined;
    const equityMicros = this.#load(account);
    // A little more, for what sums of floats are off.
    if (equityMicros > this.#mostLossUsd() * 1_000_001 + 1) return undefined;
    return this.#make(equityMicros);
  }

  read(account: number): Exposure {
    return this.#make(this.#load(account));
  }

  #load(account: number): number {
    this.#book.load(account, "bound");
    this.#fixedRate.figures("equity", this.#figures);
    return this.#figures.equityMicros;
  }

  #make(equityMicros: number): Exposure {
    const { items } = this.#riskBook.make(this.#epoch, this.#model);
    const { matrix } = this.#model;
    const charges = chargeSums(matrix, { items, orders: [] });
    const closeOutUsd = charges["half-spread"] + charges["price-impact"];
    return { account: this.#book.account, equityMicros, closeOutUsd, items };
  }

  /** At least what the loaded account loses in any scenario, closing included, USD. */
  #mostLossUsd(): number {
    const book = this.#book;
    const epoch = this.#epoch;
    const riskBook = this.#riskBook;
    riskBook.addUp(epoch);
    let loss = 0;
    for (let row = 0; row < book.count; row++) {
      const lots = book.lots[row]!;
      if (lots === 0) continue;
      const instrument = book.instruments[row]!;
      const rows = this.#model.instrumentRows(instrument);
      if (!rows) continue;
      loss += this.#itemLossUsd(rows, lots * epoch.contractsPerLot(instrument, book.terms(instrument)));
    }
    const { assetCount } = this.#sources.ledger;
    for (let asset = 0; asset < assetCount; asset++) {
      const units = riskBook.totals[asset]!;
      if (units === 0) continue;
      const rows = this.#model.assetRows(asset);
      if (rows) loss += this.#itemLossUsd(rows, units / book.assetScale(asset));
    }
    return loss;
  }

  #itemLossUsd(rows: ItemRows, size: number): number {
    const { least, most } = this.#rows.of(rows);
    const impactMax = this.#model.matrix.underlyings[rows.underlying]?.risk.impactMax ?? 0;
    const closing = Math.abs(size) * (rows.halfSpreadUsd + Math.abs(rows.deltaUsd) * impactMax);
    return closing - size * (size > 0 ? least : most);
  }
}
