import { type Contribution, type WorstScenario } from "../margin-model.ts";
import { gridPnlUsd, jointPnlUsd } from "./aggregate.ts";
import { type BookItem, type BookOrder } from "./book.ts";
import { type ItemRows, spotSlot } from "./item-rows.ts";
import { type PreparedMarket } from "./prepare.ts";
import { type Requirement } from "./requirement.ts";

/** What counts of an item or of an order in a joint scenario, a grid entry, and a move of its expiry alone, USD. */
interface Pnl {
  readonly rows: ItemRows;
  readonly inJoint: (scenario: number) => number;
  readonly inGrid: (entry: number, column: number, weight: number) => number;
  readonly inOwn: (column: number) => number;
}

const ofItem = ({ rows, size }: BookItem): Pnl => ({
  rows,
  inJoint: (scenario) => size * (rows.joint[scenario] ?? 0),
  inGrid: (entry) => size * (rows.grid[entry] ?? 0),
  inOwn: (column) => size * (rows.residual[column] ?? 0),
});

const ofOrder = (order: BookOrder): Pnl => ({
  rows: order.rows,
  inJoint: (scenario) => Math.min(0, jointPnlUsd(order, scenario)),
  inGrid: (entry, column, weight) => Math.min(0, gridPnlUsd(order, entry, column, weight)),
  inOwn: (column) => Math.min(0, order.size * (order.rows.residual[column] ?? 0)),
});

/** P&L of each item in the measure that sets the initial requirement. Orders that fill against the account count as items. */
export function worstScenario(prepared: PreparedMarket, required: Requirement): WorstScenario | undefined {
  const { scaled, measures, book, riskInitialUsd } = required;
  const leading = scaled.find(({ initialUsd }) => initialUsd === riskInitialUsd);
  if (!leading || riskInitialUsd === 0) return undefined;
  const contributions = (pnlOf: (pnl: Pnl) => number): readonly Contribution[] => {
    const items = book.items.map((item) => ({ item: item.rows.item, pnlUsd: pnlOf(ofItem(item)) }));
    const orders = book.orders.map((order) => ({
      item: `order ${order.rows.item}`,
      pnlUsd: pnlOf(ofOrder(order)),
    }));
    return [...items, ...orders].filter(({ pnlUsd }) => pnlUsd !== 0);
  };
  if (leading.id === "expected-shortfall") {
    const { tail, expectedShortfallUsd } = measures.shortfallInitial;
    return {
      id: leading.id,
      label: `mean of the worst ${tail.length} filtered historical moves`,
      pnlUsd: -expectedShortfallUsd,
      contributions: contributions(({ inJoint }) =>
        tail.reduce((sum, { index, share }) => sum + share * inJoint(index), 0),
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
      contributions: contributions(({ inJoint }) => inJoint(index)),
    };
  }
  const { dependence, basis, skew } = measures;
  return {
    id: leading.id,
    label: `${dependence.label}${describeChoices(prepared, required)}`,
    pnlUsd: -leading.initialUsd,
    contributions: contributions(({ rows, inGrid, inOwn }) => {
      let pnl = 0;
      const choice = dependence.choices.find(({ underlying }) => underlying === rows.underlying);
      if (choice) {
        const { volOffsets, columns } = prepared.underlyings[rows.underlying]?.grid ?? {};
        const at = rows.isOption
          ? (volOffsets?.[choice.column] ?? 0) + (choice.volIndex.get(rows.slot) ?? 0)
          : choice.column;
        pnl += inGrid(at, choice.column, columns?.[choice.column]?.weight ?? 1) * choice.weight;
      }
      if (rows.slot === spotSlot) return pnl;
      for (const { underlying, slot, column } of [...basis, ...skew]) {
        if (underlying === rows.underlying && slot === rows.slot) pnl += inOwn(column);
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
