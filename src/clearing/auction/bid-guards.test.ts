import assert from "node:assert/strict";
import { test } from "node:test";
import { refusedByGuards } from "./bid-guards.ts";

const outcome = { form: "solvent", received: 100n, paid: 70n } as const;

test("a bid without guards accepts anything; guards are met at their bound", () => {
  assert.equal(refusedByGuards({}, outcome), undefined);
  assert.equal(refusedByGuards({ form: "solvent", minReceived: 100n, maxPaid: 70n }, outcome), undefined);
  assert.equal(refusedByGuards({ maxPaid: -5n }, { form: "insolvent", received: 1n, paid: -5n }), undefined);
});

test("the first guard broken is named with both figures: form, received, paid", () => {
  const all = { form: "insolvent", minReceived: 101n, maxPaid: 69n } as const;
  assert.deepEqual(refusedByGuards(all, outcome), { reason: "form", actual: "solvent", limit: "insolvent" });
  const { form: _, ...rest } = all;
  assert.deepEqual(refusedByGuards(rest, outcome), { reason: "minReceived", actual: 100n, limit: 101n });
  assert.deepEqual(refusedByGuards({ maxPaid: 69n }, outcome), {
    reason: "maxPaid",
    actual: 70n,
    limit: 69n,
  });
  // A bidder who is to be paid may ask for a least payment.
  const paid = { form: "insolvent", received: 1n, paid: -4n } as const;
  assert.equal(refusedByGuards({ maxPaid: -5n }, paid)?.reason, "maxPaid");
});
