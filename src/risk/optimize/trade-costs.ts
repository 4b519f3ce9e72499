import { type Instrument, type Market } from "../../market/index.ts";
import { assetPriceUsd } from "../account-value.ts";
import { impactRate } from "../portfolio-margin/add-ons.ts";
import { type ItemRows } from "../portfolio-margin/item-rows.ts";
import { type PreparedMarket } from "../portfolio-margin/prepare.ts";

/** What trading costs beside the quoted spread. Shares of notional, ≥ 0. */
export interface TradeCosts {
  /** Fee of options, share of the underlying's notional. */
  readonly optionFee: number;
  /** An option's fee is at most this share of its price. */
  readonly optionFeeCap: number;
  /** Fee of spot, perpetuals and futures, share of notional. */
  readonly linearFee: number;
  /** Share of the distance from mark to the quoted bid or ask that is paid: 1 crosses the spread, 0 waits at the mark. */
  readonly spreadShare: number;
}

/** A taker's, as Deribit publishes them (support.deribit.com, "Fees"): options 0.03 % up to 12.5 % of the price, futures 0.05 %. */
export const takerCosts: TradeCosts = {
  optionFee: 0.0003,
  optionFeeCap: 0.125,
  linearFee: 0.0005,
  spreadShare: 1,
};

/** A trade that may be done: in which steps, up to which size, and for what. */
export interface TradeCandidate {
  readonly instrument: Instrument;
  readonly rows: ItemRows;
  /** Contracts of one step: a power of ten. */
  readonly lotDigits: number;
  /** Most contracts that may be bought, and sold. ≥ 0. */
  readonly buyMax: number;
  readonly sellMax: number;
  /** USD per contract: distance from mark to ask and to bid, as far as it is paid. ≥ 0. */
  readonly buySpreadUsd: number;
  readonly sellSpreadUsd: number;
  /** Fee, USD per contract. */
  readonly feeUsd: number;
  /** What price impact acts on, USD per contract: the larger of cash delta and value. */
  readonly impactBaseUsd: number;
}

/** USD that a contract gains when its own price rises by one. Not for inverse perpetuals and futures. */
function pricePointUsd(instrument: Instrument, market: Market): number {
  const inverse = instrument.settlement === "inverse";
  return (
    instrument.contractSize *
    (inverse
      ? (market.underlyings.get(instrument.underlying)?.indexUsd ?? 0)
      : assetPriceUsd(market, instrument.quoteAsset))
  );
}

/** Steps as venues make them: options of at most 10,000 USD of notional, all else of 100, and never finer than 10⁻⁸ contracts. */
function lotDigitsOf({ isOption, notionalUsd }: ItemRows): number {
  const most = isOption ? 10_000 : 100;
  let digits = 0;
  for (let lotUsd = notionalUsd; lotUsd > most && digits < 8; lotUsd /= 10) digits++;
  return digits;
}

/** Contracts of `lots` steps. */
export const contractsOf = ({ lotDigits }: TradeCandidate, lots: number): number =>
  lots / Number(`1e${lotDigits}`);

/** Shares of what trades or is held that one hedge may be: beyond it, costs as stated here would not hold. */
const openInterestShare = 0.25;
const dailyVolumeShare = 0.01;

/**
 * One instrument as a trade. Undefined where it cannot be priced or has no quotes to trade at.
 *
 * @param held - contracts held. What is held of an option is not given up unless `closing`.
 */
export function tradeCandidate(
  prepared: PreparedMarket,
  instrument: Instrument,
  held: number,
  costs: TradeCosts,
  closing: boolean,
): TradeCandidate | undefined {
  const { market } = prepared;
  const rows = prepared.instrumentRow(instrument.id);
  const quote = market.quotes.get(instrument.id);
  const underlying = rows && prepared.underlyings[rows.underlying];
  if (!rows || !quote || !underlying || !(rows.notionalUsd > 0)) return undefined;
  const { mark, bid, ask, openInterest } = quote;
  const inverseDelta1 = instrument.settlement === "inverse" && instrument.kind !== "option";
  const pointUsd = inverseDelta1
    ? mark > 0
      ? rows.notionalUsd / mark
      : 0
    : pricePointUsd(instrument, market);
  const spreadOf = (price: number | undefined, away: number): number | undefined => {
    if (price !== undefined && price > 0) return Math.max(0, away) * pointUsd * costs.spreadShare;
    // An option without a quote on that side cannot be traded; what is not an option trades at the class's spread.
    return rows.isOption ? undefined : rows.halfSpreadUsd * costs.spreadShare;
  };
  const buySpreadUsd = spreadOf(ask, (ask ?? 0) - mark);
  const sellSpreadUsd = spreadOf(bid, mark - (bid ?? 0));
  const byVolume = (dailyVolumeShare * underlying.dailyVolumeUsd) / rows.notionalUsd;
  const most =
    rows.isOption && openInterest !== undefined && openInterest > 0
      ? Math.min(byVolume, openInterestShare * openInterest)
      : byVolume;
  const keeps = rows.isOption && !closing;
  const feeUsd = rows.isOption
    ? Math.min(costs.optionFee * rows.notionalUsd, costs.optionFeeCap * Math.abs(rows.markUsd))
    : costs.linearFee * rows.notionalUsd;
  return {
    instrument,
    rows,
    lotDigits: lotDigitsOf(rows),
    buyMax: buySpreadUsd === undefined || (keeps && held < 0) ? 0 : most,
    sellMax: sellSpreadUsd === undefined || (keeps && held > 0) ? 0 : most,
    buySpreadUsd: buySpreadUsd ?? 0,
    sellSpreadUsd: sellSpreadUsd ?? 0,
    feeUsd,
    impactBaseUsd: Math.max(Math.abs(rows.deltaUsd), Math.abs(rows.markUsd)),
  };
}

/** What a trade of some contracts costs, USD: spread, fee, and the impact that docs/margin-model.md (20) prices. */
export interface TradeCost {
  readonly spreadUsd: number;
  readonly feeUsd: number;
  readonly impactUsd: number;
}

/** @param size - contracts, signed: negative sells. */
export function tradeCost(prepared: PreparedMarket, candidate: TradeCandidate, size: number): TradeCost {
  const { rows, buySpreadUsd, sellSpreadUsd, feeUsd, impactBaseUsd } = candidate;
  const contracts = Math.abs(size);
  const underlying = prepared.underlyings[rows.underlying];
  const base = contracts * impactBaseUsd;
  return {
    spreadUsd: contracts * (size > 0 ? buySpreadUsd : sellSpreadUsd),
    feeUsd: contracts * feeUsd,
    impactUsd: underlying ? base * impactRate(base, underlying) : 0,
  };
}

/**
 * What one contract more costs, bought (1) or sold (−1), when some contracts ≥ 0 are traded on that side already, USD.
 */
export function marginalCostUsd(
  prepared: PreparedMarket,
  { rows, buySpreadUsd, sellSpreadUsd, feeUsd, impactBaseUsd }: TradeCandidate,
  sign: 1 | -1,
  contracts: number,
): number {
  const underlying = prepared.underlyings[rows.underlying];
  const rate = underlying ? impactRate(contracts * impactBaseUsd, underlying) : 0;
  const growth = rate < (underlying?.risk.impactMax ?? 0) ? 1.5 : 1;
  return (sign > 0 ? buySpreadUsd : sellSpreadUsd) + feeUsd + growth * rate * impactBaseUsd;
}

export const totalCostUsd = ({ spreadUsd, feeUsd, impactUsd }: TradeCost): number =>
  spreadUsd + feeUsd + impactUsd;
