/** A column of a linear programme and what one unit of it counts in a row. */
export type Term = readonly [column: number, coefficient: number];

/**
 * A linear programme: the least `cost · x` with `rowLower ≤ A·x ≤ rowUpper` and `columnLower ≤ x ≤ columnUpper`. Rows are sparse,
 * row after row: those of row `i` are entries `starts[i]` up to `starts[i + 1]`. Bounds may be infinite.
 */
export interface Programme {
  readonly cost: Float64Array;
  readonly columnLower: Float64Array;
  readonly columnUpper: Float64Array;
  readonly rowLower: Float64Array;
  readonly rowUpper: Float64Array;
  readonly starts: Int32Array;
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

/** What a solver answers. */
export interface ProgrammeSolution {
  /** `optimal`: nothing is better. `time-limit`: it stopped early, with `x` absent when it had not found any answer yet. */
  readonly status: "optimal" | "infeasible" | "unbounded" | "time-limit";
  /** Value of each column. Empty without an answer. */
  readonly x: Float64Array;
  readonly objective: number;
  /** By how much the objective grows per unit of each row's bound: its shadow price. Empty without an answer. */
  readonly rowDuals: Float64Array;
}

/** Solves a programme. Where the solver lives is not the core's business. */
export type Solve = (programme: Programme) => ProgrammeSolution;

/** Coefficients smaller than this share of the largest in their row say nothing and disturb a solver. */
const negligible = 1e-11;

/** Collects columns and rows of a programme. */
export class ProgrammeBuilder {
  readonly #cost: number[] = [];
  readonly #lower: number[] = [];
  readonly #upper: number[] = [];
  readonly #rowLower: number[] = [];
  readonly #rowUpper: number[] = [];
  readonly #starts: number[] = [0];
  readonly #indices: number[] = [];
  readonly #values: number[] = [];

  /** Adds a column and gives its index. Without bounds it is free. */
  column(lower: number = -Infinity, upper: number = Infinity, cost: number = 0): number {
    this.#cost.push(cost);
    this.#lower.push(lower);
    this.#upper.push(upper);
    return this.#cost.length - 1;
  }

  /** Changes what a column costs. */
  price(column: number, cost: number): void {
    this.#cost[column] = cost;
  }

  /** Adds `lower ≤ Σ terms ≤ upper` and gives its index. Terms of one column add up. */
  row(terms: Iterable<Term>, lower: number, upper: number = Infinity): number {
    const byColumn = new Map<number, number>();
    let largest = 0;
    for (const [column, coefficient] of terms) {
      const sum = (byColumn.get(column) ?? 0) + coefficient;
      byColumn.set(column, sum);
      largest = Math.max(largest, Math.abs(sum));
    }
    for (const [column, coefficient] of byColumn) {
      if (Math.abs(coefficient) <= largest * negligible) continue;
      this.#indices.push(column);
      this.#values.push(coefficient);
    }
    this.#starts.push(this.#indices.length);
    this.#rowLower.push(lower);
    this.#rowUpper.push(upper);
    return this.#rowLower.length - 1;
  }

  build(): Programme {
    return {
      cost: Float64Array.from(this.#cost),
      columnLower: Float64Array.from(this.#lower),
      columnUpper: Float64Array.from(this.#upper),
      rowLower: Float64Array.from(this.#rowLower),
      rowUpper: Float64Array.from(this.#rowUpper),
      starts: Int32Array.from(this.#starts),
      indices: Int32Array.from(this.#indices),
      values: Float64Array.from(this.#values),
    };
  }
}
