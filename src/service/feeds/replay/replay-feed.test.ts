import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { fedMarkets } from "../../../../test/properties/feeds-fixture.ts";
import { syntheticMarket } from "../../../market/synthetic-market.ts";
import { type Quote } from "../../../market/market.ts";
import { sviSurface } from "../../../market/svi-surface.ts";
import { fitSurface } from "../../../pricing/index.ts";
import { type FeedDescription } from "../feed.ts";
import { replayFeed, type ReplayFeedOptions } from "./replay-feed.ts";
import { publishedSlices } from "../published-surface.ts";

const folder = mkdtempSync(join(tmpdir(), "plimsoll-replay-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  const text = `${lines.join("\n")}\n`;
  writeFileSync(path, name.endsWith(".gz") ? gzipSync(text) : text);
  return path;
}

const startMs = Date.UTC(2026, 1, 2);
const minuteMs = 60_000;

async function run(
  options: ReplayFeedOptions,
): Promise<ReturnType<typeof fedMarkets> & { description: FeedDescription }> {
  const fed = fedMarkets();
  const feed = await replayFeed(options);
  await feed.start(fed.publish);
  return { ...fed, description: feed.describe() };
}

const bars = (count: number, stepMs: number, price: (i: number) => number): string[] => [
  "ts_ms,open,high,low,close,volume",
  ...Array.from({ length: count }, (_, i) => {
    const [open, close] = [price(i), price(i + 1)];
    return `${startMs + i * stepMs},${open},${Math.max(open, close) + 2},${Math.min(open, close) - 2},${close},1`;
  }),
];

test("bars become prices along their path; a venue takes them and lists what they price", async () => {
  const path = file(
    "BTC.csv.gz",
    bars(5, minuteMs, (i) => 100_000 + 10 * i),
  );
  const { markets, batches, refused, description } = await run({
    sources: [{ kind: "price", file: path, feed: "BTC", as: "underlying" }],
  });
  assert.deepEqual(refused, []);
  assert.deepEqual(description.notes, []);
  const said = batches.map(({ timeMs, prices }) => [
    timeMs - startMs,
    (prices[0]?.prices[0]?.priceMicros ?? 0) / 1e6,
  ]);
  // Rising bars: open, low, high, close at the last millisecond.
  assert.deepEqual(said.slice(0, 6), [
    [0, 100_000],
    [20_000, 99_998],
    [40_000, 100_012],
    [59_999, 100_010],
    [60_000, 100_010],
    [80_000, 100_008],
  ]);
  assert.equal(markets.indexMicros(0), 100_050_000_000);
  assert.deepEqual([markets.instruments.find("BTC-PERP"), markets.instruments.find("BTC-USDC")], [1, 0]);
  assert.equal(markets.assetSpec(markets.assets.find("USDC")).feed, "");
  assert.deepEqual([description.fromMs, description.toMs], [startMs, startMs + 5 * minuteMs - 1]);
});

test("between rows heartbeats keep prices fresh, and stop with the recording's own gaps", async () => {
  const path = file("gap.csv", [
    "ts_ms,close",
    `${startMs},100`,
    `${startMs + minuteMs},101`,
    `${startMs + 60 * minuteMs},102`,
  ]);
  const sources = [{ kind: "price", file: path, feed: "BTC", as: "underlying" }] as const;
  const { batches } = await run({ sources, heartbeatMs: 20_000 });
  const minutes = batches.map(({ timeMs }) => (timeMs - startMs + 1) / minuteMs);
  // A lone value is known at its row's end; three rows' time after the second nothing is said until the third.
  assert.equal(minutes[0], 1);
  assert.equal(Math.max(...minutes.slice(0, -1)), 5);
  assert.equal(minutes.at(-1), 61);
});

test("bad rows are named and left out, the rest plays", async () => {
  const rows = bars(8, minuteMs, () => 100);
  rows[2] = rows[2]?.replace(",100,102", ",100,x") ?? "";
  rows[3] = rows[3]?.split(",").slice(0, 4).join(",") ?? "";
  rows[4] = `${startMs},1,1,1,1,1`;
  rows[5] = `${startMs + 4 * minuteMs},100,99,98,100,1`;
  rows[6] = `${startMs + 5 * minuteMs},100,7666,99,101,1`;
  const { description, batches } = await run({
    sources: [{ kind: "price", file: file("bad.csv", rows), feed: "ETH", as: "underlying" }],
  });
  assert.deepEqual(
    description.notes.map(({ where }) => where),
    ["bad.csv:3:high", "bad.csv:4", "bad.csv:5:ts_ms", "bad.csv:6", "bad.csv:7"],
  );
  const highest = Math.max(
    ...batches.flatMap(({ prices }) =>
      prices.flatMap((said) => said.prices.map(({ priceMicros }) => priceMicros)),
    ),
  );
  assert.equal(highest, 102_000_000);
});

test("stablecoins, staked coins as ratios, funding and perpetuals go with them", async () => {
  const ether = file(
    "ETH.csv",
    bars(3, minuteMs, () => 2_000),
  );
  const stable = file(
    "USDC.csv",
    bars(3, minuteMs, () => 0.99).map((row) => row.replaceAll(/,(0\.99|2\.99|-1\.01)/g, ",0.99")),
  );
  const staked = file("lst.csv", [
    "ts_ms,eth_usd,steth_eth",
    `${startMs},2000,0.98`,
    `${startMs + minuteMs},2000,0.97`,
  ]);
  const funding = file("funding.csv", [
    "venue,symbol,ts_ms,rate",
    `x,ETHUSDT,${startMs - 8 * 60 * minuteMs},0.5`,
    `x,ETHUSDT,${startMs + 2 * minuteMs},0.0001`,
    `x,BTCUSDT,${startMs + 3 * minuteMs},0.9`,
  ]);
  const { markets, refused, batches } = await run({
    sources: [
      { kind: "price", file: ether, feed: "ETH", as: "underlying" },
      { kind: "price", file: stable, feed: "USDC", as: "asset" },
      {
        kind: "price",
        file: staked,
        feed: "stETH",
        as: "asset",
        follows: "ETH",
        column: "steth_eth",
        times: "ETH",
      },
      { kind: "funding", file: funding, underlying: "ETH", where: { column: "symbol", value: "ETHUSDT" } },
    ],
  });
  assert.deepEqual(refused, []);
  assert.equal(markets.assetPriceMicros(markets.assets.find("stETH")), 0.97 * 2_000e6);
  assert.equal(markets.assetPriceMicros(markets.assets.find("USDC")), 990_000);
  // 0.01 % per interval of eight hours and two minutes: its premium over eight.
  const [fair] = batches[0]?.fair ?? [];
  assert.equal(fair?.instrument, "ETH-PERP");
  assert.ok(Math.abs((fair?.priceMicros ?? 0) / 2_000e6 - 1 - (0.0001 * 480) / 482) < 1e-9);
});

test("option chains give surfaces, options and, alone, the index", async () => {
  const rows = ["ts_ms,currency,expiry_ms,strike,type,forward,index,bid,ask,mark,iv,delta,vega,oi,volume"];
  const market = syntheticMarket({ seed: 5, asOfMs: startMs, size: "small" });
  for (let snapshot = 0; snapshot < 2; snapshot++) {
    const scale = 1 + snapshot / 100;
    for (const instrument of market.instruments.values()) {
      if (instrument.kind !== "option" || instrument.settlement !== "inverse") continue;
      const { underlying, expiryMs, strike, optionType, id } = instrument;
      const quote = market.quotes.get(id);
      const index = (market.underlyings.get(underlying)?.indexUsd ?? 0) * scale;
      rows.push(
        [
          startMs + snapshot * 6 * 60 * minuteMs,
          underlying,
          expiryMs,
          strike,
          optionType === "call" ? "C" : "P",
          (quote?.forward ?? 0) * scale,
          index,
          "",
          "",
          quote?.mark,
          quote?.impliedVol,
          "",
          "",
          1,
          1,
        ].join(","),
      );
    }
  }
  rows.splice(5, 0, "nonsense");
  const { markets, refused, description, batches } = await run({
    sources: [{ kind: "chain", files: [file("chain.csv.gz", rows)] }],
    heartbeatMs: Infinity,
  });
  assert.deepEqual(refused, []);
  assert.deepEqual(
    description.notes.map(({ where }) => where),
    ["chain.csv.gz:6"],
  );
  assert.equal(batches.length, 2);
  const state = markets.marketSnapshot();
  for (const [id, quote] of state.quotes) {
    const instrument = state.instruments.get(id);
    if (instrument?.kind !== "option") continue;
    const truth = market.underlyings
      .get(instrument.underlying)
      ?.surface?.volAt(instrument.expiryMs, Math.log(instrument.strike / (quote.forward ?? 1)));
    assert.ok(
      Math.abs((quote.impliedVol ?? 0) - (truth?.value ?? 0)) < 0.02,
      `${id}: ${quote.impliedVol} for ${truth?.value}`,
    );
  }
  assert.ok([...state.instruments.values()].some(({ kind }) => kind === "future"));
});

test("files that cannot be used are named", async () => {
  const source = { kind: "price", feed: "BTC", as: "underlying" } as const;
  const replay = (path: string): Promise<unknown> => replayFeed({ sources: [{ ...source, file: path }] });
  await assert.rejects(replay(join(folder, "absent.csv")), /PLM_FILE.*absent/);
  await assert.rejects(
    replay(file("broken.csv.gz", ["ts_ms,close"]).replace(".gz", ".gz")),
    /PLM_FEED.*broken/,
  );
  await assert.rejects(replay(file("other.csv", ["a,b", "1,2"])), /PLM_CSV_SYNTAX.*other\.csv:1/);
  writeFileSync(join(folder, "not.csv.gz"), "plain");
  await assert.rejects(replay(join(folder, "not.csv.gz")), /PLM_FILE/);
  const good = file(
    "good.csv",
    bars(2, minuteMs, () => 5),
  );
  await assert.rejects(
    replayFeed({ sources: [{ ...source, file: good, where: { column: "symbol", value: "X" } }] }),
    /PLM_CSV_SYNTAX/,
  );
  await assert.rejects(replayFeed({ sources: [{ ...source, file: good }], heartbeatMs: 0 }), /PLM_DOMAIN/);
});

const data = new URL("../../../../../shared/data/", import.meta.url).pathname;
test(
  "recorded hours play: 5-minute perpetuals, funding, chains with bent smiles",
  { skip: !existsSync(data) && "no recorded data beside the repository" },
  async () => {
    const fromMs = Date.UTC(2026, 1, 5);
    const { markets, refused, description, batches, sink } = await run({
      fromMs,
      toMs: fromMs + 7 * 60 * minuteMs,
      heartbeatMs: 60_000,
      sources: [
        { kind: "price", file: `${data}perp_5m_2025_2026/BTCUSDT.csv.gz`, feed: "BTC", as: "underlying" },
        { kind: "price", file: `${data}perp_5m_2025_2026/ETHUSDT.csv.gz`, feed: "ETH", as: "underlying" },
        {
          kind: "funding",
          file: `${data}funding_rates_2019_2026.csv.gz`,
          underlying: "BTC",
          where: { column: "symbol", value: "BTCUSDT" },
        },
        { kind: "chain", files: [`${data}options_chain_deribit/2026-02.csv.gz`] },
      ],
    });
    assert.deepEqual(refused, []);
    assert.deepEqual(description.notes, []);
    assert.ok(batches.filter(({ surfaces }) => surfaces.length > 0).length >= 1);
    assert.ok(markets.indexMicros(0) > 60_000e6 && markets.indexMicros(0) < 80_000e6);
    assert.ok(sink.events.some((event) => event.type === "surfaceChanged"));
    let options = 0;
    for (let i = 0; i < markets.instruments.count; i++) {
      if (markets.instrumentSpec(i).kind !== "option") continue;
      options++;
      const vol = markets.impliedVol(i);
      if (markets.instruments.get("status", i) === 0)
        assert.ok(vol > 0.2 && vol < 5, `${markets.instruments.label(i)} at ${vol}`);
    }
    assert.ok(options > 200);
  },
);

test("where a fit bends the wings, the published slice stays near it in plain SVI", () => {
  const market = syntheticMarket({ seed: 2, asOfMs: startMs, size: "full" });
  const state = market.underlyings.get("BTC");
  assert.ok(state?.surface);
  const kept = new Set(state.surface.expiriesMs.slice(4, 7));
  const quotes = new Map<string, Quote>();
  for (const [id, quote] of market.quotes) {
    const instrument = market.instruments.get(id);
    if (instrument?.kind === "option" && !kept.has(instrument.expiryMs)) continue;
    if (instrument?.kind !== "option" || instrument.underlying !== "BTC" || quote.impliedVol === undefined)
      continue;
    const deviation =
      quote.impliedVol * Math.sqrt((instrument.expiryMs - startMs) / (365 * 24 * 60 * minuteMs));
    const k = Math.log(instrument.strike / (quote.forward ?? 1)) / deviation;
    // Wings that five parameters cannot follow.
    quotes.set(id, {
      ...quote,
      impliedVol: quote.impliedVol + 0.1 * Math.max(0, k - 1.2) ** 2 - 0.05 * Math.max(0, -k - 1.2),
    });
  }
  const { surface: _, ...bare } = state;
  const bent = { ...market, quotes, underlyings: new Map([["BTC", bare]]) };
  const fitted = fitSurface(bent).get("BTC");
  const slices = publishedSlices(bent, "BTC") ?? [];
  assert.equal(slices.length, fitted?.expiries.length);
  assert.ok(fitted?.expiries.some(({ method }) => method === "bent-svi"));
  const plain = sviSurface({
    asOfMs: startMs,
    slices: slices.map(({ expiryMs, a, b, rho, m, sigma }) => ({
      expiryMs,
      parameters: { a, b, rho, m, sigma },
      minLogMoneyness: -5,
      maxLogMoneyness: 5,
    })),
  });
  assert.ok(fitted);
  for (const { expiryMs, atmVol } of fitted.expiries) {
    const deviation = atmVol * Math.sqrt((expiryMs - startMs) / (365 * 24 * 60 * minuteMs));
    for (const k of [-1.5, -1, -0.5, 0, 0.5, 1, 1.5]) {
      const difference =
        plain.volAt(expiryMs, k * deviation).value - fitted.surface.volAt(expiryMs, k * deviation).value;
      assert.ok(Math.abs(difference) < 0.015, `${difference} at ${k} deviations of ${expiryMs}`);
    }
  }
});
