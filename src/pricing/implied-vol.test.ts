import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PlimsollError } from "../quantity/error.ts";
import { black76Price } from "./black76.ts";
import { outOfTheMoneyPrice } from "./black76-kernel.ts";
import { impliedTotalVol, impliedVol, type ImpliedVolInput } from "./implied-vol.ts";

const base: ImpliedVolInput = {
  optionType: "call",
  forward: 100,
  strike: 90,
  expiryYears: 0.25,
  price: 14,
};

test("textbook case", () => {
  const price = black76Price({ ...base, vol: 0.65 });
  const answer = impliedVol({ ...base, price });
  assert.ok(answer.status === "found" && answer.identified);
  assert.ok(Math.abs(answer.vol - 0.65) < 1e-14);
  assert.ok(answer.volUncertainty < 1e-14);
});

test("prices without a volatility say why", () => {
  const rows: readonly (readonly [string, Partial<ImpliedVolInput>, string])[] = [
    ["in the money, below exercise", { price: 9.99 }, "below-intrinsic"],
    ["in the money, exactly exercise", { price: 10 }, "at-intrinsic"],
    ["out of the money, worthless", { optionType: "put", price: 0 }, "at-intrinsic"],
    ["negative", { optionType: "put", price: -1e-9 }, "below-intrinsic"],
    ["call at the forward", { price: 100 }, "above-maximum"],
    ["call above the forward", { price: 101 }, "above-maximum"],
    ["put at the strike", { optionType: "put", price: 90 }, "above-maximum"],
    ["zero strike: the forward itself", { strike: 0, price: 100 }, "at-intrinsic"],
    ["zero strike, put", { strike: 0, price: 0, optionType: "put" }, "at-intrinsic"],
    ["zero forward, put", { forward: 0, price: 90, optionType: "put" }, "at-intrinsic"],
    ["zero forward, call with a price", { forward: 0, price: 1 }, "above-maximum"],
    ["no time left, time value", { expiryYears: 0, price: 11 }, "expired"],
    ["no time left, exercise", { expiryYears: 0, price: 10 }, "at-intrinsic"],
    ["discounted intrinsic", { discount: 0.7, price: 7 }, "at-intrinsic"],
    ["discounted below", { discount: 0.7, price: 6.9 }, "below-intrinsic"],
  ];
  for (const [name, change, status] of rows) {
    assert.equal(impliedVol({ ...base, ...change }).status, status, name);
  }
});

test("deep in the money: found while a float64 of the price holds time value, and says when it is noise", () => {
  const deep = { ...base, strike: 20, expiryYears: 0.1 };
  const clear = impliedVol({ ...deep, price: black76Price({ ...deep, vol: 1.5 }) });
  assert.ok(
    clear.status === "found" && clear.identified && Math.abs(clear.vol - 1.5) < 4 * clear.volUncertainty,
  );
  // two units in the last place of 80 are all the time value there is
  const vague = impliedVol({ ...deep, price: 80 + 3e-14 });
  assert.ok(vague.status === "found" && !vague.identified);
  assert.equal(black76Price({ ...deep, vol: vague.vol }), 80 + 3e-14);
  // the out-of-the-money twin knows the same volatility to all digits
  const twin = { ...deep, optionType: "put" as const };
  const sharp = impliedVol({ ...twin, price: black76Price({ ...twin, vol: 0.9 }) });
  assert.ok(sharp.status === "found" && sharp.identified && Math.abs(sharp.vol - 0.9) < 1e-14);
});

test("a stated price uncertainty widens the answer's", () => {
  const price = black76Price({ ...base, vol: 0.65 });
  const tick = impliedVol({ ...base, price, priceUncertainty: 0.05 });
  assert.ok(tick.status === "found" && tick.identified);
  const [low, high] = [price - 0.05, price + 0.05].map((p) => impliedVol({ ...base, price: p }));
  assert.ok(low?.status === "found" && high?.status === "found");
  assert.ok(Math.abs(tick.volUncertainty / ((high.vol - low.vol) / 2) - 1) < 0.01);
  const coarse = impliedVol({ ...base, price, priceUncertainty: 4 });
  assert.ok(coarse.status === "found" && !coarse.identified);
});

test("misuse is refused by name", () => {
  for (const [field, value] of [
    ["forward", -1],
    ["strike", NaN],
    ["expiryYears", -0.1],
    ["price", Infinity],
    ["discount", 0],
    ["priceUncertainty", -1],
  ] as const) {
    assert.throws(
      () => impliedVol({ ...base, [field]: value }),
      (error: unknown) => error instanceof PlimsollError && error.field === field,
    );
  }
});

test("the solver needs few steps anywhere: moneyness from 0 to e^20, total volatility from 1e-9 to 8", () => {
  for (const x of [0, 1e-12, 1e-8, 1e-4, 0.01, 0.1, 0.5, 1, 2, 5, 20]) {
    for (const v of [1e-9, 1e-6, 1e-4, 1e-3, 0.01, 0.031, 0.032, 0.1, 0.3, 1, 2, 4, 6, 8]) {
      const strike = Math.exp(x);
      const price = outOfTheMoneyPrice(1, strike, v);
      if (price < 1e-290) continue;
      const { totalVol, iterations } = impliedTotalVol(1, strike, price);
      assert.ok(iterations <= 8, `${iterations} steps at x = ${x}, v = ${v}`);
      assert.ok(
        Math.abs(outOfTheMoneyPrice(1, strike, totalVol) - price) <= 1e-13 * price,
        `x = ${x}, v = ${v}`,
      );
    }
  }
});

test("any price between its bounds has a volatility that gives it back to 1e-14 of the forward", () => {
  const magnitude = fc.double({ min: -6, max: 6, noNaN: true }).map((e) => 10 ** e);
  fc.assert(
    fc.property(
      fc.constantFrom("call" as const, "put" as const),
      magnitude,
      fc.double({ min: -5, max: 5, noNaN: true }),
      fc.double({ min: 1e-8, max: 3, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true, minExcluded: true, maxExcluded: true }),
      (optionType, forward, logMoneyness, expiryYears, share) => {
        const strike = forward * Math.exp(logMoneyness);
        const intrinsic = Math.max(0, optionType === "call" ? forward - strike : strike - forward);
        const price = intrinsic + share * Math.min(forward, strike);
        const answer = impliedVol({ optionType, forward, strike, expiryYears, price });
        if (answer.status === "at-intrinsic") return assert.equal(price, intrinsic);
        if (answer.status === "above-maximum") {
          return assert.ok(price >= (optionType === "call" ? forward : strike) * (1 - 1e-15));
        }
        assert.equal(answer.status, "found");
        if (answer.status !== "found") return;
        const again = black76Price({ optionType, forward, strike, expiryYears, vol: answer.vol });
        // a unit in the last place of a put's strike far above the forward may exceed 1e-14 of the forward
        const allowed = 1e-14 * forward + 2.3e-16 * price;
        assert.ok(Math.abs(again - price) <= allowed, `${again} for ${price}`);
      },
    ),
    { numRuns: 3000 },
  );
});

test("the smallest prices that float64 knows have a finite volatility, which gives them back where it is identified", () => {
  let identified = 0;
  for (const [forward, strike] of [
    [100, 110],
    [1e5, 2e5],
    [100, 100],
    [1e-5, 2e-5],
    [1e9, 1e12],
    [100, 100.0000001],
  ] as const) {
    for (const price of [5e-324, 1e-323, 1e-320, 1e-310, 1e-305, 1e-299, 1e-290, 1e-289, 1e-100, 1e-20]) {
      const input = { ...base, forward, strike, price };
      const answer = impliedVol(input);
      assert.ok(answer.status === "found", `${forward} ${strike} ${price}: ${answer.status}`);
      assert.ok(Number.isFinite(answer.vol), `${forward} ${strike} ${price}: ${answer.vol}`);
      if (!answer.identified) continue;
      identified += 1;
      const back = black76Price({ ...input, vol: answer.vol });
      assert.ok(Math.abs(back / price - 1) < 1e-11, `${forward} ${strike} ${price}: ${back}`);
    }
  }
  assert.ok(identified >= 24, `only ${identified} identified`);
});

test("a price within its rounding of the maximum identifies no volatility", () => {
  const input = {
    optionType: "put",
    forward: 1,
    strike: 0.9999999999999997,
    expiryYears: 4.922658483688311,
  } as const;
  const discount = 1.0000000000000004;
  const price = black76Price({ ...input, vol: 8.660860333614421, discount });
  const answer = impliedVol({ ...input, price, discount });
  assert.ok(answer.status === "found" && !answer.identified);
});
