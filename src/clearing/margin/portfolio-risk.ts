import { invariant } from "../../quantity/error.ts";
import { bookFigures } from "../../risk/portfolio-margin/margin.ts";
import { type Book } from "../../risk/portfolio-margin/index.ts";
import { type AccountBook } from "./account-book.ts";
import { type AccountFigures, type FixedRate, type LotsRequirement } from "./fixed-rate.ts";
import { RequirementBounds } from "./requirement-bounds.ts";
import { RiskBook } from "./risk-book.ts";
import { Content } from "./content.ts";
import { type Epoch, type RiskEpochs } from "./risk-epoch.ts";

const million = 1_000_000;

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
  readonly #riskBook: RiskBook;
  readonly #content: Content = new Content();
  /** By account. They decide nothing but time. */
  readonly #initial: Map<number, Remembered> = new Map();
  readonly #maintenance: Map<number, Remembered> = new Map();
  readonly #bounds: RequirementBounds;

  constructor(book: AccountBook, epochs: RiskEpochs, fixedRate: FixedRate, assetCount: () => number) {
    this.#book = book;
    this.#epochs = epochs;
    this.#fixedRate = fixedRate;
    this.#assetCount = assetCount;
    this.#riskBook = new RiskBook(book, assetCount);
    this.#bounds = new RequirementBounds(book, this.#riskBook, assetCount);
  }

  /** The loaded account as the risk model sees it. */
  bookFor(epoch: Epoch): Book {
    return this.#riskBook.make(epoch);
  }

  /** Is there an epoch to margin on? */
  isReady(): boolean {
    return this.#epochs.current() !== undefined;
  }

  #epoch(): Epoch {
    const epoch = this.#epochs.current();
    invariant(epoch !== undefined, "portfolio margin is asked for in an epoch");
    return epoch;
  }

  /**
   * Puts the requirements of the loaded account into `out`, whose equity stays. What the epoch's market lacks requires what it does under
   * cross margin, alone.
   */
  requirements(out: AccountFigures): void {
    const epoch = this.#epoch();
    const maintenance = this.#maintenanceMicros(epoch);
    out.maintenanceMicros = maintenance;
    out.initialMicros = Math.max(maintenance, this.#initialMicros(epoch));
  }

  /** Like {@link requirements}, the maintenance requirement alone: no open order counts in it. */
  maintenance(out: AccountFigures): void {
    out.maintenanceMicros = this.#maintenanceMicros(this.#epoch());
  }

  /**
   * Is the initial requirement of the loaded account at most this much? Answers as {@link requirements} would, mostly without making
   * it: from what the account required before and what each difference can add.
   */
  isInitialWithin(limitMicros: number): boolean {
    const epoch = this.#epoch();
    const { account } = this.#book;
    if (!this.#hasUnknown(epoch)) {
      const bound = this.#bounds.initialMicros(account, epoch);
      if (bound !== undefined && bound <= limitMicros) return true;
    }
    return Math.max(this.#maintenanceMicros(epoch), this.#initialMicros(epoch)) <= limitMicros;
  }

  #maintenanceMicros(epoch: Epoch): number {
    const make = (): number => {
      const { items } = this.bookFor(epoch);
      return microsCeil(bookFigures(epoch.margin.matrix, { items, orders: [] }).maintenanceUsd);
    };
    if (this.#hasUnknown(epoch)) return make() + this.#unknown(epoch).maintenance;
    this.#content.write(this.#book, this.#assetCount(), false);
    return this.#remembered(this.#maintenance, epoch, make);
  }

  #initialMicros(epoch: Epoch): number {
    const isKnown = !this.#hasUnknown(epoch);
    const make = (): number => {
      const figures = bookFigures(epoch.margin.matrix, this.bookFor(epoch));
      if (isKnown) this.#bounds.remember(this.#book.account, epoch, figures.unboundedInitialUsd);
      return microsCeil(figures.initialUsd);
    };
    if (!isKnown) return make() + this.#unknown(epoch).initial;
    this.#content.write(this.#book, this.#assetCount(), true);
    return this.#remembered(this.#initial, epoch, make);
  }

  /** Has the account something that the epoch's market lacks? It is margined on prices of now, so nothing about it is remembered. */
  #hasUnknown(epoch: Epoch): boolean {
    const book = this.#book;
    for (let row = 0; row < book.count; row++) if (!epoch.instrumentRows(book.instruments[row]!)) return true;
    return false;
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

  #unknown(epoch: Epoch): LotsRequirement {
    const sum = { initial: 0, maintenance: 0 };
    for (const { initial, maintenance } of this.unknownParts(epoch)) {
      sum.initial += initial;
      sum.maintenance += maintenance;
    }
    return sum;
  }
}
