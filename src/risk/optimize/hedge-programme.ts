import { type Book } from "../portfolio-margin/book.ts";
import { type PreparedMarket } from "../portfolio-margin/prepare.ts";
import { assetPriceUsd, markOf, settlementAssetOf } from "../account-value.ts";
import { type Programme, ProgrammeBuilder, type Term } from "./programme.ts";
import { type AdjustableItem, addRequirement } from "./requirement-programme.ts";
import { contractsOf, type TradeCandidate, marginalCostUsd, totalCostUsd, tradeCost } from "./trade-costs.ts";

/** A programme that weighs a book's requirement against what hedges of it cost. */
export interface HedgeProgramme {
  readonly programme: Programme;
  /** Column of the requirement, USD. */
  readonly requirement: number;
  /** Row that holds the requirement at most at its upper bound. Unbounded as built. */
  readonly requirementRow: number;
  /** Costs from above, by which an answer is found that can pay for itself; and from below, by which no hedge does better. */
  readonly above: CostColumns;
  readonly below: CostColumns;
  /** Per candidate, the columns of what is bought and sold, contracts, and of both together, signed steps. */
  readonly trades: readonly {
    readonly buys: readonly number[];
    readonly sells: readonly number[];
    readonly lots: number;
  }[];
}

/** What all trades together cost. */
export interface CostColumns {
  /** Column of the cost, USD. */
  readonly cost: number;
  /** Row of requirement × earned share + cost × (1 + earned share), USD. Unbounded as built. */
  readonly payingRow: number;
}

/** Ends of the pieces that a convex cost is made of, shares of the most that may be traded. */
const pieces: readonly number[] = [
  0,
  1 / 65536,
  1 / 16384,
  1 / 4096,
  1 / 1024,
  1 / 256,
  1 / 64,
  1 / 16,
  1 / 4,
  1,
];

/** What items a book consists of, ready to be adjusted. */
export function adjustableItems(
  book: Book,
): Map<string, { -readonly [K in keyof AdjustableItem]: AdjustableItem[K] }> {
  return new Map(
    book.items.map(({ rows, size, balance }) => [
      rows.item,
      { rows, held: size, deposit: balance, terms: [] as readonly Term[] },
    ]),
  );
}

/**
 * Builds the programme of a book and the trades that may hedge it. Open orders are left out.
 *
 * @param earned - USD that one USD of freed capital earns.
 */
export function hedgeProgramme(
  prepared: PreparedMarket,
  book: Book,
  candidates: readonly TradeCandidate[],
  earned: number,
): HedgeProgramme {
  const { market, parameters } = prepared;
  const builder = new ProgrammeBuilder();
  const items = adjustableItems(book);
  const adjust = (id: string, rows: TradeCandidate["rows"], term: Term): void => {
    const item = items.get(id) ?? { rows, held: 0, deposit: 0, terms: [] };
    item.terms = [...item.terms, term];
    items.set(id, item);
  };
  const costTerms = { above: [] as Term[], below: [] as Term[] };
  const trades = candidates.map((candidate) => {
    const { instrument, rows, buyMax, sellMax } = candidate;
    const side = (sign: 1 | -1, most: number): number[] =>
      most <= 0
        ? []
        : pieces.slice(1).map((end, at) => {
            const from = pieces[at] ?? 0;
            const column = builder.column(0, (end - from) * most);
            // Costs are convex: over a piece they are below their chord, and above their slope where it begins.
            const cost = (share: number): number =>
              totalCostUsd(tradeCost(prepared, candidate, sign * share * most));
            costTerms.above.push([column, -(cost(end) - cost(from)) / ((end - from) * most)]);
            costTerms.below.push([column, -marginalCostUsd(prepared, candidate, sign * from * most)]);
            return column;
          });
    const buys = side(1, buyMax);
    const sells = side(-1, sellMax);
    const lots = builder.column();
    const lot = contractsOf(candidate, 1);
    builder.row(
      [[lots, lot], ...buys.map((column): Term => [column, -1]), ...sells.map((column): Term => [column, 1])],
      0,
      0,
    );
    adjust(instrument.id, rows, [lots, lot]);
    // Spot and options are paid for: at the mark here, so that equity stays as it is.
    if (instrument.kind === "option" || instrument.kind === "spot") {
      const asset = settlementAssetOf(instrument);
      const paid = asset === parameters.settlementAsset ? undefined : prepared.assetRow(asset);
      if (paid) adjust(asset, paid, [lots, -lot * instrument.contractSize * markOf(market, instrument)]);
    }
    return { buys, sells, lots };
  });
  const { requirement } = addRequirement(builder, prepared, [...items.values()]);
  const requirementRow = builder.row([[requirement, 1]], -Infinity);
  const costColumns = (terms: readonly Term[]): CostColumns => {
    const cost = builder.column(0);
    builder.row([[cost, 1], ...terms], 0, 0);
    const payingRow = builder.row(
      [
        [requirement, earned],
        [cost, 1 + earned],
      ],
      -Infinity,
    );
    return { cost, payingRow };
  };
  const above = costColumns(costTerms.above);
  const below = costColumns(costTerms.below);
  return { programme: builder.build(), requirement, requirementRow, above, below, trades };
}

/** Contracts of each candidate in an answer, signed. */
export function tradeSizes({ trades }: HedgeProgramme, x: Float64Array): readonly number[] {
  const sum = (columns: readonly number[]): number =>
    columns.reduce((total, column) => total + (x[column] ?? 0), 0);
  return trades.map(({ buys, sells }) => sum(buys) - sum(sells));
}

/** Units of its settlement asset that a cost takes. */
export const costInAsset = (prepared: PreparedMarket, candidate: TradeCandidate, usd: number): number =>
  usd / assetPriceUsd(prepared.market, settlementAssetOf(candidate.instrument));
