import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  codeOf,
  officer,
  ownerOf,
  restored,
  rootOf,
  type TestVenue,
  venueOf,
} from "../../../test/clearing-audit/world.ts";
import { ByteReader, ByteWriter } from "../state/index.ts";
import { DepositReferences, timeOfReference } from "./deposit-references.ts";
import { depositWindowMs, maxDepositLeadMs, maxUndatedReferences } from "./limits.ts";

const nowMs = 1_790_000_000_000;

describe("references of deposits", () => {
  test("a time is 13 digits before a colon", () => {
    assert.equal(timeOfReference("1790000000000:0xabc"), 1_790_000_000_000);
    for (const undated of ["", "1790000000000", "179000000000:x", "17900000000000:x", "0xabc:1790000000000:"])
      assert.equal(timeOfReference(undated), 0, undated);
  });

  test("a dated one is credited once, and never outside its window", () => {
    const venue = venueOf();
    const account = venue.account(ownerOf(1), 0);
    const deposit = (timeMs: number, name = "a"): string | undefined =>
      codeOf(
        venue.send(officer, {
          type: "deposit",
          account,
          asset: 0,
          units: 5,
          reference: `${timeMs}:${name}`,
        }),
      );
    const seen = venue.timeMs;
    assert.equal(deposit(seen), undefined);
    assert.equal(deposit(seen), "alreadyDone");
    assert.equal(deposit(seen - depositWindowMs), undefined);
    assert.equal(deposit(seen - depositWindowMs - 1), "malformed");
    assert.equal(deposit(seen + maxDepositLeadMs), undefined);
    assert.equal(deposit(seen + maxDepositLeadMs + 1), "malformed");
    venue.timeMs += depositWindowMs;
    assert.equal(deposit(seen), "alreadyDone");
    venue.timeMs++;
    // Others make it forgotten; it stays refused.
    for (const name of ["b", "c", "d"]) assert.equal(deposit(venue.timeMs, name), undefined);
    assert.equal(deposit(seen), "malformed");
    assert.equal(venue.engine.stores.deposits.size, 4);
    assert.equal(venue.engine.stores.ledger.balance(account, 0), 6 * 5);
  });

  test("are no more than what a window brings, however long it goes on, and survive a restart", () => {
    let venue: TestVenue = venueOf();
    const account = venue.account(ownerOf(1), 0);
    const { timeMs } = venue;
    for (let day = 0; day < 100; day++) {
      venue.timeMs = timeMs + day * 86_400_000;
      for (let i = 0; i < 3; i++) {
        const reference = `${venue.timeMs - i}:${day}`;
        venue.must(officer, { type: "deposit", account, asset: 0, units: 1, reference });
      }
      assert.ok(venue.engine.stores.deposits.size <= 31 * 3 + 3);
      if (day % 30 !== 29) continue;
      const again = restored(venue);
      assert.equal(rootOf(again), rootOf(venue));
      venue = again;
    }
    assert.equal(venue.engine.stores.deposits.leafCount, 6);
  });

  test("without a time have room of their own, and stay known", () => {
    const references = new DepositReferences();
    for (let i = 0; i < maxUndatedReferences; i++) references.add(`r${i}`, nowMs);
    assert.equal(references.check("one more", nowMs)?.code, "overCapacity");
    assert.equal(references.check("r0", nowMs + 100 * depositWindowMs)?.code, "alreadyDone");
    assert.equal(references.check(`${nowMs}:x`, nowMs), undefined);
  });

  test("free slots come back as they were", () => {
    const references = new DepositReferences();
    for (let i = 0; i < 40; i++) references.add(i % 2 === 0 ? `${nowMs + i}:x` : `r${i}`, nowMs);
    references.add(`${nowMs + depositWindowMs}:y`, nowMs + depositWindowMs + 20);
    const copy = new DepositReferences();
    const bytes = (from: DepositReferences): string[] =>
      Array.from({ length: from.leafCount }, (_, leaf) => {
        const out = new ByteWriter();
        from.encodeLeaf(leaf, out);
        if (from === references) copy.decodeLeaf(leaf, new ByteReader(out.copy()));
        return Buffer.from(out.bytes).toString("hex");
      });
    const before = bytes(references);
    copy.finishRestore();
    assert.deepEqual(bytes(copy), before);
    for (const store of [references, copy]) store.add("next", nowMs);
    assert.deepEqual(bytes(copy), bytes(references));
  });
});
