import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../../numerics/random.ts";
import { clusteringTest } from "./clustering.ts";

test("breaches in a run are found, far apart they are not", () => {
  const run = clusteringTest({ instants: 500, breaches: [[100, 101, 102, 103]], draws: 999, seed: 1 });
  assert.equal(run.pairs, 3);
  assert.ok(run.pValue <= 0.002);
  const apart = clusteringTest({ instants: 500, breaches: [[10, 110, 210, 310]], draws: 999, seed: 1 });
  assert.equal(apart.pairs, 0);
  assert.equal(apart.pValue, 1);
});

test("with two instants of three the chance of a pair is exactly two thirds", () => {
  const { pValue } = clusteringTest({ instants: 3, breaches: [[0, 1]], draws: 20_000, seed: 3 });
  assert.ok(Math.abs(pValue - 2 / 3) < 0.015, String(pValue));
});

test("thirty books that breach together on random days are rejected as seldom as promised", () => {
  const stream = randomStream(5);
  let rejected = 0;
  const runs = 300;
  for (let run = 0; run < runs; run++) {
    const bad: number[] = [];
    for (let day = 0; day < 700; day++) if (stream.nextFloat() < 0.02) bad.push(day);
    const breaches = Array.from({ length: 30 }, () => bad.filter(() => stream.nextFloat() < 0.7));
    if (clusteringTest({ instants: 700, breaches, draws: 99, seed: run }).pValue <= 0.05) rejected += 1;
  }
  // 5 % of 300 is 15; a right test goes beyond 26 less than once in 200 times
  assert.ok(rejected <= 26, `${rejected} of ${runs}`);
});
