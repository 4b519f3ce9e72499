import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { addressKey, type SigningKey } from "../../src/service/signatures/index.ts";
import { type Session } from "../../src/service/api/index.ts";
import { type Answer, assertRefused, ServedVenue, type Stream } from "./api-client.ts";
import { keys } from "./venue.ts";

/** Sessions that are many, stolen, guessed or over. */

async function startFor(
  t: TestContext,
  limits: NonNullable<Parameters<typeof ServedVenue.start>[0]>["limits"] = {},
): Promise<ServedVenue> {
  const served = await ServedVenue.start({ limits });
  t.after(() => served.close());
  return served;
}

const someone = (number: number): SigningKey => addressKey(new Uint8Array(32).fill(100 + number));

const openWith = (served: ServedVenue, key: SigningKey, token?: string): Promise<Answer<Session>> =>
  served.request<Session>("/v1/sessions", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(served.sessionRequest(key)),
  });

const end = (served: ServedVenue, token: string, which = ""): Promise<Answer> =>
  served.request(`/v1/sessions${which}`, { method: "DELETE", headers: { authorization: `Bearer ${token}` } });

async function follow(served: ServedVenue, token: string, account: number): Promise<Stream> {
  const stream = await served.stream();
  await stream.answer(stream.send({ op: "authenticate", token }));
  await stream.follow(`account:${account}`);
  return stream;
}

describe("sessions of one address", () => {
  test("a session lends its address no second pace for opening sessions or sending commands", async (t) => {
    const served = await startFor(t, { sessionsPerMinute: 3, commandRequestsPerMinute: 3 });
    const tokens: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { status, body } = await openWith(served, someone(i), tokens.at(-1));
      assert.equal(status, 200);
      tokens.push(body.token);
    }
    for (const token of tokens) assertRefused(await openWith(served, someone(9), token), 429, "PLM_RATE");
    const sendWith = (token: string): Promise<Answer> =>
      served.request("/v1/commands", {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: "{}",
      });
    for (const token of tokens) assertRefused(await sendWith(token), 400, "PLM_FIELD");
    for (const token of tokens) assertRefused(await sendWith(token), 429, "PLM_RATE");
  });

  test("many sessions share one pace of their address, and each signer's sessions one of theirs", async (t) => {
    const served = await startFor(t, { requestsPerMinute: 4, requestsPerMinutePerAddress: 60 });
    const twice = [await served.login(keys.alice), await served.login(keys.alice)];
    for (const token of [...twice, ...twice])
      assert.equal((await served.get("/v1/accounts", token)).status, 200);
    for (const token of twice)
      assertRefused(await served.get("/v1/accounts", token), 429, "PLM_RATE", "request");
    // 10 at once, of which 8 are gone
    const other = await openWith(served, keys.bob);
    assert.equal(other.status, 200);
    assert.equal((await served.get("/v1/accounts", other.body.token)).status, 200);
    assertRefused(await served.get("/v1/accounts", other.body.token), 429, "PLM_RATE", "address");
    assert.equal((await served.get("/health/live")).status, 200);
    served.venue.nowMs += 1_000;
    assert.equal((await served.get("/v1/accounts", other.body.token)).status, 200);
  });

  test("an address has so many sessions; its oldest give way", async (t) => {
    const served = await startFor(t, { sessionsPerAddress: 4 });
    const tokens: string[] = [];
    for (let i = 0; i < 6; i++) tokens.push(await served.login(someone(i)));
    const statuses = await Promise.all(
      tokens.map(async (token) => (await served.get("/v1/accounts", token)).status),
    );
    assert.deepEqual(statuses, [401, 401, 200, 200, 200, 200]);
  });
});

describe("a session that is over", () => {
  test("ends what streams have by it: closed, all closed, given way, lapsed", async (t) => {
    const served = await startFor(t, { sessionsPerSigner: 3 });
    const { venue } = served;
    const [closed, first, second] = [
      await served.login(keys.alice),
      await served.login(keys.alice),
      await served.login(keys.alice),
    ];
    const streams = [];
    for (const token of [closed, first, second]) streams.push(await follow(served, token, venue.alice));
    const [one, two, three] = streams as [Stream, Stream, Stream];
    assert.equal((await end(served, closed)).status, 204);
    await one.of("ended");
    assert.equal((await two.answer(two.send({ op: "ping" }))).type, "pong");
    // three later ones put the second out
    for (let i = 0; i < 2; i++) await served.login(keys.alice);
    await two.of("ended");
    const thief = await follow(served, await served.login(keys.alice), venue.alice);
    await three.of("ended");
    const own = await served.login(keys.alice);
    assert.equal((await end(served, own, "?which=all")).status, 204);
    await thief.of("ended");
    assertRefused(await served.get("/v1/accounts", own), 401, "PLM_SESSION");
    assert.match((await served.get("/metrics")).text, /^plimsoll_sessions 0$/m);

    const lapsing = await follow(served, await served.login(keys.bob), venue.bob);
    const heard = lapsing.messages.length;
    venue.nowMs += 3_600_000;
    await venue.must(keys.bob, venue.order({ account: venue.bob, priceTicks: 99_000, lots: 1 }));
    await lapsing.of("ended");
    assert.deepEqual(
      lapsing.messages.slice(heard).map(({ type }) => type),
      ["ended"],
    );
  });

  test("a permission that lapses or is taken away shows nothing more, at once", async (t) => {
    const served = await startFor(t);
    const { venue } = served;
    const grant = (expiryMs: number) =>
      ({
        type: "authorizeKey",
        account: venue.alice,
        key: keys.trader.signer,
        canTrade: true,
        canTransfer: false,
        expiryMs,
        maxOrderNotionalMicros: 0,
      }) as const;
    const order = venue.order({ account: venue.alice, priceTicks: 99_000, lots: 1 });
    for (const change of ["lapse", "revoke"]) {
      await venue.must(keys.alice, grant(venue.now() + 1_000));
      const stream = await follow(served, await served.login(keys.trader), venue.alice);
      const heard = stream.messages.length;
      if (change === "lapse") venue.nowMs += 1_000;
      else await venue.must(keys.alice, { type: "revokeKey", account: venue.alice, key: keys.trader.signer });
      await venue.must(keys.alice, order);
      await stream.of("ended");
      assert.deepEqual(
        stream.messages.slice(heard).map(({ type }) => type),
        ["ended"],
        change,
      );
    }
  });
});

test("tokens are 256 random bits, and whatever is near one is nobody's", async (t) => {
  const served = await startFor(t);
  const tokens = [];
  for (let i = 0; i < 20; i++) tokens.push(await served.login(keys.alice));
  assert.equal(new Set(tokens).size, tokens.length);
  const token = tokens.at(-1) ?? "";
  assert.match(token, /^[\w-]{43}$/);
  const flipped = (token.startsWith("A") ? "B" : "A") + token.slice(1);
  for (const near of [
    flipped,
    token.slice(1),
    `${token}A`,
    token.toLowerCase(),
    `${token}=`,
    `${token} `,
    ` ${token}x`,
  ]) {
    if (near.trim() === token) continue;
    assertRefused(await served.get("/v1/accounts", near), 401, "PLM_SESSION");
  }
});
