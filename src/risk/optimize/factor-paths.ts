import { type History } from "../../market/index.ts";
import { exp } from "../../numerics/exp-log.ts";
import { type MarginParameters } from "../parameters/margin-parameters.ts";
import {
  type FactorKind,
  type FilteredFactor,
  filterFactor,
  lastAtOrBefore,
  levelSeries,
} from "../scenarios/factor-history.ts";
import { targetVolatility } from "../scenarios/historical.ts";

/** A factor that a path moves. */
export interface PathFactor {
  readonly kind: Extract<FactorKind, "spot" | "vol-level" | "peg">;
  /** Symbol of the underlying; for `peg` the asset. */
  readonly symbol: string;
}

/** A stretch of the past, every factor rescaled from its volatility then to today's, equation (7). */
export interface FactorPath {
  readonly startMs: number;
  /** Per factor, in their order, the relative move since the start after each step. */
  readonly moves: readonly Float64Array[];
}

/** Stretches of the past that do not overlap. */
export interface FactorPaths {
  readonly factors: readonly PathFactor[];
  /** Factors that the history does not have: they stand still. */
  readonly missing: readonly PathFactor[];
  /** Time between two steps, ms. */
  readonly stepMs: number;
  readonly steps: number;
  /** Ascending in time. */
  readonly paths: readonly FactorPath[];
  /** Stretches left out because a spot was not observed in them. */
  readonly gaps: number;
  /** Per factor, the stretches in which it was observed; in the others a volatility or peg stands still. */
  readonly observed: readonly number[];
}

export interface FactorPathsInput {
  readonly history: History;
  readonly parameters: MarginParameters;
  readonly asOfMs: number;
  readonly factors: readonly PathFactor[];
  readonly horizonMs: number;
}

/** Observations whose mean square starts the running volatility: a stretch before them has no volatility of its own. */
const warmUp = 30;

/**
 * Cuts a history into stretches of the horizon that do not overlap, the newest ending at the present, so that what happens in
 * them can be counted. Each factor's path within a stretch keeps its shape; its size is that of today's volatility.
 */
export function factorPaths({
  history,
  parameters,
  asOfMs,
  factors,
  horizonMs,
}: FactorPathsInput): FactorPaths {
  const { shortfall } = parameters;
  const filtered = levelSeries(history).map((series) => filterFactor(series, shortfall.halfLifeHours));
  const known: { readonly factor: PathFactor; readonly series: FilteredFactor; readonly target: number }[] =
    [];
  const missing: PathFactor[] = [];
  for (const factor of factors) {
    const series = filtered.find(({ kind, symbol }) => kind === factor.kind && symbol === factor.symbol);
    const last = series ? lastAtOrBefore(series.timesMs, asOfMs) : -1;
    if (!series || last < warmUp) missing.push(factor);
    else known.push({ factor, series, target: targetVolatility(series, last, shortfall) });
  }
  const stepMs = Math.max(history.intervalMs, ...known.map(({ series }) => series.spacingMs));
  const steps = Math.max(1, Math.floor(horizonMs / stepMs));
  const spanMs = steps * stepMs;
  // Spots say which stretches there are; what else moves is taken along where it was observed.
  const spots = known.filter(({ factor }) => factor.kind === "spot");
  const leading = spots.length > 0 ? spots : known;
  const firstMs = Math.max(...leading.map(({ series }) => series.timesMs[warmUp] ?? Infinity));
  const endMs = Math.min(asOfMs, ...leading.map(({ series }) => series.timesMs.at(-1) ?? 0));
  const observed = known.map(() => 0);
  const paths: FactorPath[] = [];
  let gaps = 0;
  for (let startMs = endMs - spanMs; known.length > 0 && startMs >= firstMs; startMs -= spanMs) {
    const found = known.map(({ series, target }) =>
      pathOf(series, target, startMs, stepMs, steps, shortfall),
    );
    if (leading.some((one) => !found[known.indexOf(one)])) {
      gaps += 1;
      continue;
    }
    for (const [at, path] of found.entries()) if (path) observed[at] = (observed[at] ?? 0) + 1;
    paths.push({ startMs, moves: found.map((path) => path ?? new Float64Array(steps)) });
  }
  return {
    factors: known.map(({ factor }) => factor),
    missing,
    stepMs,
    steps,
    paths: paths.reverse(),
    gaps,
    observed,
  };
}

/** Relative moves of one factor after each step; undefined across a gap. */
function pathOf(
  { timesMs, values, volPerRootHour, spacingMs }: FilteredFactor,
  target: number,
  startMs: number,
  stepMs: number,
  steps: number,
  shortfall: MarginParameters["shortfall"],
): Float64Array | undefined {
  const toleranceMs = 1.5 * spacingMs;
  const from = lastAtOrBefore(timesMs, startMs);
  if (from < 0 || startMs - (timesMs[from] ?? 0) > toleranceMs) return undefined;
  const then = volPerRootHour[from] ?? 0;
  const ratio = then > 0 ? target / then : shortfall.rescaleMax;
  const scale = Math.max(shortfall.rescaleMin, Math.min(shortfall.rescaleMax, ratio));
  const moves = new Float64Array(steps);
  let at = from;
  for (let step = 1; step <= steps; step++) {
    const timeMs = startMs + step * stepMs;
    while (at + 1 < timesMs.length && (timesMs[at + 1] ?? Infinity) <= timeMs) at++;
    if (timeMs - (timesMs[at] ?? 0) > toleranceMs) return undefined;
    const change = ((values[at] ?? 0) - (values[from] ?? 0)) * scale;
    moves[step - 1] = exp(Math.max(-20, Math.min(20, change))) - 1;
  }
  return moves;
}
