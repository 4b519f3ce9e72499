import { type Instrument, type Market, type Option, type Portfolio, yearsToExpiry } from "../market/index.ts";
import { black76Greeks } from "../pricing/index.ts";
import { accountValue, assetPriceUsd, contractValueUsd, markOf } from "./account-value.ts";
import { optionForward, optionVol } from "./option-vol.ts";

/** Sensitivities of a position, a balance or a whole underlying, in the units a desk reads. */
export interface BookGreeks {
  /** Value at mark; of perpetuals and futures their unrealised profit. USD. */
  readonly valueUsd: number;
  /** Change of USD value per USD of spot: units of underlying. Forwards move in proportion to spot. */
  readonly deltaUnits: number;
  /** Change of delta for a 1 % rise of spot: units. */
  readonly gammaUnitsPerPercent: number;
  /** Change of value for one volatility point (0.01): USD. */
  readonly vegaUsdPerPoint: number;
  /** Change of value in one day, all else equal: USD. */
  readonly thetaUsdPerDay: number;
  /** Change of delta for one volatility point: units. */
  readonly vannaUnitsPerPoint: number;
  /** Change of vega (USD per point) for one volatility point. */
  readonly volgaUsdPerPointSquared: number;
}

/** One line of the book. */
export interface ItemGreeks extends BookGreeks {
  /** Instrument, or asset of a balance. */
  readonly item: string;
  /** Contracts, or units of the asset. */
  readonly size: number;
}

/** All lines that one underlying moves. */
export interface UnderlyingGreeks {
  readonly underlying: string;
  readonly items: readonly ItemGreeks[];
  readonly total: BookGreeks;
}

const zero: BookGreeks = {
  valueUsd: 0,
  deltaUnits: 0,
  gammaUnitsPerPercent: 0,
  vegaUsdPerPoint: 0,
  thetaUsdPerDay: 0,
  vannaUnitsPerPoint: 0,
  volgaUsdPerPointSquared: 0,
};

/** `a + factor × b`, greek by greek. */
function plus(a: BookGreeks, b: BookGreeks, factor: number = 1): BookGreeks {
  return {
    valueUsd: a.valueUsd + factor * b.valueUsd,
    deltaUnits: a.deltaUnits + factor * b.deltaUnits,
    gammaUnitsPerPercent: a.gammaUnitsPerPercent + factor * b.gammaUnitsPerPercent,
    vegaUsdPerPoint: a.vegaUsdPerPoint + factor * b.vegaUsdPerPoint,
    thetaUsdPerDay: a.thetaUsdPerDay + factor * b.thetaUsdPerDay,
    vannaUnitsPerPoint: a.vannaUnitsPerPoint + factor * b.vannaUnitsPerPoint,
    volgaUsdPerPointSquared: a.volgaUsdPerPointSquared + factor * b.volgaUsdPerPointSquared,
  };
}

function optionGreeks(option: Option, market: Market): BookGreeks {
  const state = market.underlyings.get(option.underlying);
  if (!state) return zero;
  const forward = optionForward(option, market);
  const expiryYears = yearsToExpiry(option.expiryMs, market.asOfMs);
  const greeks = black76Greeks({
    optionType: option.optionType,
    forward,
    strike: option.strike,
    expiryYears,
    vol: optionVol(option, market).value,
  });
  // An inverse option pays coin: USD value = price/forward × spot, and forward/spot stays as it is when spot moves.
  const carry = forward / state.indexUsd;
  const quoteUsd = option.settlement === "inverse" ? 1 / carry : assetPriceUsd(market, option.quoteAsset);
  const units = option.contractSize * quoteUsd;
  return {
    valueUsd: contractValueUsd(market, option),
    deltaUnits: units * greeks.delta * carry,
    gammaUnitsPerPercent: units * greeks.gamma * carry * carry * state.indexUsd * 0.01,
    vegaUsdPerPoint: units * greeks.vega * 0.01,
    thetaUsdPerDay: (units * greeks.theta) / 365,
    vannaUnitsPerPoint: units * greeks.vanna * carry * 0.01,
    volgaUsdPerPointSquared: units * greeks.volga * 0.0001,
  };
}

/** Greeks of one contract. Delta-one contracts have only delta: an inverse one's profit is linear in spot while its basis stays. */
export function contractGreeks(instrument: Instrument, market: Market): BookGreeks {
  if (instrument.kind === "option") return optionGreeks(instrument, market);
  const index = market.underlyings.get(instrument.underlying)?.indexUsd ?? 0;
  const mark = markOf(market, instrument);
  if (!(index > 0) || !(mark > 0)) return zero;
  const deltaUnits =
    instrument.settlement === "inverse"
      ? instrument.contractSize / mark
      : (instrument.contractSize * mark * assetPriceUsd(market, instrument.quoteAsset)) / index;
  return {
    ...zero,
    deltaUnits,
    valueUsd: instrument.kind === "spot" ? contractValueUsd(market, instrument) : 0,
  };
}

/**
 * Sensitivities of a whole account by underlying: positions and the balances that move with it. An inverse contract's
 * unrealised profit is coin, which moves with spot too: it is part of the contract's own line, in value and delta.
 * Sorted by underlying; lines in the order positions, then balances.
 */
export function bookGreeks(portfolio: Portfolio, market: Market): readonly UnderlyingGreeks[] {
  const lines = new Map<string, ItemGreeks[]>();
  const add = (underlying: string, line: ItemGreeks): void => {
    const list = lines.get(underlying);
    if (list) list.push(line);
    else lines.set(underlying, [line]);
  };
  const value = accountValue(portfolio, market);
  for (const { instrument: id, size, valueUsd } of value.positions) {
    const instrument = market.instruments.get(id);
    if (!instrument) continue;
    const greeks = plus(zero, contractGreeks(instrument, market), size);
    const index = market.underlyings.get(instrument.underlying)?.indexUsd ?? 0;
    const isDeltaOne = instrument.kind === "perpetual" || instrument.kind === "future";
    const profitIsCoin = isDeltaOne && instrument.settlement === "inverse" && index > 0;
    const deltaUnits = greeks.deltaUnits + (profitIsCoin ? valueUsd / index : 0);
    add(instrument.underlying, { ...greeks, item: id, size, valueUsd, deltaUnits });
  }
  for (const { asset, balance } of value.holdings) {
    const underlying =
      market.assets.get(asset)?.underlying ?? (market.underlyings.has(asset) ? asset : undefined);
    const index = underlying === undefined ? undefined : market.underlyings.get(underlying)?.indexUsd;
    if (underlying === undefined || index === undefined || balance === 0) continue;
    const valueUsd = balance * assetPriceUsd(market, asset);
    add(underlying, { ...zero, item: asset, size: balance, valueUsd, deltaUnits: valueUsd / index });
  }
  return [...lines]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([underlying, items]) => ({
      underlying,
      items,
      total: items.reduce<BookGreeks>((sum, item) => plus(sum, item), zero),
    }));
}
