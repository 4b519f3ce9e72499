import assert from "node:assert/strict";
import { test } from "node:test";
import { ProgrammeBuilder } from "../../risk/optimize/index.ts";
import { openSolver } from "./solver.ts";

const solver = await openSolver();

/** Chairs and tables: 3 and 5 of profit, 40 hours of carpentry and 50 of finishing. */
function workshop(): { builder: ProgrammeBuilder; chairs: number; tables: number } {
  const builder = new ProgrammeBuilder();
  const chairs = builder.column(0, Infinity, -3);
  const tables = builder.column(0, Infinity, -5);
  builder.row(
    [
      [chairs, 1],
      [tables, 2],
    ],
    -Infinity,
    40,
  );
  builder.row(
    [
      [chairs, 2],
      [tables, 1],
    ],
    -Infinity,
    50.5,
  );
  return { builder, chairs, tables };
}

test("an optimum with its shadow prices", () => {
  const { builder, chairs, tables } = workshop();
  const loaded = solver.load(builder.build());
  const { status, x, objective, rowDuals } = loaded.solve(1_000);
  assert.equal(status, "optimal");
  assert.ok(Math.abs((x[chairs] ?? 0) - 61 / 3) < 1e-9 && Math.abs((x[tables] ?? 0) - 59 / 6) < 1e-9);
  assert.ok(Math.abs(objective + 61 + 295 / 6) < 1e-9);
  // One more hour of carpentry is worth 7/3, one of finishing 1/3.
  assert.ok(Math.abs((rowDuals[0] ?? 0) + 7 / 3) < 1e-9 && Math.abs((rowDuals[1] ?? 0) + 1 / 3) < 1e-9);
  loaded.close();
});

test("costs, bounds and whole numbers may change between solves", () => {
  const { builder, chairs, tables } = workshop();
  const loaded = solver.load(builder.build());
  loaded.makeWhole([chairs, tables], true);
  const whole = loaded.solve(1_000);
  assert.ok(Number.isInteger(Math.round((whole.x[chairs] ?? 0) * 1e9) / 1e9));
  assert.equal(Math.round(whole.objective), -110);
  loaded.makeWhole([chairs, tables], false);
  loaded.boundColumn(tables, 0, 0);
  assert.ok(Math.abs((loaded.solve(1_000).x[chairs] ?? 0) - 25.25) < 1e-9);
  loaded.boundColumn(tables, 0, Infinity);
  loaded.price([chairs], [0]);
  assert.ok(Math.abs((loaded.solve(1_000).x[tables] ?? 0) - 20) < 1e-9);
  loaded.boundRow(0, -Infinity, 10);
  assert.ok(Math.abs((loaded.solve(1_000).x[tables] ?? 0) - 5) < 1e-9);
  loaded.close();
});

test("what has no answer says so", () => {
  const infeasible = new ProgrammeBuilder();
  const column = infeasible.column(0, 1, 1);
  infeasible.row([[column, 1]], 2);
  const first = solver.load(infeasible.build());
  assert.equal(first.solve(1_000).status, "infeasible");
  first.close();
  const unbounded = new ProgrammeBuilder();
  unbounded.row([[unbounded.column(0, Infinity, -1), 1]], 0);
  const second = solver.load(unbounded.build());
  assert.equal(second.solve(1_000).status, "unbounded");
  second.close();
});

test("the same programme has the same answer, to the last bit", () => {
  const answers = [1, 2].map(() => {
    const loaded = solver.load(workshop().builder.build());
    const { x } = loaded.solve(1_000);
    loaded.close();
    return x;
  });
  assert.deepEqual(answers[0], answers[1]);
});
