import { type Decimal, decimalToNumber, parseDecimal } from "../../quantity/decimal.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { type Instrument } from "../instrument.ts";
import { type ReaderNote, takeNotes, type NoteTaker } from "../market-builder.ts";
import { type Market } from "../market.ts";
import { checkPortfolioValue, portfolioToDocument } from "../portfolio-document.ts";
import { type Balance, type OpenOrder, type Portfolio, type Position } from "../portfolio.ts";
import { valueOrThrow } from "../problems.ts";
import { absoluteDecimal, addDecimals, divideDecimals, negateDecimal } from "./decimal-arithmetic.ts";
import { instrumentFromDeribitName } from "./deribit-name.ts";
import { type JsonItem, jsonItems } from "./json-item.ts";

/** Responses of Deribit's private API, as they came: the JSON-RPC envelope, its `result`, or several of either in an array. */
export interface DeribitPortfolioResponses {
  /** `private/get_positions`. */
  readonly positions?: unknown;
  /** `private/get_account_summaries`, or `private/get_account_summary` per currency. */
  readonly accountSummaries?: unknown;
  /** `private/get_open_orders`. */
  readonly openOrders?: unknown;
  /** Default `Deribit account`. */
  readonly name?: string;
  /** The market that the portfolio will be margined in: gives contract sizes. Without it they are Deribit's usual ones. */
  readonly market?: Market;
}

/** A portfolio and what its reader left out or assumed. */
export interface PortfolioReading {
  readonly portfolio: Portfolio;
  readonly notes: readonly ReaderNote[];
}

const hasName = (item: JsonItem): boolean => typeof item.raw("instrument_name") === "string";
const hasCurrency = (item: JsonItem): boolean => typeof item.raw("currency") === "string";

/**
 * A portfolio from Deribit's private API.
 *
 * - Size: Deribit states inverse perpetuals and futures in dollars and options in coin, linear futures in coin
 *   (`size_currency` where given); direction gives the sign. Dollars are divided by the contract size.
 * - Entry price of a perpetual or future: the one at which its unrealised profit is `floating_profit_loss`, for profit
 *   before that is in the balance since the last daily settlement. Without that field, `average_price`.
 * - Balance of a currency: `equity − options_value − futures_session_upl`, what remains when every position's value is
 *   taken out; `balance` where those fields are absent.
 *
 * Figures that cannot be placed (combinations, positions of size zero) are left out, noted.
 *
 * @throws {PlimsollError} `PLM_FIELD` when a response is not what it should be.
 */
export function portfolioFromDeribit(responses: DeribitPortfolioResponses): PortfolioReading {
  const notes = takeNotes();
  const instrumentOf = (name: string): Instrument | undefined =>
    responses.market?.instruments.get(name) ?? instrumentFromDeribitName(name);
  const positions: Position[] = [];
  for (const item of jsonItems(responses.positions, "positions", hasName)) {
    const position = positionOf(item, instrumentOf, notes);
    if (position) positions.push(position);
  }
  const orders: OpenOrder[] = [];
  for (const item of jsonItems(responses.openOrders, "openOrders", hasName)) {
    const order = orderOf(item, instrumentOf, notes);
    if (order) orders.push(order);
  }
  const balances = new Map<string, Balance>();
  for (const item of accountItems(responses.accountSummaries)) {
    const asset = item.text("currency");
    const amount = cashOf(item);
    if (amount.coefficient !== 0n) balances.set(asset, { asset, amount });
  }
  const name = responses.name ?? "Deribit account";
  return {
    portfolio: validPortfolio({ name, balances: [...balances.values()], positions, orders }),
    notes: notes.notes(),
  };
}

/** `get_account_summaries` holds one summary per currency under `summaries`. */
function accountItems(response: unknown): JsonItem[] {
  const isSummary = (item: JsonItem): boolean => item.raw("summaries") !== undefined || hasCurrency(item);
  return jsonItems(response, "accountSummaries", isSummary).flatMap((item) =>
    item.raw("summaries") === undefined
      ? [item]
      : jsonItems(item.raw("summaries"), `${item.path}.summaries`, hasCurrency),
  );
}

function cashOf(item: JsonItem): Decimal {
  const equity = item.optionalDecimal("equity");
  const options = item.optionalDecimal("options_value");
  const futures = item.optionalDecimal("futures_session_upl");
  if (equity && options && futures) {
    return addDecimals(equity, negateDecimal(addDecimals(options, futures)));
  }
  const balance = item.optionalDecimal("balance") ?? equity;
  if (balance) return balance;
  throw new PlimsollError("PLM_FIELD", {
    field: `${item.path}.balance`,
    value: undefined,
    limit: "the account's balance",
    remedy: "Pass the response of private/get_account_summaries.",
  });
}

function positionOf(
  item: JsonItem,
  instrumentOf: (name: string) => Instrument | undefined,
  { note }: NoteTaker,
): Position | undefined {
  const name = item.text("instrument_name");
  const instrument = instrumentOf(name);
  if (!instrument) {
    note("unsupported-instrument", `${name} is no instrument that can be margined; left out`);
    return undefined;
  }
  if (instrument.kind === "spot") {
    note("spot-in-balance", `${name} is held as a balance of its currency already; left out`);
    return undefined;
  }
  const stated = item.optionalDecimal("size");
  const inCoin = instrument.kind !== "option" && instrument.settlement === "linear";
  const amount = (inCoin ? item.optionalDecimal("size_currency") : undefined) ?? stated;
  if (!amount) {
    throw new PlimsollError("PLM_FIELD", {
      field: `${item.path}.size`,
      value: undefined,
      limit: "the position's size",
      remedy: "Pass the response of private/get_positions.",
    });
  }
  const direction = item.optionalText("direction");
  if (amount.coefficient === 0n || direction === "zero") {
    note("closed-position", `${name} has size 0; left out`);
    return undefined;
  }
  const short = direction === undefined ? amount.coefficient < 0n : direction === "sell";
  const units = short ? negateDecimal(absoluteDecimal(amount)) : absoluteDecimal(amount);
  const size = divideDecimals(units, contractDecimal(instrument));
  const entryPrice = instrument.kind === "option" ? undefined : deribitEntryPrice(item, instrument, size);
  return { instrument: instrument.id, size, ...(entryPrice !== undefined && { entryPrice }) };
}

const contractDecimal = ({ contractSize }: Instrument): Decimal => parseDecimal(contractSize, "contractSize");

/** The price at which the position's profit to its mark is `floating_profit_loss`, from Deribit's own entry. */
export function deribitEntryPrice(item: JsonItem, instrument: Instrument, size: Decimal): number | undefined {
  const mark = item.optionalNumber("mark_price");
  const profit = item.optionalNumber("floating_profit_loss");
  const average = item.optionalNumber("average_price");
  const fallback = average !== undefined && average > 0 ? average : undefined;
  if (mark === undefined || profit === undefined || mark <= 0) return fallback;
  const units = decimalToNumber(size) * instrument.contractSize;
  const entry = instrument.settlement === "inverse" ? 1 / (1 / mark + profit / units) : mark - profit / units;
  return Number.isFinite(entry) && entry > 0 ? entry : fallback;
}

function orderOf(
  item: JsonItem,
  instrumentOf: (name: string) => Instrument | undefined,
  { note }: NoteTaker,
): OpenOrder | undefined {
  const name = item.text("instrument_name");
  const instrument = instrumentOf(name);
  const price = item.raw("price") === "market_price" ? undefined : item.optionalNumber("price");
  if (!instrument || price === undefined) {
    note(
      "unsupported-order",
      `an order in ${name} has no limit price or no instrument that can be margined; left out`,
    );
    return undefined;
  }
  const amount = item.optionalDecimal("amount");
  const filled = item.optionalDecimal("filled_amount");
  if (!amount) {
    throw new PlimsollError("PLM_FIELD", {
      field: `${item.path}.amount`,
      value: undefined,
      limit: "the order's amount",
      remedy: "Pass the response of private/get_open_orders.",
    });
  }
  const rest = absoluteDecimal(filled ? addDecimals(amount, negateDecimal(filled)) : amount);
  if (rest.coefficient === 0n) return undefined;
  const units = item.text("direction") === "sell" ? negateDecimal(rest) : rest;
  return { instrument: instrument.id, size: divideDecimals(units, contractDecimal(instrument)), price };
}

/** What a document may not hold, a portfolio does not hold either: names too long, two positions in one instrument. */
export const validPortfolio = (portfolio: Portfolio): Portfolio =>
  valueOrThrow(checkPortfolioValue(portfolioToDocument(portfolio)));
