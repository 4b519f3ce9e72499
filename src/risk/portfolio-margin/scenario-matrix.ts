import { type ScenarioMatrix } from "../remargin/matrix.ts";
import { type ItemRows } from "./item-rows.ts";
import { type PreparedMarket } from "./prepare.ts";

/** The joint scenarios as one dense matrix, for engines that margin many accounts at once. */
export interface JointMatrix {
  /** Row order: assets, then instruments, each sorted. */
  readonly items: readonly string[];
  /** Columns: historical scenarios first, then joint stress. */
  readonly scenarios: readonly string[];
  /** The first so many columns form the distribution of the Expected Shortfall. */
  readonly historicalCount: number;
  /** Past moves that each historical column stands for. */
  readonly historicalWeights: Float64Array;
  /** One unit of each asset, one contract of each instrument. */
  readonly matrix: ScenarioMatrix;
}

/** Packs the matrix rows of some items; all assets and instruments of the market when none are named. */
export function jointMatrix(
  prepared: PreparedMarket,
  assets: readonly string[] = [...prepared.market.assets.keys()],
  instruments: readonly string[] = [...prepared.market.instruments.keys()],
): JointMatrix {
  const rows: ItemRows[] = [
    ...assets.toSorted().flatMap((asset) => prepared.assetRow(asset) ?? []),
    ...instruments.toSorted().flatMap((instrument) => prepared.instrumentRow(instrument) ?? []),
  ];
  const scenarioCount = prepared.joint.length;
  const pnlUsd = new Float64Array(rows.length * scenarioCount);
  for (const [index, row] of rows.entries()) pnlUsd.set(row.joint, index * scenarioCount);
  return {
    items: rows.map(({ item }) => item),
    scenarios: prepared.joint.map(({ id }) => id),
    historicalCount: prepared.historicalCount,
    historicalWeights: prepared.historicalWeights,
    matrix: { instrumentCount: rows.length, scenarioCount, pnlUsd },
  };
}
