import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { black76Price } from "../../src/pricing/black76.ts";
import { createMarkets, type Markets, type MarketSink } from "../../src/clearing/markets/index.ts";
import {
  assetSpec,
  dayMs,
  expiryMs,
  futureSpec,
  hourMs,
  listed,
  optionSpec,
  perpetualSpec,
  publishAll,
  publishSurface,
  recordingSink,
  sampleMarkets,
  startMs,
  underlyingSpec,
} from "./markets-fixture.ts";

const price = 100_000_000_000;
const [perpetual, inverse, future, firstOption] = [0, 1, 2, 3];

function priced(): { markets: Markets; sink: ReturnType<typeof recordingSink> } {
  const sample = sampleMarkets();
  publishAll(sample.markets, sample.sink, 0, price);
  return sample;
}

test("nothing has a mark before there is an index; options wait for a surface", () => {
  const { markets, sink } = sampleMarkets();
  for (let i = 0; i < markets.instruments.count; i++) {
    assert.equal(markets.markMicros(i), 0);
    assert.equal(markets.hasMark(i), false);
  }
  publishAll(markets, sink, 0, price);
  for (let i = 0; i < markets.instruments.count; i++) {
    assert.equal(markets.hasMark(i), markets.instrumentSpec(i).kind !== "option");
  }
  publishSurface(markets, sink, 0.6, price);
  for (let i = 0; i < markets.instruments.count; i++) assert.ok(markets.hasMark(i));
});

test("the book alone moves a mark by at most 2 %, and by its share of the minute", () => {
  const micros = fc.integer({ min: 0, max: 300_000_000_000 });
  fc.assert(
    fc.property(
      fc.array(fc.record({ bid: micros, ask: micros, stoodMs: fc.nat(20_000) }), {
        minLength: 1,
        maxLength: 12,
      }),
      fc.nat(4_000),
      (books, spoofMs) => {
        const { markets, sink } = priced();
        for (const { bid, ask, stoodMs } of books) {
          markets.sampleBook(perpetual, bid, ask);
          markets.sampleBook(future, bid, ask);
          markets.advance(markets.nowMs + stoodMs, sink);
          for (const instrument of [perpetual, future]) {
            assert.ok(Math.abs(markets.markMicros(instrument) - price) <= price * 0.02);
          }
        }
        // A quiet minute, then a book far away for a moment.
        markets.sampleBook(perpetual, 0, 0);
        markets.advance(markets.nowMs + 70_000, sink);
        assert.equal(markets.markMicros(perpetual), price);
        markets.sampleBook(perpetual, price * 2, price * 2 + 1);
        markets.advance(markets.nowMs + spoofMs, sink);
        markets.sampleBook(perpetual, 0, 0);
        markets.advance(markets.nowMs + 10_000, sink);
        assert.ok(markets.markMicros(perpetual) - price <= (price * 0.02 * spoofMs) / 60_000);
      },
    ),
    { numRuns: 200, seed: 1 },
  );
});

test("a book that stands a minute away from the index is the mark", () => {
  const { markets, sink } = priced();
  markets.sampleBook(perpetual, price + 500_000_000, price + 600_000_000);
  markets.sampleBook(inverse, price - 600_000_000, price - 500_000_000);
  for (let s = 0; s < 66; s++) {
    markets.advance(markets.nowMs + 1_000, sink);
    if (s % 20 === 0) publishAll(markets, sink, 0, price);
  }
  assert.equal(markets.markMicros(perpetual), price + 500_000_000);
  assert.equal(markets.markMicros(inverse), price - 500_000_000);
});

test("marks follow the index at once, and say so", () => {
  const { markets, sink } = priced();
  markets.advance(markets.nowMs + 1_000, sink);
  sink.events.length = 0;
  publishAll(markets, sink, 0, price * 1.01);
  assert.equal(markets.markMicros(perpetual), price * 1.01);
  const changed = sink.events.filter(({ type }) => type === "markChanged");
  assert.ok(
    changed.some(
      (event) =>
        event.type === "markChanged" && event.instrument === perpetual && event.priceMicros === price * 1.01,
    ),
  );
});

test("options are marked by Black-76 on the surface: parity holds to the micro, nothing below the intrinsic value", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 50, max: 150 }),
      fc.integer({ min: 5, max: 300 }),
      fc.integer({ min: -4, max: 4 }),
      fc.nat(2 * 24 * 60),
      (indexThousands, volPercent, basisPercent, minutes) => {
        const { markets, sink } = sampleMarkets();
        const index = indexThousands * 1_000_000_000;
        publishAll(markets, sink, 0, index);
        publishSurface(markets, sink, volPercent / 100, Math.round(index * (1 + basisPercent / 100)));
        markets.advance(startMs + minutes * 60_000, sink);
        for (let option = firstOption; option < firstOption + 6; option += 2) {
          const { strikeMicros } = markets.instrumentSpec(option);
          const forward = markets.forwardMicros(option);
          const [call, put] = [markets.markMicros(option), markets.markMicros(option + 1)];
          assert.ok(Math.abs(call - put - (forward - strikeMicros)) <= 1);
          assert.ok(
            call >= Math.max(0, forward - strikeMicros) && put >= Math.max(0, strikeMicros - forward),
          );
          // Average settlement: the window's variance counts a third.
          const expiryYears =
            (expiryMs - Math.floor(markets.nowMs / 5_000) * 5_000 - (2 / 3) * 1_800_000) / (365 * dayMs);
          const twin = black76Price({
            optionType: "call",
            forward: forward / 1e6,
            strike: strikeMicros / 1e6,
            vol: markets.impliedVol(option),
            expiryYears,
          });
          assert.ok(Math.abs(call / 1e6 - twin) < 2e-6 + twin * 1e-9);
        }
      },
    ),
    { numRuns: 200, seed: 2 },
  );
});

test("of three publishers one that lies moves no option's mark, and loses its word with its role", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 900 }),
      fc.integer({ min: -49, max: 49 }),
      fc.nat(2),
      (volPercent, percent, liar) => {
        const { markets, sink } = priced();
        const lie = (): void =>
          publishSurface(
            markets,
            sink,
            volPercent / 100,
            Math.round(price * (1 + percent / 100)),
            expiryMs,
            `p${liar}`,
          );
        for (const publisher of [0, 1, 2]) {
          if (publisher === liar) lie();
          else publishSurface(markets, sink, 0.5 + publisher / 1_000, price, expiryMs, `p${publisher}`);
        }
        const vol = markets.impliedVol(firstOption);
        const honest = [0, 1, 2]
          .filter((publisher) => publisher !== liar)
          .map((publisher) => 0.5 + publisher / 1_000);
        const isNear = volPercent === 50 && Math.abs(percent) < 1;
        const tolerance = isNear ? 0.01 : 0.0015;
        // The fixture's smile is below its level at the money and above it at this strike.
        const { markets: truth, sink: truthSink } = priced();
        const said = honest.map((level) => {
          publishSurface(truth, truthSink, level, price);
          truth.advance(truth.nowMs + 1, truthSink);
          return truth.impliedVol(firstOption);
        });
        assert.ok(
          vol >= Math.min(...said) - tolerance && vol <= Math.max(...said) + tolerance,
          `${vol} beside ${said.join()}`,
        );
        assert.ok(Math.abs(markets.forwardMicros(firstOption) / price - 1) < 0.01);
      },
    ),
    { numRuns: 100, seed: 4 },
  );
  const { markets, sink } = priced();
  publishSurface(markets, sink, 0.5, price, expiryMs, "good");
  markets.advance(startMs + 1, sink);
  publishSurface(markets, sink, 3, price, expiryMs, "bad");
  const believed = markets.impliedVol(firstOption);
  markets.forgetPublisher("bad", sink);
  assert.ok(believed > 2 && markets.impliedVol(firstOption) < 1);
  markets.forgetPublisher("good", sink);
  assert.ok(markets.hasMark(firstOption), "the last surface stands until there is another");
});

test("the forward moves along with the index between surfaces", () => {
  const { markets, sink } = priced();
  publishSurface(markets, sink, 0.5, price * 1.01);
  markets.advance(startMs + 10_000, sink);
  publishAll(markets, sink, 0, price * 1.125);
  assert.equal(markets.forwardMicros(firstOption), Math.round(price * 1.125 * 1.01));
  assert.equal(markets.markMicros(future), markets.forwardMicros(future));
});

test("an option that is at the money for sure loses its time value smoothly into the window and reaches its settlement", () => {
  const { markets, sink } = priced();
  publishSurface(markets, sink, 0.5, price);
  const call = markets.instruments.find(`BTC-${expiryMs}-100000-C`);
  let before = markets.markMicros(call);
  for (let t = expiryMs - 2 * 1_800_000; t < expiryMs; t += 15_000) {
    markets.advance(t, sink);
    publishAll(markets, sink, 0, price);
    const mark = markets.markMicros(call);
    assert.ok(mark <= before, "time value only falls");
    before = mark;
  }
  assert.ok(before < price * 1e-6, "nearly nothing is left");
  markets.advance(expiryMs, sink);
  assert.deepEqual(
    sink.expiries.find(([instrument]) => instrument === call),
    [call, price, 0],
  );
  assert.equal(markets.markMicros(call), 0);
});

function walk(
  markets: Markets,
  sink: MarketSink,
  from: number,
  to: number,
  stepMs: number,
  at: (timeMs: number) => number,
): void {
  for (let t = from; t < to; t += stepMs) {
    markets.advance(t, sink);
    publishAll(markets, sink, 0, at(t));
  }
}

test("a future converges to the running settlement average", () => {
  const { markets, sink } = priced();
  const windowStart = expiryMs - 1_800_000;
  walk(markets, sink, windowStart - 60_000, windowStart, 10_000, () => price);
  walk(markets, sink, windowStart, expiryMs - 600_000, 10_000, () => price * 0.999);
  walk(markets, sink, expiryMs - 600_000, expiryMs, 10_000, () => price * 1.002);
  const last = markets.markMicros(future);
  markets.advance(expiryMs, sink);
  const [, settlement, close] = sink.expiries.find(([instrument]) => instrument === future) ?? [];
  const exact = (price * (0.999 * 1_200_000 + 1.002 * 600_000)) / 1_800_000;
  assert.ok(Math.abs((settlement ?? 0) - exact) <= 1);
  assert.equal(close, settlement);
  assert.ok(Math.abs(last / (settlement ?? 0) - 1) < 1e-9);
});

test("manipulating the index in the last second moves a settlement by that second's share", () => {
  const settle = (last: number): number => {
    const { markets, sink } = priced();
    walk(markets, sink, expiryMs - 2_000_000, expiryMs - 1_000, 1_000, () => price);
    markets.advance(expiryMs - 1_000, sink);
    publishAll(markets, sink, 0, last);
    markets.advance(expiryMs, sink);
    return sink.expiries[0]?.[1] ?? 0;
  };
  assert.equal(settle(price), price);
  // One second of 1,800, and no more than the index may move in the second before it.
  assert.ok(settle(price * 10) - price <= (price * 0.02) / 1_800 + 1);
});

test("a feed that goes silent in the window settles on what was observed, without observation on the last index", () => {
  const run = (publishUntil: number): number => {
    const { markets, sink } = priced();
    const windowStart = expiryMs - 1_800_000;
    walk(markets, sink, windowStart - 600_000, Math.min(windowStart, publishUntil), 10_000, () => price);
    walk(markets, sink, windowStart, publishUntil, 10_000, (t) => price + (t - windowStart) * 1_000);
    markets.advance(expiryMs + hourMs, sink);
    return sink.expiries[0]?.[1] ?? 0;
  };
  const windowStart = expiryMs - 1_800_000;
  assert.equal(run(windowStart - 500_000), price);
  // 0 … 590 s published, the last price standing 60 s more: its mean over 650 s.
  let sum = 0;
  for (let s = 0; s < 600; s += 10) sum += s * 1_000_000 * (s === 590 ? 60 : 10);
  assert.equal(run(windowStart + 600_000), Math.floor(price + sum / 650));
});

test("what expires as a funding interval ends settles before funding is charged", () => {
  const { markets, sink } = priced();
  walk(markets, sink, expiryMs - 120_000, expiryMs, 30_000, () => price);
  const order: string[] = [];
  markets.advance(expiryMs + 1, {
    emit: ({ type }) => void (type === "fundingRateSet" && order.push("funding")),
    expired: () => void order.push("expiry"),
  });
  assert.deepEqual(new Set(order.slice(0, 7)), new Set(["expiry"]));
  assert.deepEqual(order.slice(7), ["funding", "funding"]);
});

test("a list of instruments expires in order of time, then of number, each once", () => {
  const markets = createMarkets();
  const sink = recordingSink();
  markets.advance(startMs, sink);
  listed(markets.listUnderlying(underlyingSpec("BTC"), sink));
  listed(markets.listAsset(assetSpec("USDC"), sink));
  publishAll(markets, sink, 0, price);
  const order = [3, 1, 2, 1, 3];
  for (const [i, day] of order.entries()) {
    listed(markets.listInstrument(futureSpec("BTC", startMs + day * dayMs, { name: `F${i}` }), sink));
  }
  listed(markets.listInstrument(perpetualSpec("BTC"), sink));
  listed(markets.listInstrument(optionSpec("BTC", startMs + 2 * dayMs, 100_000, "put"), sink));
  markets.advance(startMs + 2 * dayMs + 5, sink);
  assert.deepEqual(
    sink.expiries.map(([instrument]) => instrument),
    [1, 3, 2, 6],
  );
  markets.advance(startMs + 9 * dayMs, sink);
  assert.deepEqual(
    sink.expiries.map(([instrument]) => instrument),
    [1, 3, 2, 6, 0, 4],
  );
  assert.equal(markets.setInstrumentStatus(0, "active", sink)?.code, "instrumentExpired");
});
