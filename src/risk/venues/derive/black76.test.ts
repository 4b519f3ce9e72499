import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { normalCdf as accurateCdf } from "../../../numerics/index.ts";
import { abs, fixed18FromNumber, fixed18ToNumber, max, mul, one } from "../shared/fixed18.ts";
import { black76, yearFraction } from "./black76.ts";
import { exp, normalCdf } from "./fixed-math.ts";
import { sviVol } from "./svi.ts";

const day = 86_400;
const usd = (amount: number): bigint => fixed18FromNumber(amount);

test("the year has 365 days", () => {
  assert.equal(yearFraction(365 * day), one);
  assert.equal(yearFraction(1), 31_709_791_983n);
});

test("e^0 is a unit short of 1", () => {
  assert.equal(exp(0n), one - 1n);
});

const edges: readonly (readonly [string, Parameters<typeof black76>[0], ReturnType<typeof black76>])[] = [
  [
    "no strike: the discounted forward",
    { secToExpiry: day, vol: one, forward: usd(100), strike: 0n, discount: usd(0.9) },
    { call: usd(90), put: 0n, callDelta: usd(0.9) },
  ],
  [
    "no forward: the discounted strike",
    { secToExpiry: day, vol: one, forward: 0n, strike: usd(100), discount: usd(0.9) },
    { call: 0n, put: usd(90), callDelta: 0n },
  ],
  [
    "neither",
    { secToExpiry: day, vol: one, forward: 0n, strike: 0n, discount: usd(0.9) },
    { call: 0n, put: 0n, callDelta: usd(0.9) },
  ],
  [
    "expired in the money: intrinsic value",
    { secToExpiry: 0, vol: one, forward: usd(125), strike: usd(100), discount: one },
    { call: usd(25), put: 0n, callDelta: one },
  ],
  [
    "no volatility, out of the money: nothing",
    { secToExpiry: day, vol: 0n, forward: usd(100), strike: usd(125), discount: one },
    { call: 0n, put: usd(25), callDelta: 0n },
  ],
  [
    "total volatility of 24: the whole forward, and the whole strike",
    { secToExpiry: 365 * day, vol: 24n * one, forward: usd(100), strike: usd(125), discount: one },
    { call: usd(100), put: usd(125), callDelta: one },
  ],
];

for (const [name, inputs, expected] of edges) {
  test(`Black-76: ${name}`, () => {
    assert.deepEqual(black76(inputs), expected);
  });
}

test("Black-76 stays within its bounds and keeps parity, for every input", () => {
  const price = fc.bigInt({ min: 0n, max: 10n ** 30n });
  fc.assert(
    fc.property(
      price,
      price,
      fc.nat(10 * 365 * day),
      fc.bigInt({ min: 0n, max: 100n * one }),
      fc.bigInt({ min: 1n, max: one }),
      (forward, strike, secToExpiry, vol, discount) => {
        const { call, put, callDelta } = black76({ secToExpiry, vol, forward, strike, discount });
        assert.ok(call >= 0n && call <= mul(forward, discount));
        assert.ok(put >= 0n && put <= mul(strike, discount));
        assert.ok(callDelta >= 0n && callDelta <= discount);
        const parity = call - put - mul(forward - strike, discount);
        const larger = max(forward, strike);
        // The discounted forward is cut to 18 decimals, then multiplied by strike over forward.
        const cut = strike / max(1n, forward);
        assert.ok(abs(parity) <= 10n + cut + larger / 10n ** 14n, `${parity} of ${larger}`);
      },
    ),
  );
});

test("the normal distribution is right to float64 on both sides of 0, and ends", () => {
  for (let x = -9; x <= 9; x += 0.0625) {
    const got = fixed18ToNumber(normalCdf(usd(x)));
    assert.ok(Math.abs(got - accurateCdf(x)) <= 2e-16, `N(${x}) = ${got}`);
  }
  assert.equal(normalCdf(-38n * one), 0n);
  assert.equal(normalCdf(38n * one), one);
  assert.ok(abs(normalCdf(0n) - one / 2n) <= 1n);
});

test("SVI: wings are bounded, and what has no answer is 0", () => {
  const slice = { a: usd(0.04), b: usd(0.1), rho: usd(-0.3), m: 0n, sigma: usd(0.2), yearFraction: one };
  const at = (strike: bigint): bigint => sviVol({ ...slice, strike, forward: usd(100) });
  assert.equal(at(0n), 0n);
  assert.equal(at(usd(1e6)), at(usd(1e9)));
  assert.equal(at(1n), at(10n));
  assert.ok(at(usd(100)) > 0n);
  assert.equal(sviVol({ ...slice, a: -one, strike: usd(100), forward: usd(100) }), 0n);
});
