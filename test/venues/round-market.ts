import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Instrument,
  linearForwardCurve,
  type Market,
  parsePortfolio,
  type Portfolio,
  type Quote,
} from "../../src/market/index.ts";
import { type MarginModel, type MarginResult } from "../../src/risk/index.ts";

const asOfMs = 1_767_225_600_000;
const prices = { BTC: 100_000, ETH: 4_000, SOL: 200 } as const;

/** Round prices, so that every expectation below is worked out by hand. */
export function roundMarket(): Market {
  const instruments = new Map<string, Instrument>();
  const quotes = new Map<string, Quote>();
  const add = (instrument: Instrument, mark: number): void => {
    instruments.set(instrument.id, instrument);
    quotes.set(instrument.id, { instrument: instrument.id, mark, timeMs: asOfMs, confidence: 1 });
  };
  for (const [underlying, mark] of Object.entries(prices)) {
    const base = { underlying, quoteAsset: "USDC", settlement: "linear", contractSize: 1 } as const;
    add({ ...base, id: underlying, kind: "spot" }, mark);
    add({ ...base, id: `${underlying}-PERP`, kind: "perpetual" }, mark);
  }
  const inverse = { underlying: "BTC", quoteAsset: "USD", settlement: "inverse", contractSize: 10 } as const;
  add({ ...inverse, id: "BTC-INVERSE", kind: "perpetual" }, 100_000);
  add({ ...inverse, id: "BTC-FUTURE", kind: "future", expiryMs: asOfMs + 86_400_000 }, 100_100);
  const asset = (
    name: string,
    priceUsd: number,
    kind: "fiat" | "stablecoin" | "major" | "staked",
    underlying?: string,
  ) =>
    [
      name,
      { asset: name, kind, priceUsd, confidence: 1, ...(underlying !== undefined && { underlying }) },
    ] as const;
  return {
    asOfMs,
    source: "constructed",
    synthetic: true,
    assets: new Map([
      asset("USD", 1, "fiat"),
      asset("USDC", 1, "stablecoin"),
      asset("BTC", 100_000, "major", "BTC"),
      asset("ETH", 4_000, "major", "ETH"),
      asset("SOL", 200, "major", "SOL"),
      asset("stETH", 4_000, "staked", "ETH"),
      asset("HYPE", 40, "major"),
    ]),
    underlyings: new Map(
      Object.entries(prices).map(([symbol, indexUsd]) => [
        symbol,
        {
          symbol,
          indexUsd,
          confidence: 1,
          forwards: linearForwardCurve({ asOfMs, spot: indexUsd, points: [] }),
        },
      ]),
    ),
    instruments,
    quotes,
  };
}

export type Row = readonly [string, number | string, number?];

export function book(
  balances: readonly Row[],
  positions: readonly Row[] = [],
  orders: readonly Row[] = [],
): Portfolio {
  return parsePortfolio(
    JSON.stringify({
      schema: "plimsoll/portfolio@1",
      balances: balances.map(([asset, amount]) => ({ asset, amount })),
      positions: positions.map(([instrument, size, entryPrice]) => ({
        instrument,
        size,
        ...(entryPrice !== undefined && { entryPrice }),
      })),
      orders: orders.map(([instrument, size, price]) => ({ instrument, size, price })),
    }),
  );
}

export const near = (got: number, want: number, what: string): void =>
  assert.ok(Math.abs(got - want) <= 1e-4, `${what}: got ${got}, want ${want}`);

export interface Expected {
  readonly name: string;
  readonly model: MarginModel;
  readonly portfolio: Portfolio;
  readonly status?: MarginResult["status"];
  readonly equity: number;
  readonly initial: number;
  readonly maintenance: number;
  readonly findings?: readonly string[];
}

/** A test for each book. */
export function testBooks(cases: readonly Expected[]): void {
  for (const {
    name,
    model,
    portfolio,
    status = "complete",
    equity,
    initial,
    maintenance,
    findings = [],
  } of cases) {
    test(name, () => {
      const result = model.margin(portfolio, roundMarket());
      assert.equal(result.status, status);
      near(result.equity, equity, "equity");
      near(result.initialMargin, initial, "initial margin");
      near(result.maintenanceMargin, maintenance, "maintenance margin");
      near(Number(result.initialExcess) / 1e6, equity - initial, "initial excess");
      near(Number(result.maintenanceExcess) / 1e6, equity - maintenance, "maintenance excess");
      const total = (of: "initial" | "maintenance"): number =>
        result.components.reduce((sum, component) => sum + component[of], 0);
      near(total("initial"), initial, "components");
      near(total("maintenance"), maintenance, "components");
      assert.deepEqual(
        result.diagnostics.map(({ id }) => id),
        findings,
      );
    });
  }
}
