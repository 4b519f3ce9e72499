import {
  type Instrument,
  type Market,
  type Option,
  type Portfolio,
  yearsToExpiry,
} from "../../../market/index.ts";
import { log } from "../../../numerics/exp-log.ts";
import { normalCdf } from "../../../numerics/normal.ts";
import { undiscountedPrice } from "../../../pricing/black76.ts";
import { decimalToNumber } from "../../../quantity/index.ts";
import { assetPriceUsd, markOf, settlementAssetOf } from "../../account-value.ts";
import { optionForward, optionVol } from "../../option-vol.ts";
import { deltaOnePnl } from "./delta-one.ts";
import { groupBy } from "./group-by.ts";

/** What a scenario does to one contract. */
export interface LineMove {
  /** Relative move of spot and of every forward, > −1. */
  readonly spot: number;
  /** The option's volatility in the scenario, annual fraction; absent: as it is now. */
  readonly vol?: number;
  /** Time that passes, ACT/365 years. */
  readonly ageYears?: number;
}

/** One position as the emulated venues see it: a full revaluation in its own settlement currency and in US dollars. */
export interface BookLine {
  readonly instrument: Instrument;
  /** Contracts, signed. */
  readonly size: number;
  /** Units of underlying at the mark, signed; coin equivalents for inverse contracts. */
  readonly units: number;
  /** USD per unit of underlying. */
  readonly indexUsd: number;
  /** USD per unit of what it settles in: coin for inverse contracts, the quote currency else. */
  readonly settleUsd: number;
  /** Price that the scenario moves: the mark of delta-one contracts, the forward of options. Quote currency. */
  readonly forward: number;
  /** Annual fraction; 0 for all but options. */
  readonly vol: number;
  /** 0 for spot and perpetuals. */
  readonly expiryYears: number;
  /** ∂value/∂price in units of underlying, signed. */
  readonly delta: number;
  /** Value at the mark of spot and options, signed, USD; 0 for perpetuals and futures. */
  readonly valueUsd: number;
  /** Change of value, in what the contract settles in. */
  settled(move: LineMove): number;
  /** Change of value, USD; a coin profit is worth what coin is worth in the scenario. */
  usd(move: LineMove): number;
}

/** Days to expiry, ACT. */
export const daysToExpiry = ({ expiryYears }: Pick<BookLine, "expiryYears">): number => expiryYears * 365;

const smallest = 1e-12;

function optionLine(option: Option, size: number, market: Market): BookLine {
  const state = market.underlyings.get(option.underlying);
  const indexUsd = state?.indexUsd ?? 0;
  const expiryYears = yearsToExpiry(option.expiryMs, market.asOfMs);
  const quote = market.quotes.get(option.id);
  const forward = optionForward(option, market);
  const inverse = option.settlement === "inverse";
  const isCall = option.optionType === "call";
  const settleUsd = inverse ? indexUsd : assetPriceUsd(market, option.quoteAsset);
  const units = size * option.contractSize;
  const quoted = quote?.mark;
  const vol = optionVol(option, market).value;
  const priceAt = (spot: number, atVol: number, ageYears: number): number => {
    const years = Math.max(0, expiryYears - ageYears);
    const moved = forward * (1 + spot);
    const price = undiscountedPrice(isCall, moved, option.strike, atVol * Math.sqrt(years));
    return inverse ? price / moved : price;
  };
  const model = priceAt(0, vol, 0);
  const mark = quoted ?? model;
  // The mark need not be the model's price: their distance is carried along; no option is worth less than nothing.
  const shocked = ({ spot, vol: atVol = vol, ageYears = 0 }: LineMove): number =>
    Math.max(0, mark + priceAt(spot, atVol, ageYears) - model);
  const deviation = vol * Math.sqrt(expiryYears);
  const d1 =
    option.strike <= 0 || deviation === 0
      ? forward > option.strike
        ? Infinity
        : -Infinity
      : log(forward / option.strike) / deviation + deviation / 2;
  return {
    instrument: option,
    size,
    units,
    indexUsd,
    settleUsd,
    forward,
    vol,
    expiryYears,
    delta: units * (isCall ? normalCdf(d1) : -normalCdf(-d1)),
    valueUsd: units * mark * settleUsd,
    settled: (move) => units * (shocked(move) - mark),
    usd: (move) => units * settleUsd * (shocked(move) * (inverse ? 1 + move.spot : 1) - mark),
  };
}

function deltaOneLine(instrument: Exclude<Instrument, Option>, size: number, market: Market): BookLine {
  const indexUsd = market.underlyings.get(instrument.underlying)?.indexUsd ?? 0;
  const mark = Math.max(smallest, markOf(market, instrument));
  const { settlement } = instrument;
  const inverse = settlement === "inverse";
  const settleUsd = inverse ? indexUsd : assetPriceUsd(market, settlementAssetOf(instrument));
  const units = (size * instrument.contractSize) / (inverse ? mark : 1);
  const expiryYears = instrument.kind === "future" ? yearsToExpiry(instrument.expiryMs, market.asOfMs) : 0;
  return {
    instrument,
    size,
    units,
    indexUsd,
    settleUsd,
    forward: mark,
    vol: 0,
    expiryYears,
    delta: units,
    valueUsd: instrument.kind === "spot" ? units * mark * settleUsd : 0,
    settled: ({ spot }) => deltaOnePnl(settlement, inverse ? units : units * mark, spot),
    // A coin profit at the shocked price of coin is linear in dollars.
    usd: ({ spot }) => deltaOnePnl("linear", inverse ? units * indexUsd : units * mark * settleUsd, spot),
  };
}

/** The lines of a book, in the order of their instruments' names. Zero sizes and unknown instruments are left out. */
export function bookLines(portfolio: Portfolio, market: Market): readonly BookLine[] {
  const lines: BookLine[] = [];
  for (const position of portfolio.positions) {
    const instrument = market.instruments.get(position.instrument);
    const size = decimalToNumber(position.size);
    if (!instrument || size === 0) continue;
    lines.push(
      instrument.kind === "option"
        ? optionLine(instrument, size, market)
        : deltaOneLine(instrument, size, market),
    );
  }
  return lines.sort((a, b) => (a.instrument.id < b.instrument.id ? -1 : 1));
}

/** Lines by underlying, underlyings in alphabetical order. */
export function byUnderlying(lines: readonly BookLine[]): ReadonlyMap<string, readonly BookLine[]> {
  const groups = groupBy(lines, ({ instrument }) => instrument.underlying);
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Net of a figure per expiry, perpetuals and spot together under 0. Ascending by expiry. */
export function byExpiry(
  lines: readonly BookLine[],
  figure: (line: BookLine) => number,
): readonly { readonly expiryMs: number; readonly expiryYears: number; readonly net: number }[] {
  const expiryOf = ({ instrument }: BookLine): number => ("expiryMs" in instrument ? instrument.expiryMs : 0);
  const groups = groupBy(lines, expiryOf);
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([expiryMs, group]) => ({
      expiryMs,
      expiryYears: group[0]?.expiryYears ?? 0,
      net: group.reduce((sum, line) => sum + figure(line), 0),
    }));
}
