import assert from "node:assert/strict";
import { test } from "node:test";
import { future, option, startMs } from "../properties/clearing-venue.ts";
import { checkInvariants } from "../properties/clearing-invariants.ts";
import { codeOf, officer, order, ownerOf, perpetual, usd, venueOf } from "./world.ts";

/** DRV-11 and DRV-12 of Derive's audits: loops without bound, and dust positions that make others' work dear. */
test("DRV-11 what expires looks at its own triggers, not at everyone's", () => {
  const expiryMs = startMs + 3_600_000;
  const count = 40;
  const strikes = Array.from({ length: count }, (_, i) => (80_000 + i * 1_000) * 1e6);
  const venue = venueOf([
    perpetual(),
    ...strikes.map((strikeMicros) => option(expiryMs, { name: `C-${strikeMicros}`, strikeMicros })),
  ]);
  // Whoever has no money may still wait.
  let waiting = 0;
  for (let owner = 0; owner < 5; owner++) {
    const account = venue.account(ownerOf(owner), 0);
    for (let i = 0; i < 400; i++) {
      const instrument = i < 200 ? 0 : 1 + (i % count);
      const sent = order({
        account,
        instrument,
        trigger: "stop",
        triggerTicks: 2_000_000,
        priceTicks: 1,
        lots: 1,
      });
      assert.equal(codeOf(venue.send(ownerOf(owner), sent)), undefined);
      waiting++;
    }
  }
  const { triggers } = venue.engine.stores;
  const look = triggers.order.bind(triggers);
  let looks = 0;
  triggers.order = (slot) => {
    looks++;
    return look(slot);
  };
  venue.timeMs = expiryMs;
  const gone = venue.tick(0).filter((event) => event.type === "orderCancelled").length;
  assert.equal(gone, 1_000);
  assert.equal(triggers.orderCount, waiting - gone);
  assert.ok(looks <= 2 * gone, `${looks} looks at orders`);
  checkInvariants(venue);
});

test("DRV-12 a holder of dust neither stops a settlement nor takes from it", () => {
  const expiryMs = startMs + 3_600_000;
  const venue = venueOf([future(expiryMs)]);
  const maker = venue.account(ownerOf(1_000), usd(10_000_000));
  const holders = Array.from({ length: 300 }, (_, i) => venue.account(ownerOf(i), usd(20)));
  for (const [i, account] of holders.entries()) {
    venue.must(ownerOf(i), order({ account, priceTicks: 100_000, lots: 1 }));
  }
  venue.must(ownerOf(1_000), order({ account: maker, side: "sell", priceTicks: 100_000, lots: 300 }));
  venue.timeMs = expiryMs - 600_000;
  venue.price(0, 101_000);
  venue.timeMs = expiryMs;
  const settled = venue.tick(0).find(({ type }) => type === "instrumentSettled");
  assert.ok(settled?.type === "instrumentSettled");
  assert.equal(settled.positionCount, 301);
  assert.equal(settled.settlementMicros, 101_000_000_000);
  const { ledger } = venue.engine.stores;
  assert.equal(ledger.balance(venue.engine.stores.terms(0).clearingAccount, 0), 0);
  checkInvariants(venue);
});

test("nobody alone fills the table of pending withdrawals", () => {
  const venue = venueOf([perpetual()]);
  const [alice, bob] = [venue.account(ownerOf(1), 1_000), venue.account(ownerOf(2), 1_000)];
  const withdraw = (n: number, account: number): string | undefined =>
    codeOf(venue.send(ownerOf(n), { type: "withdraw", account, asset: 0, units: 1, destination: "x" }));
  for (let i = 0; i < 64; i++) assert.equal(withdraw(1, alice), undefined);
  assert.equal(withdraw(1, alice), "overCapacity");
  assert.equal(withdraw(2, bob), undefined);
  venue.must(officer, { type: "settleWithdrawal", withdrawal: 1, outcome: "paid" });
  assert.equal(withdraw(1, alice), undefined);
  checkInvariants(venue);
});
