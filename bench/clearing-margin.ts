import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type MarginMode } from "../src/clearing/protocol/index.ts";
import { syntheticHistory, writeHistory } from "../src/market/index.ts";
import { randomStream } from "../src/numerics/random.ts";
import { usdc, World } from "../test/properties/clearing-margin-world.ts";
import {
  dayMs,
  listed,
  optionSpec,
  perpetualSpec,
  startMs,
  underlyingSpec,
} from "../test/properties/markets-fixture.ts";
import { type Contestant, interleave, printTimings, timed } from "./measure.ts";

const seed = 20_261_124;
const accountCount = 200;
const parametersText = readFileSync(new URL("../params/plimsoll-margin.json", import.meta.url), "utf8");
const btcMicros = 100_000_000_000;

/** BTC and ETH: a perpetual each, and 128 options of each of four expiries. */
function chainWorld(): World {
  const world = new World();
  const { markets, sink } = world;
  markets.advance(startMs, sink);
  for (const symbol of ["BTC", "ETH"]) {
    listed(markets.listUnderlying(underlyingSpec(symbol, { minimumPublishers: 1 }), sink));
  }
  world.listAsset("USDC", { feed: "USDC", haircutPpm: 20_000 });
  for (const symbol of ["BTC", "ETH"]) listed(markets.listInstrument(perpetualSpec(symbol), sink));
  const rates = { initialMarginPpm: 150_000, maintenanceMarginPpm: 75_000 };
  for (const symbol of ["BTC", "ETH"]) {
    for (const days of [7, 30, 60, 120]) {
      for (let step = 0; step < 64; step++) {
        const strike = symbol === "BTC" ? 60_000 + step * 1_500 : 2_000 + step * 60;
        for (const type of ["call", "put"] as const) {
          const spec = optionSpec(symbol, startMs + days * dayMs, strike, type, rates);
          listed(markets.listInstrument(spec, sink));
        }
      }
    }
  }
  world.publish({ BTC: btcMicros, ETH: 3_700_000_000, USDC: 1_000_000 });
  world.publishSurface("BTC", 0.6, 100_300_000_000);
  world.publishSurface("ETH", 0.75, 3_712_000_000);
  assert.equal(world.margin.setDocument("marginParameters", parametersText), undefined);
  const history = syntheticHistory({ seed, asOfMs: startMs, days: 365 });
  assert.equal(world.margin.setDocument("history", writeHistory(history)), undefined);
  assert.ok(world.margin.advance(markets.nowMs));
  return world;
}

/** Accounts with so many random positions, worth at most a few hundred thousand dollars, and five million in cash. */
function randomAccounts(world: World, mode: MarginMode, positionCount: number): readonly number[] {
  const random = randomStream(seed + positionCount);
  const { markets } = world;
  return Array.from({ length: accountCount }, () => {
    const account = world.open(mode);
    world.fund(account, usdc, 5_000_000_000_000);
    for (let at = 0; at < positionCount; at++) {
      const instrument = random.nextBelow(markets.instruments.count);
      const ticks = Math.max(1, Math.round(markets.markMicros(instrument) / world.tickOf(instrument)));
      world.fill(account, instrument, (at % 2 === 0 ? 1 : -1) * (10 + random.nextBelow(30)), ticks);
    }
    return account;
  });
}

/** Margin of the engine's accounts on a market of 1,026 instruments: figures, watch, order checks; and a new epoch. */
export async function benchClearingMargin(rounds: number): Promise<void> {
  console.log("\nmargin in the engine: 1,026 instruments, 365 days of hourly history, per account or order");
  const world = chainWorld();
  const { margin } = world;
  for (const positionCount of [1, 5, 20, 100]) {
    const cross = randomAccounts(world, "cross", positionCount);
    const portfolio = randomAccounts(world, "portfolio", positionCount);
    const perAccount = (
      name: string,
      accounts: readonly number[],
      work: (account: number) => void,
    ): Contestant => ({
      name: `${String(positionCount).padStart(3)} positions, ${name}`,
      run: () =>
        timed(() => {
          for (const account of accounts) work(account);
        }),
    });
    let lots = 0;
    const order = (account: number): void => {
      lots = (lots % 50) + 1;
      assert.equal(
        margin.checkOrder(account, 0, lots % 2 === 0 ? "buy" : "sell", lots, btcMicros, 1_000),
        undefined,
      );
    };
    const contestants = [
      perAccount("cross: figures", cross, (account) => margin.figures(account)),
      perAccount("cross: order", cross, order),
      perAccount("portfolio: figures anew", portfolio, (account) => {
        // Another balance is another book.
        world.fund(account, usdc, 1);
        margin.figures(account);
      }),
      perAccount("portfolio: watch", portfolio, (account) => {
        assert.ok(!margin.isBreached(account));
      }),
      perAccount("portfolio: order", portfolio, order),
    ];
    const timings = await interleave(contestants, rounds);
    printTimings(timings.values(), (ms) => `${((ms * 1_000) / accountCount).toFixed(2)} µs`);
  }
  const marketMaker = randomAccounts(world, "portfolio", 240)[0]!;
  let price = btcMicros;
  const renewal: Contestant = {
    name: "new epoch and its first 240 rows",
    run: () => {
      world.markets.advance(world.markets.nowMs + 10_000, world.sink);
      price += 1_000_000;
      world.publish({ BTC: price, ETH: Math.round(price / 27), USDC: 1_000_000 });
      return timed(() => {
        assert.ok(margin.advance(world.markets.nowMs));
        margin.figures(marketMaker);
      });
    },
  };
  printTimings((await interleave([renewal], Math.min(rounds, 10))).values(), (ms) => `${ms.toFixed(1)} ms`);
}
