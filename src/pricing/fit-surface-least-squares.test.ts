import assert from "node:assert/strict";
import { test } from "node:test";
import { leastSquares } from "./fit-surface-least-squares.ts";

const rosenbrock = (p: Float64Array, out: Float64Array): void => {
  const [x = 0, y = 0] = p;
  out[0] = 10 * (y - x * x);
  out[1] = 1 - x;
};

test("finds Rosenbrock's minimum", () => {
  const { point, loss } = leastSquares({
    start: [-1.2, 1],
    lower: [-5, -5],
    upper: [5, 5],
    count: 2,
    maxSteps: 200,
    residuals: rosenbrock,
  });
  assert.ok(loss < 1e-12, `${loss}`);
  assert.ok(Math.abs((point[0] ?? 0) - 1) < 1e-5 && Math.abs((point[1] ?? 0) - 1) < 1e-5);
});

test("stays in its box and presses against the bound that binds", () => {
  const { point } = leastSquares({
    start: [-1, 0],
    lower: [-2, -2],
    upper: [0.5, 2],
    count: 2,
    maxSteps: 200,
    residuals: rosenbrock,
  });
  assert.equal(point[0], 0.5);
  assert.ok(Math.abs((point[1] ?? 0) - 0.25) < 1e-5);
});

test("a start outside the box is brought in, and a bounded number of steps is kept", () => {
  const { point, steps } = leastSquares({
    start: [9, 9],
    lower: [0, 0],
    upper: [2, 2],
    count: 2,
    maxSteps: 3,
    residuals: rosenbrock,
  });
  assert.ok(steps <= 3);
  assert.ok([...point].every((value) => value >= 0 && value <= 2));
});

test("is never worse than its start, even on a flat problem", () => {
  const { point, loss } = leastSquares({
    start: [1],
    lower: [0],
    upper: [2],
    count: 1,
    maxSteps: 50,
    residuals: (_, out) => void (out[0] = 3),
  });
  assert.equal(loss, 9);
  assert.equal(point[0], 1);
});
