import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { procyclicality, procyclicalityParts } from "./procyclicality.ts";

const anySeries = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 3, maxLength: 60 });

test("of a series by hand", () => {
  const requirements = Float64Array.of(100, 80, 120, 90, 160, 150);
  const { peak, trough, peakToTrough, largestRises, logChangeDeviation } = procyclicality({
    requirements,
    horizons: [1, 3, 6],
  });
  assert.deepEqual([peak, trough, peakToTrough], [160, 80, 2]);
  assert.deepEqual(largestRises, [
    { periods: 1, rise: 160 / 90 - 1, from: 3, riseWithin: 160 / 90 - 1 },
    { periods: 3, rise: 1, from: 1, riseWithin: 1 },
    null,
  ]);
  // numpy 2.4.6: numpy.log(r)[1:] − numpy.log(r)[:-1], std(ddof=1)
  assert.ok(Math.abs(logChangeDeviation! - 0.3870674044559401) < 1e-15, `${logChangeDeviation}`);
});

test("rises are the slow way's", () => {
  fc.assert(
    fc.property(anySeries, fc.integer({ min: 1, max: 12 }), (values, periods) => {
      const got = procyclicality({ requirements: Float64Array.from(values), horizons: [periods] });
      const rise = got.largestRises[0];
      if (values.length <= periods) return assert.equal(rise, null);
      let exact = -Infinity;
      let within = 0;
      for (const [start, from] of values.entries()) {
        for (let later = start; later <= start + periods && later < values.length; later++) {
          within = Math.max(within, values[later]! / from - 1);
          if (later === start + periods) exact = Math.max(exact, values[later]! / from - 1);
        }
      }
      assert.equal(rise?.rise, exact);
      assert.equal(rise.riseWithin, within);
      assert.equal(values[rise.from + periods]! / values[rise.from]! - 1, exact);
      assert.equal(got.peakToTrough, Math.max(...values) / Math.min(...values));
    }),
    { seed: 5, numRuns: 1000 },
  );
});

test("a constant requirement does not move, and a unit does not matter", () => {
  const flat = procyclicality({ requirements: new Float64Array(50).fill(7) });
  assert.equal(flat.peakToTrough, 1);
  assert.equal(flat.logChangeDeviation, 0);
  assert.deepEqual(
    flat.largestRises.map((rise) => rise?.riseWithin),
    [0, 0, 0],
  );
  const series = Float64Array.from({ length: 40 }, (_, i) => 50 + ((i * 37) % 23));
  const scaled = procyclicality({ requirements: series.map((value) => 1024 * value) });
  const plain = procyclicality({ requirements: series });
  assert.deepEqual(scaled.largestRises, plain.largestRises);
  assert.ok(Math.abs(scaled.logChangeDeviation! - plain.logChangeDeviation!) < 1e-14);
});

test("parts: changes at fixed marks and changes by marks make up the total", () => {
  const atFixedMarks = Float64Array.of(10, 12, 12, 15, 11);
  const byMarks = Float64Array.of(1, 1.5, 1.2, 1.1, 2);
  const requirements = atFixedMarks.map((value, index) => value * byMarks[index]!);
  const { total, parameters, marks } = procyclicalityParts({ requirements, atFixedMarks, horizons: [1] });
  assert.equal(parameters.peakToTrough, 1.5);
  assert.equal(marks?.peakToTrough, 2);
  assert.equal(total.peakToTrough, 22 / 10);
  assert.equal(total.largestRises[0]?.rise, 0.8);
  const marksOnly = procyclicalityParts({ requirements, atFixedMarks: new Float64Array(5).fill(4) });
  assert.equal(marksOnly.parameters.logChangeDeviation, 0);
  assert.ok(Math.abs(marksOnly.marks!.logChangeDeviation! - marksOnly.total.logChangeDeviation!) < 1e-15);
});

test("zero requirements and short series claim nothing", () => {
  const zero = procyclicality({ requirements: Float64Array.of(1, 0, 2) });
  assert.equal(zero.peakToTrough, Infinity);
  assert.equal(zero.logChangeDeviation, null);
  assert.deepEqual(zero.largestRises, [null, null, null]);
  assert.equal(procyclicality({ requirements: new Float64Array(2) }).peakToTrough, null);
  assert.equal(procyclicality({ requirements: Float64Array.of(1, 2) }).logChangeDeviation, null);
  assert.equal(
    procyclicalityParts({ requirements: Float64Array.of(1, 2), atFixedMarks: Float64Array.of(0, 2) }).marks,
    null,
  );
  assert.throws(() => procyclicality({ requirements: Float64Array.of(1) }), { code: "PLM_DATA_GAP" });
  assert.throws(() => procyclicality({ requirements: Float64Array.of(1, -2) }), { code: "PLM_DOMAIN" });
});
