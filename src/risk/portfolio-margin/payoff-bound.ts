import { markOf } from "../account-value.ts";
import { expiryLabel } from "../../market/calendar.ts";
import { type Market, yearsToExpiry } from "../../market/index.ts";
import { exp } from "../../numerics/exp-log.ts";
import {
  type MarginParameters,
  type RiskClassParameters,
  riskClassOf,
} from "../parameters/margin-parameters.ts";
import { basisTenor } from "../scenarios/factor-shock.ts";
import { assetRiskOf } from "../scenarios/stress.ts";
import { type OptionUnits, unitNoise, worstPayoff } from "../worst-payoff.ts";
import { minimumOf } from "./add-ons.ts";
import { type Book, type BookItem } from "./book.ts";
import { residualColumns, spotSlot } from "./item-rows.ts";

/** Items that together can never lose more than a known amount, whatever happens. */
export interface BoundedGroup {
  readonly id: string;
  readonly label: string;
  readonly items: readonly BookItem[];
  /** Value now minus the worst static payoff, USD, ≥ 0. */
  readonly maximumLossUsd: number;
}

/**
 * Payoff at one expiry of the options that expire then: piecewise linear in the settlement price. Units of quote currency.
 * An inverse option pays (S − K)⁺/S coins, worth (S − K)⁺ when the coin is sold at the settlement price: the same payoff.
 */
interface ExpiryPayoff {
  readonly options: OptionUnits[];
  /** Units of futures of this expiry, paid in quote currency. */
  futureUnits: number;
  /** Those of them that are linear. */
  linearFutureUnits: number;
  /** Units of spot held against them. */
  spotUnits: number;
}

/** Net slope of an expiry's payoff beyond the highest strike, and of its options at zero. */
function slopes({ options, futureUnits, spotUnits }: ExpiryPayoff): { atInfinity: number; atZero: number } {
  let atInfinity = futureUnits + spotUnits;
  let atZero = futureUnits + spotUnits;
  for (const { option, units } of options) {
    // Below the lowest strike a put falls one for one.
    if (option.optionType === "call") atInfinity += units;
    else if (option.strike > 0) atZero -= units;
  }
  return { atInfinity, atZero };
}

const grossUnits = ({ options, futureUnits, spotUnits }: ExpiryPayoff): number =>
  options.reduce((sum, { units }) => sum + Math.abs(units), Math.abs(futureUnits) + Math.abs(spotUnits));

interface BoundContext {
  readonly market: Market;
  readonly symbol: string;
  readonly risk: RiskClassParameters;
}

/** Least payoff over every settlement price, USD, when the quote currency is worth `quote` USD. */
const worstOf = ({ options, futureUnits, spotUnits }: ExpiryPayoff, quote: number): number =>
  worstPayoff(options, [quote * futureUnits, spotUnits], quote);

/**
 * The group of one underlying: options, dated futures, spot and coins, held to expiry, equation (26).
 * Spot is divided among the expiries (against short calls first, then beside long puts); whatever division is chosen,
 * the strategy exists, so the bound is sound. What is left of a long position is worth at least nothing.
 *
 * @param quotesUsd - the least and the most that the quote currency is taken to be worth when the payoffs arrive.
 * @returns the maximum loss in USD, or undefined when it is unbounded.
 */
function staticBound(
  items: readonly BookItem[],
  { market, risk, symbol }: BoundContext,
  quotesUsd: readonly number[],
): number | undefined {
  const expiries = new Map<number, ExpiryPayoff>();
  const at = (expiryMs: number): ExpiryPayoff => {
    const known = expiries.get(expiryMs);
    if (known) return known;
    const made: ExpiryPayoff = { options: [], futureUnits: 0, linearFutureUnits: 0, spotUnits: 0 };
    expiries.set(expiryMs, made);
    return made;
  };
  let valueUsd = 0;
  let free = 0;
  let futureCost = 0;
  for (const { rows, size } of items) {
    const instrument = rows.kind === "instrument" ? market.instruments.get(rows.item) : undefined;
    const units = size * (instrument?.contractSize ?? 1);
    valueUsd += size * rows.markUsd;
    if (!instrument || instrument.kind === "spot") free += units;
    else if (instrument.kind === "option") {
      at(instrument.expiryMs).options.push({ option: instrument, units });
    } else if (instrument.kind === "future") {
      const mark = markOf(market, instrument);
      // An inverse future pays c(1/mark − 1/S) coins, worth (c/mark)(S − mark): a linear future of c/mark units.
      const linear = instrument.settlement === "linear" ? units : mark > 0 ? units / mark : 0;
      const payoff = at(instrument.expiryMs);
      payoff.futureUnits += linear;
      if (instrument.settlement === "linear") payoff.linearFutureUnits += linear;
      // Profit counts from the mark: what came before is in the balance.
      futureCost += linear * mark;
    }
  }
  const byExpiry = [...expiries].sort(([a], [b]) => a - b);
  const payoffs = byExpiry.map(([, payoff]) => payoff);
  const gross = payoffs.reduce((sum, payoff) => sum + grossUnits(payoff), Math.abs(free));
  for (const payoff of payoffs) {
    const need = -slopes(payoff).atInfinity;
    const given = free > 0 ? Math.min(free, Math.max(0, need)) : Math.max(free, Math.min(0, need));
    payoff.spotUnits += given;
    free -= given;
  }
  for (const payoff of payoffs) {
    const given = Math.min(Math.max(0, free), Math.max(0, -slopes(payoff).atZero));
    payoff.spotUnits += given;
    free -= given;
  }
  if (free < -unitNoise * gross) return undefined;
  // Linear in the quote currency's value, so its ends are enough.
  const worst = Math.min(
    ...quotesUsd.map((quote) =>
      payoffs.reduce((sum, payoff) => sum + worstOf(payoff, quote), -futureCost * quote),
    ),
  );
  if (worst === -Infinity) return undefined;
  const state = market.underlyings.get(symbol);
  const carry = state
    ? byExpiry.reduce((sum, [expiryMs, payoff]) => {
        const expiryYears = yearsToExpiry(expiryMs, market.asOfMs);
        const forward = state.forwards.forwardAt(expiryMs).value;
        return sum + futureCarryUsd(payoff, state.indexUsd, forward, expiryYears, risk);
      }, 0)
    : 0;
  return Math.max(0, valueUsd - worst + carry) + carryLossUsd(items, market);
}

/**
 * By how much linear futures that spot is held against can be further from it, before they settle, than at settlement: the
 * forward, moved by the class's basis shock, beyond spot. With it, coin against a future is bounded by the loss (13).
 */
function futureCarryUsd(
  { linearFutureUnits, spotUnits }: ExpiryPayoff,
  spot: number,
  forward: number,
  expiryYears: number,
  risk: RiskClassParameters,
): number {
  const shift = exp(Math.min(5, risk.basisShock * basisTenor(expiryYears, risk)));
  if (spotUnits > 0)
    return Math.min(spotUnits, Math.max(0, -linearFutureUnits)) * Math.max(0, forward * shift - spot);
  return Math.min(-spotUnits, Math.max(0, linearFutureUnits)) * Math.max(0, spot - forward / shift);
}

/**
 * What coin-settled items can lose on the way to their payoff by a move of the basis, expiry by expiry. A linear box is worth
 * its width all the way; an inverse one is worth width × spot ÷ forward until it settles.
 */
function carryLossUsd(items: readonly BookItem[], market: Market): number {
  const bySlot = new Map<number, { down: number; up: number }>();
  for (const { rows, size } of items) {
    if (rows.kind !== "instrument" || market.instruments.get(rows.item)?.settlement !== "inverse") continue;
    const sums = bySlot.get(rows.slot) ?? { down: 0, up: 0 };
    bySlot.set(rows.slot, sums);
    sums.down += size * (rows.residual[residualColumns.basisDown] ?? 0);
    sums.up += size * (rows.residual[residualColumns.basisUp] ?? 0);
  }
  return [...bySlot]
    .sort(([a], [b]) => a - b)
    .reduce((sum, [, { down, up }]) => sum + Math.max(0, -Math.min(down, up)), 0);
}

/**
 * The least and the most that a quote currency is taken to be worth, USD: a stablecoin at most its par or price, foreign fiat a
 * shock more. Undefined for coins, whose price has no bound.
 */
function quotesUsd(
  quote: string | undefined,
  market: Market,
  parameters: MarginParameters,
): readonly number[] | undefined {
  const state = quote === undefined ? undefined : market.assets.get(quote);
  if (!state) return [1];
  const { priceUsd, kind } = state;
  const { pegDown, pegUp } = assetRiskOf(parameters, state);
  if (quote === parameters.settlementAsset) return [Math.min(1, priceUsd), Math.max(1, priceUsd)];
  if (kind === "stablecoin") return [Math.min(1, priceUsd) * (1 - pegDown), Math.max(1, priceUsd)];
  return kind === "fiat" ? [priceUsd * (1 - pegDown), priceUsd * (1 + pegUp)] : undefined;
}

const valueOf = (items: readonly BookItem[]): number =>
  items.reduce((sum, { size, rows }) => sum + size * rows.markUsd, 0);

/** Maximum loss of items of one underlying held to expiry; undefined when unbounded, as of payoffs in several currencies. */
function boundOf(
  items: readonly BookItem[],
  symbol: string,
  market: Market,
  parameters: MarginParameters,
): number | undefined {
  const quotes = new Set<string>();
  for (const { rows } of items) {
    const instrument = rows.kind === "instrument" ? market.instruments.get(rows.item) : undefined;
    if (instrument?.settlement === "linear" && rows.slot !== spotSlot) quotes.add(instrument.quoteAsset);
  }
  const [quote, second] = quotes;
  const range = second === undefined ? quotesUsd(quote, market, parameters) : undefined;
  const loss = range && staticBound(items, { market, symbol, risk: riskClassOf(parameters, symbol) }, range);
  // What is only held long, and is not a future, can also at worst become worthless.
  const onlyLong = items.every(
    ({ size, rows }) => size >= 0 && market.instruments.get(rows.item)?.kind !== "future",
  );
  if (loss === undefined) return undefined;
  return onlyLong
    ? Math.min(loss, valueOf(items))
    : Math.max(loss, coinMinimumUsd(items, symbol, market, parameters));
}

/**
 * The minimum charge (25) of coin-settled items, which a bound does not take away: until they settle their marks stray from
 * each other by more than any payoff says.
 */
function coinMinimumUsd(
  items: readonly BookItem[],
  symbol: string,
  market: Market,
  parameters: MarginParameters,
): number {
  const risk = riskClassOf(parameters, symbol);
  return items.reduce((sum, item) => {
    const instrument = item.rows.kind === "instrument" ? market.instruments.get(item.rows.item) : undefined;
    return instrument?.settlement === "inverse" ? sum + minimumOf(item, instrument, risk) : sum;
  }, 0);
}

/** Items of one underlying by expiry, ascending; those that have none are in slots below 0. */
function bySlot(
  items: readonly BookItem[],
): readonly (readonly [slot: number, items: readonly BookItem[]])[] {
  const slots = new Map<number, BookItem[]>();
  for (const item of items) {
    const known = slots.get(item.rows.slot);
    if (known) known.push(item);
    else slots.set(item.rows.slot, [item]);
  }
  return [...slots].sort(([a], [b]) => a - b);
}

/**
 * The groups of a book whose loss is bounded, in canonical order: per underlying everything that expires or can be sold (a
 * box, a covered call, a spread), or where that is unbounded, as by one naked call, each expiry whose loss is bounded without
 * spot; and every remaining holding that is long and can at worst become worthless.
 */
export function boundedGroups(
  book: Book,
  market: Market,
  parameters: MarginParameters,
): readonly BoundedGroup[] {
  const groups: BoundedGroup[] = [];
  const statics = new Map<string, BookItem[]>();
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
    const expires = instrument !== undefined && instrument.kind !== "perpetual";
    if (!coin && !expires) {
      longOnly(item);
      continue;
    }
    const symbol = coin ? item.rows.item : (instrument?.underlying ?? "");
    const group = statics.get(symbol);
    if (group) group.push(item);
    else statics.set(symbol, [item]);
  }
  for (const [symbol, items] of [...statics].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const maximumLossUsd = boundOf(items, symbol, market, parameters);
    if (maximumLossUsd !== undefined) {
      groups.push({ id: `${symbol}-static`, label: `${symbol} held to expiry`, items, maximumLossUsd });
      continue;
    }
    for (const [slot, part] of bySlot(items)) {
      const short = slot >= 0 && part.some(({ size }) => size < 0);
      const partLossUsd = short ? boundOf(part, symbol, market, parameters) : undefined;
      if (partLossUsd === undefined) for (const item of part) longOnly(item);
      else {
        const label = `${symbol} held to ${expiryLabel(slot)}`;
        groups.push({ id: `${symbol}-${slot}`, label, items: part, maximumLossUsd: partLossUsd });
      }
    }
  }
  for (const [key, items] of [...longs].sort(([a], [b]) => Number(a) - Number(b))) {
    const maximumLossUsd = valueOf(items);
    groups.push({ id: `long-${key}`, label: "held long", items, maximumLossUsd });
  }
  return groups;
}
