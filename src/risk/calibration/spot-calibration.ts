import { factorKey, type History, jointMoves } from "../../market/index.ts";
import { exp } from "../../numerics/exp-log.ts";
import { slopeThroughOrigin, upperTailMean } from "./tail.ts";

/** How one underlying's spot moves over the close-out horizon, alone and beside the market. */
export interface SpotEstimate {
  readonly symbol: string;
  /** Windows of its own moves. */
  readonly moves: number;
  /** Mean of the worst half percent of falls and of rises, relative, both positive. */
  readonly fall: number;
  readonly rise: number;
  /** The larger of the two: the estimate of `spotRange`. */
  readonly range: number;
  /** Slope of its move on the market's, both as shares of their ranges, over windows where the market went a fifth of its range. */
  readonly beta: number;
  /** Tail mean of what the slope leaves, the larger side, as a share of its range: the estimate of `spotResidual`. */
  readonly residual: number;
}

export interface SpotCalibration {
  readonly history: History;
  readonly symbols: readonly string[];
  /** The underlying that stands for the market. */
  readonly market: string;
  readonly horizonSteps: number;
}

/** Share of the market's range from which a move shows the dependence in stress. */
const stressedShare = 0.2;

const relative = (logMove: number): number => exp(logMove) - 1;

function ownRange(
  history: History,
  symbol: string,
  horizonSteps: number,
): { moves: number; fall: number; rise: number } {
  const { columns, length } = jointMoves(history, [factorKey("spot", symbol)], { horizonSteps });
  const moves = Float64Array.from(columns[0] ?? [], relative);
  return { moves: length, fall: upperTailMean(moves.map((move) => -move)), rise: upperTailMean(moves) };
}

/**
 * Estimates ranges, betas and residuals of spot from overlapping moves over the horizon; no move spans a gap.
 * docs/calibration.md.
 */
export function calibrateSpot(request: SpotCalibration): readonly SpotEstimate[] {
  const { history, symbols, market, horizonSteps } = request;
  const own = new Map(symbols.map((symbol) => [symbol, ownRange(history, symbol, horizonSteps)]));
  const rangeOf = (symbol: string): number => {
    const estimate = own.get(symbol);
    return estimate ? Math.max(estimate.fall, estimate.rise) : 0;
  };
  return symbols.map((symbol): SpotEstimate => {
    const { moves, fall, rise } = own.get(symbol) ?? { moves: 0, fall: 0, rise: 0 };
    const range = Math.max(fall, rise);
    const base = { symbol, moves, fall, rise, range };
    if (symbol === market || range === 0) return { ...base, beta: 1, residual: 0 };
    const keys = [factorKey("spot", market), factorKey("spot", symbol)];
    const { columns } = jointMoves(history, keys, { horizonSteps });
    const marketRange = rangeOf(market);
    const x = Float64Array.from(columns[0] ?? [], (move) => relative(move) / marketRange);
    const y = Float64Array.from(columns[1] ?? [], (move) => relative(move) / range);
    const stressed = [...x.keys()].filter((at) => Math.abs(x[at] ?? 0) >= stressedShare);
    const beta = slopeThroughOrigin(
      stressed.map((at) => x[at] ?? 0),
      stressed.map((at) => y[at] ?? 0),
    );
    const residuals = Float64Array.from(y, (move, at) => move - beta * (x[at] ?? 0));
    const residual = Math.max(upperTailMean(residuals), upperTailMean(residuals.map((value) => -value)));
    return { ...base, beta, residual };
  });
}
