import { type AssetSpec, type InstrumentSpec } from "../../../src/clearing/protocol/index.ts";

/** What the twin takes from the markets as given: listings, prices, rates. They have their own tests. */
export interface Given {
  asset(asset: number): AssetSpec;
  instrument(instrument: number): InstrumentSpec;
  /** Numbers of what an instrument's spec names; −1 for what it has not. */
  underlyingOf(instrument: number): number;
  settlementAssetOf(instrument: number): number;
  baseAssetOf(instrument: number): number;
  readonly instrumentCount: number;
  readonly assetCount: number;
  isExpired(instrument: number): boolean;
  /** The average that what expired settles at. */
  settlementMicros(instrument: number): number;
  status(instrument: number): "active" | "reduceOnly" | "halted" | "expired";
  markMicros(instrument: number): number;
  hasMark(instrument: number): boolean;
  indexMicros(underlying: number): number;
  indexConfidencePpm(underlying: number): number;
  assetPriceMicros(asset: number): number;
  assetConfidencePpm(asset: number): number;
  fundingPerLot(instrument: number): bigint;
  initialRatePpm(instrument: number, openInterestLots: number): number;
  maintenanceRatePpm(instrument: number): number;
}
