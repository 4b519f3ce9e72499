import assert from "node:assert/strict";
import { test } from "node:test";
import { exp } from "../numerics/exp-log.ts";
import { randomStream } from "../numerics/random.ts";
import { PlimsollError } from "../quantity/error.ts";
import { black76Batch, batchGreeks, type Black76Batch } from "./black76-batch.ts";
import { black76Greeks, type Black76Input, black76Price, undiscountedPrice } from "./black76.ts";
import { scenarioPricer } from "./scenario-prices.ts";

const edges = [0, 5e-324, 1e-310, 1e-300, 1e-101, 1e-100, 1e-9, 0.01, 1, 1.5, 1e4, 1e100, 1.1e100, 1e300];
const edgeVols = [0, 1e-300, 1e-12, 1e-4, 0.031, 0.03125, 0.0313, 0.5, 3, 100, 1e6];

/** Options of every size: ordinary ones out to ten standard deviations, and all pairs of edge values. */
function options(): Black76Input[] {
  const random = randomStream(76);
  const all: Black76Input[] = [];
  const types = ["call", "put"] as const;
  for (let i = 0; i < 20_000; i++) {
    const forward = exp(random.nextFloat() * 20 - 8);
    const expiryYears = exp(random.nextFloat() * 18 - 17);
    const vol = exp(random.nextFloat() * 5 - 3);
    const strike = forward * exp(vol * Math.sqrt(expiryYears) * (random.nextFloat() * 20 - 10));
    all.push({ optionType: types[i % 2] ?? "call", forward, strike, expiryYears, vol });
  }
  for (const forward of edges) {
    for (const strike of edges) {
      for (const vol of edgeVols) {
        for (const optionType of types) all.push({ optionType, forward, strike, expiryYears: 1, vol });
        all.push({ optionType: "call", forward, strike, expiryYears: 0, vol });
      }
    }
  }
  return all;
}

function fill(batch: Black76Batch, inputs: readonly Black76Input[]): void {
  for (const [i, { optionType, forward, strike, vol, expiryYears }] of inputs.entries()) {
    batch.signs[i] = optionType === "call" ? 1 : -1;
    batch.forwards[i] = forward;
    batch.strikes[i] = strike;
    batch.vols[i] = vol;
    batch.expiryYears[i] = expiryYears;
  }
}

const inputs = options();

for (const implementation of ["wasm", "typescript"] as const) {
  test(`batch prices (${implementation}) have the bits of black76Price, edges included`, () => {
    const batch = black76Batch(inputs.length, implementation);
    fill(batch, inputs);
    const prices = batch.prices(inputs.length);
    for (const [i, input] of inputs.entries()) {
      assert.ok(
        Object.is(prices[i], black76Price(input)),
        `${JSON.stringify(input)}: ${prices[i]}, not ${black76Price(input)}`,
      );
    }
  });

  test(`batch greeks (${implementation}) agree with black76Greeks`, () => {
    const batch = black76Batch(inputs.length, implementation);
    fill(batch, inputs);
    const greeks = batch.greeks(inputs.length);
    for (const [i, input] of inputs.entries()) {
      const scalar = black76Greeks(input);
      assert.ok(Object.is(greeks.price[i], scalar.price));
      for (const name of batchGreeks) {
        const got = greeks[name][i] ?? NaN;
        // d² units in the last place come from the exponential's argument; the smallest numbers have fewer digits
        const allowed = 3e-14 * Math.abs(scalar[name]) + 1e-290;
        assert.ok(
          Math.abs(got - scalar[name]) <= allowed,
          `${name} of ${JSON.stringify(input)}: ${got}, not ${scalar[name]}`,
        );
      }
    }
  });
}

test("batch greeks in WebAssembly have the bits of the TypeScript twin", () => {
  const [wasm, twin] = (["wasm", "typescript"] as const).map((implementation) => {
    const batch = black76Batch(inputs.length, implementation);
    fill(batch, inputs);
    assert.equal(batch.implementation, implementation);
    return batch.greeks(inputs.length);
  });
  for (const name of batchGreeks) {
    for (let i = 0; i < inputs.length; i++)
      assert.ok(Object.is(wasm?.[name][i], twin?.[name][i]), `${name} ${i}`);
  }
});

test("a batch names the option whose input is not valid, whatever its place", () => {
  const batch = black76Batch(300);
  const ordinary: Black76Input = { optionType: "call", forward: 100, strike: 110, vol: 0.5, expiryYears: 1 };
  for (const field of ["forwards", "strikes", "vols", "expiryYears"] as const) {
    for (const value of [NaN, Infinity, -1]) {
      for (const place of [0, 128, 299]) {
        fill(
          batch,
          Array.from({ length: 300 }, () => ordinary),
        );
        batch[field][place] = value;
        for (const ask of [() => batch.prices(300), () => batch.greeks(300)]) {
          assert.throws(
            ask,
            (error) =>
              error instanceof PlimsollError &&
              error.code === "PLM_DOMAIN" &&
              error.field === `${field}[${place}]`,
          );
        }
        // options beyond the count don't matter
        if (place === 299) assert.equal(batch.prices(299).length, 299);
      }
    }
  }
  assert.throws(() => batch.prices(301), PlimsollError);
});

test("scenario prices: the same bits with and without WebAssembly, and those of black76Price within 1e-14 of the forward", () => {
  const random = randomStream(77);
  const scenarioCount = 200;
  const shocks = [0.3, 2].map((size) => ({
    forwardRatios: Array.from({ length: scenarioCount }, () => exp(size * (random.nextFloat() - 0.5))),
    volRatios: Array.from({ length: scenarioCount }, () => exp(size * (random.nextFloat() - 0.5))),
  }));
  const strikes = Array.from({ length: 100 }, (_, i) => {
    const forward = exp(random.nextFloat() * 10);
    const totalVol = i % 10 === 0 ? 0 : exp(random.nextFloat() * 10 - 9);
    return {
      forward,
      strike: i % 7 === 0 ? 0 : forward * exp(totalVol * (random.nextFloat() * 8 - 4)),
      totalVol,
      shocks: i % 2,
    };
  });
  const wasm = scenarioPricer(shocks, strikes.length, "wasm").price(strikes);
  const twin = scenarioPricer(shocks, strikes.length, "typescript").price(strikes);
  const bits = (values: Float64Array): BigUint64Array => new BigUint64Array(values.slice().buffer);
  assert.deepEqual(bits(wasm.calls), bits(twin.calls));
  assert.deepEqual(bits(wasm.puts), bits(twin.puts));
  for (const [i, { forward, strike, totalVol, shocks: table }] of strikes.entries()) {
    for (let s = 0; s < scenarioCount; s++) {
      const shocked = forward * (shocks[table]?.forwardRatios[s] ?? NaN);
      const vol = totalVol * (shocks[table]?.volRatios[s] ?? NaN);
      for (const [isCall, prices] of [
        [true, wasm.calls],
        [false, wasm.puts],
      ] as const) {
        const got = prices[i * wasm.stride + s] ?? NaN;
        const expected = undiscountedPrice(isCall, shocked, strike, vol);
        assert.ok(
          Math.abs(got - expected) <= 1e-14 * shocked,
          `strike ${i}, scenario ${s}: ${got}, not ${expected}`,
        );
      }
    }
  }
});

test("a scenario pricer refuses what it can't price, by name", () => {
  const flat = { forwardRatios: [1, 1], volRatios: [1, 1] };
  const refuses = (run: () => unknown, field: RegExp): void =>
    assert.throws(
      run,
      (error) => error instanceof PlimsollError && error.code === "PLM_DOMAIN" && field.test(error.field),
    );
  refuses(() => scenarioPricer([flat, { forwardRatios: [1], volRatios: [1] }], 1), /shocks\[1\]/);
  refuses(() => scenarioPricer([{ ...flat, forwardRatios: [1, 0] }], 1), /forwardRatios\[1\]/);
  refuses(() => scenarioPricer([{ ...flat, volRatios: [-1, 0] }], 1), /volRatios\[0\]/);
  const pricer = scenarioPricer([flat], 2);
  const pair = { forward: 100, strike: 100, totalVol: 0.1, shocks: 0 };
  refuses(() => pricer.price([pair, { ...pair, strike: NaN }]), /strikes\[1\].strike/);
  refuses(() => pricer.price([{ ...pair, shocks: 1 }]), /strikes\[0\].shocks/);
  assert.throws(
    () => pricer.price([pair, pair, pair]),
    (error) => error instanceof PlimsollError && error.code === "PLM_LIMIT",
  );
});
