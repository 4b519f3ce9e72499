import { type Book, type BookItem, type BookOrder } from "./book.ts";
import { type ItemRows, residualColumns } from "./item-rows.ts";
import { type PreparedMarket } from "./prepare.ts";
import { type StressMeasure } from "./risk-measures.ts";
import { stressLossWithoutUsd } from "./stress-bound.ts";

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

const unitOf = ({ underlyings }: PreparedMarket, { items, orders }: Book): number => {
  const smallestWeight = underlyings.reduce((least, { grid }) => Math.min(least, grid.smallestWeight), 1);
  let largest = 0;
  for (const { rows, size } of items) largest = Math.max(largest, Math.abs(size) * rows.largest);
  for (const { rows, size, fillUsd, paid } of orders) {
    const paidUsd = paid ? Math.abs(paid.size) * paid.rows.largest : 0;
    largest = Math.max(largest, Math.abs(size) * rows.largest - fillUsd / smallestWeight + paidUsd);
  }
  return roundingUnitUsd(Math.min(largest, 1e200), items.length + orders.length);
};

/** Adds the rounded products of an item, in units, to the sums of a row. Most of the time is spent here: four at a time. */
function addItem(sums: Float64Array, row: Float64Array, sizePerUnit: number): void {
  const { length } = row;
  let at = 0;
  for (; at + 3 < length; at += 4) {
    const first = Math.floor(sizePerUnit * (row[at] ?? 0));
    const second = Math.floor(sizePerUnit * (row[at + 1] ?? 0));
    const third = Math.floor(sizePerUnit * (row[at + 2] ?? 0));
    const fourth = Math.floor(sizePerUnit * (row[at + 3] ?? 0));
    sums[at] = (sums[at] ?? 0) + first;
    sums[at + 1] = (sums[at + 1] ?? 0) + second;
    sums[at + 2] = (sums[at + 2] ?? 0) + third;
    sums[at + 3] = (sums[at + 3] ?? 0) + fourth;
  }
  for (; at < length; at++) sums[at] = (sums[at] ?? 0) + Math.floor(sizePerUnit * (row[at] ?? 0));
}

/** Adds what an order loses if it fills, in units. */
function addOrder(sums: Float64Array, pnlOf: (index: number) => number, unitUsd: number): void {
  for (let index = 0; index < sums.length; index++) {
    sums[index] = (sums[index] ?? 0) + Math.floor(Math.min(0, pnlOf(index)) / unitUsd);
  }
}

/** P&L of an order's fill in a joint scenario, USD. */
export const jointPnlUsd = ({ rows, size, fillUsd, paid }: BookOrder, scenario: number): number =>
  size * (rows.joint[scenario] ?? 0) + fillUsd + (paid ? paid.size * (paid.rows.joint[scenario] ?? 0) : 0);

/**
 * P&L of an order's fill in an entry of its grid row, which lies in a column of a weight, USD, before the weight: what the
 * limit price loses at once is not damped.
 */
export const gridPnlUsd = (
  { rows, size, fillUsd, paid }: BookOrder,
  entry: number,
  column: number,
  weight: number,
): number =>
  size * (rows.grid[entry] ?? 0) +
  (weight > 0 ? fillUsd / weight : 0) +
  (paid ? paid.size * (paid.rows.grid[column] ?? 0) : 0);

/** Hands out zeroed rows of shared memory: a book has dozens, and memory of its own for each would cost more than the sums. */
type TakeRow = (length: number) => Float64Array;

function rowPool(): TakeRow {
  let pool = new Float64Array(poolLength);
  let used = 0;
  return (length) => {
    if (used + length > pool.length) {
      pool = new Float64Array(Math.max(poolLength, length));
      used = 0;
    }
    used += length;
    return pool.subarray(used - length, used);
  };
}

const poolLength = 2048;

interface BuildingVectors {
  readonly deltaOne: Float64Array;
  readonly options: Map<number, Float64Array>;
  readonly residual: Map<number, Float64Array>;
}

function slotOf(
  map: Map<number, Float64Array>,
  slot: number,
  length: number,
  takeRow: TakeRow,
): Float64Array {
  const known = map.get(slot);
  if (known) return known;
  const made = takeRow(length);
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
  const unitUsd = unitOf(prepared, book);
  const takeRow = rowPool();
  const joint = takeRow(prepared.joint.length);
  for (const { rows, size } of book.items) addItem(joint, rows.joint, size / unitUsd);
  for (const order of book.orders) addOrder(joint, (scenario) => jointPnlUsd(order, scenario), unitUsd);
  const underlyings = underlyingVectors(prepared, book, unitUsd, takeRow);
  return { underlyings, joint: toUsd(joint, unitUsd), unitUsd };
}

function underlyingVectors(
  prepared: PreparedMarket,
  { items, orders }: Book,
  unitUsd: number,
  takeRow: TakeRow,
  wanted?: ReadonlySet<number>,
): ReadonlyMap<number, UnderlyingVectors> {
  const building = new Map<number, BuildingVectors>();
  /** The sums that an item's grid and residual rows belong to. */
  const sumsFor = ({ underlying, isOption, slot, grid }: ItemRows): [Float64Array, Float64Array] => {
    let vectors = building.get(underlying);
    if (!vectors) {
      const columns = prepared.underlyings[underlying]?.grid.columns.length ?? 0;
      vectors = { deltaOne: takeRow(columns), options: new Map(), residual: new Map() };
      building.set(underlying, vectors);
    }
    return [
      isOption ? slotOf(vectors.options, slot, grid.length, takeRow) : vectors.deltaOne,
      slotOf(vectors.residual, slot, residualColumns.count, takeRow),
    ];
  };
  for (const { rows, size } of items) {
    if (rows.underlying < 0 || wanted?.has(rows.underlying) === false) continue;
    const [grid, residual] = sumsFor(rows);
    addItem(grid, rows.grid, size / unitUsd);
    addItem(residual, rows.residual, size / unitUsd);
  }
  for (const order of orders) {
    const { rows, size } = order;
    if (rows.underlying < 0 || wanted?.has(rows.underlying) === false) continue;
    const [grid, residual] = sumsFor(rows);
    const stress = prepared.underlyings[rows.underlying]?.grid;
    const inGrid = (entry: number): number => {
      const column = rows.isOption ? (stress?.columnOf[entry] ?? 0) : entry;
      return gridPnlUsd(order, entry, column, stress?.columns[column]?.weight ?? 1);
    };
    addOrder(grid, inGrid, unitUsd);
    addOrder(residual, (column) => size * (rows.residual[column] ?? 0), unitUsd);
  }
  const slotsToUsd = (map: Map<number, Float64Array>): Map<number, Float64Array> => {
    for (const row of map.values()) toUsd(row, unitUsd);
    return map.size > 1 ? new Map(byKey(map)) : map;
  };
  return new Map(
    byKey(building).map(([index, { deltaOne, options, residual }]): [number, UnderlyingVectors] => [
      index,
      {
        deltaOne: toUsd(deltaOne, unitUsd),
        options: slotsToUsd(options),
        residual: slotsToUsd(residual),
      },
    ]),
  );
}

/** A book's sums, as far as they are asked for. */
export interface BookSums {
  /** Joint stress scenarios, USD. */
  readonly jointStress: () => Float64Array;
  /** A lower bound of the loss in the stress measure, USD. */
  readonly stressLossAtLeastUsd: () => number;
  readonly underlyings: () => ReadonlyMap<number, UnderlyingVectors>;
  /** Historical scenarios, USD. */
  readonly historical: () => Float64Array;
}

/** The sums of {@link aggregate}. */
export const sumsOf = (
  { historicalCount }: PreparedMarket,
  { joint, underlyings }: BookVectors,
): BookSums => ({
  jointStress: () => joint.subarray(historicalCount),
  stressLossAtLeastUsd: () => 0,
  underlyings: () => underlyings,
  historical: () => joint.subarray(0, historicalCount),
});

/** Columns `from` to `to` of the joint scenarios without some items, USD. */
function jointWithout(
  { joint, unitUsd }: BookVectors,
  removed: readonly BookItem[],
  from: number,
  to: number,
): Float64Array {
  const sums = joint.slice(from, to);
  for (const { rows, size } of removed) {
    const sizePerUnit = size / unitUsd;
    for (let index = from; index < to; index++) {
      sums[index - from] =
        (sums[index - from] ?? 0) - Math.floor(sizePerUnit * (rows.joint[index] ?? 0)) * unitUsd;
    }
  }
  return sums;
}

/**
 * The sums of a book without some of its items: those of {@link aggregate}, to the last bit. Sums are exact, so what was added
 * can be taken away again, and underlyings that nothing was taken from stay as they are.
 *
 * @param stress - the stress measure of the whole book.
 */
export function sumsWithout(
  prepared: PreparedMarket,
  vectors: BookVectors,
  stress: StressMeasure,
  removed: readonly BookItem[],
  rest: Book,
): BookSums {
  const { unitUsd } = vectors;
  // A smaller book may be rounded more finely.
  if (unitOf(prepared, rest) !== unitUsd) return sumsOf(prepared, aggregate(prepared, rest));
  const { historicalCount, joint } = prepared;
  return {
    jointStress: () => jointWithout(vectors, removed, historicalCount, joint.length),
    stressLossAtLeastUsd: () => stressLossWithoutUsd(prepared, stress, removed, unitUsd),
    underlyings: () => {
      const touched = new Set(removed.map(({ rows }) => rows.underlying));
      const again = underlyingVectors(prepared, rest, unitUsd, rowPool(), touched);
      const underlyings = new Map<number, UnderlyingVectors>();
      for (const [index, known] of vectors.underlyings) {
        const sums = touched.has(index) ? again.get(index) : known;
        if (sums) underlyings.set(index, sums);
      }
      return underlyings;
    },
    historical: () => jointWithout(vectors, removed, 0, historicalCount),
  };
}
