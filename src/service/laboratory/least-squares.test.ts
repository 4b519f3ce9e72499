import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../../numerics/index.ts";
import { leastSquares } from "./least-squares.ts";

test("an exact line is found, with nothing left over", () => {
  const rows = [1, 2, 3, 5].map((x) => [1, x]);
  const { coefficients, residuals, explained } = leastSquares(
    rows,
    rows.map(([, x]) => 4 - 3 * x!),
  );
  assert.ok(Math.abs(coefficients[0]! - 4) < 1e-9 && Math.abs(coefficients[1]! + 3) < 1e-9);
  assert.ok(residuals.every((residual) => Math.abs(residual) < 1e-9));
  assert.ok(Math.abs(explained - 1) < 1e-12);
});

test("what is left over is orthogonal to every regressor", () => {
  const draw = randomStream(3);
  const rows = Array.from({ length: 50 }, () => [1, draw.nextNormal(), draw.nextNormal()]);
  const targets = rows.map(([, a, b]) => 0.5 * a! - 2 * b! + draw.nextNormal());
  const { residuals, explained } = leastSquares(rows, targets);
  for (const column of [0, 1, 2]) {
    const product = rows.reduce((sum, row, at) => sum + row[column]! * residuals[at]!, 0);
    assert.ok(Math.abs(product) < 1e-7);
  }
  assert.ok(explained > 0.6 && explained < 1);
});

test("a regressor that repeats another, or is always zero, does no harm", () => {
  const rows = [1, 2, 3, 4].map((x) => [1, x, x, 0]);
  const { residuals, coefficients } = leastSquares(rows, [2, 4, 6, 8]);
  assert.ok(coefficients.every(Number.isFinite));
  assert.ok(residuals.every((residual) => Math.abs(residual) < 1e-4));
});
