import { deltaOnePnl } from "../shared/delta-one.ts";

/*
 * Scenario vectors of Deribit portfolio margin, in the currency that settles the contract (coin for inverse contracts).
 * Every figure is a change from the mark.
 */

/** Moves of the main table, from −range to +range in `bucketsPerSide` steps each side and 0 between. */
export const mainTableMoves = (priceRange: number, bucketsPerSide: number): readonly number[] =>
  Array.from({ length: 2 * bucketsPerSide + 1 }, (_, i) =>
    i === bucketsPerSide ? 0 : (priceRange * (i - bucketsPerSide)) / bucketsPerSide,
  );

/**
 * Profit of a delta-one contract at an extended move, before damping: what it has at the edge of the main table on the
 * same side. Scaling the extreme profit back by range/|move| (and by (1 + move)/(1 ± range) in coin) gives exactly that.
 */
export const deltaOneExtendedPnl = (
  contract: "inverse" | "linear",
  position: number,
  move: number,
  priceRange: number,
): number => deltaOnePnl(contract, position, Math.sign(move) * priceRange);

/**
 * Scales the profit at an extended move to one comparable with the main table: × range/|move|; for amounts in coin also
 * × (1 + move)/(1 ± range), which restates the coin amount at the price of the table's edge.
 */
export function scaleExtendedPnl(pnl: number, move: number, priceRange: number, inCoin: boolean): number {
  const scaled = (pnl * priceRange) / Math.abs(move);
  return inCoin ? (scaled * (1 + move)) / (1 + Math.sign(move) * priceRange) : scaled;
}

/**
 * Damps a profit at an extended move toward 0 by (|move|/range − 1) × dampener, never past 0.
 *
 * @param dampener - in the unit of `pnl`: the venue publishes US dollars; coin amounts divide it by the index.
 */
export function dampenExtendedPnl(pnl: number, move: number, priceRange: number, dampener: number): number {
  const relief = Math.max(0, Math.abs(move) / priceRange - 1) * dampener;
  return Math.sign(pnl) * Math.max(0, Math.abs(pnl) - relief);
}

/** Sum per scenario of vectors of equal length. */
export function sumVectors(vectors: readonly (readonly number[])[]): readonly number[] {
  const length = vectors.reduce((longest, vector) => Math.max(longest, vector.length), 0);
  return Array.from({ length }, (_, i) => vectors.reduce((sum, vector) => sum + (vector[i] ?? 0), 0));
}

/**
 * What a currency's profit counts against other currencies' losses: losses whole, gains × offset, at most `cap`.
 */
export const offsetPnl = (pnl: number, offset: number, cap: number = Infinity): number =>
  pnl > 0 ? Math.min(pnl * offset, cap) : pnl;

/** All vectors of a currency added per scenario, then the offset rule applied to each total. */
export const aggregateVectors = (
  vectors: readonly (readonly number[])[],
  offset: number,
  cap?: number,
): readonly number[] => sumVectors(vectors).map((pnl) => offsetPnl(pnl, offset, cap));

export { deltaOnePnl } from "../shared/delta-one.ts";
