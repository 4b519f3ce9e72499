// A clock that is set back: the machine's time is held, what is due by itself goes on, and someone is told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { keys, ServiceVenue } from "./venue.ts";

const tickMs = 10;

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !holds(); tries++) await new Promise((done) => setTimeout(done, 5));
  assert.ok(holds());
}

test("a clock set back by an hour holds the machine's time, and ticks go on", async (t) => {
  const told: number[] = [];
  const venue = await ServiceVenue.open({ tickMs, onClockBehind: (behindMs) => told.push(behindMs) });
  t.after(() => venue.close());
  const { clearinghouse: house } = venue;
  const { timeMs, sequence } = house.machine;
  assert.equal(house.clockBehindMs, 0);
  venue.nowMs -= 3_600_000;
  const running = setInterval(() => venue.nowMs++, 1);
  t.after(() => clearInterval(running));
  await until(() => house.machine.sequence >= sequence + 5);
  assert.equal(house.machine.timeMs, timeMs);
  assert.ok(house.clockBehindMs > 3_500_000);
  assert.equal(told.length, 1, "told once, not with every tick");
  await venue.openAccount(keys.stranger);
  assert.equal(house.machine.timeMs, timeMs);

  venue.nowMs = timeMs + 1;
  await until(() => house.machine.timeMs > timeMs);
  assert.equal(house.clockBehindMs, 0);
  venue.nowMs = timeMs - 60_000;
  await until(() => told.length === 2);
});

test("a clock corrected by less than a second is nothing to be told of", async (t) => {
  const told: number[] = [];
  const venue = await ServiceVenue.open({ onClockBehind: (behindMs) => told.push(behindMs) });
  t.after(() => venue.close());
  venue.nowMs -= 900;
  await venue.openAccount(keys.stranger);
  assert.deepEqual(told, []);
});

test("nothing ticks while a clock that a feed moves stands still", async (t) => {
  const venue = await ServiceVenue.open({ tickMs });
  t.after(() => venue.close());
  await venue.openAccount(keys.stranger);
  const { sequence } = venue.clearinghouse.machine;
  await new Promise((done) => setTimeout(done, 10 * tickMs));
  assert.equal(venue.clearinghouse.machine.sequence, sequence);
  venue.nowMs += 1;
  await until(() => venue.clearinghouse.machine.sequence > sequence);
});
