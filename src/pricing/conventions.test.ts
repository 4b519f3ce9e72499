import assert from "node:assert/strict";
import { test } from "node:test";
import { PlimsollError } from "../quantity/error.ts";
import { black76Greeks, black76Price, type Black76Input } from "./black76.ts";
import { coinGreeks, spotGreeks } from "./conventions.ts";
import { normalCdf } from "../numerics/normal.ts";

const inputs: readonly Black76Input[] = [
  { optionType: "call", forward: 104, strike: 110, expiryYears: 0.5, vol: 0.7 },
  { optionType: "put", forward: 104, strike: 110, expiryYears: 0.5, vol: 0.7 },
  { optionType: "call", forward: 104, strike: 60, expiryYears: 0.5, vol: 0.7, discount: 0.97 },
];

const close = (got: number, expected: number, what: string): void =>
  assert.ok(
    Math.abs(got - expected) <= 2e-5 * Math.max(1e-3, Math.abs(expected)),
    `${what}: ${got}, ${expected}`,
  );

test("spot greeks agree with differences in spot, with the forward a multiple of it", () => {
  const spot = 100;
  for (const input of inputs) {
    const { forward, expiryYears, vol, discount = 1 } = input;
    const priceAt = (dS: number, dVol: number, years: number): number => {
      const left = expiryYears - years;
      return black76Price({
        ...input,
        forward: (spot + dS) * (forward / spot) ** (left / expiryYears),
        vol: vol + dVol,
        expiryYears: left,
        discount: discount ** (left / expiryYears),
      });
    };
    const [h, s, t] = [0.02, 1e-4, 1e-5];
    const greeks = spotGreeks(input, spot);
    close(greeks.delta, (priceAt(h, 0, 0) - priceAt(-h, 0, 0)) / (2 * h), "delta");
    close(greeks.gamma, (priceAt(h, 0, 0) - 2 * priceAt(0, 0, 0) + priceAt(-h, 0, 0)) / (h * h), "gamma");
    close(greeks.theta, (priceAt(0, 0, t) - priceAt(0, 0, -t)) / (2 * t), "theta");
    const cross = priceAt(h, s, 0) - priceAt(h, -s, 0) - priceAt(-h, s, 0) + priceAt(-h, -s, 0);
    close(greeks.vanna, cross / (4 * h * s), "vanna");
    const { price, vega, volga } = black76Greeks(input);
    assert.deepEqual([greeks.price, greeks.vega, greeks.volga], [price, vega, volga]);
  }
});

test("spot and forward conventions agree when the forward is spot", () => {
  const input: Black76Input = { optionType: "put", forward: 100, strike: 90, expiryYears: 1, vol: 0.5 };
  assert.deepEqual(spotGreeks(input, 100), black76Greeks(input));
  assert.equal(spotGreeks({ ...input, expiryYears: 0 }, 100).theta, 0);
});

test("coin greeks agree with differences of the coin price", () => {
  for (const input of inputs) {
    const { forward, vol, expiryYears, discount = 1 } = input;
    const coinAt = (dF: number, dVol: number, years: number): number => {
      const left = expiryYears - years;
      const quote = black76Price({
        ...input,
        forward: forward + dF,
        vol: vol + dVol,
        expiryYears: left,
        discount: discount ** (left / expiryYears),
      });
      return quote / (forward + dF);
    };
    const [f, s, t] = [0.02, 1e-4, 1e-5];
    const slopeAt = (dF: number, dVol: number): number =>
      ((coinAt(dF + f, dVol, 0) - coinAt(dF - f, dVol, 0)) / (2 * f)) * (forward + dF);
    const greeks = coinGreeks(input);
    close(greeks.price, coinAt(0, 0, 0), "price");
    close(greeks.premiumAdjustedDelta, slopeAt(0, 0), "premiumAdjustedDelta");
    close(greeks.gamma, (slopeAt(f, 0) - slopeAt(-f, 0)) / (2 * f), "gamma");
    close(greeks.vega, (coinAt(0, s, 0) - coinAt(0, -s, 0)) / (2 * s), "vega");
    close(greeks.theta, (coinAt(0, 0, t) - coinAt(0, 0, -t)) / (2 * t), "theta");
    close(greeks.vanna, (slopeAt(0, s) - slopeAt(0, -s)) / (2 * s), "vanna");
    const bend = coinAt(0, s, 0) - 2 * coinAt(0, 0, 0) + coinAt(0, -s, 0);
    close(greeks.volga, bend / (s * s), "volga");
  }
});

test("a call's premium-adjusted delta is (K/F)·N(d2)", () => {
  const { forward, strike, expiryYears, vol } = inputs[0] as Black76Input;
  const v = vol * Math.sqrt(expiryYears);
  const d2 = Math.log(forward / strike) / v - v / 2;
  const { premiumAdjustedDelta } = coinGreeks(inputs[0] as Black76Input);
  assert.ok(Math.abs(premiumAdjustedDelta - (strike / forward) * normalCdf(d2)) < 1e-14);
});

test("a coin price needs a forward, spot greeks a spot", () => {
  const input = inputs[0] as Black76Input;
  assert.throws(() => coinGreeks({ ...input, forward: 0 }), PlimsollError);
  assert.throws(() => spotGreeks(input, 0), PlimsollError);
  assert.throws(() => spotGreeks(input, NaN), PlimsollError);
});
