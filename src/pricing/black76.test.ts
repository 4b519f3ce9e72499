import assert from "node:assert/strict";
import { test } from "node:test";
import { PlimsollError } from "../quantity/error.ts";
import { black76Greeks, black76Price, type Black76Greeks, type Black76Input } from "./black76.ts";
import { logRatio, outOfTheMoneyPrice } from "./black76-kernel.ts";

// Accuracy against high-precision references: test/accuracy. Identities under random input: test/properties.

const base: Black76Input = { optionType: "call", forward: 100, strike: 110, expiryYears: 0.25, vol: 0.6 };

test("published price", () => {
  // Hull, "Options, Futures, and Other Derivatives", European put on a futures: F = 20, K = 20, T = 4/12, r = 9 %, σ = 25 %: 1.12
  const discount = 0.9704455335485082; // e^(−0.03)
  const price = black76Price({
    optionType: "put",
    forward: 20,
    strike: 20,
    expiryYears: 4 / 12,
    vol: 0.25,
    discount,
  });
  assert.equal(price.toFixed(2), "1.12");
});

test("limits at zero strike, forward, volatility and time", () => {
  const rows: readonly (readonly [string, Partial<Black76Input>, number, number])[] = [
    ["zero strike, call", { strike: 0 }, 100, 1],
    ["zero strike, put", { strike: 0, optionType: "put" }, 0, 0],
    ["zero forward, call", { forward: 0 }, 0, 0],
    ["zero forward, put", { forward: 0, optionType: "put" }, 110, -1],
    ["both zero, call", { forward: 0, strike: 0 }, 0, 1],
    ["both zero, put", { forward: 0, strike: 0, optionType: "put" }, 0, 0],
    ["no volatility, out of the money", { vol: 0 }, 0, 0],
    ["no volatility, in the money", { vol: 0, optionType: "put" }, 10, -1],
    ["no time, out of the money", { expiryYears: 0 }, 0, 0],
    ["no time, in the money", { expiryYears: 0, forward: 120 }, 10, 1],
    ["no time, at the money", { expiryYears: 0, forward: 110 }, 0, 0.5],
    ["no volatility, at the money, put", { vol: 0, forward: 110, optionType: "put" }, 0, -0.5],
    ["discounted to nothing", { discount: 0 }, 0, 0],
  ];
  for (const [name, change, price, delta] of rows) {
    const greeks = black76Greeks({ ...base, ...change });
    assert.equal(greeks.price, price, name);
    assert.equal(Math.abs(greeks.delta - delta), 0, name);
    assert.equal(black76Price({ ...base, ...change }), price, name);
    if (!name.includes("at the money")) {
      for (const greek of ["gamma", "vega", "theta", "vanna", "volga"] as const) {
        assert.equal(Math.abs(greeks[greek]), 0, `${name}: ${greek}`);
      }
    }
  }
});

test("at the money as volatility vanishes, vega and vanna have their limits", () => {
  const near = black76Greeks({ ...base, strike: 100, vol: 1e-9 });
  const limit = black76Greeks({ ...base, strike: 100, vol: 0 });
  for (const greek of ["price", "delta", "vega", "vanna", "volga"] as const) {
    assert.ok(Math.abs(near[greek] - limit[greek]) < 1e-7, greek);
  }
  assert.equal(limit.gamma, 0);
});

test("never NaN or infinite, whatever the zeros and magnitudes", () => {
  const forwards = [0, 5e-324, 1e-300, 1, 100, 1e300];
  const times = [0, 5e-324, 1e-300, 3e-8, 1, 1e6, Number.MAX_VALUE];
  for (const forward of forwards) {
    for (const strike of forwards) {
      for (const expiryYears of times) {
        for (const vol of [0, 5e-324, 1e-300, 1e-8, 0.5, 1e3, Number.MAX_VALUE]) {
          for (const optionType of ["call", "put"] as const) {
            for (const discount of [1, 0.9, 1e-300]) {
              const input: Black76Input = { optionType, forward, strike, expiryYears, vol, discount };
              for (const [greek, value] of Object.entries(black76Greeks(input))) {
                assert.ok(Number.isFinite(value), `${greek} of ${JSON.stringify(input)}`);
              }
            }
          }
        }
      }
    }
  }
});

test("misuse is refused by name", () => {
  for (const [field, value] of [
    ["forward", NaN],
    ["forward", -1],
    ["strike", -1e-300],
    ["strike", Infinity],
    ["expiryYears", -1],
    ["vol", -0.1],
    ["vol", NaN],
    ["discount", -1],
    ["discount", 1e4],
  ] as const) {
    for (const f of [black76Price, black76Greeks]) {
      assert.throws(
        () => f({ ...base, [field]: value }),
        (error: unknown) =>
          error instanceof PlimsollError && error.code === "PLM_DOMAIN" && error.field === field,
      );
    }
  }
});

test("greeks agree with differences of the price", () => {
  const inputs: readonly Black76Input[] = [
    base,
    { ...base, optionType: "put", discount: 0.95 },
    { ...base, strike: 70, discount: 0.9 },
    { ...base, strike: 70, optionType: "put" },
    { ...base, strike: 100, expiryYears: 2, vol: 1.4 },
  ];
  for (const input of inputs) {
    const priceAt = (dF: number, dVol: number, years: number): number => {
      const expiryYears = input.expiryYears - years;
      const { discount = 1 } = input;
      return black76Price({
        ...input,
        forward: input.forward + dF,
        vol: input.vol + dVol,
        expiryYears,
        discount: discount ** (expiryYears / input.expiryYears),
      });
    };
    const [f, s, t] = [0.02, 1e-4, 1e-5];
    const differences: Black76Greeks = {
      price: priceAt(0, 0, 0),
      delta: (priceAt(f, 0, 0) - priceAt(-f, 0, 0)) / (2 * f),
      gamma: (priceAt(f, 0, 0) - 2 * priceAt(0, 0, 0) + priceAt(-f, 0, 0)) / (f * f),
      vega: (priceAt(0, s, 0) - priceAt(0, -s, 0)) / (2 * s),
      theta: (priceAt(0, 0, t) - priceAt(0, 0, -t)) / (2 * t),
      vanna: (priceAt(f, s, 0) - priceAt(f, -s, 0) - priceAt(-f, s, 0) + priceAt(-f, -s, 0)) / (4 * f * s),
      volga: (priceAt(0, s, 0) - 2 * priceAt(0, 0, 0) + priceAt(0, -s, 0)) / (s * s),
    };
    const greeks = black76Greeks(input);
    for (const greek of ["price", "delta", "gamma", "vega", "theta", "vanna", "volga"] as const) {
      const scale = Math.max(1e-3, Math.abs(greeks[greek]));
      const error = Math.abs(greeks[greek] - differences[greek]) / scale;
      assert.ok(error < 2e-5, `${greek}: ${greeks[greek]} and ${differences[greek]}`);
    }
  }
});

test("kernel: no step where the series hands over, at the money or away from it", () => {
  for (const strike of [100, 100.5, 101, 108, 115, 130]) {
    const [below, above] = [0.03125 * (1 - 1e-13), 0.03125].map((v) => outOfTheMoneyPrice(100, strike, v));
    assert.ok(Math.abs((above ?? 0) / (below ?? 0) - 1) < 3e-11, String(strike));
  }
});

test("logRatio: exact zero at equality, antisymmetric, accurate close to it", () => {
  assert.equal(logRatio(123.456, 123.456), 0);
  assert.equal(logRatio(1 + Number.EPSILON, 1), Number.EPSILON);
  for (const [a, b] of [
    [3, 7],
    [1e-5, 1e5],
    [1e100, 3],
  ] as const) {
    assert.ok(Math.abs(logRatio(a, b) + logRatio(b, a)) <= 4e-16 * Math.abs(logRatio(a, b)));
    assert.ok(Math.abs(logRatio(a, b) / Math.log(a / b) - 1) < 1e-15);
  }
});
