import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, order, type TestVenue } from "../../../test/properties/clearing-venue.ts";
import { firstAccount, wholeVenue } from "../../../test/properties/clearing-whole-venue.ts";
import { type FundSizingView, FundWatch } from "./index.ts";

/** Four coins long on 30,000: short of 0 by 103,044.50 in a fall of 33 %, as worked out in src/clearing/stress/sizing.test.ts. */
function leveraged(): TestVenue {
  const venue = wholeVenue(true);
  venue.timeMs += 2_000;
  const account = venue.account(addressOf(9), 30_000_000_000);
  const terms = { lots: 4_000, priceTicks: 100_000 };
  venue.must(addressOf(2), order({ account: firstAccount + 2, side: "sell", ...terms }));
  venue.must(addressOf(9), order({ account, ...terms }));
  venue.timeMs += 20_000;
  venue.price(0, 100_000);
  return venue;
}

test("tells when the fund falls below Cover-2 and when it is back, once each", async () => {
  const venue = leveraged();
  const alarms: FundSizingView[] = [];
  const { stores } = venue.engine;
  const watch = new FundWatch({ stores, everyMs: 0, onAlarm: (sizing) => alarms.push(sizing) });
  assert.equal(watch.latest, undefined);
  const short = await watch.atMost(0);
  assert.equal(short?.short, true);
  assert.equal(Number(short.coverTwoUsd).toFixed(2), "103044.50");
  await watch.atMost(-1);
  assert.deepEqual(
    alarms.map((alarm) => alarm.short),
    [true],
  );
  venue.must(addressOf(1), {
    type: "donateFund",
    account: firstAccount,
    tranche: "protocol",
    instrument: 0,
    units: 110_000_000_000,
  });
  assert.equal((await watch.atMost(3_600_000))?.short, true, "not measured anew before its time");
  await new Promise((resolve) => setTimeout(resolve, 20 * watch.tookMs + 5));
  const covered = await watch.atMost(0);
  assert.equal(covered?.short, false);
  assert.ok((covered.coverage ?? 0) > 1);
  assert.deepEqual(
    alarms.map((alarm) => alarm.short),
    [true, false],
  );
  watch.stop();
});

test("tells nobody who the losers are", async () => {
  const { stores } = leveraged().engine;
  const watch = new FundWatch({ stores, everyMs: 0, onAlarm: () => undefined });
  const text = JSON.stringify(await watch.atMost(0));
  assert.ok(!text.includes(addressOf(9)));
  assert.doesNotMatch(text, /owner|equity"/);
});

test("without prices or documents there is nothing to tell", async () => {
  const watch = new FundWatch({
    stores: wholeVenue().engine.stores,
    everyMs: 0,
    onAlarm: () => assert.fail(),
  });
  assert.equal(await watch.atMost(0), undefined);
});
