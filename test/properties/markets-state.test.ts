import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseMarket, writeMarket } from "../../src/market/market-document.ts";
import { type Markets } from "../../src/clearing/markets/index.ts";
import {
  expiryMs,
  hourMs,
  leavesOf,
  publishAll,
  publishSurface,
  recordingSink,
  restored,
  type RecordingSink,
  sampleMarkets,
  startMs,
} from "./markets-fixture.ts";

/** One thing that happens to the markets; numbers are draws that {@link happen} gives a meaning. */
interface Happening {
  readonly kind: "wait" | "price" | "surface" | "book" | "parameter" | "status" | "forget" | "list";
  readonly who: number;
  readonly size: number;
}

const happening: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constantFrom(
    "wait",
    "price",
    "price",
    "surface",
    "book",
    "book",
    "parameter",
    "status",
    "forget",
    "list",
  ),
  who: fc.nat(11),
  size: fc.nat(1_000_000).map((draw) => draw / 1_000_000),
});

const story = (maxLength: number): fc.Arbitrary<Happening[]> =>
  fc.array(happening, { minLength: maxLength / 2, maxLength, size: "max" });

const changes = [
  ["instrument", "initialMarginPpm", 40_000, 60_000],
  ["instrument", "maintenanceMarginPpm", 20_000, 40_000],
  ["instrument", "openInterestUpperLots", 0, 1_000_000],
  ["instrument", "fundingCapPpm", 0, 10_000],
  ["asset", "haircutPpm", 0, 200_000],
  ["underlying", "maxMovePerSecondPpm", 1, 50_000],
] as const;

function happen(markets: Markets, sink: RecordingSink, { kind, who, size }: Happening): void {
  const wait = kind === "wait" ? Math.floor(size * size * size * 20 * hourMs) : who * 700;
  markets.advance(markets.nowMs + wait, sink);
  switch (kind) {
    case "wait":
      return;
    case "price":
      void markets.publishPrices(
        `publisher-${who % 4}`,
        [
          {
            feed: who % 5 === 0 ? 1 : 0,
            priceMicros: Math.round((who % 5 === 0 ? 1 : 100_000) * (0.9 + 0.2 * size) * 1e6),
            confidencePpm: 1_000_000 - who,
            timeMs: markets.nowMs - who * 10,
          },
        ],
        sink,
      );
      return;
    case "surface": {
      const [years, level] = [1e-3 + size, 0.1 + size];
      const slice = {
        forwardMicros: Math.round(markets.indexMicros(0) * (0.98 + 0.05 * size)),
        b: 0.1 * level,
        rho: -0.3,
        m: 0,
        sigma: 0.1,
      };
      void markets.publishSurface(
        `publisher-${who % 4}`,
        {
          type: "publishSurface",
          underlying: 0,
          timeMs: markets.nowMs - who,
          slices: [
            { ...slice, expiryMs, a: level * 1e-3 },
            { ...slice, expiryMs: expiryMs + 100 * hourMs, a: level * years },
          ],
        },
        sink,
      );
      return;
    }
    case "book": {
      const index = markets.indexMicros(0);
      markets.sampleBook(
        who % 4,
        Math.round(index * (0.9 + 0.2 * size)),
        who > 8 ? 0 : Math.round(index * (0.91 + 0.2 * size)),
      );
      return;
    }
    case "parameter": {
      const [target, parameter, low, high] = changes[who % changes.length] ?? changes[0];
      void markets.setParameter(
        { type: "setParameter", target, index: 0, parameter, value: Math.round(low + size * (high - low)) },
        sink,
      );
      return;
    }
    case "status":
      void markets.setInstrumentStatus(who, size < 0.5 ? "active" : "halted", sink);
      return;
    case "forget":
      markets.forgetPublisher(`publisher-${who % 4}`, sink);
      return;
    case "list": {
      const [spec] = [markets.instrumentSpec(who % 9)];
      void markets.listInstrument({ ...spec, name: `${spec.name}-${Math.floor(size * 1000)}` }, sink);
    }
  }
}

const readAll = (markets: Markets): unknown => [
  Array.from({ length: markets.instruments.count }, (_, i) => [
    markets.markMicros(i),
    markets.hasMark(i),
    markets.forwardMicros(i),
    markets.impliedVol(i),
    markets.fundingPerLot(i),
    markets.predictedFundingPpb(i),
    markets.nextFundingMs(i),
    markets.initialRatePpm(i, 500_000),
  ]),
  Array.from({ length: markets.feedCount }, (_, i) => [
    markets.feedPriceMicros(i),
    markets.feedConfidencePpm(i),
  ]),
];

test("a snapshot at any point goes on exactly as the original, and reading changes nothing", () => {
  fc.assert(
    fc.property(story(80), fc.nat(80), (story, at) => {
      const { markets: original } = sampleMarkets();
      const { markets: unread } = sampleMarkets();
      const sink = recordingSink();
      const unreadSink = recordingSink();
      const cut = Math.min(at, story.length);
      for (const step of story.slice(0, cut)) {
        happen(original, sink, step);
        readAll(original);
        happen(unread, unreadSink, step);
      }
      assert.deepEqual(unreadSink.events, sink.events);
      assert.deepEqual(unreadSink.expiries, sink.expiries);
      const copy = restored(original);
      assert.deepEqual(readAll(copy), readAll(original));
      const copySink = recordingSink();
      sink.events.length = 0;
      sink.expiries.length = 0;
      for (const step of story.slice(cut)) {
        happen(original, sink, step);
        happen(copy, copySink, step);
        happen(unread, unreadSink, step);
      }
      assert.deepEqual(copySink.events, sink.events);
      assert.deepEqual(copySink.expiries, sink.expiries);
      assert.deepEqual(leavesOf(copy), leavesOf(original));
      assert.deepEqual(leavesOf(unread), leavesOf(original));
      assert.deepEqual(readAll(copy), readAll(original));
    }),
    { numRuns: 150, seed: 20_260_105 },
  );
});

test("leaves that changed are marked dirty", () => {
  fc.assert(
    fc.property(story(40), (story) => {
      const { markets, sink } = sampleMarkets();
      for (const section of markets.sections) section.dirty.take();
      let before = leavesOf(markets);
      for (const step of story) {
        happen(markets, sink, step);
        const after = leavesOf(markets);
        for (const section of markets.sections) {
          const dirty = new Set(section.dirty.take());
          for (const [leaf, bytes] of (after.get(section.name) ?? []).entries()) {
            const same = Buffer.from(bytes).equals(before.get(section.name)?.[leaf] ?? new Uint8Array([0]));
            assert.ok(same || dirty.has(leaf), `${section.name} ${leaf} changed by ${step.kind}`);
          }
        }
        before = after;
      }
    }),
    { numRuns: 60, seed: 7 },
  );
});

test("a snapshot for risk models is a valid market document whatever happened", () => {
  fc.assert(
    fc.property(story(40), (story) => {
      const { markets, sink } = sampleMarkets();
      for (const step of story) happen(markets, sink, step);
      const market = markets.marketSnapshot();
      assert.equal(market.asOfMs, markets.nowMs);
      if (market.instruments.size === 0) return;
      const read = parseMarket(writeMarket(market));
      assert.deepEqual(read.instruments, market.instruments);
      assert.deepEqual(read.quotes, market.quotes);
      assert.deepEqual(read.assets, market.assets);
    }),
    { numRuns: 60, seed: 11 },
  );
});

test("the snapshot's surface and forwards price what the marks are", () => {
  const { markets, sink } = sampleMarkets();
  publishAll(markets, sink, 0, 100_000_000_000);
  publishSurface(markets, sink, 0.6, 100_500_000_000);
  markets.advance(startMs + hourMs / 6, sink);
  publishAll(markets, sink, 0, 101_000_000_000);
  const market = markets.marketSnapshot();
  const btc = market.underlyings.get("BTC");
  assert.ok(btc?.surface);
  for (const [name, instrument] of market.instruments) {
    if (instrument.kind !== "option") continue;
    const quote = market.quotes.get(name);
    assert.ok(quote);
    const forward = btc.forwards.forwardAt(instrument.expiryMs).value;
    assert.ok(Math.abs((quote.forward ?? 0) / forward - 1) < 1e-9);
    const k = Math.log(instrument.strike / forward);
    assert.ok(Math.abs(btc.surface.volAt(instrument.expiryMs, k).value - (quote.impliedVol ?? 0)) < 1e-9);
    assert.ok(quote.confidence > 0 && quote.confidence <= 1);
  }
});
