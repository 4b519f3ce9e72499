import { type PricedThing } from "../listing-plan.ts";
import { type SeriesSelection } from "./price-series.ts";

/** A recorded table and what it says. Files are CSV, plain or gzip'd; docs/feeds.md gives the formats. */
export type ReplaySource = PriceSource | PerpetualSource | FundingSource | ChainSource;

/** Prices of a feed: spot or perpetual bars of a coin, a stablecoin, a staked coin. */
export interface PriceSource extends SeriesSelection, PricedThing {
  readonly kind: "price";
  readonly file: string;
  /** The values are ratios to this feed's price: stETH in ETH. */
  readonly times?: string;
}

/** Where the perpetual of an underlying traded: given on as a fair price, not published. */
export interface PerpetualSource extends SeriesSelection {
  readonly kind: "perpetual";
  readonly file: string;
  readonly underlying: string;
}

/** Funding that was paid, fraction per interval: what the perpetual stood away from the index before it. */
export interface FundingSource extends SeriesSelection {
  readonly kind: "funding";
  readonly file: string;
  readonly underlying: string;
  /** Default `rate`. */
  readonly column?: string;
}

/** Snapshots of option chains: surfaces, options to list, and the index where no prices are given. */
export interface ChainSource {
  readonly kind: "chain";
  /** In order of time. */
  readonly files: readonly string[];
}
