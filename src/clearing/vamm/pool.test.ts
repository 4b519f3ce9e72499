import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { quoteTrade, type Side, spotPriceFloor, type VammState, type VammTerms } from "./curve.ts";
import { closingObligation, createVamm, reshape, worstLossCeil } from "./pool.ts";

const index = 60_000_000_000;
const lotNanos = 1_000_000;
const terms: VammTerms = {
  lotNanos,
  minPriceMicros: 30_000_000_000,
  maxPriceMicros: 120_000_000_000,
  maxDeviationPpm: Number.MAX_SAFE_INTEGER,
  worsenLimitPpm: Number.MAX_SAFE_INTEGER,
  feePpm: 0,
};

function pool(depth: number = 50): VammState {
  const state = createVamm(depth, index, lotNanos);
  assert.ok(state);
  return state;
}

function traded(state: VammState, side: Side, lots: number): { state: VammState; cash: number } {
  const quote = quoteTrade(state, terms, side, lots, index);
  assert.ok(typeof quote === "object");
  return { state: quote.after, cash: side === "buy" ? quote.amountUnits : -quote.amountUnits };
}

test("depth: as many lots as asked for move the price by 1 %", () => {
  const state = pool(1_000);
  assert.equal(spotPriceFloor(state, lotNanos), index);
  const after = spotPriceFloor(traded(state, "buy", 1_000).state, lotNanos);
  assert.ok(Math.abs(after / index - 1.01) < 1e-9, `${after}`);
});

test("reserves that cannot be counted are not made", () => {
  assert.equal(createVamm(1e13, index, lotNanos), undefined);
  assert.equal(createVamm(1e9, 1e15, 1e9), undefined);
  assert.equal(createVamm(1, 1, 1), undefined);
  assert.equal(createVamm(0, index, lotNanos), undefined);
  const quote = createVamm(1, 7_000_000_001, 1)?.quoteNanos;
  assert.equal(quote, 1_410_491_293_679n, "201.498756211 × 7.000000001, up");
});

test("a pool that nobody traded with owes nothing, and re-pegs for nothing", () => {
  assert.equal(closingObligation(pool()), 0);
  const made = reshape(pool(), terms, 70_000_000_000, 2_000_000, 0);
  assert.ok(typeof made === "object");
  assert.equal(made.costUnits, 0);
  assert.equal(spotPriceFloor(made.after, lotNanos), 70_000_000_000);
});

test("traders long: a higher peg costs what their closing value gains, a lower one brings it", () => {
  const { state, cash } = traded(pool(), "buy", 100);
  const before = closingObligation(state);
  assert.ok(before !== undefined && cash - before >= 0 && cash - before <= 1);
  const spot = spotPriceFloor(state, lotNanos);
  const up = reshape(state, terms, Math.floor(spot * 1.1), 1_000_000, Number.MAX_SAFE_INTEGER);
  assert.ok(typeof up === "object");
  // Value × 10 %: the curve keeps its shape.
  assert.ok(Math.abs(up.costUnits - before * 0.1) < 10, `${up.costUnits}`);
  assert.equal(reshape(state, terms, Math.floor(spot * 1.1), 1_000_000, up.costUnits - 1), "budget");
  assert.ok(typeof reshape(state, terms, Math.floor(spot * 1.1), 1_000_000, up.costUnits) === "object");
  const down = reshape(state, terms, Math.floor(spot * 0.9), 1_000_000, 0);
  assert.ok(typeof down === "object");
  assert.ok(Math.abs(down.costUnits + before * 0.1) < 10);
});

test("what a reshape refuses", () => {
  const state = traded(pool(), "sell", 100).state;
  assert.equal(reshape(state, terms, terms.maxPriceMicros + 1, 1_000_000, 1e12), "priceBounds");
  assert.equal(reshape(state, terms, terms.minPriceMicros - 1, 1_000_000, 1e12), "priceBounds");
  assert.equal(reshape(state, terms, index, 1, 1e12), "depth", "no room for the traders to close");
  const whole: VammState = { baseNanos: 400_000_000_000n, quoteNanos: 10n ** 22n, positionLots: 200 };
  assert.equal(reshape(whole, terms, index, 500_000, 1e15), "depth", "no base left when they close");
  assert.ok(typeof reshape(whole, terms, index, 500_010, Number.MAX_SAFE_INTEGER) === "object");
  assert.ok(typeof reshape(state, terms, terms.maxPriceMicros, 1_000_000, 1e13) === "object");
  assert.ok(typeof reshape(state, terms, terms.minPriceMicros, 1_000_000, 1e13) === "object");
  assert.equal(reshape(state, terms, index, 1e12, 1e12), "depth");
});

/** Trades that keep within the bounds, some from each side. */
const trades = fc.array(fc.tuple(fc.constantFrom<Side>("buy", "sell"), fc.integer({ min: 1, max: 3_000 })), {
  maxLength: 8,
});

function after(
  start: VammState,
  moves: readonly (readonly [Side, number])[],
): { state: VammState; cash: number } {
  let state = start;
  let cash = 0;
  for (const [side, lots] of moves) {
    const quote = quoteTrade(state, terms, side, lots, index);
    if (typeof quote === "string") continue;
    cash += side === "buy" ? quote.amountUnits : -quote.amountUnits;
    state = quote.after;
  }
  return { state, cash };
}

test("what a re-peg costs and what the pool would pay to close add up to the unit", () => {
  fc.assert(
    fc.property(
      trades,
      fc.integer({ min: 30_000_000_000, max: 120_000_000_000 }),
      fc.integer({ min: 300_000, max: 3_000_000 }),
      (moves, price, depth) => {
        const { state, cash } = after(pool(), moves);
        const made = reshape(state, terms, price, depth, Number.MAX_SAFE_INTEGER);
        if (typeof made === "string") return;
        const owed = closingObligation(state);
        const owedAfter = closingObligation(made.after);
        assert.ok(owed !== undefined && owedAfter !== undefined);
        // Cash and obligation: before = after − cost.
        assert.equal(cash - owed, cash + made.costUnits - owedAfter);
        // The real closing of everybody pays what was said.
        const { positionLots } = made.after;
        if (positionLots === 0) return;
        const close = quoteTrade(
          made.after,
          { ...terms, minPriceMicros: 1, maxPriceMicros: Number.MAX_SAFE_INTEGER },
          positionLots < 0 ? "sell" : "buy",
          Math.abs(positionLots),
          index,
        );
        assert.ok(typeof close === "object");
        assert.equal(positionLots < 0 ? close.amountUnits : -close.amountUnits, owedAfter);
      },
    ),
    { numRuns: 300, seed: 11 },
  );
});

test("worst loss, by hand: quote × (1 − √½)² at half the price, × (√2 − 1)² at twice", () => {
  const state = pool();
  const quote = Number(state.quoteNanos) / 1e9;
  const half = { ...terms, maxPriceMicros: index };
  const twice = { ...terms, minPriceMicros: index };
  const close = (got: number, want: number): void =>
    assert.ok(Math.abs(got - want) < 1e-9 * quote + 1, `${got}`);
  close(worstLossCeil(state, half, index), quote * (1 - Math.SQRT1_2) ** 2);
  close(worstLossCeil(state, twice, index), quote * (Math.SQRT2 - 1) ** 2);
  assert.equal(worstLossCeil(state, terms, index), worstLossCeil(state, twice, index));
  assert.equal(
    worstLossCeil({ ...state, positionLots: -1e12 }, { ...terms, maxPriceMicros: 2 ** 52 }, 1),
    Number.MAX_SAFE_INTEGER,
  );
});

test("the worst loss is rounded up", () => {
  // At four times the price a curve of 60,000.5 units of quote loses just that.
  const state: VammState = { baseNanos: 10n ** 12n, quoteNanos: 60_000_500_000_000n, positionLots: 0 };
  const bounds = { ...terms, lotNanos: 1_000, minPriceMicros: 60_000_500, maxPriceMicros: 240_002_000 };
  assert.equal(worstLossCeil(state, bounds, 60_000_500), 60_001);
});

test("no path of trades and index loses more than the worst loss, and one comes near it", () => {
  const worthOf = (state: VammState, cash: number, price: number): number =>
    cash + (state.positionLots * price * lotNanos) / 1e9;
  fc.assert(
    fc.property(
      trades,
      fc.integer({ min: 30_000_000_000, max: 120_000_000_000 }),
      trades,
      fc.integer({ min: 30_000_000_000, max: 120_000_000_000 }),
      (before, then, moves, last) => {
        const start = after(pool(), before);
        const loss = worstLossCeil(start.state, terms, then);
        const end = after(start.state, moves);
        const change = worthOf(end.state, end.cash, last) - worthOf(start.state, 0, then);
        assert.ok(change >= -loss - 1, `${change} < −${loss}`);
      },
    ),
    { numRuns: 500, seed: 12 },
  );
  // The index doubles and the curve follows it.
  const start = pool(1_000);
  const follow = Math.floor((Number(start.baseNanos) / 1e9) * (1 - Math.SQRT1_2));
  const { state, cash } = traded(start, "buy", follow);
  const lost = -worthOf(state, cash, 120_000_000_000);
  const loss = worstLossCeil(start, terms, index);
  assert.ok(lost <= loss && lost > loss * 0.999_999, `${lost} of ${loss}`);
});

test("trading moves worth and worst loss alike: what lies between them grows by roundings only", () => {
  fc.assert(
    fc.property(trades, trades, (before, moves) => {
      const between = (state: VammState, cash: number): number =>
        cash + (state.positionLots * index * lotNanos) / 1e9 - worstLossCeil(state, terms, index);
      const start = after(pool(), before);
      const end = after(start.state, moves);
      const gain = between(end.state, end.cash) - between(start.state, 0);
      assert.ok(gain >= -1 && gain <= moves.length + 1, `${gain}`);
    }),
    { numRuns: 300, seed: 13 },
  );
});
