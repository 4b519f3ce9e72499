import assert from "node:assert/strict";
import { test } from "node:test";
import { PlimsollError } from "../../quantity/error.ts";
import { kupiecTest, timeUntilFirstFailureTest } from "./coverage.ts";
import { conditionalCoverageTest, countTransitions, independenceTest } from "./independence.ts";
import { clopperPearson, trafficLight } from "./traffic-light.ts";

const within = (got: number, expected: number, absolute: number): void =>
  assert.ok(Math.abs(got - expected) <= absolute, `${got}, expected ${expected}`);

test("published example: proportion of failures, independence, conditional coverage", () => {
  // MathWorks, varbacktest.cc: 57 failures in 1043 days at 95 %
  const counts = { observations: 1043, exceptions: 57, level: 0.95 };
  const transitions = { n00: 932, n10: 53, n01: 53, n11: 4 };
  const proportion = kupiecTest(counts);
  within(proportion.statistic, 0.46147, 1e-5);
  within(proportion.pValue, 0.49694, 1e-5);
  const independence = independenceTest(transitions);
  within(independence.statistic, 0.25866, 1e-5);
  within(independence.pValue, 0.61104, 1e-5);
  const both = conditionalCoverageTest({ ...counts, transitions });
  within(both.statistic, 0.72013, 1e-5);
  within(both.pValue, 0.69763, 1e-5);
});

test("published example: time until first failure", () => {
  // MathWorks, varbacktest.tuff: first failure on day 58 at 95 %
  const { statistic, pValue } = timeUntilFirstFailureTest({ firstFailure: 58, level: 0.95 });
  within(statistic, 1.7354, 1e-4);
  within(pValue, 0.18773, 1e-5);
});

test("proportion of failures: exact at the expected rate, defined at both ends", () => {
  within(kupiecTest({ observations: 1000, exceptions: 10, level: 0.99 }).statistic, 0, 1e-20);
  // no exception: −2n·ln(level); nothing else: −2n·ln(1 − level)
  within(kupiecTest({ observations: 250, exceptions: 0, level: 0.99 }).statistic, 5.025167926750721, 1e-12);
  within(kupiecTest({ observations: 3, exceptions: 3, level: 0.5 }).statistic, 4.1588830833596715, 1e-12);
  const million = kupiecTest({ observations: 1_000_000, exceptions: 10_001, level: 0.99 });
  // (x − np)²/(np(1 − p)) to first order
  within(million.statistic, 1 / 9900, 1e-7);
  within(timeUntilFirstFailureTest({ firstFailure: 1, level: 0.99 }).statistic, 9.210340371976182, 1e-10);
});

test("independence: runs are found, pairs that can't tell are not held against the model", () => {
  assert.deepEqual(countTransitions([false, false, true, true, false, true]), {
    n00: 1,
    n01: 2,
    n10: 1,
    n11: 1,
  });
  assert.deepEqual(countTransitions([]), { n00: 0, n01: 0, n10: 0, n11: 0 });
  const clustered = independenceTest({ n00: 940, n01: 10, n10: 10, n11: 40 });
  assert.ok(clustered.pValue < 1e-20);
  for (const transitions of [
    { n00: 0, n01: 0, n10: 0, n11: 0 },
    { n00: 249, n01: 0, n10: 0, n11: 0 },
    { n00: 0, n01: 0, n10: 0, n11: 249 },
  ]) {
    assert.deepEqual(independenceTest(transitions), { statistic: 0, pValue: 1 });
  }
  // rows proportional: independent to the last digit
  within(independenceTest({ n00: 90, n01: 10, n10: 9, n11: 1 }).statistic, 0, 1e-14);
});

test("traffic light: the table of the Basel Committee for 250 days at 99 %", () => {
  const rows: readonly (readonly [number, number, string, number])[] = [
    [0, 0.0811, "green", 3],
    [1, 0.2858, "green", 3],
    [2, 0.5432, "green", 3],
    [3, 0.7581, "green", 3],
    [4, 0.8922, "green", 3],
    [5, 0.9588, "yellow", 3.4],
    [6, 0.9863, "yellow", 3.5],
    [7, 0.996, "yellow", 3.65],
    [8, 0.9989, "yellow", 3.75],
    [9, 0.9997, "yellow", 3.85],
    [10, 0.9999, "red", 4],
    [25, 1, "red", 4],
  ];
  for (const [exceptions, cumulative, zone, multiplier] of rows) {
    const light = trafficLight({ observations: 250, exceptions, level: 0.99 });
    within(light.cumulative, cumulative, 6e-5);
    assert.deepEqual([light.zone, light.multiplier], [zone, multiplier], String(exceptions));
  }
  // P(X ≥ k) and P(X ≤ k) share the probability of k
  const { cumulative, atLeast } = trafficLight({ observations: 250, exceptions: 3, level: 0.99 });
  const below = trafficLight({ observations: 250, exceptions: 2, level: 0.99 }).cumulative;
  within(atLeast, 1 - below, 1e-14);
  assert.ok(cumulative + atLeast > 1);
});

test("exact interval: closed forms at the ends, published value, coverage", () => {
  const none = clopperPearson({ observations: 250, exceptions: 0 });
  // rule of three's exact form: 1 − (α/2)^(1/n)
  within(none.high, 1 - 0.025 ** (1 / 250), 1e-13);
  assert.equal(none.low, 0);
  const all = clopperPearson({ observations: 250, exceptions: 250 });
  within(all.low, 0.025 ** (1 / 250), 1e-13);
  assert.equal(all.high, 1);
  // Clopper and Pearson (1934) as tabulated: 5 of 10 at 95 % gives 0.1871 to 0.8129
  const half = clopperPearson({ observations: 10, exceptions: 5 });
  within(half.low, 0.1871, 5e-5);
  within(half.high, 0.8129, 5e-5);
  within(half.low + half.high, 1, 1e-14);
  const wide = clopperPearson({ observations: 10, exceptions: 5, confidence: 0.99 });
  assert.ok(wide.low < half.low && wide.high > half.high && wide.confidence === 0.99);
});

test("counts and levels out of range are refused by name", () => {
  const refused = (f: () => unknown, field: string): void =>
    assert.throws(f, (error: unknown) => error instanceof PlimsollError && error.field === field);
  for (const level of [0, 1, -1, 2, NaN]) {
    refused(() => kupiecTest({ observations: 10, exceptions: 1, level }), "level");
  }
  refused(() => kupiecTest({ observations: 10, exceptions: 11, level: 0.9 }), "exceptions");
  refused(() => kupiecTest({ observations: 0, exceptions: 0, level: 0.9 }), "observations");
  refused(() => kupiecTest({ observations: 10.5, exceptions: 1, level: 0.9 }), "observations");
  refused(() => timeUntilFirstFailureTest({ firstFailure: 0, level: 0.9 }), "firstFailure");
  refused(() => independenceTest({ n00: 1, n01: -1, n10: 0, n11: 0 }), "n01");
  refused(() => trafficLight({ observations: 10, exceptions: -1, level: 0.9 }), "exceptions");
  refused(() => clopperPearson({ observations: 10, exceptions: 1, confidence: 1.5 }), "confidence");
});
