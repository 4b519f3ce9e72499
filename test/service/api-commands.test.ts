import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { type Receipt } from "../../src/service/api/index.ts";
import { assertRefused, ServedVenue } from "./api-client.ts";
import { domain, keys, signed, type ServiceVenue } from "./venue.ts";

/** A letter of a hex text changed. */
const flipped = (hex: string, at: number): string =>
  `${hex.slice(0, at)}${hex[at] === "0" ? "1" : "0"}${hex.slice(at + 1)}`;

describe("commands over HTTP", () => {
  let served: ServedVenue;
  let venue: ServiceVenue;
  const send = (body: unknown): ReturnType<ServedVenue["post"]> => served.post("/v1/commands", body);
  const rest = (): Parameters<ServiceVenue["order"]>[0] => ({
    account: venue.alice,
    priceTicks: 99_000,
    lots: 3,
  });

  before(async () => {
    served = await ServedVenue.start();
    ({ venue } = served);
  });
  after(() => served.close());

  test("an accepted command answers 200 with what it caused, a rejected one 422 with why", async () => {
    const accepted = await served.post<Receipt>("/v1/commands", venue.sign(keys.alice, venue.order(rest())));
    assert.equal(accepted.status, 200, accepted.text);
    assert.equal(accepted.body.outcome, "accepted");
    assert.deepEqual(
      accepted.body.events.map(({ type }) => type),
      ["orderAccepted", "orderRested"],
    );
    const foreign = venue.order({ ...rest(), account: venue.bob });
    const rejected = await served.post<Receipt>("/v1/commands", venue.sign(keys.alice, foreign));
    assert.equal(rejected.status, 422, rejected.text);
    assert.equal(rejected.body.rejection?.code, "notAuthorized");
    assert.equal(rejected.body.sequence, accepted.body.sequence + 1);
  });

  test("a session key trades for its account, and others' private events stay private", async () => {
    await venue.must(
      keys.bob,
      venue.order({ account: venue.bob, side: "sell", priceTicks: 101_000, lots: 4 }),
    );
    const order = venue.order({ account: venue.alice, priceTicks: 101_000, lots: 1 });
    const { status, body, text } = await served.post<Receipt>("/v1/commands", venue.sign(keys.trader, order));
    assert.equal(status, 200, text);
    const accounts = body.events.flatMap((event) => ("account" in event ? [event.account] : []));
    assert.ok(accounts.length > 0 && accounts.every((account) => account === venue.alice), text);
  });

  test("a repeat of the same bytes is answered as the first, and done once", async () => {
    const command = venue.sign(keys.alice, venue.order(rest()));
    const sequence = venue.clearinghouse.machine.sequence;
    const answers = await Promise.all([send(command), send(command), send(command)]);
    const later = await send(command);
    for (const { status, text } of [...answers, later]) {
      assert.equal(status, 200);
      assert.equal(text, answers[0]?.text);
    }
    assert.equal(venue.clearinghouse.machine.sequence, sequence + 1);
  });

  test("other bytes under a used nonce are refused", async () => {
    const nonce = venue.nextNonce(keys.alice);
    assert.equal((await send(signed(keys.alice, venue.order(rest()), nonce))).status, 200);
    const other = signed(keys.alice, venue.order({ ...rest(), lots: 4 }), nonce);
    assertRefused(await send(other), 409, "PLM_NONCE", "nonce");
    // the first command with its own signature, but not its own bytes: a forger is not told which nonces are taken
    const mixed = {
      ...signed(keys.alice, venue.order(rest()), nonce),
      command: venue.order({ ...rest(), lots: 9 }),
    };
    assertRefused(await send(mixed), 401, "PLM_SIGNATURE", "signature");
    const unused = { ...mixed, nonce: venue.nextNonce(keys.alice) };
    assertRefused(await send(unused), 401, "PLM_SIGNATURE", "signature");
  });

  test("of two commands under one nonce at once, one is done", async () => {
    const nonce = venue.nextNonce(keys.alice);
    const answers = await Promise.all([
      send(signed(keys.alice, venue.order(rest()), nonce)),
      send(signed(keys.alice, venue.order({ ...rest(), lots: 4 }), nonce)),
    ]);
    assert.deepEqual(
      answers.map(({ status }) => status).sort((a, b) => a - b),
      [200, 409],
    );
  });

  test("a forgery holds nobody's nonce", async () => {
    const command = venue.sign(keys.alice, venue.order(rest()));
    const forged = { ...command, signature: flipped(command.signature, 20) };
    const [bad, good] = await Promise.all([send(forged), send(command)]);
    assertRefused(bad, 401, "PLM_SIGNATURE", "signature");
    assert.equal(good.status, 200, good.text);
  });

  describe("refusals change nothing", () => {
    let root = "";
    beforeEach(() => (root = venue.stateRoot()));

    async function refused(
      body: unknown,
      status: number,
      code: string,
      field?: string | RegExp,
    ): Promise<void> {
      assertRefused(await send(body), status, code, field);
      assert.equal(venue.stateRoot(), root);
    }
    const good = (): ReturnType<ServiceVenue["sign"]> => venue.sign(keys.alice, venue.order(rest()));

    test("forged signatures", async () => {
      const command = good();
      for (const at of [3, 60, 100, 131]) {
        await refused(
          { ...command, signature: flipped(command.signature, at) },
          401,
          "PLM_SIGNATURE",
          "signature",
        );
      }
      await refused({ ...command, signer: keys.bob.signer }, 401, "PLM_SIGNATURE");
      await refused({ ...command, nonce: command.nonce + 1 }, 401, "PLM_SIGNATURE");
      await refused({ ...command, deadlineMs: 1 }, 401, "PLM_SIGNATURE");
      await refused({ ...command, command: venue.order({ ...rest(), lots: 4 }) }, 401, "PLM_SIGNATURE");
      await refused({ ...command, signer: keys.trader.signer }, 400, "PLM_FIELD", "signature");
    });

    test("a signature for another venue or chain", async () => {
      await refused({ ...good(), chainId: domain.chainId + 1 }, 400, "PLM_FIELD", "chainId");
    });

    test("malformed commands", async () => {
      const command = good();
      const { signature: _, ...unsigned } = command;
      await refused(unsigned, 400, "PLM_FIELD", "signature");
      await refused({ ...command, more: 1 }, 400, "PLM_FIELD", "more");
      await refused({ ...command, nonce: -1 }, 400, "PLM_FIELD", "nonce");
      await refused({ ...command, nonce: 1.5 }, 400, "PLM_FIELD", "nonce");
      await refused({ ...command, nonce: "1" }, 400, "PLM_FIELD", "nonce");
      await refused({ ...command, nonce: 2 ** 53 }, 400, "PLM_FIELD", "nonce");
      await refused({ ...command, signer: "alice" }, 400, "PLM_FIELD", "signer");
      await refused({ ...command, signature: "0x" }, 400, "PLM_FIELD", "signature");
      await refused({ ...command, command: { type: "unheardOf" } }, 400, "PLM_FIELD", "command.type");
      await refused({ ...command, command: { type: "genesis" } }, 400, "PLM_FIELD", "command.type");
      await refused({ ...command, command: { type: "tick" } }, 400, "PLM_FIELD", "command.type");
      await refused({ ...command, command: null }, 400, "PLM_FIELD", "command");
      const order = venue.order(rest());
      await refused({ ...command, command: { ...order, lots: 0 } }, 400, "PLM_FIELD", "command.lots");
      await refused({ ...command, command: { ...order, side: "both" } }, 400, "PLM_FIELD", "command.side");
      await refused({ ...command, command: { ...order, lots: -0.0 } }, 400, "PLM_FIELD", "command.lots");
      const contradictory = { ...order, postOnly: true, timeInForce: "ioc" };
      await refused({ ...command, command: contradictory }, 400, "PLM_FIELD", /^command\./);
      await refused([], 400, "PLM_FIELD");
      await refused("null", 400, "PLM_FIELD");
    });

    test("what isn't JSON, or too much of it", async () => {
      await refused("{", 400, "PLM_JSON_SYNTAX");
      await refused('{"nonce":1,"nonce":2}', 400, "PLM_DUPLICATE");
      await refused("[".repeat(100) + "]".repeat(100), 413, "PLM_LIMIT");
      await refused(JSON.stringify({ ...good(), padding: "x".repeat(70_000) }), 413, "PLM_LIMIT", "body");
      await refused("x".repeat(5_000_000), 413, "PLM_LIMIT", "body");
      await refused('{"__proto__":{"nonce":1}}', 400, "PLM_FIELD");
      const plain = await served.request("/v1/commands", { method: "POST", body: "{}" });
      assertRefused(plain, 415, "PLM_ENCODING", "content-type");
      const none = await served.request("/v1/commands", { method: "POST" });
      assertRefused(none, 400, "PLM_FIELD", "body");
    });
  });

  test("an expired deadline is rejected with a sequence, and changes nothing but the nonce", async () => {
    const late = await served.post<Receipt>(
      "/v1/commands",
      venue.sign(keys.alice, venue.order(rest()), { deadlineMs: venue.now() - 1 }),
    );
    assert.equal(late.status, 422);
    assert.equal(late.body.rejection?.code, "expiredDeadline");
    assert.deepEqual(
      late.body.events.map(({ type }) => type),
      ["rejected"],
    );
  });

  test("a risk document may be long, and is for those with the role", async () => {
    const text = JSON.stringify({ schema: "none", padding: "x".repeat(200_000) });
    const command = { type: "setRiskDocument" as const, document: "marginParameters" as const, text };
    const answer = await served.post<Receipt>("/v1/commands", venue.sign(keys.officer, command));
    assert.equal(answer.status, 422, answer.text.slice(0, 300));
    assert.equal(answer.body.rejection?.code, "invalidSpec");
    const stranger = await served.post<Receipt>("/v1/commands", venue.sign(keys.alice, command));
    assert.equal(stranger.body.rejection?.code, "notAuthorized");
  });
});

describe("paces", () => {
  test("a signer has a burst and then a pace; forgeries use up nobody's", async (t) => {
    const served = await ServedVenue.start({ limits: { commandBurst: 5, commandsPerSecond: 1 } });
    t.after(() => served.close());
    const { venue } = served;
    const cancel = { type: "cancelAll" as const, account: venue.alice, instrument: -1 };
    for (let i = 0; i < 20; i++) {
      const command = venue.sign(keys.alice, cancel);
      await served.post("/v1/commands", { ...command, signature: flipped(command.signature, 9) });
    }
    for (let i = 0; i < 5; i++) {
      assert.equal((await served.post("/v1/commands", venue.sign(keys.alice, cancel))).status, 200);
    }
    const over = await served.post("/v1/commands", venue.sign(keys.alice, cancel));
    assertRefused(over, 429, "PLM_RATE", "signer");
    const other = { ...cancel, account: venue.bob };
    assert.equal((await served.post("/v1/commands", venue.sign(keys.bob, other))).status, 200);
    venue.nowMs += 1_000;
    assert.equal((await served.post("/v1/commands", venue.sign(keys.alice, cancel))).status, 200);
  });

  test("addresses and sessions have paces of their own, and answers say so", async (t) => {
    const served = await ServedVenue.start({ limits: { requestsPerMinute: 10, sessionsPerMinute: 3 } });
    t.after(() => served.close());
    const token = await served.login(keys.alice);
    for (let i = 0; i < 10; i++) {
      const { status, headers } = await served.get("/v1/venue");
      assert.equal(status, 200);
      assert.equal(headers.get("x-ratelimit-limit"), "10");
      assert.equal(headers.get("x-ratelimit-remaining"), String(9 - i));
    }
    assertRefused(await served.get("/v1/venue"), 429, "PLM_RATE", "request");
    assertRefused(await served.get("/nowhere"), 429, "PLM_RATE", "request");
    assert.equal((await served.get("/v1/venue", token)).status, 200, "a session has its own");
    assert.equal((await served.get("/health/live")).status, 200, "health has none");
    await served.login(keys.bob);
    await served.login(keys.bob);
    const request = served.sessionRequest(keys.bob);
    assertRefused(await served.post("/v1/sessions", request), 429, "PLM_RATE");
  });

  test("a full queue refuses with 503 until there is room", async (t) => {
    const served = await ServedVenue.start({ queueLimit: 4 });
    t.after(() => served.close());
    const { venue } = served;
    const cancel = { type: "cancelAll" as const, account: venue.alice, instrument: -1 };
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => served.post("/v1/commands", venue.sign(keys.alice, cancel))),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    assert.deepEqual(
      [...statuses].sort((a, b) => a - b),
      [200, 503],
    );
    for (const answer of answers) if (answer.status === 503) assertRefused(answer, 503, "PLM_BUSY");
    assert.equal((await served.post("/v1/commands", venue.sign(keys.alice, cancel))).status, 200);
  });
});
