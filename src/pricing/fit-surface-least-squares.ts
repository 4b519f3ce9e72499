/** A bounded non-linear least-squares problem: minimise Σ residual² over a box. */
export interface LeastSquaresProblem {
  readonly start: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  /** How many residuals there are. */
  readonly count: number;
  /** Writes the residuals at `point` into `out`. Must be finite inside the box. */
  residuals(point: Float64Array, out: Float64Array): void;
  /** At most so many accepted or rejected steps. */
  readonly maxSteps: number;
  /** Stops once an accepted step improves the loss by less than this share. Default: goes on to rounding. */
  readonly minGain?: number;
}

export interface LeastSquaresSolution {
  readonly point: Float64Array;
  readonly loss: number;
  readonly steps: number;
}

/**
 * Levenberg–Marquardt within a box: forward-difference Jacobian, Marquardt's diagonal scaling, variables that press
 * against their bound held there for the step, the rest clipped. Deterministic; never worse than its start.
 */
export function leastSquares(problem: LeastSquaresProblem): LeastSquaresSolution {
  const { lower, upper, count } = problem;
  const size = problem.start.length;
  let point = Float64Array.from(problem.start, (value, i) => clip(value, lower[i] ?? 0, upper[i] ?? 0));
  let residual = new Float64Array(count);
  let candidateResidual = new Float64Array(count);
  problem.residuals(point, residual);
  let loss = sumOfSquares(residual);
  let damping = 1e-3;
  let steps = 0;
  let local: Linearisation | undefined;

  while (steps < problem.maxSteps && loss > 0 && damping < 1e12) {
    local ??= linearise(problem, point, residual);
    const { gradient, normal } = local;
    const free = gradient.map((slope, i) => {
      const value = point[i] ?? 0;
      return !((value <= (lower[i] ?? 0) && slope > 0) || (value >= (upper[i] ?? 0) && slope < 0));
    });
    const step = dampedStep(normal, gradient, free, damping);
    steps += 1;
    if (step === undefined) {
      damping *= 10;
      continue;
    }
    const candidate = point.map((value, i) => clip(value + (step[i] ?? 0), lower[i] ?? 0, upper[i] ?? 0));
    problem.residuals(candidate, candidateResidual);
    const candidateLoss = sumOfSquares(candidateResidual);
    if (candidateLoss < loss) {
      const gain = (loss - candidateLoss) / loss;
      let moved = 0;
      for (let i = 0; i < size; i++) {
        moved = Math.max(
          moved,
          Math.abs((candidate[i] ?? 0) - (point[i] ?? 0)) / (1e-8 + Math.abs(point[i] ?? 0)),
        );
      }
      point = candidate;
      [residual, candidateResidual] = [candidateResidual, residual];
      loss = candidateLoss;
      damping = Math.max(1e-12, damping / 5);
      local = undefined;
      if (gain < (problem.minGain ?? 0) || (gain < 1e-9 && moved < 1e-7)) break;
    } else damping *= 4;
  }
  return { point, loss, steps };
}

/** Gradient and normal matrix (JᵀJ, lower triangle) at a point. */
interface Linearisation {
  readonly gradient: readonly number[];
  readonly normal: readonly Float64Array[];
}

function linearise(problem: LeastSquaresProblem, point: Float64Array, residual: Float64Array): Linearisation {
  const jacobian = forwardDifferences(problem, point, residual);
  const normal = jacobian.map((column, i) => {
    const row = new Float64Array(jacobian.length);
    for (let j = 0; j <= i; j++) row[j] = dot(column, jacobian[j] ?? column);
    return row;
  });
  return { gradient: jacobian.map((column) => dot(column, residual)), normal };
}

function forwardDifferences(
  problem: LeastSquaresProblem,
  point: Float64Array,
  residual: Float64Array,
): readonly Float64Array[] {
  const probe = Float64Array.from(point);
  return Array.from(point, (value, i) => {
    const width = 1e-7 * Math.max(Math.abs(value), 1e-3);
    // Step inward at an upper bound, so that residuals are never asked for outside the box.
    const shifted = value + width > (problem.upper[i] ?? 0) ? value - width : value + width;
    probe[i] = shifted;
    const column = new Float64Array(problem.count);
    problem.residuals(probe, column);
    probe[i] = value;
    const scale = 1 / (shifted - value);
    for (let j = 0; j < problem.count; j++) column[j] = ((column[j] ?? 0) - (residual[j] ?? 0)) * scale;
    return column;
  });
}

function dampedStep(
  normal: readonly Float64Array[],
  gradient: readonly number[],
  free: readonly boolean[],
  damping: number,
): Float64Array | undefined {
  const matrix = normal.map((own, i) => {
    const row = Float64Array.from(own, (value, j) => (free[i] === true && free[j] === true ? value : 0));
    row[i] = free[i] === true ? (own[i] ?? 0) * (1 + damping) + 1e-30 : 1;
    return row;
  });
  return solvePositive(
    matrix,
    gradient.map((slope, i) => (free[i] === true ? -slope : 0)),
  );
}

/** Solves a symmetric positive definite system, given by its lower triangle, by Cholesky's factorisation; undefined when it is not positive definite. */
function solvePositive(matrix: readonly Float64Array[], right: readonly number[]): Float64Array | undefined {
  const size = right.length;
  const factor = matrix.map((row) => Float64Array.from(row));
  const at = (i: number, j: number): number => factor[i]?.[j] ?? 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i]?.[j] ?? 0;
      for (let k = 0; k < j; k++) sum -= at(i, k) * at(j, k);
      const row = factor[i];
      if (row === undefined) return undefined;
      if (i === j) {
        if (!(sum > 0)) return undefined;
        row[j] = Math.sqrt(sum);
      } else row[j] = sum / at(j, j);
    }
  }
  const solution = Float64Array.from(right);
  for (let i = 0; i < size; i++) {
    let sum = solution[i] ?? 0;
    for (let k = 0; k < i; k++) sum -= at(i, k) * (solution[k] ?? 0);
    solution[i] = sum / at(i, i);
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = solution[i] ?? 0;
    for (let k = i + 1; k < size; k++) sum -= at(k, i) * (solution[k] ?? 0);
    solution[i] = sum / at(i, i);
  }
  return solution;
}

const clip = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

function dot(p: Float64Array, q: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += (p[i] ?? 0) * (q[i] ?? 0);
  return sum;
}

const sumOfSquares = (p: Float64Array): number => dot(p, p);
