import { type Market, type Portfolio } from "../../../market/index.ts";
import { black76Greeks } from "../../../pricing/black76.ts";
import { accountValue } from "../../account-value.ts";
import { type MarginComponent, type MarginModel, type MarginResult } from "../../margin-model.ts";
import { bookLines, type BookLine, byUnderlying, daysToExpiry } from "../shared/book-lines.ts";
import { positionsOnly } from "../shared/held-assets.ts";
import { note, unlistedResult } from "../shared/net-margin-result.ts";
import { venueResult } from "../shared/venue-result.ts";
import {
  acrossBuckets,
  type Bucket,
  bucketMargin,
  weighSensitivity,
  type WeightedSensitivity,
} from "./aggregation.ts";
import { curvatureMargin, curvatureScale } from "./curvature.ts";
import { type SimmClass, simmClassOf, simmSheet, type SimmSheet } from "./parameters.ts";

const model = "simm";

/** Sensitivities of one underlying, US dollars. */
export interface UnderlyingSensitivities {
  readonly underlying: string;
  readonly weights: SimmClass;
  /** Gain from a rise of 1 %. */
  readonly delta: number;
  /** Per tenor: volatility × vega, the gain if volatility doubled at the first order. */
  readonly vegaByTenor: readonly number[];
  /** Loss scaled from vega for large moves; sold options are positive. */
  readonly curvature: number;
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Volatility × vega of a line, USD; 0 for all but options. */
function vegaRisk(line: BookLine): number {
  const { instrument, forward, vol, expiryYears, units, settleUsd } = line;
  if (instrument.kind !== "option") return 0;
  const { optionType, strike } = instrument;
  const { vega } = black76Greeks({ optionType, forward, strike, expiryYears, vol });
  const unitUsd = instrument.settlement === "inverse" ? settleUsd / forward : settleUsd;
  return units * vega * vol * unitUsd;
}

/** Index of the tenor that holds a number of days. */
function tenorOf(days: number, bounds: readonly number[]): number {
  const found = bounds.findIndex((bound) => days <= bound);
  return found < 0 ? bounds.length - 1 : found;
}

export function underlyingSensitivities(
  underlying: string,
  lines: readonly BookLine[],
  weights: SimmClass,
  sheet: SimmSheet,
): UnderlyingSensitivities {
  const vegas = lines.map(vegaRisk);
  const vegaByTenor = sheet.tenorDays.map((_, tenor) =>
    total(
      vegas.filter(
        (_vega, at) => tenorOf(daysToExpiry(lines[at] ?? { expiryYears: 0 }), sheet.tenorDays) === tenor,
      ),
    ),
  );
  const curvature = -total(
    lines.map((line, at) => (vegas[at] ?? 0) * curvatureScale(daysToExpiry(line), sheet.curvatureDays)),
  );
  return {
    underlying,
    weights,
    delta: total(lines.map(({ delta, indexUsd }) => delta * indexUsd)) / 100,
    vegaByTenor,
    curvature: curvature + 0,
  };
}

/** Vega of one underlying as a bucket of tenors. */
function vegaBucket({ vegaByTenor, weights }: UnderlyingSensitivities, sheet: SimmSheet): Bucket {
  const weighted = vegaByTenor.map((vega): WeightedSensitivity =>
    weighSensitivity(vega, weights.vegaRiskWeight, weights.vegaThresholdUsd),
  );
  return {
    margin: bucketMargin(weighted, () => sheet.tenorCorrelation),
    sum: total(weighted.map((entry) => entry.weighted)),
  };
}

function margin(portfolio: Portfolio, market: Market, sheet: SimmSheet): MarginResult {
  const groups = [...byUnderlying(bookLines(portfolio, market))];
  const names = groups.map(([underlying]) => underlying);
  const unlisted = unlistedResult(
    model,
    names.filter((name) => !simmClassOf(sheet, name)),
    "class",
  );
  if (unlisted) return unlisted;
  const account = accountValue(portfolio, market);
  const sensitivities = groups.flatMap(([underlying, lines]) => {
    const weights = simmClassOf(sheet, underlying);
    return weights ? [underlyingSensitivities(underlying, lines, weights, sheet)] : [];
  });
  const part = (
    id: string,
    label: string,
    initial: number,
    extra: Partial<MarginComponent> = {},
  ): MarginComponent => ({
    id,
    label,
    initial,
    maintenance: initial * sheet.maintenanceFactor,
    ...extra,
  });
  const weightedDelta = sensitivities.map(({ delta, weights }) =>
    weighSensitivity(delta, weights.deltaRiskWeight, weights.deltaThresholdUsd),
  );
  const delta = bucketMargin(weightedDelta, () => sheet.underlyingCorrelation);
  const vegaBuckets = sensitivities.map((entry) => vegaBucket(entry, sheet));
  const vega = acrossBuckets(vegaBuckets, () => sheet.underlyingCorrelation);
  const curvature = curvatureMargin(
    sensitivities.map((entry) => entry.curvature),
    sheet.underlyingCorrelation,
  );
  const own = (id: string, values: readonly number[]): readonly MarginComponent[] =>
    sensitivities.map(({ underlying }, at) =>
      part(`${id}-${underlying}`, `${underlying} alone`, Math.abs(values[at] ?? 0), { informative: true }),
    );
  return venueResult({
    model,
    account,
    components: [
      part("delta", "Delta", delta, {
        rule: "√(Σ WS² + Σ ρ·f·WS·WS), WS = weight × sensitivity × concentration",
        children: own(
          "delta",
          weightedDelta.map(({ weighted }) => weighted),
        ),
      }),
      part("vega", "Vega", vega, {
        rule: "tenors within an underlying, then √(Σ K² + Σ γ·S·S) across underlyings",
        children: own(
          "vega",
          vegaBuckets.map((bucket) => bucket.margin),
        ),
      }),
      part("curvature", "Curvature", curvature.margin, {
        rule: "max(0, Σ CVR + λ·√(Σ CVR² + Σ ρ²·CVR·CVR))",
        children: own(
          "curvature",
          sensitivities.map((entry) => entry.curvature),
        ),
      }),
    ],
    diagnostics: [
      note(
        "shape-only",
        "The shape of the standard with weights of our own: it has no risk class for crypto assets.",
      ),
      ...positionsOnly(account, market, portfolio.orders),
    ],
  });
}

/** Delta, vega and curvature sensitivities aggregated in the shape of ISDA SIMM, over a sheet of parameters. */
export const simmModel = (sheet: SimmSheet = simmSheet): MarginModel => ({
  id: model,
  title: "SIMM-style sensitivities",
  venue: "simm",
  margin: (portfolio, market) => margin(portfolio, market, sheet),
});
