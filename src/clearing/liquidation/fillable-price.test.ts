import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bankruptcyProgress, fillablePrice } from "./fillable-price.ts";
import { fractionPpm, whole } from "./fraction.ts";

const position = { size: 10n, notional: 500_000n, positionRequirement: 50_000n, requirement: 50_000n };
const terms = { adjustment: whole, spread: fractionPpm(100_000) };

test("at the mark while just unhealthy, a tenth of the requirement below it at an equity of 0", () => {
  assert.equal(fillablePrice({ ...position, equity: 50_000n }, terms, 1n), 50_000n);
  assert.equal(fillablePrice({ ...position, equity: 49_900n }, terms, 1n), 49_999n);
  assert.equal(fillablePrice({ ...position, equity: 0n }, terms, 1n), 49_500n);
  assert.equal(fillablePrice({ ...position, equity: -90_000n }, terms, 1n), 49_500n);
  const short = { ...position, size: -10n, notional: -500_000n };
  assert.equal(fillablePrice({ ...short, equity: 0n }, terms, 1n), 50_500n);
  assert.equal(
    fillablePrice({ ...short, equity: 0n }, { ...terms, adjustment: fractionPpm(500_000) }, 1n),
    50_250n,
  );
});

test("without a requirement nothing is on its way to bankruptcy", () => {
  assert.equal(bankruptcyProgress({ equity: -1n, requirement: 0n }, whole).numerator, 0n);
});

const anyPosition = fc.record({
  size: fc.bigInt({ min: 1n, max: 10n ** 6n }),
  price: fc.bigInt({ min: 1n, max: 10n ** 6n }),
  requirementPpm: fc.bigInt({ min: 1n, max: 500_000n }),
  other: fc.bigInt({ min: 0n, max: 10n ** 9n }),
  equity: fc.bigInt({ min: -(10n ** 9n), max: 10n ** 12n }),
  short: fc.boolean(),
});

test("worse with every loss of health, between the mark and the spread, and never better than exact for the taker", () => {
  fc.assert(
    fc.property(anyPosition, fc.bigInt({ min: 0n, max: 10n ** 9n }), (drawn, loss) => {
      const sign = drawn.short ? -1n : 1n;
      const notional = drawn.size * drawn.price;
      const positionRequirement = (notional * drawn.requirementPpm) / 1_000_000n + 1n;
      const requirement = positionRequirement + drawn.other;
      const own = { size: sign * drawn.size, notional: sign * notional, positionRequirement, requirement };
      const scale = 1_000n;
      const price = fillablePrice({ ...own, equity: drawn.equity }, terms, scale);
      const later = fillablePrice({ ...own, equity: drawn.equity - loss }, terms, scale);
      // Away from the mark, against the account: down for a long, up for a short.
      assert.ok(sign * (price - later) >= 0n);
      assert.ok(sign * (drawn.price * scale - price) >= 0n);
      const furthest = positionRequirement * scale;
      assert.ok(sign * (drawn.price * scale - price) * drawn.size * 10n <= furthest);
    }),
    { seed: 1, numRuns: 2_000 },
  );
});
