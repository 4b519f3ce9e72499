import { type Portfolio } from "../../market/index.ts";
import { log } from "../../numerics/exp-log.ts";
import { noMove } from "../scenarios/move.ts";
import { stressContext } from "../scenarios/revaluation.ts";
import { bookOf } from "./book.ts";
import { type PreparedMarket } from "./prepare.ts";

/** The moves along a heat map's two sides. */
export interface HeatMapAxes {
  /** Symbol of the underlying that moves; the others stand still. */
  readonly underlying: string;
  /** Relative spot moves, each > −1. */
  readonly spotMoves: readonly number[];
  /** Relative changes of the 30-day volatility level, each > −1; other tenors follow the class's shape. */
  readonly volMoves: readonly number[];
}

/** Change of an account's value over spot and volatility moves of one underlying. */
export interface HeatMap extends HeatMapAxes {
  /** `pnlUsd[vol][spot]`, USD. */
  readonly pnlUsd: readonly (readonly number[])[];
}

/** Change of an account's whole value, collateral and positions, on a grid of moves of one underlying, equation (3). */
export function heatMap(prepared: PreparedMarket, portfolio: Portfolio, axes: HeatMapAxes): HeatMap {
  const { book } = bookOf(portfolio, prepared);
  const index = prepared.underlyings.findIndex(({ symbol }) => symbol === axes.underlying);
  const items = book.items.filter(({ rows }) => rows.underlying === index && index >= 0);
  const context = { ...stressContext, floorVol: false };
  const pnlUsd = axes.volMoves.map((volMove) =>
    axes.spotMoves.map((spot) =>
      items.reduce((sum, { rows, size }) => {
        const move = { ...noMove, spot, volLevel: levelOf(volMove) };
        const change = rows.revaluation ? rows.revaluation.changeUsd(move, context) : rows.markUsd * spot;
        return sum + size * change;
      }, 0),
    ),
  );
  return { ...axes, pnlUsd };
}

const levelOf = (volMove: number): number => log(Math.max(1e-6, 1 + volMove));
