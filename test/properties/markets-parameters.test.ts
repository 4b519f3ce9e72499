import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  blendStepPpm,
  haircutStepPpm,
  marginStepPpm,
  type Markets,
  parameterGridMs,
  parameters,
} from "../../src/clearing/markets/index.ts";
import {
  dayMs,
  hourMs,
  listed,
  perpetualSpec,
  publishAll,
  sampleMarkets,
  startMs,
} from "./markets-fixture.ts";

const perpetual = 0;
const coin = 1;

const change = (
  markets: Markets,
  target: "asset" | "instrument" | "underlying",
  index: number,
  parameter: string,
  value: number,
) => ({
  command: { type: "setParameter", target, index, parameter, value } as const,
  markets,
});

test("no change of a parameter moves any requirement faster than published", () => {
  const openInterests = [0, 1_000, 250_000, 999_999, 3_000_000];
  const requirements = (markets: Markets): number[] => [
    ...openInterests.map((lots) => markets.initialRatePpm(perpetual, lots)),
    markets.maintenanceRatePpm(perpetual),
  ];
  const command = fc.record({
    parameter: fc.constantFrom(
      "initialMarginPpm",
      "maintenanceMarginPpm",
      "openInterestLowerLots",
      "openInterestUpperLots",
      "haircutPpm",
    ),
    share: fc.nat(1_000),
    waitMs: fc.oneof(fc.nat(200_000), fc.nat(80_000_000)),
  });
  const most = {
    initialMarginPpm: 1_000_000,
    maintenanceMarginPpm: 500_000,
    openInterestLowerLots: 500_000,
    openInterestUpperLots: 2_000_000,
    haircutPpm: 1_000_000,
  };
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(command, { minLength: 1, maxLength: 12, size: "max" }), (commands) => {
      const { markets, sink } = sampleMarkets();
      for (const { parameter, share, waitMs } of commands) {
        const value = Math.max(
          parameter.endsWith("MarginPpm") ? 1 : 0,
          Math.round((most[parameter] * share) / 1_000),
        );
        const target = parameter === "haircutPpm" ? ("asset" as const) : ("instrument" as const);
        const index = target === "asset" ? coin : perpetual;
        const before = requirements(markets);
        const haircutBefore = markets.assets.get("haircutPpm", coin);
        if (
          markets.setParameter({ type: "setParameter", target, index, parameter, value }, sink) === undefined
        )
          accepted++;
        assert.deepEqual(requirements(markets), before, "nothing moves when a change is asked for");
        assert.equal(markets.assets.get("haircutPpm", coin), haircutBefore);
        const endMs = markets.nowMs + waitMs;
        // A step of the grid at a time, at most 300 of them closely, the rest in one.
        for (let i = 0; markets.nowMs < endMs; i++) {
          const [was, haircutWas, step] = [
            requirements(markets),
            markets.assets.get("haircutPpm", coin),
            Math.floor(markets.nowMs / parameterGridMs),
          ];
          markets.advance(i < 300 ? Math.min(endMs, markets.nowMs + 20_000 + (i % 3) * 20_000) : endMs, sink);
          const steps = Math.floor(markets.nowMs / parameterGridMs) - step;
          const now = requirements(markets);
          for (const [j, rate] of now.entries()) {
            const isMaintenance = j === openInterests.length;
            // Both at once: the rate itself, and the thresholds that raise it for open interest.
            const bound = steps * (isMaintenance ? marginStepPpm : marginStepPpm + blendStepPpm) + 1;
            assert.ok(Math.abs(rate - (was[j] ?? 0)) <= bound, `${was[j]} → ${rate} in ${steps} steps`);
          }
          assert.ok(Math.abs(markets.assets.get("haircutPpm", coin) - haircutWas) <= steps * haircutStepPpm);
          assert.ok(markets.maintenanceRatePpm(perpetual) <= markets.initialRatePpm(perpetual, 0));
          assert.ok((now.at(-1) ?? 0) >= 1);
        }
      }
    }),
    { numRuns: 150, seed: 1 },
  );
  assert.ok(accepted > 300, `${accepted} changes were tried`);
});

test("a ramp ends when it said it would, at its value, and a later one starts from where it is", () => {
  const { markets, sink } = sampleMarkets();
  const command = {
    type: "setParameter",
    target: "instrument",
    index: perpetual,
    parameter: "initialMarginPpm",
  } as const;
  assert.equal(markets.setParameter({ ...command, value: 60_050 }, sink), undefined);
  const ramping = sink.events.at(-1);
  assert.ok(ramping?.type === "parameterRamping");
  assert.deepEqual([ramping.from, ramping.to, ramping.endsMs], [50_000, 60_050, startMs + 101 * 60_000]);
  markets.advance(startMs + 50 * 60_000 + 1, sink);
  assert.equal(markets.initialRatePpm(perpetual, 0), 55_000);
  assert.equal(markets.setParameter({ ...command, value: 54_000 }, sink), undefined);
  markets.advance(startMs + 59 * 60_000, sink);
  assert.equal(markets.initialRatePpm(perpetual, 0), 54_100);
  markets.advance(startMs + 60 * 60_000, sink);
  assert.equal(markets.initialRatePpm(perpetual, 0), 54_000);
  assert.deepEqual(sink.events.at(-1), {
    type: "parameterReached",
    target: "instrument",
    index: perpetual,
    parameter: "initialMarginPpm",
    value: 54_000,
  });
});

test("open interest raises the initial rate alone, linearly to the whole notional", () => {
  const { markets, sink } = sampleMarkets();
  const spec = perpetualSpec("BTC", {
    name: "OI",
    openInterestLowerLots: 1_000,
    openInterestUpperLots: 2_000,
  });
  const instrument = listed(markets.listInstrument(spec, sink));
  const rates = [0, 1_000, 1_001, 1_500, 2_000, 9_000].map((lots) =>
    markets.initialRatePpm(instrument, lots),
  );
  assert.deepEqual(rates, [50_000, 50_000, 50_950, 525_000, 1_000_000, 1_000_000]);
  assert.equal(markets.maintenanceRatePpm(instrument), 30_000);
});

test("thresholds change as a pair, over 1,000 minutes; in the minute in which it began both may be named", () => {
  const { markets, sink } = sampleMarkets();
  const command = { type: "setParameter", target: "instrument", index: perpetual } as const;
  assert.equal(
    markets.setParameter({ ...command, parameter: "openInterestUpperLots", value: 2_000 }, sink),
    undefined,
  );
  assert.equal(
    markets.setParameter({ ...command, parameter: "openInterestLowerLots", value: 1_000 }, sink),
    undefined,
  );
  assert.equal(markets.initialRatePpm(perpetual, 5_000), 50_000);
  markets.advance(startMs + 100 * 60_000, sink);
  assert.equal(markets.initialRatePpm(perpetual, 5_000), 50_000 + 95_000);
  assert.equal(
    markets.setParameter({ ...command, parameter: "openInterestLowerLots", value: 900 }, sink)?.code,
    "invalidSpec",
  );
  markets.advance(startMs + 1_000 * 60_000, sink);
  assert.equal(markets.initialRatePpm(perpetual, 1_500), 525_000);
  assert.equal(
    markets.setParameter({ ...command, parameter: "openInterestLowerLots", value: 900 }, sink),
    undefined,
  );
});

test("fees and funding terms wait an hour, limits change at once", () => {
  const { markets, sink } = sampleMarkets();
  const command = { type: "setParameter", target: "instrument", index: perpetual } as const;
  assert.equal(markets.setParameter({ ...command, parameter: "takerFeePpm", value: 900 }, sink), undefined);
  assert.equal(markets.setParameter({ ...command, parameter: "maxOrderLots", value: 5 }, sink), undefined);
  assert.equal(markets.instruments.get("maxOrderLots", perpetual), 5);
  markets.advance(startMs + hourMs - 1, sink);
  assert.equal(markets.instruments.get("takerFeePpm", perpetual), 450);
  markets.advance(startMs + hourMs, sink);
  assert.equal(markets.instruments.get("takerFeePpm", perpetual), 900);
});

test("a refusal names field, value and limit, and changes nothing", () => {
  const { markets, sink } = sampleMarkets();
  const cases = [
    ["instrument", 0, "tickMicros", 1, "invalidSpec", "parameter"],
    ["instrument", 99, "takerFeePpm", 1, "unknownInstrument", "index"],
    ["asset", 99, "haircutPpm", 1, "unknownAsset", "index"],
    ["underlying", 99, "maxPriceAgeMs", 5_000, "unknownUnderlying", "index"],
    ["instrument", 0, "initialMarginPpm", 29_999, "invalidSpec", "maintenanceMarginPpm"],
    ["instrument", 0, "maintenanceMarginPpm", 50_001, "invalidSpec", "maintenanceMarginPpm"],
    ["instrument", 0, "initialMarginPpm", 1_000_001, "invalidSpec", "value"],
    ["instrument", 0, "takerFeePpm", 49, "invalidSpec", "makerFeePpm"],
    ["instrument", 0, "makerFeePpm", 451, "invalidSpec", "makerFeePpm"],
    ["instrument", 0, "makerFeePpm", 0.5, "invalidSpec", "value"],
    ["instrument", 2, "fundingCapPpm", 5, "invalidSpec", "parameter"],
    ["instrument", 9, "initialMarginPpm", 5, "invalidSpec", "parameter"],
    ["asset", 0, "rateAtZeroPpm", 50_001, "invalidSpec", "rateAtZeroPpm"],
    ["underlying", 0, "minimumPublishers", 0, "invalidSpec", "value"],
  ] as const;
  for (const [target, index, parameter, value, code, field] of cases) {
    const events = sink.events.length;
    const { command } = change(markets, target, index, parameter, value);
    const rejection = markets.setParameter(command, sink);
    assert.deepEqual([rejection?.code, rejection?.field], [code, field], `${parameter} ${value}`);
    assert.ok(rejection?.limit !== "");
    assert.equal(sink.events.length, events);
  }
});

test("a stricter feed takes effect at once", () => {
  const { markets, sink } = sampleMarkets();
  publishAll(markets, sink, 0, 100_000_000_000, ["a", "b"]);
  assert.ok(markets.indexConfidencePpm(0) > 0);
  const { command } = change(markets, "underlying", 0, "minimumPublishers", 3);
  assert.equal(markets.setParameter(command, sink), undefined);
  assert.equal(markets.indexConfidencePpm(0), 0);
  assert.equal(markets.indexMicros(0), 100_000_000_000);
  assert.equal(markets.underlyingSpec(0).minimumPublishers, 3);
});

test("an expiry ends the ramps of its instrument", () => {
  const { markets, sink } = sampleMarkets();
  const future = 2;
  const { command } = change(markets, "instrument", future, "initialMarginPpm", 1_000_000);
  assert.equal(markets.setParameter(command, sink), undefined);
  markets.advance(startMs + 3 * dayMs, sink);
  const last = markets.instruments.get("initialMarginPpm", future);
  markets.advance(startMs + 30 * dayMs, sink);
  assert.equal(markets.instruments.get("initialMarginPpm", future), last);
});

test("every parameter is in the published table", async () => {
  const { readFileSync } = await import("node:fs");
  const page = readFileSync(new URL("../../docs/parameters.md", import.meta.url), "utf8");
  for (const { name, change, step } of parameters) {
    const row = page.split("\n").find((line) => line.startsWith(`| \`${name}\``));
    assert.ok(row, `${name} has a row`);
    if (change === "ramp") assert.match(row, new RegExp(`\\b${step.toLocaleString("en")}\\b`));
    if (change === "notice") assert.match(row, /one hour/);
    if (change === "now") assert.match(row, /at once/);
  }
});
