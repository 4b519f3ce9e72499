import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { maxSweepDefaults } from "../src/clearing/engine/limits.ts";
import { type ClearingEvent, type Command } from "../src/clearing/index.ts";
import { connect } from "../src/service/client/index.ts";
import { addressKey, type SigningKey } from "../src/service/signatures/index.ts";
import { type LiquidationsView } from "../src/service/views/index.ts";
import { order } from "./properties/clearing-venue.ts";
import { ServedVenue } from "./service/api-client.ts";
import { fallen as fallenAccount, publish } from "./service/default-scene.ts";
import { keys, perpetualIndex, usdcIndex } from "./service/venue.ts";

const botKey = addressKey(new Uint8Array(32).fill(6));
const root = join(import.meta.dirname, "..");
const opened: ServedVenue[] = [];
const bots: ChildProcess[] = [];
after(async () => {
  for (const bot of bots) bot.kill();
  for (const served of opened) await served.close();
});

/** A venue that gets prices from the test alone, and ticks only if told to: what is between two looks stays. */
async function serve(tickMs: number = 0): Promise<ServedVenue> {
  const served = await ServedVenue.start({ queueLimit: 8_192, tickMs });
  opened.push(served);
  return served;
}

const next = async (lines: AsyncIterator<string>): Promise<string> => String((await lines.next()).value);

/** The reference liquidator as its own process, with nothing but the public client, and what it prints. */
async function liquidator({ venue, api }: ServedVenue): Promise<{
  readonly account: number;
  readonly lines: AsyncIterator<string>;
}> {
  const account = await venue.openAccount(botKey);
  const env = { PLIMSOLL_URL: api.url, PLIMSOLL_KEY: "06".repeat(32), PLIMSOLL_ACCOUNT: String(account) };
  const bot = spawn(
    process.execPath,
    ["--conditions=plimsoll-source", join(root, "examples", "liquidator.ts")],
    { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] },
  );
  bots.push(bot);
  const lines = createInterface({ input: bot.stdout })[Symbol.asyncIterator]();
  assert.equal(await next(lines), "looking for accounts to call");
  return { account, lines };
}

const mustOf =
  ({ venue }: ServedVenue) =>
  (key: SigningKey, command: Command): Promise<readonly ClearingEvent[]> =>
    venue.must(key, command);

/** Accounts of the stranger's that bought at 100,000 from Bob, each with so many USDC. */
async function longs(served: ServedVenue, count: number, lots: number, usdc: number): Promise<number[]> {
  const { venue } = served;
  // One owner may open 1,024.
  const owners = Array.from({ length: Math.ceil(count / 1_000) }, (_, i) =>
    addressKey(new Uint8Array(32).fill(16 + i)),
  );
  const ask = { account: venue.bob, side: "sell", priceTicks: 100_000, lots: count * lots } as const;
  await venue.must(keys.bob, order({ instrument: perpetualIndex, ...ask }));
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const owner = owners[i % owners.length] ?? keys.stranger;
      const account = await venue.openAccount(owner);
      const deposit = { asset: usdcIndex, units: usdc * 1e6, reference: `long-${account}` };
      await venue.must(keys.officer, { type: "deposit", account, ...deposit });
      const bid = { account, side: "buy", priceTicks: 100_000, lots, timeInForce: "ioc" } as const;
      await venue.must(owner, order({ instrument: perpetualIndex, ...bid }));
      return account;
    }),
  );
}

async function liquidations(served: ServedVenue): Promise<{ running: number[]; callable: number[] }> {
  const running: number[] = [];
  for (let from: number | undefined = 0; ;) {
    const page: LiquidationsView = (
      await served.get<LiquidationsView>(`/v1/liquidations?from=${from}&limit=100`)
    ).body;
    running.push(...page.liquidations.map(({ account }) => account));
    from = page.next;
    if (from === undefined) return { running, callable: page.callable.map(({ account }) => account) };
  }
}

/** What the bot's account has, USDC. */
async function balance({ api }: ServedVenue, account: number): Promise<number> {
  const client = await connect({ url: api.url, key: botKey });
  const { balances } = await client.read.account({ account });
  await client.close();
  return Number(balances.find(({ asset }) => asset === "USDC")?.amount ?? 0);
}

test("between two prices a mark follows its book: the bot calls who falls by that, and is paid", async () => {
  const served = await serve();
  const { venue } = served;
  const must = mustOf(served);
  await publish(venue, must, 100_000);
  const [target = -1] = await longs(served, 1, 1_000, 5_500);
  await publish(venue, must, 98_600);
  assert.deepEqual(await liquidations(served), { running: [], callable: [] }, "above its margin");
  // Bob offers less and nobody buys. Commands pass, and time with them, but no price.
  const ask = { account: venue.bob, side: "sell", priceTicks: 96_000, lots: 1_000 } as const;
  await must(keys.bob, order({ instrument: perpetualIndex, ...ask }));
  for (let minutes = 0; minutes < 3; minutes++) {
    venue.nowMs += 60_000;
    await must(keys.alice, { type: "openAccount", marginMode: "cross" });
  }
  assert.deepEqual(await liquidations(served), { running: [], callable: [target] });

  const bot = await liquidator(served);
  // A dollar, and a 2,000th of the requirement: 2.5 % of a bitcoin.
  const paid = 1 + (0.025 * 98_600) / 2_000;
  assert.equal(await next(bot.lines), `called account ${target} liquidation 1 paid ${paid * 1e6} units`);
  assert.equal(await balance(served, bot.account), paid);
  assert.deepEqual(await liquidations(served), { running: [target], callable: [] });
});

test("the venue looks by itself where commands never pause and no price comes", async () => {
  const served = await serve(20);
  const { venue } = served;
  const must = mustOf(served);
  await publish(venue, must, 100_000);
  const [target = -1] = await longs(served, 1, 1_000, 5_500);
  await publish(venue, must, 98_600);
  const ask = { account: venue.bob, side: "sell", priceTicks: 96_000, lots: 1_000 } as const;
  await must(keys.bob, order({ instrument: perpetualIndex, ...ask }));
  const before = venue.clearinghouse.machine.sequence;
  let commands = 0;
  while ((await liquidations(served)).running.length === 0 && commands < 100) {
    for (let i = 0; i < 10; i++, commands++) {
      venue.nowMs += 1_000;
      await must(keys.alice, { type: "cancelAll", account: venue.alice, instrument: 0 });
      venue.nowMs += 1_000;
      await new Promise((done) => setTimeout(done, 5));
    }
  }
  assert.deepEqual((await liquidations(served)).running, [target]);
  const ticks = venue.clearinghouse.machine.sequence - before - commands;
  assert.ok(ticks >= 1 && ticks < commands / 2, `${ticks} ticks beside ${commands} commands`);
});

test("of more than one command begins, the bot calls those that are left, before the next does", async () => {
  const served = await serve();
  const { venue } = served;
  const must = mustOf(served);
  await publish(venue, must, 100_000);
  const left = 3;
  const fallen = (await longs(served, maxSweepDefaults + left, 10, 60)).sort((a, b) => a - b);
  await publish(venue, must, 94_500);
  const first = fallen.slice(0, maxSweepDefaults);
  const rest = fallen.slice(maxSweepDefaults);
  assert.deepEqual(await liquidations(served), { running: first, callable: rest });

  const bot = await liquidator(served);
  let paid = 0;
  for (const [i, account] of rest.entries()) {
    const line = await next(bot.lines);
    const [, target, number, units] =
      /^called account (\d+) liquidation (\d+) paid (\d+) units$/.exec(line) ?? assert.fail(line);
    assert.deepEqual([Number(target), Number(number)], [account, maxSweepDefaults + 1 + i]);
    paid += Number(units);
  }
  // A tenth of the 4.55 that each has left: less than the tip.
  assert.equal(paid, left * 455_000);
  assert.equal(await balance(served, bot.account), paid / 1e6);
  assert.deepEqual(await liquidations(served), { running: fallen, callable: [] });
});

test("a venue that liquidates nobody has nobody to call, until it does again", async () => {
  const served = await serve();
  const { venue } = served;
  const must = mustOf(served);
  const target = await fallenAccount(venue, must);
  const enabled = { type: "setParameter", target: "liquidation", index: 0, parameter: "enabled" } as const;
  await must(keys.officer, { ...enabled, value: 0 });
  assert.deepEqual(await liquidations(served), { running: [], callable: [] });
  await must(keys.officer, { ...enabled, value: 1 });
  assert.deepEqual(await liquidations(served), { running: [], callable: [target] });
});
