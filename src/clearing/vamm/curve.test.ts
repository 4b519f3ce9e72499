import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { squareRootCeil, squareRootFloor } from "../../quantity/square-root.ts";
import { counterReserveCeil } from "./constant-product.ts";
import {
  lotsToPrice,
  maxPoolLots,
  quoteTrade,
  type Side,
  spotPriceFloor,
  type VammQuote,
  type VammState,
  type VammTerms,
} from "./curve.ts";

/** 1,000 lots of 0.001 and 60,000 USD of quote: 60,000 USD per unit. */
const even: VammState = {
  baseNanos: 1_000_000_000_000n,
  quoteNanos: 60_000_000_000_000_000_000n,
  positionLots: 0,
};
const index = 60_000_000_000;
const wide: VammTerms = {
  lotNanos: 1_000_000,
  minPriceMicros: 1,
  maxPriceMicros: Number.MAX_SAFE_INTEGER,
  maxDeviationPpm: 1_000_000_000,
  worsenLimitPpm: 1_000_000_000,
  feePpm: 500,
};

function traded(state: VammState, side: Side, lots: number, terms: VammTerms = wide): VammQuote {
  const quote = quoteTrade(state, terms, side, lots, index);
  assert.ok(typeof quote === "object");
  return quote;
}

test("a price in micros comes off the reserves", () => {
  assert.equal(spotPriceFloor(even, wide.lotNanos), index);
});

test("a buy of one lot in a thousand costs 1/999 of the quote, up, and its fee", () => {
  const { amountUnits, feeUnits, after } = traded(even, "buy", 1);
  // 60,000 / 999 = 60.060060060…
  assert.equal(amountUnits, 60_060_061);
  assert.equal(feeUnits, 30_031);
  assert.deepEqual(after, {
    baseNanos: 999_000_000_000n,
    quoteNanos: 60_060_060_060_060_060_061n,
    positionLots: -1,
  });
});

test("a sale of one lot brings 1/1001 of the quote, down", () => {
  const { amountUnits, after } = traded(even, "sell", 1);
  assert.equal(amountUnits, 59_940_059);
  assert.equal(after.positionLots, 1);
});

test("what a curve refuses", () => {
  const refusal = (side: Side, lots: number, terms: Partial<VammTerms>, state = even): unknown => {
    const quote = quoteTrade(state, { ...wide, ...terms }, side, lots, index);
    return typeof quote === "string" ? quote : "traded";
  };
  for (const lots of [0, -1, 0.5, Number.NaN, maxPoolLots + 1])
    assert.equal(refusal("buy", lots, {}), "size");
  assert.equal(refusal("buy", 1_000, {}), "priceBounds", "all of the base");
  assert.equal(refusal("sell", maxPoolLots, {}), "priceBounds", "more base than a pool holds");
  // 10 lots move the price up by 2.03 %, and down by 1.97 %.
  assert.equal(refusal("buy", 10, { maxPriceMicros: 61_210_000_000 }), "priceBounds");
  assert.equal(refusal("buy", 10, { maxPriceMicros: 61_220_000_000 }), "traded");
  assert.equal(refusal("sell", 10, { minPriceMicros: 58_820_000_000 }), "priceBounds");
  assert.equal(refusal("sell", 10, { minPriceMicros: 58_810_000_000 }), "traded");
  assert.equal(refusal("buy", 10, { maxDeviationPpm: 20_000 }), "deviation");
  assert.equal(refusal("sell", 10, { maxDeviationPpm: 20_000 }), "traded");
});

test("away from the index only what leads back is traded, and only if it arrives", () => {
  const above = traded(even, "buy", 20).after; // 4.12 % above
  const terms = { ...wide, maxDeviationPpm: 30_000, worsenLimitPpm: 10_000 };
  assert.equal(quoteTrade(above, terms, "buy", 1, index), "deviation");
  assert.equal(quoteTrade(above, terms, "sell", 1, index), "deviation", "still too far away");
  assert.ok(typeof quoteTrade(above, terms, "sell", 10, index) === "object", "2.03 % away");
  const nearer = traded(above, "sell", 10).after;
  assert.equal(quoteTrade(nearer, terms, "buy", 1, index), "worsening");
  assert.ok(typeof quoteTrade(nearer, terms, "sell", 1, index) === "object");
  assert.equal(quoteTrade(nearer, terms, "sell", 22, index), "worsening", "as far away on the other side");
});

const anyState = fc
  .record({
    baseNanos: fc.bigInt({ min: 2_000_000_000n, max: 10n ** 17n }),
    unitNanos: fc.bigInt({ min: 1n, max: 10n ** 15n }),
  })
  .map(({ baseNanos, unitNanos }): VammState => {
    const quoteNanos = (baseNanos * unitNanos) / 1_000_000_000n + 1n;
    const most = BigInt(Number.MAX_SAFE_INTEGER) * 100_000_000n;
    return { baseNanos, quoteNanos: quoteNanos > most ? most : quoteNanos, positionLots: 0 };
  });
const sides = fc.constantFrom<Side>("buy", "sell");
/** A part of the base reserve, so that sizes suit every state. */
const lotsOf = (state: VammState, part: number): number =>
  Math.max(1, Math.floor((Number(state.baseNanos) / 1e9) * part));
const parts = fc.double({ min: 1e-9, max: 0.6, noNaN: true });

test("trading never lowers the product of the reserves", () => {
  fc.assert(
    fc.property(anyState, sides, parts, (state, side, part) => {
      const quote = quoteTrade(state, wide, side, lotsOf(state, part), index);
      if (typeof quote === "string") return;
      const { after } = quote;
      assert.ok(after.baseNanos * after.quoteNanos >= state.baseNanos * state.quoteNanos);
    }),
    { numRuns: 300, seed: 1 },
  );
});

test("a sequence of trades that ends where it began never pays", () => {
  fc.assert(
    fc.property(anyState, fc.array(fc.tuple(sides, parts), { maxLength: 8 }), (start, moves) => {
      let state = start;
      let cash = 0n;
      let held = 0;
      const trade = (side: Side, lots: number): boolean => {
        const quote = quoteTrade(state, { ...wide, feePpm: 0 }, side, lots, index);
        if (typeof quote === "string") return false;
        cash += BigInt(side === "buy" ? -quote.amountUnits : quote.amountUnits);
        held += side === "buy" ? lots : -lots;
        state = quote.after;
        return true;
      };
      for (const [side, part] of moves) trade(side, lotsOf(state, part));
      if (held !== 0 && !trade(held > 0 ? "sell" : "buy", Math.abs(held))) return;
      assert.equal(state.positionLots, 0);
      assert.ok(cash <= 0n, `${cash}`);
    }),
    { numRuns: 300, seed: 2 },
  );
});

test("an order split in two never does better than whole, nor worse by more than its roundings", () => {
  fc.assert(
    fc.property(anyState, sides, parts, parts, (state, side, first, second) => {
      const a = lotsOf(state, first / 2);
      const b = lotsOf(state, second / 2);
      const one = quoteTrade(state, wide, side, a + b, index);
      const part = quoteTrade(state, wide, side, a, index);
      const rest = typeof part === "object" ? quoteTrade(part.after, wide, side, b, index) : part;
      if (typeof one === "string" || typeof part === "string" || typeof rest === "string") return;
      const gain = (part.amountUnits + rest.amountUnits - one.amountUnits) * (side === "sell" ? 1 : -1);
      assert.ok(gain <= 0, "no gain");
      // Two roundings of money; the reserve's is at most a base-to-base ratio of 1e-9 units.
      const ratio = Number(state.baseNanos) / Number(one.after.baseNanos);
      assert.ok(gain >= -2 - ratio * 1e-9, `${gain}`);
    }),
    { numRuns: 500, seed: 3 },
  );
});

test("lots to a price: as many as stay within it, and no more", () => {
  fc.assert(
    fc.property(anyState, sides, fc.integer({ min: 1, max: 400_000 }), (state, side, ppm) => {
      const spot = spotPriceFloor(state, wide.lotNanos);
      const limit = Math.floor(spot * (1 + (side === "buy" ? ppm : -ppm) / 1e6));
      if (limit < 1) return;
      const bounds = side === "buy" ? { maxPriceMicros: limit } : { minPriceMicros: limit };
      const lots = lotsToPrice(state, wide.lotNanos, side, limit);
      const trade = (count: number): unknown => {
        const quote = quoteTrade(state, { ...wide, ...bounds }, side, count, index);
        return typeof quote === "string" ? quote : "traded";
      };
      if (lots > 0) assert.notEqual(trade(lots), "priceBounds");
      if (lots < maxPoolLots) assert.notEqual(trade(lots + 1), "traded");
    }),
    { numRuns: 500, seed: 4 },
  );
  assert.equal(lotsToPrice(even, wide.lotNanos, "buy", index - 1), 0);
  assert.equal(lotsToPrice(even, wide.lotNanos, "sell", index + 1), 0);
});

test("a limit met to the last digit is within it", () => {
  // Half of the base gone: four times the price; as much again: a quarter.
  const quadruple = 240_000_000_000;
  const quarter = 15_000_000_000;
  assert.equal(lotsToPrice(even, wide.lotNanos, "buy", quadruple), 500);
  assert.equal(lotsToPrice(even, wide.lotNanos, "buy", quadruple - 1), 499);
  assert.equal(lotsToPrice(even, wide.lotNanos, "sell", quarter), 1_000);
  assert.equal(lotsToPrice(even, wide.lotNanos, "sell", quarter + 1), 999);
  const bounds = { minPriceMicros: quarter, maxPriceMicros: quadruple };
  const trade = (side: Side, lots: number, terms: Partial<VammTerms>): unknown => {
    const quote = quoteTrade(even, { ...wide, ...terms }, side, lots, index);
    return typeof quote === "string" ? quote : "traded";
  };
  assert.equal(trade("buy", 500, bounds), "traded");
  assert.equal(trade("sell", 1_000, bounds), "traded");
  assert.equal(trade("buy", 500, { maxDeviationPpm: 3_000_000 }), "traded");
  assert.equal(trade("buy", 500, { maxDeviationPpm: 2_999_999 }), "deviation");
  assert.equal(trade("sell", 1_000, { maxDeviationPpm: 750_000 }), "traded");
  assert.equal(trade("sell", 1_000, { maxDeviationPpm: 749_999 }), "deviation");
});

test("the price is rounded down; a base of all that a pool holds is still one", () => {
  assert.equal(spotPriceFloor({ baseNanos: 3n, quoteNanos: 2n, positionLots: 0 }, 1_000_000_000), 0);
  assert.equal(spotPriceFloor({ baseNanos: 3n, quoteNanos: 8n, positionLots: 0 }, 1_000_000_000), 2);
  const most = BigInt(maxPoolLots) * 1_000_000_000n;
  const state = { ...even, baseNanos: most - 2_000_000_000n };
  assert.ok(typeof quoteTrade(state, wide, "sell", 2, index) === "object");
  assert.equal(quoteTrade(state, wide, "sell", 3, index), "priceBounds");
});

test("square roots are floors and ceilings", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 60n }), (value) => {
      const root = squareRootFloor(value);
      assert.ok(root * root <= value && (root + 1n) * (root + 1n) > value);
      assert.equal(squareRootCeil(value), root * root === value ? root : root + 1n);
      assert.equal(squareRootCeil(root * root), root);
    }),
    { numRuns: 300, seed: 5 },
  );
  assert.equal(counterReserveCeil(10n, 3n), 4n);
  assert.equal(counterReserveCeil(9n, 3n), 3n);
});
