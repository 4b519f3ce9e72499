import { decimalToNumber } from "../quantity/decimal.ts";
import { type PlimsollError } from "../quantity/error.ts";
import { type Instrument } from "./instrument.ts";
import { unknownReference } from "./market-checks.ts";
import { type Market } from "./market.ts";
import { type Portfolio } from "./portfolio.ts";
import { collectProblems, type Problems } from "./problems.ts";

/** Largest gross value of one book: balances plus notional of positions and orders, USD. Keeps every figure finite. */
export const maxGrossUsd = 1e13;

/**
 * Whether a market can price a portfolio: every asset and instrument is known, and the book's gross value is within
 * {@link maxGrossUsd}.
 *
 * @throws {PlimsollError} `PLM_UNKNOWN` or `PLM_LIMIT`, the first found. {@link findPortfolioProblems} gives all.
 */
export function checkPortfolio(portfolio: Portfolio, market: Market): void {
  const [first] = findPortfolioProblems(portfolio, market);
  if (first) throw first;
}

/** Like {@link checkPortfolio}, but returns every error found (at most 100); empty when the market can price the book. */
export function findPortfolioProblems(portfolio: Portfolio, market: Market): readonly PlimsollError[] {
  const problems = collectProblems();
  let grossUsd = 0;
  for (const [at, { asset, amount }] of portfolio.balances.entries()) {
    const state = market.assets.get(asset);
    if (state) grossUsd += Math.abs(decimalToNumber(amount)) * state.priceUsd;
    else {
      const facts = unknownReference(`balances[${at}].asset`, asset, "an asset of the market", market.assets);
      problems.add("PLM_UNKNOWN", facts);
    }
  }
  const lists = { positions: portfolio.positions, orders: portfolio.orders };
  for (const [list, entries] of Object.entries(lists)) {
    for (const [at, entry] of entries.entries()) {
      const instrument = market.instruments.get(entry.instrument);
      const field = `${list}[${at}].instrument`;
      if (instrument) {
        const price = "price" in entry ? entry.price : "entryPrice" in entry ? entry.entryPrice : undefined;
        const contracts = Math.abs(decimalToNumber(entry.size));
        grossUsd += contracts * contractNotionalUsd(instrument, price, market, field, problems);
      } else {
        const what = "an instrument of the market";
        problems.add("PLM_UNKNOWN", unknownReference(field, entry.instrument, what, market.instruments));
      }
    }
  }
  if (problems.errors.length === 0 && !(grossUsd <= maxGrossUsd)) {
    problems.add("PLM_LIMIT", {
      field: "portfolio",
      value: grossUsd,
      limit: `at most ${maxGrossUsd} USD gross, balances and notional together`,
      remedy: "Check sizes: an inverse contract's are in contracts, an option's in units of underlying.",
    });
  }
  return problems.errors;
}

/** Bound on the value that one contract moves: its notional at the index, mark, strike or entry, the highest. */
function contractNotionalUsd(
  instrument: Instrument,
  entryPrice: number | undefined,
  market: Market,
  field: string,
  problems: Problems,
): number {
  const underlying = market.underlyings.get(instrument.underlying);
  const quote = market.quotes.get(instrument.id);
  const quoteAsset = market.assets.get(instrument.quoteAsset);
  if (!underlying || !quote || !quoteAsset) {
    problems.add("PLM_UNKNOWN", {
      field,
      value: instrument.id,
      limit: "an instrument whose underlying, quote asset and quote the market holds",
      remedy: "Complete the market.",
    });
    return 0;
  }
  const { contractSize } = instrument;
  const { indexUsd } = underlying;
  if (instrument.kind === "option") {
    return contractSize * Math.max(indexUsd, instrument.strike * quoteAsset.priceUsd);
  }
  const prices = entryPrice === undefined ? [quote.mark] : [quote.mark, entryPrice];
  return instrument.settlement === "inverse"
    ? contractSize * Math.max(quoteAsset.priceUsd, indexUsd / Math.min(...prices))
    : contractSize * Math.max(indexUsd, Math.max(...prices) * quoteAsset.priceUsd);
}
