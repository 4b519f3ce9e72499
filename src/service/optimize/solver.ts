import { type Highs, type Model } from "highs";
import { invariant } from "../../quantity/index.ts";
import { type Programme, type ProgrammeSolution, type Term } from "../../risk/optimize/programme.ts";

/** A programme in the solver's memory. Solved again after a change of costs, it starts from the last answer. */
export interface LoadedProgramme {
  /** Changes what some columns cost. */
  price(columns: readonly number[], costs: readonly number[]): void;
  /** Changes a column's bounds. */
  boundColumn(column: number, lower: number, upper: number): void;
  /** Changes a row's bounds. */
  boundRow(row: number, lower: number, upper: number): void;
  /** Adds rows that the programme lacked. */
  addRows(rows: readonly { readonly terms: readonly Term[]; readonly lower: number }[]): void;
  /** Whether some columns must be whole numbers. */
  makeWhole(columns: readonly number[], whole: boolean): void;
  /** @param timeLimitMs - of this solve. */
  solve(timeLimitMs: number): ProgrammeSolution;
  /** Gives the memory back. */
  close(): void;
}

/** HiGHS, compiled to WebAssembly: the same answer on every machine, no network, one thread. */
export interface Solver {
  load(programme: Programme): LoadedProgramme;
}

let loading: Promise<Highs> | undefined;

/** Its code is loaded when it is first needed: most programs that use the service never solve anything. */
async function load(): Promise<Highs> {
  const { default: module } = await import("highs");
  // The package's types are those of its CommonJS form, whose default export is one level deeper than that of its module.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (module as unknown as (typeof module)["default"])();
}

/** Loads the solver once. */
export async function openSolver(): Promise<Solver> {
  const highs = await (loading ??= load());
  return { load: (programme) => loadProgramme(highs, programme) };
}

/** Solution status of HiGHS: a point that satisfies every constraint. */
const feasible = 2;

function loadProgramme(highs: Highs, programme: Programme): LoadedProgramme {
  const { cost, columnLower, columnUpper, rowLower, rowUpper, starts, indices, values } = programme;
  const model: Model = highs.createModel({
    numCols: cost.length,
    numRows: rowLower.length,
    colCost: cost,
    colLower: columnLower,
    colUpper: columnUpper,
    rowLower,
    rowUpper,
    matrix: {
      format: "csr",
      numRows: rowLower.length,
      numCols: cost.length,
      starts,
      indices,
      values,
    },
  });
  // Whole numbers: a thousandth from the best is enough, and so is what has been found after so many nodes.
  model.options.set({ output_flag: false, mip_rel_gap: 0.001, mip_max_nodes: 500 });
  return {
    price(columns, costs) {
      for (const [at, column] of columns.entries()) model.changeColCost(column, costs[at] ?? 0);
    },
    boundColumn: (column, lower, upper) => void model.changeColBounds(column, lower, upper),
    boundRow: (row, lower, upper) => void model.changeRowBounds(row, lower, upper),
    addRows(rows) {
      for (const { terms, lower } of rows) {
        model.addRow(lower, Infinity, {
          indices: terms.map(([column]) => column),
          values: terms.map(([, coefficient]) => coefficient),
        });
      }
    },
    makeWhole(columns, whole) {
      const { integer, continuous } = highs.constants.variableType;
      for (const column of columns) model.changeColIntegrality(column, whole ? integer : continuous);
    },
    solve(timeLimitMs) {
      model.raw.zeroAllClocks();
      model.options.set("time_limit", Math.max(0.01, timeLimitMs / 1000));
      model.run();
      return solutionOf(highs, model);
    },
    close: () => model.dispose(),
  };
}

function solutionOf(highs: Highs, model: Model): ProgrammeSolution {
  const { modelStatus } = highs.constants;
  const status = model.getModelStatus();
  const empty = { x: new Float64Array(0), rowDuals: new Float64Array(0), objective: Number.NaN };
  if (status === modelStatus.infeasible) return { status: "infeasible", ...empty };
  if (status === modelStatus.unbounded || status === modelStatus.unboundedOrInfeasible) {
    return { status: "unbounded", ...empty };
  }
  const found = { objective: model.getObjectiveValue() };
  if (status === modelStatus.optimal) {
    const { colValue, rowDual } = model.getSolution();
    return { status: "optimal", x: colValue, rowDuals: rowDual, ...found };
  }
  invariant(
    status === modelStatus.timeLimit ||
      status === modelStatus.iterationLimit ||
      status === modelStatus.solutionLimit ||
      status === modelStatus.unknown,
    `the solver ended with status ${status}`,
  );
  if (model.info.get("primal_solution_status") !== feasible) return { status: "time-limit", ...empty };
  return { status: "time-limit", x: model.getSolution().colValue, rowDuals: new Float64Array(0), ...found };
}
