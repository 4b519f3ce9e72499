import { type AssetState } from "../../market/index.ts";
import { log } from "../../numerics/exp-log.ts";
import {
  type AssetRiskParameters,
  type MarginParameters,
  type RiskClassParameters,
} from "../parameters/margin-parameters.ts";
import { type JointScenario, noMove, type UnderlyingMove } from "./move.ts";

/** One spot column of an underlying's stress grid. */
export interface SpotColumn {
  /** Relative spot move. */
  readonly spot: number;
  /** Share of the class's range, −1 to 1; of extreme moves beyond it, its sign times infinity. */
  readonly share: number;
  /** Share of the P&L that counts: 1, less for extreme moves. */
  readonly weight: number;
  readonly extreme: boolean;
  /** Volatility moves evaluated in this column, as shares of the shock, ascending. */
  readonly volPoints: readonly number[];
}

/** The stress grid of one underlying, equations (10) to (12). */
export interface StressGrid {
  readonly columns: readonly SpotColumn[];
  /** Offset of each column's first volatility in an option's row. */
  readonly volOffsets: readonly number[];
  /** Entries of an option's row. */
  readonly optionLength: number;
  /** Column of each entry of an option's row. */
  readonly columnOf: Int32Array;
  /** Smallest positive weight of a column. */
  readonly smallestWeight: number;
}

const extremeVolPoints: readonly number[] = [0, 1];

export function stressGrid(parameters: MarginParameters, risk: RiskClassParameters): StressGrid {
  const { spotPoints, volPoints } = parameters.stress;
  const columns: SpotColumn[] = spotPoints.map((share) => ({
    spot: share * risk.spotRange,
    share,
    weight: 1,
    extreme: false,
    volPoints,
  }));
  for (const { move, weight } of risk.extremes) {
    columns.push({
      spot: move,
      share: move < 0 ? -Infinity : Infinity,
      weight,
      extreme: true,
      volPoints: extremeVolPoints,
    });
  }
  const volOffsets: number[] = [];
  let optionLength = 0;
  for (const column of columns) {
    volOffsets.push(optionLength);
    optionLength += column.volPoints.length;
  }
  const columnOf = Int32Array.from(
    columns.flatMap(({ volPoints: points }, column) => points.map(() => column)),
  );
  const smallestWeight = columns.reduce(
    (least, { weight }) => (weight > 0 ? Math.min(least, weight) : least),
    1,
  );
  return { columns, volOffsets, optionLength, columnOf, smallestWeight };
}

/** Shares this close count as equal: 0.1 + 0.2 stays within 0.3 of zero. */
export const shareTolerance = 1e-9;

/** Columns that an underlying may be in when the market has moved by a share of its range, equation (10). */
export function reachableColumns(
  grid: StressGrid,
  risk: RiskClassParameters,
  marketShare: number,
): readonly number[] {
  const centre = Math.max(-1, Math.min(1, risk.marketBeta * marketShare));
  const residual = risk.spotResidual + shareTolerance;
  const columns: number[] = [];
  for (const [column, { share, extreme }] of grid.columns.entries()) {
    if (extreme) continue;
    // At the ends of the market's range an underlying may go all the way in that direction: the union covers its grid.
    const beyond = marketShare <= -1 ? share <= centre : marketShare >= 1 && share >= centre;
    if (beyond || Math.abs(share - centre) <= residual) columns.push(column);
  }
  return columns;
}

/** Columns of extreme falls, of extreme rises, and of both. */
export function extremeColumns({ columns }: StressGrid): {
  readonly fall: readonly number[];
  readonly rise: readonly number[];
  readonly all: readonly number[];
  /** The mildest of each direction, if there is one. */
  readonly mildestFall?: number;
  readonly mildestRise?: number;
} {
  const extremes = [...columns.entries()].filter(([, { extreme }]) => extreme);
  const indices = (side: (spot: number) => boolean): readonly number[] =>
    extremes.filter(([, { spot }]) => side(spot)).map(([column]) => column);
  const mildest = (found: readonly number[]): number | undefined =>
    found.toSorted((a, b) => Math.abs(columns[a]?.spot ?? 0) - Math.abs(columns[b]?.spot ?? 0))[0];
  const fall = indices((spot) => spot < 0);
  const rise = indices((spot) => spot > 0);
  const [mildestFall, mildestRise] = [mildest(fall), mildest(rise)];
  return {
    fall,
    rise,
    all: indices(() => true),
    ...(mildestFall === undefined ? {} : { mildestFall }),
    ...(mildestRise === undefined ? {} : { mildestRise }),
  };
}

/** Columns where an underlying is that follows the market's move by its beta, as closely as the grid has them. */
export function centreColumns(
  grid: StressGrid,
  risk: RiskClassParameters,
  marketShare: number,
): readonly number[] {
  const centre = Math.max(-1, Math.min(1, risk.marketBeta * marketShare));
  const inner = [...grid.columns.entries()].filter(([, { extreme }]) => !extreme);
  const below = inner.findLast(([, { share }]) => share <= centre + shareTolerance);
  const above = inner.find(([, { share }]) => share >= centre - shareTolerance);
  const nearest = [below, above].flatMap((entry) => (entry ? [entry] : []));
  const least = Math.min(...nearest.map(([, { share }]) => Math.abs(share - centre)));
  const columns = nearest
    .filter(([, { share }]) => Math.abs(share - centre) <= least + shareTolerance)
    .map(([column]) => column);
  return [...new Set(columns)];
}

/** How much of the shares of `stress.measured` counts, 0 to 1: days of its own past over the days that are enough. */
export const measuredPart = (parameters: MarginParameters, ownDays: number): number => {
  const { measured } = parameters.stress;
  return measured ? Math.min(1, ownDays / measured.fullDays) : 0;
};

/** A class as the stress of an underlying with some past of its own sees it, equation (10b). */
export function measuredRisk(
  parameters: MarginParameters,
  risk: RiskClassParameters,
  ownDays: number,
): RiskClassParameters {
  const { measured } = parameters.stress;
  if (!measured || ownDays <= 0) return risk;
  const part = measuredPart(parameters, ownDays);
  const kept = (share: number): number => 1 - part * (1 - share);
  const spot = kept(measured.spotShare);
  const skew = kept(measured.skewShare);
  return {
    ...risk,
    spotRange: spot * risk.spotRange,
    extremes: risk.extremes.map(({ move, weight }) => ({ move, weight: spot * weight })),
    volUp: kept(measured.volUpShare) * risk.volUp,
    volDown: kept(measured.volDownShare) * risk.volDown,
    skewShock: skew * risk.skewShock,
    smileShock: skew * risk.smileShock,
    basisShock: kept(measured.basisShare) * risk.basisShock,
  };
}

/** The same of an asset's peg. */
export function measuredPeg(
  parameters: MarginParameters,
  risk: AssetRiskParameters,
  ownDays: number,
): AssetRiskParameters {
  const { measured } = parameters.stress;
  if (!measured || ownDays <= 0) return risk;
  const kept = 1 - measuredPart(parameters, ownDays) * (1 - measured.pegShare);
  return { ...risk, pegDown: kept * risk.pegDown, pegUp: kept * risk.pegUp };
}

/** A spot and volatility move as an underlying's move. */
export const gridMove = (spot: number, volShare: number, risk: RiskClassParameters): UnderlyingMove => ({
  ...noMove,
  spot,
  volLevel: volShare >= 0 ? volShare * risk.volUp : volShare * risk.volDown,
});

/** Peg and custody risk of an asset: its own entry, else its kind's. */
export const assetRiskOf = (parameters: MarginParameters, asset: AssetState): AssetRiskParameters => {
  const own = Object.hasOwn(parameters.assets, asset.asset) ? parameters.assets[asset.asset] : undefined;
  return own ?? parameters.assetKinds[asset.kind];
};

/** Change of ln(price/peg) for a depeg share: positive falls, negative rises. */
export function pegMove(share: number, risk: AssetRiskParameters): number {
  if (share > 0) return log(Math.max(1e-6, 1 - Math.min(1, share * risk.pegDown)));
  return share < 0 ? log(1 - share * risk.pegUp) : 0;
}

/** The joint stress scenarios of the parameter document: contagion, depegs, basis blow-out, equation (15). */
export function jointStressScenarios(
  parameters: MarginParameters,
  underlyings: readonly { readonly symbol: string; readonly risk: RiskClassParameters }[],
  assets: readonly AssetState[],
  pegRisk: (asset: AssetState) => AssetRiskParameters,
): readonly JointScenario[] {
  return parameters.stress.joint.map((joint): JointScenario => {
    const moves = underlyings.map(({ symbol, risk }): [string, UnderlyingMove] => {
      const spot = Math.max(-0.95, joint.spotShare * risk.spotRange);
      return [symbol, { ...gridMove(spot, joint.volShare, risk), basis: joint.basisShare * risk.basisShock }];
    });
    const pegs = assets.flatMap((asset): [string, number][] => {
      if (asset.asset === parameters.settlementAsset) return [];
      const share =
        asset.kind === "staked"
          ? joint.stakedDepegShare
          : asset.kind === "stablecoin"
            ? joint.stablecoinDepegShare
            : 0;
      return share === 0 ? [] : [[asset.asset, pegMove(share, pegRisk(asset))]];
    });
    return {
      id: joint.id,
      label: joint.label,
      source: "stress",
      agingShare: joint.agingShare ?? 0,
      weight: 1,
      underlyings: new Map(moves),
      pegs: new Map(pegs),
    };
  });
}
