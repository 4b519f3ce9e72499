import { type Decimal } from "../quantity/decimal.ts";

/** An amount of one asset. Negative is a debt. */
export interface Balance {
  readonly asset: string;
  readonly amount: Decimal;
}

/** Contracts of one instrument. A short has negative size. */
export interface Position {
  readonly instrument: string;
  /** Contracts, signed. */
  readonly size: Decimal;
  /**
   * Average entry price, in the instrument's price convention. Absent: the mark, so no unrealised profit. Ignored for
   * spot and options, whose whole value counts (their premium was paid from the balances).
   */
  readonly entryPrice?: number;
}

/** An order that rests in a book. */
export interface OpenOrder {
  readonly instrument: string;
  /** Contracts, signed: negative sells. */
  readonly size: Decimal;
  readonly price: number;
}

/** A validated portfolio, in memory. {@link PortfolioDocument} is its JSON form. At most one position per instrument. */
export interface Portfolio {
  readonly name: string;
  readonly balances: readonly Balance[];
  readonly positions: readonly Position[];
  readonly orders: readonly OpenOrder[];
}
