import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { aggregatePrice, type PriceReport, type PriceRules } from "./price-aggregator.ts";

const nowMs = 1_000_000;
const report = (source: string, price: number, ageMs: number = 0, confidence?: number): PriceReport => ({
  source,
  price,
  timeMs: nowMs - ageMs,
  ...(confidence !== undefined && { confidence }),
});

interface Case {
  readonly name: string;
  readonly reports: readonly PriceReport[];
  readonly rules?: PriceRules;
  readonly price: number | undefined;
  readonly used: readonly string[];
  readonly dropped: Readonly<Record<string, string>>;
}

const cases: readonly Case[] = [
  {
    name: "three agree",
    reports: [report("a", 100), report("b", 101), report("c", 102)],
    price: 101,
    used: ["a", "b", "c"],
    dropped: {},
  },
  {
    name: "an even count takes the middle of the middle two",
    reports: [report("a", 100), report("b", 101), report("c", 102), report("d", 103)],
    price: 101.5,
    used: ["a", "b", "c", "d"],
    dropped: {},
  },
  {
    name: "an outlier is named and does not count towards the minimum",
    reports: [report("a", 100), report("b", 100.01), report("c", 150)],
    price: undefined,
    used: ["a", "b"],
    dropped: { c: "outlier" },
  },
  {
    name: "with enough others an outlier does not stop the price",
    reports: [report("a", 100), report("b", 100.01), report("c", 100.02), report("d", 50)],
    price: 100.005,
    used: ["a", "b", "c"],
    dropped: { d: "outlier" },
  },
  {
    name: "sources that agree to the last digit do not make a neighbour an outlier",
    reports: [report("a", 100), report("b", 100), report("c", 100), report("d", 100.2)],
    price: 100,
    used: ["a", "b", "c", "d"],
    dropped: {},
  },
  {
    name: "stale, from the future, and at the limits of both",
    reports: [
      report("a", 1, 60_000),
      report("b", 1, 60_001),
      report("c", 1, -1_000),
      report("d", 1, -1_001),
      report("e", 1),
    ],
    price: 1,
    used: ["a", "c", "e"],
    dropped: { b: "stale", d: "from-the-future" },
  },
  {
    name: "what is no price",
    reports: [
      report("a", NaN),
      report("b", Infinity),
      report("c", 0),
      report("d", -5),
      report("e", 1, NaN),
      report("f", 1, 0, 2),
      report("g", 1, 0, NaN),
      report("h", 7),
    ],
    rules: { minimumSources: 1 },
    price: 7,
    used: ["h"],
    dropped: {
      a: "invalid",
      b: "invalid",
      c: "invalid",
      d: "invalid",
      e: "invalid",
      f: "invalid",
      g: "invalid",
    },
  },
  {
    name: "liars at the edge of an honest spread do not become the median by making honest sources outliers",
    reports: [0.9, 0.95, 0.97, 0.99, 1, 1.001, 1.001, 1.001, 1.001].map((price, index) =>
      report(`s${index}`, price),
    ),
    price: 1,
    used: ["s4", "s5", "s6", "s7", "s8"],
    dropped: { s0: "outlier", s1: "outlier", s2: "outlier", s3: "outlier" },
  },
  { name: "nothing at all", reports: [], price: undefined, used: [], dropped: {} },
];

test("prices are the median of fresh sources, and every dropped source has its reason", () => {
  for (const { name, reports, rules, price, used, dropped } of cases) {
    const result = aggregatePrice(reports, nowMs, rules);
    assert.equal(result.status, price === undefined ? "too-few-sources" : "priced", name);
    assert.equal(result.price, price, name);
    assert.deepEqual(
      result.used.map(({ source }) => source),
      used,
      name,
    );
    assert.deepEqual(
      Object.fromEntries(result.dropped.map(({ source, reason }) => [source, reason])),
      dropped,
      name,
    );
    if (price === undefined) assert.equal(result.confidence, 0, name);
  }
});

test("of one source the later report counts", () => {
  const result = aggregatePrice([report("a", 5, 10), report("a", 6, 5), report("a", 4, 20)], nowMs, {
    minimumSources: 1,
  });
  assert.equal(result.price, 6);
  assert.deepEqual(
    result.dropped.map(({ price, reason }) => [price, reason]),
    [
      [5, "superseded"],
      [4, "superseded"],
    ],
  );
  assert.equal(result.parts.quorum, 1);
});

test("confidence falls with doubt, absence, age and disagreement, each on its own", () => {
  const confidence = (reports: readonly PriceReport[]) => aggregatePrice(reports, nowMs);
  const sure = confidence([report("a", 100), report("b", 100), report("c", 100)]);
  assert.deepEqual([sure.confidence, sure.parts], [1, { own: 1, quorum: 1, freshness: 1, agreement: 1 }]);
  const doubtful = confidence([report("a", 100, 0, 0.7), report("b", 100, 0, 0.8), report("c", 100, 0, 0.9)]);
  assert.ok(Math.abs(doubtful.confidence - 0.8) < 1e-12);
  const absent = confidence([report("a", 100), report("b", 100), report("c", 100), report("d", NaN)]);
  assert.equal(absent.confidence, 0.75);
  const old = confidence([report("a", 100, 30_000), report("b", 100, 0), report("c", 100, 30_000)]);
  assert.equal(old.confidence, 0.5);
  const apart = confidence([report("a", 99), report("b", 100), report("c", 101)]);
  assert.ok(Math.abs(apart.confidence - (1 - (1.4826 * 0.01) / 0.02)) < 1e-12);
  assert.deepEqual([apart.low, apart.high], [99, 101]);
});

const anyReport = fc.record({
  source: fc.constantFrom("a", "b", "c", "d", "e", "f", "g"),
  price: fc.oneof(fc.double({ min: 90, max: 110, noNaN: true }), fc.double()),
  timeMs: fc.oneof(fc.integer({ min: nowMs - 70_000, max: nowMs + 2_000 }), fc.constant(NaN)),
  confidence: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constant(2)),
});

test("the order of reports changes nothing; every report is accounted for", () => {
  fc.assert(
    fc.property(fc.array(anyReport, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (reports, keys) => {
      const result = aggregatePrice(reports, nowMs);
      const shuffled = reports
        .map((entry) => ({ entry, key: keys.next().value ?? 0 }))
        .sort((a, b) => a.key - b.key)
        .map(({ entry }) => entry);
      assert.deepEqual(aggregatePrice(shuffled, nowMs), result);
      assert.equal(result.used.length + result.dropped.length, reports.length);
      assert.ok(result.confidence >= 0 && result.confidence <= 1);
    }),
  );
});

test("while fewer than half of the sources lie, the price stays within the range of those that do not", () => {
  const price = fc.double({ min: 90, max: 110, noNaN: true });
  const lie = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(price, { minLength: 2, maxLength: 9 }),
      fc.array(lie, { maxLength: 9 }),
      (honest, lies) => {
        const told = lies.slice(0, honest.length - 1);
        const reports = [...honest, ...told].map((value, index) => report(`s${index}`, value));
        const result = aggregatePrice(reports, nowMs, { minimumSources: 1 });
        assert.ok((result.price ?? 0) >= Math.min(...honest) && (result.price ?? 0) <= Math.max(...honest));
      },
    ),
  );
});

test("rules out of range and floods of reports are refused", () => {
  for (const rules of [
    { maxAgeMs: 0 },
    { outlierDeviations: 0.5 },
    { minimumSources: 0 },
    { deviationLimit: NaN },
  ]) {
    assert.throws(() => aggregatePrice([], nowMs, rules), { code: "PLM_DOMAIN" });
  }
  assert.throws(() => aggregatePrice([], NaN), { code: "PLM_DOMAIN" });
  const flood = Array.from({ length: 1_001 }, (_, index) => report(`s${index}`, 1));
  assert.throws(() => aggregatePrice(flood, nowMs), { code: "PLM_LIMIT" });
});

test("a bad later report replaces nothing: the source's last good one counts", () => {
  const good = [report("a", 100, 5), report("b", 101, 5), report("c", 102, 5)];
  for (const bad of [report("a", NaN), report("a", 0), report("a", 500, -60_000), report("a", 500, 0, 7)]) {
    const { price, dropped } = aggregatePrice([...good, bad], nowMs);
    assert.equal(price, 101);
    assert.equal(dropped.length, 1);
    assert.match(dropped[0]!.reason, /invalid|from-the-future/);
  }
});
