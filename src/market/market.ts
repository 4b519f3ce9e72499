import { type Instrument } from "./instrument.ts";
import { type VolatilitySurface } from "./surface.ts";
import { type ForwardCurve } from "./forward-curve.ts";

export type AssetKind = "fiat" | "stablecoin" | "major" | "staked" | "other";

/** Something that can be held as collateral or pays profit. */
export interface AssetState {
  readonly asset: string;
  readonly kind: AssetKind;
  /** USD per unit, > 0. */
  readonly priceUsd: number;
  /** 0 to 1, 1 best. */
  readonly confidence: number;
  /** The underlying whose spot moves this asset, such as `ETH` for stETH and for ETH itself. None for fiat and stablecoins. */
  readonly underlying?: string;
}

/** What is known of one underlying at one instant. */
export interface UnderlyingState {
  readonly symbol: string;
  /** Spot index, USD per unit, > 0. */
  readonly indexUsd: number;
  /** 0 to 1, 1 best. */
  readonly confidence: number;
  readonly forwards: ForwardCurve;
  /** Fitted volatility surface; absent when the market has no options on this underlying. */
  readonly surface?: VolatilitySurface;
  /** Resting size within 50 bps of mid on its most liquid contract, bid plus ask, USD. For close-out cost. */
  readonly depth50bpsUsd?: number;
  /** Average traded value per day, USD. For close-out cost. */
  readonly dailyVolumeUsd?: number;
}

/** One instrument's prices at one instant. Prices are in the instrument's own convention: coin for inverse options, else quote currency. */
export interface Quote {
  readonly instrument: string;
  readonly mark: number;
  readonly bid?: number;
  readonly ask?: number;
  /** Annual fraction. Options only. */
  readonly impliedVol?: number;
  /** The forward that `mark` and `impliedVol` belong to. Options only. */
  readonly forward?: number;
  readonly timeMs: number;
  /** 0 to 1, 1 best. */
  readonly confidence: number;
  /** Contracts. */
  readonly openInterest?: number;
}

/**
 * A validated market at one instant, in memory. {@link MarketDocument} is its JSON form. What parsers and readers assure: every
 * instrument has a quote, an underlying and a quote asset in it; of an inverse instrument the underlying is an asset too; all
 * expiries are after `asOfMs`; every number is finite and within the bounds of docs/formats.md.
 */
export interface Market {
  readonly asOfMs: number;
  /** Where the numbers come from, for display. */
  readonly source: string;
  /** True when generated: shown wherever its numbers are shown. */
  readonly synthetic: boolean;
  readonly assets: ReadonlyMap<string, AssetState>;
  readonly underlyings: ReadonlyMap<string, UnderlyingState>;
  readonly instruments: ReadonlyMap<string, Instrument>;
  readonly quotes: ReadonlyMap<string, Quote>;
}
