import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { randomStream } from "../../numerics/random.ts";
import { countBreaches } from "./breach.ts";
import { blockScale, weightedScale } from "./conformal-scale.ts";
import { equalSafetyScale } from "./equal-safety.ts";

const anyRows = fc.array(
  fc.tuple(fc.integer({ min: -4, max: 9 }), fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 3 })),
  { minLength: 1, maxLength: 60 },
);

test("blocks of one and weights of one are split conformal prediction", () => {
  fc.assert(
    fc.property(anyRows, fc.double({ min: 0.02, max: 0.6, noNaN: true }), (rows, target) => {
      const losses = Float64Array.from(rows, ([loss]) => loss);
      const requirements = Float64Array.from(rows, ([, requirement]) => requirement);
      const { scale } = equalSafetyScale({
        types: [{ name: "", losses, requirements }],
        target,
        promise: { kind: "exchangeable" },
      });
      const blocks = Int32Array.from(rows, (_, index) => index);
      assert.deepEqual(blockScale({ losses: { losses, requirements, blocks }, target }), {
        scale,
        units: rows.length,
      });
      const weights = new Float64Array(rows.length).fill(1);
      assert.deepEqual(weightedScale({ losses: { losses, requirements }, weights, target }), {
        scale,
        units: rows.length,
      });
    }),
    { seed: 3, numRuns: 1000 },
  );
});

test("blocks: the mean share of breaches is within what the theorem allows, and no smaller scale is", () => {
  fc.assert(
    fc.property(anyRows, fc.double({ min: 0.1, max: 0.8, noNaN: true }), (rows, target) => {
      const losses = Float64Array.from(rows, ([loss]) => loss);
      const requirements = Float64Array.from(rows, ([, requirement]) => requirement);
      const blocks = Int32Array.from(rows, ([, , block]) => block);
      const { scale, units } = blockScale({ losses: { losses, requirements, blocks }, target });
      const bound = (at: number): number => {
        let shares = 0;
        const numbers = new Set(blocks);
        assert.equal(units, numbers.size);
        for (const number of numbers) {
          const own = [...blocks.keys()].filter((index) => blocks[index] === number);
          const part = {
            losses: Float64Array.from(own, (index) => losses[index]!),
            requirements: Float64Array.from(own, (index) => requirements[index]!),
          };
          shares += countBreaches(part, at) / own.length;
        }
        return (shares + 1) / (numbers.size + 1);
      };
      if (scale < Infinity) assert.ok(bound(scale) <= target + 1e-12);
      if (scale > 0) assert.ok(bound(scale === Infinity ? 1e9 : scale * (1 - 1e-9)) > target - 1e-12);
    }),
    { seed: 4, numRuns: 1000 },
  );
});

test("books that move together: the next day's expected share of breaches is within the target", () => {
  const stream = randomStream(8);
  const [draws, days, books, target] = [1500, 60, 6, 0.1];
  let shares = 0;
  let squares = 0;
  for (let draw = 0; draw < draws; draw++) {
    const day = (): number[] => {
      const common = stream.nextNormal();
      return Array.from({ length: books }, () => 3 * common + stream.nextNormal());
    };
    const history = Array.from({ length: days }, day);
    const losses = Float64Array.from(history.flat());
    const requirements = new Float64Array(losses.length).fill(1);
    const blocks = Int32Array.from(losses, (_, index) => Math.floor(index / books));
    const { scale } = blockScale({ losses: { losses, requirements, blocks }, target });
    const share = day().filter((loss) => loss > scale).length / books;
    shares += share;
    squares += share * share;
  }
  const mean = shares / draws;
  const error = Math.sqrt((squares / draws - mean * mean) / draws);
  assert.ok(mean < target + 2 * error, `${mean} ± ${error}`);
  assert.ok(mean > target - 1 / (days + 1) - 0.02, `${mean}: not needlessly strict`);
});

test("recent weights follow a drift that equal weights lag behind", () => {
  const stream = randomStream(9);
  const [draws, windows, target] = [1500, 300, 0.1];
  const weights = Float64Array.from({ length: windows }, (_, index) => 0.98 ** (windows - 1 - index));
  const equal = new Float64Array(windows).fill(1);
  const requirements = equal;
  let weighted = 0;
  let unweighted = 0;
  for (let draw = 0; draw < draws; draw++) {
    // volatility trebles over the history
    const losses = Float64Array.from(
      { length: windows },
      (_, index) => (1 + (2 * index) / windows) * stream.nextNormal(),
    );
    const next = 3 * stream.nextNormal();
    if (next > weightedScale({ losses: { losses, requirements }, weights, target }).scale) weighted += 1;
    if (next > weightedScale({ losses: { losses, requirements }, weights: equal, target }).scale)
      unweighted += 1;
  }
  assert.ok(unweighted / draws > 0.16, `${unweighted / draws}`);
  assert.ok(weighted / draws < 0.13, `${weighted / draws}`);
});

test("too little weight, and what is no weight", () => {
  const losses = { losses: Float64Array.of(1, 2, 3), requirements: Float64Array.of(1, 1, 1) };
  assert.equal(weightedScale({ losses, weights: Float64Array.of(1, 1, 1), target: 0.24 }).scale, Infinity);
  assert.equal(weightedScale({ losses, weights: Float64Array.of(1, 1, 1), target: 0.25 }).scale, 3);
  assert.equal(weightedScale({ losses, weights: Float64Array.of(0, 0, 1), target: 0.5 }).scale, 3);
  assert.throws(() => weightedScale({ losses, weights: Float64Array.of(1, 2, 1), target: 0.5 }), {
    code: "PLM_DOMAIN",
    field: "weights[1]",
  });
  assert.throws(() => weightedScale({ losses, weights: new Float64Array(3), target: 0.5 }), {
    code: "PLM_DOMAIN",
    field: "weights",
  });
});
