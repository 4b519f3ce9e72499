import assert from "node:assert/strict";
import {
  type AssetState,
  type Instrument,
  linearForwardCurve,
  type Market,
  msPerYear,
  type Portfolio,
  type Quote,
} from "../../src/market/index.ts";
import { black76Price } from "../../src/pricing/index.ts";
import { parseDecimal } from "../../src/quantity/index.ts";
import { type MarginComponent, type MarginResult } from "../../src/risk/index.ts";

// Prices so round that a margin can be worked out by hand: BTC at 100 dollars, ETH and XYZ at 10, forwards flat.

export const asOfMs = 1_767_225_600_000;
export const dayMs = 86_400_000;
const roundSpots: Readonly<Record<string, number>> = { BTC: 100, ETH: 10, XYZ: 10 };
export const vol = 0.5;

/** Options named `BTC-C-120` (coin-settled) and `BTC_USDC-C-120`, expiring in 30 days; futures in 30 days and 10 minutes. */
export function smallMarket(spots: Readonly<Record<string, number>> = roundSpots): Market {
  const instruments: Instrument[] = [];
  const quotes: Quote[] = [];
  const add = (instrument: Instrument, mark: number, extra: Partial<Quote> = {}): void => {
    instruments.push(instrument);
    quotes.push({ instrument: instrument.id, mark, timeMs: asOfMs, confidence: 1, ...extra });
  };
  const monthMs = asOfMs + 30 * dayMs;
  for (const [symbol, spot] of Object.entries(spots)) {
    const linear = { underlying: symbol, quoteAsset: "USDC", settlement: "linear", contractSize: 1 } as const;
    const inverse = {
      underlying: symbol,
      quoteAsset: "USD",
      settlement: "inverse",
      contractSize: 10,
    } as const;
    add({ ...linear, id: `${symbol}-SPOT`, kind: "spot" }, spot);
    add({ ...linear, id: `${symbol}-PERP`, kind: "perpetual" }, spot);
    add({ ...linear, quoteAsset: "USDT", id: `${symbol}-PERP-USDT`, kind: "perpetual" }, spot);
    add({ ...inverse, id: `${symbol}-INV`, kind: "perpetual" }, spot);
    add({ ...inverse, id: `${symbol}-FUT`, kind: "future", expiryMs: monthMs }, spot);
    add({ ...inverse, id: `${symbol}-SOON`, kind: "future", expiryMs: asOfMs + 600_000 }, spot);
    for (const moneyness of [0.8, 1, 1.2, 2]) {
      const strike = spot * moneyness;
      for (const optionType of ["call", "put"] as const) {
        const input = { optionType, forward: spot, strike, expiryYears: (30 * dayMs) / msPerYear, vol };
        const price = black76Price(input);
        const name = `${optionType === "call" ? "C" : "P"}-${strike}`;
        const option = { underlying: symbol, kind: "option", expiryMs: monthMs, strike, optionType } as const;
        const quoted = { impliedVol: vol, forward: spot };
        add({ ...option, ...inverse, contractSize: 1, id: `${symbol}-${name}` }, price / spot, quoted);
        add({ ...option, ...linear, id: `${symbol}_USDC-${name}` }, price, quoted);
      }
    }
  }
  const dollars = { priceUsd: 1, confidence: 1 } as const;
  const assets: readonly AssetState[] = [
    { asset: "USD", kind: "fiat", ...dollars },
    { asset: "USDC", kind: "stablecoin", ...dollars },
    { asset: "USDT", kind: "stablecoin", ...dollars },
    ...Object.entries(spots).map(([symbol, priceUsd]): AssetState => ({
      asset: symbol,
      kind: "major",
      priceUsd,
      confidence: 1,
      underlying: symbol,
    })),
  ];
  return {
    asOfMs,
    source: "test",
    synthetic: true,
    assets: new Map(assets.map((asset) => [asset.asset, asset])),
    underlyings: new Map(
      Object.entries(spots).map(([symbol, spot]) => [
        symbol,
        {
          symbol,
          indexUsd: spot,
          confidence: 1,
          forwards: linearForwardCurve({ asOfMs, spot, points: [{ expiryMs: monthMs, forward: spot }] }),
        },
      ]),
    ),
    instruments: new Map(instruments.map((instrument) => [instrument.id, instrument])),
    quotes: new Map(quotes.map((quote) => [quote.instrument, quote])),
  };
}

export const book = (
  balances: Readonly<Record<string, number>>,
  positions: Readonly<Record<string, number>> = {},
  orders: Portfolio["orders"] = [],
): Portfolio => ({
  name: "test",
  balances: Object.entries(balances).map(([asset, amount]) => ({ asset, amount: parseDecimal(amount) })),
  positions: Object.entries(positions).map(([instrument, size]) => ({
    instrument,
    size: parseDecimal(size),
  })),
  orders,
});

export const buyOrder: Portfolio["orders"] = [{ instrument: "BTC-PERP", size: parseDecimal(1), price: 90 }];

/** Within 1e-9 of the larger of the two and 1. */
export function close(actual: number, expected: number, what: string = "value"): void {
  const allowed = 1e-9 * Math.max(1, Math.abs(expected));
  assert.ok(Math.abs(actual - expected) <= allowed, `${what}: got ${actual}, expected ${expected}`);
}

export const find = (components: readonly MarginComponent[], id: string): MarginComponent => {
  const walk = (list: readonly MarginComponent[]): MarginComponent | undefined => {
    for (const component of list) {
      const found = component.id === id ? component : walk(component.children ?? []);
      if (found) return found;
    }
    return undefined;
  };
  const found = walk(components);
  assert.ok(found, `no component ${id}`);
  return found;
};

export const missing = ({ diagnostics }: MarginResult): readonly string[] =>
  diagnostics.filter(({ id }) => id === "missing-term").map(({ message }) => message);

/** Every sum in the explanation holds: components add up to the requirement, children to parents, positions to the worst loss. */
export function assertExplained(result: MarginResult): void {
  const counted = (list: readonly MarginComponent[]): readonly MarginComponent[] =>
    list.filter(({ informative }) => informative !== true);
  const sum = (list: readonly MarginComponent[], scale: "initial" | "maintenance"): number =>
    counted(list).reduce((total, component) => total + component[scale], 0);
  const check = ({ id, children = [], ...component }: MarginComponent): void => {
    if (counted(children).length > 0) {
      close(sum(children, "initial"), component.initial, `${id} initial`);
      close(sum(children, "maintenance"), component.maintenance, `${id} maintenance`);
    }
    children.forEach(check);
  };
  close(Math.max(0, sum(result.components, "initial")), result.initialMargin, "initialMargin");
  close(Math.max(0, sum(result.components, "maintenance")), result.maintenanceMargin, "maintenanceMargin");
  result.components.forEach(check);
  if (result.worst) {
    const lost = result.worst.contributions.reduce((total, { pnlUsd }) => total + pnlUsd, 0);
    close(Math.min(0, lost), result.worst.pnlUsd, "worst scenario");
  }
}
