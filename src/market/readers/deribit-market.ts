import { PlimsollError } from "../../quantity/error.ts";
import { formatTime } from "../calendar.ts";
import { type Instrument } from "../instrument.ts";
import { buildMarket, type MarketBuilder, type MarketReading } from "../market-builder.ts";
import { instrumentFromDeribitName } from "./deribit-name.ts";
import { type JsonItem, jsonItems } from "./json-item.ts";

/** Responses of Deribit's public API, as they came: the JSON-RPC envelope, its `result`, or several of either in an array. */
export interface DeribitMarketResponses {
  /** `public/get_book_summary_by_currency`. */
  readonly bookSummaries?: unknown;
  /** `public/ticker`, one per instrument. Where both stand, the ticker is used. */
  readonly tickers?: unknown;
  /** `public/get_instruments`. Names alone suffice; with this, contract sizes and expiries are Deribit's own. */
  readonly instruments?: unknown;
  /** The instant of the market. Default: the latest timestamp among the responses. */
  readonly asOfMs?: number;
}

const hasName = (item: JsonItem): boolean => typeof item.raw("instrument_name") === "string";

/**
 * A market from Deribit's public API. Prices stay in Deribit's convention: coin for inverse options, else quote currency;
 * `mark_iv` is read as a percentage. The index is the median of `index_price` and `estimated_delivery_price`, forwards come
 * from options' `underlying_price` and from dated futures. Combinations are left out, noted.
 *
 * @throws {PlimsollError} `PLM_FIELD` when a response is not what it should be, or there is nothing to read.
 * @see https://docs.deribit.com, methods named in {@link DeribitMarketResponses}
 */
export function marketFromDeribit(responses: DeribitMarketResponses): MarketReading {
  const summaries = jsonItems(responses.bookSummaries, "bookSummaries", hasName);
  const tickers = jsonItems(responses.tickers, "tickers", hasName);
  const instruments = new Map(
    jsonItems(responses.instruments, "instruments", hasName).map((item) => [
      item.text("instrument_name"),
      item,
    ]),
  );
  const times = [
    ...tickers.map((item) => item.optionalNumber("timestamp")),
    ...summaries.map((item) => item.optionalNumber("creation_timestamp")),
  ].filter((time) => time !== undefined);
  const asOfMs = responses.asOfMs ?? times.reduce((latest, time) => Math.max(latest, time), -1);
  if (asOfMs < 0) {
    throw new PlimsollError("PLM_FIELD", {
      field: "asOfMs",
      value: undefined,
      limit: "the instant of the market, or a response that has a timestamp",
      remedy: "Pass bookSummaries, tickers or asOfMs.",
    });
  }
  const builder = buildMarket(asOfMs, `Deribit public API at ${formatTime(asOfMs)}`);
  for (const item of tickers) {
    addEntry(builder, item, instruments, {
      bid: item.optionalNumber("best_bid_price"),
      ask: item.optionalNumber("best_ask_price"),
      timeMs: item.optionalNumber("timestamp"),
    });
  }
  const seen = new Set(tickers.map((item) => item.text("instrument_name")));
  for (const item of summaries) {
    if (seen.has(item.text("instrument_name"))) continue;
    addEntry(builder, item, instruments, {
      bid: item.optionalNumber("bid_price"),
      ask: item.optionalNumber("ask_price"),
      timeMs: item.optionalNumber("creation_timestamp"),
    });
  }
  return builder.build();
}

interface EntryQuote {
  readonly bid: number | undefined;
  readonly ask: number | undefined;
  readonly timeMs: number | undefined;
}

function addEntry(
  builder: MarketBuilder,
  item: JsonItem,
  listed: ReadonlyMap<string, JsonItem>,
  quote: EntryQuote,
): void {
  const name = item.text("instrument_name");
  const instrument = instrumentOf(name, listed.get(name));
  if (!instrument)
    return builder.note("unsupported-instrument", `${name} is no instrument that can be margined`);
  const { underlying, kind } = instrument;
  for (const field of ["index_price", "estimated_delivery_price"]) {
    const index = item.optionalNumber(field);
    if (index !== undefined) builder.index(underlying, index);
  }
  const mark = item.optionalNumber("mark_price");
  const forward = item.optionalNumber("underlying_price");
  if (kind === "option" && forward !== undefined) builder.forward(underlying, instrument.expiryMs, forward);
  if (kind === "future" && mark !== undefined) builder.forward(underlying, instrument.expiryMs, mark);
  // Spot has no index of its own: its mark is one observation.
  if (kind === "spot" && mark !== undefined) builder.index(underlying, mark);
  const volPercent = item.optionalNumber("mark_iv");
  const interest = item.optionalNumber("open_interest");
  builder.add(instrument, {
    mark,
    ...quote,
    impliedVol: volPercent === undefined ? undefined : volPercent / 100,
    forward,
    // Deribit counts open interest like amounts: dollars for inverse futures, units of underlying for the rest.
    openInterest: interest === undefined || kind === "option" ? interest : interest / instrument.contractSize,
  });
}

function instrumentOf(name: string, listed: JsonItem | undefined): Instrument | undefined {
  const contractUsd = listed?.optionalNumber("contract_size");
  const instrument = instrumentFromDeribitName(name, contractUsd);
  const expiryMs = listed?.optionalNumber("expiration_timestamp");
  if (!instrument || expiryMs === undefined) return instrument;
  return instrument.kind === "option" || instrument.kind === "future"
    ? { ...instrument, expiryMs }
    : instrument;
}
