/** Where a book's prices come from: recorded prices, recorded option chains, or recorded volatility with a simulated surface around it. */
export type Track = "delta-one" | "staked" | "options" | "simulated-options";

/** A book of the library at one size on one underlying or pair. */
export interface StudiedBook {
  /** Unique, for tables: `long perpetual, BTC`. */
  readonly name: string;
  /** What is compared and pooled: `long perpetual`, `call spread`. */
  readonly type: string;
  /** Underlying, or underlyings joined by `+`. */
  readonly asset: string;
  readonly track: Track;
  /** Has it options with a hedge or staked collateral, for which efficiency is reported apart? */
  readonly group: "plain" | "option-hedged" | "staked-collateral";
}

/** A rule that was asked. */
export interface StudiedModel {
  readonly id: string;
  readonly title: string;
  readonly venue: string;
  /** Margins portfolios by scenarios or offsets, and so is a rival: not an isolated or fixed-rate rule. */
  readonly isPortfolioRule: boolean;
  /** Terms that no public source gives are missing: what it asks is a lower bound. */
  readonly isPartial: boolean;
}

/**
 * What sets our initial requirement. `shortfall`: the Expected Shortfall of past moves. `stress`: any other measure, or the minimum. `bounded`:
 * in part the most that options in the book can lose. `maximum-loss`: the most that the whole book can lose, so that more of it
 * would be kept for nothing. `unknown`: not recorded.
 */
export type RequirementBasis = "unknown" | "shortfall" | "stress" | "bounded" | "maximum-loss";

/** As stored, by index. */
export const requirementBases: readonly RequirementBasis[] = [
  "unknown",
  "shortfall",
  "stress",
  "bounded",
  "maximum-loss",
];

/** What our model says of a window beside its requirement. USD; NaN without a past. */
export interface OwnForecast {
  /** At the level of the initial requirement, before any multiplier. */
  readonly valueAtRiskUsd: number;
  readonly expectedShortfallUsd: number;
  readonly basis: RequirementBasis;
}

const unknownForecast: OwnForecast = {
  valueAtRiskUsd: Number.NaN,
  expectedShortfallUsd: Number.NaN,
  basis: "unknown",
};

/** Of one window of one book. */
export interface Observation {
  readonly book: number;
  /** Index into {@link Observations.horizonHours}. */
  readonly horizon: number;
  /** When margin was asked for; the loss is until `endMs`. Windows of one book and horizon do not overlap. */
  readonly startMs: number;
  readonly endMs: number;
  /** Fall of the book's whole value, collateral included, USD; negative is a gain. */
  readonly lossUsd: number;
  /** Gross notional at the start, USD. */
  readonly notionalUsd: number;
  /** Initial requirement by model, USD; NaN: the model does not margin the book. */
  readonly initialUsd: readonly number[];
  /** Maintenance requirement by model, USD; NaN as above. */
  readonly maintenanceUsd: readonly number[];
  /** Of our model; absent where it was not asked. */
  readonly forecast?: OwnForecast;
}

/** {@link Observations} by column. */
export interface ObservationColumns {
  readonly book: Uint32Array;
  readonly horizon: Uint8Array;
  readonly startMs: Float64Array;
  readonly endMs: Float64Array;
  readonly lossUsd: Float64Array;
  readonly notionalUsd: Float64Array;
  readonly valueAtRiskUsd: Float64Array;
  readonly expectedShortfallUsd: Float64Array;
  /** Index into {@link requirementBases}. */
  readonly basis: Uint8Array;
  readonly initialUsd: readonly Float64Array[];
  readonly maintenanceUsd: readonly Float64Array[];
}

/** One row of columns. */
export const observationAt = (columns: ObservationColumns, row: number): Observation => ({
  book: columns.book[row]!,
  horizon: columns.horizon[row]!,
  startMs: columns.startMs[row]!,
  endMs: columns.endMs[row]!,
  lossUsd: columns.lossUsd[row]!,
  notionalUsd: columns.notionalUsd[row]!,
  initialUsd: columns.initialUsd.map((column) => column[row]!),
  maintenanceUsd: columns.maintenanceUsd.map((column) => column[row]!),
  forecast: {
    valueAtRiskUsd: columns.valueAtRiskUsd[row]!,
    expectedShortfallUsd: columns.expectedShortfallUsd[row]!,
    basis: requirementBases[columns.basis[row]!] ?? "unknown",
  },
});

/** Columns that grow: what every model asked for every book at every instant, and what the book lost afterwards. */
export class Observations {
  readonly books: readonly StudiedBook[];
  readonly models: readonly StudiedModel[];
  readonly horizonHours: readonly number[];
  #count = 0;
  #capacity = 1_024;
  #book = new Uint32Array(this.#capacity);
  #horizon = new Uint8Array(this.#capacity);
  #startMs = new Float64Array(this.#capacity);
  #endMs = new Float64Array(this.#capacity);
  #lossUsd = new Float64Array(this.#capacity);
  #notionalUsd = new Float64Array(this.#capacity);
  #valueAtRiskUsd = new Float64Array(this.#capacity);
  #expectedShortfallUsd = new Float64Array(this.#capacity);
  #basis = new Uint8Array(this.#capacity);
  readonly #initialUsd: Float64Array[];
  readonly #maintenanceUsd: Float64Array[];

  constructor(
    books: readonly StudiedBook[],
    models: readonly StudiedModel[],
    horizonHours: readonly number[],
  ) {
    this.books = books;
    this.models = models;
    this.horizonHours = horizonHours;
    this.#initialUsd = models.map(() => new Float64Array(this.#capacity));
    this.#maintenanceUsd = models.map(() => new Float64Array(this.#capacity));
  }

  get count(): number {
    return this.#count;
  }

  add(one: Observation): void {
    if (this.#count === this.#capacity) this.#grow();
    const at = this.#count++;
    this.#book[at] = one.book;
    this.#horizon[at] = one.horizon;
    this.#startMs[at] = one.startMs;
    this.#endMs[at] = one.endMs;
    this.#lossUsd[at] = one.lossUsd;
    this.#notionalUsd[at] = one.notionalUsd;
    const { valueAtRiskUsd, expectedShortfallUsd, basis } = one.forecast ?? unknownForecast;
    this.#valueAtRiskUsd[at] = valueAtRiskUsd;
    this.#expectedShortfallUsd[at] = expectedShortfallUsd;
    this.#basis[at] = requirementBases.indexOf(basis);
    for (let model = 0; model < this.models.length; model++) {
      this.#initialUsd[model]![at] = one.initialUsd[model] ?? Number.NaN;
      this.#maintenanceUsd[model]![at] = one.maintenanceUsd[model] ?? Number.NaN;
    }
  }

  #grow(): void {
    this.#capacity *= 2;
    const longer = (from: Float64Array): Float64Array<ArrayBuffer> => {
      const to = new Float64Array(this.#capacity);
      to.set(from);
      return to;
    };
    const book = new Uint32Array(this.#capacity);
    book.set(this.#book);
    this.#book = book;
    const horizon = new Uint8Array(this.#capacity);
    horizon.set(this.#horizon);
    this.#horizon = horizon;
    const basis = new Uint8Array(this.#capacity);
    basis.set(this.#basis);
    this.#basis = basis;
    this.#valueAtRiskUsd = longer(this.#valueAtRiskUsd);
    this.#expectedShortfallUsd = longer(this.#expectedShortfallUsd);
    this.#startMs = longer(this.#startMs);
    this.#endMs = longer(this.#endMs);
    this.#lossUsd = longer(this.#lossUsd);
    this.#notionalUsd = longer(this.#notionalUsd);
    for (const columns of [this.#initialUsd, this.#maintenanceUsd]) {
      for (const [model, column] of columns.entries()) columns[model] = longer(column);
    }
  }

  /** Columns as they are now, each of {@link count} values. Good until the next {@link add}. */
  get columns(): ObservationColumns {
    const of = (column: Float64Array): Float64Array => column.subarray(0, this.#count);
    return {
      book: this.#book.subarray(0, this.#count),
      horizon: this.#horizon.subarray(0, this.#count),
      startMs: of(this.#startMs),
      endMs: of(this.#endMs),
      lossUsd: of(this.#lossUsd),
      notionalUsd: of(this.#notionalUsd),
      valueAtRiskUsd: of(this.#valueAtRiskUsd),
      expectedShortfallUsd: of(this.#expectedShortfallUsd),
      basis: this.#basis.subarray(0, this.#count),
      initialUsd: this.#initialUsd.map(of),
      maintenanceUsd: this.#maintenanceUsd.map(of),
    };
  }
}
