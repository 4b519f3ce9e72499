import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Accounts } from "../accounts/index.ts";
import { ByteReader, ByteWriter } from "../state/bytes.ts";
import { shareCeil } from "./cost.ts";
import { maxPositionsPerAccount, Positions } from "./positions.ts";

function storeOf(accountCount: number): { accounts: Accounts; positions: Positions } {
  const accounts = new Accounts();
  for (let i = 0; i < accountCount; i++) accounts.open(`0x${i}`, "cross");
  return { accounts, positions: new Positions(accounts) };
}

function leavesOf(positions: Positions): Uint8Array[] {
  const out = new ByteWriter();
  return Array.from({ length: positions.leafCount }, (_, leaf) => {
    out.clear();
    positions.encodeLeaf(leaf, out);
    return out.copy();
  });
}

describe("shareCeil", () => {
  test("is the exact ceiling, in doubles and beyond", () => {
    const value = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
    const whole = fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 2 ** 40 }));
    fc.assert(
      fc.property(fc.oneof(value, fc.integer()), whole, fc.nat(), (v, w, p) => {
        const part = p % (w + 1);
        const exact =
          -(
            -BigInt(v) * BigInt(part) -
            ((((-BigInt(v) * BigInt(part)) % BigInt(w)) + BigInt(w)) % BigInt(w))
          ) / BigInt(w);
        const share = shareCeil(v, part, w);
        assert.equal(BigInt(share), exact);
        assert.ok(!Object.is(share, -0));
      }),
      { numRuns: 3000, seed: 11 },
    );
  });
});

/** Quote units of a fill of signed lots, rounded up against the one who fills. */
const linearCost = (lots: number, ticks: number): number => lots * ticks * 10 + 0;
const inverseCost = (lots: number, ticks: number): number => {
  const value = (Math.abs(lots) * 1e11) / ticks;
  return (lots > 0 ? -Math.floor(value) : Math.ceil(value)) + 0;
};

interface Trade {
  readonly buyer: number;
  readonly seller: number;
  readonly instrument: number;
  readonly lots: number;
  readonly ticks: number;
}

const accountCount = 5;
const trade: fc.Arbitrary<Trade> = fc
  .record({
    buyer: fc.nat(accountCount - 1),
    step: fc.integer({ min: 1, max: accountCount - 1 }),
    instrument: fc.nat(5),
    lots: fc.integer({ min: 1, max: 40 }),
    ticks: fc.integer({ min: 900, max: 1100 }),
  })
  .map(({ step, ...rest }) => ({ ...rest, seller: (rest.buyer + step) % accountCount }));

describe("fills", () => {
  for (const [kind, cost] of [
    ["linear", linearCost],
    ["inverse", inverseCost],
  ] as const) {
    test(`${kind}: clearing account + Σ entries is the dust of the trades, to the unit`, () => {
      fc.assert(
        fc.property(fc.array(trade, { maxLength: 120, size: "max" }), (trades) => {
          const { positions } = storeOf(accountCount);
          const clearing = new Map<number, number>();
          const dust = new Map<number, number>();
          const lots = new Map<string, number>();
          for (const { buyer, seller, instrument, lots: size, ticks } of trades) {
            for (const [account, signed] of [
              [buyer, size],
              [seller, -size],
            ] as const) {
              const units = cost(signed, ticks);
              const before = lots.get(`${account}/${instrument}`) ?? 0;
              const fill = positions.applyFill(account, instrument, signed, units);
              assert.ok(!Object.is(fill.realisedUnits, -0));
              assert.equal(fill.closedLots + fill.openedLots, size);
              assert.equal(fill.closedLots, before * signed < 0 ? Math.min(size, Math.abs(before)) : 0);
              clearing.set(instrument, (clearing.get(instrument) ?? 0) - fill.realisedUnits);
              dust.set(instrument, (dust.get(instrument) ?? 0) + units);
              lots.set(`${account}/${instrument}`, before + signed);
            }
          }
          for (const [instrument, balance] of clearing) {
            let entries = 0;
            let long = 0;
            const holders: number[] = [];
            for (let account = 0; account < accountCount; account++) {
              const slot = positions.find(account, instrument);
              const expected = lots.get(`${account}/${instrument}`) ?? 0;
              assert.equal(positions.lotsOf(account, instrument), expected);
              if (slot < 0) continue;
              holders.push(account);
              entries += positions.entryUnits[slot]!;
              long += Math.max(0, expected);
            }
            const left = balance + entries;
            assert.equal(left, dust.get(instrument));
            if (kind === "linear") assert.equal(left, 0);
            else assert.ok(left >= 0);
            assert.equal(positions.openInterest(instrument), long);
            assert.deepEqual([...positions.holders(instrument)], holders);
          }
        }),
        { numRuns: 150, seed: 12 },
      );
    });
  }

  test("a position that is opened and closed realises its profit, and leaves nothing", () => {
    const { positions } = storeOf(1);
    assert.deepEqual(
      { ...positions.applyFill(0, 3, 3, 100) },
      { realisedUnits: 0, closedLots: 0, openedLots: 3 },
    );
    // A third of 100, freed as 34; sold for 40.
    assert.deepEqual(
      { ...positions.applyFill(0, 3, -1, -40) },
      { realisedUnits: 6, closedLots: 1, openedLots: 0 },
    );
    // Through zero: two close at 80 of 120, one opens at 40.
    assert.deepEqual(
      { ...positions.applyFill(0, 3, -3, -120) },
      { realisedUnits: 14, closedLots: 2, openedLots: 1 },
    );
    const slot = positions.find(0, 3);
    assert.deepEqual([positions.lots[slot], positions.entryUnits[slot]], [-1, -40]);
    assert.equal(positions.applyFill(0, 3, 1, 40).realisedUnits, 0);
    assert.equal(positions.count(0), 0);
    assert.equal(positions.holderCount(3), 0);
  });
});

describe("slots", () => {
  const fundingOf = (instrument: number): bigint => -(10n ** 20n) * BigInt(instrument);
  type Step = {
    readonly account: number;
    readonly instrument: number;
    readonly side: "buy" | "sell";
    readonly lots: number;
  };
  const step: fc.Arbitrary<Step> = fc.record({
    account: fc.nat(3),
    instrument: fc.nat(60),
    side: fc.constantFrom("buy", "sell"),
    lots: fc.integer({ min: 1, max: 9 }),
  });

  test("stay in order of instrument, are kept apart, and come back from their leaves", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 300, size: "max" }), (steps) => {
        const { positions, accounts } = storeOf(4);
        const open: Step[] = [];
        const held = new Map<string, number>();
        for (const [next, isOrder] of steps) {
          const { account, instrument, side, lots } = next;
          if (isOrder) {
            positions.addOpen(account, instrument, side, lots, lots * 7);
            open.push(next);
          } else {
            const signed = side === "buy" ? lots : -lots;
            positions.applyFill(account, instrument, signed, signed * 5);
            const index = fundingOf(instrument);
            if (positions.find(account, instrument) >= 0)
              positions.setFundingIndex(account, instrument, index);
            const key = `${account}/${instrument}`;
            held.set(key, (held.get(key) ?? 0) + signed);
          }
          const done = open.length > 6 ? open.shift() : undefined;
          if (done) positions.removeOpen(done.account, done.instrument, done.side, done.lots, done.lots * 7);
        }
        for (let account = 0; account < 4; account++) {
          const first = positions.first(account);
          const seen: number[] = [];
          for (let slot = first; slot < first + positions.count(account); slot++) {
            const instrument = positions.instruments[slot]!;
            seen.push(instrument);
            const orders = open.filter((o) => o.account === account && o.instrument === instrument);
            const sum = (side: string): number =>
              orders.filter((o) => o.side === side).reduce((total, o) => total + o.lots, 0);
            assert.equal(positions.openBuyLots[slot], sum("buy"));
            assert.equal(positions.openSellTicks[slot], sum("sell") * 7);
            if (positions.lots[slot] !== 0) assert.equal(positions.fundingIndex[slot], fundingOf(instrument));
            assert.equal(positions.lots[slot], held.get(`${account}/${instrument}`) ?? 0);
          }
          const expected = new Set([
            ...open.filter((o) => o.account === account).map((o) => o.instrument),
            ...[...held]
              .filter(([key, lots]) => key.startsWith(`${account}/`) && lots !== 0)
              .map(([key]) => Number(key.split("/")[1])),
          ]);
          assert.deepEqual(
            seen,
            [...expected].sort((a, b) => a - b),
          );
        }
        const restored = new Positions(accounts);
        const leaves = leavesOf(positions);
        for (const [leaf, bytes] of leaves.entries())
          if (bytes.length > 0) restored.decodeLeaf(leaf, new ByteReader(bytes));
        restored.finishRestore(leaves.length);
        assert.deepEqual(leavesOf(restored), leaves);
        for (let i = 0; i <= 60; i++) {
          assert.equal(restored.openInterest(i), positions.openInterest(i));
          assert.deepEqual(restored.holders(i), positions.holders(i));
        }
      }),
      { numRuns: 60, seed: 13 },
    );
  });

  test("are bounded for each account", () => {
    const { positions } = storeOf(2);
    for (let i = maxPositionsPerAccount - 1; i >= 0; i--) positions.applyFill(1, i * 3, 1, 1);
    assert.equal(positions.hasRoom(1, 1), false);
    assert.equal(positions.hasRoom(1, 3), true);
    assert.equal(positions.hasRoom(0, 1), true);
    assert.throws(() => positions.applyFill(1, 1, 1, 1), /bounded/);
  });
});
