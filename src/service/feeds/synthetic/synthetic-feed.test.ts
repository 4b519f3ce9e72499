import assert from "node:assert/strict";
import { test } from "node:test";
import { fedMarkets } from "../../../../test/properties/feeds-fixture.ts";
import { type FeedBatch } from "../feed.ts";
import { type WallTime } from "../pace.ts";
import { livingMarket } from "./living-market.ts";
import { syntheticFeed, type SyntheticFeedOptions } from "./synthetic-feed.ts";

const startMs = Date.UTC(2026, 0, 5, 6);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

async function run(options: Partial<SyntheticFeedOptions>): Promise<ReturnType<typeof fedMarkets>> {
  const fed = fedMarkets();
  await syntheticFeed({ seed: 1, startMs, speed: Infinity, ...options }).start(fed.publish);
  return fed;
}

test("a venue takes all of it: listings, prices each second, surfaces each ten", async () => {
  const { markets, refused, batches, sink } = await run({ endMs: startMs + 1_200_000 });
  assert.deepEqual(refused, []);
  assert.equal(batches.length, 1_201);
  const kinds = new Map<string, number>();
  for (let i = 0; i < markets.instruments.count; i++) {
    const { kind, settlement } = markets.instrumentSpec(i);
    kinds.set(`${kind} ${settlement}`, (kinds.get(`${kind} ${settlement}`) ?? 0) + 1);
    assert.ok(markets.hasMark(i));
    assert.ok(markets.markMicros(i) > 0 || kind === "option");
  }
  assert.equal(kinds.get("spot linear"), 2);
  assert.equal(kinds.get("perpetual linear"), 2);
  assert.equal(kinds.get("perpetual inverse"), 1);
  assert.equal(kinds.get("future linear"), 6);
  assert.ok((kinds.get("option linear") ?? 0) > 200);
  assert.equal(batches.filter(({ surfaces }) => surfaces.length === 6).length, 121);
  assert.ok(sink.events.filter(({ type }) => type === "surfaceChanged").length >= 2 * 121);
  for (let feed = 0; feed < markets.feedCount; feed++) assert.ok(markets.feedConfidencePpm(feed) > 500_000);
  const market = markets.marketSnapshot();
  assert.equal(market.instruments.size, markets.instruments.count);
});

test("the same seed gives the same batches, another seed others", async () => {
  const [one, again, other] = await Promise.all([
    run({ endMs: startMs + 60_000 }),
    run({ endMs: startMs + 60_000 }),
    run({ endMs: startMs + 60_000, seed: 2 }),
  ]);
  assert.deepEqual(again.batches, one.batches);
  assert.notDeepEqual(other.batches, one.batches);
});

test("it goes on after a restart as if it had never stopped", async () => {
  const endMs = startMs + 3 * hourMs;
  const resumeMs = startMs + 2.5 * hourMs;
  const options = { endMs, stepMs: 7_000, surfaceEveryMs: 60_000 };
  const whole = (await run(options)).batches.filter(({ timeMs }) => timeMs >= resumeMs);
  const resumed = await run({ ...options, resumeMs });
  assert.deepEqual(resumed.refused, []);
  const bare = (batches: readonly FeedBatch[]): unknown =>
    batches.map((batch) => ({ ...batch, listings: [] }));
  assert.deepEqual(bare(resumed.batches), bare(whole));
  assert.deepEqual(
    resumed.batches.slice(1).map(({ listings }) => listings),
    whole.slice(1).map(({ listings }) => listings),
  );
});

test("chains roll to new expiries and strikes, and what expires settles", async () => {
  const { markets, refused, sink, batches } = await run({
    startMs: startMs + 20 * dayMs,
    endMs: startMs + 33 * dayMs,
    stepMs: 300_000,
    surfaceEveryMs: hourMs,
  });
  assert.deepEqual(refused, []);
  const settled = sink.expiries.filter(([, price]) => price > 0).length;
  assert.equal(settled, sink.expiries.length);
  assert.ok(settled > 40, `${settled} settled`);
  const later = batches.slice(1).flatMap(({ listings }) => listings);
  assert.ok(
    later.some((listing) => listing.type === "listInstrument" && listing.instrument.kind === "future"),
  );
  assert.ok(
    later.some((listing) => listing.type === "listInstrument" && listing.instrument.kind === "option"),
  );
  let live = 0;
  for (let i = 0; i < markets.instruments.count; i++) if (markets.instruments.get("status", i) === 0) live++;
  assert.ok(live < 2_000, `${live} live instruments`);
});

test("it moves as such markets do: volatile, more so in crashes, which steepen smiles, sink the basis and the staked coin", () => {
  const stepMs = 300_000;
  const next = livingMarket({ seed: 3, startMs, stepMs });
  const steps = Math.floor((3 * 365 * dayMs) / stepMs);
  let before = NaN;
  let variance = 0;
  const calm = { n: 0, vol: 0, rho: 0, basis: 0, ratio: 0 };
  const crash = { ...calm };
  for (let i = 0; i < steps; i++) {
    const { coins, stress, stakingRatio, usdcUsd } = next();
    const [btc] = coins;
    assert.ok(btc && btc.spot > 0 && usdcUsd > 0.69 && usdcUsd < 1.01);
    if (i > 0) variance += Math.log(btc.spot / before) ** 2;
    before = btc.spot;
    for (const coin of coins) assert.ok(coin.eta * (1 + Math.abs(coin.rho)) <= 2, "free of arbitrage");
    const into = stress > 0.3 ? crash : calm;
    into.n++;
    into.vol += btc.volNow;
    into.rho += btc.rho;
    into.basis += btc.basis;
    into.ratio += stakingRatio;
  }
  const vol = Math.sqrt(variance / 3);
  assert.ok(vol > 0.3 && vol < 1, `realised ${vol}`);
  assert.ok(crash.n > 100 && calm.n > 10 * crash.n, `${crash.n} steps of crashes`);
  assert.ok(crash.vol / crash.n > calm.vol / calm.n + 0.1);
  assert.ok(crash.rho / crash.n < calm.rho / calm.n - 0.1);
  assert.ok(crash.basis / crash.n < calm.basis / calm.n - 0.02);
  assert.ok(crash.ratio / crash.n < calm.ratio / calm.n - 0.005);
});

test("speed is venue time per real time; who is late is not waited for; stop ends it", async () => {
  let nowMs = 1_000;
  const slept: number[] = [];
  const wall: WallTime = {
    now: () => nowMs,
    sleep: (ms) => {
      slept.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
  };
  const feed = syntheticFeed({ seed: 1, startMs, speed: 4, wall });
  const batches: FeedBatch[] = [];
  await feed.start((batch) => {
    batches.push(batch);
    if (batches.length === 3) nowMs += 1_000;
    if (batches.length === 9) void feed.stop();
    return Promise.resolve();
  });
  assert.equal(batches.length, 9);
  assert.deepEqual(slept.slice(0, 4), [250, 250, 250, 250]);
  assert.equal(nowMs, 1_000 + 8 * 250 + 250);
});

test("an error of whoever takes the batches ends the feed", async () => {
  const feed = syntheticFeed({ seed: 1, startMs, speed: Infinity });
  await assert.rejects(
    feed.start(() => Promise.reject(new Error("full"))),
    /full/,
  );
  await feed.stop();
  await assert.rejects(
    feed.start(() => Promise.resolve()),
    /PLM_USAGE/,
  );
});

test("options out of range are named", () => {
  assert.throws(() => syntheticFeed({ seed: 1, startMs, speed: 0 }), /PLM_DOMAIN.*speed/);
  assert.throws(() => syntheticFeed({ seed: 1, startMs: -1 }), /PLM_DOMAIN.*startMs/);
  assert.throws(() => syntheticFeed({ seed: 1, startMs, stepMs: 5 }), /PLM_DOMAIN.*stepMs/);
});
