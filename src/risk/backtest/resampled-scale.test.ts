import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { randomStream } from "../../numerics/random.ts";
import { bootstrapRatio } from "./block-bootstrap.ts";
import { bootstrapStatistic } from "./bootstrap-statistic.ts";
import { equalSafetyScale } from "./equal-safety.ts";
import { resampledScale } from "./resampled-scale.ts";

test("of any resample it is the equal-safety scale of the windows written out", () => {
  const periods = 6;
  const anyType = fc.array(
    fc.tuple(
      fc.integer({ min: -3, max: 9 }),
      fc.integer({ min: 0, max: 4 }),
      fc.integer({ min: 0, max: periods - 1 }),
    ),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(
      fc.array(anyType, { minLength: 1, maxLength: 3 }),
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: periods, maxLength: periods }),
      fc.double({ min: 0.02, max: 0.5, noNaN: true }),
      (rows, times, target) => {
        const types = rows.map((row) => ({
          losses: Float64Array.from(row, ([loss]) => loss),
          requirements: Float64Array.from(row, ([, requirement]) => requirement),
          periods: Int32Array.from(row, ([, , period]) => period),
        }));
        const got = resampledScale({ types, periods, target })(Uint32Array.from(times));
        const written = rows
          .map((row) => row.flatMap((window) => Array.from({ length: times[window[2]]! }, () => window)))
          .filter((row) => row.length > 0)
          .map((row, index) => ({
            name: `${index}`,
            losses: Float64Array.from(row, ([loss]) => loss),
            requirements: Float64Array.from(row, ([, requirement]) => requirement),
          }));
        assert.equal(got, written.length === 0 ? 0 : equalSafetyScale({ types: written, target }).scale);
      },
    ),
    { seed: 6, numRuns: 1500 },
  );
});

test("a ratio of sums: the same draws as the bootstrap of ratios", () => {
  const stream = randomStream(40);
  const numerators = Float64Array.from({ length: 90 }, () => Math.floor(4 * stream.nextFloat()));
  const denominators = numerators.map((value) => value + 1);
  const options = { blockLength: 6, draws: 300, seed: 5 };
  const sum = (values: Float64Array, times: Uint32Array): number =>
    values.reduce((total, value, period) => total + value * times[period]!, 0);
  const general = bootstrapStatistic({
    ...options,
    periods: 90,
    statistic: (times) => sum(numerators, times) / sum(denominators, times),
  });
  assert.deepEqual(general, bootstrapRatio({ ...options, numerators, denominators }));
});

test("simulated: the interval of a scale covers the scale that is needed", () => {
  const stream = randomStream(41);
  const [rounds, days, target] = [120, 300, 0.1];
  const periods = Int32Array.from({ length: days }, (_, day) => day);
  const requirements = new Float64Array(days).fill(1);
  let covered = 0;
  for (let round = 0; round < rounds; round++) {
    const losses = Float64Array.from({ length: days }, () => stream.nextNormal());
    const { interval } = bootstrapStatistic({
      periods: days,
      blockLength: 1,
      statistic: resampledScale({ types: [{ losses, requirements, periods }], periods: days, target }),
      draws: 200,
      seed: round,
      confidence: 0.9,
    });
    // the 90 % quantile of a standard normal
    if (interval!.low <= 1.2815515655446004 && 1.2815515655446004 <= interval!.high) covered += 1;
  }
  assert.ok(covered / rounds > 0.82 && covered / rounds < 0.97, `${covered / rounds}`);
});

test("infinite draws stay infinite; what is no number is refused", () => {
  const periods = Int32Array.of(0, 1, 2, 3);
  const losses = Float64Array.of(1, -1, -1, -1);
  const statistic = resampledScale({
    types: [{ losses, requirements: new Float64Array(4), periods }],
    periods: 4,
    target: 0.3,
  });
  const got = bootstrapStatistic({ periods: 4, blockLength: 1, statistic, draws: 200 });
  assert.equal(got.estimate, 0);
  assert.deepEqual([got.interval?.low, got.interval?.high, got.standardError], [0, Infinity, Infinity]);
  assert.throws(() => bootstrapStatistic({ periods: 4, blockLength: 1, statistic: () => NaN }), {
    code: "PLM_DOMAIN",
    field: "statistic",
  });
  assert.throws(
    () =>
      resampledScale({
        types: [{ losses, requirements: losses.map(Math.abs), periods }],
        periods: 3,
        target: 0.1,
      }),
    { code: "PLM_DOMAIN", field: "types[0].periods[3]" },
  );
});
