import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { phemexLiquidation } from "../../risk/venues/isolated-formulas/liquidation-price.ts";
import { rational, toNumber } from "../../risk/venues/shared/rational.ts";
import { fractionPpm } from "./fraction.ts";
import {
  inverseLiquidationPrice,
  type InversePosition,
  liquidationPrice,
  type PricedPosition,
} from "./liquidation-price.ts";

test("a long of 1 at 50000 with 10 % and a requirement of 2 % goes at 45918.37, a short at 53921.57", () => {
  const long = {
    size: 1n,
    scale: 100n,
    entryValue: 50_000n,
    collateral: 5_000n,
    requirement: fractionPpm(20_000),
  };
  assert.equal(liquidationPrice(long), 4_591_837n);
  assert.equal(liquidationPrice({ ...long, size: -1n, entryValue: -50_000n }), 5_392_156n);
  assert.equal(liquidationPrice({ ...long, collateral: 50_000n }), undefined);
  assert.equal(liquidationPrice({ ...long, requirement: fractionPpm(1_000_000) }), undefined);
});

const anyLinear: fc.Arbitrary<PricedPosition> = fc
  .record({
    size: fc.bigInt({ min: 1n, max: 10n ** 6n }),
    entry: fc.bigInt({ min: 1n, max: 10n ** 6n }),
    collateral: fc.bigInt({ min: -(10n ** 9n), max: 10n ** 12n }),
    requirement: fc.integer({ min: 0, max: 500_000 }).map(fractionPpm),
    short: fc.boolean(),
  })
  .map(({ size, entry, collateral, requirement, short }) => ({
    size: short ? -size : size,
    scale: 1_000n,
    entryValue: (short ? -size : size) * entry,
    collateral,
    requirement,
  }));

test("healthy at the price, and no longer one price unit beyond", () => {
  fc.assert(
    fc.property(anyLinear, (position) => {
      const { size, scale, entryValue, collateral, requirement } = position;
      const magnitude = size < 0n ? -size : size;
      const healthy = (price: bigint): boolean =>
        (collateral * scale + size * price - entryValue * scale) * requirement.denominator >=
        requirement.numerator * magnitude * price;
      const price = liquidationPrice(position);
      if (price === undefined) return assert.equal(healthy(0n), size > 0n);
      assert.ok(price >= 0n && healthy(price));
      assert.ok(!healthy(size > 0n ? price - 1n : price + 1n));
    }),
    { seed: 1, numRuns: 3_000 },
  );
});

test("Phemex's is the same with the closing fee in the requirement", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 1_000n }),
      fc.bigInt({ min: 100n, max: 10_000n }),
      fc.bigInt({ min: 2n, max: 50n }),
      fc.boolean(),
      (size, entry, leverage, short) => {
        const scale = 10n ** 30n;
        const { positionMargin, liquidationPrice: theirs } = phemexLiquidation({
          side: short ? "short" : "long",
          size: rational(size),
          entry: rational(entry),
          leverage: rational(leverage),
          maintenanceRate: rational("0.01"),
          takerFee: rational("0.0006"),
          maintenanceAmount: rational(0),
        });
        const ours = liquidationPrice({
          size: short ? -size : size,
          scale: 1n,
          entryValue: (short ? -size : size) * entry * scale,
          collateral: (positionMargin.numerator * scale) / positionMargin.denominator,
          requirement: fractionPpm(10_600),
        });
        assert.ok(ours !== undefined);
        assert.ok(Math.abs(Number(ours) / 1e30 / toNumber(theirs) - 1) < 1e-14);
      },
    ),
    { seed: 2, numRuns: 200 },
  );
});

test("Hyperliquid's is the same, from the margin above maintenance at any price", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 10n ** 6n }),
      fc.bigInt({ min: 1n, max: 10n ** 6n }),
      fc.bigInt({ min: 2n, max: 100n }),
      fc.bigInt({ min: 0n, max: 10n ** 9n }),
      fc.boolean(),
      (magnitude, price, maintenanceLeverage, equity, short) => {
        const side = short ? -1n : 1n;
        const scale = 10n ** 12n;
        const ours = liquidationPrice({
          size: side * magnitude,
          scale,
          // Marked to `price`, so that all profit is in the collateral.
          entryValue: side * magnitude * price,
          collateral: equity,
          requirement: { numerator: 1n, denominator: maintenanceLeverage },
        });
        const [p, q, e] = [Number(price), Number(magnitude), Number(equity)];
        const l = 1 / Number(maintenanceLeverage);
        const available = e - q * p * l;
        const theirs = p - (Number(side) * available) / q / (1 - l * Number(side));
        if (theirs <= 1e-6) return assert.ok(ours === undefined || Number(ours) < 1e7);
        assert.ok(ours !== undefined);
        assert.ok(Math.abs(Number(ours) / 1e12 - theirs) < 1e-9 * (p + theirs));
      },
    ),
    { seed: 4, numRuns: 500 },
  );
});

const anyInverse: fc.Arbitrary<InversePosition> = fc
  .record({
    quoteValue: fc.bigInt({ min: 1n, max: 10n ** 9n }),
    entryCoins: fc.bigInt({ min: 1n, max: 10n ** 9n }),
    collateral: fc.bigInt({ min: -(10n ** 8n), max: 10n ** 9n }),
    requirement: fc.integer({ min: 0, max: 500_000 }).map(fractionPpm),
    short: fc.boolean(),
  })
  .map(({ quoteValue, entryCoins, collateral, requirement, short }) => ({
    quoteValue: short ? -quoteValue : quoteValue,
    entryCoins: short ? -entryCoins : entryCoins,
    collateral,
    requirement,
    scale: 1_000_000n,
  }));

test("an inverse position likewise, in coins", () => {
  fc.assert(
    fc.property(anyInverse, (position) => {
      const { quoteValue, entryCoins, collateral, requirement, scale } = position;
      const magnitude = quoteValue < 0n ? -quoteValue : quoteValue;
      // (collateral + entryCoins) × price − quoteValue ≥ requirement × |quoteValue|, times the price.
      const healthy = (price: bigint): boolean =>
        ((collateral + entryCoins) * price - quoteValue * scale) * requirement.denominator >=
        requirement.numerator * magnitude * scale;
      const price = inverseLiquidationPrice(position);
      if (price === undefined) return assert.equal(healthy(10n ** 40n), quoteValue < 0n);
      assert.ok(healthy(price));
      assert.ok(!healthy(quoteValue > 0n ? price - 1n : price + 1n));
    }),
    { seed: 3, numRuns: 3_000 },
  );
});
