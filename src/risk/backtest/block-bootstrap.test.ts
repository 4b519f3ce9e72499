import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream, type RandomStream } from "../../numerics/random.ts";
import { bootstrapRatio, sumsByPeriod } from "./block-bootstrap.ts";
import { automaticBlockLength } from "./block-length.ts";

const ones = (count: number): Float64Array => new Float64Array(count).fill(1);

function autoregression(count: number, memory: number, stream: RandomStream): Float64Array {
  let value = 0;
  const next = (): number => (value = memory * value + stream.nextNormal());
  for (let warm = 0; warm < 50; warm++) next();
  return Float64Array.from({ length: count }, next);
}

test("sums by period: any order, empty periods kept", () => {
  const { numerators, denominators } = sumsByPeriod({
    periods: Int32Array.of(7, 5, 7, 8, 5, 10),
    values: Float64Array.of(1, 0, 1, 0, 1, 1),
  });
  assert.deepEqual([...numerators], [1, 0, 2, 0, 0, 1]);
  assert.deepEqual([...denominators], [2, 0, 2, 1, 0, 1]);
});

test("independent periods: the textbook's standard error of a rate", () => {
  const numerators = Float64Array.from({ length: 500 }, (_, i) => (i % 10 === 0 ? 1 : 0));
  const got = bootstrapRatio({ numerators, denominators: ones(500), blockLength: 1, draws: 20_000 });
  assert.equal(got.estimate, 0.1);
  assert.ok(Math.abs(got.standardError / Math.sqrt(0.09 / 500) - 1) < 0.02);
  // scipy 1.17.1, binom.ppf([0.025, 0.975], 500, 0.1): 37 and 64
  assert.deepEqual(got.interval, { low: 37 / 500, high: 64 / 500, confidence: 0.95 });
});

test("the seed fixes the result; only the seed", () => {
  const input = {
    numerators: autoregression(200, 0.5, randomStream(3)),
    denominators: ones(200),
    draws: 200,
  };
  assert.deepEqual(bootstrapRatio({ ...input, seed: 4 }), bootstrapRatio({ ...input, seed: 4n }));
  assert.notDeepEqual(bootstrapRatio({ ...input, seed: 4 }), bootstrapRatio({ ...input, seed: 5 }));
});

test("books on the same days move together: more books do not narrow the interval", () => {
  const stream = randomStream(12);
  const days = 300;
  const [few, many] = [1, 20].map((books) => {
    const periods: number[] = [];
    const values: number[] = [];
    const again = randomStream(13);
    for (let day = 0; day < days; day++) {
      const breach = again.nextFloat() < 0.05 ? 1 : 0;
      for (let book = 0; book < books; book++) {
        periods.push(day);
        values.push(breach);
      }
    }
    const sums = sumsByPeriod({ periods: Int32Array.from(periods), values: Float64Array.from(values) });
    return bootstrapRatio({ ...sums, blockLength: 1, draws: 500 });
  });
  assert.deepEqual(few?.interval, many?.interval);
  // and books that don't move together do
  const apart = Float64Array.from({ length: days }, () => {
    let breaches = 0;
    for (let book = 0; book < 20; book++) if (stream.nextFloat() < 0.05) breaches += 1;
    return breaches;
  });
  const narrow = bootstrapRatio({
    numerators: apart,
    denominators: new Float64Array(days).fill(20),
    blockLength: 1,
    draws: 500,
  });
  assert.ok(narrow.standardError < 0.3 * few!.standardError);
});

test("simulated: blocks cover a dependent mean nearly as often as promised, single periods far less", () => {
  const stream = randomStream(14);
  const covers = (memory: number, blockLength?: number): number => {
    const rounds = 150;
    let covered = 0;
    for (let round = 0; round < rounds; round++) {
      const { interval } = bootstrapRatio({
        numerators: autoregression(400, memory, stream),
        denominators: ones(400),
        confidence: 0.9,
        draws: 200,
        seed: round,
        ...(blockLength === undefined ? {} : { blockLength }),
      });
      if (interval!.low <= 0 && 0 <= interval!.high) covered += 1;
    }
    return covered / rounds;
  };
  const independent = covers(0);
  assert.ok(independent > 0.83 && independent < 0.96, `${independent}`);
  const blocks = covers(0.5);
  assert.ok(blocks > 0.75, `${blocks}`);
  const single = covers(0.5, 1);
  assert.ok(single < 0.73, `${single}`);
});

test("automatic block length: 1 for a constant, longer with more memory, bounded", () => {
  assert.equal(automaticBlockLength(ones(100)), 1);
  assert.equal(automaticBlockLength(Float64Array.of(1, 2)), 1);
  const stream = randomStream(15);
  const mean = (memory: number): number => {
    let sum = 0;
    for (let round = 0; round < 30; round++) sum += automaticBlockLength(autoregression(500, memory, stream));
    return sum / 30;
  };
  const [none, some, much] = [mean(0), mean(0.4), mean(0.8)];
  assert.ok(none < 3 && none < some && some < much, `${none} ${some} ${much}`);
  // arch 8.0.0, optimal_block_length
  const ramp = Float64Array.from({ length: 400 }, (_, i) => i);
  assert.ok(Math.abs(automaticBlockLength(ramp) - 32.872166) < 1e-6);
  // short noise asks for more than it has
  let atBound = 0;
  for (let round = 0; round < 300; round++) {
    const count = 4 + (round % 30);
    const length = automaticBlockLength(autoregression(count, 0, stream));
    const bound = Math.ceil(Math.min(3 * Math.sqrt(count), count / 3));
    assert.ok(length >= 1 && length <= bound);
    if (length === bound) atBound += 1;
  }
  assert.ok(atBound > 0);
});

test("what can't vary has no interval", () => {
  const none = bootstrapRatio({ numerators: new Float64Array(50), denominators: ones(50), draws: 10 });
  assert.equal(none.interval, null);
  assert.equal(none.estimate, 0);
  assert.equal(none.standardError, 0);
  assert.equal(bootstrapRatio({ numerators: ones(50), denominators: ones(50), draws: 10 }).interval, null);
});

test("refused: too short, nothing to divide by, blocks longer than the series", () => {
  const denominators = ones(10);
  const numerators = ones(10);
  assert.throws(() => bootstrapRatio({ numerators: ones(1), denominators: ones(1) }), {
    code: "PLM_DATA_GAP",
  });
  assert.throws(() => bootstrapRatio({ numerators, denominators: new Float64Array(10) }), {
    code: "PLM_DOMAIN",
    field: "denominators",
  });
  assert.throws(() => bootstrapRatio({ numerators, denominators, blockLength: 11 }), {
    code: "PLM_DOMAIN",
    field: "blockLength",
  });
  assert.throws(() => bootstrapRatio({ numerators, denominators, draws: 1 }), {
    code: "PLM_DOMAIN",
    field: "draws",
  });
});
