import assert from "node:assert/strict";
import { test } from "node:test";
import { PlimsollError } from "../../quantity/error.ts";
import { type LevelStep, type LevelWalk, nextLevel, walkScale, wantedLevels } from "./level-search.ts";
import { typeNeeds } from "./type-need.ts";

/** A small panel: a type's losses, and what is asked for it at a level. */
interface PanelType {
  readonly name: string;
  readonly losses: readonly number[];
  /** Moves with the level. */
  readonly risk: number;
  /** Does not. */
  readonly charge?: number;
  readonly mostLost?: number;
}

const walkAt = (panel: readonly PanelType[], level: number, target: number): LevelWalk => ({
  level,
  types: typeNeeds(
    panel.map(({ name, losses, risk, charge = 0, mostLost = Infinity }) => {
      const whole = level * risk + charge;
      return {
        name,
        losses: Float64Array.from(losses),
        requirements: Float64Array.from(losses, () => Math.min(mostLost, whole)),
        uncapped: Float64Array.from(losses, () => whole),
      };
    }),
    target,
  ),
});

function solve(
  panel: readonly PanelType[],
  { target = 0.01, most = 5, highest = 10 } = {},
): { walks: readonly LevelWalk[]; found: Extract<LevelStep, { kind: "done" }> } {
  const walks: LevelWalk[] = [];
  let level = 1;
  for (;;) {
    walks.push(walkAt(panel, level, target));
    const step = nextLevel(walks, { most, highest });
    if (step.kind === "done") return { walks, found: step };
    level = step.level;
  }
}

/** 1, 2, … count: with 99 windows none may breach, with 199 one. */
const upTo = (count: number, unit = 1): readonly number[] =>
  Array.from({ length: count }, (_, at) => unit * (at + 1));

const noSolution = (error: unknown): boolean =>
  error instanceof PlimsollError && error.code === "PLM_NO_SOLUTION";

test("a level that is too high comes down to the binding type's order statistic, in two walks", () => {
  const { walks, found } = solve([
    { name: "wide", losses: upTo(199), risk: 300 },
    { name: "narrow", losses: upTo(99), risk: 300 },
  ]);
  // one of 199 may breach: the second largest, 198, is what must be asked
  assert.deepEqual(
    walks[0]!.types.map(({ allowed, scale }) => [allowed, scale]),
    [
      [1, 198 / 300],
      [0, 99 / 300],
    ],
  );
  assert.equal(walks.length, 2);
  assert.equal(found.reason, "limit");
  assert.ok(found.walk.level >= 198 / 300 && found.walk.level <= (1.01 * 198) / 300, `${found.walk.level}`);
  assert.ok(walkScale(found.walk) <= 1);
});

test("a level that is too low goes up, and never stops above the promise", () => {
  const { found } = solve([{ name: "short", losses: upTo(99), risk: 40 }]);
  assert.ok(walkScale(found.walk) <= 1 && walkScale(found.walk) > 0.98, `${walkScale(found.walk)}`);
  assert.ok(found.walk.level >= 99 / 40);
});

test("charges that the level does not move: still within a hundredth, up and down", () => {
  for (const risk of [30, 60, 90, 300]) {
    const { found, walks } = solve([{ name: "charged", losses: upTo(99), risk, charge: 60 }]);
    const exact = (99 - 60) / risk;
    assert.ok(walkScale(found.walk) <= 1);
    assert.ok(
      found.walk.level >= exact - 1e-12 && found.walk.level <= 1.015 * exact,
      `${risk}: ${found.walk.level}`,
    );
    assert.ok(walks.length <= 4, `${risk}: ${walks.length} walks`);
  }
});

test("a type whose requirement is the most it can lose does not hold the level up", () => {
  // 50 of 99 lose all that was asked: the requirement is covered exactly, and would be far below
  const capped = {
    name: "capped",
    losses: upTo(99).map((loss) => Math.min(loss, 50)),
    risk: 400,
    mostLost: 50,
  };
  const { found } = solve([capped, { name: "other", losses: upTo(99), risk: 400 }]);
  const [own, other] = found.walk.types;
  assert.equal(own!.scale, 1);
  assert.ok(own!.factor < 1);
  assert.equal(own!.cappedShare, 1);
  assert.ok(other!.scale > 0.98 && other!.scale <= 1);
  // alone it is let down to where the cap ends
  const alone = solve([capped]).found;
  assert.ok(alone.walk.level >= 50 / 400 && alone.walk.level < 0.13, `${alone.walk.level}`);
  assert.ok(walkScale(alone.walk) <= 1);
});

test("charges alone near the limit: the level rests where it was", () => {
  const { found } = solve([{ name: "charge", losses: upTo(99, 0.5), risk: 1e-9, charge: 50 }]);
  assert.equal(found.reason, "rest");
  assert.equal(found.walk.level, 1);
  assert.ok(walkScale(found.walk) <= 1);
});

test("too few windows for a promise: none may breach", () => {
  const [few, enough] = walkAt(
    [
      { name: "few", losses: upTo(98), risk: 97 },
      { name: "enough", losses: upTo(99), risk: 99 },
    ],
    1,
    0.01,
  ).types;
  assert.deepEqual([few!.promise, few!.allowed, few!.breaches, few!.scale], ["realised", 0, 1, 98 / 97]);
  assert.deepEqual(
    [enough!.promise, enough!.allowed, enough!.breaches, enough!.scale],
    ["exchangeable", 0, 0, 1],
  );
  // at 99.9 % the same takes 999
  const strict = walkAt([{ name: "few", losses: upTo(998), risk: 998 }], 1, 0.001).types[0]!;
  assert.equal(strict.promise, "realised");
});

test("what no level can do is refused", () => {
  assert.throws(() => solve([{ name: "free", losses: upTo(99), risk: 0 }]), noSolution);
  assert.throws(() => solve([{ name: "stiff", losses: upTo(99), risk: 1, charge: 50 }]), noSolution);
  assert.throws(() => solve([{ name: "low", losses: upTo(99), risk: 1 }], { highest: 90 }), noSolution);
});

test("walks used up: the lowest that kept the promise is kept", () => {
  const panel = [{ name: "charged", losses: upTo(99), risk: 300, charge: 90 }];
  const { walks, found } = solve(panel, { most: 2 });
  assert.equal(walks.length, 2);
  assert.equal(found.reason, "walks");
  assert.ok(walkScale(found.walk) <= 1);
});

test("a fall that goes too far is taken back between the two levels", () => {
  // below 0.6 another measure leads, and asks for less than half
  const at = (level: number): LevelWalk => {
    const asked = level >= 0.6 ? 200 * level : 80 * level;
    const losses = Float64Array.from(upTo(99));
    const requirements = losses.map(() => asked);
    return {
      level,
      types: typeNeeds([{ name: "kinked", losses, requirements, uncapped: requirements }], 0.01),
    };
  };
  const walks = [at(1)];
  for (;;) {
    const step = nextLevel(walks, { most: 12, highest: 10 });
    if (step.kind === "done") {
      assert.ok(walkScale(step.walk) <= 1);
      assert.ok(step.walk.level >= 0.6 && step.walk.level < 0.62, `${step.walk.level}`);
      break;
    }
    walks.push(at(step.level));
  }
});

test("what a type wants: its line through two levels, nothing where it does not follow", () => {
  const need = (name: string, factor: number) => ({
    name,
    windows: 99,
    promise: "exchangeable" as const,
    allowed: 0,
    breaches: 0,
    scale: factor,
    factor,
    cappedShare: 0,
  });
  const here = { level: 0.8, types: [need("line", 1 / 1.4), need("still", 0.9), need("none", 0)] };
  const before = { level: 1, types: [need("line", 1 / 1.5), need("still", 0.9), need("none", 0)] };
  const [line, still, none] = wantedLevels(here, before);
  // covered 1.4 times at 0.8 and 1.5 times at 1: once at 0
  assert.ok(Math.abs(line!) < 1e-9);
  assert.deepEqual([still, none], [0, 0]);
  assert.ok(Math.abs(wantedLevels(here)[1]! - 0.72) < 1e-12);
});
