import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../../numerics/random.ts";
import { cellVerdict, independenceVerdict } from "./cell-verdict.ts";
import { countTransitions } from "./independence.ts";

test("too few windows are insufficient, whatever they show", () => {
  for (const exceptions of [0, 4, 250]) {
    const { verdict, shown } = cellVerdict({
      windows: 499,
      exceptions: Math.min(exceptions, 499),
      target: 0.01,
    });
    assert.equal(verdict, "insufficient");
    assert.equal(shown, false);
  }
  const none = cellVerdict({ windows: 0, exceptions: 0, target: 0.01 });
  assert.equal(none.verdict, "insufficient");
  assert.deepEqual(none.interval, { low: 0, high: 1, confidence: 0.95 });
  assert.equal(none.upperLimit, 1);
});

test("the point estimate decides; how sure it is stands beside it", () => {
  const at = (windows: number, exceptions: number) => cellVerdict({ windows, exceptions, target: 0.01 });
  assert.equal(at(500, 5).verdict, "pass");
  assert.equal(at(500, 6).verdict, "fail");
  assert.equal(at(500, 6).significantlyAbove, false);
  assert.equal(at(500, 10).significantlyAbove, true);
  assert.equal(at(500, 9).significantlyAbove, false);
  assert.equal(at(500, 1).shown, true);
  assert.equal(at(500, 2).shown, false);
  // scipy 1.17.1: binom.sf(9, 500, 0.01), beta.ppf(0.95, 2, 499)
  assert.ok(Math.abs(at(500, 10).exceedanceP - 0.031102106648487914) < 1e-14, `${at(500, 10).exceedanceP}`);
  assert.ok(Math.abs(at(500, 1).upperLimit - 0.00945228220807518) < 1e-14, `${at(500, 1).upperLimit}`);
});

test("a rate within the target is never significantly above it", () => {
  for (const target of [0.001, 0.01, 0.03, 0.2]) {
    for (const windows of [500, 777, 5000]) {
      for (let exceptions = 0; exceptions / windows <= target; exceptions++) {
        const { verdict, exceedanceP } = cellVerdict({ windows, exceptions, target });
        assert.ok(exceedanceP >= 0.5 - 1e-12, `${exceptions}/${windows}`);
        assert.equal(verdict, "pass");
      }
    }
  }
});

test("independence: a verdict of its own, never a pass where pairs can't tell", () => {
  for (const transitions of [
    { n00: 0, n01: 0, n10: 0, n11: 0 },
    { n00: 999, n01: 0, n10: 0, n11: 0 },
    { n00: 0, n01: 0, n10: 0, n11: 999 },
    { n00: 997, n01: 1, n10: 1, n11: 0 },
    { n00: 998, n01: 1, n10: 0, n11: 0 },
    { n00: 400, n01: 20, n10: 20, n11: 20 },
  ]) {
    assert.equal(independenceVerdict(transitions).verdict, "insufficient", JSON.stringify(transitions));
  }
  assert.equal(independenceVerdict({ n00: 960, n01: 18, n10: 18, n11: 3 }).verdict, "fail");
  assert.equal(independenceVerdict({ n00: 960, n01: 19, n10: 19, n11: 1 }).verdict, "pass");
  assert.equal(cellVerdict({ windows: 1000, exceptions: 5, target: 0.01 }).independence, null);
  const transitions = { n00: 960, n01: 18, n10: 18, n11: 3 };
  const cell = cellVerdict({ windows: 1000, exceptions: 21, target: 0.03, transitions });
  assert.deepEqual([cell.verdict, cell.independence?.verdict], ["pass", "fail"]);
});

test("simulated: independent exceptions are rarely called clustered, clustered ones often", () => {
  const stream = randomStream(10);
  const rejected = (stickiness: number): number => {
    let fails = 0;
    for (let draw = 0; draw < 400; draw++) {
      let is = false;
      const exceptions = Array.from({ length: 1000 }, () => {
        is = stream.nextFloat() < (is ? stickiness : 0.05);
        return is;
      });
      if (independenceVerdict(countTransitions(exceptions)).verdict === "fail") fails += 1;
    }
    return fails / 400;
  };
  const size = rejected(0.05);
  assert.ok(size > 0.02 && size < 0.09, `${size}`);
  const power = rejected(0.25);
  assert.ok(power > 0.9, `${power}`);
});
