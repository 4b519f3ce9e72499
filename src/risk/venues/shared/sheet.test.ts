import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PlimsollError } from "../../../quantity/index.ts";
import { aaveEthereumSheet, readAaveSheet } from "../aave/index.ts";
import { driftV2Sheet, readDriftSheet } from "../drift/index.ts";
import { dydxV4Sheet, readDydxSheet } from "../dydx/index.ts";
import { hyperliquidMainnetSheet, readHyperliquidSheet } from "../hyperliquid/index.ts";
import { mangoV4Sheet, readMangoSheet } from "../mango/index.ts";
import { morphoBlueSheet, readMorphoSheet } from "../morpho/index.ts";

/** A path into a document, the bad value for it, and where the error must point. */
type Fault = readonly [path: string, value: unknown, field: string];

const sheets: readonly {
  file: string;
  sheet: unknown;
  read: (json: unknown) => unknown;
  faults: readonly Fault[];
}[] = [
  {
    file: "aave-v3-ethereum",
    sheet: aaveEthereumSheet,
    read: readAaveSheet,
    faults: [
      ["reserves.0.ltvBps", 9000, "reserves[0].ltvBps"],
      ["reserves.0.ltBps", 10_001, "reserves[0].ltBps"],
      ["reserves.0.decimals", 1.5, "reserves[0].decimals"],
      ["reserves.1.assets", ["ETH"], "reserves[1]"],
      ["emodes.0.ltvBps", 9501, "emodes[0].ltvBps"],
      ["reserves", [], "reserves"],
    ],
  },
  {
    file: "morpho-blue",
    sheet: morphoBlueSheet,
    read: readMorphoSheet,
    faults: [
      ["markets.0.lltv", 1, "markets[0].lltv"],
      ["markets.0.lltv", Number.NaN, "markets[0].lltv"],
      ["markets.0.loan", ["BTC"], "markets[0].loan"],
    ],
  },
  {
    file: "mango-v4",
    sheet: mangoV4Sheet,
    read: readMangoSheet,
    faults: [
      ["tokens.1.initAssetWeight", 0.95, "tokens[1].initAssetWeight"],
      ["tokens.1.maintLiabWeight", 1.3, "tokens[1].maintLiabWeight"],
      ["perps.0.initBaseAssetWeight", 0.99, "perps[0].initBaseAssetWeight"],
      ["perps.1.underlying", "BTC", "perps[1]"],
    ],
  },
  {
    file: "drift-v2",
    sheet: driftV2Sheet,
    read: readDriftSheet,
    faults: [
      ["spotMarkets.1.initialAssetWeight", 0.95, "spotMarkets[1].initialAssetWeight"],
      ["spotMarkets.1.maintenanceLiabilityWeight", 1.3, "spotMarkets[1].maintenanceLiabilityWeight"],
      ["perpMarkets.0.marginRatioMaintenance", 0.06, "perpMarkets[0].marginRatioMaintenance"],
      ["perpMarkets.0.leverage", 20, "perpMarkets[0].leverage"],
    ],
  },
  {
    file: "hyperliquid",
    sheet: hyperliquidMainnetSheet,
    read: readHyperliquidSheet,
    faults: [
      ["marginTables.0.tiers.0.lowerBoundUsd", 1, "marginTables[0].tiers[0].lowerBoundUsd"],
      ["marginTables.0.tiers.1.lowerBoundUsd", 0, "marginTables[0].tiers[1].lowerBoundUsd"],
      ["marginTables.0.tiers.1.maxLeverage", 50, "marginTables[0].tiers[1].maxLeverage"],
      ["portfolio.liquidationRatio", 0, "portfolio.liquidationRatio"],
    ],
  },
  {
    file: "dydx-v4",
    sheet: dydxV4Sheet,
    read: readDydxSheet,
    faults: [
      ["tiers.1.openInterestLowerUsd", 1e9, "tiers[1].openInterestLowerUsd"],
      ["tiers.1.underlyings", ["BTC"], "tiers[1]"],
      ["tiers.0.initialMarginPpm", 1_000_001, "tiers[0].initialMarginPpm"],
    ],
  },
];

/** A deep copy with one field replaced. */
function altered(document: unknown, path: string, value: unknown): unknown {
  const copy: unknown = structuredClone(document);
  const keys = path.split(".");
  let at = copy;
  for (const key of keys.slice(0, -1)) at = Reflect.get(Object(at), key);
  Reflect.set(Object(at), keys.at(-1) ?? "", value);
  return copy;
}

for (const { file, sheet, read, faults } of sheets) {
  test(`${file}: the shipped document is the built-in sheet, reads, and names its sources`, () => {
    const json: unknown = JSON.parse(
      readFileSync(new URL(`../../../../params/venues/${file}.json`, import.meta.url), "utf8"),
    );
    assert.deepEqual(json, JSON.parse(JSON.stringify(sheet)));
    assert.deepEqual(read(json), json);
  });

  const common: readonly Fault[] = [
    ["schema", "plimsoll/other@1", "schema"],
    ["asOf", "last year", "asOf"],
    ["sources", [], "sources"],
    ["extra", 1, "extra"],
  ];
  for (const [path, value, field] of [...common, ...faults]) {
    test(`${file}: ${path} = ${JSON.stringify(value)} is refused at ${field}`, () => {
      assert.throws(
        () => read(altered(sheet, path, value)),
        (error) => error instanceof PlimsollError && error.field === field,
      );
    });
  }

  test(`${file}: what is no document is refused`, () => {
    for (const json of [null, 3, "sheet", [], {}]) assert.throws(() => read(json), PlimsollError);
  });
}
