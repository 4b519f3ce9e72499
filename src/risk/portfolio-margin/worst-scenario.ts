import { type Contribution, type WorstScenario } from "../margin-model.ts";
import { type ItemRows, spotSlot } from "./item-rows.ts";
import { type PreparedMarket } from "./prepare.ts";
import { type Requirement } from "./requirement.ts";

/** P&L of some rows in the worst scenario; `count` turns what one column gives for `size` into what counts. */
type PnlOf = (
  rows: ItemRows,
  count: (rowUsd: number) => number,
  countOwn: (rowUsd: number) => number,
) => number;

/** P&L of each item in the measure that sets the initial requirement. Orders that fill against the account count as items. */
export function worstScenario(prepared: PreparedMarket, required: Requirement): WorstScenario | undefined {
  const { scaled, measures, book, riskInitialUsd } = required;
  const leading = scaled.find(({ initialUsd }) => initialUsd === riskInitialUsd);
  if (!leading || riskInitialUsd === 0) return undefined;
  const contributions = (pnlOf: PnlOf): readonly Contribution[] => {
    const items = book.items.map(({ rows, size }) => {
      const count = (rowUsd: number): number => size * rowUsd;
      return { item: rows.item, pnlUsd: pnlOf(rows, count, count) };
    });
    const orders = book.orders.map(({ rows, size, fillUsd }) => ({
      item: `order ${rows.item}`,
      pnlUsd: pnlOf(
        rows,
        (rowUsd) => Math.min(0, size * rowUsd + fillUsd),
        (rowUsd) => Math.min(0, size * rowUsd),
      ),
    }));
    return [...items, ...orders].filter(({ pnlUsd }) => pnlUsd !== 0);
  };
  if (leading.id === "expected-shortfall") {
    const { tail, expectedShortfallUsd } = measures.shortfallInitial;
    return {
      id: leading.id,
      label: `mean of the worst ${tail.length} filtered historical moves`,
      pnlUsd: -expectedShortfallUsd,
      contributions: contributions((rows, count) =>
        tail.reduce((sum, { index, share }) => sum + share * count(rows.joint[index] ?? 0), 0),
      ),
    };
  }
  if (leading.id === "depeg") {
    return {
      id: leading.id,
      label: leading.label,
      pnlUsd: -leading.initialUsd,
      contributions: measures.pegs.map(({ asset, pnlUsd }) => ({ item: asset, pnlUsd })),
    };
  }
  const joint = measures.jointStress.findIndex(({ id }) => id === leading.id);
  if (joint >= 0) {
    const index = prepared.historicalCount + joint;
    return {
      id: leading.id,
      label: leading.label,
      pnlUsd: -leading.initialUsd,
      contributions: contributions((rows, count) => count(rows.joint[index] ?? 0)),
    };
  }
  const { dependence, basis, skew } = measures;
  return {
    id: leading.id,
    label: `${dependence.label}${describeChoices(prepared, required)}`,
    pnlUsd: -leading.initialUsd,
    contributions: contributions((rows, count, countOwn) => {
      let pnl = 0;
      const choice = dependence.choices.find(({ underlying }) => underlying === rows.underlying);
      if (choice) {
        const volOffsets = prepared.underlyings[rows.underlying]?.grid.volOffsets;
        const at = rows.isOption
          ? (volOffsets?.[choice.column] ?? 0) + (choice.volIndex.get(rows.slot) ?? 0)
          : choice.column;
        pnl += count(rows.grid[at] ?? 0) * choice.weight;
      }
      if (rows.slot === spotSlot) return pnl;
      for (const { underlying, slot, column } of [...basis, ...skew]) {
        if (underlying === rows.underlying && slot === rows.slot) pnl += countOwn(rows.residual[column] ?? 0);
      }
      return pnl;
    }),
  };
}

function describeChoices(prepared: PreparedMarket, { measures }: Requirement): string {
  const moves = measures.dependence.choices.map(({ underlying, column, volLevel }) => {
    const part = prepared.underlyings[underlying];
    const spot = part?.grid.columns[column]?.spot ?? 0;
    const percent = `${spot > 0 ? "+" : ""}${Math.round(spot * 1000) / 10}%`;
    const vol = volLevel === 0 ? "" : `, volatility ${volLevel > 0 ? "up" : "down"}`;
    return `${part?.symbol ?? ""} ${percent}${vol}`;
  });
  return moves.length > 0 ? `: ${moves.slice(0, 6).join("; ")}${moves.length > 6 ? "; …" : ""}` : "";
}
