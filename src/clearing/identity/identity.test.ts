import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Identity, identityLimits, type Owners, permissions } from "./index.ts";
import {
  type AuthorizeKey,
  type Command,
  type CommandType,
  type Envelope,
  type Rejection,
  type RejectionCode,
  type Role,
} from "../protocol/index.ts";
import { ByteReader, ByteWriter } from "../state/index.ts";

const address = (digit: string): string => `0x${digit.repeat(40)}`;
const session = (digit: string): string => digit.repeat(64);

const roles: readonly Role[] = ["admin", "operator", "risk", "publisher", "treasurer", "guardian"];
const holders: Readonly<Record<Role, string>> = {
  admin: address("1"),
  operator: address("2"),
  risk: address("3"),
  publisher: address("4"),
  treasurer: address("5"),
  guardian: address("6"),
};
const alice = address("a");
const bob = address("b");
const stranger = address("c");
/** Keys of Alice's account 1. */
const trader = session("1");
const mover = session("2");
const both = session("3");
const lapsed = session("4");

/** Account 0 is the house's, 1 and 2 are Alice's, 3 is Bob's. */
const owners: Owners = {
  count: 4,
  owner: (account) => ["vault", alice, alice, bob][account] ?? "",
};

const nowMs = 1_790_000_000_000;

function keyCommand(key: string, change: Partial<AuthorizeKey> = {}): AuthorizeKey {
  return {
    type: "authorizeKey",
    account: 1,
    key,
    canTrade: false,
    canTransfer: false,
    expiryMs: 0,
    maxOrderNotionalMicros: 0,
    ...change,
  };
}

function venue(): Identity {
  const identity = new Identity();
  identity.begin([holders.admin]);
  for (const role of roles.slice(1)) {
    assert.equal(
      identity.grantRole({ type: "grantRole", role, key: holders[role], granted: true }),
      undefined,
    );
  }
  for (const owner of [alice, alice, bob]) identity.accountOpened(owner);
  const permitted = [
    keyCommand(trader, { canTrade: true, maxOrderNotionalMicros: 1000 }),
    keyCommand(mover, { canTransfer: true }),
    keyCommand(both, { canTrade: true, canTransfer: true, expiryMs: nowMs + 1 }),
    keyCommand(lapsed, { canTrade: true, canTransfer: true, expiryMs: nowMs }),
  ];
  for (const command of permitted) assert.equal(identity.authorizeKey(command), undefined);
  return identity;
}

/** Authority looks at nothing but these fields of a command. */
function commandOf(type: CommandType, account: number): Command {
  return { type, account, to: 2 } as unknown as Command;
}

let nonce = 0;
const ask = (
  identity: Identity,
  signer: string,
  command: Command,
  change: Partial<Envelope> = {},
): Rejection | undefined =>
  identity.authorize(
    {
      sequence: 1,
      timeMs: nowMs,
      signer,
      nonce: nonce++,
      deadlineMs: 0,
      signature: new Uint8Array(0),
      command,
      ...change,
    },
    owners,
  );

/** Who may send what, written down a second time, by signer. */
const tradingCommands = [
  "placeOrder",
  "cancelOrder",
  "cancelAll",
  "amendOrder",
  "massQuote",
  "requestQuote",
  "offerQuote",
  "acceptQuote",
  "addLiquidity",
  "removeLiquidity",
  "callLiquidation",
  "bid",
];
const allowed: Readonly<Record<string, readonly string[]>> = {
  "": ["genesis", "tick"],
  [holders.admin]: ["grantRole", "openAccount"],
  [holders.operator]: [
    "listAsset",
    "listUnderlying",
    "listInstrument",
    "setInstrumentStatus",
    "createPool",
    "adjustPool",
    "openAccount",
  ],
  [holders.risk]: ["setParameter", "setRiskDocument", "hedgeFund", "openAccount"],
  [holders.publisher]: ["publishPrices", "publishSurface", "openAccount"],
  [holders.treasurer]: ["deposit", "settleWithdrawal", "openAccount"],
  [holders.guardian]: ["setInstrumentStatus", "setVenueStatus", "openAccount"],
  [alice]: [
    ...tradingCommands,
    "setMarginMode",
    "authorizeKey",
    "revokeKey",
    "stakeFund",
    "unstakeFund",
    "donateFund",
    "withdraw",
    "transfer",
    "fundPoolBudget",
    "openAccount",
  ],
  [bob]: ["openAccount"],
  [stranger]: ["openAccount"],
  [trader]: tradingCommands,
  [mover]: ["transfer"],
  [both]: [...tradingCommands, "transfer"],
  [lapsed]: [],
  [session("9")]: [],
};
const commandTypes = Object.keys(permissions) as CommandType[];

test("every signer may send what is written for it about Alice's account, and nothing else", () => {
  const identity = venue();
  let permitted = 0;
  for (const [signer, list] of Object.entries(allowed)) {
    for (const type of commandTypes) {
      const rejection = ask(identity, signer, commandOf(type, 1));
      const isKnown = ![stranger, session("9")].includes(signer);
      if (list.includes(type)) {
        assert.equal(rejection, undefined, `${signer} ${type}`);
        permitted++;
      } else if (isKnown) {
        const isLapsed = signer === lapsed && allowed[both]!.includes(type);
        assert.equal(rejection?.code, isLapsed ? "keyExpired" : "notAuthorized", `${signer} ${type}`);
      } else assert.equal(rejection?.code, "unknownSigner", `${signer} ${type}`);
    }
  }
  assert.equal(permitted, Object.values(allowed).flat().length);
  assert.deepEqual(identity.signers.dirty.take().length, 12, "asking changed nothing");
});

test("no key acts for an account that isn't its own", () => {
  const identity = venue();
  for (const type of commandTypes) {
    if (permissions[type].by !== "owner") continue;
    for (const signer of [alice, trader, mover, both, ...Object.values(holders)]) {
      for (const account of [0, 3])
        assert.equal(ask(identity, signer, commandOf(type, account))?.code, "notAuthorized");
      assert.equal(ask(identity, signer, commandOf(type, 4))?.code, "unknownAccount");
    }
    for (const signer of [trader, mover, both]) {
      assert.equal(
        ask(identity, signer, commandOf(type, 2))?.code,
        "notAuthorized",
        "the owner's other account",
      );
    }
  }
});

test("transfers stay with one owner", () => {
  const identity = venue();
  const transfer = (account: number, to: number): Command => ({
    type: "transfer",
    account,
    to,
    asset: 0,
    units: 1,
  });
  for (const signer of [alice, mover]) {
    assert.equal(ask(identity, signer, transfer(1, 2)), undefined);
    for (const to of [0, 3]) {
      assert.deepEqual(pick(ask(identity, signer, transfer(1, to))), ["notAuthorized", "to"]);
    }
    assert.deepEqual(pick(ask(identity, signer, transfer(1, 9))), ["unknownAccount", "to"]);
  }
});

const pick = (rejection: Rejection | undefined): unknown[] => [rejection?.code, rejection?.field];

test("of several reasons the first in the list is given", () => {
  const identity = venue();
  const used: Envelope = {
    sequence: 0,
    timeMs: 0,
    signer: lapsed,
    nonce: 900,
    deadlineMs: 0,
    signature: new Uint8Array(0),
    command: { type: "tick" },
  };
  identity.useNonce(used);
  const order = commandOf("placeOrder", 1);
  const late = { deadlineMs: nowMs - 1 };
  const cases: [string, Command, Partial<Envelope>, RejectionCode | undefined][] = [
    [stranger, order, { ...late, nonce: 900 }, "unknownSigner"],
    [lapsed, commandOf("withdraw", 1), { ...late, nonce: 900 }, "expiredDeadline"],
    [lapsed, commandOf("withdraw", 1), { nonce: 900 }, "nonceUsed"],
    [lapsed, commandOf("withdraw", 1), { nonce: 901 }, "notAuthorized"],
    [lapsed, order, { nonce: 901 }, "keyExpired"],
    [both, order, { nonce: 901, deadlineMs: nowMs }, undefined],
    [both, order, { nonce: 901, timeMs: nowMs + 1 }, "keyExpired"],
    [stranger, commandOf("openAccount", 0), late, "expiredDeadline"],
  ];
  for (const [signer, command, change, code] of cases) {
    assert.equal(ask(identity, signer, command, change)?.code, code);
  }
});

test("a session key's limit bounds each order, and binds nobody else", () => {
  const identity = venue();
  const over = (signer: string, notional: number): unknown => {
    const envelope = {
      sequence: 1,
      timeMs: nowMs,
      signer,
      nonce: 1,
      deadlineMs: 0,
      signature: new Uint8Array(0),
      command: commandOf("placeOrder", 1),
    };
    return identity.checkNotional(envelope, 1, notional, "lots")?.code;
  };
  assert.equal(over(trader, 1000), undefined);
  assert.equal(over(trader, 1001), "overKeyLimit");
  assert.equal(over(both, Number.MAX_SAFE_INTEGER), undefined);
  assert.equal(over(alice, Number.MAX_SAFE_INTEGER), undefined);
});

test("an owner changes and takes back what a key may", () => {
  const identity = venue();
  const order = commandOf("placeOrder", 1);
  assert.equal(identity.authorizeKey(keyCommand(trader, { canTransfer: true })), undefined);
  assert.equal(ask(identity, trader, order)?.code, "notAuthorized");
  assert.equal(identity.revokeKey({ type: "revokeKey", account: 1, key: trader }), undefined);
  assert.equal(ask(identity, trader, order)?.code, "unknownSigner");
  assert.equal(identity.revokeKey({ type: "revokeKey", account: 1, key: trader })?.code, "alreadyDone");
  assert.equal(identity.revokeKey({ type: "revokeKey", account: 1, key: session("9") })?.code, "alreadyDone");
  identity.useNonce({
    sequence: 0,
    timeMs: 0,
    signer: trader,
    nonce: 1e6,
    deadlineMs: 0,
    signature: new Uint8Array(0),
    command: order,
  });
  assert.equal(identity.authorizeKey(keyCommand(trader, { canTrade: true })), undefined);
  assert.equal(
    ask(identity, trader, order, { nonce: 1e6 })?.code,
    "nonceUsed",
    "what it signed before stays used",
  );
  assert.equal(ask(identity, trader, order, { nonce: 1e6 + 1 }), undefined);
});

test("what one party can make the machine remember is bounded", () => {
  const identity = venue();
  const key = (number: number): string => number.toString(16).padStart(64, "0");
  const { keysPerAccount, accountsPerKey, keysEverPerAccount } = identityLimits;
  for (let i = 0; i < keysPerAccount; i++)
    assert.equal(identity.authorizeKey(keyCommand(key(i), { account: 3 })), undefined);
  assert.equal(identity.authorizeKey(keyCommand(key(99), { account: 3 }))?.code, "overCapacity");
  assert.equal(
    identity.authorizeKey(keyCommand(key(0), { account: 3, canTrade: true })),
    undefined,
    "a change is no new key",
  );
  for (let i = 0; i < accountsPerKey; i++)
    assert.equal(identity.authorizeKey(keyCommand(key(0xffff), { account: 100 + i })), undefined);
  assert.equal(identity.authorizeKey(keyCommand(key(0xffff), { account: 99 }))?.code, "overCapacity");
  for (let i = keysPerAccount; i < keysEverPerAccount; i++) {
    assert.equal(identity.revokeKey({ type: "revokeKey", account: 3, key: key(i - 1) }), undefined);
    assert.equal(identity.authorizeKey(keyCommand(key(i), { account: 3 })), undefined);
  }
  const before = copies(identity);
  assert.equal(identity.revokeKey({ type: "revokeKey", account: 3, key: key(0) }), undefined);
  assert.equal(identity.authorizeKey(keyCommand(key(70_000), { account: 3 }))?.code, "overCapacity");
  assert.equal(identity.signers.leafCount, before.length);
});

test("roles come and go, but never the last admin", () => {
  const identity = venue();
  const grant = (key: string, role: Role, granted: boolean): string | undefined =>
    identity.grantRole({ type: "grantRole", role, key, granted })?.code;
  assert.equal(grant(holders.admin, "admin", false), "notAuthorized");
  assert.equal(grant(alice, "admin", true), undefined);
  assert.equal(grant(alice, "admin", true), "alreadyDone");
  assert.equal(grant(holders.admin, "admin", false), undefined);
  assert.equal(grant(alice, "admin", false), "notAuthorized");
  assert.equal(grant(stranger, "risk", false), "alreadyDone");
  assert.equal(grant(session("8"), "publisher", true), undefined);
  assert.equal(
    ask(identity, session("8"), commandOf("publishPrices", 0)),
    undefined,
    "a role needs no address",
  );
  assert.equal(ask(identity, session("8"), commandOf("openAccount", 0))?.code, "notAuthorized");
  assert.equal(ask(identity, holders.admin, commandOf("grantRole", 0))?.code, "unknownSigner");
  assert.equal(ask(identity, alice, commandOf("grantRole", 0)), undefined);
  assert.equal(ask(identity, alice, commandOf("setParameter", 0))?.code, "notAuthorized");
});

test("a nonce serves once, in any order within the window, as a plain set has it", () => {
  const step = fc.oneof(fc.nat(200), fc.integer({ min: -80, max: 80 }), fc.nat(2 ** 40));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 150 }), (steps) => {
      const identity = venue();
      const used = new Set<number>();
      let highest = -1;
      for (const change of steps) {
        const tried = Math.max(0, Math.abs(highest + change));
        const free = !used.has(tried) && tried > highest - 64;
        const envelope = {
          sequence: 1,
          timeMs: nowMs,
          signer: alice,
          nonce: tried,
          deadlineMs: 0,
          signature: new Uint8Array(0),
          command: commandOf("cancelAll", 1),
        };
        assert.equal(identity.authorize(envelope, owners)?.code, free ? undefined : "nonceUsed");
        identity.useNonce(envelope);
        if (tried > highest - 64) used.add(tried);
        highest = Math.max(highest, tried);
      }
    }),
    { seed: 41, numRuns: 300 },
  );
});

function copies(identity: Identity): Uint8Array[] {
  return Array.from({ length: identity.signers.leafCount }, (_, signer) => {
    const out = new ByteWriter();
    identity.signers.encodeLeaf(signer, out);
    return out.copy();
  });
}

test("a restored identity decides and counts as the first did", () => {
  const first = venue();
  for (let i = 0; i < 100; i += 3) {
    first.useNonce({
      sequence: 0,
      timeMs: 0,
      signer: alice,
      nonce: i,
      deadlineMs: 0,
      signature: new Uint8Array(0),
      command: { type: "tick" },
    });
  }
  const again = new Identity();
  for (const [signer, leaf] of copies(first).entries()) {
    const from = new ByteReader(leaf);
    again.signers.decodeLeaf(signer, from);
    assert.equal(from.remaining, 0);
  }
  again.signers.finishRestore(first.signers.leafCount);
  assert.deepEqual(copies(again), copies(first));
  for (const signer of Object.keys(allowed)) {
    for (const type of commandTypes) {
      for (const used of [0, 50, 51, 99, 200]) {
        const change = { nonce: used };
        assert.deepEqual(
          ask(again, signer, commandOf(type, 1), change),
          ask(first, signer, commandOf(type, 1), change),
        );
      }
    }
  }
  for (const identity of [first, again]) {
    const found: (string | undefined)[] = [];
    for (let i = 0; i < 20; i++)
      found.push(identity.authorizeKey(keyCommand(session("f").slice(2) + String(10 + i)))?.code);
    assert.deepEqual(found, [
      ...Array.from({ length: 12 }, () => undefined),
      ...Array.from({ length: 8 }, () => "overCapacity"),
    ]);
    assert.equal(
      identity.grantRole({ type: "grantRole", role: "admin", key: holders.admin, granted: false })?.code,
      "notAuthorized",
    );
  }
});
