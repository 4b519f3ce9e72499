import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  createMarkets,
  maxAssets,
  maxPublishers,
  maxSurfacePublishers,
  maxUnderlyings,
} from "../../src/clearing/markets/index.ts";
import {
  type AssetSpec,
  type InstrumentSpec,
  type UnderlyingSpec,
} from "../../src/clearing/protocol/index.ts";
import {
  assetSpec,
  expiryMs,
  futureSpec,
  inverseSpec,
  leavesOf,
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

const perpetual = (changes: Partial<InstrumentSpec>): InstrumentSpec =>
  perpetualSpec("BTC", { name: "NEW", ...changes });
const option = (changes: Partial<InstrumentSpec>): InstrumentSpec =>
  optionSpec("BTC", expiryMs, 100_000, "call", { name: "NEW", ...changes });
const spot = (changes: Partial<InstrumentSpec>): InstrumentSpec =>
  perpetual({ kind: "spot", baseAsset: "BTC", fundingIntervalMs: 0, fundingCapPpm: 0, ...changes });

test("each violated rule of a specification is named", () => {
  const instruments: readonly (readonly [InstrumentSpec, string, string?])[] = [
    [perpetual({ name: "" }), "name"],
    [perpetual({ name: "a b" }), "name"],
    [perpetual({ name: "x".repeat(65) }), "name"],
    [perpetual({ name: "BTC-PERP" }), "name", "alreadyListed"],
    [{ ...perpetual({}), kind: "swap" as "spot" }, "kind"],
    [perpetual({ underlying: "DOGE" }), "underlying", "unknownUnderlying"],
    [perpetual({ settlementAsset: "EUR" }), "settlementAsset", "unknownAsset"],
    [perpetual({ settlementAsset: "BTC" }), "settlementAsset"],
    [perpetual({ baseAsset: "BTC" }), "baseAsset"],
    [perpetual({ tickMicros: 0 }), "tickMicros"],
    [perpetual({ tickMicros: 100_000, lotNanos: 1_001 }), "lotNanos"],
    [perpetual({ lotNanos: 0 }), "lotNanos"],
    [perpetual({ lotUsdMicros: 5 }), "lotUsdMicros"],
    [perpetual({ expiryMs }), "expiryMs"],
    [perpetual({ settlementWindowMs: 5 }), "settlementWindowMs"],
    [perpetual({ strikeMicros: 5 }), "strikeMicros"],
    [perpetual({ optionType: "call" }), "optionType"],
    [perpetual({ fundingIntervalMs: 59_000 }), "fundingIntervalMs"],
    [perpetual({ fundingIntervalMs: 90_500 }), "fundingIntervalMs"],
    [perpetual({ fundingInterestPpm: 5_001 }), "fundingInterestPpm"],
    [perpetual({ fundingCapPpm: -1 }), "fundingCapPpm"],
    [perpetual({ priceBandPpm: 0 }), "priceBandPpm"],
    [perpetual({ maxOrderLots: 0 }), "maxOrderLots"],
    [perpetual({ positionLimitLots: 2 ** 41 }), "positionLimitLots"],
    [perpetual({ openInterestCapLots: -1 }), "openInterestCapLots"],
    [perpetual({ openInterestLowerLots: 5, openInterestUpperLots: 4 }), "openInterestLowerLots"],
    [perpetual({ makerFeePpm: 451 }), "makerFeePpm"],
    [perpetual({ makerFeePpm: -451 }), "makerFeePpm"],
    [perpetual({ takerFeePpm: 100_001 }), "takerFeePpm"],
    [perpetual({ optionFeeCapPpm: 1 }), "optionFeeCapPpm"],
    [perpetual({ initialMarginPpm: 29_999 }), "maintenanceMarginPpm"],
    [perpetual({ maintenanceMarginPpm: 0 }), "maintenanceMarginPpm"],
    [perpetual({ initialMarginPpm: NaN }), "initialMarginPpm"],
    [perpetual({ settlement: "inverse" }), "settlementAsset"],
    [{ ...inverseSpec("BTC"), name: "NEW", lotUsdMicros: 0 }, "lotUsdMicros"],
    [{ ...inverseSpec("BTC"), name: "NEW", lotNanos: 1 }, "lotNanos"],
    [option({ settlement: "inverse" }), "settlement"],
    [option({ optionType: "none" }), "optionType"],
    [option({ strikeMicros: 0 }), "strikeMicros"],
    [option({ expiryMs: startMs }), "expiryMs"],
    [option({ settlementWindowMs: 999 }), "settlementWindowMs"],
    [option({ fundingIntervalMs: 60_000 }), "fundingIntervalMs"],
    [spot({ baseAsset: "USDC" }), "baseAsset"],
    [spot({ baseAsset: "" }), "baseAsset", "unknownAsset"],
    [spot({ tickMicros: 1_000_000_000, lotNanos: 15 }), "lotNanos"],
  ];
  const assets: readonly (readonly [AssetSpec, string, string?])[] = [
    [assetSpec("USDC"), "name", "alreadyListed"],
    [assetSpec("-"), "name"],
    [assetSpec("X", { kind: "coin" as "other" }), "kind"],
    [assetSpec("X", { decimals: 10 }), "decimals"],
    [assetSpec("X", { underlying: "DOGE" }), "underlying", "unknownUnderlying"],
    [assetSpec("X", { kind: "major" }), "feed"],
    [assetSpec("X", { feed: "?" }), "feed"],
    [assetSpec("X", { haircutPpm: 1_000_001 }), "haircutPpm"],
    [assetSpec("X", { rateAtZeroPpm: 60_000 }), "rateAtZeroPpm"],
    [assetSpec("X", { rateAtOptimumPpm: 600_000 }), "rateAtOptimumPpm"],
    [assetSpec("X", { optimalUsePpm: 0 }), "optimalUsePpm"],
    [assetSpec("X", { depositCapUnits: -1 }), "depositCapUnits"],
  ];
  const underlyings: readonly (readonly [UnderlyingSpec, string, string?])[] = [
    [underlyingSpec("BTC"), "name", "alreadyListed"],
    [underlyingSpec("X", { minimumPublishers: 33 }), "minimumPublishers"],
    [underlyingSpec("X", { maxPriceAgeMs: 1 }), "maxPriceAgeMs"],
    [underlyingSpec("X", { maxMovePerSecondPpm: 0 }), "maxMovePerSecondPpm"],
  ];
  const { markets, sink } = sampleMarkets();
  const [before, events] = [leavesOf(markets), sink.events.length];
  const check = (result: ReturnType<typeof markets.listAsset>, field: string, code: string): void => {
    assert.ok("rejection" in result, `${field} passed`);
    assert.deepEqual([result.rejection.code, result.rejection.field], [code, field]);
    assert.ok(result.rejection.limit !== "");
  };
  for (const [spec, field, code = "invalidSpec"] of instruments)
    check(markets.listInstrument(spec, sink), field, code);
  for (const [spec, field, code = "invalidSpec"] of assets) check(markets.listAsset(spec, sink), field, code);
  for (const [spec, field, code = "invalidSpec"] of underlyings)
    check(markets.listUnderlying(spec, sink), field, code);
  assert.deepEqual(leavesOf(markets), before);
  assert.equal(sink.events.length, events);
});

test("specifications come back as they were listed", () => {
  const { markets, sink } = sampleMarkets();
  const specs = [
    perpetual({ name: "A" }),
    option({ name: "B" }),
    spot({ name: "C" }),
    futureSpec("BTC", expiryMs, { name: "D" }),
  ];
  for (const spec of specs)
    assert.deepEqual(markets.instrumentSpec(listed(markets.listInstrument(spec, sink))), spec);
  const asset = assetSpec("stBTC", { kind: "staked", underlying: "BTC", feed: "stBTC", borrowable: false });
  assert.deepEqual(markets.assetSpec(listed(markets.listAsset(asset, sink))), asset);
  const underlying = underlyingSpec("ETH");
  assert.deepEqual(markets.underlyingSpec(listed(markets.listUnderlying(underlying, sink))), underlying);
  assert.equal(markets.instruments.get("unitsPerLotTick", markets.instruments.find("A")), 100);
});

test("an asset's feed is shared by its name, and an underlying takes over the feed of its name", () => {
  const markets = createMarkets();
  const sink = recordingSink();
  markets.advance(startMs, sink);
  const early = listed(markets.listAsset(assetSpec("WETH", { feed: "ETH", decimals: 9 }), sink));
  const underlying = listed(markets.listUnderlying(underlyingSpec("ETH"), sink));
  const late = listed(
    markets.listAsset(assetSpec("ETH", { kind: "major", feed: "ETH", underlying: "ETH" }), sink),
  );
  const feeds = [
    markets.assets.get("feed", early),
    markets.underlyings.get("feed", underlying),
    markets.assets.get("feed", late),
  ];
  assert.deepEqual(feeds, [0, 0, 0]);
  publishAll(markets, sink, 0, 3_000_000_000);
  assert.equal(markets.assetPriceMicros(early), 3_000_000_000);
  assert.equal(markets.indexMicros(underlying), 3_000_000_000);
});

test("counts are bounded", () => {
  const markets = createMarkets();
  const sink = recordingSink();
  for (let i = 0; i < maxAssets; i++) listed(markets.listAsset(assetSpec(`A${i}`), sink));
  for (let i = 0; i < maxUnderlyings; i++) listed(markets.listUnderlying(underlyingSpec(`U${i}`), sink));
  const asset = markets.listAsset(assetSpec("B"), sink);
  const underlying = markets.listUnderlying(underlyingSpec("B"), sink);
  assert.ok("rejection" in asset && asset.rejection.code === "overCapacity");
  assert.ok("rejection" in underlying && underlying.rejection.code === "overCapacity");
});

test("prices are refused whole: from the future, repeated, unknown, out of range, too many publishers", () => {
  const { markets, sink } = sampleMarkets();
  const good = { feed: 1, priceMicros: 1_000_000, confidencePpm: 1_000_000, timeMs: startMs };
  const reject = (changes: Partial<typeof good>): string | undefined => {
    const before = leavesOf(markets);
    const rejection = markets.publishPrices(
      "a",
      [
        { ...good, feed: 0 },
        { ...good, ...changes },
      ],
      sink,
    );
    assert.deepEqual(leavesOf(markets), before);
    return rejection && `${rejection.code} ${rejection.field}`;
  };
  assert.equal(reject({ feed: 2 }), "unknownFeed prices[1].feed");
  assert.equal(reject({ feed: 0 }), "malformed prices[1].feed");
  assert.equal(reject({ timeMs: startMs + 1_001 }), "malformed prices[1].timeMs");
  assert.equal(reject({ priceMicros: 0 }), "malformed prices[1].priceMicros");
  assert.equal(reject({ priceMicros: 0.5 }), "malformed prices[1].priceMicros");
  assert.equal(reject({ confidencePpm: 1_000_001 }), "malformed prices[1].confidencePpm");
  assert.equal(markets.publishPrices("a", [], sink)?.code, "malformed");
  assert.equal(markets.publishPrices("a", [good], sink), undefined);
  assert.equal(reject({}), "alreadyDone prices[1].timeMs");
  for (let i = 1; i < maxPublishers; i++)
    assert.equal(markets.publishPrices(`p${i}`, [good], sink), undefined);
  assert.equal(markets.publishPrices("one too many", [good], sink)?.code, "overCapacity");
  markets.advance(startMs + 60_001, sink);
  assert.equal(markets.publishPrices("one too many", [{ ...good, timeMs: markets.nowMs }], sink), undefined);
});

test("surfaces are refused whole", () => {
  const { markets, sink } = sampleMarkets();
  const slice = { expiryMs, forwardMicros: 100_000_000_000, a: 0.001, b: 0.01, rho: 0, m: 0, sigma: 0.1 };
  const publish = (
    changes: Partial<typeof slice>,
    timeMs: number = startMs,
    underlying: number = 0,
  ): string | undefined => {
    const later = { ...slice, expiryMs: expiryMs + 1, ...changes };
    const rejection = markets.publishSurface(
      "a",
      { type: "publishSurface", underlying, slices: [slice, later], timeMs },
      sink,
    );
    return rejection && `${rejection.code} ${rejection.field}`;
  };
  assert.equal(publish({}), "noPrice underlying");
  publishAll(markets, sink, 0, 100_000_000_000);
  assert.equal(publish({}, startMs, 1), "unknownUnderlying underlying");
  assert.equal(publish({ expiryMs }), "malformed slices[1].expiryMs");
  assert.equal(publish({ forwardMicros: 10_000_000_000 }), "malformed slices[1].forwardMicros");
  assert.equal(publish({ b: -1 }), "malformed slices[1].b");
  assert.equal(publish({ rho: NaN }), "malformed slices[1].rho");
  assert.equal(publish({ a: -5 }), "malformed slices[1].a");
  assert.equal(publish({}, startMs + 5_000), "malformed timeMs");
  assert.equal(publish({}), undefined);
  assert.equal(publish({}), "alreadyDone timeMs");
});

test("of one underlying as many publishers' surfaces are kept as the limit says, the oldest going first", () => {
  const { markets, sink } = sampleMarkets();
  publishAll(markets, sink, 0, 100_000_000_000);
  const leafBytes = (): number => leavesOf(markets).get("market-surfaces")?.[0]?.length ?? 0;
  const sizes: number[] = [];
  for (let i = 0; i < maxSurfacePublishers + 3; i++) {
    markets.advance(markets.nowMs + 1, sink);
    publishSurface(markets, sink, 0.5 + i / 100, 100_000_000_000, expiryMs, `p${i + 10}`);
    sizes.push(leafBytes());
  }
  const full = sizes[maxSurfacePublishers - 1] ?? 0;
  assert.ok(full > (sizes[0] ?? 0));
  assert.deepEqual(sizes.slice(maxSurfacePublishers), [full, full, full]);
});

test("whatever is asked, the answer is a listing or a rejection", () => {
  const anyNumber = fc.oneof(
    fc.integer(),
    fc.maxSafeInteger(),
    fc.constantFrom(0, 1, -1, NaN, Infinity, 0.5, expiryMs, 1_000_000),
  );
  const changes = fc.dictionary(
    fc.constantFrom(
      ...Object.entries(perpetual({}))
        .filter(([, value]) => typeof value === "number")
        .map(([name]) => name),
    ),
    anyNumber,
    { maxKeys: 4 },
  );
  fc.assert(
    fc.property(changes, fc.constantFrom("spot", "perpetual", "future", "option"), (changed, kind) => {
      const { markets, sink } = sampleMarkets();
      publishAll(markets, sink, 0, 100_000_000_000);
      const base =
        kind === "spot"
          ? spot({})
          : kind === "perpetual"
            ? perpetual({})
            : kind === "option"
              ? option({})
              : futureSpec("BTC", expiryMs, { name: "NEW" });
      const result = markets.listInstrument({ ...base, ...changed }, sink);
      if ("rejection" in result) return;
      assert.deepEqual(markets.instrumentSpec(result.index), { ...base, ...changed });
      assert.ok(Number.isSafeInteger(markets.markMicros(result.index)));
    }),
    { numRuns: 500, seed: 5 },
  );
});
