import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ByteReader, ByteWriter } from "../state/bytes.ts";
import { Feed } from "./feed.ts";

const rules = { minimumPublishers: 2, maxPriceAgeMs: 5_000, maxMovePerSecondPpm: 10_000 };
const startMs = 1_000_000;

const publish = (feed: Feed, publisher: string, price: number, nowMs: number, timeMs: number = nowMs): void =>
  feed.publish(
    { publisher, priceMicros: Math.round(price * 1e6), confidencePpm: 1_000_000, timeMs },
    32,
    nowMs,
  );

function bytesOf(feed: Feed): Uint8Array {
  const out = new ByteWriter();
  feed.encode(out);
  return out.copy();
}

test("the first price needs the quorum; later ones move by the bound and catch up", () => {
  const feed = new Feed("BTC", rules);
  publish(feed, "a", 100, startMs);
  assert.equal(feed.priceMicros, 0);
  assert.equal(feed.confidencePpm(startMs), 0);
  publish(feed, "b", 100, startMs);
  assert.equal(feed.priceMicros, 100_000_000);
  assert.equal(feed.confidencePpm(startMs), 1_000_000);

  publish(feed, "a", 110, startMs + 1_000);
  publish(feed, "b", 110, startMs + 1_000);
  assert.equal(feed.targetMicros, 110_000_000);
  assert.equal(feed.priceMicros, 101_000_000);
  assert.equal(feed.confidencePpm(startMs + 1_000), 0, "far from its target it is not trusted");
  feed.catchUp(startMs + 2_000);
  assert.equal(feed.priceMicros, 102_010_000);
  for (let s = 3; s < 20; s++) feed.catchUp(startMs + s * 1_000);
  assert.equal(feed.priceMicros, 110_000_000);
});

test("a stale price stands without confidence, which falls with age", () => {
  const feed = new Feed("BTC", rules);
  publish(feed, "a", 100, startMs);
  publish(feed, "b", 100, startMs);
  assert.equal(feed.confidencePpm(startMs + 2_500), 500_000);
  assert.equal(feed.confidencePpm(startMs + 5_001), 0);
  publish(feed, "a", 200, startMs + 9_000);
  assert.equal(feed.priceMicros, 100_000_000, "one fresh report is no quorum");
  assert.equal(feed.confidencePpm(startMs + 9_000), 0);
});

test("forgetting a publisher undoes its vote", () => {
  const feed = new Feed("BTC", { ...rules, maxMovePerSecondPpm: 1_000_000 });
  for (const [publisher, price] of [
    ["a", 100],
    ["b", 100],
    ["c", 101],
  ] as const)
    publish(feed, publisher, price, startMs);
  publish(feed, "b", 101, startMs + 1_000);
  assert.equal(feed.priceMicros, 101_000_000);
  assert.equal(feed.forget("b", startMs + 2_000), true);
  assert.equal(feed.priceMicros, 100_500_000);
  assert.equal(feed.forget("b", startMs + 2_000), false);
});

test("a full feed forgets its oldest report", () => {
  const feed = new Feed("BTC", rules);
  for (let i = 0; i < 4; i++) {
    feed.publish(
      { publisher: `p${i}`, priceMicros: 1_000_000, confidencePpm: 1, timeMs: startMs + i },
      3,
      startMs + i,
    );
  }
  assert.deepEqual(
    feed.reports.map(({ publisher }) => publisher),
    ["p1", "p2", "p3"],
  );
});

const report = fc.record({
  publisher: fc.constantFrom("a", "b", "c", "d"),
  price: fc.integer({ min: 90, max: 110 }),
  waitMs: fc.oneof(fc.constant(0), fc.nat(3_000), fc.nat(12_000)),
  lagMs: fc.nat(2_000),
});

test("reports of one instant commute", () => {
  const instant = fc
    .uniqueArray(report, { selector: ({ publisher }) => publisher, minLength: 3, maxLength: 4 })
    .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
  fc.assert(
    fc.property(
      fc.array(report, { maxLength: 12 }),
      instant,
      fc.integer({ min: 1, max: 9_000 }),
      (past, [one, other], waitMs) => {
        const make = (): [Feed, number] => {
          const feed = new Feed("BTC", rules);
          let nowMs = startMs;
          for (const { publisher, price, waitMs: wait, lagMs } of past) {
            nowMs += wait;
            publish(feed, publisher, price, nowMs, nowMs - lagMs);
          }
          return [feed, nowMs + waitMs];
        };
        const [first, nowMs] = make();
        const [second] = make();
        for (const { publisher, price, lagMs } of one) publish(first, publisher, price, nowMs, nowMs - lagMs);
        for (const { publisher, price, lagMs } of other)
          publish(second, publisher, price, nowMs, nowMs - lagMs);
        assert.deepEqual(bytesOf(second), bytesOf(first));
      },
    ),
    { numRuns: 500, seed: 1 },
  );
});

test("the time integral is that of the price while fresh, millisecond by millisecond", () => {
  fc.assert(
    fc.property(fc.array(report, { minLength: 1, maxLength: 8 }), fc.nat(8_000), (story, restMs) => {
      const feed = new Feed("BTC", rules);
      let nowMs = startMs;
      let integral = 0n;
      let observedMs = 0;
      const pass = (untilMs: number): void => {
        for (; nowMs < untilMs; nowMs++) {
          // A millisecond counts when the price is still fresh at its end.
          if (feed.observedMsAt(nowMs + 1) === feed.observedMsAt(nowMs)) continue;
          integral += BigInt(feed.priceMicros);
          observedMs++;
        }
      };
      for (const { publisher, price, waitMs, lagMs } of story) {
        pass(nowMs + Math.min(waitMs, 4_000));
        publish(feed, publisher, price, nowMs, nowMs - lagMs);
        assert.ok(feed.confidencePpm(nowMs) >= 0);
      }
      pass(nowMs + restMs);
      assert.equal(feed.integralAt(nowMs), integral);
      assert.equal(feed.observedMsAt(nowMs), observedMs);
    }),
    { numRuns: 100, seed: 2 },
  );
});

test("bytes hold the whole state", () => {
  fc.assert(
    fc.property(fc.array(report, { maxLength: 12 }), (story) => {
      const feed = new Feed("BTC", rules);
      let nowMs = startMs;
      for (const { publisher, price, waitMs, lagMs } of story) {
        nowMs += waitMs;
        publish(feed, publisher, price, nowMs, nowMs - lagMs);
      }
      const copy = Feed.decode(new ByteReader(bytesOf(feed)));
      assert.deepEqual(bytesOf(copy), bytesOf(feed));
      publish(feed, "a", 95, nowMs + 1_500);
      publish(copy, "a", 95, nowMs + 1_500);
      assert.deepEqual(bytesOf(copy), bytesOf(feed));
    }),
    { numRuns: 200, seed: 3 },
  );
});
