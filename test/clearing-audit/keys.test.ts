import assert from "node:assert/strict";
import { test } from "node:test";
import { option, startMs } from "../properties/clearing-venue.ts";
import {
  addressOf,
  codeOf,
  officer,
  order,
  ownerOf,
  perpetual,
  stateOf,
  type TestVenue,
  usd,
  venueOf,
} from "./world.ts";

const key = "ab".repeat(32);
const limitMicros = 1_000_000_000;

/** Alice's key may trade orders of 1,000 USD for her first account; Bob is another owner. */
function withKey(): { venue: TestVenue; alice: number; second: number; bob: number } {
  const venue = venueOf([perpetual()]);
  const alice = venue.account(ownerOf(1), usd(100_000));
  const second = venue.account(ownerOf(1), usd(100_000));
  const bob = venue.account(ownerOf(2), usd(100_000));
  venue.must(ownerOf(1), {
    type: "authorizeKey",
    account: alice,
    key,
    canTrade: true,
    canTransfer: false,
    expiryMs: venue.timeMs + 60_000,
    maxOrderNotionalMicros: limitMicros,
  });
  return { venue, alice, second, bob };
}

test("a session key acts for its account alone, until it expires or is revoked, and never takes money out", () => {
  const { venue, alice, second, bob } = withKey();
  const small = (account: number) => order({ account, priceTicks: 99_000, lots: 1 });
  assert.equal(codeOf(venue.send(key, small(alice))), undefined);
  assert.equal(codeOf(venue.send(key, small(second))), "notAuthorized");
  assert.equal(codeOf(venue.send(key, small(bob))), "notAuthorized");
  const before = stateOf(venue);
  for (const command of [
    { type: "withdraw", account: alice, asset: 0, units: 1, destination: "x" },
    { type: "transfer", account: alice, to: second, asset: 0, units: 1 },
    { type: "fundPoolBudget", account: alice, instrument: 0, units: 1 },
    { type: "setMarginMode", account: alice, marginMode: "isolated" },
    { type: "revokeKey", account: alice, key },
    { type: "openAccount", marginMode: "cross" },
    { type: "deposit", account: alice, asset: 0, units: 1, reference: "r" },
    { type: "tick" },
    { type: "settleWithdrawal", withdrawal: 1, outcome: "paid" },
  ] as const) {
    assert.equal(codeOf(venue.send(key, command)), "notAuthorized", command.type);
  }
  assert.equal(stateOf(venue), before);
  venue.timeMs += 60_000;
  assert.equal(codeOf(venue.send(key, small(alice))), "keyExpired");
  venue.must(ownerOf(1), { type: "revokeKey", account: alice, key });
  assert.equal(codeOf(venue.send(key, small(alice))), "unknownSigner");
});

test("a session key's limit holds for waiting orders that are amended", () => {
  const { venue, alice } = withKey();
  const stop = order({
    account: alice,
    trigger: "stop",
    triggerTicks: 105_000,
    priceTicks: 106_000,
    lots: 5,
  });
  venue.must(key, { ...stop, clientOrderId: 7 });
  const amended = venue.send(key, {
    type: "amendOrder",
    account: alice,
    orderId: 0,
    clientOrderId: 7,
    priceTicks: 106_000,
    lots: 1_000,
  });
  assert.equal(codeOf(amended), "overKeyLimit");
});

test("a session key's limit holds for offers of blocks", () => {
  const { venue, alice, bob } = withKey();
  venue.must(ownerOf(2), {
    type: "requestQuote",
    account: bob,
    legs: [{ instrument: 0, lots: 100 }],
    counterparty: -1,
    expiryMs: venue.timeMs + 10_000,
  });
  const offered = venue.send(key, {
    type: "offerQuote",
    account: alice,
    request: 1,
    priceTicks: [100_000],
    expiryMs: venue.timeMs + 10_000,
  });
  assert.equal(codeOf(offered), "overKeyLimit");
});

test("roles are apart: each officer does their own part only, and nobody signs for the sequencer", () => {
  const venue = venueOf([perpetual()]);
  const alice = venue.account(ownerOf(1), usd(1_000));
  const roles = ["operator", "risk", "publisher", "treasurer", "guardian"] as const;
  const hands = roles.map((role, i) => {
    const hand = addressOf(0x9000 + i);
    venue.must(officer, { type: "grantRole", role, key: hand, granted: true });
    return { role, hand };
  });
  const price = { feed: 0, priceMicros: 100_000_000_000, confidencePpm: 1_000_000, timeMs: venue.timeMs };
  const commands = [
    ["operator", { type: "adjustPool", instrument: 0, priceMicros: 1_000_000, depthPpm: 1_000_000 }],
    ["risk", { type: "setParameter", target: "instrument", index: 0, parameter: "maxOrderLots", value: 10 }],
    ["publisher", { type: "publishPrices", prices: [price] }],
    ["treasurer", { type: "deposit", account: alice, asset: 0, units: 1, reference: "r" }],
    ["guardian", { type: "setVenueStatus", status: "halted" }],
    ["admin", { type: "grantRole", role: "admin", key: ownerOf(1), granted: true }],
    ["sequencer", { type: "tick" }],
  ] as const;
  for (const [role, command] of commands) {
    for (const other of hands) {
      if (other.role === role) continue;
      assert.equal(codeOf(venue.send(other.hand, command)), "notAuthorized", `${other.role} ${command.type}`);
    }
    assert.ok(["notAuthorized", "unknownSigner"].includes(codeOf(venue.send(ownerOf(1), command)) ?? ""));
    if (role !== "sequencer") assert.equal(codeOf(venue.send("", command)), "notAuthorized");
  }
  // A role is no way into accounts.
  for (const { hand } of hands) {
    const taken = venue.send(hand, {
      type: "withdraw",
      account: alice,
      asset: 0,
      units: 1,
      destination: "x",
    });
    assert.equal(codeOf(taken), "notAuthorized");
  }
});

test("a nonce serves once, wherever the window stands, refusals included", () => {
  const venue = venueOf([perpetual()]);
  const alice = venue.account(ownerOf(1), usd(1_000));
  const cancel = { type: "cancelAll", account: alice, instrument: -1 } as const;
  const used = new Set<number>();
  let highest = -1;
  const start = venue.engine.sequence;
  const numbers = [0, 1, 63, 64, 65, 127, 128, 100, 66, 65, 128, 192, 191, 129, 128, 300, 299, 237, 236, 236];
  for (const [i, offset] of numbers.entries()) {
    const nonce = start + offset;
    const isFresh = !used.has(nonce) && (highest < 0 || nonce > highest - 64);
    const change = { nonce };
    const command = i % 3 === 0 ? ({ ...cancel, instrument: 99 } as const) : cancel;
    const code = codeOf(venue.send(ownerOf(1), command, change));
    assert.equal(code === "nonceUsed", !isFresh, `nonce ${offset}`);
    if (isFresh) used.add(nonce);
    highest = Math.max(highest, nonce);
  }
});

test("a session key's limit counts options by their underlying, not by their premium", () => {
  const expiryMs = startMs + 86_400_000;
  const venue = venueOf([option(expiryMs)]);
  const slice = { expiryMs, forwardMicros: 1e11, a: 0.0001, b: 0.0001, rho: 0, m: 0, sigma: 0.1 };
  venue.must(officer, { type: "publishSurface", underlying: 0, timeMs: venue.timeMs, slices: [slice] });
  const alice = venue.account(ownerOf(1), usd(100_000));
  const grant = { canTrade: true, canTransfer: false, expiryMs: 0, maxOrderNotionalMicros: limitMicros };
  venue.must(ownerOf(1), { type: "authorizeKey", account: alice, key, ...grant });
  const write = (lots: number) =>
    venue.send(key, order({ account: alice, side: "sell", priceTicks: 400, lots }));
  assert.equal(codeOf(write(10)), undefined);
  assert.equal(codeOf(write(11)), "overKeyLimit");
});

test("a key that was revoked and authorized anew replays nothing", () => {
  const { venue, alice } = withKey();
  const nonce = 1_000_000;
  const small = order({ account: alice, priceTicks: 99_000, lots: 1 });
  assert.equal(codeOf(venue.send(key, small, { nonce })), undefined);
  venue.must(ownerOf(1), { type: "revokeKey", account: alice, key });
  const grant = { canTrade: true, canTransfer: false, expiryMs: 0, maxOrderNotionalMicros: 0 };
  venue.must(ownerOf(1), { type: "authorizeKey", account: alice, key, ...grant });
  assert.equal(codeOf(venue.send(key, small, { nonce })), "nonceUsed");
  assert.equal(codeOf(venue.send(key, small, { nonce: nonce - 64 })), "nonceUsed");
  // A refused envelope is used up too: it cannot be sent again when it would be accepted.
  const large = { ...small, lots: 1_000_000 };
  assert.equal(codeOf(venue.send(key, large, { nonce: nonce + 1 })), "insufficientMargin");
  assert.equal(codeOf(venue.send(key, small, { nonce: nonce + 1 })), "nonceUsed");
});
