import { type Portfolio } from "../../src/market/index.ts";
import { parseDecimal } from "../../src/quantity/index.ts";
import { type Accounts } from "../../src/clearing/accounts/index.ts";
import { houseAccount, openAccounts } from "../../src/clearing/accounts/index.ts";
import { OrderPool } from "../../src/clearing/book/index.ts";
import { fundingOwedCeil } from "../../src/clearing/funding/index.ts";
import { Interest, Ledger } from "../../src/clearing/ledger/index.ts";
import { MarginBook } from "../../src/clearing/margin/index.ts";
import { createMarkets, type Markets } from "../../src/clearing/markets/index.ts";
import { Positions } from "../../src/clearing/positions/index.ts";
import { type MarginMode, type Side } from "../../src/clearing/protocol/index.ts";
import {
  assetSpec,
  dayMs,
  futureSpec,
  inverseSpec,
  listed,
  optionSpec,
  perpetualSpec,
  type RecordingSink,
  recordingSink,
  startMs,
  underlyingSpec,
} from "./markets-fixture.ts";

/** Real stores with margin over them, for books of any shape: positions are put where a test wants them, not traded. */

export const nearMs: number = startMs + 7 * dayMs;
export const farMs: number = startMs + 60 * dayMs;
export const usdc = 0;
export const btc = 1;
export const eth = 2;

/** The same rates for all delta-one contracts, and for all options, as the fixed-rate model of docs/fixed-rate-margin.md has them. */
const deltaOne = { initialMarginPpm: 50_000, maintenanceMarginPpm: 25_000, makerFeePpm: -50 };
const option = {
  initialMarginPpm: 150_000,
  maintenanceMarginPpm: 75_000,
  makerFeePpm: -50,
  tickMicros: 100_000,
};

export class World {
  readonly accounts: Accounts = openAccounts();
  readonly interest: Interest = new Interest();
  readonly ledger: Ledger;
  readonly positions: Positions = new Positions(this.accounts);
  readonly markets: Markets = createMarkets();
  readonly sink: RecordingSink = recordingSink();
  readonly orders: OrderPool = new OrderPool({
    onFill() {},
    onCancel() {},
    onLevel() {},
    reducibleLots: () => 0,
  });
  readonly margin: MarginBook;
  #orderId = 0;

  constructor() {
    this.ledger = new Ledger(this.accounts, this.interest, () => {});
    this.margin = new MarginBook({
      accounts: this.accounts,
      ledger: this.ledger,
      positions: this.positions,
      markets: this.markets,
      orders: this.orders,
      fundingDueFloor: (_account, slot) =>
        0 -
        fundingOwedCeil(
          this.positions.lots[slot]!,
          this.positions.fundingIndex[slot]!,
          this.markets.fundingPerLot(this.positions.instruments[slot]!),
        ),
    });
  }

  listAsset(name: string, changes: Parameters<typeof assetSpec>[1]): number {
    this.ledger.addAsset();
    return listed(this.markets.listAsset(assetSpec(name, changes), this.sink));
  }

  /** Feeds of BTC, ETH, USDC in that order of publication; by name of the feed. */
  publish(prices: Readonly<Record<string, number>>, confidencePpm: number = 1_000_000): void {
    const { markets, sink } = this;
    for (const [name, priceMicros] of Object.entries(prices)) {
      const underlying = markets.underlyings.find(name);
      const feed =
        underlying >= 0
          ? markets.underlyings.get("feed", underlying)
          : markets.assets.get("feed", markets.assets.find(name));
      for (const publisher of ["a", "b"]) {
        const report = { feed, priceMicros, confidencePpm, timeMs: markets.nowMs };
        const rejection = markets.publishPrices(publisher, [report], sink);
        if (rejection) throw new Error(JSON.stringify(rejection));
      }
    }
  }

  publishSurface(symbol: string, vol: number, forwardMicros: number): void {
    const { markets, sink } = this;
    const slices = [nearMs, farMs].map((expiryMs) => {
      const level = (vol * vol * (expiryMs - markets.nowMs)) / (365 * dayMs);
      return { expiryMs, forwardMicros, a: level * 0.8, b: level * 0.9, rho: -0.2, m: 0, sigma: 0.2 };
    });
    const underlying = markets.underlyings.find(symbol);
    const command = { type: "publishSurface", underlying, slices, timeMs: markets.nowMs } as const;
    const rejection = markets.publishSurface("publisher", command, sink);
    if (rejection) throw new Error(JSON.stringify(rejection));
  }

  open(mode: MarginMode): number {
    return this.accounts.open(`0x${this.accounts.count.toString(16).padStart(40, "0")}`, mode);
  }

  /** Gives units to an account, or takes them: a debt. */
  fund(account: number, asset: number, units: number): void {
    if (units > 0) this.ledger.transfer(houseAccount.vault, account, asset, units);
    if (units < 0) this.ledger.transfer(account, houseAccount.vault, asset, -units);
  }

  /** Cost of lots at a price in ticks, as `Positions` counts it. */
  costOf(instrument: number, lots: number, ticks: number): number {
    const get = (column: "inverse" | "tickMicros" | "unitsPerLotTick" | "lotUsdMicros"): number =>
      this.markets.instruments.get(column, instrument);
    return get("inverse") === 1
      ? 0 - Math.floor((lots * get("lotUsdMicros") * 1e8) / (ticks * get("tickMicros")))
      : lots * ticks * get("unitsPerLotTick");
  }

  /** Adds lots at a price in ticks. What spot and options are paid with is not moved, nor what is realised. */
  fill(account: number, instrument: number, lots: number, ticks: number): number {
    const cost = this.costOf(instrument, lots, ticks);
    return this.positions.applyFill(account, instrument, lots, cost).realisedUnits;
  }

  /** Rests an order in the book; returns its slot. */
  rest(account: number, instrument: number, side: Side, ticks: number, lots: number): number {
    this.#orderId++;
    const { slot, status } = this.orders.book(instrument).match({
      side: side === "buy" ? 0 : 1,
      priceTicks: ticks,
      lots,
      account,
      selfTrade: "cancel-incoming",
      orderId: this.#orderId,
      priority: this.#orderId,
      timeInForce: "gtc",
      flags: 0,
      clientOrderId: 0,
      expiryMs: 0,
      nowMs: this.markets.nowMs,
      maxSteps: 1,
    });
    if (status !== "rested") return -1;
    this.positions.addOpen(account, instrument, side, lots, lots * ticks);
    return slot;
  }

  tickOf(instrument: number): number {
    return this.markets.instruments.get("tickMicros", instrument);
  }

  /** The account as risk models read it: one lot is one contract. */
  portfolioOf(account: number): Portfolio {
    const { ledger, positions, markets, orders } = this;
    const { assets, instruments } = markets;
    const scaled = (asset: number, units: number): string => {
      const decimals = assets.get("decimals", asset);
      const digits = String(Math.abs(units)).padStart(decimals + 1, "0");
      const at = digits.length - decimals;
      return `${units < 0 ? "-" : ""}${digits.slice(0, at)}.${digits.slice(at)}0`;
    };
    const first = positions.first(account);
    const slots = Array.from({ length: positions.count(account) }, (_, index) => first + index);
    const open: Portfolio["orders"][number][] = [];
    for (let slot = orders.firstOf(account); slot >= 0; slot = orders.nextOf(slot)) {
      const instrument = orders.instrument(slot);
      open.push({
        instrument: instruments.label(instrument),
        size: parseDecimal(orders.remainingLots(slot) * (orders.side(slot) === 0 ? 1 : -1)),
        price: (orders.priceTicks(slot) * this.tickOf(instrument)) / 1e6,
      });
    }
    return {
      name: "account",
      balances: Array.from({ length: ledger.assetCount }, (_, asset) => ({
        asset: assets.label(asset),
        amount: parseDecimal(scaled(asset, ledger.available(account, asset))),
      })),
      positions: slots
        .filter((slot) => positions.lots[slot] !== 0)
        .map((slot) => {
          const instrument = positions.instruments[slot]!;
          const lots = positions.lots[slot]!;
          const entry = positions.entryUnits[slot]!;
          const entryPrice =
            instruments.get("inverse", instrument) === 1
              ? (-lots * (instruments.get("lotUsdMicros", instrument) / 1e6)) / (entry / 1e8)
              : entry / 1e6 / (lots * (instruments.get("lotNanos", instrument) / 1e9));
          return { instrument: instruments.label(instrument), size: parseDecimal(lots), entryPrice };
        }),
      orders: open,
    };
  }
}

/** BTC and ETH with perpetuals, an inverse perpetual, futures and options of two expiries, all priced. */
export function sampleWorld(): World {
  const world = new World();
  const { markets, sink } = world;
  markets.advance(startMs, sink);
  for (const symbol of ["BTC", "ETH"]) {
    listed(markets.listUnderlying(underlyingSpec(symbol, { minimumPublishers: 1 }), sink));
  }
  world.listAsset("USDC", { feed: "USDC", haircutPpm: 20_000 });
  world.listAsset("BTC", { kind: "major", decimals: 8, underlying: "BTC", feed: "BTC", haircutPpm: 100_000 });
  world.listAsset("ETH", { kind: "major", decimals: 9, underlying: "ETH", feed: "ETH", haircutPpm: 100_000 });
  for (const symbol of ["BTC", "ETH"]) {
    listed(markets.listInstrument(perpetualSpec(symbol, deltaOne), sink));
    listed(markets.listInstrument(futureSpec(symbol, farMs, deltaOne), sink));
    const strikes =
      symbol === "BTC" ? [80_000, 95_000, 100_000, 105_000, 120_000] : [3_000, 3_500, 4_000, 4_500];
    for (const expiryMs of [nearMs, farMs]) {
      for (const strike of strikes) {
        for (const type of ["call", "put"] as const) {
          listed(markets.listInstrument(optionSpec(symbol, expiryMs, strike, type, option), sink));
        }
      }
    }
  }
  listed(markets.listInstrument({ ...inverseSpec("BTC"), ...deltaOne }, sink));
  const spot = perpetualSpec("BTC", { ...deltaOne, name: "BTC-USDC", kind: "spot", baseAsset: "BTC" });
  listed(markets.listInstrument({ ...spot, fundingIntervalMs: 0, fundingCapPpm: 0 }, sink));
  world.publish({ BTC: 100_000_000_000, ETH: 3_700_000_000, USDC: 1_000_000 });
  world.publishSurface("BTC", 0.6, 100_300_000_000);
  world.publishSurface("ETH", 0.75, 3_712_000_000);
  return world;
}
