import { PlimsollError } from "../../quantity/error.ts";
import { checkMarketValue } from "../market-document.ts";
import { type MarketReading } from "../market-builder.ts";
import { type Market } from "../market.ts";
import { checkPortfolioValue } from "../portfolio-document.ts";
import { valueOrThrow } from "../problems.ts";
import { marketFromCcxt } from "./ccxt-market.ts";
import { portfolioFromCcxt } from "./ccxt-portfolio.ts";
import { marketFromDeribit } from "./deribit-market.ts";
import { type PortfolioReading, portfolioFromDeribit } from "./deribit-portfolio.ts";
import { type JsonItem, jsonItems } from "./json-item.ts";

export interface RecogniseOptions {
  /** What errors call the JSON. Default `document`. */
  readonly name?: string;
}

const isOwnDocument = (json: unknown): boolean =>
  typeof json === "object" && json !== null && !Array.isArray(json) && Object.hasOwn(json, "schema");

const has = (item: JsonItem, ...fields: readonly string[]): boolean =>
  fields.some((field) => item.raw(field) !== undefined);
const isNamed = (item: JsonItem): boolean => typeof item.raw("instrument_name") === "string";
const isSymbol = (item: JsonItem): boolean => typeof item.raw("symbol") === "string";
const rawOf = (items: readonly JsonItem[]): unknown[] => items.map((item) => item.value);

/**
 * A market from JSON of any supported kind, recognised by its content: our own document; answers of Deribit's public API; ccxt's
 * tickers, option chains, markets and funding rates. Several answers may stand together, in an array or under any keys.
 *
 * @throws {PlimsollError} `PLM_FIELD` when it is none of these, and whatever their readers throw.
 */
export function marketFromJson(
  json: unknown,
  options: RecogniseOptions & { readonly asOfMs?: number } = {},
): MarketReading {
  if (isOwnDocument(json)) return { market: valueOrThrow(checkMarketValue(json)), notes: [] };
  const name = options.name ?? "document";
  const items = jsonItems(json, name, (item) => isNamed(item) || isSymbol(item));
  const asOf = options.asOfMs === undefined ? {} : { asOfMs: options.asOfMs };
  const named = items.filter(isNamed);
  if (named.length > 0) {
    const isListing = (item: JsonItem): boolean => has(item, "contract_size");
    const isTicker = (item: JsonItem): boolean => has(item, "timestamp");
    return marketFromDeribit({
      ...asOf,
      instruments: rawOf(named.filter(isListing)),
      tickers: rawOf(named.filter((item) => !isListing(item) && isTicker(item))),
      bookSummaries: rawOf(named.filter((item) => !isListing(item) && !isTicker(item))),
    });
  }
  if (items.length === 0) throw unrecognised(name, json, "a market");
  const isOption = (item: JsonItem): boolean => has(item, "impliedVolatility", "underlyingPrice");
  const isRate = (item: JsonItem): boolean => has(item, "fundingRate");
  const isListing = (item: JsonItem): boolean => has(item, "base") && has(item, "quote");
  return marketFromCcxt({
    ...asOf,
    options: rawOf(items.filter(isOption)),
    fundingRates: rawOf(items.filter((item) => !isOption(item) && isRate(item))),
    markets: rawOf(items.filter(isListing)),
    tickers: rawOf(items.filter((item) => !isOption(item) && !isRate(item) && !isListing(item))),
  });
}

/**
 * A portfolio from JSON of any supported kind, recognised by its content: our own document; Deribit's positions, account
 * summaries and open orders; ccxt's positions, balance and open orders. Several answers may stand together, in an array or
 * under any keys.
 *
 * @throws {PlimsollError} `PLM_FIELD` when it is none of these, and whatever their readers throw.
 */
export function portfolioFromJson(
  json: unknown,
  options: RecogniseOptions & { readonly market?: Market } = {},
): PortfolioReading {
  if (isOwnDocument(json)) return { portfolio: valueOrThrow(checkPortfolioValue(json)), notes: [] };
  const name = options.name ?? "document";
  const market = options.market === undefined ? {} : { market: options.market };
  const isSummary = (item: JsonItem): boolean =>
    typeof item.raw("currency") === "string" && has(item, "equity", "balance") && !isSymbol(item);
  const isBalance = (item: JsonItem): boolean => has(item, "total") && has(item, "free");
  const items = jsonItems(
    json,
    name,
    (item) => isNamed(item) || isSymbol(item) || isSummary(item) || isBalance(item),
  );
  if (items.some((item) => isNamed(item) || isSummary(item))) {
    const named = items.filter(isNamed);
    return portfolioFromDeribit({
      ...market,
      positions: rawOf(named.filter((item) => !has(item, "order_id"))),
      openOrders: rawOf(named.filter((item) => has(item, "order_id"))),
      accountSummaries: rawOf(items.filter(isSummary)),
    });
  }
  const balance = items.find((item) => !isSymbol(item) && isBalance(item));
  const symbols = items.filter(isSymbol);
  if (!balance && symbols.length === 0) throw unrecognised(name, json, "a portfolio");
  const isOrder = (item: JsonItem): boolean => has(item, "amount", "remaining");
  return portfolioFromCcxt({
    ...market,
    ...(balance && { balance: balance.value }),
    positions: rawOf(symbols.filter((item) => !isOrder(item))),
    openOrders: rawOf(symbols.filter(isOrder)),
  });
}

const unrecognised = (name: string, json: unknown, what: string): PlimsollError =>
  new PlimsollError("PLM_FIELD", {
    field: name,
    value: json,
    limit: `${what}: a plimsoll document, or answers of Deribit's API or of ccxt`,
    remedy: "See docs/formats.md for what is read.",
  });
