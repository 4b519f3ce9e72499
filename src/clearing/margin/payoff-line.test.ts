import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PayoffLine } from "./payoff-line.ts";

const part = fc.record({
  kind: fc.constantFrom("hold", "buy", "sell"),
  isCall: fc.boolean(),
  strike: fc.integer({ min: 0, max: 50 }),
  mark: fc.integer({ min: 0, max: 40 }),
  units: fc.integer({ min: 1, max: 9 }),
  isShort: fc.boolean(),
});

test("the least of a sum is that of its parts added up at every price", () => {
  const line = new PayoffLine();
  fc.assert(
    fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
      line.clear();
      for (const { kind, isCall, strike, mark, units, isShort } of parts) {
        if (kind === "hold") line.hold(isCall, strike, isShort ? -units : units);
        else if (kind === "buy") line.mayBuy(isCall, strike, mark, units);
        else line.maySell(isCall, strike, mark, units);
      }
      const payoff = (price: number): number =>
        parts.reduce((sum, { kind, isCall, strike, mark, units, isShort }) => {
          const intrinsic = Math.max(0, isCall ? price - strike : strike - price);
          if (kind === "hold") return sum + (isShort ? -units : units) * intrinsic;
          return sum + units * Math.min(0, kind === "buy" ? intrinsic - mark : mark - intrinsic);
        }, 0);
      // Kinks are whole numbers up to 90.
      const far = 1_000;
      let least = payoff(0);
      for (let price = 1; price <= 91; price++) least = Math.min(least, payoff(price));
      assert.equal(line.least(), payoff(far + 1) < payoff(far) ? -Infinity : least + 0);
    }),
    { seed: 23, numRuns: 2_000 },
  );
});
