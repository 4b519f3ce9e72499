import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, test, type TestContext } from "node:test";
import { startApi } from "../../src/service/api/index.ts";
import { ServedVenue } from "./api-client.ts";
import { ServiceVenue } from "./venue.ts";

/** Clients that hold on to connections: each lets go in time, and is one of a bounded number. */

async function startFor(
  t: TestContext,
  limits: NonNullable<Parameters<typeof ServedVenue.start>[0]>["limits"],
): Promise<ServedVenue> {
  const served = await ServedVenue.start({ limits: { closeMs: 500, ...limits } });
  t.after(() => served.close());
  return served;
}

const post = "POST /v1/commands HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
const upgrade = (path: string, to: string): string =>
  `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: ${to}\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\n\r\n`;

interface Held {
  readonly socket: Socket;
  heard: string;
  readonly ended: Promise<void>;
}

/** A connection that says `first`, then `drip` again and again, and never closes its side. */
function hold(url: string, first: string, drip = ""): Held {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  socket.write(first);
  const dripping = drip === "" ? undefined : setInterval(() => socket.write(drip), 20);
  const ended = new Promise<void>((done) => {
    const end = (): void => {
      clearInterval(dripping);
      done();
    };
    socket.once("end", end);
    socket.once("close", end);
  });
  const held: Held = { socket, heard: "", ended };
  socket.on("data", (data: Buffer) => (held.heard += data.toString("latin1")));
  socket.on("error", () => undefined);
  return held;
}

/** What /metrics says is open, its own connection left out. */
async function open(served: ServedVenue): Promise<number> {
  const { text } = await served.request("/metrics", { headers: { connection: "close" } });
  return Number(/^plimsoll_http_connections (\d+)/m.exec(text)?.[1]) - 1;
}

async function untilOpen(served: ServedVenue, count: number): Promise<void> {
  for (let i = 0; i < 100; i++) {
    // one that comes before the service knows of the others' end is cut too
    if ((await open(served).catch(() => -1)) === count) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  assert.equal(await open(served), count);
}

describe("connections that are held", () => {
  test("whoever sends too slowly is told and cut, though it doesn't close its side", async (t) => {
    const served = await startFor(t, { headersMs: 150, requestMs: 300, keepAliveMs: 100 });
    const { url } = served.api;
    const slow = [
      hold(url, ""),
      hold(url, "GET /v1/venue HTTP/1.1\r\nhost: x\r\nx: ", "a"),
      hold(url, `${post}content-length: 60000\r\n\r\n{`, " "),
      hold(url, `${post}transfer-encoding: chunked\r\n\r\n`, "1\r\n \r\n"),
      hold(
        url,
        "GET /v1/stream HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nx: ",
        "a",
      ),
    ];
    const malformed = hold(url, "NONSENSE\r\n\r\n");
    const unused = hold(url, "GET /v1/venue HTTP/1.1\r\nhost: x\r\n\r\n");
    await Promise.all([...slow, malformed, unused].map(({ ended }) => ended));
    for (const { heard } of [...slow, malformed]) assert.match(heard, /^HTTP\/1\.1 400 [\s\S]*PLM_USAGE/);
    assert.match(unused.heard, /^HTTP\/1\.1 200 /);
    await untilOpen(served, 0);
    for (const { socket } of [...slow, malformed, unused]) socket.destroy();
  });

  test("whoever takes nothing of its answers is cut", async (t) => {
    const served = await startFor(t, {
      answerMs: 200,
      requestsPerMinute: 1e9,
      requestsPerMinutePerAddress: 1e9,
    });
    const deaf = hold(served.api.url, "");
    deaf.socket.pause();
    deaf.socket.write("GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(200));
    await new Promise((done) => setTimeout(done, 150));
    assert.equal(await open(served), 1);
    await untilOpen(served, 0);
    deaf.socket.destroy();
  });

  test("they are bounded for one address, and free again once closed", async (t) => {
    const served = await startFor(t, { httpConnectionsPerAddress: 8, keepAliveMs: 20 });
    const held = Array.from({ length: 40 }, () => hold(served.api.url, ""));
    await Promise.all(held.slice(8).map(({ ended }) => ended));
    await assert.rejects(served.get("/health/live"));
    for (const { socket } of held) socket.destroy();
    await untilOpen(served, 0);
    const { text } = await served.get("/metrics");
    assert.ok(Number(/^plimsoll_http_connections_refused (\d+)/m.exec(text)?.[1]) >= 32);
  });

  test("they are bounded in all; behind a proxy, in all alone", async (t) => {
    const venue = await ServiceVenue.open();
    t.after(() => venue.close());
    const { clearinghouse, log } = venue;
    const api = await startApi({
      clearinghouse,
      log,
      trustProxy: "127.0.0.1",
      limits: { httpConnections: 6, httpConnectionsPerAddress: 2, closeMs: 200 },
    });
    const held = Array.from({ length: 10 }, () => hold(api.url, ""));
    await Promise.all(held.slice(6).map(({ ended }) => ended));
    held[0]?.socket.write("GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n");
    for (const { socket } of held.slice(0, 1)) await once(socket, "data");
    for (const { socket } of held) socket.destroy();
    await api.close();
  });

  test("streams don't count as HTTP connections, and nothing but the stream upgrades", async (t) => {
    const served = await startFor(t, { httpConnectionsPerAddress: 3, keepAliveMs: 50 });
    for (let i = 0; i < 5; i++) await served.stream();
    await untilOpen(served, 0);
    const asked = [
      hold(served.api.url, upgrade("/v1/venue", "websocket")),
      hold(served.api.url, upgrade("/v1/venue", "h2c")),
      // a body that comes with an upgrade is read as a body
      hold(served.api.url, `${post}connection: upgrade\r\nupgrade: websocket\r\ncontent-length: 2\r\n\r\n{}`),
    ];
    await Promise.all(asked.map(({ ended }) => ended));
    for (const { heard } of asked.slice(0, 2)) assert.match(heard, /^HTTP\/1\.1 200 /);
    assert.match(asked[2]?.heard ?? "", /^HTTP\/1\.1 400 [\s\S]*PLM_FIELD/);
    for (const { socket } of asked) socket.destroy();
    await untilOpen(served, 0);
  });
});

describe("whose request it is", () => {
  const ask = async (url: string, forwarded: string): Promise<number> =>
    (await fetch(`${url}/v1/venue`, { headers: { "x-forwarded-for": forwarded } })).status;

  test("behind a trusted proxy, the address that the proxy saw; what is no address counts as one", async (t) => {
    const venue = await ServiceVenue.open();
    t.after(() => venue.close());
    const { clearinghouse, log } = venue;
    const limits = { requestsPerMinute: 2, closeMs: 200 };
    const api = await startApi({ clearinghouse, log, trustProxy: "127.0.0.1", limits });
    for (const client of ["9.9.9.9", "2001:db8::1", "nonsense"]) {
      assert.equal(await ask(api.url, client), 200);
      assert.equal(await ask(api.url, `1.2.3.4, ${client}`), 200);
      assert.equal(await ask(api.url, client), 429, client);
    }
    // another of the same /64, and another nonsense
    assert.equal(await ask(api.url, "2001:db8::2"), 429);
    assert.equal(await ask(api.url, "x".repeat(8_000)), 429);
    assert.equal(await ask(api.url, "9.9.9.8"), 200);
    await api.close();
  });

  test("otherwise, the connection's own, whatever it says", async (t) => {
    const served = await startFor(t, { requestsPerMinute: 2 });
    const statuses = [];
    for (const client of ["1.1.1.1", "2.2.2.2", "3.3.3.3"]) statuses.push(await ask(served.api.url, client));
    assert.deepEqual(statuses, [200, 200, 429]);
  });
});
