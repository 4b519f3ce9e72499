import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Option, syntheticMarket } from "../market/index.ts";
import { type OptionUnits, worstPayoff } from "./worst-payoff.ts";

type OptionType = Option["optionType"];

const market = syntheticMarket({ seed: 1, asOfMs: Date.UTC(2026, 0, 1), size: "small" });
const listed = [...market.instruments.values()].find(
  (instrument): instrument is Option => instrument.kind === "option",
)!;
const holding = (optionType: OptionType, strike: number, units: number): OptionUnits => ({
  option: { ...listed, optionType, strike },
  units,
});

test("worst payoffs by hand", () => {
  const cases: readonly [string, readonly OptionUnits[], readonly number[], number, number][] = [
    ["nothing", [], [], 1, 0],
    ["short call", [holding("call", 100, -1)], [], 1, -Infinity],
    ["call spread", [holding("call", 100, -1), holding("call", 130, 1)], [], 1, -30],
    ["ratio spread", [holding("call", 100, -2), holding("call", 130, 1)], [], 1, -Infinity],
    ["short put", [holding("put", 100, -2)], [], 1, -200],
    ["covered call", [holding("call", 100, -1)], [1], 1, 0],
    ["half covered", [holding("call", 100, -1)], [0.5], 1, -Infinity],
    ["spot beside a long put", [holding("put", 100, 1)], [1], 1, 100],
    ["short future beside a long call", [holding("call", 100, 1)], [-1], 1, -100],
    ["spread in a quote currency at a half", [holding("put", 100, -1), holding("put", 70, 1)], [], 0.5, -15],
    ["call covered by coins, quote currency at a half", [holding("call", 100, -1)], [1], 0.5, 0],
    ["call covered by coins, quote currency at two", [holding("call", 100, -1)], [1], 2, -Infinity],
    ["quote currency worthless", [holding("call", 100, -1)], [1], 0, 0],
  ];
  for (const [name, options, deltaOne, quoteWorth, expected] of cases) {
    assert.equal(worstPayoff(options, deltaOne, quoteWorth), expected, name);
  }
});

test("sizes that cancel in decimal do not leave a slope by their binary noise", () => {
  const noisy = 0.1 + 0.2 - 0.3;
  assert.notEqual(noisy, 0);
  const calls = [holding("call", 100, 0.1), holding("call", 100, 0.2), holding("call", 100, -0.3)];
  for (const options of [calls, calls.map(({ option, units }) => ({ option, units: -units }))]) {
    assert.ok(Math.abs(worstPayoff(options)) < 1e-12);
  }
  assert.ok(Math.abs(worstPayoff([], [0.3, -0.1, -0.2])) < 1e-12);
});

test("no price pays less, and some price pays it", () => {
  const strike = fc.integer({ min: 0, max: 50 });
  const units = fc.integer({ min: -5, max: 5 });
  const option = fc
    .tuple(fc.constantFrom<OptionType>("call", "put"), strike, units)
    .map((parts) => holding(...parts));
  fc.assert(
    fc.property(fc.array(option, { maxLength: 6 }), units, (options, slope) => {
      const payoffAt = (price: number): number =>
        options.reduce((sum, { option: { optionType, strike: at }, units: held }) => {
          const above = optionType === "call" ? price - at : at - price;
          return sum + held * Math.max(0, above);
        }, slope * price);
      const worst = worstPayoff(options, [slope]);
      const prices = Array.from({ length: 61 }, (_, price) => price);
      const least = Math.min(...prices.map(payoffAt));
      if (worst === -Infinity) assert.ok(payoffAt(61) < payoffAt(60));
      else assert.equal(worst, least);
    }),
  );
});
