/** A linear model fitted by least squares. */
export interface Fit {
  readonly coefficients: readonly number[];
  /** Of each row: target less prediction. */
  readonly residuals: readonly number[];
  /** Share of the targets' variance that is explained, 0 to 1; 0 where they do not vary. */
  readonly explained: number;
}

/**
 * Ordinary least squares through the normal equations, with a ridge so small that only columns that repeat each other feel it.
 *
 * @param rows - regressors of each observation, the constant among them; at least one row.
 */
export function leastSquares(rows: readonly (readonly number[])[], targets: readonly number[]): Fit {
  const width = rows[0]?.length ?? 0;
  const system = Array.from({ length: width }, () => new Float64Array(width + 1));
  for (const [at, row] of rows.entries()) {
    for (let i = 0; i < width; i++) {
      for (let j = 0; j < width; j++) system[i]![j]! += row[i]! * row[j]!;
      system[i]![width]! += row[i]! * targets[at]!;
    }
  }
  for (let i = 0; i < width; i++) system[i]![i]! += 1e-12 * rows.length;
  const coefficients = solved(system);
  const residuals = rows.map(
    (row, at) => targets[at]! - row.reduce((sum, value, column) => sum + value * coefficients[column]!, 0),
  );
  const mean = targets.reduce((sum, value) => sum + value, 0) / targets.length;
  const squares = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value * value, 0);
  const total = squares(targets.map((value) => value - mean));
  return { coefficients, residuals, explained: total > 0 ? 1 - squares(residuals) / total : 0 };
}

/** Gauss elimination with the largest pivot of each column. */
function solved(system: Float64Array[]): number[] {
  const width = system.length;
  for (let column = 0; column < width; column++) {
    let pivot = column;
    for (let row = column + 1; row < width; row++)
      if (Math.abs(system[row]![column]!) > Math.abs(system[pivot]![column]!)) pivot = row;
    [system[column], system[pivot]] = [system[pivot]!, system[column]!];
    for (let row = 0; row < width; row++) {
      const diagonal = system[column]![column]!;
      if (row === column || diagonal === 0) continue;
      const factor = system[row]![column]! / diagonal;
      for (let i = column; i <= width; i++) system[row]![i]! -= factor * system[column]![i]!;
    }
  }
  return system.map((row, at) => (row[at] === 0 ? 0 : row[width]! / row[at]!));
}
