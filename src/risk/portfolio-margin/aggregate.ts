import { type Book } from "./book.ts";
import { residualColumns } from "./item-rows.ts";
import { type PreparedMarket } from "./prepare.ts";

/** One underlying's part of an account, summed over its items. USD; negative loses. */
export interface UnderlyingVectors {
  /** What has no volatility, one entry per grid column. */
  readonly deltaOne: Float64Array;
  /** Options by expiry, ascending: one entry per grid column and volatility. */
  readonly options: ReadonlyMap<number, Float64Array>;
  /** Own moves of each expiry by slot: `residualColumns`. */
  readonly residual: ReadonlyMap<number, Float64Array>;
}

/** An account's P&L in every scenario: Σ size × row. */
export interface BookVectors {
  /** By index of the underlying, ascending. */
  readonly underlyings: ReadonlyMap<number, UnderlyingVectors>;
  readonly joint: Float64Array;
  /** Multiple of USD that every product was rounded down to, a power of two. */
  readonly unitUsd: number;
}

/** Finest rounding unit of a product size × row, USD: 2^−20, under a micro-dollar. */
export const finestUnitUsd: number = 1 / 1_048_576;
/** Sums stay below this many units, so that they are exact whatever their order. */
const exactUnits = 4_503_599_627_370_496;

/**
 * The rounding unit of a book, equation (3b): 2^−20 USD, doubled until no sum can reach 2^52 units. It depends on the
 * book's largest product and its count alone, not on their order.
 */
export function roundingUnitUsd(largestProductUsd: number, count: number): number {
  let unit = finestUnitUsd;
  while ((largestProductUsd * Math.max(1, count)) / unit > exactUnits) unit *= 2;
  return unit;
}

/**
 * Sums a book's matrix rows. Products are rounded down to one unit first, so the sums are exact and no order of positions,
 * tiles or threads can change a bit. Down, because it favours the house and because ⌊a⌋ + ⌊b⌋ ≤ ⌊a + b⌋: splitting a book into
 * dust never helps. An order enters each scenario with its loss or not at all: the worst subset of
 * fills, scenario by scenario, equation (18).
 */
export function aggregate(prepared: PreparedMarket, book: Book): BookVectors {
  let largest = 0;
  for (const { rows, size } of book.items) largest = Math.max(largest, Math.abs(size) * rows.largest);
  for (const { rows, size, fillUsd } of book.orders) {
    largest = Math.max(largest, Math.abs(size) * rows.largest - fillUsd);
  }
  const unitUsd = roundingUnitUsd(Math.min(largest, 1e200), book.items.length + book.orders.length);
  const joint = new Float64Array(prepared.joint.length);
  const building = new Map<
    number,
    { deltaOne: Float64Array; options: Map<number, Float64Array>; residual: Map<number, Float64Array> }
  >();
  const vectorsOf = (index: number) => {
    const known = building.get(index);
    if (known) return known;
    const columns = prepared.underlyings[index]?.grid.columns.length ?? 0;
    const made = {
      deltaOne: new Float64Array(columns),
      options: new Map<number, Float64Array>(),
      residual: new Map<number, Float64Array>(),
    };
    building.set(index, made);
    return made;
  };
  const slotOf = (map: Map<number, Float64Array>, slot: number, length: number): Float64Array => {
    const known = map.get(slot);
    if (known) return known;
    const made = new Float64Array(length);
    map.set(slot, made);
    return made;
  };
  type Add = (target: Float64Array, row: Float64Array, size: number, extraUsd: number) => void;
  const addItem: Add = (target, row, size) => {
    const scale = size / unitUsd;
    for (let index = 0; index < row.length; index++) {
      target[index] = (target[index] ?? 0) + Math.floor(scale * (row[index] ?? 0));
    }
  };
  const addOrder: Add = (target, row, size, extraUsd) => {
    for (let index = 0; index < row.length; index++) {
      const pnl = Math.min(0, size * (row[index] ?? 0) + extraUsd);
      target[index] = (target[index] ?? 0) + Math.floor(pnl / unitUsd);
    }
  };
  const entries = [
    ...book.items.map(({ rows, size }) => ({ rows, size, extraUsd: 0, add: addItem })),
    ...book.orders.map(({ rows, size, fillUsd }) => ({ rows, size, extraUsd: fillUsd, add: addOrder })),
  ];
  for (const { rows, size, extraUsd, add } of entries) {
    add(joint, rows.joint, size, extraUsd);
    if (rows.underlying < 0) continue;
    const vectors = vectorsOf(rows.underlying);
    if (rows.isOption) {
      add(slotOf(vectors.options, rows.slot, rows.grid.length), rows.grid, size, extraUsd);
    } else {
      add(vectors.deltaOne, rows.grid, size, extraUsd);
    }
    add(slotOf(vectors.residual, rows.slot, residualColumns.count), rows.residual, size, 0);
  }
  const scaled = (row: Float64Array): Float64Array => {
    for (let index = 0; index < row.length; index++) row[index] = (row[index] ?? 0) * unitUsd;
    return row;
  };
  const scaledMap = (map: Map<number, Float64Array>): Map<number, Float64Array> =>
    new Map([...map].sort(([a], [b]) => a - b).map(([slot, row]) => [slot, scaled(row)]));
  const underlyings = new Map(
    [...building]
      .sort(([a], [b]) => a - b)
      .map(([index, { deltaOne, options, residual }]): [number, UnderlyingVectors] => [
        index,
        { deltaOne: scaled(deltaOne), options: scaledMap(options), residual: scaledMap(residual) },
      ]),
  );
  return { underlyings, joint: scaled(joint), unitUsd };
}
