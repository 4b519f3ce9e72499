import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { debtToRestoreCeil, type RepayTerms } from "./debt-to-restore.ts";
import { fractionPpm } from "./fraction.ts";
import { belowTargetHealth, type SecuredDebt, transferLowersHealth } from "./health.ts";
import { collateralForDebtFloor } from "./transfer.ts";

const anyPosition: fc.Arbitrary<SecuredDebt> = fc.record({
  collateral: fc.bigInt({ min: 0n, max: 10n ** 12n }),
  debt: fc.bigInt({ min: 1n, max: 10n ** 12n }),
  threshold: fc.integer({ min: 1, max: 990_000 }).map(fractionPpm),
});
const anyTerms: fc.Arbitrary<RepayTerms> = fc.record({
  bonus: fc.integer({ min: 0, max: 200_000 }).map(fractionPpm),
  targetHealth: fc.integer({ min: 1_000_000, max: 1_300_000 }).map(fractionPpm),
});

/** The position after `repaid` of its debt went with its collateral and bonus. */
function after(position: SecuredDebt, repaid: bigint, { bonus }: RepayTerms): SecuredDebt {
  const incentive = { ...bonus, numerator: bonus.denominator + bonus.numerator };
  const seized = collateralForDebtFloor(repaid, { debtPrice: 1n, collateralPrice: 1n, incentive });
  return { ...position, collateral: position.collateral - seized, debt: position.debt - repaid };
}

test("collateral of 1000 at 80 %, a debt of 900, a bonus of 5 %: 625 repaid restore a health of 1", () => {
  const position = { collateral: 1_000n, debt: 900n, threshold: fractionPpm(800_000) };
  const terms = { bonus: fractionPpm(50_000), targetHealth: fractionPpm(1_000_000) };
  // (900 − 800) ÷ (1 − 0.8 × 1.05) = 625
  assert.deepEqual(debtToRestoreCeil(position, terms), { kind: "restores", size: 625n });
  // Collateral that does not cover debt and bonus: all of it goes, and debt remains.
  const drowned = { ...position, collateral: 900n };
  assert.equal(transferLowersHealth(drowned, terms.bonus), true);
  assert.deepEqual(debtToRestoreCeil(drowned, terms), { kind: "exhausts", size: 857n });
  // A threshold so high that each step costs more than it relieves.
  const tight = { ...position, threshold: fractionPpm(960_000), debt: 990n };
  assert.deepEqual(debtToRestoreCeil(tight, terms), { kind: "routedOnward" });
  // Collateral too small to cover a single unit of debt never blocks: it is routed onward.
  assert.deepEqual(debtToRestoreCeil({ ...position, collateral: 1n }, terms), { kind: "routedOnward" });
});

test("restores to the target and not a unit of debt more", () => {
  fc.assert(
    fc.property(anyPosition, anyTerms, (position, terms) => {
      const step = debtToRestoreCeil(position, terms);
      if (!belowTargetHealth(position, terms.targetHealth)) {
        return assert.deepEqual(step, { kind: "restores", size: 0n });
      }
      if (step.kind === "routedOnward") return;
      assert.ok(step.size >= 1n && step.size <= position.debt);
      const left = after(position, step.size, terms);
      assert.ok(left.collateral >= 0n);
      if (step.kind === "exhausts") return assert.ok(belowTargetHealth(left, terms.targetHealth));
      assert.ok(!belowTargetHealth(left, terms.targetHealth));
      // One less, with its collateral to the fraction, is short: scaled by the bonus so that nothing is rounded.
      const { numerator, denominator } = terms.bonus;
      const less = step.size - 1n;
      const exact = {
        ...position,
        collateral: position.collateral * denominator - less * (denominator + numerator),
        debt: (position.debt - less) * denominator,
      };
      assert.ok(belowTargetHealth(exact, terms.targetHealth));
    }),
    { seed: 1, numRuns: 3_000 },
  );
});

test("each step improves health strictly, unless the collateral no longer covers debt and bonus", () => {
  fc.assert(
    fc.property(anyPosition, anyTerms, fc.bigInt({ min: 1n, max: 10n ** 12n }), (position, terms, wanted) => {
      if (transferLowersHealth(position, terms.bonus)) return;
      const repaid = wanted < position.debt ? wanted : position.debt;
      const left = after(position, repaid, terms);
      // left.collateral ÷ left.debt > collateral ÷ debt
      if (left.debt > 0n) assert.ok(left.collateral * position.debt > position.collateral * left.debt);
    }),
    { seed: 2, numRuns: 2_000 },
  );
});

test("and lowers it where it says so", () => {
  fc.assert(
    fc.property(anyPosition, anyTerms, (position, terms) => {
      if (!transferLowersHealth(position, terms.bonus)) return;
      const step = debtToRestoreCeil(position, terms);
      assert.ok(step.kind !== "restores" || step.size === 0n);
    }),
    { seed: 3, numRuns: 2_000 },
  );
});
