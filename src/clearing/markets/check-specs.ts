import { type AssetKind } from "../../market/market.ts";
import { type Rejection } from "../protocol/rejections.ts";
import { type AssetSpec, type InstrumentSpec, type UnderlyingSpec } from "../protocol/specs.ts";
import { wholePpm } from "./aggregate.ts";
import { instrumentKinds } from "./instrument-codes.ts";
import { maxNameLength, maxPriceMicros, maxTimeMs } from "./limits.ts";
import { maxRatePpm, parameters, type ParameterTarget } from "./parameters.ts";
import { checkChoice, checkInteger, refuse } from "./refuse.ts";
import { type AssetRegistry, type UnderlyingRegistry } from "./registries.ts";

export const assetKinds: readonly AssetKind[] = ["fiat", "stablecoin", "major", "staked", "other"];

type Check = Rejection | undefined;
const invalid = "invalidSpec";

export function checkName(field: string, name: string): Check {
  if (name.length <= maxNameLength && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return undefined;
  const limit = `1 to ${maxNameLength} letters, digits, dots, dashes and underscores, the first a letter or digit`;
  return refuse(invalid, field, name, limit);
}

/** The bounds of docs/parameters.md, for every parameter of the target that `spec` has. */
function checkParameters(target: ParameterTarget, spec: object): Check {
  const values = new Map<string, unknown>(Object.entries(spec));
  for (const { target: of, name, min, max } of parameters) {
    if (of !== target) continue;
    const value = values.get(name);
    const wrong = checkInteger(invalid, name, typeof value === "number" ? value : NaN, min, max);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** A rule between two numbers. */
const atMost = (field: string, value: number, bound: string, limit: number): Check =>
  value <= limit ? undefined : refuse(invalid, field, value, `at most ${bound}, which is ${limit}`);

const zero = (field: string, value: number, kind: string): Check =>
  value === 0 ? undefined : refuse(invalid, field, value, `0 for ${kind}`);

export function checkAsset(spec: AssetSpec, underlyings: UnderlyingRegistry): Check {
  const { name, kind, underlying, feed } = spec;
  return (
    checkName("name", name) ??
    checkChoice(invalid, "kind", kind, assetKinds) ??
    checkInteger(invalid, "decimals", spec.decimals, 0, 9) ??
    (underlying !== "" && underlyings.find(underlying) < 0
      ? refuse("unknownUnderlying", "underlying", underlying, "the name of a listed underlying, or empty")
      : undefined) ??
    (feed === "" ? undefined : checkName("feed", feed)) ??
    (feed === "" && kind !== "fiat" && kind !== "stablecoin"
      ? refuse(invalid, "feed", feed, "a feed, for all but fiat currencies and stablecoins held at par")
      : undefined) ??
    checkParameters("asset", spec) ??
    checkAssetRules(spec)
  );
}

/** Rules between an asset's parameters. */
export const checkAssetRules = (spec: AssetSpec): Check =>
  atMost("rateAtZeroPpm", spec.rateAtZeroPpm, "rateAtOptimumPpm", spec.rateAtOptimumPpm) ??
  atMost("rateAtOptimumPpm", spec.rateAtOptimumPpm, "rateAtFullPpm", spec.rateAtFullPpm) ??
  atMost("rateAtFullPpm", spec.rateAtFullPpm, "the largest rate", maxRatePpm);

export const checkUnderlying = (spec: UnderlyingSpec): Check =>
  checkName("name", spec.name) ?? checkParameters("underlying", spec);

export interface Listings {
  readonly assets: AssetRegistry;
  readonly underlyings: UnderlyingRegistry;
}

export function checkInstrument(spec: InstrumentSpec, listings: Listings, nowMs: number): Check {
  return (
    checkName("name", spec.name) ??
    checkChoice(invalid, "kind", spec.kind, instrumentKinds) ??
    checkChoice(invalid, "settlement", spec.settlement, ["linear", "inverse"]) ??
    checkNames(spec, listings) ??
    checkInteger(invalid, "tickMicros", spec.tickMicros, 1, maxPriceMicros) ??
    (spec.settlement === "linear" ? checkLinear(spec, listings) : checkInverse(spec, listings)) ??
    checkKind(spec, nowMs) ??
    checkParameters("instrument", withoutUnused(spec)) ??
    checkInstrumentRules(spec)
  );
}

function checkNames(
  { underlying, settlementAsset, baseAsset, kind }: InstrumentSpec,
  { assets, underlyings }: Listings,
): Check {
  if (underlyings.find(underlying) < 0) {
    return refuse("unknownUnderlying", "underlying", underlying, "the name of a listed underlying");
  }
  if (assets.find(settlementAsset) < 0) {
    return refuse("unknownAsset", "settlementAsset", settlementAsset, "the name of a listed asset");
  }
  if (kind !== "spot") {
    return baseAsset === "" ? undefined : refuse(invalid, "baseAsset", baseAsset, "empty, but for spot");
  }
  if (assets.find(baseAsset) < 0) {
    return refuse("unknownAsset", "baseAsset", baseAsset, "the name of a listed asset");
  }
  return baseAsset === settlementAsset
    ? refuse(invalid, "baseAsset", baseAsset, "another asset than settlementAsset")
    : undefined;
}

function checkLinear(spec: InstrumentSpec, { assets }: Listings): Check {
  const asset = assets.find(spec.settlementAsset);
  const decimals = assets.get("decimals", asset);
  if (decimals !== 6) {
    const limit = `an asset of 6 decimals for linear settlement; it has ${decimals}`;
    return refuse(invalid, "settlementAsset", spec.settlementAsset, limit);
  }
  const kind = assetKinds[assets.get("kind", asset)] ?? "other";
  if (kind !== "fiat" && kind !== "stablecoin") {
    return refuse(
      invalid,
      "settlementAsset",
      spec.settlementAsset,
      `a fiat currency or stablecoin, not ${kind}`,
    );
  }
  const wrong =
    zero("lotUsdMicros", spec.lotUsdMicros, "linear settlement") ??
    checkInteger(invalid, "lotNanos", spec.lotNanos, 1, 1_000_000_000_000_000);
  if (wrong !== undefined) return wrong;
  const product = BigInt(spec.tickMicros) * BigInt(spec.lotNanos);
  if (product % 1_000_000_000n !== 0n) {
    return refuse(invalid, "lotNanos", spec.lotNanos, "tickMicros × lotNanos a multiple of 1,000,000,000");
  }
  if (product > 1_000_000_000_000_000_000_000n) {
    return refuse(invalid, "lotNanos", spec.lotNanos, "a tick of one lot worth at most a million");
  }
  if (spec.kind !== "spot") return undefined;
  const base = assets.find(spec.baseAsset);
  const step = 1_000_000_000 / assets.get("unitsPerOne", base);
  return spec.lotNanos % step === 0
    ? undefined
    : refuse(invalid, "lotNanos", spec.lotNanos, `a multiple of ${step}: whole units of ${spec.baseAsset}`);
}

function checkInverse(spec: InstrumentSpec, { assets }: Listings): Check {
  const { kind, settlementAsset, underlying } = spec;
  if (kind !== "perpetual" && kind !== "future") {
    return refuse(invalid, "settlement", spec.settlement, `linear for ${kind}`);
  }
  // Risk models value the coin by its underlying of the same name.
  if (settlementAsset !== underlying) {
    return refuse(invalid, "settlementAsset", settlementAsset, `the coin ${underlying} itself`);
  }
  if (assets.get("underlying", assets.find(settlementAsset)) < 0) {
    return refuse(invalid, "settlementAsset", settlementAsset, `an asset that follows ${underlying}`);
  }
  return (
    zero("lotNanos", spec.lotNanos, "inverse settlement") ??
    checkInteger(invalid, "lotUsdMicros", spec.lotUsdMicros, 1, 1_000_000_000_000)
  );
}

function checkKind(spec: InstrumentSpec, nowMs: number): Check {
  const { kind } = spec;
  const hasExpiry = kind === "future" || kind === "option";
  const perpetual =
    kind === "perpetual"
      ? (checkInteger(invalid, "fundingIntervalMs", spec.fundingIntervalMs, 60_000, 86_400_000) ??
        (spec.fundingIntervalMs % 60_000 === 0
          ? undefined
          : refuse(invalid, "fundingIntervalMs", spec.fundingIntervalMs, "whole minutes")))
      : (zero("fundingIntervalMs", spec.fundingIntervalMs, kind) ??
        zero("fundingInterestPpm", spec.fundingInterestPpm, kind) ??
        zero("fundingCapPpm", spec.fundingCapPpm, kind));
  const dated = hasExpiry
    ? (checkInteger(invalid, "expiryMs", spec.expiryMs, nowMs + 1, maxTimeMs) ??
      checkInteger(invalid, "settlementWindowMs", spec.settlementWindowMs, 1_000, 86_400_000))
    : (zero("expiryMs", spec.expiryMs, kind) ?? zero("settlementWindowMs", spec.settlementWindowMs, kind));
  const option =
    kind === "option"
      ? (checkChoice(invalid, "optionType", spec.optionType, ["call", "put"]) ??
        checkInteger(invalid, "strikeMicros", spec.strikeMicros, 1, maxPriceMicros))
      : (checkChoice(invalid, "optionType", spec.optionType, ["none"]) ??
        zero("strikeMicros", spec.strikeMicros, kind) ??
        zero("optionFeeCapPpm", spec.optionFeeCapPpm, kind));
  return perpetual ?? dated ?? option;
}

/** Spot needs no margin: what it holds is collateral. Its rates may be 0, which the bounds of others forbid. */
const withoutUnused = (spec: InstrumentSpec): InstrumentSpec =>
  spec.kind === "spot" && spec.initialMarginPpm === 0 && spec.maintenanceMarginPpm === 0
    ? { ...spec, initialMarginPpm: wholePpm, maintenanceMarginPpm: wholePpm }
    : spec;

/** Rules between an instrument's parameters. */
export const checkInstrumentRules = (spec: InstrumentSpec): Check =>
  atMost("maintenanceMarginPpm", spec.maintenanceMarginPpm, "initialMarginPpm", spec.initialMarginPpm) ??
  atMost("makerFeePpm", spec.makerFeePpm, "takerFeePpm", spec.takerFeePpm) ??
  (spec.makerFeePpm < -spec.takerFeePpm
    ? refuse(invalid, "makerFeePpm", spec.makerFeePpm, `a rebate of at most takerFeePpm, ${spec.takerFeePpm}`)
    : undefined) ??
  (spec.openInterestUpperLots === 0
    ? undefined
    : atMost(
        "openInterestLowerLots",
        spec.openInterestLowerLots,
        "openInterestUpperLots",
        spec.openInterestUpperLots,
      )) ??
  (spec.kind === "perpetual"
    ? atMost("fundingInterestPpm", Math.abs(spec.fundingInterestPpm), "fundingCapPpm", spec.fundingCapPpm)
    : undefined);
