import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream, type RandomStream } from "../../numerics/random.ts";
import { normalInverse } from "../../numerics/normal.ts";
import { breachRateInterval } from "./breach-rate.ts";
import { clopperPearson } from "./traffic-light.ts";

/** Breaches by day of books that share `common` of their variance, at the given rate. */
function sharedDays(
  options: { readonly days: number; readonly books: number; readonly rate: number; readonly common: number },
  stream: RandomStream,
): Float64Array {
  const limit = -normalInverse(options.rate);
  return Float64Array.from({ length: options.days }, () => {
    const market = Math.sqrt(options.common) * stream.nextNormal();
    let breaches = 0;
    for (let book = 0; book < options.books; book++) {
      if (market + Math.sqrt(1 - options.common) * stream.nextNormal() > limit) breaches += 1;
    }
    return breaches;
  });
}

test("no breach: as many windows as periods that had any", () => {
  const windows = new Float64Array(600).fill(5);
  windows[3] = 0;
  const got = breachRateInterval({ breaches: new Float64Array(600), windows });
  assert.equal(got.effectiveWindows, 599);
  assert.deepEqual(got.interval, clopperPearson({ observations: 599, exceptions: 0 }));
  const all = breachRateInterval({ breaches: windows, windows });
  assert.deepEqual(all.interval, clopperPearson({ observations: 599, exceptions: 599 }));
});

test("one independent window a day: nearly the exact interval, never narrower", () => {
  const breaches = Float64Array.from({ length: 1000 }, (_, day) => (day % 83 === 7 ? 1 : 0));
  const windows = new Float64Array(1000).fill(1);
  const got = breachRateInterval({ breaches, windows, blockLength: 1, draws: 5000 });
  const exact = clopperPearson({ observations: 1000, exceptions: got.breaches });
  assert.ok(got.effectiveWindows > 930 && got.effectiveWindows <= 1000, `${got.effectiveWindows}`);
  assert.ok(got.interval.low <= exact.low && got.interval.high >= exact.high);
  assert.ok(got.interval.high < 1.05 * exact.high);
});

test("twenty books that always breach together are worth one", () => {
  const stream = randomStream(30);
  const breaches = sharedDays({ days: 700, books: 1, rate: 0.02, common: 0 }, stream).map(
    (count) => 20 * count,
  );
  const windows = new Float64Array(700).fill(20);
  const got = breachRateInterval({ breaches, windows, blockLength: 1, draws: 3000 });
  assert.equal(got.windows, 14_000);
  assert.ok(Math.abs(got.effectiveWindows / 700 - 1) < 0.06, `${got.effectiveWindows}`);
});

test("simulated: covers the true rate where pooled windows taken as independent do not", () => {
  const stream = randomStream(31);
  const [days, books, rate, rounds] = [400, 10, 0.01, 200];
  let covered = 0;
  let naive = 0;
  for (let round = 0; round < rounds; round++) {
    const breaches = sharedDays({ days, books, rate, common: 0.7 }, stream);
    const windows = new Float64Array(days).fill(books);
    const { interval, breaches: exceptions } = breachRateInterval({
      breaches,
      windows,
      draws: 150,
      seed: round,
    });
    if (interval.low <= rate && rate <= interval.high) covered += 1;
    const pooled = clopperPearson({ observations: days * books, exceptions });
    if (pooled.low <= rate && rate <= pooled.high) naive += 1;
  }
  assert.ok(covered / rounds > 0.9, `${covered / rounds}`);
  assert.ok(naive / rounds < 0.8, `${naive / rounds}`);
});

test("refused: more breaches than windows, no whole numbers, too few draws", () => {
  const windows = Float64Array.of(2, 2, 2);
  const refused = (breaches: Float64Array, field: string, draws = 100): void =>
    assert.throws(() => breachRateInterval({ breaches, windows, draws }), { code: "PLM_DOMAIN", field });
  refused(Float64Array.of(0, 3, 0), "breaches[1]");
  refused(Float64Array.of(0, 0.5, 0), "breaches[1]");
  refused(Float64Array.of(0, 1, 0), "draws", 99);
  refused(Float64Array.of(0, 1), "denominators");
});
