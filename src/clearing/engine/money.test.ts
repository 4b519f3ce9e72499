import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addressOf, officer, order, type TestVenue } from "../../../test/properties/clearing-venue.ts";
import { assets, firstAccount, wholeVenue } from "../../../test/properties/clearing-whole-venue.ts";
import { type ClearingEvent, type Command } from "../protocol/index.ts";

const alice = firstAccount;
const aliceToo = firstAccount + 1;
const bob = firstAccount + 2;
const [aliceKey, bobKey] = [addressOf(1), addressOf(2)];

const codeOf = (events: readonly ClearingEvent[]): string => {
  const refused = events.find((event) => event.type === "rejected");
  return refused ? `${refused.code} ${refused.field}` : "accepted";
};

describe("deposits", () => {
  const deposit = (change: Partial<Extract<Command, { type: "deposit" }>>): Command => ({
    type: "deposit",
    account: alice,
    asset: 0,
    units: 1_000,
    reference: "one",
    ...change,
  });
  test("are credited once", () => {
    const venue = wholeVenue();
    assert.equal(codeOf(venue.send(officer, deposit({}))), "accepted");
    assert.equal(codeOf(venue.send(officer, deposit({ units: 5 }))), "alreadyDone reference");
    assert.equal(venue.engine.stores.ledger.balance(alice, 0), 200_000_001_000);
  });
  const refused: readonly (readonly [string, Partial<Extract<Command, { type: "deposit" }>>, string])[] = [
    ["nothing", { units: 0 }, "malformed units"],
    ["to nobody", { account: 999 }, "unknownAccount account"],
    ["to the house", { account: 1 }, "unknownAccount account"],
    ["of nothing listed", { asset: 99 }, "unknownAsset asset"],
    ["above the cap", { units: 1_000_000_000_000_000 }, "overDepositCap units"],
  ];
  for (const [name, change, code] of refused) {
    test(name, () => assert.equal(codeOf(wholeVenue().send(officer, deposit(change))), code));
  }
  test("only the treasurer credits them", () => {
    assert.equal(codeOf(wholeVenue().send(aliceKey, deposit({}))), "notAuthorized signer");
  });
});

describe("withdrawals", () => {
  const withdraw = (units: number, asset: number = assets.btc): Command => ({
    type: "withdraw",
    account: alice,
    asset,
    units,
    destination: "cold",
  });
  const stores = (venue: TestVenue): [number, number] => {
    const { ledger } = venue.engine.stores;
    return [ledger.balance(alice, assets.btc), ledger.held(alice, assets.btc)];
  };
  for (const [outcome, after] of [
    ["paid", [40_000_000, 0]],
    ["failed", [50_000_000, 0]],
  ] as const) {
    test(`are held until they are ${outcome}`, () => {
      const venue = wholeVenue();
      assert.equal(codeOf(venue.send(aliceKey, withdraw(10_000_000))), "accepted");
      assert.deepEqual(stores(venue), [50_000_000, 10_000_000]);
      venue.must(officer, { type: "settleWithdrawal", withdrawal: 1, outcome });
      assert.deepEqual(stores(venue), after);
      assert.equal(
        codeOf(venue.send(officer, { type: "settleWithdrawal", withdrawal: 1, outcome })),
        "unknownWithdrawal withdrawal",
      );
    });
  }
  test("of what is held already are refused", () => {
    const venue = wholeVenue();
    venue.must(aliceKey, withdraw(30_000_000));
    assert.equal(codeOf(venue.send(aliceKey, withdraw(20_000_001))), "insufficientBalance units");
    assert.equal(codeOf(venue.send(aliceKey, withdraw(20_000_000))), "accepted");
  });
  test("may borrow up to the cap, where margin allows", () => {
    const venue = wholeVenue();
    const eth = 5_000_000_000;
    assert.equal(
      codeOf(venue.send(aliceKey, withdraw(eth + 20_000_000_001, assets.eth))),
      "overBorrowLimit units",
    );
    assert.equal(codeOf(venue.send(aliceKey, withdraw(eth + 20_000_000_000, assets.eth))), "accepted");
    venue.must(officer, { type: "settleWithdrawal", withdrawal: 1, outcome: "paid" });
    assert.equal(venue.engine.stores.ledger.balance(alice, assets.eth), -20_000_000_000);
  });
  test("beyond what the vault holds are refused", () => {
    const venue = wholeVenue();
    // All others take their ether first; what is left is what Alice put in.
    for (let i = 1; i < 6; i++) {
      venue.must(addressOf(1 + (i >> 1)), {
        type: "withdraw",
        account: firstAccount + i,
        asset: assets.eth,
        units: 5_000_000_000,
        destination: "",
      });
    }
    assert.equal(
      codeOf(venue.send(aliceKey, withdraw(5_000_000_001, assets.eth))),
      "insufficientBalance units",
    );
    assert.equal(codeOf(venue.send(aliceKey, withdraw(5_000_000_000, assets.eth))), "accepted");
  });
  test("of what margin needs are refused", () => {
    const venue = wholeVenue();
    venue.must(bobKey, order({ account: bob, side: "sell", lots: 20_000, priceTicks: 100_000 }));
    venue.must(aliceKey, order({ account: alice, side: "buy", lots: 20_000, priceTicks: 100_000 }));
    assert.equal(
      codeOf(venue.send(aliceKey, withdraw(195_000_000_000, 0))),
      "insufficientMargin equityMicros",
    );
  });
  test("wait while the venue is halted", () => {
    const venue = wholeVenue();
    venue.must(officer, { type: "setVenueStatus", status: "halted" });
    assert.equal(codeOf(venue.send(aliceKey, withdraw(1))), "venueHalted status");
  });
});

describe("transfers", () => {
  const transfer = (to: number, units: number, asset: number = 0): Command => ({
    type: "transfer",
    account: alice,
    to,
    asset,
    units,
  });
  test("go between one owner's accounts alone", () => {
    const venue = wholeVenue();
    assert.equal(codeOf(venue.send(aliceKey, transfer(bob, 1))), "notAuthorized to");
    assert.equal(codeOf(venue.send(aliceKey, transfer(alice, 1))), "malformed to");
    assert.equal(codeOf(venue.send(aliceKey, transfer(999, 1))), "unknownAccount to");
    assert.equal(codeOf(venue.send(aliceKey, transfer(aliceToo, 1, 9))), "unknownAsset asset");
    assert.equal(
      codeOf(venue.send(aliceKey, transfer(aliceToo, 50_000_001, assets.btc))),
      "insufficientBalance units",
    );
    assert.equal(codeOf(venue.send(aliceKey, transfer(aliceToo, 50_000_000, assets.btc))), "accepted");
    assert.equal(venue.engine.stores.ledger.balance(aliceToo, assets.btc), 100_000_000);
  });
});

test("interest on a loan goes from who owes to who lends, to the unit", () => {
  const venue = wholeVenue();
  venue.must(aliceKey, {
    type: "withdraw",
    account: alice,
    asset: assets.eth,
    units: 25_000_000_000,
    destination: "",
  });
  venue.must(officer, { type: "settleWithdrawal", withdrawal: 1, outcome: "paid" });
  for (let hour = 0; hour < 24; hour++) venue.tick(3_600_000);
  const { ledger } = venue.engine.stores;
  assert.ok(ledger.balance(alice, assets.eth) < -20_000_000_000);
  assert.ok(ledger.balance(bob, assets.eth) > 5_000_000_000);
  assert.equal(ledger.total(assets.eth), 0n);
  const events = venue.must(officer, {
    type: "deposit",
    account: alice,
    asset: assets.eth,
    units: 1,
    reference: "touch",
  });
  assert.ok(
    events.some((event) => event.type === "interestPaid" && event.account === alice && event.units < 0),
  );
});
