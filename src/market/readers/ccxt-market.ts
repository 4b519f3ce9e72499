import { PlimsollError } from "../../quantity/error.ts";
import { formatTime } from "../calendar.ts";
import { type Instrument } from "../instrument.ts";
import { buildMarket, type MarketBuilder, type MarketReading } from "../market-builder.ts";
import { instrumentFromCcxtSymbol } from "./ccxt-symbol.ts";
import { type JsonItem, jsonItems } from "./json-item.ts";

/** ccxt's unified structures as JSON: dictionaries by symbol or arrays, as its methods return them. */
export interface CcxtMarketStructures {
  /** `exchange.markets`, or the answer of `fetchMarkets`. Gives contract sizes and expiries. */
  readonly markets?: unknown;
  /** `fetchTickers`. */
  readonly tickers?: unknown;
  /** `fetchOptionChain` or `fetchOption`. */
  readonly options?: unknown;
  /** `fetchFundingRates`: its mark and index prices. */
  readonly fundingRates?: unknown;
  /** USD index prices by underlying, where the structures hold none: `{ "BTC": 100000 }`. */
  readonly indexes?: Readonly<Record<string, number>>;
  /** The instant of the market. Default: the latest timestamp among the structures. */
  readonly asOfMs?: number;
  /** Name of the exchange, for display and as the instruments' venue. */
  readonly exchange?: string;
}

const hasSymbol = (item: JsonItem): boolean => typeof item.raw("symbol") === "string";

/** Quotes in dollars and their stand-ins. */
const isDollar = (quote: string): boolean => quote.includes("USD");

/**
 * A market from ccxt's unified structures. Instruments are named by their unified symbols. A mark is `markPrice`, else the
 * middle of bid and ask, else `last`; which, is noted. The index of an underlying is the median of `indexPrice` and of its
 * spot against dollars.
 *
 * @throws {PlimsollError} `PLM_FIELD` when a structure is not what it should be, or an underlying has no index.
 * @see https://docs.ccxt.com, "Ticker structure", "Option Chain Structure", "Market Structure"
 */
export function marketFromCcxt(structures: CcxtMarketStructures): MarketReading {
  const read = (field: "tickers" | "options" | "fundingRates" | "markets"): JsonItem[] =>
    jsonItems(structures[field], field, hasSymbol);
  const tickers = read("tickers");
  const options = read("options");
  const rates = read("fundingRates");
  const listed = new Map(read("markets").map((item) => [item.text("symbol"), item]));
  const asOfMs = structures.asOfMs ?? latestTime([...tickers, ...options, ...rates]);
  const exchange = structures.exchange;
  const builder = buildMarket(asOfMs, `${exchange ?? "ccxt"} by ccxt at ${formatTime(asOfMs)}`);
  for (const [symbol, indexUsd] of Object.entries(structures.indexes ?? {})) builder.index(symbol, indexUsd);
  const instrumentOf = (item: JsonItem): Instrument | undefined => {
    const symbol = item.text("symbol");
    const entry = listed.get(symbol);
    const instrument = instrumentFromCcxtSymbol(symbol, {
      contractSize: entry?.optionalNumber("contractSize"),
      expiryMs: entry?.optionalNumber("expiry"),
      venue: exchange,
    });
    if (!instrument)
      builder.note("unsupported-instrument", `${symbol} is no instrument that can be margined; left out`);
    else if (!entry && instrument.kind !== "spot") {
      builder.note("assumed-contract-size", `${symbol} has no market entry; its contract size is taken as 1`);
    }
    return instrument;
  };

  // What a ticker lacks, the funding-rate structure may have.
  const rateOf = new Map(rates.map((item) => [item.text("symbol"), item]));
  const taken = new Set<string>();
  for (const item of options) {
    const instrument = instrumentOf(item);
    if (instrument?.kind !== "option") continue;
    taken.add(instrument.id);
    addOption(builder, instrument, item);
  }
  for (const item of [...tickers, ...rates]) {
    const symbol = item.text("symbol");
    if (taken.has(symbol)) continue;
    const instrument = instrumentOf(item);
    taken.add(symbol);
    if (instrument) addTicker(builder, instrument, item, rateOf.get(symbol));
  }
  return builder.build();
}

function latestTime(items: readonly JsonItem[]): number {
  let latest = -1;
  for (const item of items) latest = Math.max(latest, item.optionalNumber("timestamp") ?? -1);
  if (latest >= 0) return latest;
  throw new PlimsollError("PLM_FIELD", {
    field: "asOfMs",
    value: undefined,
    limit: "the instant of the market, or a structure that has a timestamp",
    remedy: "Pass tickers, options or asOfMs.",
  });
}

function addTicker(
  builder: MarketBuilder,
  instrument: Instrument,
  item: JsonItem,
  rate: JsonItem | undefined,
): void {
  const { id, kind, underlying, quoteAsset } = instrument;
  const bid = item.optionalNumber("bid");
  const ask = item.optionalNumber("ask");
  let mark = item.optionalNumber("markPrice") ?? rate?.optionalNumber("markPrice");
  if (mark === undefined && bid !== undefined && ask !== undefined && bid > 0 && ask > 0) {
    mark = (bid + ask) / 2;
    if (kind !== "spot")
      builder.note("mark-from-mid", `${id} has no mark price; the middle of bid and ask is used`);
  }
  if (mark === undefined) {
    mark = item.optionalNumber("last") ?? item.optionalNumber("close");
    if (mark !== undefined) builder.note("mark-from-last", `${id} has no mark price; its last trade is used`);
  }
  const index = item.optionalNumber("indexPrice") ?? rate?.optionalNumber("indexPrice");
  if (index !== undefined && kind !== "option") builder.index(underlying, index);
  if (kind === "spot" && mark !== undefined && isDollar(quoteAsset)) builder.index(underlying, mark);
  if (kind === "future" && mark !== undefined) builder.forward(underlying, instrument.expiryMs, mark);
  builder.add(instrument, { mark, bid, ask, timeMs: item.optionalNumber("timestamp") });
}

function addOption(
  builder: MarketBuilder,
  instrument: Instrument & { kind: "option" },
  item: JsonItem,
): void {
  const bid = item.optionalNumber("bidPrice");
  const ask = item.optionalNumber("askPrice");
  const forward = item.optionalNumber("underlyingPrice");
  if (forward !== undefined) builder.forward(instrument.underlying, instrument.expiryMs, forward);
  builder.add(instrument, {
    mark: item.optionalNumber("markPrice") ?? item.optionalNumber("midPrice"),
    bid,
    ask,
    impliedVol: volOf(builder, instrument.id, item),
    forward,
    timeMs: item.optionalNumber("timestamp"),
    openInterest: item.optionalNumber("openInterest"),
  });
}

/**
 * Exchanges differ: most state a fraction, Deribit a percentage, and ccxt passes either on. Deribit's own field tells;
 * else whatever exceeds 10 (1,000 % a year) is read as a percentage.
 */
function volOf(builder: MarketBuilder, id: string, item: JsonItem): number | undefined {
  const stated = item.optionalNumber("impliedVolatility");
  const info = item.raw("info");
  const isDeribit = typeof info === "object" && info !== null && Object.hasOwn(info, "mark_iv");
  const percent = isDeribit ? item.child("info")?.optionalNumber("mark_iv") : undefined;
  if (percent !== undefined) return percent / 100;
  if (stated === undefined || stated <= 10) return stated;
  builder.note("volatility-in-percent", `${id} states volatility ${stated}; read as a percentage`);
  return stated / 100;
}
