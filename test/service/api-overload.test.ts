import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, test, type TestContext } from "node:test";
import { type BookSnapshot, type BookUpdate } from "../../src/service/api/index.ts";
import { assertRefused, ServedVenue, type Stream } from "./api-client.ts";
import { keys, perpetualName } from "./venue.ts";

const settled = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function startFor(
  t: TestContext,
  options: Parameters<typeof ServedVenue.start>[0] = {},
): Promise<ServedVenue> {
  const served = await ServedVenue.start({ ...options, limits: { closeMs: 500, ...options.limits } });
  t.after(() => served.close());
  return served;
}

/** Each is answered by some 300 bytes: more than the system buffers for a connection. */
const manyAnswers = 30_000;

/** A frame of a client, masked with zeros. */
function frameOf(text: string): Buffer {
  const payload = Buffer.from(text);
  const head =
    payload.length < 126
      ? Buffer.from([0x81, 0x80 | payload.length])
      : Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

/** A client that sends and never reads. */
async function deafClient(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.on("error", () => {});
  socket.write(
    "GET /v1/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
  );
  await once(socket, "data");
  socket.pause();
  return socket;
}

async function dropped(served: ServedVenue, reason: string): Promise<number> {
  const { text } = await served.get("/metrics");
  return Number(
    new RegExp(`plimsoll_stream_dropped_total\\{reason="${reason}"\\} (\\d+)`).exec(text)?.[1] ?? 0,
  );
}

describe("slow and flooding clients", () => {
  test("one that takes nothing misses updates or is cut, and a healthy one beside it misses nothing", async (t) => {
    const served = await startFor(t, {
      limits: { conflateBytes: 20_000, bufferBytes: 400_000, publicMs: 1, messageBurst: 1e6 },
    });
    const { venue } = served;
    // a book with many levels makes snapshots that fill any buffer soon
    for (let batch = 0; batch < 4; batch++) {
      const orders = Array.from({ length: 45 }, (_, i) =>
        venue.must(
          keys.alice,
          venue.order({ account: venue.alice, priceTicks: 99_000 - batch * 45 - i, lots: 1 }),
        ),
      );
      await Promise.all(orders);
    }
    const healthy = await served.stream();
    await healthy.follow(`book:${perpetualName}`);
    const token = await served.login(keys.alice);
    const deaf = await Promise.all(Array.from({ length: 3 }, () => deafClient(served.api.url)));
    for (const socket of deaf) {
      socket.write(frameOf(JSON.stringify({ op: "authenticate", id: 1, token })));
      socket.write(frameOf(JSON.stringify({ op: "subscribe", id: 2, channel: `book:${perpetualName}` })));
      socket.write(frameOf(JSON.stringify({ op: "subscribe", id: 3, channel: `account:${venue.alice}` })));
      // answers to these pile up until the system's buffers are full, and then ours
      socket.write(Buffer.concat(Array.from({ length: manyAnswers }, () => frameOf("{"))));
    }
    for (let round = 0; round < 25; round++) {
      const ticks = 98_000 - round;
      await venue.must(
        keys.alice,
        venue.order({ account: venue.alice, priceTicks: ticks, lots: 1, clientOrderId: 1 }),
      );
      await venue.must(keys.alice, {
        type: "cancelOrder",
        account: venue.alice,
        orderId: 0,
        clientOrderId: 1,
      });
    }
    const order = venue.order({ account: venue.alice, priceTicks: 97_000, lots: 8 });
    const startMs = performance.now();
    const receipt = await healthy.answer(
      healthy.send({ op: "command", signed: venue.sign(keys.alice, order) }),
    );
    assert.equal(receipt.type, "receipt");
    assert.ok(performance.now() - startMs < 2_000, "the healthy one is served at once");
    await settled(50);
    assert.deepEqual(bidsOf(healthy), engineBids(served));
    assert.equal(await dropped(served, "slow"), deaf.length);
    for (const socket of deaf) socket.destroy();
  });

  test("a subscriber that was slow gets a gap and then the whole book", async (t) => {
    const served = await startFor(t, {
      limits: { conflateBytes: 1_000, bufferBytes: 1e9, publicMs: 1, messageBurst: 1e6 },
    });
    const { venue } = served;
    const stream = await served.stream();
    await stream.follow(`book:${perpetualName}`);
    stream.socket.pause();
    for (let i = 0; i < manyAnswers; i++) stream.socket.send("{");
    await settled(300);
    for (let i = 0; i < 100; i++) {
      await venue.must(keys.alice, venue.order({ account: venue.alice, priceTicks: 99_000 - i, lots: 1 }));
    }
    assert.ok((await dropped(served, "gap")) > 0, "the buffers were full");
    stream.socket.resume();
    await stream.of("gap");
    await stream.of("snapshot", ({ sequence }) => sequence > 0);
    await venue.must(keys.alice, venue.order({ account: venue.alice, priceTicks: 98_000, lots: 1 }));
    await settled(50);
    assert.deepEqual(bidsOf(stream), engineBids(served));
  });

  test("floods are refused, then cut; the pace is per connection", async (t) => {
    const served = await startFor(t, {
      limits: { messageBurst: 10, messagesPerSecond: 1, floodedMessages: 5 },
    });
    const flooding = await served.stream();
    const calm = await served.stream();
    for (let i = 0; i < 40; i++) flooding.send({ op: "ping" });
    const { code } = await flooding.closed;
    assert.equal(code, 4029);
    const errors = flooding.messages.filter(({ type }) => type === "error");
    assert.ok(
      errors.length >= 5 &&
        errors.every((error) => error.type === "error" && error.error.code === "PLM_RATE"),
    );
    assert.equal((await calm.answer(calm.send({ op: "ping" }))).type, "pong");
    assert.equal(await dropped(served, "flood"), 1);
  });

  test("too long a message closes its connection alone", async (t) => {
    const served = await startFor(t);
    const stream = await served.stream();
    const other = await served.stream();
    stream.socket.send("x".repeat(140_000));
    assert.equal((await stream.closed).code, 1009);
    assert.equal((await other.answer(other.send({ op: "ping" }))).type, "pong");
  });

  test("connections are bounded, per address and in all", async (t) => {
    const served = await startFor(t, { limits: { connectionsPerAddress: 2 } });
    const first = await served.stream();
    await served.stream();
    await assert.rejects(served.stream(), /429/);
    first.socket.close();
    await first.closed;
    await settled(30);
    await served.stream();
  });

  test("one that neither authenticates nor subscribes is closed", async (t) => {
    const served = await startFor(t, { limits: { idleMs: 30 } });
    const idle = await served.stream();
    const follower = await served.stream();
    await follower.follow("marks");
    assert.equal((await idle.closed).code, 4001);
    assert.equal((await follower.answer(follower.send({ op: "ping" }))).type, "pong");
  });

  test("one that answers no pings is cut", async (t) => {
    const served = await startFor(t, { limits: { heartbeatMs: 30 } });
    const socket = await deafClient(served.api.url);
    const closed = once(socket, "close");
    socket.resume();
    await closed;
  });

  test("subscriptions and commands under way are bounded", async (t) => {
    const served = await startFor(t, { limits: { subscriptions: 1 } });
    const stream = await served.stream();
    await stream.follow("marks");
    const second = await stream.answer(stream.send({ op: "subscribe", channel: "funding" }));
    assert.ok(second.type === "error" && second.error.code === "PLM_RATE");
    const twice = await stream.answer(stream.send({ op: "subscribe", channel: "marks" }));
    assert.ok(twice.type === "error" && twice.error.code === "PLM_FIELD");
  });

  test("requests that never end hold nobody up", async (t) => {
    const served = await startFor(t, { limits: { requestMs: 400 } });
    const { hostname, port } = new URL(served.api.url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    socket.on("error", () => {});
    socket.write(
      "POST /v1/commands HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
    );
    assert.equal((await served.get("/v1/venue")).status, 200);
    socket.destroy();
    const malformed = connect(Number(port), hostname);
    malformed.write("NONSENSE\r\n\r\n");
    const [answer] = (await once(malformed, "data")) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 400 [\s\S]*PLM_USAGE/);
    assertRefused(await served.get("/nope"), 404, "PLM_UNKNOWN");
    malformed.destroy();
  });
});

function bidsOf(stream: Stream): (readonly [number, number])[] {
  const bids = new Map<number, number>();
  for (const message of stream.messages) {
    if (message.type === "snapshot") {
      bids.clear();
      for (const [ticks, lots] of (message.data as BookSnapshot).bids) bids.set(ticks, lots);
    } else if (message.type === "update") {
      for (const [side, ticks, lots] of (message.data as BookUpdate).changes) {
        if (side === 1) continue;
        if (lots === 0) bids.delete(ticks);
        else bids.set(ticks, lots);
      }
    }
  }
  return [...bids].sort(([a], [b]) => b - a);
}

const engineBids = ({ venue }: ServedVenue): (readonly [number, number])[] =>
  venue.clearinghouse.machine.engine.stores.orders
    .book(0)
    .depth(0, 1_000)
    .map(({ priceTicks, lots }) => [priceTicks, lots]);
