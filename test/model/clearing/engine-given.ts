import { type Engine } from "../../../src/clearing/engine/index.ts";
import { type AssetSpec, type InstrumentSpec } from "../../../src/clearing/protocol/index.ts";
import { type Given } from "./given.ts";

const statuses = ["active", "reduceOnly", "halted", "expired"] as const;

/** The markets of an engine, as the twin is given them. */
export function engineGiven(engine: () => Engine): Given {
  const instruments = new Map<number, InstrumentSpec>();
  const assets = new Map<number, AssetSpec>();
  let asOf = -1;
  /** Specs as they were made last are good for one command. */
  const fresh = (): void => {
    const { sequence } = engine();
    if (sequence === asOf) return;
    asOf = sequence;
    instruments.clear();
    assets.clear();
  };
  const markets = (): Engine["stores"]["markets"] => engine().stores.markets;
  const isListed = (instrument: number): boolean => markets().instruments.has(instrument);
  return {
    asset(asset) {
      fresh();
      const spec = assets.get(asset) ?? markets().assetSpec(asset);
      assets.set(asset, spec);
      return spec;
    },
    instrument(instrument) {
      fresh();
      const spec = instruments.get(instrument) ?? markets().instrumentSpec(instrument);
      instruments.set(instrument, spec);
      return spec;
    },
    underlyingOf: (instrument) => markets().instruments.get("underlying", instrument),
    settlementAssetOf: (instrument) => markets().instruments.get("settlementAsset", instrument),
    baseAssetOf: (instrument) => markets().instruments.get("baseAsset", instrument),
    get instrumentCount() {
      return markets().instruments.count;
    },
    get assetCount() {
      return markets().assets.count;
    },
    isExpired: (instrument) => markets().instruments.get("status", instrument) === 3,
    settlementMicros: (instrument) => markets().instruments.get("settlementMicros", instrument),
    status: (instrument) => statuses[markets().instruments.get("status", instrument)] ?? "halted",
    markMicros: (instrument) => markets().markMicros(instrument),
    hasMark: (instrument) => markets().hasMark(instrument),
    indexMicros: (underlying) => markets().indexMicros(underlying),
    indexConfidencePpm: (underlying) => markets().indexConfidencePpm(underlying),
    assetPriceMicros: (asset) => markets().assetPriceMicros(asset),
    assetConfidencePpm: (asset) => markets().assetConfidencePpm(asset),
    fundingPerLot: (instrument) => (isListed(instrument) ? markets().fundingPerLot(instrument) : 0n),
    initialRatePpm: (instrument, lots) => markets().initialRatePpm(instrument, lots),
    maintenanceRatePpm: (instrument) => markets().maintenanceRatePpm(instrument),
  };
}
