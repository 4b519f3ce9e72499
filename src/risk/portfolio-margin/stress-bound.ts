import { type BookItem } from "./book.ts";
import { type PreparedMarket } from "./prepare.ts";
import { type ResidualChoice, type StressMeasure } from "./risk-measures.ts";

/** Relative noise of a sum of a few terms. */
const noise = 1e-12;

/**
 * What a book without some of its items loses at least in the stress measure, equations (12) to (14), USD: its P&L in the moves
 * that are worst for the whole, which are among its own. Much cheaper than its own worst.
 *
 * @param whole - the stress measure of the whole book.
 * @param unitUsd - rounding unit of both books.
 */
export function stressLossWithoutUsd(
  prepared: PreparedMarket,
  { dependence, basis, skew }: StressMeasure,
  removed: readonly BookItem[],
  unitUsd: number,
): number {
  let pnlUsd = dependence.pnlUsd;
  let gross = Math.abs(pnlUsd);
  for (const { rows, size } of removed) {
    const choice = dependence.choices.find(({ underlying }) => underlying === rows.underlying);
    if (!choice) continue;
    const at = rows.isOption
      ? (prepared.underlyings[rows.underlying]?.grid.volOffsets[choice.column] ?? 0) +
        (choice.volIndex.get(rows.slot) ?? 0)
      : choice.column;
    const product = Math.floor((size / unitUsd) * (rows.grid[at] ?? 0)) * unitUsd * choice.weight;
    pnlUsd -= product;
    gross += Math.abs(product);
  }
  const left = ({ underlying, slot, column, pnlUsd: whole }: ResidualChoice): number => {
    let own = whole;
    for (const { rows, size } of removed) {
      if (rows.slot !== slot || rows.underlying !== underlying) continue;
      own -= Math.floor((size / unitUsd) * (rows.residual[column] ?? 0)) * unitUsd;
    }
    return Math.min(0, own);
  };
  for (const choice of basis) pnlUsd += left(choice);
  for (const choice of skew) pnlUsd += left(choice);
  return Math.max(0, -pnlUsd - noise * (gross + Math.abs(pnlUsd)));
}
