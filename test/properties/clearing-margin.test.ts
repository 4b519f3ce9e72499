import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { type MarginMode, type Side } from "../../src/clearing/protocol/index.ts";
import { ByteReader, ByteWriter } from "../../src/clearing/state/bytes.ts";
import { type AccountFigures } from "../../src/clearing/margin/index.ts";
import { farMs, nearMs, sampleWorld, usdc, World } from "./clearing-margin-world.ts";
import { futureSpec, listed, optionSpec, perpetualSpec, startMs, underlyingSpec } from "./markets-fixture.ts";

const parametersText = readFileSync(new URL("../../params/plimsoll-margin.json", import.meta.url), "utf8");
const modes: readonly MarginMode[] = ["isolated", "cross", "portfolio"];
const perpetual = 0;
const atTheMoneyCall = 6;
const higherCall = 8;
/** 100,000 USD. */
const btcMark = 100_000_000_000;

function withParameters(world: World): World {
  assert.equal(world.margin.setDocument("marginParameters", parametersText), undefined);
  world.margin.advance(world.markets.nowMs);
  return world;
}

const usd = (amount: number): number => amount * 1e6;

function assertTotal({ equityMicros, initialMicros, maintenanceMicros }: AccountFigures): void {
  for (const figure of [equityMicros, initialMicros, maintenanceMicros]) {
    assert.ok(Number.isSafeInteger(figure) && !Object.is(figure, -0), `${figure} is a safe integer`);
  }
  assert.ok(maintenanceMicros >= 0 && maintenanceMicros <= initialMicros);
}

test("an order is refused beyond its margin, and a closing one at a fair price never", () => {
  const world = withParameters(sampleWorld());
  for (const mode of ["isolated", "cross"] as const) {
    const account = world.open(mode);
    world.fund(account, usdc, usd(10_000));
    // 5 % initial, 2 % haircut: 9,800 USD carry 196,000 USD, 1.96 BTC.
    assert.equal(world.margin.checkOrder(account, perpetual, "buy", 1_960, btcMark, 0), undefined);
    const refused = world.margin.checkOrder(account, perpetual, "buy", 1_961, btcMark, 0);
    assert.equal(refused?.code, "insufficientMargin");
    world.fill(account, perpetual, 1_960, 1_000_000);
    world.fund(account, usdc, -usd(8_000));
    const { equityMicros, initialMicros } = world.margin.figures(account);
    assert.ok(equityMicros < initialMicros);
    assert.equal(
      world.margin.checkOrder(account, perpetual, "buy", 1, btcMark, 0)?.code,
      "insufficientMargin",
    );
    // At its mark it may always be closed, whatever the fee; below, while the account can pay for it itself.
    const sell = (lots: number, price: number, fee: number) =>
      world.margin.checkOrder(account, perpetual, "sell", lots, price, fee);
    assert.equal(sell(1_960, btcMark, usd(5_000)), undefined);
    assert.equal(sell(1_960, btcMark * 0.99, usd(30)), undefined);
    assert.equal(sell(1_960, btcMark * 0.98, 0)?.code, "insufficientMargin");
    assert.equal(sell(1_961 * 2, btcMark, 0)?.code, "insufficientMargin");
    // A pair of quotes is no way out: either may fill alone.
    const quote = { instrument: perpetual, lots: 100, worstPriceMicros: btcMark, feeUnits: 0 } as const;
    const buyAndSell = (["buy", "sell"] as const).map((side) => ({ ...quote, side }));
    assert.equal(world.margin.checkOrders(account, buyAndSell)?.code, "insufficientMargin");
    assert.equal(world.margin.checkOrders(account, [buyAndSell[1]!, buyAndSell[1]!]), undefined);
    // Closing twice over opens as much on the other side, and not a lot more.
    world.rest(account, perpetual, "sell", 1_000_001, 1_960);
    assert.equal(world.margin.checkOrder(account, perpetual, "sell", 1_960, btcMark, 0), undefined);
    assert.notEqual(world.margin.checkOrder(account, perpetual, "sell", 1_961, btcMark, 0), undefined);
    world.orders.cancelAll(account);
  }
});

test("below the initial margin a trade must not worsen what the account has over what it needs", () => {
  const world = withParameters(sampleWorld());
  const account = world.open("cross");
  world.fund(account, usdc, usd(2_000));
  world.fill(account, atTheMoneyCall, -500, 34_354);
  const buy = (priceMicros: number) =>
    world.margin.checkTrades(account, [{ instrument: higherCall, lots: 500, priceMicros, feeUnits: 0 }]);
  const before = world.margin.figures(account);
  assert.ok(before.equityMicros < before.initialMicros, JSON.stringify(before));
  // A higher call caps the loss: fine at its mark, not at three times that.
  const mark = world.markets.markMicros(higherCall);
  assert.equal(buy(mark), undefined);
  assert.equal(buy(mark * 30)?.code, "insufficientMargin");
  assert.equal(
    world.margin.checkTrades(account, [
      { instrument: atTheMoneyCall, lots: -1, priceMicros: mark, feeUnits: 0 },
    ])?.code,
    "insufficientMargin",
  );
});

test("an order worse than the mark needs what it would lose; one at its mark beside a hedge needs nothing twice", () => {
  const world = withParameters(sampleWorld());
  const account = world.open("cross");
  world.fund(account, usdc, usd(100_000));
  const alone = world.margin.figures(account).initialMicros;
  world.rest(account, perpetual, "buy", 1_010_000, 1_000);
  // 5 % of 100,000 USD and 1,000 USD at once.
  assert.equal(world.margin.figures(account).initialMicros - alone, usd(6_000));
  world.rest(account, perpetual, "sell", 1_020_000, 1_000);
  assert.equal(world.margin.figures(account).initialMicros - alone, usd(6_000));
  assert.equal(world.margin.figures(account).maintenanceMicros, alone);
});

test("open spot orders need at least what any of their fills would", () => {
  const world = withParameters(sampleWorld());
  const spot = 41;
  const order = fc.record({
    isBuy: fc.boolean(),
    lots: fc.integer({ min: 1, max: 2_000 }),
    ticks: fc.integer({ min: 970_000, max: 1_030_000 }),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 200_000 }),
      fc.integer({ min: -100_000_000, max: 300_000_000 }),
      fc.array(order, { minLength: 1, maxLength: 4 }),
      (dollars, satoshis, orders) => {
        /** Excess once the orders in `subset` have filled at their limits. */
        const excess = (subset: number): number => {
          const account = world.open("cross");
          let [cash, coin] = [usd(dollars), satoshis];
          for (const [at, { isBuy, lots, ticks }] of orders.entries()) {
            const sign = isBuy ? 1 : -1;
            if ((subset >> at) & 1) {
              cash -= sign * lots * ticks * 100;
              coin += sign * lots * 100_000;
            } else world.positions.addOpen(account, spot, isBuy ? "buy" : "sell", lots, lots * ticks);
          }
          world.fund(account, usdc, cash);
          world.fund(account, 1, coin);
          const { equityMicros, initialMicros } = world.margin.figures(account);
          return equityMicros - initialMicros;
        };
        const open = excess(0);
        // What prices worse than the mark lose at once is not in the books here.
        const loss = orders.reduce((sum, { isBuy, lots, ticks }) => {
          return sum + Math.max(0, (isBuy ? 1 : -1) * lots * (ticks - 1_000_000) * 100);
        }, 0);
        for (let subset = 1; subset < 1 << orders.length; subset++) {
          assert.ok(
            excess(subset) >= open - loss * 1.2 - 10,
            `${excess(subset)} after ${subset}, ${open} before`,
          );
        }
      },
    ),
    { seed: 31, numRuns: 100 },
  );
});

test("withdrawals and modes are held to the initial margin", () => {
  const world = withParameters(sampleWorld());
  const account = world.open("cross");
  world.fund(account, usdc, usd(10_000));
  world.fill(account, perpetual, 1_000, 1_000_000);
  // 5,000 USD are needed; a unit of collateral counts 98 %.
  const most = Math.floor(usd(10_000) - usd(5_000) / 0.98);
  assert.equal(world.margin.checkWithdrawal(account, usdc, most - 1), undefined);
  assert.equal(world.margin.checkWithdrawal(account, usdc, most + 2)?.code, "insufficientMargin");
  assert.equal(world.margin.checkMode(account, "isolated"), undefined);
  assert.equal(world.margin.checkMode(account, "portfolio")?.code, "insufficientMargin");
  world.ledger.hold(account, usdc, usd(6_000));
  assert.equal(world.margin.figures(account).equityMicros, usd(4_000));
});

test("hedges count under portfolio margin, and less trusted prices need more", () => {
  const world = withParameters(sampleWorld());
  const account = world.open("portfolio");
  world.fund(account, usdc, usd(50_000));
  world.fill(account, perpetual, 1_000, 1_000_000);
  const naked = world.margin.figures(account);
  world.fill(account, 1, -1_000, 1_003_000);
  const hedged = world.margin.figures(account);
  assert.ok(
    hedged.initialMicros * 2 < naked.initialMicros,
    `${hedged.initialMicros} beside ${naked.initialMicros}`,
  );
  for (const mode of ["cross", "portfolio"] as const) {
    world.accounts.setMode(account, mode);
    const trusted = world.margin.figures(account);
    world.markets.advance(world.markets.nowMs + 20_000, world.sink);
    world.publish({ BTC: btcMark, ETH: 3_700_000_000, USDC: 1_000_000 }, 300_000);
    world.margin.advance(world.markets.nowMs);
    const doubted = world.margin.figures(account);
    assert.ok(doubted.initialMicros > trusted.initialMicros, mode);
    assert.equal(doubted.equityMicros, trusted.equityMicros);
    world.markets.advance(world.markets.nowMs + 20_000, world.sink);
    world.publish({ BTC: btcMark, ETH: 3_700_000_000, USDC: 1_000_000 });
    world.margin.advance(world.markets.nowMs);
  }
});

test("an epoch begins with documents, by age, and by a move of 20 basis points", () => {
  const world = sampleWorld();
  const { markets, margin, sink } = world;
  assert.equal(margin.advance(markets.nowMs), false);
  assert.equal(margin.setDocument("marginParameters", "{")?.code, "invalidSpec");
  assert.equal(margin.advance(markets.nowMs), false);
  assert.equal(margin.setDocument("marginParameters", parametersText), undefined);
  const step = (ms: number): boolean => {
    markets.advance(markets.nowMs + ms, sink);
    return margin.advance(markets.nowMs);
  };
  assert.equal(margin.advance(markets.nowMs), true);
  assert.equal(margin.advance(markets.nowMs), false);
  assert.equal(step(9_000), false);
  assert.equal(step(1_000), true);
  assert.equal(step(5_000), false);
  world.publish({ BTC: 100_190_000_000 });
  assert.equal(step(1_000), false);
  world.publish({ BTC: 100_200_000_000 });
  assert.equal(step(900), false);
  assert.equal(step(100), true);
});

/** Margin's own state as a snapshot holds it, read back into other stores of the same content. */
function restore(from: World, to: World): void {
  for (const [at, section] of to.margin.sections.entries()) {
    const original = from.margin.sections[at]!;
    assert.equal(section.name, original.name);
    for (let leaf = 0; leaf < original.leafCount; leaf++) {
      const out = new ByteWriter();
      original.encodeLeaf(leaf, out);
      if (out.length > 0) section.decodeLeaf(leaf, new ByteReader(out.copy()));
    }
    section.finishRestore(original.leafCount);
  }
}

test("a restored replica computes the same on the same epoch, whatever prices did since", () => {
  const happen = (world: World): number => {
    const account = world.open("portfolio");
    world.fund(account, usdc, usd(500_000));
    for (const [at, instrument] of [0, 1, 6, 8, 13, 22, 28, 40].entries()) {
      const ticks = Math.max(1, Math.round(world.markets.markMicros(instrument) / world.tickOf(instrument)));
      world.fill(account, instrument, (at % 2 === 0 ? 1 : -1) * 300, ticks);
    }
    return account;
  };
  const original = withParameters(sampleWorld());
  const replica = sampleWorld();
  const account = happen(original);
  happen(replica);
  for (const world of [original, replica]) {
    world.markets.advance(startMs + 3_500, world.sink);
    world.publish({ BTC: 100_100_000_000 });
  }
  restore(original, replica);
  assert.deepEqual(replica.margin.figures(account), original.margin.figures(account));
  for (const second of [4_200, 4_800, 5_100, 11_000]) {
    for (const world of [original, replica]) {
      world.markets.advance(startMs + second, world.sink);
      world.publish({ BTC: Math.round(btcMark * (1 + second / 1e6)) });
    }
    assert.equal(replica.margin.advance(startMs + second), original.margin.advance(startMs + second));
    assert.deepEqual(replica.margin.figures(account), original.margin.figures(account));
    assert.deepEqual(replica.margin.explain(account), original.margin.explain(account));
  }
});

/** The shipped parameters with all spot moves of the stress grid so much larger. */
function parametersWith(spotFactor: number): string {
  return parametersText.replace(
    /"spotRange": ([\d.]+)/g,
    (_, range) => `"spotRange": ${Number(range) * spotFactor}`,
  );
}

test("new parameters ramp: no requirement jumps, and after a day it is the new one", () => {
  const dayMs = 86_400_000;
  const worldOf = (text: string): { readonly world: World; readonly account: number } => {
    const world = sampleWorld();
    assert.equal(world.margin.setDocument("marginParameters", text), undefined);
    const account = world.open("portfolio");
    world.fund(account, usdc, usd(50_000));
    world.fill(account, perpetual, 2_000, 1_000_000);
    world.rest(account, 22, "buy", 36_000, 5_000);
    return { world, account };
  };
  const goTo = (world: World, ms: number): void => {
    world.markets.advance(startMs + ms, world.sink);
    world.publish({ BTC: btcMark, ETH: 3_700_000_000, USDC: 1_000_000 });
    world.margin.advance(startMs + ms);
  };
  const { world, account } = worldOf(parametersText);
  const { world: replica } = worldOf(parametersText);
  const { world: harsh } = worldOf(parametersWith(1.5));
  for (const one of [world, replica, harsh]) goTo(one, 1_000);
  const former = world.margin.figures(account);
  const wanted = harsh.margin.figures(account);
  assert.ok(wanted.maintenanceMicros > former.maintenanceMicros * 1.3);
  assert.equal(world.margin.setDocument("marginParameters", parametersWith(1.5)), undefined);
  assert.deepEqual(world.margin.figures(account), former);
  assert.equal(world.margin.setDocument("history", "")?.code, "overCapacity");
  let last = former;
  for (const share of [0.0001, 0.25, 0.5, 0.75, 0.9999]) {
    goTo(world, 1_000 + share * dayMs);
    const now = world.margin.figures(account);
    for (const figure of ["initialMicros", "maintenanceMicros"] as const) {
      const expected = former[figure] + share * (wanted[figure] - former[figure]);
      assert.ok(Math.abs(now[figure] - expected) <= 2, `${figure} at ${share}: ${now[figure]}, ${expected}`);
      assert.ok(now[figure] >= last[figure]);
    }
    const { components } = world.margin.explain(account);
    const sum = components.reduce((total, { maintenance }) => total + maintenance, 0);
    assert.ok(Math.abs(sum * 1e6 - now.maintenanceMicros) <= 2);
    last = now;
  }
  goTo(replica, 1_000 + 0.9999 * dayMs);
  restore(world, replica);
  assert.deepEqual(replica.margin.figures(account), last);
  for (const one of [world, replica]) {
    goTo(one, 11_000 + dayMs);
    assert.deepEqual(one.margin.figures(account), wanted);
  }
  assert.equal(world.margin.setDocument("history", ""), undefined);
});

test("what is listed within an epoch is margined as under cross margin, on prices of now", () => {
  const replica = withParameters(sampleWorld());
  const original = withParameters(sampleWorld());
  const account = original.open("portfolio");
  replica.open("portfolio");
  for (const world of [original, replica]) {
    world.fund(account, usdc, usd(100_000));
    const before = world.margin.figures(account);
    const late = listed(world.markets.listInstrument(futureSpec("BTC", nearMs + 1), world.sink));
    world.fill(account, late, 1_000, 1_000_000);
    world.markets.advance(startMs + 1_500, world.sink);
    // One replica looks before the price moves, the other does not: both see the same after.
    if (world === original) void world.margin.figures(account);
    world.publish({ BTC: 101_000_000_000 });
    const after = world.margin.figures(account);
    const [mark, index] = [world.markets.markMicros(late), 101_000];
    assert.equal(after.equityMicros - before.equityMicros, mark - 100_000_000_000);
    // 3 % of notional, and what a slip of the profit's currency may take.
    const more = after.maintenanceMicros - before.maintenanceMicros;
    assert.ok(
      more >= usd(index * 0.03) && more < usd(index * 0.03) + (mark - 100_000_000_000) * 0.1,
      `${more}`,
    );
  }
  assert.deepEqual(replica.margin.figures(account), original.margin.figures(account));
});

const extreme = fc.oneof(
  fc.constantFrom(0, 1, -1, 2 ** 40, -(2 ** 40), 2 ** 52, -(2 ** 52), 2 ** 53 - 1, 1 - 2 ** 53),
  fc.integer({ min: -(2 ** 45), max: 2 ** 45 }),
);

/** Markets in every bad state: no index, no surface, strikes at both ends, prices at both ends, an expiry that nobody settled. */
function hostileWorld(btcMicros: number, confidencePpm: number, hours: number): World {
  const world = new World();
  const { markets, sink } = world;
  markets.advance(startMs, sink);
  for (const symbol of ["BTC", "ETH", "GONE"]) {
    listed(markets.listUnderlying(underlyingSpec(symbol, { minimumPublishers: 1 }), sink));
  }
  world.listAsset("USDC", { feed: "USDC", haircutPpm: 20_000 });
  world.listAsset("BTC", { kind: "major", decimals: 8, underlying: "BTC", feed: "BTC", haircutPpm: 100_000 });
  world.listAsset("GONE", {
    kind: "other",
    decimals: 0,
    underlying: "GONE",
    feed: "GONE",
    haircutPpm: 1_000_000,
  });
  const big = { lotNanos: 1_000_000_000_000, tickMicros: 1_000 };
  for (const symbol of ["BTC", "ETH", "GONE"]) {
    listed(markets.listInstrument(perpetualSpec(symbol), sink));
    listed(markets.listInstrument(futureSpec(symbol, nearMs, big), sink));
    for (const strikeMicros of [1, 100_000_000_000_000]) {
      for (const type of ["call", "put"] as const) {
        const name = `${symbol}-${strikeMicros}-${type}`;
        for (const expiryMs of [nearMs, farMs]) {
          const spec = optionSpec(symbol, expiryMs, 1, type, { name: `${name}-${expiryMs}`, strikeMicros });
          listed(markets.listInstrument(spec, sink));
        }
      }
    }
  }
  const spot = perpetualSpec("BTC", { name: "BTC-USDC", kind: "spot", baseAsset: "BTC" });
  listed(markets.listInstrument({ ...spot, fundingIntervalMs: 0, fundingCapPpm: 0 }, sink));
  const inverse = { name: "BTC-INV", settlementAsset: "BTC", settlement: "inverse", lotNanos: 0 } as const;
  listed(markets.listInstrument(perpetualSpec("BTC", { ...inverse, lotUsdMicros: 1_000_000_000_000 }), sink));
  world.publish({ BTC: btcMicros, USDC: 1_000_000 }, confidencePpm);
  if (btcMicros > 1_000) world.publishSurface("BTC", 2, btcMicros);
  withParameters(world);
  markets.advance(startMs + hours * 3_600_000, sink);
  world.margin.advance(markets.nowMs);
  return world;
}

test("hostile states: figures are whole and ordered, nothing throws, and no account feels another", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 999, 100_000_000_000, 100_000_000_000_000),
      fc.constantFrom(0, 1, 1_000_000),
      fc.constantFrom(0, 1, 167, 200, 2_000),
      fc.tuple(extreme, extreme, extreme),
      fc.array(fc.tuple(fc.nat(31), extreme, fc.integer({ min: 1, max: 2 ** 31 - 1 })), { maxLength: 12 }),
      (btcMicros, confidencePpm, hours, balances, positions) => {
        const world = hostileWorld(btcMicros, confidencePpm, hours);
        const honest = world.open("portfolio");
        world.fund(honest, usdc, 1_000_000);
        const before = world.margin.figures(honest);
        const account = world.open("cross");
        for (const [asset, units] of balances.entries()) {
          world.fund(account, asset, Math.max(-(2 ** 53) + 2 ** 21, Math.min(2 ** 53 - 2 ** 21, units)));
        }
        for (const [at, lots, ticks] of positions) {
          const instrument = at % world.markets.instruments.count;
          const size = Math.max(-(2 ** 40), Math.min(2 ** 40, lots));
          const side: Side = size > 0 ? "buy" : "sell";
          if (size === 0) continue;
          const cost = Math.max(-(2 ** 50), Math.min(2 ** 50, size * ticks));
          if (world.positions.canFill(account, instrument, size, cost) && instrument !== 30) {
            world.positions.applyFill(account, instrument, size, cost);
          }
          const lotTicks = Math.min(2 ** 50, Math.abs(size) * ticks);
          if (world.positions.canAddOpen(account, instrument, side, Math.abs(size), lotTicks)) {
            world.positions.addOpen(account, instrument, side, Math.abs(size), lotTicks);
          }
        }
        for (const mode of modes) {
          world.accounts.setMode(account, mode);
          assertTotal(world.margin.figures(account));
          assert.equal(typeof world.margin.isBreached(account), "boolean");
          const { components, equity, initialMargin } = world.margin.explain(account);
          for (const { initial, maintenance } of components) {
            assert.ok(Number.isFinite(initial) && Number.isFinite(maintenance));
          }
          assert.ok(Number.isFinite(equity) && Number.isFinite(initialMargin));
          void world.margin.checkOrder(account, 0, "buy", 2 ** 40, 100_000_000_000_000, 2 ** 50);
          void world.margin.checkWithdrawal(account, usdc, 2 ** 53 - 1);
          void world.margin.checkMode(account, "portfolio");
          const fills = [{ instrument: 1, lots: -(2 ** 40), priceMicros: 1, feeUnits: -(2 ** 50) }];
          void world.margin.checkTrades(account, fills);
        }
        assert.deepEqual(world.margin.figures(honest), before);
      },
    ),
    { seed: 13, numRuns: 150 },
  );
});

test("a trade examined is a trade done: figures before it are those after", () => {
  const world = withParameters(sampleWorld());
  const instruments = [0, 1, 22, 40, 6];
  const fill = fc.record({
    at: fc.nat(instruments.length - 1),
    lots: fc.integer({ min: -500, max: 500 }).filter((lots) => lots !== 0),
    off: fc.integer({ min: -20, max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(fill, { maxLength: 6 }), fill, fc.constantFrom(...modes), (past, next, mode) => {
      const account = world.open(mode);
      const ticksOf = ({ at, off }: typeof next): number =>
        Math.round(world.markets.markMicros(instruments[at]!) / world.tickOf(instruments[at]!)) + off;
      for (const one of past) world.fill(account, instruments[one.at]!, one.lots, ticksOf(one));
      const instrument = instruments[next.at]!;
      const priceMicros = ticksOf(next) * world.tickOf(instrument);
      // No equity: the refusal tells the figures as they would be.
      world.fund(account, usdc, -usd(10_000_000));
      const fills = [{ instrument, lots: next.lots, priceMicros, feeUnits: 7 }];
      const refused = world.margin.checkTrades(account, fills);
      const realised = world.fill(account, instrument, next.lots, ticksOf(next));
      const settlement = world.markets.instruments.get("settlementAsset", instrument);
      const isOption = instrument === atTheMoneyCall;
      const paid = isOption ? next.lots * ticksOf(next) * 100 : 0 - realised;
      world.fund(account, settlement, 0 - paid - 7);
      if (!refused) return;
      const { equityMicros, initialMicros } = world.margin.figures(account);
      assert.deepEqual([refused.value, refused.limit], [equityMicros, initialMicros]);
    }),
    { seed: 37, numRuns: 200 },
  );
});
