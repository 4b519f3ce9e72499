import { PlimsollError, requireNumber } from "../quantity/error.ts";
import { priceBounds } from "./document-fields.ts";
import { median } from "./median.ts";

/** What one source says. It may be anything: bad values are dropped and named, never trusted and never thrown. */
export interface PriceReport {
  /** Unique name of the source. Of two reports of one source the later counts. */
  readonly source: string;
  readonly price: number;
  readonly timeMs: number;
  /** The source's own, 0 to 1. Default 1. */
  readonly confidence?: number;
}

export interface PriceRules {
  /** Reports older than this are stale. Default 60 s. */
  readonly maxAgeMs?: number;
  /** Reports from further ahead than this are refused: a clock is wrong. Default 1 s. */
  readonly maxAheadMs?: number;
  /** A report further from the median than this many robust deviations is an outlier. Default 5. */
  readonly outlierDeviations?: number;
  /** Smallest robust deviation, as a fraction of price: sources that agree to the cent are not outliers to each other. Default 0.0005. */
  readonly smallestDeviation?: number;
  /** Fewest sources, outliers not counted, that make a price. Default 3. */
  readonly minimumSources?: number;
  /** Robust deviation, as a fraction of price, at which confidence reaches 0. Default 0.02. */
  readonly deviationLimit?: number;
}

export type DropReason = "invalid" | "superseded" | "stale" | "from-the-future" | "outlier";

/** A source and what became of it. */
export interface SourceOutcome {
  readonly source: string;
  readonly price: number;
  readonly ageMs: number;
  /** price/median − 1; absent where there is no median or no price. */
  readonly deviation?: number;
}

export interface DroppedSource extends SourceOutcome {
  readonly reason: DropReason;
}

/** Confidence is the product of its four parts, each 0 to 1. */
export interface PriceConfidence {
  /** Mean of the used sources' own. */
  readonly own: number;
  /** Used sources, as a share of all that reported. */
  readonly quorum: number;
  /** 1 when the median report is new, 0 when it is about to be stale. */
  readonly freshness: number;
  /** 1 when the used sources agree, 0 at `deviationLimit`. */
  readonly agreement: number;
}

/** A price, or the statement that there is none. */
export interface AggregatedPrice {
  readonly status: "priced" | "too-few-sources";
  /** Absent when too few sources remain. */
  readonly price?: number;
  /** 0 to 1; 0 when there is no price. */
  readonly confidence: number;
  readonly parts: PriceConfidence;
  /** Lowest and highest price of the used sources. Absent when none is left. */
  readonly low?: number;
  readonly high?: number;
  /** Sorted by source. */
  readonly used: readonly SourceOutcome[];
  /** Sorted by source. */
  readonly dropped: readonly DroppedSource[];
}

/** Most reports of one price. */
export const maxReports = 1_000;

const perDeviation = 1.4826;

/**
 * One price from many sources. Deterministic: the order of the reports changes nothing.
 *
 * 1. Reports that are not a price, are superseded by a later good one of their source, are stale or come from the future are
 *    dropped. The rest are fresh.
 * 2. The price is the median of all fresh reports. While fewer than half of them are wrong, however wrong, it lies within the
 *    range of the right ones.
 * 3. The robust deviation is 1.4826 × the median absolute deviation from that median, and not below `smallestDeviation`. Fresh
 *    reports further than `outlierDeviations` of it are outliers: named, and left out of range, quorum and confidence. The
 *    median is not taken again without them: that would void the guarantee of rule 2.
 * 4. Fewer than `minimumSources` without outliers: no price.
 *
 * @throws {PlimsollError} `PLM_DOMAIN` for rules out of range, `PLM_LIMIT` for more than {@link maxReports} reports.
 * @see docs/prices.md
 */
export function aggregatePrice(
  reports: readonly PriceReport[],
  nowMs: number,
  rules: PriceRules = {},
): AggregatedPrice {
  const maxAgeMs = requireNumber("maxAgeMs", rules.maxAgeMs ?? 60_000, 1);
  const maxAheadMs = requireNumber("maxAheadMs", rules.maxAheadMs ?? 1_000, 0);
  const outlierDeviations = requireNumber("outlierDeviations", rules.outlierDeviations ?? 5, 1);
  const smallestDeviation = requireNumber("smallestDeviation", rules.smallestDeviation ?? 0.0005, 0, 1);
  const minimumSources = requireNumber("minimumSources", rules.minimumSources ?? 3, 1, maxReports);
  const deviationLimit = requireNumber("deviationLimit", rules.deviationLimit ?? 0.02, 1e-9, 1);
  requireNumber("nowMs", nowMs);
  if (reports.length > maxReports) {
    throw new PlimsollError("PLM_LIMIT", {
      field: "reports",
      value: reports.length,
      limit: `at most ${maxReports} reports`,
      remedy: "Aggregate fewer sources.",
    });
  }

  const dropped: DroppedSource[] = [];
  const fresh: PriceReport[] = [];
  const ordered = [...reports].sort(byOrder);
  const sources = new Set(ordered.map(({ source }) => source));
  const reasons = ordered.map((report) => reasonToDrop(report, nowMs - report.timeMs, maxAgeMs, maxAheadMs));
  // The last admissible report of a source counts: what is no price, or comes from a clock that is wrong, replaces nothing.
  const last = new Map<string, number>();
  for (const [index, { source }] of ordered.entries()) {
    const reason = reasons[index];
    if (reason !== "invalid" && reason !== "from-the-future") last.set(source, index);
  }
  for (const [index, report] of ordered.entries()) {
    const own = reasons[index];
    const isAdmissible = own !== "invalid" && own !== "from-the-future";
    const reason = isAdmissible && last.get(report.source) !== index ? "superseded" : own;
    if (reason === undefined) fresh.push(report);
    else dropped.push({ ...outcome(report, nowMs), reason });
  }

  const middle = median(fresh.map(({ price }) => price));
  const distances = fresh.map(({ price }) => Math.abs(price / middle - 1));
  const robust = perDeviation * median(distances);
  const allowed = outlierDeviations * Math.max(smallestDeviation, robust);
  const used: PriceReport[] = [];
  for (const [index, report] of fresh.entries()) {
    if ((distances[index] ?? Infinity) <= allowed) used.push(report);
    else dropped.push({ ...outcome(report, nowMs, middle), reason: "outlier" });
  }
  dropped.sort((a, b) => compareText(a.source, b.source) || a.ageMs - b.ageMs);

  const prices = used.map(({ price }) => price);
  const spread = perDeviation * median(prices.map((price) => Math.abs(price / middle - 1)));
  const medianAgeMs = median(used.map(({ timeMs }) => Math.max(0, nowMs - timeMs)));
  const own = used.reduce((sum, { confidence = 1 }) => sum + confidence, 0) / Math.max(1, used.length);
  const parts: PriceConfidence =
    used.length === 0
      ? { own: 0, quorum: 0, freshness: 0, agreement: 0 }
      : {
          own,
          quorum: used.length / sources.size,
          freshness: Math.max(0, 1 - medianAgeMs / maxAgeMs),
          agreement: Math.max(0, 1 - spread / deviationLimit),
        };
  const priced = used.length >= minimumSources;
  return {
    status: priced ? "priced" : "too-few-sources",
    ...(priced && { price: middle }),
    confidence: priced ? parts.own * parts.quorum * parts.freshness * parts.agreement : 0,
    parts,
    ...(used.length > 0 && {
      low: prices.reduce((low, price) => Math.min(low, price), Infinity),
      high: prices.reduce((high, price) => Math.max(high, price), -Infinity),
    }),
    used: used.map((report) => outcome(report, nowMs, middle)),
    dropped,
  };
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** NaN sorts lowest, so that any order of reports gives one order. */
const compareNumbers = (a: number, b: number): number =>
  a === b || (Number.isNaN(a) && Number.isNaN(b)) ? 0 : a < b || Number.isNaN(a) ? -1 : 1;

/** By source, then time, price and confidence: the last of a source is the one that counts. */
const byOrder = (a: PriceReport, b: PriceReport): number =>
  compareText(a.source, b.source) ||
  compareNumbers(a.timeMs, b.timeMs) ||
  compareNumbers(a.price, b.price) ||
  compareNumbers(a.confidence ?? 1, b.confidence ?? 1);

function reasonToDrop(
  { price, timeMs, confidence = 1 }: PriceReport,
  ageMs: number,
  maxAgeMs: number,
  maxAheadMs: number,
): DropReason | undefined {
  const isPrice = price >= priceBounds.minimum && price <= priceBounds.maximum;
  if (!isPrice || !Number.isFinite(timeMs) || !(confidence >= 0 && confidence <= 1)) return "invalid";
  if (ageMs > maxAgeMs) return "stale";
  return ageMs < -maxAheadMs ? "from-the-future" : undefined;
}

const outcome = ({ source, price, timeMs }: PriceReport, nowMs: number, middle?: number): SourceOutcome => ({
  source,
  price,
  ageMs: nowMs - timeMs,
  ...(middle !== undefined && { deviation: price / middle - 1 }),
});
