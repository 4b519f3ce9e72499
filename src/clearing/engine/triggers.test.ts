import assert from "node:assert/strict";
import { test } from "node:test";
import { checkInvariants } from "../../../test/properties/clearing-invariants.ts";
import {
  codeOf,
  order,
  ownerOf,
  restored,
  rootOf,
  type TestVenue,
  usd,
  venueOf,
} from "../../../test/clearing-audit/world.ts";
import { type ClearingEvent } from "../protocol/index.ts";

const triggered = (events: readonly ClearingEvent[]): number[] =>
  events.flatMap((event) => (event.type === "orderTriggered" ? [event.account] : []));

/** `makers` × 200 offers of one lot, and stops that buy `lots` each once the mark is at 100,100. Returns who waits, oldest first. */
function stops(makers: number, count: number, lots: number): { venue: TestVenue; waiting: number[] } {
  const venue = venueOf();
  for (let n = 0; n < makers; n++) {
    const account = venue.account(ownerOf(n), usd(1_000_000));
    for (let i = 0; i < 200; i++) {
      venue.must(ownerOf(n), order({ account, side: "sell", priceTicks: 100_200, lots: 1 }));
    }
  }
  const waiting = Array.from({ length: count }, (_, n) => {
    const account = venue.account(ownerOf(1_000 + n), usd(1_000_000));
    const stop = { trigger: "stop", triggerTicks: 100_100, priceTicks: 100_300, lots } as const;
    venue.must(ownerOf(1_000 + n), order({ account, ...stop }));
    return account;
  });
  return { venue, waiting };
}

test("once stops have met a thousand resting orders, the next waits for the next command", () => {
  const { venue, waiting } = stops(6, 3, 500);
  venue.timeMs += 1_000;
  const first = venue.price(0, 100_150);
  assert.deepEqual(triggered(first), waiting.slice(0, 2));
  assert.equal(first.filter(({ type }) => type === "traded").length, 1_000);
  const other = restored(venue);
  // A command that is refused lets them go on as well.
  const refused = order({ account: waiting[0]!, lots: 0 });
  const next = venue.send(ownerOf(1_000), refused);
  assert.equal(codeOf(next), "notATick");
  assert.deepEqual(triggered(next), [waiting[2]]);
  assert.deepEqual(other.send(ownerOf(1_000), refused), next);
  assert.equal(rootOf(other), rootOf(venue));
  checkInvariants(venue);
});

test("a hundred go with each command, in the order in which they fired", () => {
  const { venue, waiting } = stops(2, 250, 1);
  venue.timeMs += 1_000;
  const commands = [venue.price(0, 100_150), venue.tick(0), venue.tick(0), venue.tick(0)].map(triggered);
  assert.deepEqual(
    commands.map(({ length }) => length),
    [100, 100, 50, 0],
  );
  assert.deepEqual(commands.flat(), waiting);
  assert.equal(venue.engine.stores.triggers.orderCount, 0);
});
