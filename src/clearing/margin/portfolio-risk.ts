import { invariant } from "../../quantity/error.ts";
import { type Book } from "../../risk/portfolio-margin/index.ts";
import { type AccountBook } from "./account-book.ts";
import { type AccountFigures, type FixedRate, type LotsRequirement } from "./fixed-rate.ts";
import { RequirementBounds } from "./requirement-bounds.ts";
import { epochFigures, RiskBook } from "./risk-book.ts";
import { Content } from "./content.ts";
import { type Epoch, type EpochModel, type RiskEpochs } from "./risk-epoch.ts";

const million = 1_000_000;

/** USD as micros, rounded up; finite. */
const microsCeil = (usd: number): number => Math.ceil(Math.min(usd, 1e200) * million);

/** USD micros, rounded up. */
interface Required {
  readonly initialMicros: number;
  readonly maintenanceMicros: number;
}

/** Requirements, and all that they were made from. */
interface Remembered extends Required {
  readonly epoch: Epoch;
  readonly content: Float64Array;
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
  readonly #ordered: Map<number, Remembered> = new Map();
  readonly #plain: Map<number, Remembered> = new Map();
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
  bookFor(epoch: Epoch, model: EpochModel): Book {
    return this.#riskBook.make(epoch, model);
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

  /**
   * Is the initial requirement of the loaded account at most this much? Answers as {@link requirements} would, mostly without making
   * it: from what the account required before and what each difference can add.
   */
  isInitialWithin(limitMicros: number): boolean {
    const epoch = this.#epoch();
    if (this.#boundMicros(epoch, true) <= limitMicros) return true;
    return Math.max(this.#maintenanceMicros(epoch), this.#initialMicros(epoch)) <= limitMicros;
  }

  /** At least the maintenance requirement, and above the limit only if the requirement itself is. No open order counts in it. */
  maintenanceWithin(limitMicros: number): number {
    const epoch = this.#epoch();
    const bound = this.#boundMicros(epoch, false);
    return bound <= limitMicros ? bound : this.#maintenanceMicros(epoch);
  }

  /** Does what the loaded account requires stand still until the next epoch, as long as its balances and positions do? */
  standsStill(): boolean {
    const epoch = this.#epoch();
    const book = this.#book;
    for (let row = 0; row < book.count; row++) {
      const instrument = book.instruments[row]!;
      if (!epoch.knows(instrument)) return false;
      const { kind } = book.terms(instrument);
      // Without a mark of the epoch the present one counts.
      if (kind !== "option" && kind !== "spot" && epoch.markMicros(instrument) === 0) return false;
    }
    return true;
  }

  /** At least what either requirement comes to. */
  #boundMicros(epoch: Epoch, withOrders: boolean): number {
    if (this.#hasUnknown(epoch)) return Infinity;
    return this.#bounds.initialMicros(this.#book.account, epoch, withOrders);
  }

  #maintenanceMicros(epoch: Epoch): number {
    const { maintenanceMicros } = this.#withoutOrders(epoch);
    return this.#hasUnknown(epoch) ? maintenanceMicros + this.#unknown(epoch).maintenance : maintenanceMicros;
  }

  #initialMicros(epoch: Epoch): number {
    const { initialMicros } = this.#book.hasOrders() ? this.#withOrders(epoch) : this.#withoutOrders(epoch);
    return this.#hasUnknown(epoch) ? initialMicros + this.#unknown(epoch).initial : initialMicros;
  }

  #withoutOrders(epoch: Epoch): Required {
    this.#content.write(this.#book, this.#assetCount(), false);
    return this.#remembered(this.#plain, epoch, false);
  }

  #withOrders(epoch: Epoch): Required {
    this.#content.write(this.#book, this.#assetCount(), true);
    return this.#remembered(this.#ordered, epoch, true);
  }

  /** What the epoch's market requires of the loaded account: what is remembered of its content, else made anew. */
  #remembered(memory: Map<number, Remembered>, epoch: Epoch, withOrders: boolean): Required {
    const { account } = this.#book;
    const isKnown = !this.#hasUnknown(epoch);
    const known = memory.get(account);
    if (isKnown && known?.epoch === epoch && this.#content.equals(known.content)) return known;
    const figures = epochFigures(epoch, this.#riskBook, withOrders);
    const made = {
      epoch,
      initialMicros: microsCeil(figures.initialUsd),
      maintenanceMicros: microsCeil(figures.maintenanceUsd),
    };
    if (!isKnown) return made;
    if (withOrders === this.#book.hasOrders()) {
      this.#bounds.remember(account, epoch, figures.unboundedInitialUsd);
    }
    if (memory.size >= mostRemembered) memory.clear();
    memory.set(account, { ...made, content: this.#content.copy() });
    return made;
  }

  /** Has the account something that the epoch's market lacks? It is margined on prices of now, so nothing about it is remembered. */
  #hasUnknown(epoch: Epoch): boolean {
    const book = this.#book;
    for (let row = 0; row < book.count; row++) if (!epoch.knows(book.instruments[row]!)) return true;
    return false;
  }

  /** Rows whose instruments the epoch's market lacks, with what each requires alone. USD micros. */
  unknownParts(epoch: Epoch): readonly (LotsRequirement & { readonly row: number })[] {
    const book = this.#book;
    const parts: (LotsRequirement & { readonly row: number })[] = [];
    for (let row = 0; row < book.count; row++) {
      if (!epoch.knows(book.instruments[row]!)) parts.push({ row, ...this.#fixedRate.rowAlone(row) });
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
