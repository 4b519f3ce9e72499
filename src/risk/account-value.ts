import { type Instrument, type Market, type Portfolio } from "../market/index.ts";
import {
  decimalToNumber,
  microsPerUsd,
  type UsdMicros,
  usdMicrosFromDecimalFloor,
} from "../quantity/index.ts";

/** One asset of an account: its balance, joined by the unrealised profit that is paid in it. */
export interface AssetHolding {
  readonly asset: string;
  /** Deposited or borrowed, units. */
  readonly balance: number;
  /** Unrealised profit of perpetuals and futures, units of this asset. */
  readonly unrealised: number;
  /** `balance + unrealised`, at the asset's price. USD. */
  readonly valueUsd: number;
}

/** One position at its mark. */
export interface PositionValue {
  readonly instrument: string;
  /** Contracts, signed. */
  readonly size: number;
  /** Whole value for spot and options, unrealised profit for perpetuals and futures. USD. */
  readonly valueUsd: number;
}

/** An account's value at mark, equation (1) of docs/margin-model.md. */
export interface AccountValue {
  /** Collateral at its price plus mark-to-market, before any haircut. */
  readonly equityUsd: number;
  /** The settlement currency's own balance, to the micro-dollar, rounded down. Part of `equityUsd`. */
  readonly cash: UsdMicros;
  /** Everything but `cash`, USD. */
  readonly otherUsd: number;
  /** Sorted by asset. */
  readonly holdings: readonly AssetHolding[];
  /** Sorted by instrument. */
  readonly positions: readonly PositionValue[];
}

/** The asset that an instrument's profit is paid in. */
export const settlementAssetOf = (instrument: Instrument): string =>
  instrument.settlement === "inverse" ? instrument.underlying : instrument.quoteAsset;

/** USD price of an asset; of a coin that is not listed as an asset, its underlying's index. 0 when unknown. */
export const assetPriceUsd = (market: Market, asset: string): number =>
  market.assets.get(asset)?.priceUsd ?? market.underlyings.get(asset)?.indexUsd ?? 0;

/** The mark of an instrument in its own price convention; an unquoted one is marked at its underlying's index. */
export function markOf(market: Market, instrument: Instrument): number {
  const quoted = market.quotes.get(instrument.id)?.mark;
  if (quoted !== undefined) return quoted;
  const state = market.underlyings.get(instrument.underlying);
  if (!state || instrument.kind === "option") return 0;
  return instrument.kind === "future" ? state.forwards.forwardAt(instrument.expiryMs).value : state.indexUsd;
}

/** USD value of one contract of spot or of an option at its mark. */
export function contractValueUsd(market: Market, instrument: Instrument): number {
  const unitUsd =
    instrument.settlement === "inverse"
      ? (market.underlyings.get(instrument.underlying)?.indexUsd ?? 0)
      : assetPriceUsd(market, instrument.quoteAsset);
  return instrument.contractSize * markOf(market, instrument) * unitUsd;
}

/** Unrealised profit of a perpetual or future since `entryPrice`, units of its settlement asset, equation (2). */
export function unrealisedProfit(
  instrument: Instrument,
  size: number,
  entryPrice: number | undefined,
  mark: number,
): number {
  if (instrument.kind === "spot" || instrument.kind === "option") return 0;
  if (entryPrice === undefined || entryPrice === mark || size === 0) return 0;
  if (instrument.settlement === "linear") return size * instrument.contractSize * (mark - entryPrice);
  return size * instrument.contractSize * (1 / entryPrice - 1 / mark);
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Values a portfolio at a market's marks. The order of its entries does not matter, to the last bit.
 *
 * @param settlementAsset - the currency whose own balance is kept exact: `USD`.
 */
export function accountValue(
  portfolio: Portfolio,
  market: Market,
  settlementAsset: string = "USD",
): AccountValue {
  let cash = 0n;
  const balances = new Map<string, number[]>();
  const unrealised = new Map<string, number[]>();
  const push = (map: Map<string, number[]>, key: string, value: number): void => {
    const list = map.get(key);
    if (list) list.push(value);
    else map.set(key, [value]);
  };
  for (const { asset, amount } of portfolio.balances) {
    push(balances, asset, decimalToNumber(amount));
    if (asset === settlementAsset) cash += usdMicrosFromDecimalFloor(amount);
  }
  const positions: PositionValue[] = [];
  for (const position of portfolio.positions) {
    const instrument = market.instruments.get(position.instrument);
    if (!instrument) continue;
    const size = decimalToNumber(position.size);
    if (instrument.kind === "spot" || instrument.kind === "option") {
      const valueUsd = size * contractValueUsd(market, instrument);
      positions.push({ instrument: instrument.id, size, valueUsd });
      continue;
    }
    const asset = settlementAssetOf(instrument);
    const profit = unrealisedProfit(instrument, size, position.entryPrice, markOf(market, instrument));
    if (profit !== 0) push(unrealised, asset, profit);
    positions.push({ instrument: instrument.id, size, valueUsd: profit * assetPriceUsd(market, asset) });
  }
  positions.sort((a, b) => byText(a.instrument, b.instrument) || a.size - b.size);

  // Sorted before summing: the sum does not depend on the order of the entries.
  const sum = (values: readonly number[] | undefined): number =>
    values ? values.toSorted((a, b) => a - b).reduce((total, value) => total + value, 0) : 0;
  const assets = [...new Set([...balances.keys(), ...unrealised.keys()])].sort(byText);
  const holdings = assets.map((asset): AssetHolding => {
    const balance = sum(balances.get(asset));
    const profit = sum(unrealised.get(asset));
    return {
      asset,
      balance,
      unrealised: profit,
      valueUsd: (balance + profit) * assetPriceUsd(market, asset),
    };
  });

  let otherUsd = 0;
  for (const { asset, unrealised: profit, valueUsd } of holdings) {
    otherUsd += asset === settlementAsset ? profit : valueUsd;
  }
  for (const { instrument, valueUsd } of positions) {
    const kind = market.instruments.get(instrument)?.kind;
    if (kind === "spot" || kind === "option") otherUsd += valueUsd;
  }
  return {
    equityUsd: Number(cash) / 1e6 + otherUsd,
    cash: usdMicrosFromDecimalFloor({ coefficient: cash, scale: 6 }),
    otherUsd,
    holdings,
    positions,
  };
}

const microsOf = (usd: number, round: (x: number) => number): bigint => {
  const whole = Math.floor(usd);
  return BigInt(whole) * 1_000_000n + BigInt(round((usd - whole) * 1e6));
};

/** Money of account ends at ±10^15 USD; an excess beyond stays there, on its side of zero. */
const largestMicros = 1_000_000_000_000_000n * microsPerUsd;
const withinMoney = (micros: bigint): bigint =>
  micros > largestMicros ? largestMicros : micros < -largestMicros ? -largestMicros : micros;

/**
 * Exact excess: cash to the micro-dollar, everything else rounded down, the requirement rounded up. So a micro-dollar of
 * cash raises it by exactly one. Total: far from their entry, inverse contracts of a modest notional can be worth, or
 * require, more than money of account holds; their excess is ±10^15 USD.
 */
export function excessMicros(
  value: Pick<AccountValue, "cash" | "otherUsd">,
  requirementUsd: number,
): UsdMicros {
  const micros = value.cash + microsOf(value.otherUsd, Math.floor) - microsOf(requirementUsd, Math.ceil);
  return usdMicrosFromDecimalFloor({ coefficient: withinMoney(micros), scale: 6 });
}
