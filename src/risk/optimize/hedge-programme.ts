import { type Book } from "../portfolio-margin/book.ts";
import { type PreparedMarket } from "../portfolio-margin/prepare.ts";
import { assetPriceUsd, markOf, settlementAssetOf } from "../account-value.ts";
import { type Programme, ProgrammeBuilder, type Term } from "./programme.ts";
import { type AdjustableItem, addRequirement } from "./requirement-programme.ts";
import { contractsOf, marginalCostUsd, type TradeCandidate, tradeCost } from "./trade-costs.ts";

/** A programme that weighs a book's requirement against what hedges of it cost. */
export interface HedgeProgramme {
  readonly programme: Programme;
  /** Column of the requirement, USD. */
  readonly requirement: number;
  /** Row that holds the requirement at most at its upper bound. Unbounded as built. */
  readonly requirementRow: number;
  /** Column of the cost, USD: from below, until {@link impactCuts} have made it true. */
  readonly cost: number;
  /** Row of requirement × earned share + cost × (1 + earned share), USD. Unbounded as built. */
  readonly payingRow: number;
  /** Per candidate, its sides that may be traded, and the column of its signed steps. */
  readonly trades: readonly { readonly sides: readonly TradeSide[]; readonly lots: number }[];
}

/** One side of a trade. */
export interface TradeSide {
  /** 1 buys, −1 sells. */
  readonly sign: 1 | -1;
  /** Column of contracts, ≥ 0, and the most of them. */
  readonly size: number;
  readonly most: number;
  /** Column of their price impact, USD. */
  readonly impact: number;
}

/** Shares of the most that may be traded at which price impact has its first tangents. */
const firstTangents: readonly number[] = [1 / 65_536, 1 / 4_096, 1 / 256, 1 / 16];

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
  const cost = builder.column(0);
  const costs: Term[] = [[cost, 1]];
  const trades = candidates.map((candidate) => {
    const { instrument, rows, buyMax, sellMax } = candidate;
    const sides = ([1, -1] as const).flatMap((sign): TradeSide[] => {
      const most = sign > 0 ? buyMax : sellMax;
      if (most <= 0) return [];
      const size = builder.column(0, most);
      const impact = builder.column(0);
      // Spread and fee are linear; what the first contract costs has no impact in it.
      costs.push([size, -marginalCostUsd(prepared, candidate, sign, 0)], [impact, -1]);
      const side = { sign, size, most, impact };
      for (const share of firstTangents) {
        const cut = tangent(prepared, candidate, side, share * most);
        builder.row(cut.terms, cut.lower);
      }
      return [side];
    });
    const lots = builder.column();
    const lot = contractsOf(candidate, 1);
    builder.row([[lots, lot], ...sides.map(({ sign, size }): Term => [size, -sign])], 0, 0);
    adjust(instrument.id, rows, [lots, lot]);
    // Spot and options are paid for: at the mark here, so that equity stays as it is.
    if (instrument.kind === "option" || instrument.kind === "spot") {
      const asset = settlementAssetOf(instrument);
      const paid = asset === parameters.settlementAsset ? undefined : prepared.assetRow(asset);
      if (paid) adjust(asset, paid, [lots, -lot * instrument.contractSize * markOf(market, instrument)]);
    }
    return { sides, lots };
  });
  const { requirement } = addRequirement(builder, prepared, [...items.values()]);
  const requirementRow = builder.row([[requirement, 1]], -Infinity);
  builder.row(costs, 0, 0);
  const payingRow = builder.row(
    [
      [requirement, earned],
      [cost, 1 + earned],
    ],
    -Infinity,
  );
  return { programme: builder.build(), requirement, requirementRow, cost, payingRow, trades };
}

/** A row that a programme lacked: `Σ terms ≥ lower`. */
export interface Cut {
  readonly terms: readonly Term[];
  readonly lower: number;
}

/** The tangent to price impact at a size, contracts > 0: impact is convex, so no hedge is cut off. */
function tangent(
  prepared: PreparedMarket,
  candidate: TradeCandidate,
  { sign, size: column, impact }: TradeSide,
  size: number,
): Cut {
  const slope =
    marginalCostUsd(prepared, candidate, sign, size) - marginalCostUsd(prepared, candidate, sign, 0);
  const { impactUsd } = tradeCost(prepared, candidate, sign * size);
  return {
    terms: [
      [impact, 1],
      [column, -slope],
    ],
    lower: impactUsd - slope * size,
  };
}

/** Where an answer's price impact is less than the true one: by how much in all, USD, and the tangents that say so. */
export function impactCuts(
  prepared: PreparedMarket,
  { trades }: HedgeProgramme,
  candidates: readonly TradeCandidate[],
  x: Float64Array,
): { readonly missingUsd: number; readonly cuts: readonly Cut[] } {
  let missingUsd = 0;
  const cuts = candidates.flatMap((candidate, at) =>
    (trades[at]?.sides ?? []).flatMap((side): Cut[] => {
      const size = x[side.size] ?? 0;
      if (size <= 0) return [];
      const { impactUsd } = tradeCost(prepared, candidate, side.sign * size);
      const missing = impactUsd - (x[side.impact] ?? 0);
      if (missing <= 0.001 * impactUsd) return [];
      missingUsd += missing;
      return [tangent(prepared, candidate, side, size)];
    }),
  );
  return { missingUsd, cuts };
}

/** Contracts of each candidate in an answer, signed. */
export const tradeSizes = ({ trades }: HedgeProgramme, x: Float64Array): readonly number[] =>
  trades.map(({ sides }) => sides.reduce((total, { sign, size }) => total + sign * (x[size] ?? 0), 0));

/** Units of its settlement asset that a cost takes. */
export const costInAsset = (prepared: PreparedMarket, candidate: TradeCandidate, usd: number): number =>
  usd / assetPriceUsd(prepared.market, settlementAssetOf(candidate.instrument));
