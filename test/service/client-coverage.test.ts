// Every route, every command and every message of the stream passes between the client and a real service.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type ClearingEvent, type Command } from "../../src/clearing/index.ts";
import { type SigningKey } from "../../src/service/signatures/index.ts";
import { clientMessageSchemas, serverMessageSchemas } from "../../src/service/api/protocol/stream-schemas.ts";
import { routes } from "../../src/service/api/index.ts";
import { commandTypes } from "../../src/service/client/build-command.ts";
import {
  accepted,
  type Client,
  type CommandInputs,
  connect,
  type Outcome,
} from "../../src/service/client/index.ts";
import { coin, option, underlying } from "../properties/clearing-venue.ts";
import { ServedVenue } from "./api-client.ts";
import { Wire } from "./client-wire.ts";
import { fall, fallen } from "./default-scene.ts";
import { keys, perpetualName } from "./venue.ts";

let served: ServedVenue;
const wire = new Wire();
let officer: Client;
let alice: Client;
let bob: Client;
let stranger: Client;
const dayMs = 86_400_000;

const join = (key: (typeof keys)[keyof typeof keys]): Promise<Client> =>
  connect({ url: served.api.url, key, fetch: wire.fetch, WebSocket: wire.WebSocket });

/** Sends a command as it is, by the client of its key. */
async function sendAs(key: SigningKey, command: Command): Promise<readonly ClearingEvent[]> {
  const client = [officer, alice, bob, stranger].find(({ signer }) => signer === key.signer);
  assert.ok(client !== undefined);
  const { outcome, rejection, events } = await client.send(command);
  assert.equal(outcome, "accepted", JSON.stringify(rejection));
  return events;
}

before(async () => {
  served = await ServedVenue.start({ realClock: true, limits: { heartbeatMs: 50 } });
  [officer, alice, bob, stranger] = await Promise.all([
    join(keys.officer),
    join(keys.alice),
    join(keys.bob),
    join(keys.stranger),
  ]);
});
after(async () => {
  await Promise.all([officer, alice, bob, stranger].map((client) => client.close()));
  await served.close();
});

test("every command, by its method, with names and decimals", async () => {
  const { venue } = served;
  const expiryMs = venue.now() + 30 * dayMs;
  const done = new Set<string>();
  const must = async <T extends keyof CommandInputs>(
    client: Client,
    type: T,
    input: CommandInputs[T],
  ): Promise<Extract<Outcome<T>, { outcome: "accepted" }>> => {
    done.add(type);
    return accepted(await client.command(type, input));
  };
  const { account } = await must(alice, "openAccount", { marginMode: "cross" });
  assert.deepEqual(
    (await alice.read.accounts()).map((view) => view.account),
    [venue.alice, account],
  );
  await must(officer, "deposit", { account, asset: "USDC", amount: "25000.5", reference: "first" });
  const opened = await alice.read.account({ account });
  assert.deepEqual(
    opened.balances.map(({ asset, amount }) => [asset, amount]),
    [["USDC", "25000.5"]],
  );
  await must(alice, "setMarginMode", { account, marginMode: "isolated" });
  await must(alice, "setMarginMode", { account, marginMode: "cross" });
  await must(alice, "transfer", { account: venue.alice, to: account, asset: "USDC", amount: "1000" });
  await must(alice, "authorizeKey", { account, key: keys.trader.signer, maxOrderNotional: "5000000" });
  await must(alice, "revokeKey", { account, key: keys.trader.signer });
  const { withdrawal } = await must(alice, "withdraw", {
    account,
    asset: "USDC",
    amount: "0.25",
    destination: "0xabc",
  });
  await venue.history.drain();
  const pending = await alice.read.withdrawals({ account });
  const [first] = pending;
  assert.deepEqual(pending, [
    {
      withdrawal,
      account,
      asset: "USDC",
      assetIndex: first?.assetIndex,
      amount: "0.25",
      units: 250_000,
      destination: "0xabc",
      sinceMs: first?.sinceMs,
    },
  ]);
  assert.ok(Math.abs((first?.sinceMs ?? 0) - venue.now()) < 60_000);
  assert.deepEqual(await officer.read.allWithdrawals(), pending);
  assert.deepEqual(await officer.read.allWithdrawals({ after: withdrawal }), []);
  await assert.rejects(bob.read.allWithdrawals(), { code: "PLM_UNKNOWN", field: "signer" });
  await assert.rejects(bob.read.withdrawals({ account }), { code: "PLM_UNKNOWN", field: "account" });
  await must(officer, "settleWithdrawal", { withdrawal, outcome: "paid" });
  assert.deepEqual(await alice.read.withdrawals({ account }), []);

  await must(officer, "grantRole", { role: "guardian", key: keys.bob.signer });
  await must(officer, "listUnderlying", { underlying: underlying("SOL") });
  await must(officer, "listAsset", { asset: coin("SOL") });
  await must(officer, "publishPrices", {
    prices: [{ feed: "SOL", price: "140.125", confidence: "0.99", timeMs: venue.now() }],
  });
  await must(officer, "listInstrument", {
    instrument: option(expiryMs, { name: "BTC-OPTION", strikeMicros: 100_000_000_000 }),
  });
  const slice = { expiryMs, forwardMicros: 100_500_000_000, a: 0.02, b: 0.05, rho: -0.2, m: 0, sigma: 0.2 };
  await must(officer, "publishSurface", { underlying: "BTC", slices: [slice], timeMs: venue.now() });
  await must(officer, "setInstrumentStatus", { instrument: "BTC-OPTION", status: "halted" });
  await must(officer, "setInstrumentStatus", { instrument: "BTC-OPTION", status: "active" });
  await must(officer, "setVenueStatus", { status: "reduceOnly" });
  await must(officer, "setVenueStatus", { status: "active" });
  await must(officer, "setParameter", {
    target: "instrument",
    name: perpetualName,
    parameter: "takerFeePpm",
    value: 400,
  });
  await must(officer, "setRiskDocument", { document: "history", text: historyText });

  const resting = await must(alice, "placeOrder", {
    account,
    instrument: perpetualName,
    side: "buy",
    price: "99990",
    size: "0.5",
    clientOrderId: 7,
  });
  assert.deepEqual([resting.filled, resting.open, resting.averagePrice], ["0", "0.5", undefined]);
  await must(alice, "amendOrder", {
    account,
    instrument: perpetualName,
    clientOrderId: 7,
    price: "99995",
    size: "0.25",
  });
  const taken = await must(bob, "placeOrder", {
    account: venue.bob,
    instrument: perpetualName,
    side: "sell",
    size: "0.1",
  });
  assert.deepEqual([taken.filled, taken.averagePrice, taken.open], ["0.1", "99995", "0"]);
  await must(alice, "cancelOrder", { account, orderId: resting.orderId });
  await must(alice, "massQuote", {
    account,
    quotes: [
      {
        instrument: perpetualName,
        bid: { price: "99900", size: "0.01" },
        ask: { price: "100100", size: "0.02" },
      },
    ],
  });
  assert.deepEqual(
    (await alice.read.orders({ account })).map(({ side, price, remaining }) => [side, price, remaining]),
    [
      ["buy", "99900", "0.01"],
      ["sell", "100100", "0.02"],
    ],
  );
  await must(alice, "cancelAll", { account });
  const quoteMs = venue.now() + 60_000;
  const { request } = await must(alice, "requestQuote", {
    account,
    legs: [
      { instrument: perpetualName, size: "-0.1" },
      { instrument: "BTC-OPTION", size: "0.1" },
    ],
    expiryMs: quoteMs,
  });
  const marks = await alice.marks();
  const premium = await alice.instrument("BTC-OPTION");
  const mark = marks.marks.get("BTC-OPTION")?.mark ?? "";
  const { offer } = await must(bob, "offerQuote", {
    account: venue.bob,
    request,
    legs: [
      { instrument: perpetualName, price: "100000" },
      { instrument: "BTC-OPTION", price: premium.roundPrice(mark, "up") },
    ],
    expiryMs: quoteMs,
  });
  await must(alice, "acceptQuote", { account, offer });
  const positions = (await alice.read.account({ account })).positions.map(({ instrument, size }) => [
    instrument,
    size,
  ]);
  assert.deepEqual(positions, [["BTC-OPTION", "0.1"]]);

  await must(officer, "setParameter", { target: "liquidation", parameter: "auctionCapMicros", value: 2e14 });
  const target = await fallen(venue, sendAs);
  assert.deepEqual((await bob.read.liquidations()).callable, [{ account: target }]);
  const called = await must(bob, "callLiquidation", { account: venue.bob, target });
  assert.equal((await bob.read.liquidations()).liquidations[0]?.liquidation, called.liquidation);
  await fall(venue, sendAs);
  const { auctions } = await bob.read.auctions();
  const [found] = auctions;
  assert.ok(found !== undefined && found.account === target && found.auctionType === "solvent");
  assert.deepEqual(await bob.read.auction({ auction: found.auction }), found);
  const { auction, asset, auctionType } = found;
  const won = await must(alice, "bid", {
    account: venue.alice,
    auction,
    asset,
    auctionType,
    share: 1,
    minReceived: found.quote.discount,
  });
  // The price fell meanwhile.
  assert.ok(won.share >= found.quote.share && won.discountUnits >= found.quote.discountUnits);
  assert.equal(won.paidUnits, -won.discountUnits);
  await must(alice, "donateFund", { account: venue.alice, tranche: "protocol", amount: "20000" });
  const { shares } = await must(bob, "stakeFund", { account: venue.bob, amount: "1000" });
  await must(bob, "unstakeFund", { account: venue.bob, shares: "250" });
  const stakes = await bob.read.stakes({ account: venue.bob });
  assert.deepEqual([shares, stakes.shares, stakes.requests[0]?.shares], ["1000", "750", "250"]);
  const fund = await alice.read.fund();
  assert.ok(Number(fund.balance) >= 21_000 && fund.stakingOpen && !fund.withdrawalsGated);
  const offered = { account: venue.alice, instrument: "BTC-OPTION", side: "sell" } as const;
  await must(alice, "placeOrder", { ...offered, price: premium.roundPrice("900", "up"), size: "0.1" });
  await must(officer, "hedgeFund", { instrument: "BTC-OPTION", size: "0.05", price: "900" });

  // The oracle believes the whole of it only once some time has passed.
  await pause(300);
  const recovered = { feed: "BTC", price: "100000", timeMs: venue.now() };
  await must(officer, "publishPrices", { prices: [recovered] });
  await must(officer, "createPool", {
    instrument: perpetualName,
    pool: {
      depthLotsPerPercent: 10,
      maxDeviationPpm: 50_000,
      feePpm: 500,
      minPricePpm: 500_000,
      maxPricePpm: 2_000_000,
      initialShareUnits: 1_000_000,
    },
  });
  await must(bob, "addLiquidity", { account: venue.bob, instrument: perpetualName, amount: "20000" });
  await must(bob, "fundPoolBudget", { account: venue.bob, instrument: perpetualName, amount: "100" });
  await must(officer, "adjustPool", { instrument: perpetualName, price: "100000" });
  await must(bob, "removeLiquidity", { account: venue.bob, instrument: perpetualName, shares: "0.005" });
  assert.deepEqual(
    [...commandTypes].filter((type) => !done.has(type)),
    [],
    "commands that no test sends",
  );
});

test("every route of the table is called and answers", async () => {
  const { venue } = served;
  const account = venue.alice;
  const name = perpetualName;
  const { read } = alice;
  await venue.history.drain();
  const answers = {
    venue: await read.venue(),
    assets: await read.assets(),
    underlyings: await read.underlyings(),
    instruments: await read.instruments(),
    prices: await read.prices(),
    pools: await read.pools(),
    instrument: await read.instrument({ name }),
    book: await read.book({ name, depth: 5 }),
    trades: await read.trades({ name, limit: 5 }),
    funding: await read.funding({ name }),
    account: await read.account({ account }),
    orders: await read.orders({ account }),
    withdrawals: await read.withdrawals({ account }),
    allWithdrawals: await officer.read.allWithdrawals(),
    margin: await read.margin({ account, mode: "all" }),
    fills: await read.fills({ account }),
    transfers: await read.transfers({ account }),
    fundingPayments: await read.fundingPayments({ account }),
    interest: await read.interest({ account }),
    settlements: await read.settlements({ account }),
    marginCalls: await read.marginCalls({ account }),
    accountLiquidation: await read.accountLiquidation({ account }),
    stakes: await read.stakes({ account }),
    accountLiquidations: await read.accountLiquidations({ account }),
    bids: await read.bids({ account }),
    deleveragings: await read.deleveragings({ account }),
    sharedLosses: await read.sharedLosses({ account }),
    parameters: await read.parameters(),
    liquidations: await read.liquidations(),
    auctions: await read.auctions(),
    pastLiquidations: await read.pastLiquidations(),
    auctionFills: await read.auctionFills(),
    fund: await read.fund(),
    fundHistory: await read.fundHistory({ limit: 5 }),
    stateRoot: await read.stateRoot(),
    stateProof: await read.stateProof({ section: "ledger", leaf: account }),
    live: await read.live(),
    ready: await read.ready(),
    metrics: await read.metrics(),
    openApi: await read.openApi(),
    asyncApi: await read.asyncApi(),
  };
  assert.equal(answers.venue.venue, "Testing Venue");
  assert.ok(
    answers.pools.length === 1 && answers.trades.rows.length > 0 && answers.transfers.rows.length > 0,
  );
  assert.deepEqual(
    answers.margin.map(({ mode }) => mode),
    ["isolated", "cross", "portfolio"],
  );
  assert.equal(answers.stateProof.root, answers.stateRoot.root);
  assert.equal(answers.ready.status, "ready");
  assert.match(answers.metrics, /^plimsoll_commands_total/m);
  const rows = [];
  for await (const row of alice.history("transfers", { account, limit: 1 })) rows.push(row);
  assert.ok(rows.length > 1, "more than one page");
  const closing = await join(keys.alice);
  await closing.read.accounts();
  await closing.close();
  assert.deepEqual(
    Object.keys(routes).filter((route) => !wire.routes.has(route)),
    [],
    "routes that no test calls",
  );
});

test("every message of the stream is sent or taken", async () => {
  const { venue } = served;
  const account = venue.alice;
  assert.ok((await alice.ping()) >= 0);
  const channels = await Promise.all([
    alice.book(perpetualName),
    alice.trades(perpetualName),
    alice.marks(),
    alice.funding(),
    alice.liquidations(),
    alice.auctions(),
    alice.account(account),
  ]);
  for (let i = 0; i < 40; i++) {
    const price = String(99_000 + i);
    accepted(
      await alice.placeOrder({ account, instrument: perpetualName, side: "buy", price, size: "0.01" }),
    );
  }
  await assert.rejects(alice.trades("NOPE"), { code: "PLM_UNKNOWN" });
  // A session key's channel ends with its permission.
  const trader = await join(keys.trader);
  const ownAccount = await trader.account(account);
  const ended = (async () => {
    for await (const change of ownAccount) void change;
  })();
  // Waited for from the start: it may end before the receipt is there.
  const isEnded = assert.rejects(ended, { code: "PLM_UNKNOWN" });
  accepted(await alice.revokeKey({ account, key: keys.trader.signer }));
  await isEnded;
  await trader.close();
  for (const channel of channels) channel.close();
  await gaps();
  await new Promise((done) => setTimeout(done, 120));
  const messages = (schemas: object, seen: ReadonlySet<string>): string[] =>
    Object.keys(schemas).filter((type) => !seen.has(type));
  assert.deepEqual(messages(clientMessageSchemas, wire.sent), [], "messages that no test sends");
  assert.deepEqual(messages(serverMessageSchemas, wire.received), [], "messages that no test takes");
});

/** A service that takes every client for a slow one leaves out every update and sends a snapshot again: the book is right all the same. */
async function gaps(): Promise<void> {
  const slow = await ServedVenue.start({ realClock: true, limits: { conflateBytes: NaN } });
  const { url } = slow.api;
  const client = await connect({ url, key: keys.alice, fetch: wire.fetch, WebSocket: wire.WebSocket });
  const book = await client.book(perpetualName);
  for (let i = 0; i < 5; i++) {
    const [side, price] =
      i % 2 === 0 ? (["buy", String(99_000 + i)] as const) : (["sell", String(101_000 + i)] as const);
    accepted(
      await client.placeOrder({
        account: slow.venue.alice,
        instrument: perpetualName,
        side,
        price,
        size: "0.01",
      }),
    );
  }
  const isWhole = (): boolean => book.bids.length === 3 && book.asks.length === 2 && book.isCurrent;
  for (let tries = 0; tries < 200 && !isWhole(); tries++) await new Promise((done) => setTimeout(done, 10));
  const { bids, asks } = await client.read.book({ name: perpetualName });
  assert.deepEqual(book.levels, { bids, asks });
  assert.ok(book.gaps > 0);
  await client.close();
  await slow.close();
}

const historyText = JSON.stringify({
  schema: "plimsoll/history@1",
  source: "made for a test",
  synthetic: true,
  startMs: 1_700_000_000_000,
  intervalMs: 3_600_000,
  series: [
    { factor: "spot", of: "BTC", values: Array.from({ length: 400 }, (_, i) => 100_000 + 500 * Math.sin(i)) },
  ],
});
