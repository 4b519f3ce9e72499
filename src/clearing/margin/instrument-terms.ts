import { type InstrumentKind } from "../protocol/specs.ts";
import { type Markets } from "../markets/markets.ts";
import { type InstrumentColumn } from "../markets/registries.ts";
import { largestMoney, mulDivCeil, mulDivFloor } from "./mul-div.ts";

/** What of an instrument never changes, in the form that margin computes with. */
export interface InstrumentTerms {
  readonly kind: InstrumentKind;
  readonly isInverse: boolean;
  /** Numbers of what its spec names. `baseAsset` is −1 but for spot. */
  readonly underlying: number;
  readonly settlementAsset: number;
  readonly baseAsset: number;
  readonly tickMicros: number;
  readonly expiryMs: number;
  readonly strikeMicros: number;
  /** +1 call, −1 put, 0 no option. */
  readonly optionSign: number;
  /** One unit of the settlement asset is 10^decimals of its units. */
  readonly assetScale: number;
  /** Linear: value in units = lots × price in micros × `lotNumerator` / `lotDenominator`. Inverse: lots × `lotNumerator` / price. */
  readonly lotNumerator: number;
  readonly lotDenominator: number;
  /** Underlying (linear) or quote currency (inverse) of one lot, as a float64. */
  readonly lotSize: number;
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

const kinds: readonly InstrumentTerms["kind"][] = ["spot", "perpetual", "future", "option"];

export function instrumentTerms({ assets, instruments }: Markets, instrument: number): InstrumentTerms {
  const get = (column: InstrumentColumn): number => instruments.get(column, instrument);
  const isInverse = get("inverse") === 1;
  const assetScale = assets.get("unitsPerOne", get("settlementAsset"));
  const lotNanos = get("lotNanos");
  const lotUsdMicros = get("lotUsdMicros");
  // Micros of quote currency × 1e-9 of underlying are units: the quote asset of linear instruments has 6 decimals.
  const divisor = isInverse ? 1 : greatestCommonDivisor(lotNanos, 1e9);
  return {
    kind: kinds[get("kind")] ?? "spot",
    isInverse,
    underlying: get("underlying"),
    settlementAsset: get("settlementAsset"),
    baseAsset: get("baseAsset"),
    tickMicros: get("tickMicros"),
    expiryMs: get("expiryMs"),
    strikeMicros: get("strikeMicros"),
    optionSign: get("optionSign"),
    assetScale,
    lotNumerator: isInverse ? lotUsdMicros * assetScale : lotNanos / divisor,
    lotDenominator: isInverse ? 1 : 1e9 / divisor,
    lotSize: isInverse ? lotUsdMicros / 1e6 : lotNanos / 1e9,
  };
}

/**
 * Worth of lots at a price, units of the settlement asset, rounded down. Signed like `lots` for linear instruments, and with the opposite
 * sign for inverse ones, whose longs gain when their worth in coin falls: profit = worth − cost for both. A price of 0: worth nothing.
 */
export function worthFloor(terms: InstrumentTerms, lots: number, priceMicros: number): number {
  if (lots === 0 || priceMicros <= 0) return 0;
  if (terms.isInverse) return mulDivFloor(0 - lots, terms.lotNumerator, priceMicros);
  const { lotNumerator, lotDenominator } = terms;
  if (lotNumerator === 1) return mulDivFloor(lots, priceMicros, lotDenominator);
  const factor = priceMicros * lotNumerator;
  return factor <= largestMoney
    ? mulDivFloor(lots, factor, lotDenominator)
    : mulDivFloor(lots * lotNumerator, priceMicros, lotDenominator);
}

export function worthCeil(terms: InstrumentTerms, lots: number, priceMicros: number): number {
  return 0 - worthFloor(terms, 0 - lots, priceMicros);
}

/** USD micros of units of an asset, rounded down. */
export const usdFloor = (units: number, priceMicros: number, assetScale: number): number =>
  units === 0 ? 0 : mulDivFloor(units, priceMicros, assetScale);

/** USD micros of units of an asset, rounded up. */
export const usdCeil = (units: number, priceMicros: number, assetScale: number): number =>
  units === 0 ? 0 : mulDivCeil(units, priceMicros, assetScale);
