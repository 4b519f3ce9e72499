import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { binomialCdf } from "../../numerics/beta.ts";
import { ulp } from "../../numerics/float-bits.ts";
import { randomStream } from "../../numerics/random.ts";
import { allowedBreaches } from "./allowed-breaches.ts";
import { countBreaches, type LossSeries } from "./breach.ts";
import { equalSafetyScale } from "./equal-safety.ts";

const series = (name: string, rows: readonly (readonly [number, number])[]): LossSeries => ({
  name,
  losses: Float64Array.from(rows, ([loss]) => loss),
  requirements: Float64Array.from(rows, ([, requirement]) => requirement),
});

// whole numbers make ties and zeros common
const anyType = fc.array(fc.tuple(fc.integer({ min: -4, max: 9 }), fc.integer({ min: 0, max: 5 })), {
  minLength: 1,
  maxLength: 40,
});

test("every type is within the target, and with any smaller scale the binding type is not", () => {
  fc.assert(
    fc.property(
      fc.array(anyType, { minLength: 1, maxLength: 4 }),
      fc.double({ min: 0.01, max: 0.6, noNaN: true }),
      (rows, target) => {
        const types = rows.map((row, index) => series(`type ${index}`, row));
        const { scale, binding, types: safety, pooled } = equalSafetyScale({ types, target });
        for (const [index, type] of types.entries()) {
          const own = safety[index]!;
          assert.equal(own.breaches, countBreaches(type, scale));
          assert.ok(scale === Infinity || own.breachRate <= target);
          const exhausted = own.breachesAtEveryScale / type.losses.length > target;
          assert.equal(own.scale === Infinity, exhausted);
          if (exhausted) continue;
          assert.ok(countBreaches(type, own.scale) / type.losses.length <= target);
          if (own.scale === 0) continue;
          const below = own.scale - ulp(own.scale);
          assert.ok(countBreaches(type, below) / type.losses.length > target, "no smaller scale will do");
        }
        const bound = safety.find((type) => type.name === binding)!;
        assert.equal(bound.scale, scale);
        const all = series("all", rows.flat());
        assert.equal(pooled.scale, equalSafetyScale({ types: [all], target }).scale);
        assert.equal(pooled.breaches, countBreaches(all, scale));
        assert.ok(pooled.scale <= scale, "pooling never asks for more than the worst type");
      },
    ),
    { seed: 2, numRuns: 2000 },
  );
});

test("a pooled rate hides the type that is short", () => {
  const steady = Array.from({ length: 900 }, (_, i) => [i % 100 === 0 ? 11 : 1, 10] as const);
  const tail = Array.from({ length: 100 }, (_, i) => [i < 5 ? 20 : 1, 10] as const);
  const { scale, binding, pooled, types } = equalSafetyScale({
    types: [series("perpetuals", steady), series("short options", tail)],
    target: 0.01,
  });
  assert.equal(binding, "short options");
  assert.equal(scale, 2);
  assert.equal(pooled.scale, 1.1);
  assert.deepEqual(
    types.map(({ name, scale: own, breachesUnscaled, breaches }) => [name, own, breachesUnscaled, breaches]),
    [
      ["perpetuals", 0.1, 9, 0],
      ["short options", 2, 5, 0],
    ],
  );
});

test("a scale that does not exist is infinite, with the reason", () => {
  const bare = series(
    "bare",
    Array.from({ length: 100 }, (_, i) => [i < 2 ? 1 : -1, 0] as const),
  );
  const { scale, types } = equalSafetyScale({ types: [bare], target: 0.01 });
  assert.equal(scale, Infinity);
  assert.equal(types[0]?.breachesAtEveryScale, 2);
  assert.equal(equalSafetyScale({ types: [bare], target: 0.02 }).scale, 0);
  // 98 windows can't promise 1 % of the next
  const few = series(
    "few",
    Array.from({ length: 98 }, () => [1, 10] as const),
  );
  const promise = { kind: "exchangeable" } as const;
  const refused = equalSafetyScale({ types: [few], target: 0.01, promise });
  assert.equal(refused.scale, Infinity);
  assert.equal(refused.types[0]?.allowedBreaches, -1);
  assert.equal(equalSafetyScale({ types: [few], target: 0.01 }).scale, 0.1);
});

test("allowed breaches: the ranks of the literature", () => {
  const at = (
    observations: number,
    target: number,
    promise: Parameters<typeof allowedBreaches>[0]["promise"],
  ) => allowedBreaches({ observations, target, promise });
  for (const [n, target, most] of [
    [100, 0.29, 29],
    [100, 0.07, 7],
    [1000, 0.001, 1],
    [999, 0.001, 0],
    [3, 0.999, 2],
  ] as const) {
    assert.equal(at(n, target, { kind: "realised" }), most);
  }
  // n − ⌈(n + 1)(1 − α)⌉
  assert.equal(at(99, 0.01, { kind: "exchangeable" }), 0);
  assert.equal(at(98, 0.01, { kind: "exchangeable" }), -1);
  assert.equal(at(1999, 0.01, { kind: "exchangeable" }), 19);
  assert.equal(at(2000, 0.01, { kind: "exchangeable" }), 19);
  // Wilks: 299 runs for 95 % / 99 %, 473 with one above; 59 and 93 for 95 % / 95 %
  const wilks = { kind: "confidence", confidence: 0.95 } as const;
  for (const [n, target, most] of [
    [298, 0.01, -1],
    [299, 0.01, 0],
    [472, 0.01, 0],
    [473, 0.01, 1],
    [58, 0.05, -1],
    [59, 0.05, 0],
    [92, 0.05, 0],
    [93, 0.05, 1],
  ] as const) {
    assert.equal(at(n, target, wilks), most, `${n}`);
  }
  assert.equal(at(100, 0.01, { kind: "confidence", confidence: 1 }), -1);
  assert.equal(at(100, 0.01, { kind: "confidence", confidence: 0 }), 100);
  assert.throws(() => at(100, 0, { kind: "realised" }), { code: "PLM_DOMAIN", field: "target" });
});

test("the next window breaches as often as split conformal prediction says, whatever the law", () => {
  const stream = randomStream(6);
  const draws = 3000;
  const windows = 119;
  for (const target of [0.05, 0.1]) {
    let breaches = 0;
    for (let draw = 0; draw < draws; draw++) {
      // Cauchy losses against requirements that vary
      const loss = (): number => stream.nextNormal() / Math.abs(stream.nextNormal());
      const requirement = (): number => 1 + stream.nextFloat();
      const rows = Array.from({ length: windows }, () => [loss(), requirement()] as const);
      const { scale } = equalSafetyScale({
        types: [series("", rows)],
        target,
        promise: { kind: "exchangeable" },
      });
      if (loss() > scale * requirement()) breaches += 1;
    }
    // exact for a continuous law: (m + 1)/(n + 1)
    const expected = Math.floor((windows + 1) * target + 1e-9) / (windows + 1);
    const error = Math.sqrt((expected * (1 - expected)) / draws);
    assert.ok(Math.abs(breaches / draws - expected) < 3 * error, `${breaches / draws} for ${expected}`);
  }
});

test("with confidence, the true rate is within the target as often as promised", () => {
  const stream = randomStream(7);
  const draws = 2000;
  const [windows, target, confidence] = [200, 0.05, 0.9];
  let kept = 0;
  for (let draw = 0; draw < draws; draw++) {
    const rows = Array.from({ length: windows }, () => [stream.nextFloat(), 1] as const);
    const promise = { kind: "confidence", confidence } as const;
    const { scale } = equalSafetyScale({ types: [series("", rows)], target, promise });
    // uniform losses: the true breach rate of scale k is 1 − k
    if (1 - scale <= target) kept += 1;
  }
  const allowed = allowedBreaches({
    observations: windows,
    target,
    promise: { kind: "confidence", confidence },
  });
  const exact = 1 - binomialCdf(allowed, windows, target);
  assert.ok(exact >= confidence && exact < confidence + 0.06);
  assert.ok(Math.abs(kept / draws - exact) < 3 * Math.sqrt((exact * (1 - exact)) / draws), `${kept / draws}`);
});

test("refused: no type, no block numbers", () => {
  assert.throws(() => equalSafetyScale({ types: [], target: 0.01 }), {
    code: "PLM_DATA_GAP",
    field: "types",
  });
  const one = series("one", [[1, 1]]);
  assert.throws(() => equalSafetyScale({ types: [one], target: 0.01, promise: { kind: "blocks" } }), {
    code: "PLM_DOMAIN",
    field: "types[0].blocks",
  });
});
