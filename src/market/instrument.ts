/** How profit is paid. `linear`: in the quote currency. `inverse`: in the underlying coin. */
export type Settlement = "linear" | "inverse";

interface InstrumentBase {
  /** Unique identifier, such as `BTC-27MAR26-100000-C`. */
  readonly id: string;
  /** Symbol of the underlying, such as `BTC`: a key of {@link Market.underlyings}. */
  readonly underlying: string;
  /** Currency of its price and strike, such as `USD` or `USDC`: a key of {@link Market.assets}. */
  readonly quoteAsset: string;
  readonly settlement: Settlement;
  /**
   * Of one contract. Spot, linear contracts and all options: units of underlying. Inverse perpetuals and futures: units
   * of quote currency (10 for a 10-dollar contract).
   */
  readonly contractSize: number;
  /** Where it trades, if known. */
  readonly venue?: string;
}

export interface Spot extends InstrumentBase {
  readonly kind: "spot";
  readonly settlement: "linear";
}

export interface Perpetual extends InstrumentBase {
  readonly kind: "perpetual";
}

export interface Future extends InstrumentBase {
  readonly kind: "future";
  readonly expiryMs: number;
}

/** European, cash-settled. An inverse option's price is in coin: its USD value over the forward. */
export interface Option extends InstrumentBase {
  readonly kind: "option";
  readonly expiryMs: number;
  /** Quote currency per unit of underlying, ≥ 0. */
  readonly strike: number;
  readonly optionType: "call" | "put";
}

export type Instrument = Spot | Perpetual | Future | Option;

/** Milliseconds in a year of 365 days: the ACT/365 convention of every time to expiry. */
export const msPerYear = 31_536_000_000;

/** ACT/365 years from `nowMs` to `expiryMs`, 0 once past. */
export const yearsToExpiry = (expiryMs: number, nowMs: number): number =>
  Math.max(0, expiryMs - nowMs) / msPerYear;
