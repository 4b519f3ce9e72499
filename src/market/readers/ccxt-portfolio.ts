import { type Decimal, parseDecimal } from "../../quantity/decimal.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { civilDate } from "../calendar.ts";
import { type Instrument } from "../instrument.ts";
import { type NoteTaker, takeNotes } from "../market-builder.ts";
import { type Market } from "../market.ts";
import { type OpenOrder, type Position } from "../portfolio.ts";
import { instrumentFromCcxtSymbol } from "./ccxt-symbol.ts";
import {
  absoluteDecimal,
  addDecimals,
  divideDecimals,
  multiplyDecimals,
  negateDecimal,
} from "./decimal-arithmetic.ts";
import { deribitEntryPrice, type PortfolioReading, validPortfolio } from "./deribit-portfolio.ts";
import { type JsonItem, jsonItem, jsonItems } from "./json-item.ts";

/** ccxt's unified structures as JSON: as its methods return them. */
export interface CcxtPortfolioStructures {
  /** `fetchPositions`. */
  readonly positions?: unknown;
  /** `fetchBalance`. */
  readonly balance?: unknown;
  /** `fetchOpenOrders`. */
  readonly openOrders?: unknown;
  /**
   * What the exchange's balance total already holds: `cash` nothing of the positions; `unrealized` the unrealised profit
   * of perpetuals and futures; `equity` that and the value of options (Deribit). It is taken out again. Default `equity` when the
   * positions are Deribit's, else `cash`.
   */
  readonly balanceIncludes?: "cash" | "unrealized" | "equity";
  /** Default `ccxt account`. */
  readonly name?: string;
  /** The market that the portfolio will be margined in. Its instruments are found by symbol, else by their terms. */
  readonly market?: Market;
}

const hasSymbol = (item: JsonItem): boolean => typeof item.raw("symbol") === "string";

/**
 * A portfolio from ccxt's unified structures. A position is `contracts × contractSize`, signed by `side`, and brought to the
 * contract size of the market's instrument. Where ccxt leaves `contracts` empty, as it did for Deribit, the exchange's own
 * `info.size` and `info.direction` are read.
 *
 * @throws {PlimsollError} `PLM_FIELD` when a structure is not what it should be.
 * @see https://docs.ccxt.com, "Position structure", "Balance structure"
 */
export function portfolioFromCcxt(structures: CcxtPortfolioStructures): PortfolioReading {
  const notes = takeNotes();
  const find = instrumentFinder(structures.market);
  const items = jsonItems(structures.positions, "positions", hasSymbol);
  const positions: Position[] = [];
  for (const item of items) {
    const position = positionOf(item, find, notes);
    if (position) positions.push(position);
  }
  const orders: OpenOrder[] = [];
  for (const item of jsonItems(structures.openOrders, "openOrders", hasSymbol)) {
    const order = orderOf(item, find, notes);
    if (order) orders.push(order);
  }
  const balances = balancesOf(structures.balance);
  takeOutPositions(balances, items, includesOf(structures, items, notes), find);
  return {
    portfolio: validPortfolio({
      name: structures.name ?? "ccxt account",
      balances: [...balances]
        .filter(([, amount]) => amount.coefficient !== 0n)
        .map(([asset, amount]) => ({ asset, amount })),
      positions,
      orders,
    }),
    notes: notes.notes(),
  };
}

/** Finds an instrument by its symbol or, in a market of other names, by its terms. */
type Finder = (symbol: string) => Instrument | undefined;

function termsOf(instrument: Instrument, quote: string): string {
  const terms: (string | number)[] = [instrument.kind, instrument.underlying, instrument.settlement, quote];
  if (instrument.kind === "future" || instrument.kind === "option") {
    const { year, month, day } = civilDate(instrument.expiryMs);
    terms.push(year, month, day);
  }
  if (instrument.kind === "option") terms.push(instrument.strike, instrument.optionType);
  return terms.join(" ");
}

function instrumentFinder(market: Market | undefined): Finder {
  if (!market) return (symbol) => instrumentFromCcxtSymbol(symbol);
  const byTerms = new Map<string, Instrument>();
  for (const instrument of market.instruments.values()) {
    for (const quote of [instrument.quoteAsset, "any"]) {
      const terms = termsOf(instrument, quote);
      if (!byTerms.has(terms)) byTerms.set(terms, instrument);
    }
  }
  return (symbol) => {
    const named = market.instruments.get(symbol);
    if (named) return named;
    const meant = instrumentFromCcxtSymbol(symbol);
    if (!meant) return undefined;
    return byTerms.get(termsOf(meant, meant.quoteAsset)) ?? byTerms.get(termsOf(meant, "any")) ?? meant;
  };
}

/** Contracts of `instrument` from units of its underlying (inverse perpetuals and futures: of its quote currency). */
const contractsOf = (units: Decimal, instrument: Instrument): Decimal =>
  divideDecimals(units, parseDecimal(instrument.contractSize, "contractSize"));

function positionOf(item: JsonItem, find: Finder, { note }: NoteTaker): Position | undefined {
  const symbol = item.text("symbol");
  const instrument = find(symbol);
  if (!instrument) {
    note("unsupported-instrument", `${symbol} is no instrument that can be margined; left out`);
    return undefined;
  }
  const { units, short } = sizeOf(item, instrument);
  if (units.coefficient === 0n) {
    note("closed-position", `${symbol} has size 0; left out`);
    return undefined;
  }
  const size = contractsOf(short ? negateDecimal(units) : units, instrument);
  const own = deribitInfo(item);
  const stated = own ? deribitEntryPrice(own, instrument, size) : item.optionalNumber("entryPrice");
  const entryPrice = instrument.kind === "option" ? undefined : stated;
  return {
    instrument: instrument.id,
    size,
    ...(entryPrice !== undefined && entryPrice > 0 && { entryPrice }),
  };
}

/** The exchange's own entry, where the exchange is Deribit. */
function deribitInfo(item: JsonItem): JsonItem | undefined {
  const info = item.raw("info");
  const isDeribit = typeof info === "object" && info !== null && Object.hasOwn(info, "instrument_name");
  return isDeribit ? item.child("info") : undefined;
}

function sizeOf(
  item: JsonItem,
  instrument: Instrument,
): { readonly units: Decimal; readonly short: boolean } {
  const side = item.optionalText("side");
  const contracts = item.optionalDecimal("contracts");
  const own = deribitInfo(item);
  // Deribit's own figures come first: across versions, ccxt's count of contracts was dollars, coins or nothing.
  const linear = instrument.kind !== "option" && instrument.settlement === "linear";
  const stated =
    own && ((linear ? own.optionalDecimal("size_currency") : undefined) ?? own.optionalDecimal("size"));
  if (own && stated) {
    const direction = own.optionalText("direction");
    const short = direction === undefined ? stated.coefficient < 0n : direction === "sell";
    return { units: absoluteDecimal(stated), short };
  }
  if (!contracts) {
    throw new PlimsollError("PLM_FIELD", {
      field: `${item.path}.contracts`,
      value: undefined,
      limit: "the count of contracts",
      remedy: "Pass the answer of fetchPositions with its info, or fill in contracts.",
    });
  }
  const contractSize =
    item.optionalDecimal("contractSize") ?? parseDecimal(instrument.contractSize, item.path);
  const units = multiplyDecimals(absoluteDecimal(contracts), contractSize);
  const short = side === undefined ? contracts.coefficient < 0n : side === "short" || side === "sell";
  return { units, short };
}

function orderOf(item: JsonItem, find: Finder, { note }: NoteTaker): OpenOrder | undefined {
  const symbol = item.text("symbol");
  const instrument = find(symbol);
  const price = item.optionalNumber("price");
  if (!instrument || price === undefined || price <= 0) {
    note(
      "unsupported-order",
      `an order in ${symbol} has no limit price or no instrument that can be margined; left out`,
    );
    return undefined;
  }
  const own = deribitInfo(item);
  const amount =
    own?.optionalDecimal("amount") ?? item.optionalDecimal("remaining") ?? item.optionalDecimal("amount");
  if (!amount) {
    throw new PlimsollError("PLM_FIELD", {
      field: `${item.path}.amount`,
      value: undefined,
      limit: "the order's amount, contracts",
      remedy: "Pass the answer of fetchOpenOrders.",
    });
  }
  const filled = own?.optionalDecimal("filled_amount");
  const rest = absoluteDecimal(filled ? addDecimals(amount, negateDecimal(filled)) : amount);
  if (rest.coefficient === 0n) return undefined;
  // Deribit's own amounts are dollars or coins; ccxt's are contracts.
  const size = own ? contractsOf(rest, instrument) : rest;
  return {
    instrument: instrument.id,
    size: item.text("side") === "sell" ? negateDecimal(size) : size,
    price,
  };
}

/** `total` by currency; each currency's own entry where that is absent. */
function balancesOf(response: unknown): Map<string, Decimal> {
  const balances = new Map<string, Decimal>();
  if (response === undefined || response === null) return balances;
  const root = jsonItem(response, "balance");
  const total = root.child("total");
  if (total) {
    for (const asset of Object.keys(Object(root.raw("total")))) {
      const amount = total.optionalDecimal(asset);
      if (amount) balances.set(asset, amount);
    }
    return balances;
  }
  for (const asset of Object.keys(Object(response))) {
    if (["info", "free", "used", "total", "debt", "timestamp", "datetime"].includes(asset)) continue;
    const amount = root.child(asset)?.optionalDecimal("total");
    if (amount) balances.set(asset, amount);
  }
  return balances;
}

function includesOf(
  { balance, balanceIncludes }: CcxtPortfolioStructures,
  positions: readonly JsonItem[],
  { note }: NoteTaker,
): "cash" | "unrealized" | "equity" {
  if (balanceIncludes !== undefined) return balanceIncludes;
  if (balance === undefined || !positions.some((item) => deribitInfo(item))) return "cash";
  note("balance-is-equity", "Deribit's balance total is its equity; what the positions count was taken out");
  return "equity";
}

/** Takes out of the balances what they already hold of the positions. */
function takeOutPositions(
  balances: Map<string, Decimal>,
  positions: readonly JsonItem[],
  includes: "cash" | "unrealized" | "equity",
  find: Finder,
): void {
  if (includes === "cash") return;
  for (const item of positions) {
    const instrument = find(item.text("symbol"));
    if (!instrument || (instrument.kind === "option" && includes === "unrealized")) continue;
    const asset =
      instrument.settlement === "inverse" ? instrument.underlying : settleOf(item.text("symbol"), instrument);
    const held =
      instrument.kind === "option" ? optionValue(item, instrument) : item.optionalDecimal("unrealizedPnl");
    const balance = balances.get(asset);
    if (held && balance) balances.set(asset, addDecimals(balance, negateDecimal(held)));
  }
}

const settleOf = (symbol: string, instrument: Instrument): string =>
  /:([^-]+)/.exec(symbol)?.[1] ?? instrument.quoteAsset;

function optionValue(item: JsonItem, instrument: Instrument): Decimal | undefined {
  const mark = item.optionalDecimal("markPrice");
  if (!mark) return undefined;
  const { units, short } = sizeOf(item, instrument);
  const value = multiplyDecimals(units, mark);
  return short ? negateDecimal(value) : value;
}
