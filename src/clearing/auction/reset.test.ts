import assert from "node:assert/strict";
import { test } from "node:test";
import { callerRewardFloor, worthRestarting } from "./incentive.ts";
import { resetDue } from "./reset.ts";

const terms = { longest: 600n, lowest: 400_000n, one: 1_000_000n };
const auction = { elapsed: 600n, price: 40n, startPrice: 100n };

test("a reset is due after the longest time or below the lowest part, not at either", () => {
  assert.equal(resetDue(terms, auction), false);
  assert.equal(resetDue(terms, { ...auction, elapsed: 601n }), true);
  assert.equal(resetDue(terms, { ...auction, price: 39n }), true);
  assert.equal(resetDue(terms, { ...auction, startPrice: 101n }), true);
  assert.equal(resetDue({ ...terms, lowest: 0n }, { ...auction, price: 0n }), false);
  assert.equal(resetDue(terms, { elapsed: 0n, price: 0n, startPrice: 0n }), false);
});

test("a caller gets a flat amount and a part, rounded down; a restart of leftovers earns nothing", () => {
  const incentive = { flat: 100n, part: 20_000n, one: 1_000_000n };
  assert.equal(callerRewardFloor(incentive, 110n), 102n);
  assert.equal(callerRewardFloor(incentive, 0n), 100n);
  assert.equal(worthRestarting(22n, 22n, 22n), true);
  assert.equal(worthRestarting(21n, 90n, 22n), false);
  assert.equal(worthRestarting(90n, 21n, 22n), false);
});
