import { type Book, type BookItem } from "./book.ts";
import { type ItemRows, residualColumns } from "./item-rows.ts";
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

const unitOf = ({ items, orders }: Book): number => {
  let largest = 0;
  for (const { rows, size } of items) largest = Math.max(largest, Math.abs(size) * rows.largest);
  for (const { rows, size, fillUsd } of orders) {
    largest = Math.max(largest, Math.abs(size) * rows.largest - fillUsd);
  }
  return roundingUnitUsd(Math.min(largest, 1e200), items.length + orders.length);
};

/** Adds the rounded products of an item, in units, to the sums of a row. */
function addItem(sums: Float64Array, row: Float64Array, sizePerUnit: number): void {
  for (let index = 0; index < row.length; index++) {
    sums[index] = (sums[index] ?? 0) + Math.floor(sizePerUnit * (row[index] ?? 0));
  }
}

/** Adds what an order loses if it fills, in units. */
function addOrder(
  sums: Float64Array,
  row: Float64Array,
  size: number,
  fillUsd: number,
  unitUsd: number,
): void {
  for (let index = 0; index < row.length; index++) {
    const pnl = Math.min(0, size * (row[index] ?? 0) + fillUsd);
    sums[index] = (sums[index] ?? 0) + Math.floor(pnl / unitUsd);
  }
}

/** Takes an item out of sums that are in USD already. */
function removeItem(
  sumsUsd: Float64Array | undefined,
  row: Float64Array,
  size: number,
  unitUsd: number,
): void {
  if (!sumsUsd) return;
  const sizePerUnit = size / unitUsd;
  for (let index = 0; index < row.length; index++) {
    sumsUsd[index] = (sumsUsd[index] ?? 0) - Math.floor(sizePerUnit * (row[index] ?? 0)) * unitUsd;
  }
}

interface BuildingVectors {
  readonly deltaOne: Float64Array;
  readonly options: Map<number, Float64Array>;
  readonly residual: Map<number, Float64Array>;
}

function slotOf(map: Map<number, Float64Array>, slot: number, length: number): Float64Array {
  const known = map.get(slot);
  if (known) return known;
  const made = new Float64Array(length);
  map.set(slot, made);
  return made;
}

function toUsd(row: Float64Array, unitUsd: number): Float64Array {
  for (let index = 0; index < row.length; index++) row[index] = (row[index] ?? 0) * unitUsd;
  return row;
}

const byKey = <T>(map: ReadonlyMap<number, T>): [number, T][] => [...map].sort(([a], [b]) => a - b);

/**
 * Sums a book's matrix rows. Products are rounded down to one unit first, so the sums are exact and no order of positions,
 * tiles or threads can change a bit. Down, because it favours the house and because ⌊a⌋ + ⌊b⌋ ≤ ⌊a + b⌋: splitting a book into
 * dust never helps. An order enters each scenario with its loss or not at all: the worst subset of
 * fills, scenario by scenario, equation (18).
 */
export function aggregate(prepared: PreparedMarket, book: Book): BookVectors {
  const unitUsd = unitOf(book);
  const joint = new Float64Array(prepared.joint.length);
  const building = new Map<number, BuildingVectors>();
  /** The sums that an item's grid and residual rows belong to. */
  const sumsOf = ({ underlying, isOption, slot, grid }: ItemRows): [Float64Array, Float64Array] => {
    let vectors = building.get(underlying);
    if (!vectors) {
      const columns = prepared.underlyings[underlying]?.grid.columns.length ?? 0;
      vectors = { deltaOne: new Float64Array(columns), options: new Map(), residual: new Map() };
      building.set(underlying, vectors);
    }
    return [
      isOption ? slotOf(vectors.options, slot, grid.length) : vectors.deltaOne,
      slotOf(vectors.residual, slot, residualColumns.count),
    ];
  };
  for (const { rows, size } of book.items) {
    const sizePerUnit = size / unitUsd;
    addItem(joint, rows.joint, sizePerUnit);
    if (rows.underlying < 0) continue;
    const [grid, residual] = sumsOf(rows);
    addItem(grid, rows.grid, sizePerUnit);
    addItem(residual, rows.residual, sizePerUnit);
  }
  for (const { rows, size, fillUsd } of book.orders) {
    addOrder(joint, rows.joint, size, fillUsd, unitUsd);
    if (rows.underlying < 0) continue;
    const [grid, residual] = sumsOf(rows);
    addOrder(grid, rows.grid, size, fillUsd, unitUsd);
    addOrder(residual, rows.residual, size, 0, unitUsd);
  }
  const slotsToUsd = (map: Map<number, Float64Array>): Map<number, Float64Array> => {
    for (const row of map.values()) toUsd(row, unitUsd);
    return map.size > 1 ? new Map(byKey(map)) : map;
  };
  const underlyings = new Map(
    byKey(building).map(([index, { deltaOne, options, residual }]): [number, UnderlyingVectors] => [
      index,
      {
        deltaOne: toUsd(deltaOne, unitUsd),
        options: slotsToUsd(options),
        residual: slotsToUsd(residual),
      },
    ]),
  );
  return { underlyings, joint: toUsd(joint, unitUsd), unitUsd };
}

const copyOf = (map: ReadonlyMap<number, Float64Array>): Map<number, Float64Array> =>
  new Map([...map].map(([slot, row]) => [slot, row.slice()]));

/**
 * The sums of a book without some of its items: those of {@link aggregate}, to the last bit, but that slots and underlyings
 * which nothing is left of stay, all zero. Sums are exact, so what was added can be taken away again.
 */
export function aggregateWithout(
  prepared: PreparedMarket,
  vectors: BookVectors,
  removed: readonly BookItem[],
  rest: Book,
): BookVectors {
  const { unitUsd } = vectors;
  // A smaller book may be rounded more finely.
  if (rest.items.length <= removed.length || unitOf(rest) !== unitUsd) return aggregate(prepared, rest);
  const joint = vectors.joint.slice();
  const underlyings = new Map(vectors.underlyings);
  const copied = new Set<number>();
  for (const { rows, size } of removed) {
    removeItem(joint, rows.joint, size, unitUsd);
    const known = underlyings.get(rows.underlying);
    if (!known) continue;
    if (!copied.has(rows.underlying)) {
      copied.add(rows.underlying);
      underlyings.set(rows.underlying, {
        deltaOne: known.deltaOne.slice(),
        options: copyOf(known.options),
        residual: copyOf(known.residual),
      });
    }
    const own = underlyings.get(rows.underlying);
    removeItem(rows.isOption ? own?.options.get(rows.slot) : own?.deltaOne, rows.grid, size, unitUsd);
    removeItem(own?.residual.get(rows.slot), rows.residual, size, unitUsd);
  }
  return { underlyings, joint, unitUsd };
}
