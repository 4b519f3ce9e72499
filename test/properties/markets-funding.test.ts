import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fundingScale } from "../../src/clearing/funding/index.ts";
import { type Markets } from "../../src/clearing/markets/index.ts";
import { dayMs, hourMs, publishAll, type recordingSink, sampleMarkets, startMs } from "./markets-fixture.ts";

const price = 100_000_000_000;
const [perpetual, inverse] = [0, 1];

function rates(sink: ReturnType<typeof recordingSink>): number[] {
  return sink.events.flatMap((event) =>
    event.type === "fundingRateSet" && event.instrument === perpetual ? [event.ratePpb] : [],
  );
}

function priced(): { markets: Markets; sink: ReturnType<typeof recordingSink> } {
  const sample = sampleMarkets();
  publishAll(sample.markets, sample.sink, 0, price);
  return sample;
}

/** Keeps index and time going, as a venue does. */
function pass(markets: Markets, sink: ReturnType<typeof recordingSink>, untilMs: number): void {
  while (markets.nowMs < untilMs) {
    markets.advance(Math.min(untilMs, markets.nowMs + 30_000), sink);
    publishAll(markets, sink, 0, price, ["a", "b"]);
  }
}

test("a constant premium of 1 % pays an eighth of itself less damping each hour, on the index", () => {
  const { markets, sink } = priced();
  markets.sampleBook(perpetual, price * 1.01, price * 1.02);
  markets.sampleBook(inverse, price * 1.01, price * 1.02);
  pass(markets, sink, startMs + hourMs);
  // (1 % − 0.05 %)/8 = 0.11875 % per hour.
  assert.deepEqual(rates(sink), [1_187_500]);
  // A lot of 0.001 BTC is 100 USDC: 118,750 units. A lot of 10 USD is 10,000 units of BTC at 8 decimals: 11.875 of them.
  assert.equal(markets.fundingPerLot(perpetual), 118_750n * fundingScale);
  assert.equal(markets.fundingPerLot(inverse), (11_875n * fundingScale) / 1_000n);
});

test("a premium shown for the last moments of an interval weighs as much as it stood", () => {
  const { markets, sink } = priced();
  pass(markets, sink, startMs + hourMs - 1_000);
  markets.sampleBook(perpetual, price * 1.5, price * 1.6);
  pass(markets, sink, startMs + hourMs + 1);
  const [rate = NaN] = rates(sink);
  assert.ok(Math.abs(rate) <= 500_000_000 / 3_600 / 8 + 1, `50 % for a second is at most ${rate}`);
});

test("it is the time average of the premium, whatever the path and whenever time is looked at", () => {
  const leg = fc.record({
    seconds: fc.integer({ min: 1, max: 900 }),
    premiumPpm: fc.integer({ min: -4_000, max: 4_000 }),
  });
  fc.assert(
    fc.property(fc.array(leg, { minLength: 1, maxLength: 6 }), (legs) => {
      const { markets, sink } = priced();
      let integral = 0;
      let nowMs = startMs;
      for (const { seconds, premiumPpm } of legs) {
        const at = Math.round(price * (1 + premiumPpm / 1e6));
        markets.sampleBook(perpetual, premiumPpm > 0 ? at : 0, premiumPpm > 0 ? 0 : at);
        const untilMs = Math.min(startMs + hourMs, nowMs + seconds * 1_000);
        integral += premiumPpm * (untilMs - nowMs);
        nowMs = untilMs;
        pass(markets, sink, nowMs);
      }
      markets.sampleBook(perpetual, 0, 0);
      pass(markets, sink, startMs + hourMs);
      const average = integral / hourMs;
      const damped = average > 500 ? average - 500 : average < -500 ? average + 500 : 0;
      const [rate = NaN] = rates(sink);
      assert.ok(Math.abs(rate - (damped * 1_000) / 8) <= 2, `${rate} for ${damped} ppm`);
    }),
    { numRuns: 60, seed: 3 },
  );
});

test("the rate is capped, interest is paid without a premium, and missed intervals are charged one by one", () => {
  const { markets, sink } = priced();
  const change = { type: "setParameter", target: "instrument", index: perpetual } as const;
  assert.equal(markets.setParameter({ ...change, parameter: "fundingCapPpm", value: 100 }, sink), undefined);
  assert.equal(
    markets.setParameter({ ...change, parameter: "fundingInterestPpm", value: 10 }, sink),
    undefined,
  );
  pass(markets, sink, startMs + 2 * hourMs);
  assert.deepEqual(rates(sink), [0, 10_000], "both come into force an hour after they are announced");
  markets.sampleBook(perpetual, price * 1.01, price * 1.02);
  pass(markets, sink, startMs + 3 * hourMs);
  assert.deepEqual(rates(sink).slice(2), [100_000]);
  markets.advance(startMs + 3 * hourMs + dayMs, sink);
  const missed = rates(sink).slice(3);
  assert.equal(missed.length, 24);
  // The premium counted for an hour after it was last seen.
  assert.equal(missed[0], 100_000);
  assert.deepEqual(new Set(missed.slice(1)), new Set([10_000]));
});
