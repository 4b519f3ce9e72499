import { type Market, type Portfolio } from "../../../market/index.ts";
import { decimalToNumber } from "../../../quantity/index.ts";
import {
  type AccountValue,
  accountValue,
  assetPriceUsd,
  contractValueUsd,
  markOf,
  settlementAssetOf,
  unrealisedProfit,
} from "../../account-value.ts";
import { type Diagnostic } from "../../margin-model.ts";

/** A coin of a book: what is deposited or owed, and what spot positions hold. */
export interface VenueHolding {
  readonly asset: string;
  /** Units, negative is a debt. */
  readonly amount: number;
  /** USD per unit at the asset's own price: what a venue's oracle says. */
  readonly priceUsd: number;
  /** What it adds to the account's equity, USD. */
  readonly equityUsd: number;
  /** Units that resting spot buys would bring, ≥ 0, and what they would pay, USD. */
  readonly buys: number;
  readonly buysUsd: number;
  /** Units that resting spot sells would take, ≥ 0, and what they would bring, USD. */
  readonly sells: number;
  readonly sellsUsd: number;
  /** Count of resting spot orders. */
  readonly orders: number;
}

/** The perpetuals of one underlying as the one linear market that an on-chain venue has for it. */
export interface VenuePerp {
  readonly underlying: string;
  /** The underlying's index, USD per unit: what a venue's oracle says. */
  readonly priceUsd: number;
  /** Units of underlying, signed. */
  readonly base: number;
  /** Unrealised profit, USD. */
  readonly profitUsd: number;
  /** Units of underlying in resting buys, ≥ 0. */
  readonly buys: number;
  /** Units of underlying in resting sells, ≥ 0. */
  readonly sells: number;
  /** Count of resting orders. */
  readonly orders: number;
}

/** A book as a venue of spot balances and linear perpetuals sees it. */
export interface VenueBook {
  readonly value: AccountValue;
  /** Sorted by asset. */
  readonly holdings: readonly VenueHolding[];
  /** Sorted by underlying; positions and orders of no size left out. */
  readonly perps: readonly VenuePerp[];
  /** Instruments that such a venue does not have: options and dated futures. Sorted. */
  readonly foreign: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Translates a book. Fiat joins the venue's settlement currency at equal value; a coin-settled perpetual becomes the linear
 * position of the same size in coin and the same unrealised profit; perpetuals of one underlying net.
 *
 * @param settlementAsset - what the venue's perpetuals settle in, such as `USDC`.
 */
export function venueBook(portfolio: Portfolio, market: Market, settlementAsset: string): VenueBook {
  const value = accountValue(portfolio, market);
  const diagnostics: Diagnostic[] = [];
  const holdings = new Map<string, Mutable<VenueHolding>>();
  const perps = new Map<string, Mutable<VenuePerp>>();
  const foreign = new Set<string>();
  const holding = (asset: string): Mutable<VenueHolding> => {
    const known = holdings.get(asset);
    if (known) return known;
    const priceUsd = assetPriceUsd(market, asset) || (asset === settlementAsset ? 1 : 0);
    const empty = {
      asset,
      amount: 0,
      priceUsd,
      equityUsd: 0,
      buys: 0,
      buysUsd: 0,
      sells: 0,
      sellsUsd: 0,
      orders: 0,
    };
    holdings.set(asset, empty);
    return empty;
  };
  const perp = (underlying: string, mark: number): Mutable<VenuePerp> => {
    const known = perps.get(underlying);
    if (known) return known;
    const priceUsd = market.underlyings.get(underlying)?.indexUsd ?? mark;
    const empty = { underlying, priceUsd, base: 0, profitUsd: 0, buys: 0, sells: 0, orders: 0 };
    perps.set(underlying, empty);
    return empty;
  };

  for (const { asset, balance } of value.holdings) {
    if (balance === 0) continue;
    const priceUsd = assetPriceUsd(market, asset);
    const isFiat = market.assets.get(asset)?.kind === "fiat" && asset !== settlementAsset;
    const into = holding(isFiat ? settlementAsset : asset);
    into.amount += isFiat ? (balance * priceUsd) / into.priceUsd : balance;
    into.equityUsd += balance * priceUsd;
    if (!isFiat) continue;
    diagnostics.push({
      severity: "info",
      id: "fiat-as-settlement",
      message: `${asset} is counted as ${settlementAsset} of the same value: the venue holds no fiat.`,
    });
  }

  const positions = portfolio.positions.toSorted((a, b) => byText(a.instrument, b.instrument));
  for (const position of positions) {
    const instrument = market.instruments.get(position.instrument);
    const size = decimalToNumber(position.size);
    if (!instrument || size === 0) continue;
    if (instrument.kind === "option" || instrument.kind === "future") {
      foreign.add(instrument.id);
      continue;
    }
    if (instrument.kind === "spot") {
      const into = holding(instrument.underlying);
      into.amount += size * instrument.contractSize;
      into.equityUsd += size * contractValueUsd(market, instrument);
      continue;
    }
    const mark = markOf(market, instrument);
    const isInverse = instrument.settlement === "inverse";
    const into = perp(instrument.underlying, mark);
    const units = size * instrument.contractSize;
    const base = isInverse ? units / into.priceUsd : units;
    into.base += base;
    into.profitUsd +=
      unrealisedProfit(instrument, size, position.entryPrice, mark) *
      assetPriceUsd(market, settlementAssetOf(instrument));
    if (!isInverse) continue;
    diagnostics.push({
      severity: "info",
      id: "translated-contract",
      message: `${instrument.id} is coin-settled; margined as the linear position of ${base.toPrecision(8)} ${instrument.underlying} with the same profit.`,
    });
  }

  const orders = portfolio.orders.toSorted((a, b) => byText(a.instrument, b.instrument));
  for (const order of orders) {
    const instrument = market.instruments.get(order.instrument);
    const size = decimalToNumber(order.size);
    if (!instrument || size === 0) continue;
    if (instrument.kind === "option" || instrument.kind === "future") {
      foreign.add(instrument.id);
      continue;
    }
    const units = Math.abs(size * instrument.contractSize);
    const side = size > 0 ? "buys" : "sells";
    if (instrument.kind === "spot") {
      const into = holding(instrument.underlying);
      into[side] += units;
      const quoteUsd = assetPriceUsd(market, instrument.quoteAsset) || 1;
      into[size > 0 ? "buysUsd" : "sellsUsd"] += units * order.price * quoteUsd;
      into.orders += 1;
    } else {
      const into = perp(instrument.underlying, markOf(market, instrument));
      into[side] += instrument.settlement === "inverse" ? units / into.priceUsd : units;
      into.orders += 1;
    }
  }

  return {
    value,
    holdings: [...holdings.values()].sort((a, b) => byText(a.asset, b.asset)),
    perps: [...perps.values()].sort((a, b) => byText(a.underlying, b.underlying)),
    foreign: [...foreign].sort(byText),
    diagnostics,
  };
}

/** Integer units of a token amount, to the nearest. */
export const tokenUnits = (amount: number, decimals: number): bigint => {
  const units = Math.round(amount * Number(10n ** BigInt(decimals)));
  return Number.isFinite(units) ? BigInt(units) : 0n;
};
