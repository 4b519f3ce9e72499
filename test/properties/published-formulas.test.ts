import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  openInterestScaledFraction,
  sizeDiscountAssetWeight,
  sizePremiumLiabilityWeight,
} from "../../src/risk/venues/isolated-formulas/fraction-rules.ts";
import { phemexLiquidation } from "../../src/risk/venues/isolated-formulas/liquidation-price.ts";
import { closeAgainstReserves } from "../../src/risk/venues/isolated-formulas/margin-ratio.ts";
import * as r from "../../src/risk/venues/shared/rational.ts";
import { marginalCharge, type Tier } from "../../src/risk/venues/shared/tiers.ts";

const decimal = (min: number, max: number): fc.Arbitrary<r.Rational> =>
  fc
    .integer({ min: Math.round(min * 1e4), max: Math.round(max * 1e4) })
    .map((n) => r.divide(r.rational(n), r.rational(10_000)));

test("Phemex: at its liquidation price what is left equals maintenance and closing fee, exactly", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("long" as const, "short" as const),
      decimal(0.01, 1e5),
      decimal(0.001, 1e3),
      decimal(1, 100),
      decimal(0, 0.1),
      decimal(0, 0.001),
      decimal(0, 1),
      (side, entry, size, leverage, maintenanceRate, takerFee, maintenanceAmount) => {
        const position = { side, entry, size, leverage, maintenanceRate, takerFee, maintenanceAmount };
        const { positionMargin, liquidationPrice } = phemexLiquidation(position);
        if (liquidationPrice.numerator === 0n) return;
        const gain = r.multiply(size, r.subtract(liquidationPrice, entry));
        const left = side === "long" ? r.add(positionMargin, gain) : r.subtract(positionMargin, gain);
        const notional = r.multiply(size, liquidationPrice);
        const needed = r.subtract(r.multiply(notional, r.add(maintenanceRate, takerFee)), maintenanceAmount);
        assert.equal(r.compare(left, needed), 0);
      },
    ),
  );
});

test("Perpetual v1: closing a position that was just opened against the reserves gives back what it cost, exactly", () => {
  fc.assert(
    fc.property(
      decimal(1, 1e4),
      decimal(1, 1e4),
      decimal(0.0001, 0.9),
      fc.boolean(),
      (quote, base, share, long) => {
        const product = r.multiply(quote, base);
        const size = r.multiply(base, long ? share : r.negate(share));
        const after = { base: r.subtract(base, size), quote: r.divide(product, r.subtract(base, size)) };
        const openNotional = r.magnitude(r.subtract(after.quote, quote));
        const { pnl, notional } = closeAgainstReserves(size, openNotional, after);
        assert.equal(pnl.numerator, 0n);
        assert.equal(r.compare(notional, openNotional), 0);
      },
    ),
  );
});

test("Drift: a larger size never has a lower liability weight nor a higher asset weight", () => {
  fc.assert(
    fc.property(decimal(0.1, 2), decimal(0, 0.1), decimal(0, 1e5), decimal(0, 1e5), (weight, imf, a, b) => {
      const [small, large] = [r.minimum(a, b), r.maximum(a, b)];
      assert.ok(
        r.compare(
          sizePremiumLiabilityWeight(weight, imf, small),
          sizePremiumLiabilityWeight(weight, imf, large),
        ) <= 0,
      );
      assert.ok(
        r.compare(sizeDiscountAssetWeight(weight, imf, small), sizeDiscountAssetWeight(weight, imf, large)) >=
          0,
      );
    }),
  );
});

test("dYdX: the initial margin fraction rises with open interest, from its base to 1", () => {
  fc.assert(
    fc.property(
      decimal(0.01, 1),
      decimal(0, 100),
      decimal(0, 100),
      decimal(0, 300),
      decimal(0, 300),
      (base, low, width, a, b) => {
        const rule = { base, lowerCap: low, upperCap: r.add(r.add(low, width), r.rational("0.0001")) };
        const at = (openInterest: r.Rational) => openInterestScaledFraction({ ...rule, openInterest });
        assert.ok(r.compare(at(r.minimum(a, b)), at(r.maximum(a, b))) <= 0);
        assert.equal(r.compare(at(r.zero), base), 0);
        assert.equal(r.compare(at(r.rational(1_000_000)), r.one), 0);
      },
    ),
  );
});

test("marginal tiers: continuous, additive over a split of the size, and the last rate never ends", () => {
  const tiers: readonly Tier[] = [
    [10, 0.01],
    [20, 0.02],
    [40, 0.05],
  ];
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (size) => {
      const charge = marginalCharge(tiers, size);
      assert.ok(charge >= 0.01 * size - 1e-9);
      assert.ok(charge <= 0.05 * size + 1e-9);
      if (size > 20) assert.ok(Math.abs(charge - (0.3 + 0.05 * (size - 20))) < 1e-9 * Math.max(1, size));
    }),
  );
  assert.equal(marginalCharge([], 5), 0);
});
