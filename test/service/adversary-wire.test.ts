import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type WebSocket } from "ws";
import { type VenueView } from "../../src/service/views/index.ts";
import { defaultLimits } from "../../src/service/api/index.ts";
import { TokenBucket } from "../../src/service/api/token-bucket.ts";
import { ServedVenue } from "./api-client.ts";
import { keys, perpetualName, signed } from "./venue.ts";

/** What a hostile client sends: nothing of it is answered by a fault, and the state stays as it was. */
describe("a hostile client", () => {
  let served: ServedVenue;
  before(async () => {
    served = await ServedVenue.start({
      limits: { requestsPerMinute: 1e9, commandRequestsPerMinute: 1e9, sessionsPerMinute: 1e9 },
    });
  });
  after(() => served.close());

  /** Sends bytes as they are; what comes back until the service closes, or for a while. */
  async function raw(bytes: string | Uint8Array): Promise<string> {
    const { hostname, port } = new URL(served.api.url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    let heard = "";
    socket.on("data", (data) => (heard += data.toString("latin1")));
    socket.on("error", () => undefined);
    socket.write(bytes);
    await Promise.race([once(socket, "close"), new Promise((done) => setTimeout(done, 300))]);
    socket.destroy();
    return heard;
  }

  const post = (body: string, headers = "content-type: application/json"): string =>
    `POST /v1/commands HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers}\r\ncontent-length: ${Buffer.byteLength(body, "latin1")}\r\n\r\n${body}`;

  test("requests that are hardly HTTP, and bodies that are hardly JSON", async () => {
    const { venue } = served;
    const root = venue.stateRoot();
    const good = JSON.stringify(
      venue.sign(keys.alice, { type: "cancelAll", account: venue.alice, instrument: -1 }),
    );
    const withCommand = (text: string): string => good.replace(/"command":\{[^}]*\}/, `"command":${text}`);
    const requests = [
      "GET /v1/venue\r\n\r\n",
      "\u0000\u0001\u0002\r\n\r\n",
      `GET /v1/venue HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(20_000)}\r\n\r\n`,
      "GET /v1/instruments/..%2f..%2fetc%2fpasswd HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
      "GET /v1/instruments/../../etc/passwd HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
      "GET http://elsewhere/v1/venue HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
      "CONNECT elsewhere:80 HTTP/1.1\r\nhost: x\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
      "POST /v1/commands HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /v1/commands HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
      "GET /v1/stream HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 1\r\n\r\n",
      "GET /v1/venue HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\n\r\n",
      post("{".repeat(10_000)),
      post("[".repeat(10_000)),
      post("\u00ff\u00fe"),
      post('{"__proto__":{"type":"tick"}}'),
      post(withCommand('{"__proto__":{"type":"tick"},"type":"tick"}')),
      post(withCommand('{"constructor":{"prototype":{}},"type":"cancelAll"}')),
      post(withCommand('{"type":"cancelAll","account":1e999,"instrument":-1}')),
      post(withCommand('{"type":"cancelAll","account":-0,"instrument":-1}')),
      post(withCommand('{"type":"cancelAll","account":"0","instrument":-1}')),
      post(withCommand('{"type":"cancelAll","account":NaN,"instrument":-1}')),
      post(withCommand('{"type":"tick"}')),
      post(withCommand("null")),
      post(good.replace(/"signer":"[^"]*"/, '"signer":"__proto__"')),
      post(good.replace(/"nonce":\d+/, '"nonce":9007199254740993')),
      post(good, "content-type: text/plain"),
      post(good, "content-encoding: gzip\r\ncontent-type: text/json"),
    ];
    for (const request of requests) {
      const answer = await raw(Buffer.from(request, "latin1"));
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);
      assert.ok(status < 500, `${request.slice(0, 120)}\n${answer.slice(0, 400)}`);
      assert.doesNotMatch(answer, /node_modules|at file:|root:/);
    }
    assert.equal(venue.clearinghouse.failure, undefined);
    assert.equal(({} as { type?: string }).type, undefined);
    assert.equal(venue.stateRoot(), root);
  });

  test("bodies and upgrades that mean something else to whatever passed them on", async () => {
    const encoded = async (headers: string): Promise<void> =>
      assert.match(
        await raw(post("{}", `content-type: application/json${headers}`)),
        /^HTTP\/1\.1 415 [\s\S]*PLM_ENCODING/,
      );
    await encoded("\r\ncontent-encoding: gzip");
    await encoded("\r\ncontent-encoding: identity, br");
    await encoded("; charset=utf-16");
    await encoded('; charset="latin1"');
    const layered =
      "POST /v1/commands HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    assert.match(await raw(layered), /^HTTP\/1\.1 415 /);
    assert.match(
      await raw(post("{}", "content-type: application/json; charset=UTF-8")),
      /^HTTP\/1\.1 400 [\s\S]*PLM_FIELD/,
    );
    const upgrade =
      "GET /v1/stream HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\n";
    assert.match(await raw(`${upgrade}content-length: 5\r\n\r\nhello`), /^HTTP\/1\.1 400 [\s\S]*upgrade/);
    assert.match(
      await raw(`${upgrade}origin: https://elsewhere.example\r\n\r\n`),
      /^HTTP\/1\.1 400 [\s\S]*origin/,
    );
    for (const origin of ["", "origin: http://x\r\n", "origin: https://x\r\n"]) {
      assert.match(await raw(`${upgrade}${origin}\r\n`), /^HTTP\/1\.1 101 /);
    }
  });

  test("one nonce over HTTP and the stream at once: one command is done, whatever it was", async () => {
    const { venue } = served;
    const streams = await Promise.all([served.stream(), served.stream()]);
    for (let round = 0; round < 10; round++) {
      const one = venue.sign(keys.alice, venue.order({ account: venue.alice, lots: 1 }));
      const other = signed(keys.alice, venue.order({ account: venue.alice, lots: 2 }), one.nonce);
      const before = venue.clearinghouse.machine.sequence;
      const sent = [one, other, one, other];
      const ids = sent.map((of, i) => streams[i % 2]!.send({ op: "command", signed: of }));
      const http = await Promise.all(
        sent.map((of) => served.post<{ sequence?: number }>("/v1/commands", of)),
      );
      const heard = await Promise.all(ids.map((id, i) => streams[i % 2]!.answer(id)));
      assert.equal(venue.clearinghouse.machine.sequence, before + 1);
      const done = new Set([
        ...http.flatMap(({ body }) => (body.sequence === undefined ? [] : [body.sequence])),
        ...heard.flatMap((answer) => (answer.type === "receipt" ? [answer.receipt.sequence] : [])),
      ]);
      assert.deepEqual([...done], [before + 1]);
      assert.deepEqual(new Set(http.map(({ status }) => status)), new Set([200, 409]));
    }
  });

  test("pings and pongs at any pace, and messages in very many pieces, end their connection", async () => {
    const ends = async (flood: (socket: WebSocket) => void): Promise<number> => {
      const { socket, closed } = await served.stream();
      flood(socket);
      return (await closed).code;
    };
    const many = Array.from({ length: 1_200 });
    // too many at once are cut before they are counted
    assert.ok([1006, 4029].includes(await ends((socket) => many.forEach(() => socket.ping()))));
    assert.equal(await ends((socket) => many.forEach(() => socket.pong())), 4029);
    const pieces = (socket: WebSocket): void => many.forEach(() => socket.send("1", { fin: false }));
    assert.equal(await ends(pieces), 1008);
    const other = await served.stream();
    assert.equal((await other.answer(other.send({ op: "ping" }))).type, "pong");
  });

  test("resuming from anywhere", async () => {
    const stream = await served.stream();
    const { epoch } = await stream.follow(`book:${perpetualName}`);
    const hostile = [
      { epoch, sequence: Number.MAX_SAFE_INTEGER },
      { epoch, sequence: -1 },
      { epoch: "__proto__", sequence: 0 },
      { epoch, sequence: 0.5 },
    ];
    for (const resume of hostile) {
      const other = await served.stream();
      const answer = await other.answer(
        other.send({ op: "subscribe", channel: `book:${perpetualName}`, resume }),
      );
      assert.ok(answer.type === "error" || (answer.type === "subscribed" && !answer.resumed));
      other.socket.terminate();
    }
    for (const channel of [
      "account:1e0",
      "account:01",
      `account:${served.venue.bob}`,
      "book:__proto__",
      "account:-1",
    ]) {
      const answer = await stream.answer(stream.send({ op: "subscribe", channel }));
      assert.equal(answer.type, "error", channel);
    }
  });

  test("history is asked for within its bounds, and by nothing but numbers", async () => {
    const path = `/v1/instruments/${perpetualName}/trades`;
    const at = (search: string): Promise<{ readonly status: number; readonly text: string }> =>
      served.get(`${path}?${search}`);
    for (const [field, values] of [
      [
        "limit",
        [
          "0",
          "-0",
          "-1",
          "501",
          "1.5",
          "1e2",
          "NaN",
          "Infinity",
          "",
          "9".repeat(40),
          "1;DROP TABLE trades",
          "%31%00",
          "１",
          "null",
        ],
      ],
      ["from", ["-1", "9".repeat(16), "9".repeat(17), "0x1", "now()", "' OR '1'='1", "1 "]],
      [
        "before",
        [
          "1",
          ":",
          "1:",
          "1:1:1",
          "-1:1",
          "1:1'",
          "1.5:1",
          "9".repeat(17) + ":1",
          "1:" + "9".repeat(11),
          "x:y",
        ],
      ],
    ] as const) {
      for (const value of values) {
        const { status, text } = await at(`${field}=${encodeURIComponent(value)}`);
        assert.equal(status, 400, `${field}=${value}: ${text}`);
      }
    }
    for (const search of [
      "limit=1&limit=2",
      "limit[]=1",
      "from=1&from=2",
      "before=1:1&before=2:2",
      "__proto__=1",
      "to=1",
    ]) {
      assert.equal((await at(search)).status, 400, search);
    }
    for (const search of [
      "limit=500",
      "before=0:0",
      `before=${"9".repeat(16)}:${"9".repeat(10)}`,
      "from=0",
      "before=",
    ]) {
      assert.equal((await at(search)).status, 200, search);
    }
  });

  test("figures have as many labels as there are routes, whatever is asked for", async () => {
    const labels = async (): Promise<string[]> => {
      await new Promise((done) => setTimeout(done, 60));
      const { text } = await served.get("/metrics");
      return [...text.matchAll(/^(\w+\{[^}]*\})/gm)].map(([, name = ""]) => name.replace(/status="\d+"/, ""));
    };
    await served.get("/nowhere");
    await served.get("/v1/instruments/NOPE-1");
    await labels();
    const before = new Set(await labels());
    for (let i = 0; i < 30; i++) {
      await served.get(`/nowhere/${i}`);
      await served.get(`/v1/instruments/NOPE-${i}`);
      await served.request(`/v1/instruments/NOPE-${i}`, { method: ["PUT", "PATCH", "OPTIONS"][i % 3] ?? "" });
      await served.get(`/v1/accounts/${i}`, `token-${i}`);
    }
    const added = (await labels()).filter((label) => !before.has(label));
    assert.ok(
      added.every((label) => label.includes('route="/v1/accounts/:account"')),
      added.join("\n"),
    );
  });

  test("a clock that is set back neither freezes answers nor starves anybody", async () => {
    const { venue } = served;
    const look = async (): Promise<number> =>
      (await served.get<VenueView & { serviceTimeMs: number }>("/v1/venue")).body.serviceTimeMs;
    await look();
    venue.nowMs -= 3_600_000;
    // An answer that others share is no older than that, by a clock that nobody sets.
    await sleep(defaultLimits.cacheMs + 20);
    assert.equal(await look(), venue.nowMs);
    venue.nowMs += 3_600_000;
    const bucket = new TokenBucket(1, 1, venue.nowMs);
    assert.ok(bucket.tryTake(venue.nowMs));
    assert.ok(!bucket.tryTake(venue.nowMs - 3_600_000));
    assert.ok(bucket.tryTake(venue.nowMs - 3_600_000 + 1_000));
  });
});
