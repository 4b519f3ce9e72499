import { type Instrument, type Market, type Portfolio } from "../market/index.ts";
import { decimalToNumber } from "../quantity/index.ts";
import {
  assetPriceUsd,
  contractValueUsd,
  markOf,
  settlementAssetOf,
  unrealisedProfit,
} from "./account-value.ts";
import { type MarginResult } from "./margin-model.ts";
import { type LiquidationDistance } from "./liquidation/liquidation-price.ts";
import { shockMarket } from "./liquidation/shock-market.ts";

/**
 * The same two yardsticks of a book's economic size for every margin model, so that efficiencies compare.
 * See docs/efficiency.md.
 */
export interface EconomicValue {
  /** Σ |contracts| × units × price of the underlying, USD: the exposure that the book's face shows. */
  readonly grossNotionalUsd: number;
  /**
   * Σ over positions of what each alone loses at the worse of its underlying's reference moves, USD: the risk that the book
   * carries before any netting. Far out-of-the-money options, whose notional says nothing, weigh what they can lose.
   */
  readonly riskValueUsd: number;
}

/** Reference moves for {@link EconomicValue.riskValueUsd}: a yardstick, the same for every model; not a requirement. */
export const referenceMoves: readonly { readonly spotMove: number; readonly volShift: number }[] = [
  { spotMove: -0.15, volShift: 0.15 },
  { spotMove: -0.15, volShift: 0 },
  { spotMove: 0.15, volShift: 0 },
  { spotMove: 0.15, volShift: 0.15 },
];

/** USD gained by one contract when `market` becomes `moved`. */
function contractGainUsd(instrument: Instrument, market: Market, moved: Market): number {
  if (instrument.kind === "spot" || instrument.kind === "option") {
    return contractValueUsd(moved, instrument) - contractValueUsd(market, instrument);
  }
  const profit = unrealisedProfit(instrument, 1, markOf(market, instrument), markOf(moved, instrument));
  return profit * assetPriceUsd(moved, settlementAssetOf(instrument));
}

/** USD face value of one contract: units of underlying × index, or the contract's own USD for inverse perpetuals and futures. */
export function contractNotionalUsd(instrument: Instrument, market: Market): number {
  if (instrument.settlement === "inverse" && instrument.kind !== "option") {
    return instrument.contractSize * assetPriceUsd(market, instrument.quoteAsset);
  }
  return instrument.contractSize * (market.underlyings.get(instrument.underlying)?.indexUsd ?? 0);
}

/** The book's economic value by both yardsticks. Positions only: collateral is what they are measured against. */
export function economicValue(portfolio: Portfolio, market: Market): EconomicValue {
  const keep = new Set(portfolio.positions.map(({ instrument }) => instrument));
  const shocked = new Map<string, readonly Market[]>();
  let grossNotionalUsd = 0;
  let riskValueUsd = 0;
  for (const position of portfolio.positions) {
    const instrument = market.instruments.get(position.instrument);
    if (!instrument) continue;
    const size = decimalToNumber(position.size);
    grossNotionalUsd += Math.abs(size) * contractNotionalUsd(instrument, market);
    let markets = shocked.get(instrument.underlying);
    if (!markets) {
      markets = referenceMoves.map((move) =>
        shockMarket(market, { underlying: instrument.underlying, ...move }, keep),
      );
      shocked.set(instrument.underlying, markets);
    }
    let worst = 0;
    for (const moved of markets) worst = Math.min(worst, size * contractGainUsd(instrument, market, moved));
    riskValueUsd -= worst;
  }
  return { grossNotionalUsd, riskValueUsd };
}

/** How well an account uses its capital under one model's requirement. All ratios; `Infinity` when nothing is required. */
export interface CapitalMetrics extends EconomicValue {
  /** grossNotionalUsd ÷ initial margin: collateralization efficiency by notional. */
  readonly efficiencyByNotional: number;
  /** riskValueUsd ÷ initial margin: collateralization efficiency by risk. */
  readonly efficiencyByRisk: number;
  /** Share of equity that the initial requirement holds, 0 to 1: 1 when it needs all or more, 0 when nothing is required. */
  readonly capitalUtilization: number;
  /** equity − maintenance margin, USD: room for gaps and oracle delay before liquidation. Negative is a breach. */
  readonly liquidityBufferUsd: number;
  /** liquidityBufferUsd ÷ equity. */
  readonly liquidityBufferShare: number;
}

const ratio = (value: number, of: number): number => (of > 0 ? value / of : value > 0 ? Infinity : 0);

/** Collateralization efficiency, capital utilization and liquidity buffer of a margined book. */
export function capitalMetrics(value: EconomicValue, result: MarginResult): CapitalMetrics {
  const liquidityBufferUsd = result.equity - result.maintenanceMargin;
  return {
    ...value,
    efficiencyByNotional: ratio(value.grossNotionalUsd, result.initialMargin),
    efficiencyByRisk: ratio(value.riskValueUsd, result.initialMargin),
    capitalUtilization: Math.min(1, ratio(result.initialMargin, Math.max(0, result.equity))),
    liquidityBufferUsd,
    liquidityBufferShare: result.equity > 0 ? liquidityBufferUsd / result.equity : 0,
  };
}

/**
 * The buffer in the terms of a gap: the smaller of the two distances to liquidation over the move that the underlying makes in
 * `delayMs` at volatility `vol`. How many standard deviations of oracle delay or gap the account survives.
 */
export function bufferInDelayMoves(distance: LiquidationDistance, vol: number, delayMs: number): number {
  const nearest = Math.min(Math.abs(distance.down.move ?? Infinity), Math.abs(distance.up.move ?? Infinity));
  const deviation = vol * Math.sqrt(delayMs / 31_536_000_000);
  return distance.liquidatable ? 0 : ratio(nearest, deviation);
}
