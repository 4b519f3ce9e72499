import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DueAccounts } from "./due-accounts.ts";

test("a set of numbers: members come in order, from anywhere to anywhere", () => {
  const number = fc.nat(5_000);
  const change = fc.record({ account: number, isIn: fc.boolean() });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), number, number, (changes, from, end) => {
      const due = new DueAccounts();
      const plain = new Set<number>();
      for (const { account, isIn } of changes) {
        if (isIn) plain.add(account);
        else plain.delete(account);
        if (isIn) due.add(account);
        else due.delete(account);
      }
      const found: number[] = [];
      for (let at = due.next(from, end); at >= 0; at = due.next(at + 1, end)) found.push(at);
      assert.deepEqual(
        found,
        [...plain].filter((account) => account >= from && account < end).sort((a, b) => a - b),
      );
      for (const { account } of changes) assert.equal(due.has(account), plain.has(account));
      const more = new DueAccounts();
      more.add(7);
      more.addAll(due);
      assert.ok(more.has(7) && [...plain].every((account) => more.has(account)));
    }),
    { seed: 20_261_124, numRuns: 200 },
  );
});
