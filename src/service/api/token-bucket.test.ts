import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TokenBucket, TokenBuckets } from "./token-bucket.ts";

test("never more than the burst and the pace together let through", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 100 }),
      fc.array(fc.nat(300), { maxLength: 200 }),
      (perSecond, burst, waits) => {
        const bucket = new TokenBucket(perSecond, burst, 0);
        let nowMs = 0;
        let taken = 0;
        for (const wait of waits) {
          nowMs += wait;
          if (bucket.tryTake(nowMs)) taken++;
          else assert.ok(bucket.waitMs(nowMs) > 0);
          assert.ok(taken <= burst + (nowMs * perSecond) / 1_000 + 1e-9);
        }
        const waitMs = bucket.waitMs(nowMs);
        assert.ok(bucket.tryTake(nowMs + waitMs), "waiting as long as it says is enough");
      },
    ),
    { seed: 20_261_124, numRuns: 200 },
  );
});

test("what was let through before it was counted is paid back, within a bound", () => {
  const bucket = new TokenBucket(10, 5, 0);
  for (let i = 0; i < 100; i++) bucket.take(0);
  assert.equal(bucket.waitMs(0), 600);
  assert.ok(!bucket.tryTake(599));
  assert.ok(bucket.tryTake(600));
});

test("a clock that goes back gives nothing", () => {
  const bucket = new TokenBucket(1, 1, 1_000);
  assert.ok(bucket.tryTake(1_000));
  assert.ok(!bucket.tryTake(0));
  assert.ok(!bucket.tryTake(1_500));
  assert.ok(bucket.tryTake(2_000));
});

test("buckets are bounded, and asking makes none", () => {
  const buckets = new TokenBuckets(1, 1, 8);
  assert.equal(buckets.waitMs("stranger", 0), 0);
  for (let i = 0; i < 100; i++) buckets.get(`key ${i}`, 0).take(0);
  assert.ok(buckets.waitMs("key 99", 0) > 0, "the latest is remembered");
  assert.equal(buckets.waitMs("key 0", 0), 0, "the oldest is forgotten");
});
