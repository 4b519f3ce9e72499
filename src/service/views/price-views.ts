import { type Engine } from "../../clearing/index.ts";
import { formatMicros, formatPpm } from "./amounts.ts";

/** An aggregated price. */
export interface PriceView {
  /** Underlying or asset that the feed prices. */
  readonly name: string;
  readonly feedIndex: number;
  /** 0 before the first price. */
  readonly priceUsd: string;
  /** 0 to 1; 0 when stale. */
  readonly confidence: string;
  /** When it last changed. */
  readonly timeMs: number;
}

/** What an instrument's positions are valued at. */
export interface MarkView {
  readonly instrument: string;
  readonly instrumentIndex: number;
  readonly mark: string;
  readonly indexPrice: string;
}

/** Every feed's price: those of underlyings first, then those of assets that have a feed of their own. */
export function priceViews({ stores: { markets } }: Engine): PriceView[] {
  const names: string[] = [];
  for (let i = 0; i < markets.assets.count; i++) {
    const feed = markets.assets.get("feed", i);
    if (feed >= 0) names[feed] = markets.assetSpec(i).feed;
  }
  for (let i = 0; i < markets.underlyings.count; i++) {
    names[markets.underlyings.get("feed", i)] = markets.underlyingSpec(i).name;
  }
  const views: PriceView[] = [];
  for (let feed = 0; feed < markets.feedCount; feed++) {
    views.push({
      name: names[feed] ?? "",
      feedIndex: feed,
      priceUsd: formatMicros(markets.feedPriceMicros(feed)),
      confidence: formatPpm(markets.feedConfidencePpm(feed)),
      timeMs: markets.feedTimeMs(feed),
    });
  }
  return views;
}

/** Undefined while the instrument has no mark. */
export function markView({ stores: { markets } }: Engine, instrument: number): MarkView | undefined {
  if (!markets.hasMark(instrument)) return undefined;
  const spec = markets.instrumentSpec(instrument);
  return {
    instrument: spec.name,
    instrumentIndex: instrument,
    mark: formatMicros(markets.markMicros(instrument)),
    indexPrice: formatMicros(markets.indexMicros(markets.instruments.get("underlying", instrument))),
  };
}
