import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { aggregatePrice } from "../../market/price-aggregator.ts";
import { aggregateReports, boundedPrice, type PriceReport } from "./aggregate.ts";
import { maxPriceMicros } from "./limits.ts";

const rules = { minimumPublishers: 3, maxPriceAgeMs: 60_000, maxMovePerSecondPpm: 10_000 };
const nowMs = 1_000_000;

const reports = (prices: fc.Arbitrary<number>, minLength: number): fc.Arbitrary<PriceReport[]> =>
  fc
    .array(
      fc.record({
        priceMicros: prices,
        confidencePpm: fc.nat(1_000_000),
        ageMs: fc.integer({ min: -1_000, max: 90_000 }),
      }),
      {
        minLength,
        maxLength: 9,
      },
    )
    .map((list) =>
      list.map(({ ageMs, ...report }, i) => ({ ...report, publisher: `p${i}`, timeMs: nowMs - ageMs })),
    );

test("the order of reports changes nothing", () => {
  const shuffled = reports(fc.integer({ min: 1, max: 200_000_000_000 }), 1).chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  fc.assert(
    fc.property(shuffled, ([list, other]) => {
      assert.deepEqual(aggregateReports(other, nowMs, rules), aggregateReports(list, nowMs, rules));
    }),
    { numRuns: 500, seed: 1 },
  );
});

test("while fewer than half lie the price lies within the range of the right ones", () => {
  const right = fc.integer({ min: 99_000_000_000, max: 101_000_000_000 });
  const wrong = fc.integer({ min: 1, max: maxPriceMicros });
  const ratios = fc
    .tuple(fc.array(right, { minLength: 2, maxLength: 8 }), fc.array(wrong, { maxLength: 7 }))
    .filter(([honest, lies]) => lies.length < honest.length);
  fc.assert(
    fc.property(ratios, ([honest, lies]) => {
      const list = [...lies, ...honest].map((priceMicros, i) => ({
        publisher: `p${i}`,
        priceMicros,
        confidencePpm: 1_000_000,
        timeMs: nowMs,
      }));
      const aggregate = aggregateReports(list, nowMs, { ...rules, minimumPublishers: 1 });
      assert.ok(aggregate);
      assert.ok(
        aggregate.medianMicros >= Math.min(...honest) && aggregate.medianMicros <= Math.max(...honest),
      );
    }),
    { numRuns: 500, seed: 2 },
  );
});

test("it follows the rules of aggregatePrice, in integers", () => {
  fc.assert(
    fc.property(reports(fc.integer({ min: 98_000_000_000, max: 102_000_000_000 }), 3), (list) => {
      const exact = aggregateReports(list, nowMs, rules);
      const sources = list.map(({ publisher, priceMicros, confidencePpm, timeMs }) => ({
        source: publisher,
        price: priceMicros / 1e6,
        confidence: confidencePpm / 1e6,
        timeMs,
      }));
      const float = aggregatePrice(sources, nowMs, { maxAgeMs: 60_000 });
      assert.equal(exact === undefined, float.status === "too-few-sources");
      if (exact === undefined || float.price === undefined) return;
      assert.ok(Math.abs(exact.medianMicros / 1e6 / float.price - 1) < 1e-11);
      assert.equal(exact.usedCount, float.used.length);
      const { own, quorum, agreement } = float.parts;
      assert.ok(Math.abs(exact.trustPpm / 1e6 - own * quorum * agreement) < 2e-4);
    }),
    { numRuns: 1_000, seed: 3 },
  );
});

test("a price stays fresh while enough of its reports do", () => {
  fc.assert(
    fc.property(reports(fc.constant(100_000_000), 3), fc.nat(60_000), (list, laterMs) => {
      const aggregate = aggregateReports(list, nowMs, rules);
      if (aggregate === undefined) return;
      const later = aggregateReports(list, nowMs + laterMs, rules);
      assert.equal(later !== undefined, nowMs + laterMs <= aggregate.freshUntilMs);
    }),
    { numRuns: 500, seed: 4 },
  );
});

test("it is total: any prices, ages and confidences have an answer in range", () => {
  const anyPrice = fc.oneof(
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: maxPriceMicros }),
    fc.constant(maxPriceMicros),
  );
  fc.assert(
    fc.property(reports(anyPrice, 1), fc.integer({ min: 1, max: 3 }), (list, minimumPublishers) => {
      const aggregate = aggregateReports(list, nowMs, { ...rules, minimumPublishers });
      if (aggregate === undefined) return;
      assert.ok(Number.isSafeInteger(aggregate.medianMicros) && aggregate.medianMicros > 0);
      assert.ok(
        Number.isSafeInteger(aggregate.trustPpm) &&
          aggregate.trustPpm >= 0 &&
          aggregate.trustPpm <= 1_000_000,
      );
    }),
    { numRuns: 500, seed: 5 },
  );
});

test("a price moves by no more than the bound, and always by a micro", () => {
  const price = fc.integer({ min: 1, max: maxPriceMicros });
  fc.assert(
    fc.property(
      price,
      price,
      fc.nat(100_000_000),
      fc.integer({ min: 1, max: 1_000_000 }),
      (anchor, target, elapsedMs, ppm) => {
        const moved = boundedPrice(anchor, target, elapsedMs, ppm);
        assert.ok(Number.isSafeInteger(moved) && moved >= 1 && moved <= maxPriceMicros);
        const [low, high] = [Math.min(anchor, target), Math.max(anchor, target)];
        assert.ok(moved >= low && moved <= high);
        const bound = (BigInt(anchor) * BigInt(ppm) * BigInt(elapsedMs)) / 1_000_000_000n;
        const distance = BigInt(Math.abs(moved - anchor));
        assert.ok(
          distance <= (bound > 1n ? bound : 1n) || (elapsedMs * ppm > 50_000_000_000 && moved === target),
        );
        if (elapsedMs > 0 && target !== anchor) assert.notEqual(moved, anchor);
      },
    ),
    { numRuns: 1_000, seed: 6 },
  );
});
