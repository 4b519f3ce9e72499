import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngine, type Engine } from "../../src/clearing/index.ts";
import { SnapshotReader, StateTree, writeSnapshot } from "../../src/clearing/state/index.ts";
import { addressOf, TestVenue } from "./clearing-venue.ts";
import { assets, wholeVenue } from "./clearing-whole-venue.ts";
import { WatchSteps } from "./margin-watch-steps.ts";

// A machine that re-margins due accounts beside one that re-margins all, and one restored on the way, which knows nothing of either: the same events,
// the same state. `PLIMSOLL_SOAK=1` runs a thousand times as many.
const isSoak = process.env["PLIMSOLL_SOAK"] === "1";
const seedCount = isSoak ? Number(process.env["PLIMSOLL_RUNS"] ?? 2_000) : 12;
const stepCount = 400;
const seed = 20_261_124;

const rootOf = ({ engine }: TestVenue): string =>
  Buffer.from(new StateTree(engine.sections).root(engine.head)).toString("hex");

function restored({ engine }: TestVenue): TestVenue {
  const root = new StateTree(engine.sections).root(engine.head);
  const copy = createEngine();
  const reader = new SnapshotReader(copy.sections);
  for (const piece of writeSnapshot(engine.sections, engine.head, root)) reader.push(piece);
  reader.finish();
  return new TestVenue(copy);
}

/** Twelve accounts of four owners, thinly funded, beside the venue's own. */
function crowd(looksAtAll: boolean): { venue: TestVenue; owners: { owner: string; account: number }[] } {
  const venue = wholeVenue(true);
  venue.engine.stores.watch.looksAtAll = looksAtAll;
  const owners: { owner: string; account: number }[] = [];
  for (let i = 0; i < 24; i++) {
    const owner = addressOf(0x40 + (i >> 2));
    const mode = (["cross", "isolated", "portfolio", "cross"] as const)[i % 4]!;
    const account = venue.account(owner, (2_000 + 1_500 * i) * 1_000_000, mode);
    if (i % 3 === 0) venue.deposit(account, assets.btc, 4_000_000);
    if (i % 5 === 0) venue.deposit(account, assets.eth, 1_000_000_000);
    owners.push({ owner, account });
  }
  return { venue, owners };
}

/** Accounts that are looked at by one machine's sweep. */
function dueCount({ stores }: Engine): number {
  let count = 0;
  const { due } = stores.watch;
  for (let at = due.next(0, stores.accounts.count); at >= 0; at = due.next(at + 1, stores.accounts.count))
    count++;
  return count;
}

test("CLR-13 re-margining only who is due gives the events and the state of re-margining all", () => {
  const seen = new Map<string, number>();
  let due = 0;
  let visited = 0;
  for (let run = 0; run < seedCount; run++) {
    const { venue: watched, owners } = crowd(false);
    const { venue: whole } = crowd(true);
    const steps = new WatchSteps(seed + run, watched.engine, owners);
    let copy: TestVenue | undefined;
    const restoredAt = (run * 37) % stepCount;
    for (let at = 0; at < stepCount; at++) {
      if (at === restoredAt) copy = restored(watched);
      const { afterMs, signer, command } = steps.next();
      const answers = [watched, whole, ...(copy ? [copy] : [])].map((venue) => {
        venue.timeMs += afterMs;
        return venue.send(signer, command);
      });
      const what = `run ${run}, step ${at}: ${command.type}`;
      for (const answer of answers.slice(1)) assert.deepEqual(answer, answers[0], what);
      for (const { type, ...rest } of answers[0]!) {
        const reason =
          "reason" in rest
            ? ` ${rest.reason}`
            : type === "rejected" && "code" in rest
              ? ` ${command.type} ${rest.code}`
              : "";
        seen.set(type + reason, (seen.get(type + reason) ?? 0) + 1);
      }
      if (command.type === "publishPrices") {
        due += dueCount(watched.engine);
        visited += dueCount(whole.engine);
      }
    }
    assert.equal(rootOf(whole), rootOf(watched), `run ${run}`);
    assert.equal(copy && rootOf(copy), rootOf(watched), `run ${run}, restored`);
  }
  if (isSoak) console.log(Object.fromEntries(seen), due / visited);
  // The runs are of the kind that they are meant to be.
  const least = (type: string): number => seen.get(type) ?? 0;
  for (const type of ["marginCalled", "orderCancelled margin", "fundingPaid"]) {
    assert.ok(least(type) > 2 * seedCount, `${type}: ${least(type)}`);
  }
  assert.ok(least("marginRestored") > 0 && least("interestPaid") > 0);
  assert.ok(due * 2 < visited, `${due} of ${visited} were due`);
});
