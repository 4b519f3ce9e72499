import {
  type Instrument,
  type Market,
  type Option,
  type Portfolio,
  yearsToExpiry,
} from "../../market/index.ts";
import { undiscountedPrice } from "../../pricing/black76.ts";
import { accountValue, assetPriceUsd, markOf } from "../account-value.ts";
import { notionalUsd } from "../portfolio-margin/item-rows.ts";
import { curveForward, optionVol } from "../option-vol.ts";
import { type LossProblem, type OptionLeg, volPiece } from "./legs.ts";
import { type VolAxis } from "./vol-axis.ts";

/** One position or balance of an underlying: a part that is linear in spot, and perhaps an option. */
export interface BookPart {
  /** Instrument, or asset of a balance. */
  readonly item: string;
  /** Contracts, or units. */
  readonly size: number;
  /** USD gained per relative move of spot. */
  readonly linearUsd: number;
  readonly option?: OptionFacts;
}

interface OptionFacts {
  readonly weightUsd: number;
  readonly isCall: boolean;
  readonly forward: number;
  readonly strike: number;
  readonly vol: number;
  readonly expiryYears: number;
}

/** Everything that one underlying moves in a portfolio. */
export interface UnderlyingBook {
  readonly underlying: string;
  /** In the order positions, then balances, each by name. */
  readonly parts: readonly BookPart[];
  /** Gross notional of its positions, USD: of options, their underlying's. */
  readonly notionalUsd: number;
}

const smallestPrice = 1e-12;

function optionPart(option: Option, size: number, market: Market, defaultVol: number): BookPart {
  const spot = market.underlyings.get(option.underlying)?.indexUsd ?? 0;
  const { strike, contractSize } = option;
  const isCall = option.optionType === "call";
  // As in the margin model: one forward for all options of an expiry, so that parity holds.
  const forward = curveForward(option, market);
  const vol = optionVol(option, market, defaultVol).value;
  const expiryYears = yearsToExpiry(option.expiryMs, market.asOfMs);
  const units = size * contractSize;
  const facts = { isCall, forward, strike, vol, expiryYears };
  if (option.settlement === "linear") {
    const weightUsd = units * assetPriceUsd(market, option.quoteAsset);
    return { item: option.id, size, linearUsd: 0, option: { ...facts, weightUsd } };
  }
  // B(F′)/F′ coins at S′ are B(F′)·S/F dollars, since S′/F′ = S/F. The mark's distance from the model's price is coin, which moves.
  const model = undiscountedPrice(isCall, forward, strike, vol * Math.sqrt(expiryYears));
  const distance = (market.quotes.get(option.id)?.mark ?? model / forward) - model / forward;
  return {
    item: option.id,
    size,
    linearUsd: units * distance * spot,
    option: { ...facts, weightUsd: (units * spot) / forward },
  };
}

function deltaOnePart(instrument: Exclude<Instrument, Option>, size: number, market: Market): BookPart {
  const indexUsd = market.underlyings.get(instrument.underlying)?.indexUsd ?? 0;
  const mark = Math.max(smallestPrice, markOf(market, instrument));
  const { id, contractSize, settlement } = instrument;
  // A profit in coin, at the shocked price of coin, is linear in dollars: (1/P − 1/P′)·S′ = S/P·move.
  const linearUsd =
    settlement === "inverse"
      ? (size * contractSize * indexUsd) / mark
      : size * contractSize * mark * assetPriceUsd(market, instrument.quoteAsset);
  return { item: id, size, linearUsd };
}

/**
 * What a portfolio holds, by underlying, as functions of spot and volatility. Balances and unrealised profits in coins and in what
 * follows them (staked tokens) are linear in spot. Dollars and stablecoins do not move; open orders are not part of it.
 *
 * @param defaultVol - of an option that neither its quote nor a surface prices; by underlying. Annual fraction.
 * @returns sorted by underlying.
 */
export function underlyingBooks(
  portfolio: Portfolio,
  market: Market,
  defaultVol: (underlying: string) => number,
): readonly UnderlyingBook[] {
  const books = new Map<string, { parts: BookPart[]; notionalUsd: number }>();
  const bookOf = (underlying: string): { parts: BookPart[]; notionalUsd: number } => {
    const known = books.get(underlying);
    if (known) return known;
    const made = { parts: [], notionalUsd: 0 };
    books.set(underlying, made);
    return made;
  };
  const value = accountValue(portfolio, market);
  for (const { instrument: id, size } of value.positions) {
    const instrument = market.instruments.get(id);
    if (!instrument || size === 0) continue;
    const book = bookOf(instrument.underlying);
    book.parts.push(
      instrument.kind === "option"
        ? optionPart(instrument, size, market, defaultVol(instrument.underlying))
        : deltaOnePart(instrument, size, market),
    );
    book.notionalUsd += Math.abs(size) * notionalUsd(instrument, market);
  }
  for (const { asset, balance, unrealised } of value.holdings) {
    const underlying =
      market.assets.get(asset)?.underlying ?? (market.underlyings.has(asset) ? asset : undefined);
    const units = balance + unrealised;
    if (underlying === undefined || units === 0) continue;
    bookOf(underlying).parts.push({
      item: asset,
      size: units,
      linearUsd: units * assetPriceUsd(market, asset),
    });
  }
  return [...books]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([underlying, book]) => ({ underlying, ...book }));
}

const legOf = (facts: OptionFacts, axis: VolAxis): OptionLeg => {
  const rootYears = Math.sqrt(Math.max(0, facts.expiryYears - axis.ageYears));
  return {
    weightUsd: facts.weightUsd,
    isCall: facts.isCall,
    forward: facts.forward,
    strike: facts.strike,
    totalVolNow: facts.vol * Math.sqrt(facts.expiryYears),
    totalVols: axis.volsAt(facts.vol, facts.expiryYears).map((vol) => vol * rootYears),
  };
};

/** A book's loss along a volatility axis. */
export const lossProblem = ({ parts }: UnderlyingBook, axis: VolAxis): LossProblem => ({
  options: parts.flatMap(({ option }) => (option ? [legOf(option, axis)] : [])),
  linearUsd: parts.reduce((sum, { linearUsd }) => sum + linearUsd, 0),
  volNodes: axis.nodes,
});

/** What each part gains or loses at a point, USD, in the book's order. They add up to minus the loss there. */
export function contributionsAt(
  { parts }: UnderlyingBook,
  axis: VolAxis,
  spot: number,
  vol: number,
): readonly { readonly item: string; readonly pnlUsd: number }[] {
  const piece = volPiece(axis.nodes, vol);
  const from = axis.nodes[piece] ?? 0;
  const width = (axis.nodes[piece + 1] ?? from) - from;
  const share = width > 0 ? (vol - from) / width : 0;
  return parts.map(({ item, linearUsd, option }) => {
    let pnlUsd = linearUsd * spot;
    if (option) {
      const { isCall, forward, strike, weightUsd, totalVolNow, totalVols } = legOf(option, axis);
      const low = totalVols[piece] ?? 0;
      const totalVol = Math.max(0, low + share * ((totalVols[piece + 1] ?? low) - low));
      pnlUsd +=
        weightUsd *
        (undiscountedPrice(isCall, forward * (1 + spot), strike, totalVol) -
          undiscountedPrice(isCall, forward, strike, totalVolNow));
    }
    return { item, pnlUsd: pnlUsd + 0 };
  });
}
