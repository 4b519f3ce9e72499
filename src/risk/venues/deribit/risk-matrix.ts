import { type BookLine, daysToExpiry } from "../shared/book-lines.ts";
import { type DeribitCurrency, type DeribitPair, type DeribitSheet } from "./parameters.ts";
import { dampenExtendedPnl, mainTableMoves, offsetPnl, scaleExtendedPnl } from "./scenario-vectors.ts";
import { decayedDelta } from "./settlement-decay.ts";
import { shockedVolatility } from "./volatility-shock.ts";
import { groupBy } from "../shared/group-by.ts";

/** One column of the risk matrix. Columns agree between underlyings, whatever their ranges. */
export interface Column {
  readonly id: string;
  /** Share of the range for the main table; the move itself for the extended one. */
  readonly step: number;
  readonly vol: "down" | "same" | "up";
  readonly table: "main" | "extended";
}

const minutesPerYear = 525_600;

/** A move for a label, `+16%`. */
export const percent = (move: number): string => {
  const rounded = Math.round(move * 1e4) / 100;
  return `${rounded > 0 ? "+" : ""}${rounded}%`;
};

const signWord = (value: number): string => (value < 0 ? "minus" : "plus");

/** The main table's buckets × volatility down, same, up; then the extended moves with volatility up. */
export function columnsOf(sheet: DeribitSheet): readonly Column[] {
  const steps = mainTableMoves(1, sheet.bucketsPerSide);
  const main = steps.flatMap((step, at) => {
    const bucket = Math.abs(at - sheet.bucketsPerSide);
    const name = bucket === 0 ? "0" : `${signWord(step)}-${bucket}`;
    return (["down", "same", "up"] as const).map((vol): Column => ({
      id: `main-${name}-vol-${vol}`,
      step,
      vol,
      table: "main",
    }));
  });
  const extended = sheet.extendedMoves.map((step): Column => {
    const id = `extended-${signWord(step)}-${Math.round(Math.abs(step) * 1e4) / 100}`;
    return { id, step, vol: "up", table: "extended" };
  });
  return [...main, ...extended];
}

/** The contracts on one underlying that settle in one currency: one vector of the venue's, such as `btc_btc`. */
export interface RiskMatrix {
  readonly pair: DeribitPair;
  readonly currency: DeribitCurrency;
  readonly lines: readonly BookLine[];
  /** [line][column], before aggregation. US dollars: coin profits are margined in coin, converted at today's index. */
  readonly profits: readonly (readonly number[])[];
  /** Per column, damped, before the offset. */
  readonly totals: readonly number[];
  /** Per column: the total after damping over the one before. */
  readonly damping: readonly number[];
}

/** Share of a contract's price that the settlement average has not fixed yet. */
function unfixedShare({ instrument, expiryYears }: BookLine, windowMinutes: number): number {
  if (!("expiryMs" in instrument) || windowMinutes <= 0) return 1;
  return decayedDelta(1, windowMinutes - expiryYears * minutesPerYear, windowMinutes);
}

/** A contract's profit in every column. */
function lineProfits(
  line: BookLine,
  columns: readonly Column[],
  pair: DeribitPair,
  sheet: DeribitSheet,
): readonly number[] {
  const { priceRange } = pair;
  const { up, down } = shockedVolatility(line.vol, daysToExpiry(line), {
    up: pair.volUp,
    down: pair.volDown,
    minimumUp: pair.minVolUp,
    shortPower: sheet.shortVegaPower,
    longPower: sheet.longVegaPower,
  });
  const vols = { down, same: line.vol, up };
  const isOption = line.instrument.kind === "option";
  const inCoin = line.instrument.settlement === "inverse";
  const unit = line.settleUsd * unfixedShare(line, sheet.settlementWindowMinutes);
  return columns.map(({ step, vol, table }) => {
    if (table === "main") return line.settled({ spot: step * priceRange, vol: vols[vol] }) * unit;
    if (!isOption) return line.settled({ spot: Math.sign(step) * priceRange }) * unit;
    const extreme = line.settled({ spot: step, vol: vols[vol] });
    return scaleExtendedPnl(extreme, step, priceRange, inCoin) * unit * pair.extendedTableFactor;
  });
}

/** Revalues the contracts of one underlying and settlement currency in every column. */
export function riskMatrix(
  lines: readonly BookLine[],
  columns: readonly Column[],
  pair: DeribitPair,
  currency: DeribitCurrency,
  sheet: DeribitSheet,
): RiskMatrix {
  const profits = lines.map((line) => lineProfits(line, columns, pair, sheet));
  const raw = columns.map((_, at) => profits.reduce((sum, row) => sum + (row[at] ?? 0), 0));
  const totals = raw.map((pnl, at) => {
    const column = columns[at];
    return column?.table === "extended"
      ? dampenExtendedPnl(pnl, column.step, pair.priceRange, currency.extendedDampenerUsd)
      : pnl;
  });
  const damping = totals.map((total, at) => (raw[at] === 0 ? 0 : total / (raw[at] ?? 1)));
  return { pair, currency, lines, profits, totals, damping };
}

/** What a matrix's profit in a column counts for together with others. */
export const offsetTotal = ({ currency, totals }: RiskMatrix, at: number): number =>
  offsetPnl(totals[at] ?? 0, currency.pnlOffset, currency.maxOffsetablePnlUsd);

/**
 * Matrices that move through the same column together: those on one underlying, and those of the correlated set with all on
 * their underlyings. Each group has its own worst column; their losses add up.
 */
export function movingTogether(matrices: readonly RiskMatrix[]): readonly (readonly RiskMatrix[])[] {
  const correlated = new Set(
    matrices.filter(({ currency }) => currency.correlationSet).map(({ pair }) => pair.underlying),
  );
  const groups = groupBy(matrices, ({ pair }) => (correlated.has(pair.underlying) ? "" : pair.underlying));
  return [...groups.values()];
}

/** The first of the columns in which a group loses most, and what it makes there. */
export function worstColumn(
  group: readonly RiskMatrix[],
  columns: readonly Column[],
): { readonly at: number; readonly pnl: number } {
  let worst = { at: 0, pnl: Infinity };
  columns.forEach((_, at) => {
    const pnl = group.reduce((sum, matrix) => sum + offsetTotal(matrix, at), 0);
    if (pnl < worst.pnl) worst = { at, pnl };
  });
  return worst;
}

/** A column in words: `price -16%, volatility up`. */
export function columnLabel(column: Column | undefined, pairs: readonly DeribitPair[]): string {
  if (!column) return "no scenario";
  const ranges = [...new Set(pairs.map(({ priceRange }) => priceRange))];
  const moves = column.table === "extended" ? [column.step] : ranges.map((range) => column.step * range);
  const shown = [...new Set(moves.map(percent))].join(" / ");
  return `price ${shown}, volatility ${column.vol}${column.table === "extended" ? ", extended table" : ""}`;
}
