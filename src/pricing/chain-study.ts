import { yearsToExpiry } from "../market/instrument.ts";
import { type OptionChainRow } from "../market/readers/option-chain-csv.ts";
import { optionName } from "../market/readers/option-chain-market.ts";
import { type SviSurface } from "../market/svi-surface.ts";
import { log } from "../numerics/exp-log.ts";
import { normalCdf } from "../numerics/normal.ts";
import {
  type ArbitrageFinding,
  type ArbitrageKind,
  type ArbitrageSource,
  surfaceButterfly,
} from "./arbitrage.ts";
import { undiscountedPrice } from "./black76.ts";
import { type ExpiryFit, fitSurfaceToQuotes } from "./fit-surface.ts";
import { type OptionQuote } from "./fit-surface-quotes.ts";
import { impliedVol } from "./implied-vol.ts";

/** A row whose price from its own volatility is far from its mark, and the forward at which they would agree. */
export interface RepricedRow {
  readonly snapshot: string;
  readonly instrument: string;
  /** Coin. */
  readonly mark: number;
  /** Black-76 at the row's forward and volatility, coin. */
  readonly price: number;
  readonly forward: number;
  /** The forward at which the row's volatility gives its mark; undefined when none within a factor of two does. */
  readonly markForward: number | undefined;
  /** Least and greatest forward among the rows of the same expiry and snapshot. */
  readonly forwardRange: readonly [number, number];
}

export interface Distribution {
  readonly count: number;
  readonly mean: number;
  /** By probability: 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, and the extremes 0 and 1. */
  readonly quantiles: ReadonlyMap<number, number>;
}

/** Difference of the volatility inverted from a mark to the venue's own, for rows of like vega. */
export interface VolBucket {
  /** Coin per volatility point, lower bound; the next bucket's is the upper. */
  readonly minVegaCoin: number;
  /** Volatility points, inverted less quoted. */
  readonly difference: Distribution;
}

export interface ExpiryStudy {
  readonly snapshot: string;
  readonly underlying: string;
  readonly fit: ExpiryFit;
}

export interface StudiedFinding {
  readonly snapshot: string;
  readonly underlying: string;
  readonly finding: ArbitrageFinding;
  /** `amount` as a share of the forward, for prices. */
  readonly size: number;
}

export interface ChainStudy {
  readonly rows: number;
  readonly snapshots: number;
  readonly reprice: {
    /** |Black-76(F, K, iv, T)/F − mark|, coin. */
    readonly absoluteDifference: Distribution;
    /** Rows without a volatility, which cannot be priced. */
    readonly withoutVol: number;
    /**
     * How far, in basis points, the row's forward would have to move to make the two agree, to first order; over rows
     * whose coin price moves by at least 5 % of the forward's relative move.
     */
    readonly forwardGapBps: Distribution;
    readonly worst: readonly RepricedRow[];
  };
  readonly inversion: {
    /** Rows by outcome: `identified`, `rounding-dominated` (a volatility exists, its digits are noise) or why none exists. */
    readonly outcomes: ReadonlyMap<string, number>;
    /** Largest |Black-76 at the inverted volatility − mark| over the forward. */
    readonly worstRoundTrip: number;
    readonly byVega: readonly VolBucket[];
  };
  readonly surfaces: {
    readonly expiries: readonly ExpiryStudy[];
    /** Expiries of which no quote could be used. */
    readonly unfitted: number;
    /** Share of fitted expiries whose weighted root mean square error is at most one volatility point. */
    readonly withinOnePoint: number;
    readonly rmseVolPoints: Distribution;
    readonly meanErrorVolPoints: Distribution;
    /** Instants a quarter, half and three quarters of the way between expiries, where butterflies are not ruled out. */
    readonly between: {
      readonly instants: number;
      /** With a butterfly above 1e-9 of the forward. */
      readonly butterflies: number;
      /** The largest, a share of the forward. */
      readonly largest: number;
    };
  };
  readonly arbitrage: {
    /** All findings, in order of time, up to {@link mostFindings}. */
    readonly findings: readonly StudiedFinding[];
    readonly counts: ReadonlyMap<`${ArbitrageSource} ${ArbitrageKind}`, number>;
    /** The largest of each source and kind, at most one of a snapshot. */
    readonly largest: ReadonlyMap<`${ArbitrageSource} ${ArbitrageKind}`, readonly StudiedFinding[]>;
  };
}

/** Vega buckets, coin per volatility point. A mark is quoted to 1e-6 coin. */
const vegaBounds: readonly number[] = [0, 1e-6, 1e-5, 1e-4, 1e-3];
const worstKept = 20;
const findingsKept = 5;
/** Most findings held; beyond it they are still counted. */
export const mostFindings = 200_000;

/** Half a unit of the last place that marks are published to, coin. */
const markRounding = 5e-7;

export interface ChainStudyBuilder {
  /** Takes in the rows of one snapshot; `label` names it in the report. */
  add(label: string, rows: readonly OptionChainRow[]): void;
  report(): ChainStudy;
}

/**
 * Studies recorded chains: prices every row from its own volatility, inverts every mark, fits every expiry, looks for
 * arbitrage. Snapshots are taken one by one, so the whole history need not be in memory.
 */
export function chainStudy(): ChainStudyBuilder {
  let rowCount = 0;
  const differences: number[] = [];
  const forwardGaps: number[] = [];
  let worst: RepricedRow[] = [];
  const outcomes = new Map<string, number>();
  const volDifferences: number[][] = vegaBounds.map(() => []);
  let worstRoundTrip = 0;
  const expiries: ExpiryStudy[] = [];
  let unfitted = 0;
  const between = { instants: 0, butterflies: 0, largest: 0 };
  let snapshots = 0;
  const findings: StudiedFinding[] = [];
  const counts = new Map<`${ArbitrageSource} ${ArbitrageKind}`, number>();
  const largest = new Map<`${ArbitrageSource} ${ArbitrageKind}`, StudiedFinding[]>();

  const count = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);

  const reprice = (row: PricedRow, label: string, rows: readonly OptionChainRow[]): void => {
    const price = coinPrice(row, row.forward, row.impliedVol);
    const difference = Math.abs(price - row.mark);
    differences.push(difference);
    const sensitivity = coinSensitivity(row, price);
    if (Math.abs(sensitivity) >= 0.05) forwardGaps.push((1e4 * (row.mark - price)) / sensitivity);
    const least = worst.at(-1);
    if (
      worst.length === worstKept &&
      least !== undefined &&
      difference <= Math.abs(least.price - least.mark)
    ) {
      return;
    }
    worst.push(explainRow(row, price, label, rows));
    worst.sort((p, q) => Math.abs(q.price - q.mark) - Math.abs(p.price - p.mark));
    worst = worst.slice(0, worstKept);
  };

  const invert = (row: OptionChainRow): void => {
    const found = impliedVol({
      optionType: row.optionType,
      forward: row.forward,
      strike: row.strike,
      expiryYears: yearsOf(row),
      price: row.mark * row.forward,
      priceUncertainty: markRounding * row.forward,
    });
    if (found.status !== "found") {
      count(row.mark === 0 ? "zero-mark" : found.status);
      return;
    }
    count(found.identified ? "identified" : "rounding-dominated");
    worstRoundTrip = Math.max(worstRoundTrip, Math.abs(coinPrice(row, row.forward, found.vol) - row.mark));
    if (row.impliedVol === undefined) return;
    // A central difference: near enough to sort rows into decades.
    const vega =
      coinPrice(row, row.forward, row.impliedVol + 0.005) -
      coinPrice(row, row.forward, Math.max(0, row.impliedVol - 0.005));
    const bucket = vegaBounds.findLastIndex((bound) => vega >= bound);
    volDifferences[bucket]?.push(100 * (found.vol - row.impliedVol));
  };

  const fit = (underlying: string, asOfMs: number, rows: readonly OptionChainRow[], label: string): void => {
    const fitted = fitSurfaceToQuotes({ underlying, asOfMs, quotes: rows.map(chainQuote) });
    if (fitted === undefined) {
      unfitted += new Set(rows.map((row) => row.expiryMs)).size;
      return;
    }
    unfitted += fitted.unfitted.length;
    lookBetween(fitted.surface, between);
    for (const expiry of fitted.expiries) expiries.push({ snapshot: label, underlying, fit: expiry });
    for (const finding of fitted.findings) {
      const key = `${finding.source} ${finding.kind}` as const;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      const forward =
        fitted.expiries.find((expiry) => expiry.expiryMs === finding.expiriesMs.at(-1))?.forward ?? 1;
      const size = finding.unit === "price" ? finding.amount / forward : finding.amount;
      const studied = { snapshot: label, underlying, finding, size };
      if (findings.length < mostFindings) findings.push(studied);
      // One of each snapshot, so that a single bad one does not crowd out the others.
      const kept = largest.get(key) ?? [];
      const same = kept.findIndex((one) => one.snapshot === label && one.underlying === underlying);
      if (same < 0) kept.push(studied);
      else if (size > (kept[same]?.size ?? 0)) kept[same] = studied;
      kept.sort((p, q) => q.size - p.size);
      largest.set(key, kept.slice(0, findingsKept));
    }
  };

  return {
    add(label, rows) {
      snapshots += 1;
      const byUnderlying = groupRows(rows, (row) => row.currency);
      const byExpiry = groupRows(rows, (row) => `${row.currency} ${row.expiryMs}`);
      for (const row of rows) {
        rowCount += 1;
        if (hasVol(row)) reprice(row, label, byExpiry.get(`${row.currency} ${row.expiryMs}`) ?? rows);
        invert(row);
      }
      for (const [underlying, own] of byUnderlying) {
        let asOfMs = -Infinity;
        for (const row of own) asOfMs = Math.max(asOfMs, row.timeMs);
        fit(underlying, asOfMs, own, label);
      }
    },
    report() {
      const rmse = expiries.map((expiry) => expiry.fit.rmseVolPoints);
      return {
        rows: rowCount,
        snapshots,
        reprice: {
          absoluteDifference: distribution(differences),
          withoutVol: rowCount - differences.length,
          forwardGapBps: distribution(forwardGaps),
          worst,
        },
        inversion: {
          outcomes: new Map([...outcomes].sort(([p], [q]) => (p < q ? -1 : 1))),
          worstRoundTrip,
          byVega: vegaBounds.map((minVegaCoin, i) => ({
            minVegaCoin,
            difference: distribution(volDifferences[i] ?? []),
          })),
        },
        surfaces: {
          expiries,
          unfitted,
          withinOnePoint: rmse.length === 0 ? 0 : rmse.filter((error) => error <= 1).length / rmse.length,
          rmseVolPoints: distribution(rmse),
          meanErrorVolPoints: distribution(expiries.map((expiry) => expiry.fit.meanErrorVolPoints)),
          between: { ...between },
        },
        arbitrage: { findings, counts, largest },
      };
    },
  };
}

const instrumentOf = (row: OptionChainRow): string =>
  optionName(row.currency, row.expiryMs, row.strike, row.optionType);

function groupRows(
  rows: readonly OptionChainRow[],
  keyOf: (row: OptionChainRow) => string,
): ReadonlyMap<string, readonly OptionChainRow[]> {
  const groups = new Map<string, OptionChainRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

function lookBetween(
  surface: SviSurface,
  between: { instants: number; butterflies: number; largest: number },
): void {
  for (const [i, far] of surface.slices.entries()) {
    const near = surface.slices[i - 1];
    if (near === undefined) continue;
    const range = {
      minLogMoneyness: Math.min(near.minLogMoneyness, far.minLogMoneyness),
      maxLogMoneyness: Math.max(near.maxLogMoneyness, far.maxLogMoneyness),
    };
    for (const share of [0.25, 0.5, 0.75]) {
      const amount = surfaceButterfly(surface, near.expiryMs + share * (far.expiryMs - near.expiryMs), range);
      between.instants += 1;
      if (amount > 1e-9) between.butterflies += 1;
      between.largest = Math.max(between.largest, amount);
    }
  }
}

/** A row with its coin prices as quote currency. */
export function chainQuote(row: OptionChainRow): OptionQuote {
  return {
    instrument: instrumentOf(row),
    optionType: row.optionType,
    expiryMs: row.expiryMs,
    timeMs: row.timeMs,
    strike: row.strike,
    forward: row.forward,
    ...(row.impliedVol !== undefined && { impliedVol: row.impliedVol }),
    mark: row.mark * row.forward,
    ...(row.bid !== undefined && { bid: row.bid * row.forward }),
    ...(row.ask !== undefined && { ask: row.ask * row.forward }),
  };
}

type PricedRow = OptionChainRow & { readonly impliedVol: number };

const hasVol = (row: OptionChainRow): row is PricedRow => row.impliedVol !== undefined;

const yearsOf = (row: OptionChainRow): number => yearsToExpiry(row.expiryMs, row.timeMs);

/** Black-76 over the forward: the price in coin. */
const coinPrice = (row: OptionChainRow, forward: number, vol: number): number =>
  undiscountedPrice(row.optionType === "call", forward, row.strike, vol * Math.sqrt(yearsOf(row))) / forward;

/** ∂(price/F)/∂ln F = delta − price/F. */
function coinSensitivity(row: PricedRow, price: number): number {
  const deviation = row.impliedVol * Math.sqrt(yearsOf(row));
  const d1 = log(row.forward / row.strike) / deviation + deviation / 2;
  const callDelta = Number.isNaN(d1) ? 0.5 : normalCdf(d1);
  return (row.optionType === "call" ? callDelta : callDelta - 1) - price;
}

function explainRow(
  row: PricedRow,
  price: number,
  snapshot: string,
  siblings: readonly OptionChainRow[],
): RepricedRow {
  let low = Infinity;
  let high = -Infinity;
  for (const sibling of siblings) {
    low = Math.min(low, sibling.forward);
    high = Math.max(high, sibling.forward);
  }
  return {
    snapshot,
    instrument: instrumentOf(row),
    mark: row.mark,
    price,
    forward: row.forward,
    markForward: forwardOfMark(row),
    forwardRange: [low, high],
  };
}

/** The forward at which the row's volatility gives its mark in coin: a call's rises with the forward, a put's falls. */
function forwardOfMark(row: PricedRow): number | undefined {
  const isCall = row.optionType === "call";
  const above = (forward: number): boolean => coinPrice(row, forward, row.impliedVol) > row.mark === isCall;
  let low = row.forward / 2;
  let high = row.forward * 2;
  if (above(low) || !above(high)) return undefined;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (above(middle)) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

function distribution(values: readonly number[]): Distribution {
  const sorted = Float64Array.from(values).sort();
  let sum = 0;
  for (const value of sorted) sum += value;
  const quantiles = new Map<number, number>();
  for (const probability of [0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1]) {
    const index = Math.min(sorted.length - 1, Math.floor(probability * sorted.length));
    quantiles.set(probability, sorted[index] ?? 0);
  }
  return { count: sorted.length, mean: sorted.length === 0 ? 0 : sum / sorted.length, quantiles };
}
