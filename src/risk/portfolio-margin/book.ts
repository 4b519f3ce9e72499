import { type Instrument, type Market, type OpenOrder, type Portfolio } from "../../market/index.ts";
import { decimalToNumber } from "../../quantity/index.ts";
import {
  type AccountValue,
  accountValue,
  assetPriceUsd,
  markOf,
  settlementAssetOf,
  unrealisedProfit,
} from "../account-value.ts";
import { type ItemRows } from "./item-rows.ts";
import { type PreparedMarket } from "./prepare.ts";

/** Units of an asset or contracts of an instrument, with their matrix row. */
export interface BookItem {
  readonly rows: ItemRows;
  /** Signed. */
  readonly size: number;
  /** Deposited amount of an asset, units: what custody risk acts on. 0 for instruments. */
  readonly balance: number;
}

/** An order that may fill at any moment, or never. */
export interface BookOrder {
  readonly rows: ItemRows;
  readonly size: number;
  /** Loss at once if it fills at its limit price, ≤ 0, USD. */
  readonly fillUsd: number;
  /** What the fill moves on the balances, when a scenario moves that asset: premium or price paid, profit booked. */
  readonly paid?: { readonly rows: ItemRows; readonly size: number };
}

/** An account as the engine sees it, in canonical order. */
export interface Book {
  readonly items: readonly BookItem[];
  readonly orders: readonly BookOrder[];
}

const byItem = (a: BookItem | BookOrder, b: BookItem | BookOrder): number =>
  a.rows.item < b.rows.item ? -1 : a.rows.item > b.rows.item ? 1 : a.size - b.size;
/** Also by price, so that the order of orders never matters. */
const byOrder = (a: BookOrder, b: BookOrder): number =>
  byItem(a, b) || a.fillUsd - b.fillUsd || (a.paid?.size ?? 0) - (b.paid?.size ?? 0);

/** Loss on filling an order at its limit price rather than at the mark, USD, ≤ 0. */
function fillUsd(order: OpenOrder, size: number, market: Market): number {
  const instrument = market.instruments.get(order.instrument);
  if (!instrument) return 0;
  const mark = markOf(market, instrument);
  const quoteUsd = assetPriceUsd(market, instrument.quoteAsset);
  const indexUsd = market.underlyings.get(instrument.underlying)?.indexUsd ?? 0;
  const { contractSize, settlement, kind } = instrument;
  if (settlement === "linear") return Math.min(0, size * contractSize * (mark - order.price) * quoteUsd);
  if (kind === "option") return Math.min(0, size * contractSize * (mark - order.price) * indexUsd);
  return order.price > 0 && mark > 0
    ? Math.min(0, size * contractSize * (1 / order.price - 1 / mark) * indexUsd)
    : 0;
}

/** Units of its settlement asset that an order's fill adds to the balances. */
function paidUnits(instrument: Instrument, order: OpenOrder, size: number, market: Market): number {
  const { kind, contractSize } = instrument;
  // From the limit price as entry to the mark.
  return kind === "spot" || kind === "option"
    ? -size * contractSize * order.price
    : unrealisedProfit(instrument, size, order.price, markOf(market, instrument));
}

/** An order as the engine sees it. Paid in a coin of another underlying, its payment counts as an order of its own. */
function bookOrders(order: OpenOrder, prepared: PreparedMarket): readonly BookOrder[] {
  const { market, parameters } = prepared;
  const rows = prepared.instrumentRow(order.instrument);
  const instrument = market.instruments.get(order.instrument);
  const size = decimalToNumber(order.size);
  if (!rows || !instrument || size === 0) return [];
  const traded = { rows, size, fillUsd: fillUsd(order, size, market) };
  const asset = settlementAssetOf(instrument);
  const paidRows = asset === parameters.settlementAsset ? undefined : prepared.assetRow(asset);
  const units = paidUnits(instrument, order, size, market);
  if (!paidRows || units === 0) return [traded];
  const paid = { rows: paidRows, size: units };
  return paidRows.underlying < 0 || paidRows.underlying === rows.underlying
    ? [{ ...traded, paid }]
    : [traded, { ...paid, fillUsd: 0 }];
}

/** The book of a portfolio and its value. Cash in the settlement currency is in the value alone: no scenario moves it. */
export function bookOf(
  portfolio: Portfolio,
  prepared: PreparedMarket,
): { readonly book: Book; readonly value: AccountValue } {
  const { market, parameters } = prepared;
  const value = accountValue(portfolio, market, parameters.settlementAsset);
  const items: BookItem[] = [];
  for (const { asset, balance, unrealised } of value.holdings) {
    const rows = asset === parameters.settlementAsset ? undefined : prepared.assetRow(asset);
    if (rows && (balance !== 0 || unrealised !== 0))
      items.push({ rows, size: balance + unrealised, balance });
  }
  for (const { instrument, size } of value.positions) {
    const rows = prepared.instrumentRow(instrument);
    if (rows && size !== 0) items.push({ rows, size, balance: 0 });
  }
  const orders = portfolio.orders.flatMap((order) => bookOrders(order, prepared));
  return { book: { items: items.sort(byItem), orders: orders.sort(byOrder) }, value };
}
