import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream, type RandomStream } from "../../numerics/random.ts";
import { sampleWorld, type World } from "../../../test/properties/clearing-margin-world.ts";
import { fundingOwedCeil, fundingScale } from "../funding/index.ts";
import { MarginBook } from "../margin/index.ts";
import { type Markets } from "../markets/index.ts";
import { AccountBands } from "./account-bands.ts";
import { type Driver, type DriverKind, driverKinds, Drivers } from "./drivers.ts";

const seed = 20_261_124;

/** The markets of a world, but every price and funding index is what a test sets, each by itself. */
class FreePrices {
  readonly world: World = sampleWorld();
  readonly values: Map<string, number> = new Map();
  readonly markets: Markets;
  readonly margin: MarginBook;
  readonly bands: AccountBands;
  readonly drivers: Drivers;
  #version = 0;

  constructor() {
    const { world } = this;
    const { accounts, ledger, positions, orders, interest } = world;
    const funding = (of: number): bigint => BigInt(Math.round(this.read(driverKinds.funding, of)));
    const own: Partial<Record<keyof Markets, unknown>> = {
      markMicros: (of: number) => this.read(driverKinds.mark, of),
      indexMicros: (of: number) => this.read(driverKinds.index, of),
      assetPriceMicros: (of: number) => this.read(driverKinds.asset, of),
      fundingPerLot: funding,
    };
    this.markets = new Proxy(world.markets, {
      get: (target, key) => {
        if (key === "version") return this.#version;
        if (key in own) return own[key as keyof Markets];
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const { markets } = this;
    this.margin = new MarginBook({
      accounts,
      ledger,
      positions,
      markets,
      orders,
      fundingDueFloor: (_account, slot) =>
        0 -
        fundingOwedCeil(
          positions.lots[slot]!,
          positions.fundingIndex[slot]!,
          funding(positions.instruments[slot]!),
        ),
    });
    this.drivers = new Drivers((kind, of) => this.read(kind, of));
    this.bands = new AccountBands({ accounts, ledger, interest, positions, markets, orders }, this.drivers);
  }

  read(kind: DriverKind, of: number): number {
    const set = this.values.get(`${kind}/${of}`);
    if (set !== undefined) return set;
    const { markets } = this.world;
    if (kind === driverKinds.mark) return markets.markMicros(of);
    if (kind === driverKinds.index) return markets.indexMicros(of);
    return kind === driverKinds.asset ? markets.assetPriceMicros(of) : 0;
  }

  set(kind: DriverKind, of: number, value: number): void {
    this.values.set(`${kind}/${of}`, value);
    this.#version++;
  }

  reset(): void {
    this.values.clear();
    this.#version++;
  }
}

/** An account of random positions whose equity is up to three times its maintenance requirement, often hardly above it. */
function randomAccount(free: FreePrices, r: RandomStream, mode: "isolated" | "cross"): number {
  const { world, margin } = free;
  const { markets } = world;
  const account = world.open(mode);
  const count = 1 + r.nextBelow(5);
  const all = Array.from({ length: markets.instruments.count }, (_, instrument) => instrument);
  const expiries = [...new Set(all.map((instrument) => markets.instruments.get("expiryMs", instrument)))];
  const expiryMs = expiries[r.nextBelow(expiries.length)]!;
  // Every second account trades one expiry: spreads, condors and the like.
  const traded =
    r.nextBelow(2) === 0 ? all : all.filter((i) => markets.instruments.get("expiryMs", i) === expiryMs);
  for (let i = 0; i < count; i++) {
    const instrument = traded[r.nextBelow(traded.length)]!;
    if (markets.instruments.get("kind", instrument) === 0 || markets.markMicros(instrument) === 0) continue;
    const ticks = Math.max(
      1,
      Math.round((markets.markMicros(instrument) * (0.9 + 0.2 * r.nextFloat())) / world.tickOf(instrument)),
    );
    world.fill(account, instrument, (r.nextBelow(2) === 0 ? 1 : -1) * (1 + r.nextBelow(5_000)), ticks);
  }
  for (const asset of [1, 2]) {
    const units = Math.round((r.nextFloat() - 0.4) * [0, 1e8, 2e10][asset]!);
    if (r.nextBelow(3) === 0 && units !== 0) world.fund(account, asset, units);
  }
  const { equityMicros, maintenanceMicros } = margin.figures(account);
  const room = r.nextBelow(2) === 0 ? 0.02 : 2;
  world.fund(account, 0, Math.round(maintenanceMicros * (1 + room * r.nextFloat()) - equityMicros));
  return account;
}

/** A value within the band, mostly one of its ends; beyond what a price can be, far away. */
function within(r: RandomStream, { kind, value }: Driver, low: number, high: number): number {
  const far = kind === driverKinds.funding ? 1e6 * Number(fundingScale) : 3 * value + 1_000;
  const isPrice = kind !== driverKinds.funding;
  const least = low === -Infinity ? (isPrice ? Math.max(0, value / 4) : -far) : low;
  const greatest = high === Infinity ? far : high;
  const roll = r.nextFloat();
  const at = roll < 0.4 ? 0 : roll < 0.8 ? 1 : r.nextFloat();
  const somewhere = Math.floor(Math.min(greatest, least + (greatest - least) * at));
  const chosen = Math.max(Math.ceil(least), somewhere);
  return isPrice ? Math.max(0, chosen) : chosen;
}

for (const mode of ["isolated", "cross"] as const) {
  test(`${mode}: no prices within the bands breach the account, all at their worst included`, () => {
    const free = new FreePrices();
    const r = randomStream(seed);
    let measured = 0;
    let close = 0;
    for (let run = 0; run < 800; run++) {
      free.reset();
      const account = randomAccount(free, r, mode);
      if (free.margin.isBreached(account)) continue;
      const { bands } = free;
      if (!bands.measureFixedRate(free.margin.loaded, mode === "isolated")) continue;
      measured++;
      const drivers = bands.shares.drivers.slice(0, bands.shares.count);
      const [lows, highs] = [
        bands.shares.lows.slice(0, bands.shares.count),
        bands.shares.highs.slice(0, bands.shares.count),
      ];
      for (let draw = 0; draw < 25; draw++) {
        for (const [at, driver] of drivers.entries()) {
          const value = within(r, driver, lows[at]!, highs[at]!);
          assert.ok(
            value >= lows[at]! && value <= highs[at]!,
            `${driver.kind}/${driver.of} ${driver.value}: ${value} in ${lows[at]} ${highs[at]}`,
          );
          free.set(driver.kind, driver.of, value);
        }
        if (free.margin.isBreached(account)) {
          const { equityMicros, maintenanceMicros } = free.margin.figures(account);
          assert.fail(`run ${run}, draw ${draw}: ${equityMicros} below ${maintenanceMicros}`);
        }
      }
      // Three times as far, each at an end that its band has, some are breached: the bands are not narrower than need be by much.
      const isBreachedBeyond = [1, -1].some((sign) => {
        for (const [at, { kind, of, value }] of drivers.entries()) {
          const ends = [lows[at]!, highs[at]!].filter((end) => Number.isFinite(end) && end !== 1);
          const end = ends.length === 0 ? value : ends.length === 1 || sign < 0 ? ends[0]! : ends[1]!;
          free.set(kind, of, Math.max(1, Math.round(value + 3 * (end - value))));
        }
        return free.margin.isBreached(account);
      });
      if (isBreachedBeyond) close++;
    }
    assert.ok(measured > 400, `${measured} of 800 measured`);
    assert.ok(close > measured / 4, `${close} of ${measured} are breached three times as far away`);
  });
}

test("portfolio: equity stays above what is required within the bands", () => {
  const free = new FreePrices();
  const r = randomStream(seed + 1);
  let measured = 0;
  for (let run = 0; run < 300; run++) {
    free.reset();
    const account = randomAccount(free, r, "cross");
    const { equityMicros } = free.margin.figures(account);
    const required = Math.max(0, equityMicros) * r.nextFloat();
    const { bands } = free;
    if (!bands.measurePortfolio(free.margin.loaded, required)) continue;
    measured++;
    const drivers = bands.shares.drivers.slice(0, bands.shares.count);
    const [lows, highs] = [
      bands.shares.lows.slice(0, bands.shares.count),
      bands.shares.highs.slice(0, bands.shares.count),
    ];
    for (let draw = 0; draw < 25; draw++) {
      for (const [at, driver] of drivers.entries()) {
        free.set(driver.kind, driver.of, within(r, driver, lows[at]!, highs[at]!));
      }
      assert.ok(free.margin.figures(account).equityMicros >= required, `run ${run}, draw ${draw}`);
    }
  }
  assert.ok(measured > 100, `${measured} measured`);
});

test("a price that is missing leaves nobody alone", () => {
  for (const kind of [driverKinds.mark, driverKinds.index, driverKinds.asset]) {
    const free = new FreePrices();
    const account = free.world.open("cross");
    free.world.fund(account, 0, 1e12);
    free.world.fill(account, 0, 10, 1_000);
    assert.equal(free.margin.isBreached(account), false);
    assert.ok(free.bands.measureFixedRate(free.margin.loaded, false));
    free.set(kind, 0, 0);
    free.margin.isBreached(account);
    assert.equal(free.bands.measureFixedRate(free.margin.loaded, false), false);
  }
});
