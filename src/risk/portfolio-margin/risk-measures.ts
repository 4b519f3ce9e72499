import { type AssetState } from "../../market/index.ts";
import { type TailMeasure, tailMeasures } from "../measures.ts";
import { type BookVectors, type UnderlyingVectors } from "./aggregate.ts";
import { type Book } from "./book.ts";
import { type DependenceOutcome, dependenceOutcome } from "./dependence.ts";
import { type ItemRows, residualColumns } from "./item-rows.ts";
import { type PreparedMarket } from "./prepare.ts";

/** The worst of an expiry's own moves: which column, and its P&L (≤ 0). */
export interface ResidualChoice {
  readonly underlying: number;
  readonly slot: number;
  readonly column: number;
  readonly pnlUsd: number;
}

/** One asset off its peg. */
export interface PegChoice {
  readonly asset: string;
  /** Value exposed to the peg, USD, signed. */
  readonly exposureUsd: number;
  /** ≤ 0. */
  readonly pnlUsd: number;
}

/** The parts of the stress measure, in P&L. */
export interface StressMeasure {
  readonly dependence: DependenceOutcome;
  /** Each expiry's basis on its own, equation (13). */
  readonly basis: readonly ResidualChoice[];
  /** Each expiry's skew and smile on their own, equation (14). */
  readonly skew: readonly ResidualChoice[];
}

/** Every measure of one book, in P&L (negative loses), before scaling to a requirement. */
export interface RiskMeasures extends StressMeasure {
  readonly shortfallInitial: TailMeasure;
  readonly shortfallMaintenance: TailMeasure;
  readonly valueAtRisk: TailMeasure;
  /** Each asset's peg on its own, equation (16). */
  readonly pegs: readonly PegChoice[];
  /** P&L of the joint stress scenarios, in their order. */
  readonly jointStress: readonly { readonly id: string; readonly label: string; readonly pnlUsd: number }[];
}

const basisColumns: readonly number[] = [residualColumns.basisDown, residualColumns.basisUp];
const skewColumns: readonly number[] = [
  residualColumns.skewDown,
  residualColumns.skewUp,
  residualColumns.smileDown,
  residualColumns.smileUp,
];

type ByUnderlying = ReadonlyMap<number, UnderlyingVectors>;

function residualChoices(underlyings: ByUnderlying, columns: readonly number[]): readonly ResidualChoice[] {
  const choices: ResidualChoice[] = [];
  for (const [underlying, { residual }] of underlyings) {
    for (const [slot, row] of residual) {
      let best: ResidualChoice | undefined;
      for (const column of columns) {
        const pnlUsd = row[column] ?? 0;
        if (pnlUsd < (best?.pnlUsd ?? 0)) best = { underlying, slot, column, pnlUsd };
      }
      if (best) choices.push(best);
    }
  }
  return choices;
}

/** Value that stands or falls with an asset's peg, USD: as it is, and what the orders that raise or lower it could make of it. */
interface PegExposure {
  heldUsd: number;
  raisedUsd: number;
  loweredUsd: number;
}

/**
 * The worst slip of each asset: of holdings, and of linear options that pay in it. Orders fill wherever that is worse, and what
 * they lose at once by their limit prices is lost here too. Sorted by asset.
 */
function pegChoices(prepared: PreparedMarket, book: Book): readonly PegChoice[] {
  const { market, parameters } = prepared;
  const exposures = new Map<string, PegExposure>();
  const of = (asset: string): PegExposure => {
    const known = exposures.get(asset);
    if (known) return known;
    const made = { heldUsd: 0, raisedUsd: 0, loweredUsd: 0 };
    exposures.set(asset, made);
    return made;
  };
  const pegAsset = ({ kind, item, isOption }: ItemRows): string | undefined => {
    if (kind === "asset") return item;
    const option = isOption ? market.instruments.get(item) : undefined;
    return option?.settlement === "linear" ? option.quoteAsset : undefined;
  };
  for (const { rows, size } of book.items) {
    const asset = pegAsset(rows);
    if (asset !== undefined) of(asset).heldUsd += size * rows.markUsd;
  }
  let fillUsd = 0;
  for (const order of book.orders) {
    fillUsd += order.fillUsd;
    const own = pegAsset(order.rows);
    const asset = own ?? order.paid?.rows.item;
    if (asset === undefined) continue;
    const { paid, rows, size } = order;
    const changeUsd =
      (own === undefined ? 0 : size * rows.markUsd) + (paid ? paid.size * paid.rows.markUsd : 0);
    const exposure = of(asset);
    if (changeUsd > 0) exposure.raisedUsd += changeUsd;
    else exposure.loweredUsd += changeUsd;
  }
  const slips = [...exposures]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([asset, { heldUsd, raisedUsd, loweredUsd }]): PegChoice[] => {
      const state: AssetState | undefined = market.assets.get(asset);
      if (!state || asset === parameters.settlementAsset) return [];
      const { pegDown, pegUp } = prepared.pegRiskOf(state);
      const fall = { exposureUsd: heldUsd + raisedUsd, pnlUsd: -Math.max(0, heldUsd + raisedUsd) * pegDown };
      const rise = { exposureUsd: heldUsd + loweredUsd, pnlUsd: Math.min(0, heldUsd + loweredUsd) * pegUp };
      const { exposureUsd, pnlUsd } = fall.pnlUsd <= rise.pnlUsd ? fall : rise;
      return pnlUsd < 0 ? [{ asset, exposureUsd, pnlUsd }] : [];
    });
  return fillUsd < 0 ? [...slips, { asset: "orders", exposureUsd: 0, pnlUsd: fillUsd }] : slips;
}

export const sumPnl = (choices: readonly { readonly pnlUsd: number }[]): number =>
  choices.reduce((total, { pnlUsd }) => total + pnlUsd, 0);

export function riskMeasures(prepared: PreparedMarket, book: Book, vectors: BookVectors): RiskMeasures {
  const { shortfall } = prepared.parameters;
  const outcomes = {
    pnlUsd: vectors.joint.subarray(0, prepared.historicalCount),
    weights: prepared.historicalWeights,
  };
  const { initialLevel, maintenanceLevel, valueAtRiskLevel } = shortfall;
  const [initial, maintenance, reported] = tailMeasures(outcomes, [
    initialLevel,
    maintenanceLevel,
    valueAtRiskLevel,
  ]);
  const none: TailMeasure = { valueAtRiskUsd: 0, expectedShortfallUsd: 0, tail: [] };
  return {
    shortfallInitial: initial ?? none,
    shortfallMaintenance: maintenance ?? none,
    valueAtRisk: reported ?? none,
    ...stressMeasure(prepared, vectors.underlyings),
    pegs: pegChoices(prepared, book),
    jointStress: prepared.joint.slice(prepared.historicalCount).map(({ id, label }, index) => ({
      id,
      label,
      pnlUsd: vectors.joint[prepared.historicalCount + index] ?? 0,
    })),
  };
}

export const stressMeasure = (prepared: PreparedMarket, underlyings: ByUnderlying): StressMeasure => ({
  dependence: dependenceOutcome(prepared, underlyings),
  basis: residualChoices(underlyings, basisColumns),
  skew: residualChoices(underlyings, skewColumns),
});

/** P&L of the stress measure, equations (12) to (14), USD, ≤ 0. */
export const stressPnlUsd = ({ dependence, basis, skew }: StressMeasure): number =>
  dependence.pnlUsd + sumPnl(basis) + sumPnl(skew);

/** Expected Shortfall of a book's historical scenarios at the initial and the maintenance level, equation (9). */
export function shortfalls(
  prepared: PreparedMarket,
  historicalUsd: Float64Array,
): { readonly initialUsd: number; readonly maintenanceUsd: number } {
  const { initialLevel, maintenanceLevel } = prepared.parameters.shortfall;
  const outcomes = { pnlUsd: historicalUsd, weights: prepared.historicalWeights };
  const [initial, maintenance] = tailMeasures(outcomes, [initialLevel, maintenanceLevel]);
  return {
    initialUsd: initial?.expectedShortfallUsd ?? 0,
    maintenanceUsd: maintenance?.expectedShortfallUsd ?? 0,
  };
}

/** P&L of the pegs on their own, equation (16), USD, ≤ 0. */
export const pegPnlUsd = (prepared: PreparedMarket, book: Book): number => sumPnl(pegChoices(prepared, book));
