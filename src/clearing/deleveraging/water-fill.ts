import { apportion } from "../fund/apportion.ts";

/** Someone whose position can be closed against a defaulting account. */
export interface Winner {
  /** Lots of the position that may be closed, > 0. */
  readonly lots: number;
  /** What the account is exposed to net of its hedges, in lots of this instrument in the direction of its position; negative: over-hedged. */
  readonly netLots: number;
  /** USD micros, > 0. */
  readonly equityMicros: number;
}

/**
 * Whose positions to close, and by how much: of all ways to close `lots`, the one that leaves the lowest maximum leverage, leverage being
 * net exposure over equity. First everyone above a common level comes down to it (water-filling); as far as that does not suffice, hedges are
 * cut too, so that the exposures which that opens stay level. A book that is hedged in full is cut only then.
 *
 * @param lots - to close, whole, > 0.
 * @param winners - on the other side of the position.
 * @returns lots to close of each, in order: they sum to `lots`, or to all there are if those are fewer.
 * @see Campbell, Hey, Moallemi, Nutz (2026), arXiv 2603.15963: the optimum is water-filling on leverage
 */
export function waterFill(lots: number, winners: readonly Winner[]): number[] {
  const exposed = winners.map(({ lots: held, netLots }) =>
    BigInt(Math.max(0, Math.min(held, Math.floor(netLots)))),
  );
  const wanted = BigInt(lots);
  const first = lower(wanted, winners, exposed);
  const left = wanted - first.reduce((sum, cut) => sum + cut, 0n);
  if (left <= 0n) return first.map(Number);
  // Hedges: what is opened per unit of equity is levelled.
  const equities = winners.map(({ equityMicros }) => BigInt(Math.max(1, equityMicros)));
  const rooms = winners.map(({ lots: held }, i) => BigInt(held) - first[i]!);
  const second = apportion(left, equities, rooms);
  return first.map((cut, i) => Number(cut + second[i]!));
}

/** Brings the highest leverage down until `wanted` lots are closed; nobody by more than `most`. */
function lower(wanted: bigint, winners: readonly Winner[], most: readonly bigint[]): bigint[] {
  const total = most.reduce((sum, cut) => sum + cut, 0n);
  if (total <= wanted) return [...most];
  const nets = winners.map(({ netLots }) => BigInt(Math.max(0, Math.floor(netLots))));
  const equities = winners.map(({ equityMicros }) => BigInt(Math.max(1, equityMicros)));
  // The level is `step` lots per 2^53 micros of equity: cuts fall as it rises.
  const scale = 1n << 53n;
  const cutAt = (i: number, level: bigint): bigint => {
    const over = nets[i]! - (level * equities[i]!) / scale;
    return over <= 0n ? 0n : over < most[i]! ? over : most[i]!;
  };
  const sumAt = (level: bigint): bigint => most.reduce((sum, _, i) => sum + cutAt(i, level), 0n);
  let low = 0n;
  let high = 1n;
  while (sumAt(high) > wanted) high *= 2n;
  // The lowest level at which no more than `wanted` is closed.
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (sumAt(middle) <= wanted) high = middle;
    else low = middle;
  }
  const cuts = most.map((_, i) => cutAt(i, high));
  let rest = wanted - cuts.reduce((sum, cut) => sum + cut, 0n);
  // At the next lower level more than the rest would close: those that it would close more of give a lot each, in order.
  for (const [i, cut] of cuts.entries()) {
    if (rest === 0n) break;
    const room = cutAt(i, low) - cut;
    const more = room < rest ? room : rest;
    if (more <= 0n) continue;
    cuts[i] = cut + more;
    rest -= more;
  }
  return cuts;
}
