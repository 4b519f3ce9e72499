import { type Market, type Option } from "../../market/index.ts";
import { type MarginParameters } from "../parameters/margin-parameters.ts";
import { assetRiskOf } from "../scenarios/stress.ts";
import { type Book, type BookItem } from "./book.ts";
import { spotSlot } from "./item-rows.ts";

/** Items that together can never lose more than a known amount, whatever happens. */
export interface BoundedGroup {
  readonly id: string;
  readonly label: string;
  readonly items: readonly BookItem[];
  /** Value now minus the worst static payoff, USD, ≥ 0. */
  readonly maximumLossUsd: number;
}

/** Payoff at one expiry of the options that expire then: piecewise linear in the settlement price. Units of quote currency. */
interface ExpiryPayoff {
  readonly options: readonly { readonly option: Option; readonly units: number }[];
  /** Units of spot or of futures of this expiry held against them. */
  spotUnits: number;
}

const intrinsic = ({ optionType, strike }: Option, price: number): number =>
  optionType === "call" ? Math.max(0, price - strike) : Math.max(0, strike - price);

/** Net slope of the options beyond the highest strike and at zero. */
const slopes = (
  options: ExpiryPayoff["options"],
): { readonly atInfinity: number; readonly atZero: number } => {
  let atInfinity = 0;
  let atZero = 0;
  for (const { option, units } of options) {
    // Below the lowest strike a put falls one for one; a call does so only with a strike of zero.
    if (option.optionType === "call") atInfinity += units;
    else if (option.strike > 0) atZero -= units;
  }
  return { atInfinity, atZero };
};

/** Least payoff over every settlement price from 0 on; −∞ when it falls without end. The kinks are at 0 and the strikes. */
function worstPayoff({ options, spotUnits }: ExpiryPayoff): number {
  const value = (price: number): number =>
    options.reduce((sum, { option, units }) => sum + units * intrinsic(option, price), spotUnits * price);
  if (slopes(options).atInfinity + spotUnits < -1e-12 * grossUnits({ options, spotUnits })) return -Infinity;
  return Math.min(value(0), ...options.map(({ option }) => value(option.strike)));
}

const grossUnits = ({ options, spotUnits }: ExpiryPayoff): number =>
  options.reduce((sum, { units }) => sum + Math.abs(units), Math.abs(spotUnits));

/**
 * The linear-settled group of one underlying: options, dated futures, spot and coins, held to expiry, equation (26).
 * Spot is divided among the expiries (against short calls first, then beside long puts); whatever division is chosen,
 * the strategy exists, so the bound is sound. What is left of a long position is worth at least nothing.
 *
 * @returns the maximum loss in USD, or undefined when it is unbounded.
 */
function staticBound(
  items: readonly BookItem[],
  market: Market,
  quoteFall: number,
  quoteUsd: number,
): number | undefined {
  const expiries = new Map<number, { options: { option: Option; units: number }[]; spotUnits: number }>();
  const at = (expiryMs: number) => {
    const known = expiries.get(expiryMs);
    if (known) return known;
    const made = { options: [] as { option: Option; units: number }[], spotUnits: 0 };
    expiries.set(expiryMs, made);
    return made;
  };
  let valueUsd = 0;
  let spotUnits = 0;
  let futureCost = 0;
  for (const { rows, size } of items) {
    const instrument = rows.kind === "instrument" ? market.instruments.get(rows.item) : undefined;
    if (!instrument) {
      spotUnits += size;
      valueUsd += size * rows.markUsd;
      continue;
    }
    const units = size * instrument.contractSize;
    valueUsd += size * rows.markUsd;
    if (instrument.kind === "spot") spotUnits += units;
    else if (instrument.kind === "option")
      at(instrument.expiryMs).options.push({ option: instrument, units });
    else if (instrument.kind === "future") {
      at(instrument.expiryMs).spotUnits += units;
      // Profit counts from the mark: what came before is in the balance.
      futureCost += units * (market.quotes.get(instrument.id)?.mark ?? 0);
    }
  }
  const payoffs = [...expiries].sort(([a], [b]) => a - b).map(([, payoff]) => payoff);
  let free = spotUnits;
  for (const payoff of payoffs) {
    const need = -(slopes(payoff.options).atInfinity + payoff.spotUnits);
    const given = free > 0 ? Math.min(free, Math.max(0, need)) : Math.max(free, Math.min(0, need));
    payoff.spotUnits += given;
    free -= given;
  }
  for (const payoff of payoffs) {
    if (free <= 0) break;
    const given = Math.min(free, Math.max(0, -(slopes(payoff.options).atZero + payoff.spotUnits)));
    payoff.spotUnits += given;
    free -= given;
  }
  const gross = payoffs.reduce((sum, payoff) => sum + grossUnits(payoff), Math.abs(spotUnits));
  if (free < -1e-12 * gross) return undefined;
  let worst = -futureCost;
  for (const payoff of payoffs) worst += worstPayoff(payoff);
  if (worst === -Infinity) return undefined;
  // A payoff received may arrive in a slipped stablecoin; one owed never costs less than its face.
  const worstUsd =
    worst > 0 ? worst * Math.min(1, quoteUsd) * (1 - quoteFall) : worst * Math.max(1, quoteUsd);
  return Math.max(0, valueUsd - worstUsd);
}

/**
 * The groups of a book whose loss is bounded, in canonical order: per underlying and quote currency the linear-settled
 * items (a box, a covered call, a spread), and every remaining holding that is long and can at worst become worthless.
 */
export function boundedGroups(
  book: Book,
  market: Market,
  parameters: MarginParameters,
): readonly BoundedGroup[] {
  const groups: BoundedGroup[] = [];
  const statics = new Map<
    string,
    { items: BookItem[]; quotes: Set<string>; symbol: string; hasOptions: boolean }
  >();
  const longs = new Map<string, BookItem[]>();
  const longOnly = (item: BookItem): void => {
    if (item.size < 0 || item.rows.markUsd <= 0) return;
    const key = `${item.rows.underlying}`;
    const list = longs.get(key);
    if (list) list.push(item);
    else longs.set(key, [item]);
  };
  for (const item of book.items) {
    const instrument = item.rows.kind === "instrument" ? market.instruments.get(item.rows.item) : undefined;
    const asset = item.rows.kind === "asset" ? market.assets.get(item.rows.item) : undefined;
    const coin =
      item.rows.kind === "asset" && asset?.kind !== "staked" && market.underlyings.has(item.rows.item);
    const linear =
      instrument !== undefined && instrument.settlement === "linear" && instrument.kind !== "perpetual";
    if (!coin && !linear) {
      longOnly(item);
      continue;
    }
    const symbol = coin ? item.rows.item : (instrument?.underlying ?? "");
    const group = statics.get(symbol) ?? { items: [], quotes: new Set<string>(), symbol, hasOptions: false };
    statics.set(symbol, group);
    group.items.push(item);
    if (instrument && item.rows.slot !== spotSlot) group.quotes.add(instrument.quoteAsset);
    group.hasOptions ||= item.rows.isOption;
  }
  for (const [symbol, { items, quotes }] of [...statics].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [quote, second] = quotes;
    const state = quote === undefined ? undefined : market.assets.get(quote);
    const fall = state && quote !== parameters.settlementAsset ? assetRiskOf(parameters, state).pegDown : 0;
    const loss = second === undefined ? staticBound(items, market, fall, state?.priceUsd ?? 1) : undefined;
    if (loss !== undefined) {
      groups.push({
        id: `${symbol}-static`,
        label: `${symbol} held to expiry`,
        items,
        maximumLossUsd: loss,
      });
    } else for (const item of items) longOnly(item);
  }
  for (const [key, items] of [...longs].sort(([a], [b]) => Number(a) - Number(b))) {
    const maximumLossUsd = items.reduce((sum, { size, rows }) => sum + size * rows.markUsd, 0);
    groups.push({ id: `long-${key}`, label: "held long", items, maximumLossUsd });
  }
  return groups;
}
