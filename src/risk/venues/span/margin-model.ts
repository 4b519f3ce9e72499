import { type Market, type Portfolio } from "../../../market/index.ts";
import { accountValue } from "../../account-value.ts";
import {
  type Diagnostic,
  type MarginComponent,
  type MarginModel,
  type MarginResult,
  type ScenarioPnl,
} from "../../margin-model.ts";
import { bookLines, type BookLine, byExpiry, byUnderlying } from "../shared/book-lines.ts";
import { positionsOnly } from "../shared/held-assets.ts";
import { note, unlistedResult } from "../shared/net-margin-result.ts";
import { venueResult } from "../shared/venue-result.ts";
import { spanCommodityOf, type SpanCommodity, spanSheet, type SpanSheet } from "./parameters.ts";
import { combinedCommodityRequirement, scanRisk, type ScanResult } from "./scan.ts";

const model = "span";

/** One of the 16 scenarios: shares of the price and volatility scan ranges, and the share of the result that counts. */
export interface SpanScenario {
  readonly id: string;
  readonly label: string;
  readonly price: number;
  readonly vol: number;
  readonly cover: number;
}

/** The scenarios in their usual order: 0, ±1/3, ±2/3, ±3/3 of the range, each with volatility up and down, then two extremes. */
export function spanScenarios({ extremeMultiple, extremeCover }: SpanSheet): readonly SpanScenario[] {
  const thirds = [0, 1, -1, 2, -2, 3, -3];
  const shown = (third: number): string => (third === 0 ? "0" : `${third > 0 ? "+" : ""}${third}/3`);
  const regular = thirds.flatMap((third) =>
    [1, -1].map((vol) => ({
      third,
      vol,
      label: `price ${shown(third)} of range, volatility ${vol > 0 ? "up" : "down"}`,
    })),
  );
  const all = [
    ...regular.map(({ third, vol, label }) => ({ price: third / 3, vol, cover: 1, label })),
    ...[extremeMultiple, -extremeMultiple].map((price) => ({
      price,
      vol: 0,
      cover: extremeCover,
      label: `price ${price > 0 ? "+" : ""}${price} × range, ${Math.round(extremeCover * 100)} % cover`,
    })),
  ];
  return all.map((scenario, at) => ({ id: `span-${at + 1}`, ...scenario }));
}

/** Gains (+) and losses (−) of one long contract of a line, US dollars. */
export const riskArray = (
  line: BookLine,
  commodity: SpanCommodity,
  scenarios: readonly SpanScenario[],
  lookAheadDays: number,
): readonly number[] =>
  scenarios.map(({ price, vol, cover }) => {
    const move = {
      spot: price * commodity.priceScanRange,
      vol: line.vol * (1 + vol * commodity.volatilityScanRange),
      ageYears: lookAheadDays / 365,
    };
    return (cover * line.usd(move)) / line.size;
  });

interface CommodityMargin {
  readonly underlying: string;
  readonly lines: readonly BookLine[];
  readonly arrays: readonly (readonly number[])[];
  readonly scan: ScanResult;
  /** Net delta, US dollars. */
  readonly deltaUsd: number;
  /** Loss of the price scan range on one dollar of delta. */
  readonly priceRisk: number;
  readonly calendar: number;
  readonly shortOptionMinimum: number;
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

function commodityMargin(
  underlying: string,
  lines: readonly BookLine[],
  commodity: SpanCommodity,
  scenarios: readonly SpanScenario[],
  sheet: SpanSheet,
): CommodityMargin {
  const arrays = lines.map((line) => riskArray(line, commodity, scenarios, sheet.lookAheadDays));
  const scan = scanRisk(lines.map((line, at) => ({ riskArray: arrays[at] ?? [], position: line.size })));
  const indexUsd = lines[0]?.indexUsd ?? 0;
  const deltas = byExpiry(lines, ({ delta }) => delta).map(({ net }) => net * indexUsd);
  const long = total(deltas.filter((delta) => delta > 0));
  const short = -total(deltas.filter((delta) => delta < 0));
  const sold = lines.filter(({ instrument, units }) => instrument.kind === "option" && units < 0);
  return {
    underlying,
    lines,
    arrays,
    scan,
    deltaUsd: long - short,
    priceRisk: commodity.priceScanRange,
    calendar: Math.min(long, short) * commodity.calendarSpreadRate,
    shortOptionMinimum: total(sold.map(({ units }) => -units * indexUsd)) * commodity.shortOptionMinimumRate,
  };
}

/** Credits by underlying: opposite deltas are matched pair by pair, in the sheet's order, each dollar of delta once. */
function interCommodityCredits(
  commodities: readonly CommodityMargin[],
  pairs: SpanSheet["interCommodity"],
): ReadonlyMap<string, number> {
  const left = new Map(commodities.map(({ underlying, deltaUsd }) => [underlying, deltaUsd]));
  const credits = new Map<string, number>();
  for (const { legs, rate } of pairs) {
    const [a, b] = legs.map((leg) => commodities.find(({ underlying }) => underlying === leg));
    if (!a || !b) continue;
    const [deltaA, deltaB] = [left.get(a.underlying) ?? 0, left.get(b.underlying) ?? 0];
    if (deltaA * deltaB >= 0) continue;
    const matched = Math.min(Math.abs(deltaA), Math.abs(deltaB));
    for (const [leg, delta] of [
      [a, deltaA],
      [b, deltaB],
    ] as const) {
      left.set(leg.underlying, delta - Math.sign(delta) * matched);
      credits.set(leg.underlying, (credits.get(leg.underlying) ?? 0) + rate * matched * leg.priceRisk);
    }
  }
  return credits;
}

function componentOf(
  commodity: CommodityMargin,
  credit: number,
  sheet: SpanSheet,
  label: string,
): MarginComponent {
  const { underlying, scan, calendar, shortOptionMinimum } = commodity;
  const scanned = Math.max(0, scan.scanRisk);
  // A credit can't be more than the risk that it is a credit on.
  const granted = Math.min(credit, scanned);
  const { risk } = combinedCommodityRequirement({
    scanRisk: scanned,
    intraCommodityCharge: calendar,
    deliveryCharge: 0,
    interCommodityCredit: granted,
    shortOptionMinimum,
    netOptionValue: 0,
  });
  // What is only bought can't lose more than its value, at either scale.
  const onlyBought = commodity.lines.every(
    ({ instrument, units }) => instrument.kind === "option" && units > 0,
  );
  const value = total(commodity.lines.map(({ valueUsd }) => valueUsd));
  const factor =
    onlyBought && risk > 0 ? Math.max(1, Math.min(sheet.initialFactor, value / risk)) : sheet.initialFactor;
  const part = (id: string, name: string, maintenance: number): MarginComponent => ({
    id: `${id}-${underlying}`,
    label: name,
    initial: maintenance * factor,
    maintenance,
  });
  return {
    ...part("commodity", underlying, risk),
    rule: "max(scan + calendar spreads − inter-commodity credit, short option minimum)",
    children: [
      part("scan", `Scan risk, scenario ${scan.worstScenario}: ${label}`, scanned),
      part("calendar", "Calendar spreads", calendar),
      part("credit", "Inter-commodity credit", -granted),
      part(
        "short-option-minimum",
        "Short option minimum beyond the above",
        risk - (scanned + calendar - granted),
      ),
    ],
  };
}

function margin(portfolio: Portfolio, market: Market, sheet: SpanSheet): MarginResult {
  const groups = [...byUnderlying(bookLines(portfolio, market))];
  const names = groups.map(([underlying]) => underlying);
  const unlisted = unlistedResult(
    model,
    names.filter((name) => !spanCommodityOf(sheet, name)),
    "entry",
  );
  if (unlisted) return unlisted;
  const account = accountValue(portfolio, market);
  const scenarios = spanScenarios(sheet);
  const commodities = groups.flatMap(([underlying, lines]) => {
    const commodity = spanCommodityOf(sheet, underlying);
    return commodity ? [commodityMargin(underlying, lines, commodity, scenarios, sheet)] : [];
  });
  const credits = interCommodityCredits(commodities, sheet.interCommodity);
  const labelOf = ({ scan }: CommodityMargin): string =>
    scenarios[scan.worstScenario - 1]?.label ?? "no scenario";
  const components = commodities.map((commodity) =>
    componentOf(commodity, credits.get(commodity.underlying) ?? 0, sheet, labelOf(commodity)),
  );
  const diagnostics: Diagnostic[] = [
    note("illustrative-parameters", `Parameters: ${sheet.name}.`),
    ...positionsOnly(account, market, portfolio.orders),
  ];
  return venueResult({
    model,
    account,
    components,
    ...(commodities.length > 0 && {
      worst: {
        id: commodities.map(({ scan }) => `span-${scan.worstScenario}`).join("+"),
        label: commodities.map((commodity) => `${commodity.underlying}: ${labelOf(commodity)}`).join("; "),
        pnlUsd: -total(commodities.map(({ scan }) => Math.max(0, scan.scanRisk))),
        contributions: commodities.flatMap(({ lines, arrays, scan }) =>
          lines.map((line, at) => ({
            item: line.instrument.id,
            pnlUsd: line.size * (arrays[at]?.[scan.worstScenario - 1] ?? 0),
          })),
        ),
      },
    }),
    scenarios: scenarios.map(({ id, label }, at): ScenarioPnl => ({
      id,
      label,
      pnlUsd: total(commodities.map(({ scan }) => scan.portfolioArray[at] ?? 0)),
    })),
    diagnostics,
  });
}

/** The SPAN method over a sheet of parameters. */
export const spanModel = (sheet: SpanSheet = spanSheet): MarginModel => ({
  id: model,
  title: "SPAN (illustrative parameters)",
  venue: "span",
  margin: (portfolio, market) => margin(portfolio, market, sheet),
});
