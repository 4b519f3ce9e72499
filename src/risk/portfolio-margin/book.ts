import { type Market, type OpenOrder, type Portfolio } from "../../market/index.ts";
import { decimalToNumber } from "../../quantity/index.ts";
import { type AccountValue, accountValue, assetPriceUsd, markOf } from "../account-value.ts";
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
}

/** An account as the engine sees it, in canonical order. */
export interface Book {
  readonly items: readonly BookItem[];
  readonly orders: readonly BookOrder[];
}

const byItem = (a: { rows: ItemRows; size: number }, b: { rows: ItemRows; size: number }): number =>
  a.rows.item < b.rows.item ? -1 : a.rows.item > b.rows.item ? 1 : a.size - b.size;

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
  const orders = portfolio.orders.flatMap((order): BookOrder[] => {
    const rows = prepared.instrumentRow(order.instrument);
    const size = decimalToNumber(order.size);
    return rows && size !== 0 ? [{ rows, size, fillUsd: fillUsd(order, size, market) }] : [];
  });
  return { book: { items: items.sort(byItem), orders: orders.sort(byItem) }, value };
}
