// A reference bidder in auctions of accounts in default: watches them, and takes over what it can carry once the discount pays for that. Its
// capital is finite: it bids for the share whose initial margin is at most half of what it has free. What a bid must bring is the cost of
// that margin, of closing the positions in the market, and of the risk until they are closed. It runs against a service, with the bidder's
// key and account in the environment.
import {
  type AuctionView,
  type BidQuoteView,
  type Client,
  connect,
  newAddressKey,
  PlimsollError,
} from "plimsoll/client";

const { PLIMSOLL_URL: url, PLIMSOLL_KEY: secret, PLIMSOLL_ACCOUNT: own } = process.env;
/** Time between two looks, milliseconds. */
const everyMs = 500;
/** Of the free collateral, most that one bid may tie up. */
const capitalShare = 0.5;
/** Until the positions are closed again, hours; what capital costs a year; what closing costs of the notional. */
const [holdHours, capitalCost, closingCost] = [2, 0.15, 0.001];
/** Annual volatility, and how much of one standard deviation over the time of holding a bidder asks for. */
const [volatility, riskPrice] = [0.6, 0.25];

interface Plan {
  readonly sharePpm: number;
  /** Least discount, in the auction's asset, taken as dollars. */
  readonly leastDiscount: number;
}

/** What a bid for this much must bring. */
function planOf(quote: BidQuoteView, margins: ReadonlyMap<string, number>, freeUsd: number): Plan {
  let [notional, margin] = [0, 0];
  for (const { instrument, size, price } of quote.positions) {
    const usd = Math.abs(Number(size)) * Number(price);
    notional += usd;
    margin += usd * (margins.get(instrument) ?? 1);
  }
  const part = margin === 0 ? 1 : Math.min(1, (freeUsd * capitalShare) / margin);
  const years = holdHours / 8_766;
  const cost =
    margin * capitalCost * years + notional * (closingCost + riskPrice * volatility * Math.sqrt(years));
  return { sharePpm: Math.floor(quote.sharePpm * part), leastDiscount: cost * part };
}

async function lookAt(
  client: Client,
  account: number,
  auction: AuctionView,
  margins: ReadonlyMap<string, number>,
): Promise<void> {
  const { margin } = await client.read.account({ account });
  const { sharePpm, leastDiscount } = planOf(auction.quote, margins, Number(margin.initialExcessUsd));
  if (sharePpm < 1) return;
  const { quote } = await client.read.auction({ auction: auction.auction, share: sharePpm });
  if (Number(quote.discount) < leastDiscount) return;
  const { auction: number, auctionType, asset } = auction;
  // The price may move until the bid arrives: it is worth this much, and no more.
  const cost = Number(quote.paid) + Number(quote.discount) - leastDiscount;
  const limit = Math.abs(cost).toFixed(2);
  const guard = cost > 0 ? { maxPaid: limit } : { minReceived: limit };
  const share = (quote.sharePpm / 1e6).toFixed(6);
  const outcome = await client.bid({ account, auction: number, share, auctionType, asset, ...guard });
  if (outcome.outcome === "rejected") return console.log("refused:", outcome.rejection.code);
  const unit = await client.asset(asset);
  const got = unit.amountOf(outcome.discountUnits);
  console.log(`auction ${number}: took ${outcome.share} of the account, ${got} ${asset} below fair value`);
}

async function run(service: string, key: string, account: number): Promise<void> {
  const client = await connect({ url: service, key: newAddressKey(key) });
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const instruments = await client.read.instruments();
  const margins = new Map(instruments.map(({ name, initialMarginPpm }) => [name, initialMarginPpm / 1e6]));
  const { margin } = await client.read.account({ account });
  const running = await client.auctions();
  console.log("watching auctions with", margin.initialExcessUsd, "USD free");
  while (!stop.signal.aborted) {
    if (running.auctions.size > 0) {
      const { auctions } = await client.read.auctions();
      for (const auction of auctions)
        if (auction.quote.sharePpm > 0) await lookAt(client, account, auction, margins);
    }
    await new Promise((done) => setTimeout(done, everyMs));
  }
  await client.close();
}

const settings = {
  PLIMSOLL_URL: "the address of a service, such as http://127.0.0.1:7300",
  PLIMSOLL_KEY: "a secret of 64 hex digits",
  PLIMSOLL_ACCOUNT: "the number of an account of that key's",
};
if (!url || !secret || !own || !/^\d+$/.test(own)) {
  console.error("This bidder runs against a service. Set in the environment:");
  for (const [name, what] of Object.entries(settings)) console.error(`  ${name}  ${what}`);
  process.exitCode = 2;
} else {
  await run(url, secret, Number(own)).catch((error: unknown) => {
    if (!(error instanceof PlimsollError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  });
}
