import assert from "node:assert/strict";
import { test } from "node:test";
import { madeUpObservations } from "../../../test/laboratory/made-up-observations.ts";
import { countBreaches } from "../../risk/backtest/breach.ts";
import { observationAt, Observations, type RequirementBasis } from "./observations.ts";
import { isMostlyMaximum, ownScaleCells, ownScaleShare, typeBases } from "./own-scale.ts";
import { modelScale } from "./scales.ts";
import { seriesOf } from "./series.ts";
import { usualTrainingEnds, windowsByHorizon } from "./windows.ts";

const observations = madeUpObservations({ days: 1_700 });
const [windows] = windowsByHorizon(observations, usualTrainingEnds);
const shared = { observations, requirement: "initial" as const, windows: windows! };

test("each type breaches as it does at its own scale, not as published", () => {
  const scale = modelScale({ ...shared, span: "training", model: 0, target: 0.01 });
  const cells = ownScaleCells({ ...shared, model: 0, scale, draws: 200, seed: 1 });
  assert.equal(cells.length, scale.types.filter(({ binds, ownScale }) => binds && ownScale > 0).length);
  for (const cell of cells) {
    const type = windows!.types.find((one) => one.type === cell.type)!;
    const series = seriesOf({ ...shared, windows: type.outOfSample, models: [0] });
    assert.equal(cell.breaches, countBreaches(series, cell.scale));
    assert.equal(cell.scale, scale.types.find((one) => one.type === cell.type)!.ownScale);
  }
  const { told, stand } = ownScaleShare(cells);
  assert.ok(told > 0 && stand <= told);
});

test("what set the requirement is counted by type, and what was not recorded is nothing", () => {
  const { columns, books, models, horizonHours } = observations;
  assert.deepEqual(typeBases(observations, windows!), []);
  const marked = new Observations(books, models, horizonHours);
  const kinds: readonly RequirementBasis[] = ["maximum-loss", "maximum-loss", "maximum-loss", "stress"];
  for (let row = 0; row < observations.count; row++) {
    const one = observationAt(columns, row);
    const isPut = books[one.book]!.type === "short put";
    const basis = isPut ? kinds[row % 4]! : "shortfall";
    marked.add({ ...one, forecast: { valueAtRiskUsd: 1, expectedShortfallUsd: 2, basis } });
  }
  const bases = typeBases(marked, windowsByHorizon(marked, usualTrainingEnds)[0]!);
  for (const one of bases) {
    const total = Object.values(one.shares).reduce((sum, share) => sum + share, 0);
    assert.ok(Math.abs(total - 1) < 1e-12);
    assert.equal(isMostlyMaximum(one), one.type === "short put");
  }
});
