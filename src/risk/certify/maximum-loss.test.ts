import assert from "node:assert/strict";
import { test } from "node:test";
import { PlimsollError } from "../../quantity/error.ts";
import { legsOf, lossAt, type LossBox, type LossProblem, type OptionLeg } from "./legs.ts";
import { type MaximumLoss, maximumLoss } from "./maximum-loss.ts";

const year = 365;
interface Held {
  readonly units: number;
  readonly type: "call" | "put";
  readonly strike: number;
  readonly days: number;
  readonly vol?: number;
}
const factors = [0.75, 1.5];
const legOf = ({ units, type, strike, days, vol = 0.6 }: Held): OptionLeg => {
  const totalVolNow = vol * Math.sqrt(days / year);
  return {
    weightUsd: units,
    isCall: type === "call",
    forward: 100,
    strike,
    totalVolNow,
    totalVols: factors.map((factor) => factor * totalVolNow),
  };
};
const bookOf = (held: readonly Held[], linearUsd = 0): LossProblem => ({
  options: held.map(legOf),
  linearUsd,
  volNodes: factors,
});
const box: LossBox = { spotDown: -0.2, spotUp: 0.2, volDown: 0.75, volUp: 1.5 };
const near = (actual: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`);

/** The slow obvious twin: the worst of a dense grid. */
function densest(problem: LossProblem, area: LossBox, steps = 400): number {
  const legs = legsOf(problem);
  let worst = -Infinity;
  for (let i = 0; i <= steps; i++) {
    const spot = area.spotDown + ((area.spotUp - area.spotDown) * i) / steps;
    for (let j = 0; j <= 20; j++) {
      worst = Math.max(worst, lossAt(legs, spot, area.volDown + ((area.volUp - area.volDown) * j) / 20));
    }
  }
  return worst;
}

function certified(problem: LossProblem, area: LossBox = box): MaximumLoss {
  const gross = problem.options.reduce((sum, { weightUsd }) => sum + Math.abs(weightUsd) * 100, 0);
  const found = maximumLoss(problem, area, { tolerance: 0.001, floorUsd: 0.001 * gross });
  const { witness, upperUsd, gapUsd } = found;
  assert.notEqual(found.stopped, "cells");
  assert.equal(lossAt(legsOf(problem), witness.spot, witness.vol), witness.lossUsd);
  assert.ok(witness.spot >= area.spotDown && witness.spot <= area.spotUp);
  assert.ok(witness.vol >= area.volDown && witness.vol <= area.volUp);
  assert.ok(gapUsd === upperUsd - witness.lossUsd && gapUsd >= 0);
  assert.ok(gapUsd <= 0.001 * Math.max(witness.lossUsd, 0.001 * gross) + 1e-9 * gross);
  const twin = densest(problem, area);
  assert.ok(twin <= upperUsd, `the twin loses ${twin}, more than ${upperUsd}`);
  assert.ok(twin >= upperUsd - gapUsd - 0.02 * Math.max(Math.abs(twin), 0.001 * gross));
  return found;
}

test("an empty book loses nothing, a linear one at the worse end", () => {
  assert.deepEqual(maximumLoss(bookOf([]), box).upperUsd, 0);
  const long = certified(bookOf([], 1000));
  near(long.upperUsd, 200, 1e-6);
  assert.equal(long.witness.spot, -0.2);
  assert.equal(certified(bookOf([], -1000)).witness.spot, 0.2);
});

test("one option: bought it loses at one corner, sold at the other", () => {
  const bought = certified(bookOf([{ units: 1, type: "call", strike: 105, days: 30 }]));
  assert.deepEqual([bought.witness.spot, bought.witness.vol], [-0.2, 0.75]);
  const sold = certified(bookOf([{ units: -1, type: "call", strike: 105, days: 30 }]));
  assert.deepEqual([sold.witness.spot, sold.witness.vol], [0.2, 1.5]);
});

test("a bought straddle loses inside the box, between any two points that are not its strike", () => {
  const straddle: readonly Held[] = [
    { units: 1, type: "call", strike: 103, days: 2 },
    { units: 1, type: "put", strike: 103, days: 2 },
  ];
  const found = certified(bookOf(straddle));
  near(found.witness.spot, 0.03, 0.002);
  assert.equal(found.witness.vol, 0.75);
  const sold = certified(bookOf(straddle.map((leg) => ({ ...leg, units: -leg.units }))));
  assert.equal(Math.abs(sold.witness.spot), 0.2);
});

test("expired, of no volatility, a minute from expiry, deep in the money, far out of it", () => {
  for (const days of [0, 1 / 1440, 1e-9]) {
    for (const strike of [0, 20, 99.9, 100, 100.1, 110, 500]) {
      for (const type of ["call", "put"] as const) {
        for (const units of [1, -1]) certified(bookOf([{ units, type, strike, days }]));
      }
    }
  }
  certified(bookOf([{ units: -1, type: "put", strike: 100, days: 30, vol: 0 }]));
  certified(bookOf([{ units: 1, type: "call", strike: 1, days: 300 }]));
  // so little volatility that its square is no number
  for (const units of [1, -1]) {
    for (const strike of [90, 100, 107]) {
      certified(bookOf([{ units, type: "call", strike, days: 30, vol: 1e-200 }]));
    }
  }
});

test("a butterfly sold at a strike that no grid would hit: a needle a minute before expiry is found", () => {
  for (const days of [1 / 1440, 1 / 24, 1]) {
    for (const width of [0.01, 0.5, 2]) {
      const strike = 107.31;
      const sold: readonly Held[] = [
        { units: -1, type: "call", strike: strike - width, days },
        { units: 2, type: "call", strike, days },
        { units: -1, type: "call", strike: strike + width, days },
      ];
      // finer than the twin's grid: its own check doesn't see the needle
      const gross = 4 * 100;
      const problem = bookOf(sold);
      const found = maximumLoss(problem, box, { tolerance: 0.001, floorUsd: 1e-6 * gross });
      assert.notEqual(found.stopped, "cells");
      if (days < 0.01 && width >= 0.5) {
        // the tent, blunted by the little time that is left
        near(found.witness.lossUsd, width - 0.05, 0.01);
        near(found.witness.spot, strike / 100 - 1, 1e-4);
      }
      assert.ok(densest(problem, box, 2000) <= found.upperUsd);
    }
  }
});

test("calls and puts of one strike are one leg: a synthetic forward against its future is nothing", () => {
  const conversion: readonly Held[] = [
    { units: 3, type: "call", strike: 97, days: 20 },
    { units: -3, type: "put", strike: 97, days: 20 },
  ];
  const problem = bookOf(conversion, -300);
  assert.equal(legsOf(problem).count, 0);
  const { upperUsd, cells } = maximumLoss(problem, box, { tolerance: 0, floorUsd: 0 });
  assert.ok(upperUsd >= 0 && upperUsd < 1e-7);
  assert.equal(cells, 1);
});

test("a box without width is the scenario itself; one without volatility range is a line", () => {
  const problem = bookOf([
    { units: -1, type: "call", strike: 103, days: 5 },
    { units: 2, type: "put", strike: 95, days: 40 },
  ]);
  for (const volUp of [1, 1.5]) {
    for (const spotUp of [0.05, 0.08]) {
      const area = { spotDown: 0.05, spotUp, volDown: 1, volUp };
      const found = certified(problem, area);
      if (volUp > 1 || spotUp > 0.05) continue;
      near(found.upperUsd, lossAt(legsOf(problem), 0.05, 1), 1e-8);
    }
  }
});

test("several pieces of the volatility axis, and a volatility that falls to nothing", () => {
  const options = [
    legOf({ units: -1, type: "call", strike: 100, days: 10 }),
    legOf({ units: 1.2, type: "put", strike: 96, days: 3 }),
  ];
  const problem: LossProblem = {
    options: options.map((leg) => ({ ...leg, totalVols: [0, leg.totalVolNow, 1.7 * leg.totalVolNow] })),
    linearUsd: 20,
    volNodes: [-1, 0, 1],
  };
  certified(problem, { spotDown: -0.2, spotUp: 0.2, volDown: -1, volUp: 1 });
  certified(problem, { spotDown: -0.2, spotUp: 0.2, volDown: -0.3, volUp: 0.4 });
  certified(problem, { spotDown: -0.2, spotUp: 0.2, volDown: 0, volUp: 0 });
});

test("a run that is cut short still holds; more cells only tighten it", () => {
  const problem = bookOf([
    { units: 1, type: "call", strike: 103, days: 1 },
    { units: 1, type: "put", strike: 103, days: 1 },
    { units: -1, type: "call", strike: 112, days: 1 },
  ]);
  const worst = densest(problem, box);
  let before = Infinity;
  for (const mostCells of [1, 3, 9, 27]) {
    const { upperUsd, stopped } = maximumLoss(problem, box, { tolerance: 0, mostCells });
    assert.equal(stopped, "cells");
    assert.ok(upperUsd >= worst && upperUsd <= before);
    before = upperUsd;
  }
  const exact = maximumLoss(problem, box, { tolerance: 0 });
  assert.equal(exact.stopped, "resolution");
  assert.ok(exact.gapUsd < 1e-7);
});

test("a long run tells how far it has come: bound and loss close in on each other", () => {
  // a comb of sold tents of one height, a minute from expiry: every tooth is nearly the worst
  const comb = Array.from({ length: 31 }, (_, at) => ({
    units: at === 0 || at === 30 ? -1 : at % 2 === 0 ? -2 : 2,
    type: "call" as const,
    strike: 85 + at,
    days: 1 / 1440,
  }));
  const problem = bookOf(comb);
  const told: (readonly [number, number, number])[] = [];
  const { cells: all } = maximumLoss(problem, box, {
    tolerance: 0,
    mostCells: 4000,
    onProgress: (...now) => {
      told.push(now);
    },
  });
  assert.ok(told.length >= 2, `${told.length} of ${all} cells`);
  for (const [at, [cells, upperUsd, lossUsd]] of told.entries()) {
    const [before = 0, upperBefore = Infinity, lossBefore = -Infinity] = told[at - 1] ?? [];
    assert.ok(cells >= before + 100 && upperUsd <= upperBefore && lossUsd >= lossBefore);
    assert.ok(lossUsd <= upperUsd);
  }
});

test("what is out of range is named", () => {
  const problem = bookOf([{ units: 1, type: "call", strike: 100, days: 1 }]);
  const fails = (run: () => unknown, field: string): void => {
    assert.throws(run, (error) => error instanceof PlimsollError && error.field === field, field);
  };
  fails(() => maximumLoss(problem, { ...box, spotDown: -1 }), "box.spotDown");
  fails(() => maximumLoss(problem, { ...box, spotUp: -0.3 }), "box.spotUp");
  fails(() => maximumLoss(problem, { ...box, volUp: 3 }), "box.volUp");
  fails(() => maximumLoss(problem, { ...box, volDown: NaN }), "box.volDown");
  fails(() => maximumLoss(problem, box, { tolerance: -1 }), "tolerance");
  fails(() => maximumLoss(problem, box, { mostCells: 0 }), "mostCells");
  fails(() => maximumLoss({ ...problem, volNodes: [1, 1] }, box), "volNodes[1]");
  fails(() => maximumLoss({ ...problem, linearUsd: Infinity }, box), "linearUsd");
  const [leg] = problem.options;
  assert.ok(leg);
  fails(() => maximumLoss({ ...problem, options: [{ ...leg, forward: 0 }] }, box), "options[0].forward");
  fails(
    () => maximumLoss({ ...problem, options: [{ ...leg, totalVols: [1] }] }, box),
    "options[0].totalVols.length",
  );
  fails(
    () => maximumLoss({ ...problem, options: Array.from({ length: 5001 }, () => leg) }, box),
    "options.length",
  );
});
