import assert from "node:assert/strict";
import { test } from "node:test";
import { Impact } from "./impact.ts";

const terms = { impactFactor: 1, permanentShare: 0.25, impactHalfLifeMs: 1_000 };
const away = (impact: Impact): number => Math.log(impact.factor());

test("impact grows with the root of what was sold, and a share of it stays", () => {
  const impact = new Impact(terms, 1e6, 0.04);
  impact.add(-10_000);
  assert.ok(Math.abs(away(impact) + 0.04 * Math.sqrt(0.01)) < 1e-12);
  impact.add(-30_000);
  assert.ok(Math.abs(away(impact) + 0.04 * Math.sqrt(0.04)) < 1e-12);
  impact.pass(2_000);
  assert.ok(Math.abs(away(impact) + 0.04 * (0.75 * Math.sqrt(0.01) + 0.25 * Math.sqrt(0.04))) < 1e-12);
  impact.pass(1e6);
  assert.ok(Math.abs(away(impact) + 0.25 * 0.04 * Math.sqrt(0.04)) < 1e-12);
  assert.ok(Math.abs(Math.log(1 + impact.worst) + 0.04 * Math.sqrt(0.04)) < 1e-12);
});

test("buying back undoes it", () => {
  const impact = new Impact(terms, 1e6, 0.04);
  impact.add(-5_000);
  impact.add(5_000);
  assert.equal(impact.factor(), 1);
});
