import { PlimsollError } from "../../quantity/index.ts";

/** What a response of an exchange, or of ccxt, holds. */
export type ResponseKind =
  | {
      readonly api: "deribit";
      readonly field:
        | "bookSummaries"
        | "tickers"
        | "instruments"
        | "positions"
        | "accountSummaries"
        | "openOrders";
    }
  | {
      readonly api: "ccxt";
      readonly field:
        | "markets"
        | "tickers"
        | "options"
        | "fundingRates"
        | "positions"
        | "balance"
        | "openOrders";
    };

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** First to be true wins: each test looks at fields that only its structure has. */
const tests: readonly [(fields: Fields) => boolean, ResponseKind][] = [
  [(f) => "instrument_name" in f && "order_id" in f, { api: "deribit", field: "openOrders" }],
  [(f) => "instrument_name" in f && "direction" in f, { api: "deribit", field: "positions" }],
  [(f) => "instrument_name" in f && "tick_size" in f, { api: "deribit", field: "instruments" }],
  [(f) => "instrument_name" in f && "best_bid_price" in f, { api: "deribit", field: "tickers" }],
  [(f) => "instrument_name" in f && "mark_price" in f, { api: "deribit", field: "bookSummaries" }],
  [
    (f) => "summaries" in f || ("currency" in f && "equity" in f),
    { api: "deribit", field: "accountSummaries" },
  ],
  [(f) => "symbol" in f && "remaining" in f && "side" in f, { api: "ccxt", field: "openOrders" }],
  [(f) => "symbol" in f && "contracts" in f && "side" in f, { api: "ccxt", field: "positions" }],
  [(f) => "symbol" in f && "impliedVolatility" in f, { api: "ccxt", field: "options" }],
  [(f) => "symbol" in f && "base" in f && "precision" in f, { api: "ccxt", field: "markets" }],
  [(f) => "symbol" in f && "fundingRate" in f, { api: "ccxt", field: "fundingRates" }],
  [(f) => "symbol" in f && "bid" in f, { api: "ccxt", field: "tickers" }],
  [(f) => isFields(f["free"]) && isFields(f["total"]), { api: "ccxt", field: "balance" }],
];

const deepest = 5;

/** The structure of a response, told by the first entry found in it. */
function kindOf(value: unknown, depth: number = 0): ResponseKind | undefined {
  if (depth > deepest) return undefined;
  if (Array.isArray(value)) {
    for (const entry of value) {
      const kind = kindOf(entry, depth + 1);
      if (kind) return kind;
    }
    return undefined;
  }
  if (!isFields(value)) return undefined;
  const known = tests.find(([test]) => test(value));
  if (known) return known[1];
  if ("result" in value) return kindOf(value["result"], depth + 1);
  return kindOf(Object.values(value), depth + 1);
}

/** Parsed responses sorted into the structures they hold. All must be of one API. */
export interface SortedResponses {
  readonly api: "deribit" | "ccxt";
  /** By structure, everything given of it. */
  readonly fields: Readonly<Record<string, readonly unknown[]>>;
}

/**
 * Tells what each parsed file holds.
 *
 * @throws {PlimsollError} `PLM_FIELD` naming the file that holds nothing known, or mixes APIs.
 */
export function sortResponses(
  files: readonly { readonly name: string; readonly json: unknown }[],
): SortedResponses {
  const fields: Record<string, unknown[]> = {};
  let api: "deribit" | "ccxt" | undefined;
  for (const { name, json } of files) {
    const kind = kindOf(json);
    if (!kind || (api !== undefined && kind.api !== api)) {
      throw new PlimsollError("PLM_FIELD", {
        field: name,
        value: kind ? `a response of ${kind.api}` : json,
        limit: kind
          ? `of ${api}, like the files before`
          : "a plimsoll document, or a response of Deribit or ccxt",
        remedy: "docs/formats.md lists what is read.",
      });
    }
    api = kind.api;
    (fields[kind.field] ??= []).push(json);
  }
  return { api: api ?? "deribit", fields };
}
