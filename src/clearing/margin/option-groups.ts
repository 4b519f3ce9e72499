import { type AccountBook } from "./account-book.ts";
import { type PartNote } from "./fixed-rate.ts";

/** Options of an account, by row, with what each requires alone. USD micros. */
export interface OptionRows {
  readonly rows: readonly number[];
  /** Initial requirement of each row at the worse of its open buys, its open sells, or neither. */
  readonly withOrders: Float64Array;
  readonly maintenance: Float64Array;
  readonly values: Float64Array;
  readonly note?: PartNote;
}

/** One option of a group. Units of underlying, prices in USD micros. */
interface GroupOption {
  readonly sign: number;
  readonly strike: number;
  readonly mark: number;
  readonly units: number;
  readonly buyUnits: number;
  readonly sellUnits: number;
}

/** Units this small against the gross are noise of lot sizes in binary. */
const unitNoise = 1e-12;

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
    const group: GroupOption[] = [];
    let initial = 0;
    let kept = 0;
    let value = 0;
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
      group.push({
        sign: terms.optionSign,
        strike: terms.strikeMicros * assetPrice,
        mark: book.markMicros(instrument) * assetPrice,
        units: book.lots[row]! * terms.lotSize,
        buyUnits: book.openBuyLots[row]! * terms.lotSize,
        sellUnits: book.openSellLots[row]! * terms.lotSize,
      });
    }
    const cap = Math.ceil(Math.max(0, value - worstPayoff(group, false)));
    const hasOrders = group.some(({ buyUnits, sellUnits }) => buyUnits > 0 || sellUnits > 0);
    const capWithOrders = hasOrders ? Math.ceil(Math.max(0, value - worstPayoff(group, true))) : cap;
    const required = Math.min(initial, capWithOrders);
    initialTotal += required;
    maintenanceTotal += Math.min(kept, cap);
    note?.("options", rows[at]!, required, Math.min(kept, cap));
  }
  return { initial: initialTotal, maintenance: maintenanceTotal };
}

/**
 * The least that the options pay at any settlement price, USD micros; −Infinity when there is no bound. Piecewise linear: convex kinks, where
 * alone a least can lie, are at the strikes. With orders, each of them adds what it would lose there against its mark, never a gain.
 */
function worstPayoff(group: readonly GroupOption[], withOrders: boolean): number {
  let calls = 0;
  let gross = 0;
  for (const { sign, units, sellUnits } of group) {
    gross += Math.abs(units) + (withOrders ? sellUnits : 0);
    if (sign > 0) calls += withOrders ? units - sellUnits : units;
  }
  if (calls < -unitNoise * gross) return -Infinity;
  const payoffAt = (price: number): number => {
    let paid = 0;
    for (const { sign, strike, mark, units, buyUnits, sellUnits } of group) {
      const intrinsic = Math.max(0, sign * (price - strike));
      paid += units * intrinsic;
      if (!withOrders) continue;
      if (intrinsic < mark) paid += buyUnits * (intrinsic - mark);
      else paid += sellUnits * (mark - intrinsic);
    }
    return paid;
  };
  let worst = payoffAt(0);
  for (const { strike } of group) worst = Math.min(worst, payoffAt(strike));
  return worst;
}
