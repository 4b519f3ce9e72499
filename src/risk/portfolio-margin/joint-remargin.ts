import { type Portfolio } from "../../market/index.ts";
import { observationCount, tailMass } from "../measures.ts";
import { type LotBook } from "../remargin/book.ts";
import { exactMax, type LotMatrix, quantiseMatrix } from "../remargin/matrix.ts";
import { remargin } from "../remargin/remargin.ts";
import { roundingUnitUsd } from "./aggregate.ts";
import { type Book, bookOf } from "./book.ts";
import { type ItemRows } from "./item-rows.ts";
import { type PreparedMarket } from "./prepare.ts";

/** Balances and positions of many accounts as whole lots over the joint scenarios: what the re-margin kernel works on. */
export interface JointLots {
  readonly book: LotBook;
  /** Historical scenarios, then joint stress. Rows are items, each once per denomination. */
  readonly matrix: LotMatrix;
  /**
   * Per account, the most by which a scenario sum of the lots can differ from the one that the margin is made from, USD. The
   * kernel rounds each lot to the nearest unit, the margin each position down to a multiple of 2^−20 USD or coarser.
   */
  readonly errorUsd: Float64Array;
}

/** Fraction digits that sizes are cut to: beyond every size step in use. */
const fractionDigits = 9;
/** Lots of one row that the next larger denomination replaces. */
const base = 1000;
/** Sizes count in fewer smallest lots than this, so that the count is exact. */
const countMax = 1e15;
/** The kernel's unit, USD, unless accounts are too large for it: 2^−36. */
const finestLotUnitUsd = 1 / 68_719_476_736;
/** Relative noise of float64 products and sums. */
const noise = 1e-14;

/** An item's rows in the lot matrix: one per denomination in use, from 10^−digits units upwards, each `base` times the last. */
interface Denominations {
  readonly rows: ItemRows;
  readonly perUnit: number;
  /** Matrix row by denomination; none where no account needs it. */
  readonly matrixRows: (number | undefined)[];
}

/** `count` in balanced digits of `base`: the fewer lots, the less rounding. */
function digitsOf(count: number): number[] {
  const digits: number[] = [];
  for (let left = count; left !== 0;) {
    const digit = left - base * Math.round(left / base);
    digits.push(digit);
    left = (left - digit) / base;
  }
  return digits;
}

function denominationsOf(books: readonly Book[]): Map<ItemRows, Denominations> {
  const largest = new Map<ItemRows, number>();
  for (const { items } of books) {
    for (const { rows, size } of items) largest.set(rows, Math.max(largest.get(rows) ?? 0, Math.abs(size)));
  }
  const found = new Map<ItemRows, Denominations>();
  for (const [rows, size] of largest) {
    let perUnit = 1;
    for (let digit = 0; digit < fractionDigits && size * perUnit * 10 < countMax; digit++) perUnit *= 10;
    found.set(rows, { rows, perUnit, matrixRows: [] });
  }
  return found;
}

/** Tails of the two levels of equation (9), in moves by weight: the maintenance tail is the longer. */
const tailsOf = ({
  historicalWeights,
  parameters,
}: PreparedMarket): { initial: number; maintenance: number } => {
  const count = observationCount({ pnlUsd: historicalWeights, weights: historicalWeights });
  const { initialLevel, maintenanceLevel } = parameters.shortfall;
  return { initial: tailMass(count, initialLevel), maintenance: tailMass(count, maintenanceLevel) };
};

/**
 * Packs the books of many portfolios, as the margin sees them: unrealised profit is part of the balance that it is paid in,
 * the settlement currency's own is left out, and so are open orders. Sizes are split into denominations, like sums of
 * money into notes and coins: large lots carry little rounding, small ones make up what is left. Rounded to 9 fraction
 * digits.
 *
 * @param portfolios - sizes below 10^15; larger ones belong to no market.
 * @throws {PlimsollError} `PLM_OVERFLOW` for sizes and prices beyond what the kernel can count.
 */
export function jointLots(prepared: PreparedMarket, portfolios: readonly Portfolio[]): JointLots {
  const books = portfolios.map((portfolio) => bookOf(portfolio, prepared).book);
  const denominations = denominationsOf(books);
  let rowCount = 0;
  const starts = new Uint32Array(books.length + 1);
  const instruments: number[] = [];
  const lots: number[] = [];
  const errorUsd = new Float64Array(books.length);
  const lotsGross = new Float64Array(books.length);
  let lotsGrossMax = 0;
  let grossMaxUsd = 0;
  for (const [account, { items }] of books.entries()) {
    let gross = 0;
    let lotsUsd = 0;
    let largest = 0;
    let cut = 0;
    let lotCount = 0;
    for (const { rows, size } of items) {
      const own = denominations.get(rows);
      if (!own) continue;
      const count = Math.round(size * own.perUnit);
      let lotUnits = 1 / own.perUnit;
      for (const [level, digit] of digitsOf(count).entries()) {
        if (digit !== 0) {
          instruments.push((own.matrixRows[level] ??= rowCount++));
          lots.push(digit);
          lotCount += Math.abs(digit);
          lotsUsd += Math.abs(digit) * lotUnits * rows.largest;
        }
        lotUnits *= base;
      }
      cut += Math.abs(size - count / own.perUnit) * rows.largest;
      const product = Math.abs(size) * rows.largest;
      largest = Math.max(largest, product);
      gross += product;
    }
    starts[account + 1] = lots.length;
    lotsGross[account] = lotCount;
    lotsGrossMax = Math.max(lotsGrossMax, lotCount);
    grossMaxUsd = Math.max(grossMaxUsd, lotsUsd);
    // The margin's own rounding, and the float64 noise of products and of lots.
    errorUsd[account] = cut + items.length * roundingUnitUsd(largest, items.length) + gross * noise;
  }
  // The kernel adds up as many scenario sums as the longest tail has moves. A tenth is left for rounding.
  const terms = Math.floor(tailsOf(prepared).maintenance) + 1;
  const sumMax = Math.max(1, (0.9 * exactMax) / terms - lotsGrossMax);
  let unitUsd = finestLotUnitUsd;
  while (Math.min(grossMaxUsd, 1e200) / unitUsd > sumMax) unitUsd *= 2;
  for (const [account, count] of lotsGross.entries()) {
    errorUsd[account] = (errorUsd[account] ?? 0) + (count * unitUsd) / 2;
  }

  const scenarioCount = prepared.joint.length;
  const pnlUsd = new Float64Array(rowCount * scenarioCount);
  const lotContracts = new Float64Array(rowCount);
  for (const { rows, perUnit, matrixRows } of denominations.values()) {
    let lot = 1;
    for (let level = 0; level < matrixRows.length; level++, lot *= base) {
      const row = matrixRows[level];
      if (row === undefined) continue;
      pnlUsd.set(rows.joint, row * scenarioCount);
      lotContracts[row] = lot / perUnit;
    }
  }
  return {
    book: {
      accountCount: books.length,
      starts,
      instruments: Uint32Array.from(instruments),
      lots: Float64Array.from(lots),
    },
    matrix: quantiseMatrix({ instrumentCount: rowCount, scenarioCount, pnlUsd }, { unitUsd, lotContracts }),
    errorUsd,
  };
}

/** Measures of many accounts over the joint scenarios. USD. */
export interface JointMeasures {
  /** Expected Shortfall at the initial and the maintenance level, equation (9); 0 without a history. */
  readonly shortfallInitialUsd: Float64Array;
  readonly shortfallMaintenanceUsd: Float64Array;
  /** Change of value in the worst joint stress scenario, equation (15); negative loses. */
  readonly worstStressUsd: Float64Array;
  /** The most by which any of these differs from the margin's own measure of the account: {@link JointLots.errorUsd}. */
  readonly errorUsd: Float64Array;
}

/** Expected Shortfall and worst joint stress of many portfolios by the re-margin kernel. */
export function remarginJoint(prepared: PreparedMarket, portfolios: readonly Portfolio[]): JointMeasures {
  const { book, matrix, errorUsd } = jointLots(prepared, portfolios);
  const { historicalCount, historicalWeights } = prepared;
  const none = (): Float64Array => new Float64Array(portfolios.length);
  // Without anything held there is nothing to re-margin.
  if (matrix.instrumentCount === 0) {
    return { shortfallInitialUsd: none(), shortfallMaintenanceUsd: none(), worstStressUsd: none(), errorUsd };
  }
  const { initial, maintenance } = tailsOf(prepared);
  const engine = remargin(
    book,
    matrix,
    historicalCount > 0
      ? { tail: maintenance, distributionCount: historicalCount, weights: historicalWeights }
      : {},
  );
  // From zero, so that nothing lost is not a loss of −0.
  const lossUsd = (units: number): number => 0 - units * matrix.unitUsd;
  return {
    shortfallInitialUsd: historicalCount > 0 ? engine.expectedShortfallOf(initial).map(lossUsd) : none(),
    shortfallMaintenanceUsd: historicalCount > 0 ? engine.expectedShortfall().map(lossUsd) : none(),
    worstStressUsd:
      matrix.scenarioCount > historicalCount ? engine.worst().map((units) => units * matrix.unitUsd) : none(),
    errorUsd,
  };
}
