import assert from "node:assert/strict";
import { test } from "node:test";
import { type Command } from "../../clearing/index.ts";
import { addressOf, officer } from "../../../test/properties/clearing-venue.ts";
import { firstAccount, instruments, wholeVenue } from "../../../test/properties/clearing-whole-venue.ts";
import { rejectionUnits } from "./rejection-units.ts";

test("options beyond the fund's budget are told in money, though lots are what is too much", () => {
  const venue = wholeVenue();
  const hedge: Command = { type: "hedgeFund", instrument: instruments.call, lots: 900_000, priceTicks: 100 };
  venue.must(addressOf(1), {
    type: "donateFund",
    account: firstAccount,
    tranche: "protocol",
    instrument: 0,
    units: 50_000_000_000,
  });
  const rejection = venue.send(officer, hedge).find((event) => event.type === "rejected");
  assert.ok(rejection !== undefined);
  assert.deepEqual([rejection.code, rejection.field], ["insufficientBudget", "lots"]);
  const { unit, limit } = rejectionUnits(venue.engine, hedge, rejection) ?? assert.fail("no units");
  // A twentieth of 50,000.
  assert.deepEqual([unit, limit], ["USDC", "2500"]);
});
