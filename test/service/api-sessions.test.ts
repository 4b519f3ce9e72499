import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { routes, sessionTypedData } from "../../src/service/api/index.ts";
import { type AccountView } from "../../src/service/views/index.ts";
import { assertRefused, ServedVenue } from "./api-client.ts";
import { domain, keys, type ServiceVenue } from "./venue.ts";

describe("sessions", () => {
  let served: ServedVenue;
  let venue: ServiceVenue;
  before(async () => {
    served = await ServedVenue.start({ limits: { sessionsPerSigner: 3 } });
    ({ venue } = served);
  });
  after(() => served.close());

  const open = (body: unknown): ReturnType<ServedVenue["post"]> => served.post("/v1/sessions", body);

  test("a request must be fresh, short, for this chain, and signed by its signer", async () => {
    const now = venue.now();
    const ask = served.sessionRequest.bind(served);
    assertRefused(await open(ask(keys.alice, { chainId: 1 })), 401, "PLM_SESSION", "chainId");
    assertRefused(await open(ask(keys.alice, { issuedMs: now - 60_001 })), 401, "PLM_SESSION", "issuedMs");
    assertRefused(await open(ask(keys.alice, { issuedMs: now + 60_001 })), 401, "PLM_SESSION", "issuedMs");
    assertRefused(await open(ask(keys.alice, { expiryMs: now })), 401, "PLM_SESSION", "expiryMs");
    assertRefused(
      await open(ask(keys.alice, { expiryMs: now + 86_400_001 })),
      401,
      "PLM_SESSION",
      "expiryMs",
    );
    const good = ask(keys.alice);
    assertRefused(await open({ ...good, expiryMs: good.expiryMs + 1 }), 401, "PLM_SIGNATURE", "signature");
    assertRefused(await open({ ...good, signer: keys.bob.signer }), 401, "PLM_SIGNATURE", "signature");
    assertRefused(await open({ ...good, signature: "0x12" }), 400, "PLM_FIELD", "signature");
    assertRefused(await open({ ...good, expiryMs: -1 }), 400, "PLM_FIELD", "expiryMs");
    assertRefused(await open({}), 400, "PLM_FIELD");
    assert.equal((await open(good)).status, 200);
  });

  test("what wallets show is what is signed", () => {
    const request = { signer: keys.alice.signer, issuedMs: 1, expiryMs: 2 };
    const { types, primaryType, message } = sessionTypedData(request, domain);
    assert.equal(primaryType, "Session");
    assert.deepEqual(
      types["Session"]?.map(({ name }) => name),
      Object.keys(message),
    );
  });

  test("a command's signature opens no session, and a session's places no order", async () => {
    const command = venue.sign(keys.alice, { type: "openAccount", marginMode: "cross" });
    const request = served.sessionRequest(keys.alice);
    assertRefused(await open({ ...request, signature: command.signature }), 401, "PLM_SIGNATURE");
    const mixed = { ...command, signature: request.signature };
    assertRefused(await served.post("/v1/commands", mixed), 401, "PLM_SIGNATURE");
  });

  test("private routes need a session", async () => {
    for (const route of Object.values(routes)) {
      if (route.access === "public") continue;
      const path = route.path.replace("{account}", String(venue.alice));
      const { method } = route;
      assertRefused(await served.request(path, { method }), 401, "PLM_SESSION", "authorization");
      for (const authorization of ["Bearer x", "Bearer", "Basic YTpi", `Bearer ${"a".repeat(500)}`]) {
        const answer = await served.request(path, { method, headers: { authorization } });
        assertRefused(answer, 401, "PLM_SESSION", "authorization");
      }
    }
  });

  test("who may read which account", async () => {
    const tokens = {
      alice: await served.login(keys.alice),
      bob: await served.login(keys.bob),
      trader: await served.login(keys.trader),
      officer: await served.login(keys.officer),
      stranger: await served.login(keys.stranger),
    };
    const readable = {
      alice: [venue.alice],
      bob: [venue.bob],
      trader: [venue.alice],
      stranger: [],
      officer: [0, venue.alice, venue.bob],
    };
    for (const [name, token] of Object.entries(tokens)) {
      for (const account of [0, venue.alice, venue.bob, 1_000]) {
        for (const path of ["", "/orders", "/margin", "/fills"]) {
          const answer = await served.get(`/v1/accounts/${account}${path}`, token);
          const may = readable[name as keyof typeof readable].includes(account as never);
          if (may) assert.equal(answer.status, 200, `${name} ${account}${path}: ${answer.text}`);
          else assertRefused(answer, 404, "PLM_UNKNOWN", "account");
        }
      }
    }
    const listed = async (token: string): Promise<number[]> =>
      (await served.get<AccountView[]>("/v1/accounts", token)).body.map(({ account }) => account);
    assert.deepEqual(await listed(tokens.alice), [venue.alice]);
    assert.deepEqual(await listed(tokens.trader), [venue.alice]);
    assert.deepEqual(await listed(tokens.stranger), []);
  });

  test("a session key reads only as long as it is authorized", async () => {
    const token = await served.login(keys.trader);
    const path = `/v1/accounts/${venue.alice}`;
    await venue.must(keys.alice, { type: "revokeKey", account: venue.alice, key: keys.trader.signer });
    assertRefused(await served.get(path, token), 404, "PLM_UNKNOWN", "account");
    await venue.must(keys.alice, {
      type: "authorizeKey",
      account: venue.alice,
      key: keys.trader.signer,
      canTrade: true,
      canTransfer: false,
      expiryMs: venue.now() + 1_000,
      maxOrderNotionalMicros: 0,
    });
    assert.equal((await served.get(path, token)).status, 200);
    venue.nowMs += 1_000;
    await venue.price(100_001);
    assertRefused(await served.get(path, token), 404, "PLM_UNKNOWN", "account");
  });

  test("sessions lapse, end, and give way to newer ones of their signer", async () => {
    const token = await served.login(keys.bob);
    assert.equal((await served.get("/v1/accounts", token)).status, 200);
    venue.nowMs += 3_600_000;
    assertRefused(await served.get("/v1/accounts", token), 401, "PLM_SESSION");
    const ended = await served.login(keys.bob);
    const headers = { authorization: `Bearer ${ended}` };
    assert.equal((await served.request("/v1/sessions", { method: "DELETE", headers })).status, 204);
    assertRefused(await served.get("/v1/accounts", ended), 401, "PLM_SESSION");
    const four = [];
    for (let i = 0; i < 4; i++) four.push(await served.login(keys.bob));
    assertRefused(await served.get("/v1/accounts", four[0]), 401, "PLM_SESSION");
    for (const later of four.slice(1)) assert.equal((await served.get("/v1/accounts", later)).status, 200);
  });
});

describe("paths and methods that nothing serves", () => {
  let served: ServedVenue;
  before(async () => (served = await ServedVenue.start({ history: false })));
  after(() => served.close());

  test("unknown paths are 404, other methods 405, malformed paths 400", async () => {
    for (const path of [
      "/",
      "/v1",
      "/v1/venue/",
      "/V1/venue",
      "/v1/instruments/BTC-PERP/nope",
      "/v1/../etc/passwd",
    ]) {
      assertRefused(await served.get(path), 404, "PLM_UNKNOWN", "path");
    }
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]) {
      const answer = await served.request("/v1/venue", { method });
      assert.equal(answer.status, 405);
      assert.equal(answer.headers.get("allow"), "GET");
      if (method !== "HEAD") assertRefused(answer, 405, "PLM_METHOD", "method");
    }
    assertRefused(await served.request("/v1/commands"), 405, "PLM_METHOD");
    assertRefused(await served.get("/v1/%zz"), 400, "PLM_USAGE", "path");
    assertRefused(await served.get("/v1/stream"), 400, "PLM_FIELD", "upgrade");
  });

  test("parameters are checked", async () => {
    const token = await served.login(keys.officer);
    assertRefused(await served.get("/v1/instruments/BTC-PERP/book?depth=0"), 400, "PLM_FIELD", "depth");
    assertRefused(await served.get("/v1/instruments/BTC-PERP/book?depth=501"), 400, "PLM_FIELD", "depth");
    assertRefused(await served.get("/v1/instruments/BTC-PERP/book?depth=1e2"), 400, "PLM_FIELD", "depth");
    assertRefused(
      await served.get("/v1/instruments/BTC-PERP/book?depth=1&depth=2"),
      400,
      "PLM_FIELD",
      "depth",
    );
    assertRefused(await served.get("/v1/instruments/BTC-PERP/book?deep=1"), 400, "PLM_FIELD", "deep");
    assertRefused(await served.get("/v1/instruments/%20/book"), 400, "PLM_FIELD", "name");
    assertRefused(await served.get("/v1/instruments/NOPE"), 404, "PLM_UNKNOWN", "name");
    assertRefused(await served.get(`/v1/instruments/${"x".repeat(65)}`), 400, "PLM_FIELD", "name");
    assertRefused(await served.get("/v1/accounts/one", token), 400, "PLM_FIELD", "account");
    assertRefused(await served.get("/v1/accounts/-1", token), 400, "PLM_FIELD", "account");
    assertRefused(await served.get("/v1/accounts/0/margin?mode=none", token), 400, "PLM_FIELD", "mode");
    assertRefused(await served.get("/v1/accounts/0/fills?before=x", token), 400, "PLM_FIELD", "before");
  });

  test("without history its routes say so", async () => {
    const token = await served.login(keys.officer);
    assertRefused(await served.get("/v1/accounts/0/fills", token), 404, "PLM_UNSUPPORTED", "history");
    assertRefused(await served.get("/v1/instruments/BTC-PERP/trades"), 404, "PLM_UNSUPPORTED", "history");
  });
});

describe("browsers", () => {
  const origin = "https://venue.example";

  test("pages of named origins may ask; others get no leave, and nothing more", async (t) => {
    const served = await ServedVenue.start({ origins: [origin] });
    t.after(() => served.close());
    const asked = await served.request("/v1/venue", { headers: { origin } });
    assert.equal(asked.headers.get("access-control-allow-origin"), origin);
    assert.match(asked.headers.get("access-control-expose-headers") ?? "", /retry-after/);
    const refused = await served.request("/v1/nope", { headers: { origin } });
    assertRefused(refused, 404, "PLM_UNKNOWN");
    assert.equal(refused.headers.get("access-control-allow-origin"), origin);
    const preflight = { origin, "access-control-request-method": "POST" };
    const before = await served.request("/v1/commands", { method: "OPTIONS", headers: preflight });
    assert.equal(before.status, 204);
    assert.match(before.headers.get("access-control-allow-methods") ?? "", /POST/);
    for (const headers of [{ origin: "https://other.example" }, { ...preflight, origin: "null" }]) {
      const other = await served.request("/v1/venue", { headers });
      assert.equal(other.headers.get("access-control-allow-origin"), null);
    }
  });

  test("without named origins no page may ask", async (t) => {
    const served = await ServedVenue.start();
    t.after(() => served.close());
    const headers = { origin, "access-control-request-method": "GET" };
    const { headers: answered } = await served.request("/v1/venue", { headers });
    assert.equal(answered.get("access-control-allow-origin"), null);
    assertRefused(await served.request("/v1/venue", { method: "OPTIONS", headers }), 405, "PLM_METHOD");
  });
});
