import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ClearingEvent, type Command } from "../../src/clearing/index.ts";
import { routes } from "../../src/service/api/index.ts";
import { connect } from "../../src/service/client/index.ts";
import { type SigningKey } from "../../src/service/signatures/index.ts";
import {
  type AccountLiquidationView,
  type AccountView,
  type AuctionsView,
  type AuctionView,
  type FundView,
  type LiquidationsView,
  type ParameterView,
  type StakesView,
} from "../../src/service/views/index.ts";
import { assertRefused, ServedVenue } from "./api-client.ts";
import { fall, fallen, publish } from "./default-scene.ts";
import { type Schema, SchemaChecker } from "./json-schema.ts";
import { keys } from "./venue.ts";

let served: ServedVenue;
let checker: SchemaChecker;
let officer = "";
const must = (key: SigningKey, command: Command): Promise<readonly ClearingEvent[]> =>
  served.venue.must(key, command);

/** The route's answer, which fits its schema. */
async function read<T>(name: keyof typeof routes, path: string): Promise<T> {
  const answer = await served.get<T>(path, officer);
  assert.equal(answer.status, 200, answer.text);
  const pointer = `#/paths/${routes[name].path.replaceAll("/", "~1")}/get/responses/200/content/application~1json/schema`;
  assert.deepEqual(checker.faults(checker.at(pointer), answer.body), [], answer.text.slice(0, 800));
  return answer.body;
}

const rows = async (name: keyof typeof routes, path: string): Promise<readonly Record<string, unknown>[]> => {
  await served.venue.history.drain();
  return (await read<{ rows: readonly Record<string, unknown>[] }>(name, path)).rows;
};

async function eventually(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !isSo(); tries++) await new Promise((done) => setTimeout(done, 10));
  assert.ok(isSo());
}

before(async () => {
  served = await ServedVenue.start({ limits: { cacheMs: 0 } });
  officer = await served.login(keys.officer);
  checker = new SchemaChecker((await served.get<Schema>("/openapi.json")).body);
});
after(() => served.close());

test("an account's fall, its auction and its end, as the routes tell them", async () => {
  const { venue } = served;
  const watcher = await connect({ url: served.api.url });
  const [liquidations, sales] = [await watcher.liquidations(), await watcher.auctions()];
  const told: unknown[] = [];
  liquidations.on(({ stage, outcome }) => told.push(outcome === undefined ? stage : [stage, outcome]));
  sales.on(({ auction: number, lastFill, ended: why }) => told.push([number, lastFill?.share, why]));
  const target = await fallen(venue, must);
  const own = `/v1/accounts/${target}/liquidation`;
  const called = await read<AccountLiquidationView>("accountLiquidation", own);
  assert.deepEqual([called.state, called.liquidation, called.auction], ["called", undefined, undefined]);
  const before = await read<LiquidationsView>("liquidations", "/v1/liquidations");
  assert.deepEqual(before, { liquidations: [], callable: [{ account: target }] });

  await must(keys.bob, { type: "callLiquidation", account: venue.bob, target });
  const begun = await read<LiquidationsView>("liquidations", "/v1/liquidations");
  assert.deepEqual(begun.callable, []);
  assert.deepEqual(
    begun.liquidations.map(({ account, stage }) => [account, stage]),
    [[target, "stepping"]],
  );
  await fall(venue, must);
  const { auctions } = await read<AuctionsView>("auctions", "/v1/auctions");
  const [auction] = auctions;
  assert.ok(auction !== undefined);
  assert.equal(auction.price, "0.98");
  const mine = await read<AccountLiquidationView>("accountLiquidation", own);
  assert.deepEqual(mine.auction, auction);
  assert.equal(mine.state, "liquidating");
  assert.equal((await read<AccountView>("account", `/v1/accounts/${target}`)).margin.state, "liquidating");

  // A tenth of it: a tenth of its position, and of the discount.
  const tenth = await read<AuctionView>("auction", `/v1/auctions/${auction.auction}?share=100000`);
  assert.equal(tenth.quote.share, "0.1");
  assert.deepEqual(
    tenth.quote.positions.map(({ size, lots }) => [size, lots]),
    [["0.1", 100]],
  );
  assert.equal(tenth.quote.paidUnits, -tenth.quote.discountUnits);
  const ratio = tenth.quote.discountUnits / (Number(tenth.discountUsd) * 1e6);
  assert.ok(Math.abs(ratio - 0.1) < 1e-3, `${ratio}`);
  // What it says is what a bid of it gets.
  const bid = { type: "bid", account: venue.alice, auction: auction.auction, sharePpm: 100_000 } as const;
  const guards = { maxPaidUnits: 0, minReceivedUnits: tenth.quote.discountUnits };
  const events = await must(keys.alice, { ...bid, ...guards, auctionType: "solvent" });
  const filled = events.find((event) => event.type === "auctionFilled");
  assert.deepEqual(
    [filled?.sharePpm, filled?.paidUnits, filled?.discountUnits],
    [tenth.quote.sharePpm, tenth.quote.paidUnits, tenth.quote.discountUnits],
  );
  const [fill] = await rows("bids", `/v1/accounts/${venue.alice}/bids`);
  assert.deepEqual([fill?.["share"], fill?.["paid"]], ["0.1", tenth.quote.paid]);
  assert.deepEqual(await rows("auctionFills", "/v1/auctions/fills"), [fill]);

  await must(keys.alice, {
    ...bid,
    sharePpm: 1_000_000,
    maxPaidUnits: 0,
    minReceivedUnits: 0,
    auctionType: "solvent",
  });
  const [last] = await rows("auctionFills", "/v1/auctions/fills?limit=1");
  assertRefused(await served.get(`/v1/auctions/${auction.auction}`), 404, "PLM_UNKNOWN", "auction");
  const [ended] = await rows("pastLiquidations", "/v1/liquidations/history");
  assert.deepEqual(
    [ended?.["account"], ended?.["outcome"], ended?.["wasSolvent"]],
    [target, "restored", true],
  );
  assert.deepEqual(await rows("accountLiquidations", `/v1/accounts/${target}/liquidations`), [ended]);
  await eventually(() => sales.auctions.size === 0 && liquidations.liquidations.size === 0);
  await watcher.close();
  // What happens within some milliseconds may come as one.
  assert.deepEqual(told.at(-2), ["ended", "restored"]);
  assert.deepEqual(told.at(-1), [auction.auction, last?.["share"], "restored"]);
  assert.ok(told.includes("stepping") || told.includes("auction"));
  const rescue = { account: target, asset: 0, units: 9_000_000_000, reference: "rescue" };
  await must(keys.officer, { type: "deposit", ...rescue });
});

test("the fund, its stakes, and who may see them", async () => {
  const { venue } = served;
  await publish(venue, must, 95_000);
  await must(keys.bob, { type: "stakeFund", account: venue.bob, units: 2_000_000_000 });
  await must(keys.bob, { type: "unstakeFund", account: venue.bob, shares: 500_000_000 });
  await must(keys.alice, {
    type: "donateFund",
    account: venue.alice,
    tranche: "market",
    instrument: 0,
    units: 3e7,
  });
  const fund = await read<FundView>("fund", "/v1/fund");
  const balances = fund.tranches.map(({ tranche, instrument, balance }) => [tranche, instrument, balance]);
  assert.deepEqual(balances.slice(1), [
    ["staked", undefined, "2000"],
    ["market", "BTC-PERP", "30"],
  ]);
  assert.equal(fund.shares, "2000");
  assert.equal(fund.shareWorth, "1");
  const stakes = await read<StakesView>("stakes", `/v1/accounts/${venue.bob}/stakes`);
  assert.deepEqual([stakes.shares, stakes.worth], ["1500", "1500"]);
  assert.deepEqual(
    stakes.requests.map(({ shares, dueMs }) => [shares, dueMs - venue.now()]),
    [["500", fund.cooldownMs]],
  );
  const [changed] = await rows("fundHistory", "/v1/fund/history?limit=1");
  assert.deepEqual([changed?.["tranche"], changed?.["balance"]], ["market", "30"]);
  const stranger = await served.login(keys.stranger);
  for (const path of ["stakes", "liquidation", "liquidations", "bids", "deleveragings", "shared-losses"]) {
    assertRefused(
      await served.get(`/v1/accounts/${venue.bob}/${path}`, stranger),
      404,
      "PLM_UNKNOWN",
      "account",
    );
  }
  const parameters = await read<readonly ParameterView[]>("parameters", "/v1/parameters");
  const buffer = parameters.find(({ parameter }) => parameter === "bufferPpm");
  assert.deepEqual([buffer?.value, buffer?.change], [150_000, "ramp"]);
});

test("a loss that nobody bid for: who was deleveraged, and what is told meanwhile", async () => {
  const { venue } = served;
  const target = await fallen(venue, must);
  for (let price = 94_500; price > 90_000; price -= 1_000) await publish(venue, must, price);
  const insolvent = await read<FundView>("fund", "/v1/fund");
  assert.ok(Number(insolvent.shortfallUsd) > 0 && !insolvent.stakingOpen);
  // Bob, short 2 BTC, is the only one on the other side; who is liquidated is in no queue.
  const ranks = async (account: number): Promise<readonly (number | undefined)[]> =>
    (await read<AccountView>("account", `/v1/accounts/${account}`)).positions.map(
      ({ deleveragingRank }) => deleveragingRank,
    );
  // One answer spends little time on places: on a busy machine the next one has them.
  for (let tries = 0; tries < 50 && (await ranks(venue.bob))[0] === undefined; tries++);
  assert.deepEqual([await ranks(venue.bob), await ranks(target)], [[1], [undefined]]);
  const { auctions } = await read<AuctionsView>("auctions", "/v1/auctions");
  assert.deepEqual(
    auctions.map(({ account, auctionType, price, largestShare }) => [
      account,
      auctionType,
      price,
      largestShare,
    ]),
    [[target, "insolvent", "0", "1"]],
  );
  for (let i = 0; i < 20; i++) {
    venue.nowMs += 60_000;
    await publish(venue, must, 90_500);
  }
  const [ended] = await rows("pastLiquidations", "/v1/liquidations/history?limit=1");
  assert.deepEqual(
    [ended?.["account"], ended?.["outcome"], ended?.["wasSolvent"]],
    [target, "absorbed", false],
  );
  const cut = await rows("deleveragings", `/v1/accounts/${venue.bob}/deleveragings`);
  assert.ok(cut.length > 0 && cut.every(({ lots }) => Number(lots) > 0));
  await rows("sharedLosses", `/v1/accounts/${venue.bob}/shared-losses`);
  assert.equal((await read<FundView>("fund", "/v1/fund")).shortfallUsd, "0");
  const { rows: trades } = await read<{ rows: readonly { source: string }[] }>(
    "trades",
    "/v1/instruments/BTC-PERP/trades",
  );
  assert.ok(trades.some(({ source }) => source === "deleveraging"));
  assert.ok(trades.some(({ source }) => source === "auction"));
});

test("figures for Prometheus", async () => {
  const { text } = await served.get("/metrics");
  for (const line of [
    'plimsoll_liquidations{stage="stepping"} 0',
    'plimsoll_auctions{type="insolvent"} 0',
    'plimsoll_shortfall_usd{part="uncovered"} 0',
    "plimsoll_settlement_finality_commands_count 2",
    'plimsoll_liquidations_ended_total{outcome="restored"} 1',
    'plimsoll_liquidations_ended_total{outcome="absorbed"} 1',
    'plimsoll_auctions_ended_total{reason="restored"} 1',
    "plimsoll_auction_fills_total 2",
  ]) {
    assert.ok(text.includes(`${line}\n`), line);
  }
  assert.match(text, /^plimsoll_fund_balance\{tranche="protocol"\} \d/m);
});
