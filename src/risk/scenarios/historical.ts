import { type History } from "../../market/history.ts";
import { formatTime } from "../../market/calendar.ts";
import { exp } from "../../numerics/exp-log.ts";
import { type MarginParameters, riskClassOf } from "../parameters/margin-parameters.ts";
import { completeMoves, ringOf } from "./complete-moves.ts";
import {
  type FactorKind,
  type FilteredFactor,
  filterFactor,
  knownAt,
  lastAtOrBefore,
  levelSeries,
} from "./factor-history.ts";
import { type JointScenario, type UnderlyingMove } from "./move.ts";
import { limitedVolatility } from "./rise-limit.ts";
import { selectScenarios } from "./selection.ts";

/** What the scenarios are for. */
export interface HistoricalRequest {
  readonly parameters: MarginParameters;
  /** The present: nothing after it is looked at. */
  readonly asOfMs: number;
  /** Symbols of all underlyings that must move. */
  readonly underlyings: readonly string[];
}

/** The joint scenarios and what they lack. */
export interface HistoricalScenarios {
  readonly scenarios: readonly JointScenario[];
  /** Past moves that the scenarios stand for. */
  readonly moves: number;
  /** Underlyings whose spot has no history of its own: they move by their class's beta to the reference. */
  readonly spotByBeta: readonly string[];
  /** Underlyings whose spot has history for only a share of the past moves; the rest go by beta. Share from 0 to 1. */
  readonly spotPartly: ReadonlyMap<string, number>;
  /** Days of moves of its own that each underlying's spot has in the last two `fullDays`; a price that stands still has none. */
  readonly spotDays: ReadonlyMap<string, number>;
  /** The same of every asset whose peg has a history. */
  readonly pegDays: ReadonlyMap<string, number>;
  /** Underlyings whose volatility has none: it moves by its class's beta to their spot. */
  readonly volByBeta: readonly string[];
  /** The underlying that stands in for those without history. */
  readonly reference?: string;
  /** Age of the newest observation, ms. */
  readonly staleMs: number;
  /** Whether the history was generated rather than observed. */
  readonly synthetic: boolean;
}

const hourMs = 3_600_000;
const filteredOf = new WeakMap<History, Map<number, readonly FilteredFactor[]>>();

function filtered(history: History, halfLifeHours: number): readonly FilteredFactor[] {
  const byHalfLife = filteredOf.get(history) ?? new Map<number, readonly FilteredFactor[]>();
  filteredOf.set(history, byHalfLife);
  const known = byHalfLife.get(halfLifeHours);
  if (known) return known;
  const factors = levelSeries(history).map((series) => filterFactor(series, halfLifeHours));
  byHalfLife.set(halfLifeHours, factors);
  return factors;
}

/** A factor's past h-hour moves, each rescaled to today's volatility, equation (7). NaN where the history has a gap. */
function rescaledMoves(
  factor: FilteredFactor,
  startsMs: Float64Array,
  horizonMs: number,
  asOfMs: number,
  parameters: MarginParameters,
): Float64Array {
  const { shortfall } = parameters;
  const { timesMs, values, volPerRootHour } = factor;
  const moves = new Float64Array(startsMs.length).fill(Number.NaN);
  const last = lastAtOrBefore(timesMs, asOfMs);
  if (last < 1) return moves;
  const { riseLimit } = shortfall;
  const limited =
    riseLimit && limitedVolatility(factor, targetVolatilities(factor, shortfall), last, asOfMs, riseLimit);
  const target = limited?.now ?? targetVolatility(factor, last, shortfall);
  const toleranceMs = 1.5 * factor.spacingMs;
  const spanMs = Math.max(horizonMs, factor.spacingMs);
  const newMove = (riseLimit?.newMoveDeviations ?? 0) * Math.sqrt(spanMs / hourMs);
  for (let index = 0; index < startsMs.length; index++) {
    const startMs = startsMs[index] ?? 0;
    const endMs = startMs + spanMs;
    if (endMs > asOfMs) continue;
    const from = lastAtOrBefore(timesMs, startMs);
    if (from < 0 || startMs - (timesMs[from] ?? 0) > toleranceMs) continue;
    const to = lastAtOrBefore(timesMs, endMs);
    if (to <= from || endMs - (timesMs[to] ?? 0) > toleranceMs) continue;
    const then = volPerRootHour[from] ?? 0;
    const ratio = then > 0 ? target / then : shortfall.rescaleMax;
    const scale = Math.max(shortfall.rescaleMin, Math.min(shortfall.rescaleMax, ratio));
    const move = ((values[to] ?? 0) - (values[from] ?? 0)) * scale;
    const most = limited ? newMove * limited.boundFrom(endMs) : Infinity;
    moves[index] = Math.max(-most, Math.min(most, move));
  }
  return moves;
}

/**
 * The volatility per √hour that past moves are rescaled to, σ* of equation (7), with what is known at an observation. The floors
 * against procyclicality: calm never talks the estimate below a share of the long run, nor out of memory.
 */
export function targetVolatility(
  factor: FilteredFactor,
  last: number,
  shortfall: Pick<MarginParameters["shortfall"], "longRunFloor" | "stressWeight" | "stressQuantile">,
): number {
  const today = factor.volPerRootHour[last] ?? 0;
  const longRun = Math.sqrt(factor.meanSquarePerHour[last] ?? 0);
  const stress = stressVol(factor, last, shortfall.stressQuantile);
  return Math.max(
    today,
    shortfall.longRunFloor * longRun,
    (1 - shortfall.stressWeight) * today + shortfall.stressWeight * stress,
  );
}

type Floors = Pick<MarginParameters["shortfall"], "longRunFloor" | "stressWeight" | "stressQuantile">;
const targetsOf = new WeakMap<FilteredFactor, Map<string, Float64Array>>();

/** {@link targetVolatility} at every observation, in one pass. */
export function targetVolatilities(factor: FilteredFactor, shortfall: Floors): Float64Array {
  const { longRunFloor, stressWeight, stressQuantile } = shortfall;
  const byFloors = targetsOf.get(factor) ?? new Map<string, Float64Array>();
  targetsOf.set(factor, byFloors);
  const key = `${longRunFloor} ${stressWeight} ${stressQuantile}`;
  const known = byFloors.get(key);
  if (known) return known;
  const targets = new Float64Array(factor.timesMs.length);
  const daily: number[] = [];
  let nextMs = -Infinity;
  for (let index = 0; index < targets.length; index++) {
    const timeMs = factor.timesMs[index] ?? 0;
    const today = factor.volPerRootHour[index] ?? 0;
    if (index > 0 && timeMs >= nextMs) {
      // Stays sorted.
      daily.splice(lastAtOrBefore(daily, today) + 1, 0, today);
      nextMs = timeMs + 24 * hourMs - 1;
    }
    const stress = daily[Math.min(daily.length - 1, Math.floor(stressQuantile * daily.length))] ?? 0;
    targets[index] = Math.max(
      today,
      longRunFloor * Math.sqrt(factor.meanSquarePerHour[index] ?? 0),
      (1 - stressWeight) * today + stressWeight * stress,
    );
  }
  byFloors.set(key, targets);
  return targets;
}

const knownCount = (moves: Float64Array): number =>
  moves.reduce((count, move) => count + (Number.isNaN(move) ? 0 : 1), 0);

/** Moves that began at an instant or later, and did move: a past that has ended, or a price that is stuck, measures nothing. */
const livingCount = (moves: Float64Array, startsMs: Float64Array, fromMs: number): number =>
  moves.reduce(
    (count, move, index) =>
      count + (Number.isNaN(move) || move === 0 || (startsMs[index] ?? 0) < fromMs ? 0 : 1),
    0,
  );

/** A high quantile of all volatility estimates up to now, one a day. */
function stressVol(factor: FilteredFactor, last: number, quantile: number): number {
  const daily: number[] = [];
  let nextMs = -Infinity;
  for (let index = 1; index <= last; index++) {
    const timeMs = factor.timesMs[index] ?? 0;
    if (timeMs < nextMs) continue;
    daily.push(factor.volPerRootHour[index] ?? 0);
    nextMs = timeMs + 24 * hourMs - 1;
  }
  daily.sort((a, b) => a - b);
  return daily[Math.min(daily.length - 1, Math.floor(quantile * daily.length))] ?? 0;
}

/**
 * Joint filtered historical scenarios of all risk factors, equations (6) and (7): overlapping h-hour moves (never a scaled
 * shorter one), each rescaled from the volatility of its own time to today's. Large moves of every factor are kept one by
 * one; the others are represented by an even selection whose weights add up to their number.
 */
export function historicalScenarios(history: History, request: HistoricalRequest): HistoricalScenarios {
  const { parameters, asOfMs } = request;
  const { shortfall } = parameters;
  const factors = filtered(history, shortfall.halfLifeHours);
  const find = (kind: FactorKind, symbol: string): FilteredFactor | undefined => {
    const found = factors.find((factor) => factor.kind === kind && factor.symbol === symbol);
    return found && knownAt(found, shortfall.halfLifeHours, asOfMs);
  };
  const observed = ({ timesMs }: FilteredFactor): number => lastAtOrBefore(timesMs, asOfMs) + 1;
  const reference = factors
    .filter(({ kind }) => kind === "spot")
    .toSorted((a, b) => observed(b) - observed(a) || (a.symbol < b.symbol ? -1 : 1))[0];
  const newestMs = Math.max(
    0,
    ...factors.map(({ timesMs }) => timesMs[lastAtOrBefore(timesMs, asOfMs)] ?? 0),
  );
  const base = {
    staleMs: Math.max(0, asOfMs - newestMs),
    synthetic: history.synthetic,
    ...(reference ? { reference: reference.symbol } : {}),
  };
  const none = {
    ...base,
    scenarios: [],
    moves: 0,
    spotByBeta: request.underlyings,
    spotPartly: new Map<string, number>(),
    spotDays: new Map<string, number>(),
    volByBeta: request.underlyings,
    pegDays: new Map<string, number>(),
  };
  if (!reference || reference.timesMs.length < 2) return none;

  const strideMs = Math.max(shortfall.strideHours * hourMs, reference.spacingMs);
  const firstMs = reference.timesMs[0] ?? 0;
  const lastMs = Math.min(asOfMs, reference.timesMs.at(-1) ?? 0);
  const candidates = Math.max(0, Math.floor((lastMs - firstMs) / strideMs));
  const allStartsMs = Float64Array.from({ length: candidates }, (_, index) => firstMs + index * strideMs);
  const referenceRisk = riskClassOf(parameters, reference.symbol);
  const referenceMoves = rescaledMoves(
    reference,
    allStartsMs,
    referenceRisk.horizonHours * hourMs,
    asOfMs,
    parameters,
  );
  const ids = Uint32Array.from(allStartsMs.keys()).filter((index) => !Number.isNaN(referenceMoves[index]));
  const startsMs = Float64Array.from(ids, (index) => allStartsMs[index] ?? 0);
  if (startsMs.length < shortfall.minimumMoves) return { ...none, moves: startsMs.length };
  const marketMoves = referenceMoves.filter((move) => !Number.isNaN(move));

  const spotByBeta: string[] = [];
  const volByBeta: string[] = [];
  const spotPartly = new Map<string, number>();
  const spotDays = new Map<string, number>();
  const fullDays = parameters.stress.measured?.fullDays ?? 365;
  /** A past is looked for in twice the days that make it whole. */
  const livingMs = asOfMs - 2 * fullDays * 24 * hourMs;
  const ring = ringOf(ids);
  const days = (count: number): number => (count * strideMs) / (24 * hourMs);
  const ranked: Float64Array[] = [];
  /** Of coins other than the reference, against which each is a pair. */
  const spotMoves: Float64Array[] = [];
  const moves = (kind: FactorKind, symbol: string, horizonMs: number): Float64Array | undefined => {
    const factor = find(kind, symbol);
    if (!factor) return undefined;
    const found = rescaledMoves(factor, startsMs, horizonMs, asOfMs, parameters);
    ranked.push(found);
    return found;
  };
  const at = (series: Float64Array | undefined, index: number): number => {
    const value = series?.[index] ?? Number.NaN;
    return Number.isNaN(value) ? 0 : value;
  };
  const builders = request.underlyings.map((symbol) => {
    const risk = riskClassOf(parameters, symbol);
    const horizonMs = risk.horizonHours * hourMs;
    const beta =
      (risk.marketBeta * risk.spotRange) / Math.max(1e-9, referenceRisk.marketBeta * referenceRisk.spotRange);
    const spot = moves("spot", symbol, horizonMs);
    const vol = moves("vol-level", symbol, horizonMs);
    const term = moves("vol-term", symbol, horizonMs);
    const skew = moves("skew", symbol, horizonMs);
    const basis = moves("basis", symbol, horizonMs);
    if (!spot) spotByBeta.push(symbol);
    else {
      const count = knownCount(spot);
      const ownDays = days(livingCount(spot, startsMs, livingMs));
      spotDays.set(symbol, ownDays);
      if (count < 0.99 * spot.length) spotPartly.set(symbol, count / spot.length);
      if (symbol !== reference.symbol) {
        const ownPart = Math.min(1, ownDays / fullDays);
        completeMoves(spot, marketMoves, {
          classSlope: beta,
          ring,
          ownPart,
          stretch: shortfall.departureStretch ?? 1,
        });
        spotMoves.push(spot);
      }
    }
    if (!vol) volByBeta.push(symbol);
    const build = (index: number): UnderlyingMove => {
      const own = spot?.[index] ?? Number.NaN;
      const x = Number.isNaN(own) ? beta * (marketMoves[index] ?? 0) : own;
      const ownVol = vol?.[index] ?? Number.NaN;
      const byBeta = x * (x < 0 ? risk.volSpotBetaDown : risk.volSpotBetaUp);
      return {
        spot: exp(Math.max(-20, Math.min(20, x))) - 1,
        volLevel: Number.isNaN(ownVol) ? byBeta : ownVol,
        volTerm: at(term, index),
        skew: at(skew, index),
        smile: 0,
        basis: at(basis, index),
      };
    };
    return { symbol, build };
  });
  const pegs = factors
    .filter(({ kind }) => kind === "peg")
    .map(({ symbol }) => ({ symbol, series: moves("peg", symbol, referenceRisk.horizonHours * hourMs) }));

  const chosen = selectScenarios({
    directions: [
      ...ranked,
      ...spotMoves.map((spot) => spot.map((move, index) => move - (marketMoves[index] ?? 0))),
    ],
    ids,
    tailCount: shortfall.tailScenarios,
    bodyCount: shortfall.bodyScenarios,
    tailShare: 1 - shortfall.maintenanceLevel,
  });
  const scenarios = chosen.map(({ index, weight }): JointScenario => {
    const start = startsMs[index] ?? 0;
    return {
      id: `history-${start}`,
      label: `moves from ${formatTime(start)}`,
      source: "historical",
      // A past move took the whole horizon.
      agingShare: 1,
      weight,
      underlyings: new Map(builders.map(({ symbol, build }) => [symbol, build(index)])),
      pegs: new Map(pegs.map(({ symbol, series }) => [symbol, at(series, index)])),
    };
  });
  return {
    ...base,
    scenarios,
    moves: startsMs.length,
    spotByBeta,
    spotPartly,
    spotDays,
    volByBeta,
    pegDays: new Map(
      pegs.map(({ symbol, series }) => [symbol, days(series ? livingCount(series, startsMs, livingMs) : 0)]),
    ),
  };
}
