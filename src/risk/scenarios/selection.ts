/** Moves from which scenarios are chosen. */
export interface SelectionInput {
  /** Moves along each direction in which a tail matters, NaN where unknown. All of one length. */
  readonly directions: readonly Float64Array[];
  /** A number of each move that stays the same as time goes on: which moves stand for others is drawn by it. */
  readonly ids: ArrayLike<number>;
  /** Kept one by one. */
  readonly tailCount: number;
  /** That stand for all others. */
  readonly bodyCount: number;
  /** Share of all moves that the larger tail holds. */
  readonly tailShare: number;
}

/** A move and how many it stands for, itself among them. */
export interface ChosenMove {
  readonly index: number;
  readonly weight: number;
}

/** So many tails deep the shells reach. What a move adds to a shortfall is its excess over the tail's least, and most of that is far out. */
const shellDepths = [0.25, 0.5, 1.25];
/** How those that stand for others are divided: this share on the calm rest, the others on the shells alike. */
const calmShare = 0.2;

/**
 * Which moves become scenarios, ascending; weights add up to their number. The directions take turns in contributing their largest falls and
 * rises, kept one by one. The others are sampled in shells, from those that are farthest out to the calm rest, which reaches no
 * tail: so the less a move stands for, the more it can matter. The samples hardly change from hour to hour, so the selection moves no
 * requirement.
 */
export function selectScenarios(input: SelectionInput): readonly ChosenMove[] {
  const { directions, ids, tailCount, bodyCount, tailShare } = input;
  const count = ids.length;
  const all = Array.from({ length: count }, (_, index) => index);
  if (count <= tailCount + bodyCount) return all.map((index) => ({ index, weight: 1 }));
  const depths = shellDepths.map((depth) => Math.ceil(depth * tailShare * count));
  const orders = directions.flatMap((moves) => extremes(moves, Math.max(tailCount, ...depths)));
  const tail = new Set<number>();
  // In turns, so that a quiet factor's tail is not crowded out by a noisy one's.
  for (let rank = 0; rank < count && tail.size < tailCount; rank++) {
    for (const order of orders) {
      const index = order[rank];
      if (index !== undefined && tail.size < tailCount) tail.add(index);
    }
  }
  let rest = all.filter((index) => !tail.has(index));
  let left = bodyCount;
  const calm = Math.max(1, Math.round(calmShare * bodyCount));
  const chosen = Array.from(tail, (index): ChosenMove => ({ index, weight: 1 }));
  for (const [at, depth] of depths.entries()) {
    const reached = new Set(orders.flatMap((order) => order.slice(0, depth)));
    const shell = rest.filter((index) => reached.has(index));
    const share = Math.floor((left - calm) / (depths.length - at));
    const sampled = sample(shell, share, ids);
    // A shell without a sample is part of the next one.
    if (sampled.length === 0) continue;
    chosen.push(...sampled);
    rest = rest.filter((index) => !reached.has(index));
    left -= sampled.length;
  }
  chosen.push(...sample(rest, left, ids));
  return chosen.sort((a, b) => a.index - b.index);
}

/** Indexes of the largest falls, the largest first, and of the largest rises. */
function extremes(moves: Float64Array, depth: number): readonly (readonly number[])[] {
  const sorted = moves.filter((move) => !Number.isNaN(move)).sort();
  const least = sorted[Math.min(depth, sorted.length) - 1] ?? Number.NaN;
  const most = sorted[Math.max(0, sorted.length - depth)] ?? Number.NaN;
  const falls: number[] = [];
  const rises: number[] = [];
  for (const [index, move] of moves.entries()) {
    if (move <= least) falls.push(index);
    if (move >= most) rises.push(index);
  }
  falls.sort((a, b) => (moves[a] ?? 0) - (moves[b] ?? 0) || a - b);
  rises.sort((a, b) => (moves[b] ?? 0) - (moves[a] ?? 0) || b - a);
  return [falls.slice(0, depth), rises.slice(0, depth)];
}

/** The same moves again as long as they are among the given ones, even over time: those whose id's bits, reversed, are least. */
function sample(indexes: readonly number[], count: number, ids: ArrayLike<number>): readonly ChosenMove[] {
  const kept = indexes
    .map((index) => ({ index, priority: reversedBits(ids[index] ?? 0) }))
    .sort((a, b) => a.priority - b.priority)
    .slice(0, count);
  const weight = Math.floor(indexes.length / Math.max(1, kept.length));
  const rest = indexes.length - weight * kept.length;
  return kept.map(({ index }, rank) => ({ index, weight: weight + (rank < rest ? 1 : 0) }));
}

function reversedBits(value: number): number {
  let from = value >>> 0;
  let to = 0;
  for (let bit = 0; bit < 32; bit++) {
    to = (to << 1) | (from & 1);
    from >>>= 1;
  }
  return to >>> 0;
}
