import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  type BookSnapshot,
  type BookUpdate,
  type AccountSnapshot,
  type AccountUpdate,
} from "../../src/service/api/index.ts";
import { type MessageOf, ServedVenue, type Stream } from "./api-client.ts";
import { type Schema, SchemaChecker } from "./json-schema.ts";
import { keys, perpetualName, type ServiceVenue } from "./venue.ts";

const book = `book:${perpetualName}`;
const updatesOf = (stream: Stream, channel: string): MessageOf<"update">[] =>
  stream.messages.filter(
    (message): message is MessageOf<"update"> => message.type === "update" && message.channel === channel,
  );

/** The book that a stream's last snapshot and the updates after it give. */
function bookOf(stream: Stream): { bids: (readonly number[])[]; asks: (readonly number[])[] } {
  const sides = [new Map<number, number>(), new Map<number, number>()] as const;
  let sequence = -1;
  for (const message of stream.messages) {
    if (!("channel" in message) || message.channel !== book) continue;
    if (message.type === "snapshot") {
      const { bids, asks } = message.data as BookSnapshot;
      sides[0].clear();
      sides[1].clear();
      for (const [ticks, lots] of bids) sides[0].set(ticks, lots);
      for (const [ticks, lots] of asks) sides[1].set(ticks, lots);
      ({ sequence } = message);
    } else if (message.type === "update") {
      assert.equal(message.sequence, sequence + 1, "no update is missing");
      sequence++;
      for (const [side, ticks, lots] of (message.data as BookUpdate).changes) {
        if (lots === 0) sides[side].delete(ticks);
        else sides[side].set(ticks, lots);
      }
    }
  }
  return {
    bids: [...sides[0]].sort(([a], [b]) => b - a),
    asks: [...sides[1]].sort(([a], [b]) => a - b),
  };
}

const settled = (ms = 60): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function engineBook({ clearinghouse }: ServiceVenue): ReturnType<typeof bookOf> {
  const of = (side: 0 | 1): (readonly number[])[] =>
    clearinghouse.machine.engine.stores.orders
      .book(0)
      .depth(side, 1_000)
      .map(({ priceTicks, lots }) => [priceTicks, lots]);
  return { bids: of(0), asks: of(1) };
}

describe("stream", () => {
  let served: ServedVenue;
  let venue: ServiceVenue;
  before(async () => {
    served = await ServedVenue.start({ limits: { figuresMs: 20, heartbeatMs: 40 } });
    ({ venue } = served);
  });
  after(() => served.close());

  const place = (side: "buy" | "sell", priceTicks: number, lots: number): Promise<unknown> =>
    venue.must(
      side === "buy" ? keys.alice : keys.bob,
      venue.order({ account: side === "buy" ? venue.alice : venue.bob, side, priceTicks, lots }),
    );

  async function authenticated(key: (typeof keys)["alice"]): Promise<Stream> {
    const stream = await served.stream();
    const answer = await stream.answer(stream.send({ op: "authenticate", token: await served.login(key) }));
    assert.equal(answer.type, "authenticated");
    return stream;
  }

  test("a book's snapshot and updates give the engine's book, whenever one joins", async () => {
    const early = await served.stream();
    await early.follow(book);
    await place("buy", 99_000, 5);
    await place("buy", 98_900, 2);
    await place("sell", 101_000, 4);
    const late = await served.stream();
    await late.follow(book);
    await place("sell", 99_000, 3);
    await place("buy", 101_000, 6);
    await venue.must(keys.alice, { type: "cancelAll", account: venue.alice, instrument: -1 });
    await place("buy", 97_000, 1);
    await settled();
    assert.deepEqual(bookOf(early), engineBook(venue));
    assert.deepEqual(bookOf(late), engineBook(venue));
    assert.ok(updatesOf(early, book).length > updatesOf(late, book).length);
  });

  test("trades, marks and funding", async () => {
    const stream = await served.stream();
    await stream.follow(`trades:${perpetualName}`);
    const marks = await stream.follow("marks");
    await stream.follow("funding");
    assert.ok("marks" in marks.data && marks.data.marks.length === 2);
    await place("buy", 100_000, 2);
    await place("sell", 100_000, 2);
    const traded = await stream.of("update", ({ channel }) => channel.startsWith("trades:"));
    assert.ok("trades" in traded.data);
    assert.deepEqual(
      traded.data.trades.map(({ price, size, takerSide }) => ({ price, size, takerSide })),
      [{ price: "100000", size: "0.002", takerSide: "sell" }],
    );
    venue.nowMs += 1_000;
    await venue.price(100_100);
    const marked = await stream.of("update", ({ channel }) => channel === "marks");
    assert.ok("marks" in marked.data);
    assert.ok(marked.data.marks.every(({ indexPrice }) => indexPrice === "100100"));
    venue.nowMs += 3_600_000;
    await venue.price(100_050);
    const funded = await stream.of("update", ({ channel }) => channel === "funding");
    assert.ok("rates" in funded.data && funded.data.rates[0]?.instrument === perpetualName);
  });

  test("an account's channel: its own events, in order, then its figures", async () => {
    const stream = await authenticated(keys.alice);
    const name = `account:${venue.alice}`;
    const snapshot = await stream.follow(name);
    const { account, orders } = snapshot.data as AccountSnapshot;
    assert.equal(account.account, venue.alice);
    assert.equal(account.openOrders, orders.length);
    await place("buy", 96_000, 7);
    await place("sell", 104_000, 1);
    const figures = await stream.of(
      "update",
      ({ channel, data }) => channel === name && (data as AccountUpdate).kind === "figures",
    );
    assert.ok(figures.commandSequence > snapshot.commandSequence);
    const updates = updatesOf(stream, name);
    updates.forEach(({ sequence }, i) => assert.equal(sequence, snapshot.sequence + 1 + i));
    const events = updates.flatMap(({ data }) =>
      (data as AccountUpdate).kind === "events"
        ? (data as Extract<AccountUpdate, { kind: "events" }>).events
        : [],
    );
    assert.deepEqual(
      events.map(({ type }) => type),
      ["orderAccepted", "orderRested"],
    );
    assert.ok(events.every((event) => !("account" in event) || event.account === venue.alice));
  });

  test("commands and receipts, in whatever order", async () => {
    const stream = await served.stream();
    const order = venue.order({ account: venue.alice, priceTicks: 95_000, lots: 1 });
    const command = venue.sign(keys.trader, order);
    const ids = [
      stream.send({ op: "command", signed: command }),
      stream.send({ op: "command", signed: venue.sign(keys.trader, { ...order, account: venue.bob }) }),
      stream.send({ op: "command", signed: { ...command, nonce: command.nonce + 50 } }),
      stream.send({ op: "command", signed: command }),
    ];
    const answers = await Promise.all(ids.map((id) => stream.answer(id)));
    const [accepted, rejected, forged, again] = answers;
    assert.ok(accepted?.type === "receipt" && accepted.receipt.outcome === "accepted");
    assert.ok(rejected?.type === "receipt" && rejected.receipt.rejection?.code === "notAuthorized");
    assert.ok(forged?.type === "error" && forged.error.code === "PLM_SIGNATURE");
    assert.ok(again?.type === "receipt" && again.receipt.sequence === accepted.receipt.sequence);
  });

  test("commands of one connection are sequenced as they came, whichever thread is first", async (t) => {
    const threaded = await ServedVenue.start({ threads: 2 });
    t.after(() => threaded.close());
    const { alice } = threaded.venue;
    const stream = await threaded.stream();
    const place = threaded.venue.order({ account: alice, priceTicks: 95_000, lots: 1, clientOrderId: 5 });
    const cancel = { type: "cancelOrder" as const, account: alice, orderId: 0, clientOrderId: 5 };
    const ids: number[] = [];
    for (let i = 0; i < 100; i++) {
      // pieces of the stream come in turns of the event loop of their own
      if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      const key = i % 3 === 0 ? keys.alice : keys.trader;
      ids.push(
        stream.send({ op: "command", signed: threaded.venue.sign(key, i % 2 === 0 ? place : cancel) }),
      );
    }
    const answers = await Promise.all(ids.map((id) => stream.answer(id)));
    for (const answer of answers) {
      assert.ok(answer.type === "receipt" && answer.receipt.outcome === "accepted", JSON.stringify(answer));
    }
  });

  test("who left goes on where it was, or gets a snapshot", async () => {
    const first = await served.stream();
    const snapshot = await first.follow(book);
    await place("buy", 94_000, 1);
    const update = await first.of("update", ({ channel }) => channel === book);
    first.socket.close();
    await first.closed;
    await place("buy", 94_000, 1);
    await place("buy", 93_900, 1);
    await settled();
    const { epoch, sequence } = update;
    const back = await served.stream();
    const answer = await back.answer(
      back.send({ op: "subscribe", channel: book, resume: { epoch, sequence } }),
    );
    assert.ok(answer.type === "subscribed" && answer.resumed);
    await settled();
    assert.deepEqual(
      updatesOf(back, book).map((message) => message.sequence),
      updatesOf(back, book).map((_, i) => sequence + 1 + i),
    );
    assert.ok(updatesOf(back, book).length >= 1);
    for (const resume of [
      { epoch: "another", sequence },
      { epoch, sequence: sequence + 1_000 },
    ]) {
      const other = await served.stream();
      const plain = await other.answer(other.send({ op: "subscribe", channel: book, resume }));
      assert.ok(plain.type === "subscribed" && !plain.resumed);
      const fresh = await other.of("snapshot");
      assert.ok(fresh.sequence > snapshot.sequence);
    }
  });

  test("wrong messages are refused by name, and the connection lives on", async () => {
    const stream = await served.stream();
    const code = async (message: unknown): Promise<string> => {
      const before = stream.messages.length;
      stream.socket.send(typeof message === "string" ? message : JSON.stringify(message));
      const error = await stream.of("error", (found) => stream.messages.indexOf(found) >= before);
      return `${error.error.code} ${error.error.field}`;
    };
    assert.match(await code("{"), /^PLM_JSON_SYNTAX/);
    assert.equal(await code([]), "PLM_FIELD message");
    assert.equal(await code({ op: "shout", id: 99 }), "PLM_FIELD op");
    assert.equal(await code({ op: "ping" }), "PLM_FIELD id");
    assert.equal(await code({ op: "ping", id: 99, more: 1 }), "PLM_FIELD more");
    assert.equal(await code({ op: "subscribe", id: 99, channel: "nope" }), "PLM_UNKNOWN channel");
    assert.equal(await code({ op: "subscribe", id: 99, channel: "book:NOPE" }), "PLM_UNKNOWN channel");
    assert.equal(await code({ op: "unsubscribe", id: 99, channel: book }), "PLM_UNKNOWN channel");
    assert.equal(
      await code({ op: "subscribe", id: 99, channel: `account:${venue.alice}` }),
      "PLM_SESSION authorization",
    );
    assert.equal(await code({ op: "authenticate", id: 99, token: "x" }), "PLM_SESSION authorization");
    assert.equal(await code("[".repeat(50) + "]".repeat(50)), "PLM_LIMIT message:1:17");
    stream.socket.send(Buffer.from("{}"));
    const pong = await stream.answer(stream.send({ op: "ping" }));
    assert.equal(pong.type, "pong");
    const other = await authenticated(keys.bob);
    const foreign = await other.answer(other.send({ op: "subscribe", channel: `account:${venue.alice}` }));
    assert.ok(foreign.type === "error" && foreign.error.code === "PLM_UNKNOWN");
  });

  test("a permission that is taken away ends its channel", async () => {
    const stream = await authenticated(keys.trader);
    await stream.follow(`account:${venue.alice}`);
    await venue.must(keys.alice, { type: "revokeKey", account: venue.alice, key: keys.trader.signer });
    const ended = await stream.of("ended");
    assert.equal(ended.channel, `account:${venue.alice}`);
    const before = updatesOf(stream, ended.channel).length;
    await place("buy", 92_000, 1);
    await settled();
    assert.equal(updatesOf(stream, ended.channel).length, before);
  });

  test("a session that lapses ends its channels", async () => {
    const stream = await authenticated(keys.bob);
    await stream.follow(`account:${venue.bob}`);
    venue.nowMs += 3_600_001;
    const ended = await stream.of("ended");
    assert.equal(ended.error.code, "PLM_SESSION");
  });

  test("requests for quotes reach those who may answer, and offers those who asked", async () => {
    const [alice, bob] = [await authenticated(keys.alice), await authenticated(keys.bob)];
    await alice.follow(`account:${venue.alice}`);
    await bob.follow(`account:${venue.bob}`);
    const has = (stream: Stream, type: string): Promise<unknown> =>
      stream.of("update", ({ data }) => {
        const update = data as AccountUpdate;
        return update.kind === "events" && update.events.some((event) => event.type === type);
      });
    const events = await venue.must(keys.alice, {
      type: "requestQuote",
      account: venue.alice,
      legs: [{ instrument: 0, lots: 1 }],
      counterparty: -1,
      expiryMs: venue.now() + 60_000,
    });
    const requested = events.find(({ type }) => type === "quoteRequested");
    assert.ok(requested?.type === "quoteRequested");
    await has(bob, "quoteRequested");
    await venue.must(keys.bob, {
      type: "offerQuote",
      account: venue.bob,
      request: requested.request,
      priceTicks: [100_000],
      expiryMs: venue.now() + 60_000,
    });
    await has(alice, "quoteOffered");
  });

  test("heartbeats come, and every message is what the document says", async () => {
    const { body: document } = await served.get<Schema>("/asyncapi.json");
    const checker = new SchemaChecker(document);
    const stream = await authenticated(keys.alice);
    for (const channel of [book, `trades:${perpetualName}`, "marks", "funding", `account:${venue.alice}`]) {
      await stream.follow(channel);
    }
    await place("buy", 100_000, 1);
    await place("sell", 100_000, 1);
    const order = venue.order({ account: venue.alice, priceTicks: 95_000, lots: 1 });
    await stream.answer(stream.send({ op: "command", signed: venue.sign(keys.alice, order) }));
    await stream.answer(stream.send({ op: "unsubscribe", channel: "marks" }));
    await stream.answer(stream.send({ op: "unsubscribe", channel: "marks" }));
    await stream.answer(stream.send({ op: "ping" }));
    await stream.of("heartbeat");
    await settled();
    for (const message of stream.messages) {
      const schema = checker.at(`#/components/messages/${message.type}/payload/schema`);
      assert.deepEqual(checker.faults(schema, message), [], JSON.stringify(message).slice(0, 500));
    }
    assert.equal(document["asyncapi"], "3.0.0");
  });
});
