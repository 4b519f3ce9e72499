import { type AssetKind, type AssetState, type Market, type Quote, type UnderlyingState } from "./market.ts";
import { PlimsollError } from "../quantity/error.ts";
import { maxInstruments, maxTimeMs, maxVol, priceBounds } from "./document-fields.ts";
import { type ForwardPoint } from "./forward-curve.ts";
import { type Instrument } from "./instrument.ts";
import { linearForwardCurve } from "./linear-forward-curve.ts";
import { instrumentSchema, quoteSchema } from "./market-schema.ts";
import { median } from "./median.ts";
import { collectProblems } from "./problems.ts";
import { checkSchema } from "./schema-check.ts";

/** Something that a reader left out or assumed. Nothing is dropped without one. */
export interface ReaderNote {
  /** kebab-case: `expired`, `crossed-quote`, `assumed-price`. */
  readonly id: string;
  readonly message: string;
  /** How many entries it concerns. */
  readonly count: number;
}

/** A market and what its reader left out or assumed. */
export interface MarketReading {
  readonly market: Market;
  readonly notes: readonly ReaderNote[];
}

/** Gathers notes: one per id, with the first entry as the example and a count. */
export interface NoteTaker {
  readonly note: (id: string, message: string) => void;
  readonly notes: () => readonly ReaderNote[];
}

export function takeNotes(): NoteTaker {
  const notes = new Map<string, ReaderNote>();
  return {
    note(id, message) {
      const before = notes.get(id);
      notes.set(id, before ? { ...before, count: before.count + 1 } : { id, message, count: 1 });
    },
    notes: () => [...notes.values()],
  };
}

/** Prices as a source gives them: anything missing, zero or out of range may be left in. */
export interface RawQuote {
  readonly mark: number | undefined;
  readonly bid?: number | undefined;
  readonly ask?: number | undefined;
  readonly impliedVol?: number | undefined;
  readonly forward?: number | undefined;
  readonly timeMs?: number | undefined;
  readonly openInterest?: number | undefined;
}

/** Assembles a valid market from a source's pieces, in any order; notes what it must leave out. */
export interface MarketBuilder extends NoteTaker {
  /** Observation of an underlying's spot index, USD. The median of all counts. */
  index(symbol: string, priceUsd: number): void;
  /** Observation of a forward. The median of all at an expiry counts. */
  forward(symbol: string, expiryMs: number, price: number): void;
  /** Price of an asset that is no underlying, USD. The last counts. */
  asset(asset: string, kind: AssetKind, priceUsd: number, underlying?: string): void;
  add(instrument: Instrument, quote: RawQuote): void;
  /** @throws {PlimsollError} `PLM_FIELD` when there is no instrument or an underlying has no index. */
  build(): MarketReading;
}

const majors = new Set(["BTC", "ETH", "SOL", "BNB", "XRP"]);
/** Names of stablecoins that hold a dollar: USDT, USDC, FDUSD, USDe, DAI. */
const isDollarLike = (asset: string): boolean => asset.toUpperCase().includes("USD") || asset === "DAI";
const isPrice = (value: number): boolean => value >= priceBounds.minimum && value <= priceBounds.maximum;

export function buildMarket(asOfMs: number, source: string): MarketBuilder {
  if (!Number.isSafeInteger(asOfMs) || asOfMs < 0 || asOfMs > maxTimeMs) {
    throw new PlimsollError("PLM_FIELD", {
      field: "asOfMs",
      value: asOfMs,
      limit: `a whole number from 0 to ${maxTimeMs}, UTC epoch milliseconds`,
      remedy: "Correct the timestamps of the source, or pass asOfMs.",
    });
  }
  const { note, notes } = takeNotes();
  const indexes = new Map<string, number[]>();
  const forwards = new Map<string, Map<number, number[]>>();
  const assets = new Map<string, AssetState>([
    ["USD", { asset: "USD", kind: "fiat", priceUsd: 1, confidence: 1 }],
  ]);
  const instruments = new Map<string, Instrument>();
  const quotes = new Map<string, Quote>();

  function add(instrument: Instrument, raw: RawQuote): void {
    const { id, kind } = instrument;
    if (instruments.has(id)) return note("repeated-instrument", `${id} came twice; the first was kept`);
    if ((kind === "option" || kind === "future") && instrument.expiryMs <= asOfMs) {
      return note("expired", `${id} had expired; left out`);
    }
    const mark = raw.mark;
    const lowest = kind === "option" ? 0 : priceBounds.minimum;
    if (mark === undefined || !(mark >= lowest && mark <= priceBounds.maximum)) {
      return note("no-mark", `${id} has no usable mark; left out`);
    }
    let bid = isPrice(raw.bid ?? 0) ? raw.bid : undefined;
    let ask = isPrice(raw.ask ?? 0) ? raw.ask : undefined;
    if (bid !== undefined && ask !== undefined && bid > ask) {
      note("crossed-quote", `${id} bids ${bid} above its ask ${ask}; both left out`);
      bid = undefined;
      ask = undefined;
    }
    const isOption = kind === "option";
    const vol = raw.impliedVol;
    const hasVol = isOption && vol !== undefined && vol >= 0 && vol <= maxVol;
    if (isOption && !hasVol && vol !== undefined)
      note("no-volatility", `${id} states volatility ${vol}; ignored`);
    const quote: Quote = {
      instrument: id,
      mark,
      ...(bid !== undefined && { bid }),
      ...(ask !== undefined && { ask }),
      ...(hasVol && { impliedVol: vol }),
      ...(isOption && raw.forward !== undefined && isPrice(raw.forward) && { forward: raw.forward }),
      timeMs: raw.timeMs ?? asOfMs,
      confidence: 1,
      ...(raw.openInterest !== undefined && raw.openInterest >= 0 && { openInterest: raw.openInterest }),
    };
    // What a document may not hold, a market does not hold either.
    const problems = collectProblems();
    checkSchema(instrumentSchema, instrument, id, problems);
    checkSchema(quoteSchema, quote, `quote of ${id}`, problems);
    const [problem] = problems.errors;
    if (problem) return note("out-of-range", `${problem.message} ${id} was left out.`);
    if (instruments.size >= maxInstruments)
      return note("too-many-instruments", `${id} is one too many; left out`);
    instruments.set(id, instrument);
    quotes.set(id, quote);
  }

  function curvePoints(symbol: string): ForwardPoint[] {
    const observed = [...(forwards.get(symbol) ?? [])];
    observed.sort(([a], [b]) => a - b);
    return observed.map(([expiryMs, values]) => ({ expiryMs, forward: median(values) }));
  }

  function build(): MarketReading {
    if (instruments.size === 0) {
      throw new PlimsollError("PLM_FIELD", {
        field: source,
        value: undefined,
        limit: "a source with at least one live instrument",
        remedy: notes()[0]?.message ?? "Check that it is not empty.",
      });
    }
    const underlyings = new Map<string, UnderlyingState>();
    const symbols = [...instruments.values()].map(({ underlying }) => underlying);
    for (const symbol of [...new Set([...symbols, ...indexes.keys()])].sort()) {
      const indexUsd = median(indexes.get(symbol) ?? []);
      if (!isPrice(indexUsd)) {
        throw new PlimsollError("PLM_FIELD", {
          field: `${source}: index of ${symbol}`,
          value: Number.isNaN(indexUsd) ? undefined : indexUsd,
          limit: `a price from ${priceBounds.minimum} to ${priceBounds.maximum} USD`,
          remedy: "Supply the index price of every underlying.",
        });
      }
      const curve = linearForwardCurve({ asOfMs, spot: indexUsd, points: curvePoints(symbol) });
      underlyings.set(symbol, { symbol, indexUsd, confidence: 1, forwards: curve });
      if (assets.has(symbol)) continue;
      const kind = majors.has(symbol) ? "major" : "other";
      assets.set(symbol, { asset: symbol, kind, priceUsd: indexUsd, confidence: 1, underlying: symbol });
    }
    for (const { quoteAsset, id } of instruments.values()) {
      if (assets.has(quoteAsset)) continue;
      if (isDollarLike(quoteAsset)) {
        note("assumed-price", `${quoteAsset} (of ${id}) has no price; taken as 1 USD`);
        assets.set(quoteAsset, { asset: quoteAsset, kind: "stablecoin", priceUsd: 1, confidence: 1 });
      } else {
        note("no-quote-asset", `${id} is quoted in ${quoteAsset}, which has no price; left out`);
        instruments.delete(id);
        quotes.delete(id);
      }
    }
    for (const [name, { underlying, ...asset }] of assets) {
      if (underlying === undefined || underlyings.has(underlying)) continue;
      note("no-underlying", `${name} follows ${underlying}, which has no index; taken as a plain price`);
      assets.set(name, asset);
    }
    return {
      market: { asOfMs, source, synthetic: false, assets, underlyings, instruments, quotes },
      notes: notes(),
    };
  }

  return {
    note,
    notes,
    index(symbol, priceUsd) {
      if (!isPrice(priceUsd)) return note("no-index", `${symbol} states index ${priceUsd}; ignored`);
      const observed = indexes.get(symbol);
      if (observed) observed.push(priceUsd);
      else indexes.set(symbol, [priceUsd]);
    },
    forward(symbol, expiryMs, price) {
      if (!isPrice(price) || expiryMs <= asOfMs || expiryMs > maxTimeMs) return;
      const curve = forwards.get(symbol) ?? new Map<number, number[]>();
      forwards.set(symbol, curve);
      const observed = curve.get(expiryMs);
      if (observed) observed.push(price);
      else curve.set(expiryMs, [price]);
    },
    asset(asset, kind, priceUsd, underlying) {
      if (!isPrice(priceUsd)) return note("no-asset-price", `${asset} states price ${priceUsd}; left out`);
      assets.set(asset, {
        asset,
        kind,
        priceUsd,
        confidence: 1,
        ...(underlying !== undefined && { underlying }),
      });
    },
    add,
    build,
  };
}
