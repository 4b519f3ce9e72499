// What the client makes of lost answers, lost connections, restarts and limits, against a real service.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { type Api, startApi } from "../../src/service/api/index.ts";
import {
  accepted,
  type Client,
  connect,
  PlimsollError,
  ServiceError,
} from "../../src/service/client/index.ts";
import { ServedVenue } from "./api-client.ts";
import { Wire } from "./client-wire.ts";
import { keys, perpetualName, ServiceVenue } from "./venue.ts";

const order = { instrument: perpetualName, side: "buy", price: "99000", size: "0.01" } as const;

const until = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 500 && !holds(); tries++) await new Promise((done) => setTimeout(done, 10));
  assert.ok(holds());
};

test("a command whose answer is lost is sent again with the same bytes, and happens once", async () => {
  const served = await ServedVenue.start({ realClock: true });
  const wire = new Wire();
  const alice = await connect({ url: served.api.url, key: keys.alice, fetch: wire.fetch });
  const account = served.venue.alice;
  wire.loseAnswers = 2;
  const placed = accepted(await alice.placeOrder({ account, ...order }));
  assert.equal(wire.commands.length, 3);
  assert.equal(new Set(wire.commands).size, 1, "the same bytes");
  const orders = await alice.read.orders({ account });
  assert.deepEqual(
    orders.map(({ orderId }) => orderId),
    [placed.orderId],
  );
  await alice.close();
  await served.close();
});

test("a service that does not come back is told of as what is not known", async () => {
  const served = await ServedVenue.start({ realClock: true });
  const wire = new Wire();
  const { url } = served.api;
  const alice = await connect({ url, key: keys.alice, fetch: wire.fetch, giveUpMs: 300 });
  await alice.instrument(perpetualName);
  await served.close();
  const sent = alice.placeOrder({ account: served.venue.alice, ...order });
  await assert.rejects(
    sent,
    (error) => error instanceof ServiceError && error.code === "PLM_UNAVAILABLE" && error.status === 0,
  );
  await alice.close();
  await assert.rejects(connect({ url }), { code: "PLM_UNAVAILABLE" });
});

test("above the pace the client waits and goes on", async () => {
  const served = await ServedVenue.start({
    realClock: true,
    limits: { commandsPerSecond: 50, commandBurst: 5 },
  });
  const alice = await connect({ url: served.api.url, key: keys.alice });
  const account = served.venue.alice;
  const sent = Array.from({ length: 20 }, () => alice.placeOrder({ account, ...order }));
  for (const outcome of await Promise.all(sent)) accepted(outcome);
  assert.equal((await alice.read.orders({ account })).length, 20);
  await alice.close();
  await served.close();
});

test("many commands at once stay inside the window of nonces, over HTTP and over the stream", async () => {
  const served = await ServedVenue.start({ realClock: true });
  const alice = await connect({ url: served.api.url, key: keys.alice });
  const account = served.venue.alice;
  for (const open of [false, true]) {
    if (open) await alice.openStream();
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, () => alice.placeOrder({ account, ...order })),
    );
    assert.equal(new Set(outcomes.map((outcome) => accepted(outcome).orderId)).size, 200);
    accepted(await alice.cancelAll({ account }));
  }
  await alice.close();
  await served.close();
});

test("refusals are answers; misuse is thrown with field, limit and remedy", async () => {
  const served = await ServedVenue.start({ realClock: true });
  const alice = await connect({ url: served.api.url, key: keys.alice });
  const account = served.venue.alice;
  const refused = await alice.placeOrder({ account, ...order, price: "50000" });
  assert.equal(refused.outcome, "rejected");
  assert.equal(refused.outcome === "rejected" && refused.rejection.code, "outsidePriceBand");
  assert.throws(
    () => accepted(refused),
    (error) => {
      assert.ok(error instanceof PlimsollError);
      assert.deepEqual([error.code, error.field], ["PLM_REJECTED", "priceTicks"]);
      assert.equal(error.value, "50000 USDC (outsidePriceBand)");
      assert.match(error.limit, /^\d+ to \d+ USDC$/);
      return true;
    },
  );
  const tooMuch = await alice.withdraw({ account, asset: "USDC", amount: "90000000.5", destination: "x" });
  assert.ok(tooMuch.outcome === "rejected");
  const { inUnits, value, limit } = tooMuch.rejection;
  assert.deepEqual(
    [inUnits?.unit, inUnits?.value, Number(inUnits?.limit) * 1e6, value],
    ["USDC", "90000000.5", Number(limit), "90000000500000"],
  );
  await alice.openStream();
  const tooBig = await alice.placeOrder({ account, ...order, size: "100000" });
  assert.ok(tooBig.outcome === "rejected");
  assert.deepEqual([tooBig.rejection.field, tooBig.rejection.inUnits?.unit], ["lots", "BTC"]);
  assert.equal(tooBig.rejection.inUnits?.value, "100000");
  const misuses: readonly (readonly [() => Promise<unknown>, string, string])[] = [
    [() => alice.placeOrder({ account, ...order, price: "99000.5" }), "PLM_DOMAIN", "price"],
    [() => alice.placeOrder({ account, ...order, size: "0.0001" }), "PLM_DOMAIN", "size"],
    [() => alice.placeOrder({ account, ...order, instrument: "DOGE-PERP" }), "PLM_UNKNOWN", "instrument"],
    [
      () => alice.placeOrder({ account, ...order, postOnly: true, timeInForce: "ioc" }),
      "PLM_FIELD",
      "timeInForce",
    ],
    [() => alice.read.account({ account: served.venue.bob }), "PLM_UNKNOWN", "account"],
    [() => alice.read.book({ name: "DOGE-PERP" }), "PLM_UNKNOWN", "name"],
    [() => alice.book("DOGE-PERP"), "PLM_UNKNOWN", "instrument"],
    [() => alice.account(served.venue.bob), "PLM_UNKNOWN", "channel"],
  ];
  for (const [act, code, field] of misuses) {
    await assert.rejects(act(), (error) => {
      assert.ok(error instanceof PlimsollError);
      assert.deepEqual([error.code, error.field], [code, field]);
      return true;
    });
  }
  const stranger = await connect({ url: served.api.url });
  await assert.rejects(stranger.openAccount({}), { code: "PLM_USAGE", field: "key" });
  await assert.rejects(stranger.read.accounts(), { code: "PLM_SESSION" });
  await stranger.close();
  await alice.close();
  await served.close();
});

/** A service on one folder and one port, again and again. */
async function serveOn(directory: string, port: number): Promise<{ venue: ServiceVenue; api: Api }> {
  const venue = await ServiceVenue.open({ directory, realClock: true });
  const { clearinghouse, log, history } = venue;
  return { venue, api: await startApi({ clearinghouse, log, history, port, now: () => venue.now() }) };
}

/** What both see must be what the service says. */
async function compare(
  client: Client,
  channels: { book: Awaited<ReturnType<Client["book"]>>; account: Awaited<ReturnType<Client["account"]>> },
): Promise<void> {
  const { book, account } = channels;
  const { bids, asks } = await client.read.book({ name: perpetualName, depth: 500 });
  const orders = await client.read.orders({ account: account.account });
  // a stream arrives after the answer that it is about
  await until(
    () =>
      isDeepStrictEqual(book.levels, { bids, asks }) &&
      account.orders.size === orders.length &&
      orders.every(({ orderId }) => account.orders.has(orderId)),
  );
  assert.deepEqual(
    [...account.orders.values()]
      .map(({ orderId, remaining, price }) => `${orderId} ${remaining} ${price}`)
      .sort(),
    orders.map(({ orderId, remaining, price }) => `${orderId} ${remaining} ${price}`).sort(),
  );
}

test("a lost connection is resumed without a gap; after a restart a snapshot makes everything right", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "plimsoll-client-"));
  let { venue, api } = await serveOn(directory, 0);
  const port = Number(new URL(api.url).port);
  const alice = await connect({ url: api.url, key: keys.alice });
  const bob = await connect({ url: api.url, key: keys.bob });
  // whatever fails, nothing stays open: it would hold the run
  t.after(async () => {
    await Promise.all([alice.close(), bob.close()]);
    await api.close();
    await venue.close();
    rmSync(directory, { recursive: true });
  });
  const account = await alice.account(venue.alice);
  const book = await alice.book(perpetualName);
  const trades = await alice.trades(perpetualName);
  const seen: number[] = [];
  trades.on(({ tradeId }) => seen.push(tradeId));
  let made = 0;
  const trade = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) {
      const price = String(99_000 + 10 * i);
      accepted(await bob.placeOrder({ account: venue.bob, ...order, price }));
      const { filled } = accepted(
        await alice.placeOrder({ account: venue.alice, ...order, side: "sell", price, size: "0.02" }),
      );
      assert.equal(filled, "0.01");
      made++;
      accepted(await alice.cancelAll({ account: venue.alice }));
      accepted(await alice.placeOrder({ account: venue.alice, ...order, price: String(98_000 + i) }));
    }
  };
  await trade();
  await until(() => seen.length === made);
  alice.interrupt();
  await trade();
  await until(() => seen.length === made && alice.streamConnects === 2);
  assert.deepEqual([book.gaps, account.gaps, trades.gaps], [0, 0, 0], "resumed");
  await compare(alice, { book, account });

  await api.close();
  await venue.close();
  ({ venue, api } = await serveOn(directory, port));
  await until(() => book.isCurrent && account.isCurrent && book.gaps === 1);
  await trade();
  await compare(alice, { book, account });
  await until(() => new Set(seen).size === seen.length && seen.length >= made - 10);
});

test("readers are bounded: who falls behind is told; a book's reader gets the latest", async () => {
  const served = await ServedVenue.start({ realClock: true });
  const alice = await connect({ url: served.api.url, key: keys.alice });
  const account = await alice.account(served.venue.alice);
  const book = await alice.book(perpetualName);
  const reader = book[Symbol.asyncIterator]();
  for (let i = 0; i < 30; i++)
    accepted(await alice.placeOrder({ account: account.account, ...order, price: String(98_000 + i) }));
  await until(() => book.bids.length === 30 && account.orders.size === 30);
  const { value } = await reader.next();
  assert.equal(value?.bids.length, 30);
  book.close();
  assert.deepEqual(await reader.next(), { value: undefined, done: true });
  await alice.close();
  await served.close();
});
