import assert from "node:assert/strict";
import { test } from "node:test";
import { madeUpObservations } from "../../../test/laboratory/made-up-observations.ts";
import { frontiers, frontierScales } from "./curves.ts";
import { seriesOf } from "./series.ts";
import { usualTrainingEnds, windowsByHorizon } from "./windows.ts";

const observations = madeUpObservations({ days: 1300 });
const [windows] = windowsByHorizon(observations, usualTrainingEnds);
const shared = { observations, requirement: "initial", windows: windows! } as const;
const found = frontiers({ ...shared, ours: 0 });

test("breaches at a factor are those that counting finds, capital is the factor's", () => {
  for (const { model, type, points, windows: count } of found.types) {
    const at = observations.models.findIndex(({ id }) => id === model);
    const own = windows!.types.find((one) => one.type === type)!;
    const series = seriesOf({ ...shared, windows: own.outOfSample, models: [at] });
    assert.equal(series.windows.length, count);
    for (const { scale, breaches, rate, capital } of points) {
      let counted = 0;
      for (const [index, loss] of series.losses.entries()) {
        if (loss > 0 && loss > scale * series.requirements[index]!) counted += 1;
      }
      assert.equal(breaches, counted, `${model}, ${type}, × ${scale}`);
      assert.equal(rate, counted / count);
      assert.ok(Math.abs(capital - scale * points[frontierScales.indexOf(1)]!.capital) < 1e-12);
    }
  }
});

test("lines of one chart are of the same types, and those who lack too many are left out", () => {
  const tracks = new Set(found.pooled.map(({ track }) => track));
  assert.deepEqual([...tracks], ["delta-one", "staked", "simulated-options"]);
  for (const track of tracks) {
    const lines = found.pooled.filter((line) => line.track === track);
    for (const { types, points } of lines) {
      assert.deepEqual(types, lines[0]!.types);
      for (let at = 1; at < points.length; at++) assert.ok(points[at]!.rate <= points[at - 1]!.rate);
    }
  }
  const models = (track: string): readonly string[] =>
    found.pooled.filter((line) => line.track === track).map(({ model }) => model);
  assert.ok(models("delta-one").includes("blind-portfolio"));
  assert.ok(!models("simulated-options").includes("blind-portfolio"));
});
