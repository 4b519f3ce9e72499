import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { after, test } from "node:test";
import { fedMarkets } from "../../../../test/properties/feeds-fixture.ts";
import { syntheticMarket } from "../../../market/synthetic-market.ts";
import { type FeedBatch } from "../feed.ts";
import { type WallTime } from "../pace.ts";
import { liveFeed, type LiveFeedOptions, type LiveMarket } from "./live-feed.ts";
import { sightingOf } from "./ticker.ts";

const startMs = Date.UTC(2026, 1, 2);

/** A clock that only sleeping moves. */
function sleepingClock(): WallTime & { nowMs: number } {
  const clock = {
    nowMs: startMs,
    now: () => clock.nowMs,
    sleep: (ms: number) => {
      clock.nowMs += ms;
      return Promise.resolve();
    },
  };
  return clock;
}

/** An exchange's public server: what stands in `tickers` by symbol, an error for the rest. */
async function exchangeServer(
  tickers: Map<string, unknown>,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const symbol = new URL(request.url ?? "/", "http://x").searchParams.get("symbol") ?? "";
    const found = tickers.get(symbol);
    response.statusCode = found === undefined ? 503 : 200;
    response.end(JSON.stringify(found ?? { error: "unavailable" }));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  after(() => void server.close());
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A module shaped like ccxt, whose exchanges ask `url`. */
function moduleAt(url: string, chain: unknown = {}): () => Promise<unknown> {
  class Exchange {
    readonly id: string = "exchange";
    readonly has = { fetchTickers: false };
    readonly markets = {};
    loadMarkets = (): Promise<unknown> => Promise.resolve({});
    fetchOptionChain = (): Promise<unknown> => Promise.resolve(chain);
    fetchTickers = (): Promise<unknown> => Promise.reject(new Error("not offered"));
    async fetchTicker(symbol: string): Promise<unknown> {
      const response = await fetch(`${url}/?symbol=${encodeURIComponent(symbol)}`);
      if (!response.ok) throw new Error(`${this.id} ${response.status}`);
      return response.json();
    }
  }
  class Kraken extends Exchange {
    override readonly id = "kraken";
  }
  class Deribit extends Exchange {
    override readonly id = "deribit";
  }
  return () => Promise.resolve({ default: { kraken: Kraken, deribit: Deribit, version: "4" } });
}

const btc: LiveMarket = {
  feed: "BTC",
  as: "underlying",
  symbols: { kraken: "BTC/USD", deribit: "BTC/USDC" },
};

async function rounds(
  options: LiveFeedOptions,
  count: number,
  each: (batch: FeedBatch) => void = () => undefined,
) {
  const fed = fedMarkets();
  const feed = await liveFeed(options);
  await feed.start(async (batch) => {
    await fed.publish(batch);
    each(batch);
    if (fed.batches.length >= count) void feed.stop();
  });
  return { ...fed, description: feed.describe() };
}

test("exchanges are publishers; their middles make the index, an outage is noted once", async () => {
  const wall = sleepingClock();
  const tickers = new Map<string, unknown>([
    ["BTC/USD", { bid: 99_990, ask: 100_010, timestamp: startMs - 500 }],
    ["BTC/USDC", { last: 100_100 }],
    ["BTC/USD:USD", { bid: 100_050, ask: 100_070 }],
  ]);
  const { url } = await exchangeServer(tickers);
  const market = { ...btc, perpetual: { exchange: "kraken", symbol: "BTC/USD:USD" } };
  const { markets, refused, batches, description } = await rounds(
    { markets: [market], load: moduleAt(url), wall },
    4,
    () => {
      tickers.set("BTC/USD", { bid: 99_990, ask: 100_010, timestamp: wall.nowMs + 60_000 });
      tickers.delete("BTC/USDC");
    },
  );
  assert.deepEqual(refused, []);
  assert.equal(markets.indexMicros(0), 100_050_000_000);
  assert.deepEqual(batches[0]?.fair[0], { instrument: "BTC-PERP", priceMicros: 100_060_000_000 });
  assert.deepEqual(
    batches.map(({ prices }) => prices.length),
    [2, 1, 1, 1],
  );
  // Its quote is 0.02 % wide, of the 2 % that leave no confidence; a clock ahead of ours is ours.
  assert.equal(batches[0]?.prices[0]?.prices[0]?.confidencePpm, 990_000);
  assert.equal(batches[1]?.prices[0]?.prices[0]?.timeMs, batches[1]?.timeMs);
  assert.deepEqual(description.notes, [{ where: "deribit", what: "deribit 503" }]);
  assert.equal(description.publishers, 2);
});

test("option chains become surfaces and listings", async () => {
  const wall = sleepingClock();
  const market = syntheticMarket({ seed: 1, asOfMs: startMs, size: "small" });
  const index = market.underlyings.get("BTC")?.indexUsd ?? 0;
  const chain: Record<string, unknown> = {};
  for (const [id, quote] of market.quotes) {
    const instrument = market.instruments.get(id);
    if (
      instrument?.kind !== "option" ||
      instrument.underlying !== "BTC" ||
      instrument.settlement !== "inverse"
    )
      continue;
    const { expiryMs, strike, optionType } = instrument;
    const day = new Date(expiryMs).toISOString().slice(2, 10).replaceAll("-", "");
    const symbol = `BTC/USD:BTC-${day}-${strike}-${optionType === "call" ? "C" : "P"}`;
    const percent = (quote.impliedVol ?? 0) * 100;
    chain[symbol] = {
      symbol,
      markPrice: quote.mark,
      impliedVolatility: percent,
      underlyingPrice: quote.forward,
      timestamp: startMs,
    };
  }
  const { url } = await exchangeServer(
    new Map([
      ["BTC/USD", { last: index }],
      ["BTC/USDC", { last: index }],
    ]),
  );
  const { markets, refused, sink, description } = await rounds(
    { markets: [{ ...btc, options: "deribit" }], load: moduleAt(url, chain), wall },
    2,
  );
  assert.deepEqual(refused, []);
  assert.deepEqual(description.notes, []);
  assert.equal(sink.events.filter(({ type }) => type === "surfaceChanged").length, 1);
  let options = 0;
  for (let i = 0; i < markets.instruments.count; i++) {
    const { kind, expiryMs, strikeMicros } = markets.instrumentSpec(i);
    if (kind !== "option") continue;
    options++;
    const truth = market.underlyings
      .get("BTC")
      ?.surface?.volAt(expiryMs, Math.log(strikeMicros / markets.forwardMicros(i)));
    assert.ok(Math.abs(markets.impliedVol(i) - (truth?.value ?? 0)) < 0.02);
  }
  assert.ok(options > 50);
});

test("without the package, an unknown exchange or a network it says what to do", async () => {
  const wall = sleepingClock();
  const absent = (): Promise<unknown> => Promise.reject(new Error("Cannot find package 'ccxt'"));
  await assert.rejects(liveFeed({ markets: [btc], load: absent }), /PLM_FEED.*ccxt.*npm install ccxt/);
  const { url, server } = await exchangeServer(new Map());
  const load = moduleAt(url);
  await assert.rejects(
    liveFeed({ markets: [{ ...btc, symbols: { nowhere: "X" } }], load }),
    /PLM_FEED.*nowhere/,
  );
  await assert.rejects(liveFeed({ markets: [btc], load, pollMs: 5 }), /PLM_DOMAIN.*pollMs/);
  server.close();
  const offline = await liveFeed({ markets: [btc], load, wall });
  await assert.rejects(
    offline.start(() => Promise.resolve()),
    /PLM_FEED.*kraken.*network/,
  );
});

test("a ticker without a sensible price says nothing", () => {
  const cases: readonly (readonly [unknown, number | undefined])[] = [
    [undefined, undefined],
    [{}, undefined],
    [{ bid: 0, ask: 5 }, undefined],
    [{ bid: 6, ask: 5 }, undefined],
    [{ bid: "5", ask: 6, last: NaN }, undefined],
    [{ bid: 6, ask: 5, last: 5.5 }, 5.5],
    [{ bid: 1, ask: 3 }, 2],
  ];
  for (const [ticker, price] of cases) assert.equal(sightingOf(ticker, 1)?.price, price);
  assert.equal(sightingOf({ bid: 1, ask: 3 }, 1)?.confidencePpm, 0);
});

/** ccxt itself, where it is installed beside: it is an optional peer. */
const packageName: string = "ccxt";
const ccxt: unknown = await import(packageName).catch(() => undefined);

test(
  "ccxt itself reads a ticker of Kraken's shape",
  { skip: ccxt === undefined && "ccxt is not installed" },
  async () => {
    const answers: Record<string, unknown> = {
      Assets: {
        XXBT: { aclass: "currency", altname: "XBT", decimals: 10, display_decimals: 5, status: "enabled" },
        ZUSD: { aclass: "currency", altname: "USD", decimals: 4, display_decimals: 2, status: "enabled" },
      },
      AssetPairs: {
        XXBTZUSD: {
          altname: "XBTUSD",
          wsname: "XBT/USD",
          base: "XXBT",
          quote: "ZUSD",
          lot: "unit",
          status: "online",
          pair_decimals: 1,
          lot_decimals: 8,
          cost_decimals: 5,
          tick_size: "0.1",
          ordermin: "0.0001",
          leverage_buy: [],
          leverage_sell: [],
          fees: [[0, 0.4]],
          fees_maker: [[0, 0.25]],
        },
      },
      Ticker: {
        XXBTZUSD: { a: ["100010.0", "1", "1.0"], b: ["99990.0", "1", "1.0"], c: ["100000.0", "0.1"] },
      },
    };
    const server = createServer((request, response) => {
      const name = new URL(request.url ?? "/", "http://x").pathname.split("/").at(-1) ?? "";
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ error: [], result: answers[name] ?? {} }));
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    after(() => void server.close());
    const api = { public: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    const { markets, refused } = await rounds(
      {
        markets: [{ ...btc, symbols: { kraken: "BTC/USD" } }],
        pollMs: 100,
        load: () => Promise.resolve(ccxt),
        exchangeOptions: { kraken: { urls: { api } } },
      },
      2,
    );
    assert.deepEqual(refused, []);
    assert.equal(markets.indexMicros(0), 100_000_000_000);
  },
);
