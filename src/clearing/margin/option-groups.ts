import { type AccountBook } from "./account-book.ts";
import { type PartNote } from "./fixed-rate.ts";
import { PayoffLine } from "./payoff-line.ts";

/** Options of an account, by row, with what each requires alone. USD micros. */
export interface OptionRows {
  readonly rows: readonly number[];
  /** Initial requirement of each row at the worse of its open buys, its open sells, or neither. */
  readonly withOrders: Float64Array;
  readonly maintenance: Float64Array;
  readonly values: Float64Array;
  readonly note?: PartNote;
}

const held = new PayoffLine();
const heldWithOrders = new PayoffLine();

/**
 * (F6) Options of one underlying, expiry and settlement asset require at most their value less the worst they can pay together at
 * settlement. The initial figure lets every open order fill or not, whichever is worse at each settlement price: a bought leg that
 * may be sold hedges nothing, and one that may be bought does not yet.
 */
export function optionGroups(
  book: AccountBook,
  { rows, withOrders, maintenance, values, note }: OptionRows,
): { readonly initial: number; readonly maintenance: number } {
  let initialTotal = 0;
  let maintenanceTotal = 0;
  const isTaken = new Uint8Array(rows.length);
  for (let at = 0; at < rows.length; at++) {
    if (isTaken[at] === 1) continue;
    const first = book.terms(book.instruments[rows[at]!]!);
    const assetPrice = book.prices.assetPriceMicros(first.settlementAsset) / 1e6;
    held.clear();
    heldWithOrders.clear();
    let initial = 0;
    let kept = 0;
    let value = 0;
    let hasOrders = false;
    for (let other = at; other < rows.length; other++) {
      const row = rows[other]!;
      const instrument = book.instruments[row]!;
      const terms = book.terms(instrument);
      if (
        terms.underlying !== first.underlying ||
        terms.expiryMs !== first.expiryMs ||
        terms.settlementAsset !== first.settlementAsset
      ) {
        continue;
      }
      isTaken[other] = 1;
      initial += withOrders[row]!;
      kept += maintenance[row]!;
      value += values[row]!;
      const isCall = terms.optionSign > 0;
      const strike = terms.strikeMicros * assetPrice;
      const units = book.lots[row]! * terms.lotSize;
      held.hold(isCall, strike, units);
      heldWithOrders.hold(isCall, strike, units);
      const buys = book.openBuyLots[row]!;
      const sells = book.openSellLots[row]!;
      if (buys === 0 && sells === 0) continue;
      hasOrders = true;
      const mark = book.markMicros(instrument) * assetPrice;
      if (buys > 0) heldWithOrders.mayBuy(isCall, strike, mark, buys * terms.lotSize);
      if (sells > 0) heldWithOrders.maySell(isCall, strike, mark, sells * terms.lotSize);
    }
    const cap = mostRequired(value, held);
    const capWithOrders = hasOrders ? mostRequired(value, heldWithOrders) : cap;
    const required = Math.min(initial, capWithOrders);
    initialTotal += required;
    maintenanceTotal += Math.min(kept, cap);
    note?.("options", rows[at]!, required, Math.min(kept, cap));
  }
  return { initial: initialTotal, maintenance: maintenanceTotal };
}

/** Rounded up, but not for noise: a trade that adds nothing to the worst case must not seem to require a micro more. */
const mostRequired = (value: number, line: PayoffLine): number =>
  Math.ceil(Math.max(0, value - line.least() - line.noise));
