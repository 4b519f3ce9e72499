import { type StressParameters } from "../parameters/margin-parameters.ts";
import { shareTolerance, type StressGrid } from "../scenarios/stress.ts";
import { type UnderlyingVectors } from "./aggregate.ts";
import { type PreparedMarket, type PreparedUnderlying } from "./prepare.ts";

/** An underlying's cell of the worst stress scenario. */
export interface CellChoice {
  /** Index of the underlying. */
  readonly underlying: number;
  /** Column of its grid. */
  readonly column: number;
  /** Share of its P&L that counts. */
  readonly weight: number;
  /** Level of the volatility move, share of the shock; its expiries stray from it by `volResidual` at most. */
  readonly volLevel: number;
  /** Index into the column's volatilities that each expiry takes. */
  readonly volIndex: ReadonlyMap<number, number>;
}

/** The worst of the spot × volatility stress over all underlyings, equation (12). */
export interface DependenceOutcome {
  /** USD, after damping; 0 when nothing loses. */
  readonly pnlUsd: number;
  /** What moves: `market -0.5`, `extreme down`, `BTC alone`. */
  readonly label: string;
  readonly choices: readonly CellChoice[];
}

function levelReach(volPoints: readonly number[], level: number, residual: number): readonly number[] {
  const reach: number[] = [];
  for (const [index, point] of volPoints.entries()) {
    if (Math.abs(point - level) <= residual + shareTolerance) reach.push(index);
  }
  return reach;
}

/** Entries of an option's row within reach of each entry's level: from, and up to but without. */
interface Reaches {
  readonly volResidual: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Room for the totals of one evaluation. */
  readonly totals: Float64Array;
}

const reaches = new WeakMap<StressGrid, Reaches>();

/** The reach of every level of a grid. Volatilities ascend, so a reach has no gaps. */
function reachOf(grid: StressGrid, volResidual: number): Reaches {
  const known = reaches.get(grid);
  if (known?.volResidual === volResidual) return known;
  const from = new Int32Array(grid.optionLength);
  const to = new Int32Array(grid.optionLength);
  for (const [column, { volPoints }] of grid.columns.entries()) {
    const offset = grid.volOffsets[column] ?? 0;
    for (const [index, point] of volPoints.entries()) {
      const reach = levelReach(volPoints, point, volResidual);
      from[offset + index] = offset + (reach[0] ?? index);
      to[offset + index] = offset + (reach.at(-1) ?? index) + 1;
    }
  }
  const made = { volResidual, from, to, totals: new Float64Array(grid.optionLength) };
  reaches.set(grid, made);
  return made;
}

function bestInReach(row: Float64Array, offset: number, reach: readonly number[]): number {
  let chosen = reach[0] ?? 0;
  for (const index of reach) {
    if ((row[offset + index] ?? 0) < (row[offset + chosen] ?? 0)) chosen = index;
  }
  return chosen;
}

/**
 * P&L per level of columns `first` to `last`: what has no volatility, and every expiry's worst within reach of the level,
 * equation (11). Before damping; valid until the next call.
 */
function levelTotals(
  grid: StressGrid,
  vectors: UnderlyingVectors,
  volResidual: number,
  first: number,
  last: number,
): Float64Array {
  const { volOffsets, optionLength } = grid;
  const { from, to, totals } = reachOf(grid, volResidual);
  for (let column = first; column <= last; column++) {
    totals.fill(
      vectors.deltaOne[column] ?? 0,
      volOffsets[column] ?? 0,
      volOffsets[column + 1] ?? optionLength,
    );
  }
  const end = volOffsets[last + 1] ?? optionLength;
  for (const row of vectors.options.values()) {
    for (let at = volOffsets[first] ?? 0; at < end; at++) {
      const reachEnd = to[at] ?? 0;
      let worst = Infinity;
      for (let index = from[at] ?? 0; index < reachEnd; index++) {
        const pnl = row[index] ?? 0;
        if (pnl < worst) worst = pnl;
      }
      totals[at] = (totals[at] ?? 0) + worst;
    }
  }
  return totals;
}

/** Entry of a column's level move that hurts most, among its entries in {@link levelTotals}. */
function worstEntry(grid: StressGrid, totals: Float64Array, column: number): number {
  const end = grid.volOffsets[column + 1] ?? grid.optionLength;
  let chosen = grid.volOffsets[column] ?? 0;
  for (let at = chosen + 1; at < end; at++) if ((totals[at] ?? 0) < (totals[chosen] ?? 0)) chosen = at;
  return chosen;
}

/** Worst P&L per grid column of one underlying, over its volatility moves, damped. USD. */
export function columnWorst(
  grid: StressGrid,
  vectors: UnderlyingVectors,
  { volResidual }: Pick<StressParameters, "volResidual">,
): readonly number[] {
  const { columns } = grid;
  if (vectors.options.size === 0) {
    return columns.map(({ weight }, column) => (vectors.deltaOne[column] ?? 0) * weight);
  }
  const totals = levelTotals(grid, vectors, volResidual, 0, columns.length - 1);
  return columns.map(({ weight }, column) => (totals[worstEntry(grid, totals, column)] ?? 0) * weight);
}

type ByUnderlying = ReadonlyMap<number, UnderlyingVectors>;

interface Part {
  readonly index: number;
  readonly underlying: PreparedUnderlying;
  readonly vectors: UnderlyingVectors;
  /** Per column, {@link columnWorst}. */
  readonly worst: readonly number[];
}

const lowest = (values: readonly number[], columns: readonly number[]): number => {
  let chosen = columns[0] ?? 0;
  for (const column of columns) if ((values[column] ?? 0) < (values[chosen] ?? 0)) chosen = column;
  return chosen;
};

/** The worst move of all underlyings, before it is put into words. */
interface WorstMove {
  readonly pnlUsd: number;
  readonly parts: readonly Part[];
  /** Column of each part; empty when nothing loses. */
  readonly columns: readonly number[];
  readonly label: () => string;
  /** The part that moves alone, and the share of its P&L that counts. */
  readonly scaled?: { readonly at: number; readonly factor: number };
}

/**
 * Parts with enough of a past to follow the market, those first whose straying costs most.
 *
 * @param following, straying - columns of each part where the move puts it, and at its worst within reach.
 */
function byCost(
  parts: readonly Part[],
  following: readonly number[],
  straying: readonly number[],
): readonly number[] {
  const cost = Float64Array.from(
    parts,
    ({ worst }, at) => (worst[following[at] ?? 0] ?? 0) - (worst[straying[at] ?? 0] ?? 0),
  );
  return [...parts.keys()]
    .filter((at) => (parts[at]?.underlying.measured ?? 0) >= 1)
    .sort((a, b) => (cost[b] ?? 0) - (cost[a] ?? 0) || a - b);
}

/**
 * Columns when the first `most` parts of an order stray, but for one; and with them every part whose past is too short to tell
 * how it follows the market.
 */
function withStrays(
  following: readonly number[],
  straying: readonly number[],
  order: readonly number[],
  most: number,
  except = -1,
): readonly number[] {
  const columns = [...straying];
  let strays = 0;
  for (const at of order) {
    if (at !== except && strays < most) strays += 1;
    else columns[at] = following[at] ?? 0;
  }
  return columns;
}

/**
 * Worst spot and volatility stress over all underlyings at once, equation (12). For each market move, every underlying
 * goes where its beta puts it; `strayCount` of them stray from there as far as their residuals allow, those where it costs
 * most, with the worst volatility. Gains of one underlying pay for losses of another only as far as no such straying takes
 * them away. A supremum over scenarios, hence coherent.
 */
function worstMove(prepared: PreparedMarket, underlyings: ByUnderlying): WorstMove {
  const parts: Part[] = [];
  for (const [index, part] of underlyings) {
    const underlying = prepared.underlyings[index];
    if (!underlying) continue;
    parts.push({
      index,
      underlying,
      vectors: part,
      worst: columnWorst(underlying.grid, part, prepared.parameters.stress),
    });
  }
  let best: WorstMove = { pnlUsd: 0, parts, columns: [], label: () => "no move" };
  const consider = (
    label: () => string,
    columns: readonly number[],
    scaled?: { readonly at: number; readonly factor: number },
  ): void => {
    let pnlUsd = 0;
    for (const [at, part] of parts.entries()) {
      const factor = scaled?.at === at ? scaled.factor : 1;
      pnlUsd += factor * (part.worst[columns[at] ?? 0] ?? 0);
    }
    if (pnlUsd < best.pnlUsd) best = { pnlUsd, parts, label, columns, ...(scaled ? { scaled } : {}) };
  };

  const { marketPoints, strayCount = Infinity } = prepared.parameters.stress;
  const following = marketPoints.map((_, at) =>
    parts.map(({ underlying, worst }) => lowest(worst, underlying.centres[at] ?? [])),
  );
  const reached = marketPoints.map((_, at) =>
    parts.map(({ underlying, worst }) => lowest(worst, underlying.reachable[at] ?? [])),
  );
  const mixed = (centres: readonly number[], straying: readonly number[]): readonly number[] =>
    parts.length <= strayCount
      ? straying
      : withStrays(centres, straying, byCost(parts, centres, straying), strayCount);
  for (const [at, share] of marketPoints.entries()) {
    const columns = mixed(following[at] ?? [], reached[at] ?? []);
    consider(() => `market ${formatShare(share)} of range`, columns);
  }
  // Who strays goes to an extreme in a market at its end; or all are at the mildest extreme of their class at once, as markets have
  // done, and who strays goes farther or stays behind.
  for (const side of ["fall", "rise"] as const) {
    const end = side === "fall" ? 0 : marketPoints.length - 1;
    const together = parts.map(
      ({ underlying: { extremes } }, at) =>
        (side === "fall" ? extremes.mildestFall : extremes.mildestRise) ?? following[end]?.[at] ?? 0,
    );
    const columns = parts.map(({ underlying, worst }, at) =>
      lowest(worst, [reached[end]?.[at] ?? 0, ...underlying.extremes[side]]),
    );
    consider(() => `extreme ${side}`, mixed(following[end] ?? [], columns));
    if (parts.length > strayCount) consider(() => `extreme ${side} of all`, mixed(together, columns));
  }
  // One underlying alone goes to an extreme while the market stands still, as far as its residual allows such a thing. It
  // strays whatever it costs, so that one fewer of the others does.
  const middle = marketPoints.indexOf(0);
  const [centres, straying] = [following[middle] ?? [], reached[middle] ?? []];
  const order = byCost(parts, centres, straying);
  for (const [at, { underlying, worst }] of parts.entries()) {
    if (underlying.extremes.all.length === 0) continue;
    const factor = Math.min(1, underlying.risk.spotResidual);
    const column = lowest(worst, underlying.extremes.all);
    const columns = withStrays(centres, straying, order, strayCount - 1, at);
    consider(() => `${underlying.symbol} alone`, columns.with(at, column), { at, factor });
  }
  return best;
}

/** The worst spot and volatility stress, with the cell that each underlying is in. */
export function dependenceOutcome(prepared: PreparedMarket, underlyings: ByUnderlying): DependenceOutcome {
  const { pnlUsd, parts, columns, label, scaled } = worstMove(prepared, underlyings);
  const { volResidual } = prepared.parameters.stress;
  const choices = parts.flatMap((part, at): readonly CellChoice[] => {
    const column = columns[at];
    if (column === undefined) return [];
    const { grid } = part.underlying;
    const level =
      part.vectors.options.size === 0
        ? 0
        : worstEntry(grid, levelTotals(grid, part.vectors, volResidual, column, column), column) -
          (grid.volOffsets[column] ?? 0);
    const volPoints = grid.columns[column]?.volPoints ?? [];
    const reach = levelReach(volPoints, volPoints[level] ?? 0, volResidual);
    const offset = grid.volOffsets[column] ?? 0;
    const volIndex = new Map(
      [...part.vectors.options].map(([slot, row]) => [slot, bestInReach(row, offset, reach)]),
    );
    const weight = (grid.columns[column]?.weight ?? 1) * (scaled?.at === at ? scaled.factor : 1);
    return [{ underlying: part.index, column, weight, volLevel: volPoints[level] ?? 0, volIndex }];
  });
  return { pnlUsd, label: label(), choices };
}

const formatShare = (share: number): string => `${share > 0 ? "+" : ""}${Math.round(share * 1000) / 10}%`;
