// An account falls below its maintenance margin: the venue lessens its leverage step by step in the market; when the market is gone it
// auctions what the account still holds at a falling price, until a bidder, examples/bidder.ts in a process of its own, finds it worth its
// while. The market is made up, and its clock is this program's, so that the output is always the same.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { accepted, type ClearingEvent, connect, newAddressKey } from "plimsoll/client";
import { openVenue, runFeed, startApi, syntheticFeed } from "plimsoll/service";

const home = dirname(fileURLToPath(import.meta.resolve("plimsoll/package.json")));
const directory = mkdtempSync(join(tmpdir(), "plimsoll-default-"));
const startMs = Date.UTC(2026, 0, 5, 9);
let nowMs = startMs;

// The synthetic market lists its instruments and lives for some seconds; from there on prices are published here.
const venue = await openVenue({
  directory,
  domain: { venue: "Plimsoll Local", chainId: 31_337 },
  now: () => nowMs,
});
const { house, office, publishers, log, history } = venue;
const feed = syntheticFeed({ seed: 1, startMs, speed: Infinity, endMs: startMs + 10_000 });
const onBatch = ({ timeMs }: { readonly timeMs: number }): void => void (nowMs = timeMs);
await runFeed({ feed, house, operator: office, publishers, afterMs: 0, onBatch });
const api = await startApi({ clearinghouse: house, log, history, now: () => nowMs });
const { url } = api;

const joined = (n: number) => connect({ url, key: newAddressKey(String(n).padStart(64, "0")) });
const [alice, maker, bidder] = await Promise.all([joined(1), joined(2), joined(3)]);
const accountWith = async (client: typeof alice, dollars: number): Promise<number> => {
  const { account } = accepted(await client.openAccount({ marginMode: "cross" }));
  const deposit = {
    asset: (await client.asset("USDC")).index,
    units: dollars * 1e6,
    reference: `${account}`,
  };
  await office.require({ type: "deposit", account, ...deposit });
  return account;
};
const account = await accountWith(alice, 5_000);
const desk = await accountWith(maker, 1_000_000);
const taker = await accountWith(bidder, 200_000);

const underlyings = await alice.read.underlyings();
const btc = underlyings.find(({ name }) => name === "BTC");
let price = Math.round(Number(btc?.priceUsd));

/** Some seconds pass at a price. */
async function pass(seconds: number, to: number): Promise<void> {
  nowMs += seconds * 1_000;
  price = to;
  const said = { feed: btc?.feedIndex ?? 0, priceMicros: to * 1e6, confidencePpm: 1_000_000, timeMs: nowMs };
  for (const publisher of publishers.slice(0, 3))
    await publisher.require({ type: "publishPrices", prices: [said] });
}

/** Another account makes the market. */
async function quote(size: string, around: number): Promise<void> {
  accepted(await maker.cancelAll({ account: desk }));
  if (size === "0") return;
  const bid = { price: String(Math.floor(around * 0.9995)), size };
  const ask = { price: String(Math.ceil(around * 1.0005)), size };
  accepted(await maker.massQuote({ account: desk, quotes: [{ instrument: "BTC-PERP", bid, ask }] }));
}

const usd = (amount: string | undefined): string => Math.round(Number(amount)).toLocaleString("en-US");
async function stand(what: string): Promise<void> {
  const { state, equityUsd, maintenanceMarginUsd } = await alice.read.accountLiquidation({ account });
  const { positions } = await alice.read.account({ account });
  console.log(
    `${what}: ${state}, long ${positions[0]?.size ?? 0} BTC, equity ${usd(equityUsd)}, maintenance ${usd(maintenanceMarginUsd)}`,
  );
}

// What happens to accounts in default, as it becomes durable.
house.subscribe((batch) => {
  for (const { events } of batch) for (const event of events) tell(event);
});
function tell(event: ClearingEvent): void {
  if (event.type === "marginCalled") console.log("   called: below maintenance margin");
  else if (event.type === "liquidationStepped" && event.lots !== 0) {
    console.log(
      `   step: sold ${-event.lots / 1_000} BTC in the book, fee to the fund ${event.feeUnits / 1e6} USDC`,
    );
  } else if (event.type === "liquidationStepped") console.log("   step: no market");
  else if (event.type === "auctionStarted")
    console.log(`   auction ${event.auction} of all it holds, ${event.auctionType}`);
  else if (event.type === "auctionFilled")
    console.log(`   a bidder took ${(event.sharePpm / 1e4).toFixed(1)} % of it`);
  else if (event.type === "liquidationEnded") {
    console.log(`   ${event.outcome} after ${event.durationMs / 1_000} s, ${event.steps} steps`);
  }
}

await quote("2", price);
accepted(await alice.placeOrder({ account, instrument: "BTC-PERP", side: "buy", size: "0.8" }));
await stand("1. Alice has 5,000 USDC and buys");
const start = price;
const at = (share: number): number => Math.round(start * share);
await quote("2", at(0.975));
await pass(60, at(0.975));
await stand("2. BTC falls by 2.5 %");

console.log("3. It falls by 5 %, and there is a market:");
for (let i = 0; i < 3; i++) {
  await quote("0.5", at(0.95));
  await pass(5, at(0.95));
}
await stand("   now");

console.log("4. It falls by 6 %, and there is none:");
await quote("0", price);
for (let i = 0; i < 4; i++) await pass(5, at(0.94));
const [auction] = (await alice.read.auctions()).auctions;
if (auction === undefined) throw new Error("nothing is in auction");
console.log(`   price ${auction.price} of fair value: nobody bids`);
await pass(300, at(0.94));
const later = await alice.read.auction({ auction: auction.auction });
console.log(`   five minutes later it is ${later.price}, and there is a bidder:`);
const env = {
  ...process.env,
  PLIMSOLL_URL: url,
  PLIMSOLL_KEY: "3".padStart(64, "0"),
  PLIMSOLL_ACCOUNT: String(taker),
};
const bot = spawn(
  process.execPath,
  [...process.execArgv.filter((arg) => arg.startsWith("--conditions")), join(home, "examples", "bidder.ts")],
  { env, stdio: ["ignore", "ignore", "inherit"] },
);
while ((await alice.read.auctions()).auctions.length > 0) await new Promise((done) => setTimeout(done, 300));
await stand("   now");

const fund = await alice.read.fund();
console.log(`5. The insurance fund has ${fund.balance} USDC, its fees for that. Nobody else lost anything.`);
bot.kill();
await once(bot, "exit");
await Promise.all([alice, maker, bidder].map((client) => client.close()));
await api.close();
await venue.close();
rmSync(directory, { recursive: true });
