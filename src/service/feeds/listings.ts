import { type AssetSpec, type InstrumentSpec, type UnderlyingSpec } from "../../clearing/index.ts";
import { expiryLabel } from "../../market/calendar.ts";
import { optionName } from "../../market/readers/option-chain-market.ts";
import { type Listing } from "./feed.ts";

/** Specifications that sources list with: round numbers of our own, in proportion to the price. A venue that knows better lists before it. */

const hourMs = 3_600_000;
const billion = 1e9;

/** What is known of an asset by its name. */
const knownAssets: ReadonlyMap<string, Partial<AssetSpec>> = new Map(
  Object.entries({
    USDC: { kind: "stablecoin", decimals: 6, haircutPpm: 0 },
    USDT: { kind: "stablecoin", decimals: 6, haircutPpm: 20_000 },
    BTC: { kind: "major", decimals: 8, haircutPpm: 100_000 },
    ETH: { kind: "major", decimals: 9, haircutPpm: 100_000 },
    stETH: { kind: "staked", decimals: 9, haircutPpm: 150_000, underlying: "ETH" },
    WBETH: { kind: "staked", decimals: 9, haircutPpm: 150_000, underlying: "ETH" },
    BETH: { kind: "staked", decimals: 9, haircutPpm: 150_000, underlying: "ETH" },
  } satisfies Record<string, Partial<AssetSpec>>),
);

/** An asset with a feed of its name; `underlying` when its price follows one. */
export function assetListing(name: string, underlying: string = ""): Listing {
  const known = knownAssets.get(name) ?? {};
  const decimals = known.decimals ?? 8;
  const asset: AssetSpec = {
    name,
    kind: "other",
    underlying,
    feed: name,
    depositCapUnits: Number.MAX_SAFE_INTEGER,
    haircutPpm: 300_000,
    borrowable: true,
    borrowCapUnits: 1_000_000 * 10 ** decimals,
    rateAtZeroPpm: 0,
    rateAtOptimumPpm: 50_000,
    rateAtFullPpm: 600_000,
    optimalUsePpm: 800_000,
    reserveSharePpm: 100_000,
    ...known,
    decimals,
  };
  return { type: "listAsset", asset };
}

export function underlyingListing(name: string, changes: Partial<UnderlyingSpec> = {}): Listing {
  return {
    type: "listUnderlying",
    underlying: {
      name,
      minimumPublishers: 1,
      maxPriceAgeMs: 30_000,
      maxMovePerSecondPpm: 20_000,
      ...changes,
    },
  };
}

/** The largest power of ten that is at most `value`, > 0. */
function powerOfTen(value: number): number {
  let power = 1;
  while (power * 10 <= value) power *= 10;
  while (power > value) power /= 10;
  return power;
}

const margins = { initialMarginPpm: 40_000, maintenanceMarginPpm: 25_000 };

/** Terms that go with a price of about `price`: a tick of up to 1/100,000 of it, a lot of up to 100 dollars. */
function linearTerms(underlying: string, price: number): InstrumentSpec {
  const tickMicros = Math.max(1, Math.round(powerOfTen(price / 100_000) * 1e6));
  const lotNanos = Math.min(
    1e15,
    Math.max(billion / tickMicros, Math.round(powerOfTen(100 / price) * billion)),
  );
  const lotValue = (price * lotNanos) / billion;
  const lotsWorth = (dollars: number): number => Math.max(1, Math.round(dollars / lotValue));
  return {
    name: "",
    kind: "perpetual",
    underlying,
    settlementAsset: "USDC",
    baseAsset: "",
    settlement: "linear",
    tickMicros,
    lotNanos,
    lotUsdMicros: 0,
    expiryMs: 0,
    settlementWindowMs: 0,
    strikeMicros: 0,
    optionType: "none",
    fundingIntervalMs: 0,
    fundingInterestPpm: 0,
    fundingCapPpm: 0,
    priceBandPpm: 100_000,
    maxOrderLots: lotsWorth(20e6),
    positionLimitLots: lotsWorth(500e6),
    openInterestCapLots: 0,
    openInterestLowerLots: lotsWorth(1e9),
    openInterestUpperLots: lotsWorth(20e9),
    makerFeePpm: -50,
    takerFeePpm: 450,
    optionFeeCapPpm: 0,
    ...margins,
  };
}

export function spotListing(underlying: string, price: number): Listing {
  const unused = {
    initialMarginPpm: 0,
    maintenanceMarginPpm: 0,
    openInterestLowerLots: 0,
    openInterestUpperLots: 0,
  };
  const terms = linearTerms(underlying, price);
  return {
    type: "listInstrument",
    instrument: { ...terms, ...unused, name: `${underlying}-USDC`, kind: "spot", baseAsset: underlying },
  };
}

const funding = { fundingIntervalMs: hourMs, fundingInterestPpm: 12, fundingCapPpm: 5_000 };

export const perpetualName = (underlying: string): string => `${underlying}-PERP`;

export function perpetualListing(underlying: string, price: number): Listing {
  const name = perpetualName(underlying);
  return { type: "listInstrument", instrument: { ...linearTerms(underlying, price), ...funding, name } };
}

export const inversePerpetualName = (underlying: string): string => `${underlying}-USD-PERP`;

/** Paid in the coin; a lot is 10 dollars. */
export function inversePerpetualListing(underlying: string, price: number): Listing {
  const terms = linearTerms(underlying, price);
  const lots = (worth: number): number => Math.round(worth / 10);
  return {
    type: "listInstrument",
    instrument: {
      ...terms,
      ...funding,
      name: inversePerpetualName(underlying),
      settlementAsset: underlying,
      settlement: "inverse",
      lotNanos: 0,
      lotUsdMicros: 10_000_000,
      maxOrderLots: lots(20e6),
      positionLimitLots: lots(500e6),
      openInterestLowerLots: lots(1e9),
      openInterestUpperLots: lots(20e9),
    },
  };
}

export const futureName = (underlying: string, expiryMs: number): string =>
  `${underlying}-${expiryLabel(expiryMs)}`;

const settlementWindowMs = 1_800_000;

export function futureListing(underlying: string, price: number, expiryMs: number): Listing {
  const terms = linearTerms(underlying, price);
  const name = futureName(underlying, expiryMs);
  return {
    type: "listInstrument",
    instrument: { ...terms, name, kind: "future", expiryMs, settlementWindowMs },
  };
}

export interface ListedOption {
  readonly underlying: string;
  readonly expiryMs: number;
  readonly strike: number;
  readonly optionType: "call" | "put";
}

export const listedOptionName = ({ underlying, expiryMs, strike, optionType }: ListedOption): string =>
  optionName(underlying, expiryMs, strike, optionType);

export function optionListing(option: ListedOption, price: number): Listing {
  const { underlying, expiryMs, strike, optionType } = option;
  const terms = linearTerms(underlying, price);
  return {
    type: "listInstrument",
    instrument: {
      ...terms,
      name: listedOptionName(option),
      kind: "option",
      expiryMs,
      settlementWindowMs,
      strikeMicros: Math.round(strike * 1e6),
      optionType,
      makerFeePpm: 0,
      takerFeePpm: 300,
      optionFeeCapPpm: 125_000,
      initialMarginPpm: 150_000,
      maintenanceMarginPpm: 100_000,
      priceBandPpm: 200_000,
      openInterestLowerLots: 0,
      openInterestUpperLots: 0,
    },
  };
}
