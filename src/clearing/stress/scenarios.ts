import { type PreparedMarket, type PreparedUnderlying } from "../../risk/portfolio-margin/index.ts";
import { centreColumns } from "../../risk/scenarios/stress.ts";

/** One state of the whole market in which every account is valued. */
export interface FundScenario {
  readonly id: string;
  /** Scenarios that differ in volatility alone are of one family. */
  readonly family: string;
  /** What happens, in words. */
  readonly label: string;
  /**
   * `historical`: a past move, rescaled to today's volatility. `joint`: named by the margin parameters. `market`: all underlyings in step
   * with the market. `single`: one underlying alone.
   */
  readonly source: "historical" | "joint" | "market" | "single";
  /** Past moves that it stands for; 1 of others. */
  readonly weight: number;
  /** Beyond what is plausible: it is told of, and the fund is not sized by it. */
  readonly isBeyond: boolean;
}

/** Where a scenario of the grid lies in the rows of an underlying's items: the column, and the volatility in it. */
export interface GridPlace {
  /** Entry of a delta-one row. */
  readonly column: number;
  /** Entry of an option's row. */
  readonly entry: number;
}

/** All scenarios of one epoch, in order: historical, joint, market, then those of each underlying alone. */
export interface FundScenarios {
  readonly all: readonly FundScenario[];
  readonly historicalCount: number;
  /** The first so many move several underlyings; of the rest each moves one. */
  readonly commonCount: number;
  /** Places of the market scenarios, by underlying: they follow the joint ones of {@link PreparedMarket.joint}. */
  readonly market: readonly (readonly GridPlace[])[];
  /** By underlying: first scenario that moves it alone, and the places of these. */
  readonly single: readonly { readonly first: number; readonly places: readonly GridPlace[] }[];
}

/** Extreme moves of each direction that still count as plausible: the mildest. The next one is told of; more of them are no question of a fund's size. */
const plausibleExtremes = 1;
const toldExtremes = 2;

const percent = (share: number): string => `${share > 0 ? "+" : ""}${Math.round(share * 1_000) / 10} %`;
const volWords = (share: number): string =>
  share === 0 ? "" : `, volatility ${share > 0 ? "up" : "down"}${Math.abs(share) === 1 ? "" : " by half"}`;

interface Column {
  readonly column: number;
  readonly spot: number;
  /** 0: within the range; else which extreme of its direction, the mildest being 1. */
  readonly rank: number;
}

/** The columns of a grid, extremes of each direction from the mildest on. */
function columnsOf({ grid }: PreparedUnderlying): readonly Column[] {
  const ranked = [-1, 1].flatMap((sign) =>
    [...grid.columns.entries()]
      .filter(([, { extreme, spot }]) => extreme && spot * sign > 0)
      .sort(([, a], [, b]) => Math.abs(a.spot) - Math.abs(b.spot))
      .map(([column], at): [number, number] => [column, at + 1]),
  );
  const ranks = new Map(ranked);
  return grid.columns.map(({ spot }, column) => ({ column, spot, rank: ranks.get(column) ?? 0 }));
}

/** The column of the grid that an underlying is in when the market has moved by a share of its range: on its beta, to the nearest. */
const columnAt = ({ grid, risk }: PreparedUnderlying, marketShare: number): number =>
  centreColumns(grid, risk, marketShare)[0] ?? 0;

/** An extreme of a direction and rank; the last there is, or the end of the range, of an underlying that has fewer. */
function extremeAt(underlying: PreparedUnderlying, sign: number, rank: number): number {
  const columns = columnsOf(underlying).filter(({ spot }) => spot * sign > 0);
  const sorted = columns.toSorted((a, b) => Math.abs(a.spot) - Math.abs(b.spot));
  return (sorted.find((one) => one.rank === rank) ?? sorted.at(-1))?.column ?? columnAt(underlying, sign);
}

function placeOf({ grid }: PreparedUnderlying, column: number, volShare: number): GridPlace {
  const points = grid.columns[column]?.volPoints ?? [];
  let at = 0;
  for (const [i, point] of points.entries()) {
    if (Math.abs(point - volShare) < Math.abs((points[at] ?? 0) - volShare)) at = i;
  }
  return { column, entry: (grid.volOffsets[column] ?? 0) + at };
}

/** The scenarios of an epoch's market. docs/insurance-fund.md says what each is. */
export function fundScenarios(matrix: PreparedMarket): FundScenarios {
  const { joint, underlyings, parameters } = matrix;
  const all: FundScenario[] = joint.map(({ id, label, source, weight }) => ({
    id,
    family: id,
    label,
    source: source === "historical" ? "historical" : "joint",
    weight,
    isBeyond: false,
  }));
  const market: GridPlace[][] = underlyings.map(() => []);
  const addMarket = (
    family: string,
    label: string,
    isBeyond: boolean,
    volShare: number,
    columnOf: (underlying: PreparedUnderlying) => number,
  ): void => {
    all.push({ id: `${family}:${volShare}`, family, label, source: "market", weight: 1, isBeyond });
    for (const [index, underlying] of underlyings.entries()) {
      market[index]?.push(placeOf(underlying, columnOf(underlying), volShare));
    }
  };
  const { marketPoints, volPoints } = parameters.stress;
  for (const share of marketPoints) {
    for (const vol of volPoints) {
      if (share === 0 && vol === 0) continue;
      const moved =
        share === 0 ? "the market stands still" : `the market moves ${percent(share)} of its range`;
      addMarket(`market:${share}`, `${moved}${volWords(vol)}`, false, vol, (one) => columnAt(one, share));
    }
  }
  for (const sign of [-1, 1]) {
    const has = (rank: number): boolean =>
      underlyings.some((one) => columnsOf(one).some((at) => at.rank === rank && at.spot * sign > 0));
    for (let rank = 1; rank <= toldExtremes && has(rank); rank++) {
      for (const vol of [0, 1]) {
        const [move, which] = [sign < 0 ? "fall" : "rise", rank === 1 ? "mildest" : "second"];
        const words = `all at the ${which} extreme ${move} of their class`;
        addMarket(
          `extreme:${move}:${rank}`,
          `${words}${volWords(vol)}`,
          rank > plausibleExtremes,
          vol,
          (one) => extremeAt(one, sign, rank),
        );
      }
    }
  }
  const commonCount = all.length;
  const single = underlyings.map((underlying) => {
    const first = all.length;
    const places: GridPlace[] = [];
    for (const { column, spot, rank } of columnsOf(underlying)) {
      if (rank > toldExtremes) continue;
      for (const vol of underlying.grid.columns[column]?.volPoints ?? []) {
        if (spot === 0 && vol === 0) continue;
        places.push(placeOf(underlying, column, vol));
        const family = `single:${underlying.symbol}:${Math.round(spot * 10_000) / 10_000}`;
        all.push({
          id: `${family}:${vol}`,
          family,
          label: `${underlying.symbol} alone ${percent(spot)}${volWords(vol)}`,
          source: "single",
          weight: 1,
          isBeyond: rank > plausibleExtremes,
        });
      }
    }
    return { first, places };
  });
  return { all, historicalCount: matrix.historicalCount, commonCount, market, single };
}
