import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  black76Greeks,
  black76Price,
  coinGreeks,
  impliedVol,
  largestPrice,
  spotGreeks,
  type Black76Input,
} from "../../src/pricing/index.ts";
import { ulp } from "../../src/numerics/index.ts";

const price = fc.double({ min: -4, max: 6, noNaN: true }).map((e) => 10 ** e);
const vol = fc.double({ min: -3, max: 1, noNaN: true }).map((e) => 10 ** e);
const years = fc.double({ min: -7.5, max: 0.7, noNaN: true }).map((e) => 10 ** e);
/** Strikes within 12 standard deviations, so that prices are numbers to talk about. */
const option = fc
  .record({
    optionType: fc.constantFrom("call" as const, "put" as const),
    forward: price,
    deviations: fc.double({ min: -12, max: 12, noNaN: true }),
    expiryYears: years,
    vol,
    discount: fc.double({ min: 0.5, max: 1.2, noNaN: true }),
  })
  .map(({ deviations, ...rest }): Black76Input => ({
    ...rest,
    strike: Math.max(
      rest.forward * Math.exp(Math.max(-300, deviations * rest.vol * Math.sqrt(rest.expiryYears))),
      1e-300,
    ),
  }))
  .filter(({ strike }) => strike < 1e250);

/** What rounding may take from a price of these: a few units of the largest amount in it. */
const slack = ({ forward, strike }: Black76Input): number => 4 * ulp(Math.max(forward, strike));
const runs = { numRuns: 2000 };

test("put–call parity: call − put = discount·(F − K); deltas differ by the discount, other greeks not at all", () => {
  fc.assert(
    fc.property(option, (input) => {
      const { forward, strike, discount = 1 } = input;
      const call = black76Greeks({ ...input, optionType: "call" });
      const put = black76Greeks({ ...input, optionType: "put" });
      assert.ok(Math.abs(call.price - put.price - discount * (forward - strike)) <= 2 * slack(input));
      assert.ok(Math.abs(call.delta - put.delta - discount) <= 4e-16);
      for (const greek of ["gamma", "vega", "vanna", "volga"] as const) assert.equal(call[greek], put[greek]);
    }),
    runs,
  );
});

test("bounds: discounted intrinsic ≤ price ≤ discounted forward or strike; |delta| ≤ discount; gamma, vega ≥ 0", () => {
  fc.assert(
    fc.property(option, (input) => {
      const { optionType, forward, strike, discount = 1 } = input;
      const greeks = black76Greeks(input);
      const exercise = optionType === "call" ? forward - strike : strike - forward;
      assert.ok(greeks.price >= discount * Math.max(0, exercise));
      assert.ok(greeks.price <= discount * (optionType === "call" ? forward : strike) + slack(input));
      const delta = optionType === "call" ? greeks.delta : -greeks.delta;
      assert.ok(delta >= 0 && delta <= discount);
      assert.ok(greeks.gamma >= 0 && greeks.vega >= 0);
    }),
    runs,
  );
});

test("more volatility, more time: never cheaper undiscounted", () => {
  fc.assert(
    fc.property(option, fc.double({ min: 1, max: 3, noNaN: true }), (dated, factor) => {
      const { discount: _, ...input } = dated;
      const now = black76Price(input);
      // the time value is accurate to 1e-12 of itself; the sum with intrinsic to its rounding
      const allowed = 1e-12 * now;
      assert.ok(black76Price({ ...input, vol: input.vol * factor }) >= now - allowed);
      assert.ok(black76Price({ ...input, expiryYears: input.expiryYears * factor }) >= now - allowed);
    }),
    runs,
  );
});

test("strike: calls fall and puts rise with it, by at most the discount, and both are convex in it", () => {
  fc.assert(
    fc.property(option, fc.double({ min: 1e-3, max: 1, noNaN: true }), (input, width) => {
      const { strike, discount = 1 } = input;
      const step = strike * width;
      const [low, middle, high] = [strike, strike + step, strike + 2 * step].map((k) =>
        black76Price({ ...input, strike: k }),
      ) as [number, number, number];
      const allowed = 1e-12 * Math.max(low, middle, high) + 2 * slack({ ...input, strike: 3 * strike });
      const rise = input.optionType === "put" ? middle - low : low - middle;
      assert.ok(rise >= -allowed && rise <= discount * step + allowed);
      assert.ok(low - 2 * middle + high >= -4 * allowed);
    }),
    runs,
  );
});

test("scale: by a power of two to the last bit, by any factor to rounding", () => {
  fc.assert(
    fc.property(
      option,
      fc.integer({ min: -40, max: 40 }),
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      (input, power, factor) => {
        const base = black76Greeks(input);
        if (base.price < 1e-280) return;
        const scaled = (s: number) =>
          black76Greeks({ ...input, forward: input.forward * s, strike: input.strike * s });
        const exact = scaled(2 ** power);
        assert.equal(exact.price, base.price * 2 ** power);
        assert.equal(exact.delta, base.delta);
        assert.equal(exact.vega, base.vega * 2 ** power);
        const near = scaled(factor);
        const { vol, expiryYears } = input;
        // one unit in F/K moves the price by delta·F, which is what 1/(σ√T) magnifies
        const conditioning = 1e-14 * (1 + 12 / (vol * Math.sqrt(expiryYears)));
        assert.ok(Math.abs(near.price / factor - base.price) <= conditioning * base.price + slack(input));
      },
    ),
    runs,
  );
});

test("swapping forward and strike turns a call into a put", () => {
  fc.assert(
    fc.property(option, (input) => {
      const { optionType, forward, strike } = input;
      const mirrored = black76Price({
        ...input,
        optionType: optionType === "call" ? "put" : "call",
        forward: strike,
        strike: forward,
      });
      const own = black76Price(input);
      assert.ok(Math.abs(mirrored - own) <= 1e-12 * own + slack(input));
    }),
    runs,
  );
});

test("Euler: price = delta·F + (∂price/∂K)·K, with the strike slope from a call spread's limit", () => {
  fc.assert(
    fc.property(option, (input) => {
      const { forward, strike, vol, expiryYears } = input;
      const greeks = black76Greeks(input);
      const total = vol * Math.sqrt(expiryYears);
      // a step small against the density's width
      const step = strike * Math.min(total, 1) * 1e-3;
      const slope =
        (black76Price({ ...input, strike: strike + step }) -
          black76Price({ ...input, strike: strike - step })) /
        (2 * step);
      const size = Math.abs(greeks.delta) * forward + Math.abs(slope) * strike;
      const rounding = (slack(input) / step) * strike;
      assert.ok(Math.abs(greeks.delta * forward + slope * strike - greeks.price) <= 1e-4 * size + rounding);
    }),
    runs,
  );
});

test("theta of an undiscounted option is −½·σ²·F²·gamma: the Black-76 equation", () => {
  fc.assert(
    fc.property(option, (dated) => {
      const { discount: _, ...input } = dated;
      const { theta, gamma } = black76Greeks(input);
      const expected = -0.5 * input.vol * input.vol * input.forward * input.forward * gamma;
      assert.ok(Math.abs(theta - expected) <= 1e-13 * Math.abs(expected) + 1e-290);
    }),
    runs,
  );
});

test("conventions: spot equals forward when they coincide; coin price times forward is the price", () => {
  fc.assert(
    fc.property(option, (input) => {
      const greeks = black76Greeks(input);
      assert.deepEqual(spotGreeks(input, input.forward), greeks);
      const coin = coinGreeks(input);
      assert.ok(Math.abs(coin.price * input.forward - greeks.price) <= ulp(greeks.price) * 2);
      assert.ok(
        Math.abs(coin.premiumAdjustedDelta - (greeks.delta - coin.price)) <= 1e-15 * (1 + coin.price),
      );
      const sign = input.optionType === "call" ? 1 : -1;
      assert.ok(sign * coin.premiumAdjustedDelta >= -1e-15 * (1 + coin.price));
    }),
    runs,
  );
});

test("implied volatility: pricing undone, wherever the price holds time value", () => {
  fc.assert(
    fc.property(option, (input) => {
      const quoted = black76Price(input);
      const answer = impliedVol({ ...input, price: quoted });
      if (answer.status !== "found") {
        assert.ok(answer.status === "at-intrinsic" || answer.status === "above-maximum");
        return;
      }
      const again = black76Price({ ...input, vol: answer.vol });
      assert.ok(Math.abs(again - quoted) <= 1e-14 * input.forward + 2 * ulp(quoted));
      if (answer.identified && quoted > 1e-290) {
        assert.ok(Math.abs(answer.vol - input.vol) <= 4 * answer.volUncertainty + 1e-12 * input.vol);
      }
    }),
    runs,
  );
});

test("any valid input gives finite greeks", () => {
  const any = fc.double({ min: 0, max: largestPrice, noNaN: true });
  const anyTime = fc.double({ min: 0, max: Number.MAX_VALUE, noNaN: true });
  fc.assert(
    fc.property(
      fc.constantFrom("call" as const, "put" as const),
      any,
      any,
      anyTime,
      anyTime,
      fc.double({ min: 0, max: 1000, noNaN: true }),
      (optionType, forward, strike, expiryYears, vol, discount) => {
        const greeks = black76Greeks({ optionType, forward, strike, expiryYears, vol, discount });
        for (const [name, value] of Object.entries(greeks))
          assert.ok(Number.isFinite(value), `${name} ${value}`);
        assert.ok(greeks.price >= 0);
      },
    ),
    runs,
  );
});
