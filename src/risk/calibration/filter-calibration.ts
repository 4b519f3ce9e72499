import { factorKey, type History, jointMoves } from "../../market/index.ts";
import { exp, log } from "../../numerics/exp-log.ts";

/** How well one half-life forecasts variance. Lower is better. */
export interface HalfLifeScore {
  readonly halfLifeHours: number;
  /** Mean of ln(variance) + (squared move ÷ variance) over all forecasts: QLIKE (Patton 2011, J. Econometrics 160). */
  readonly qlike: number;
}

const ln2 = log(2);

/**
 * Scores EWMA half-lives by the likelihood of the next day's hourly moves under the forecast made before it. The best one is the
 * estimate of `halfLifeHours`.
 */
export function scoreHalfLives(
  history: History,
  symbols: readonly string[],
  halfLives: readonly number[],
): readonly HalfLifeScore[] {
  const intervalHours = history.intervalMs / 3_600_000;
  return halfLives.map((halfLifeHours) => {
    const keep = exp((-ln2 * intervalHours) / halfLifeHours);
    let score = 0;
    let count = 0;
    for (const symbol of symbols) {
      const moves = jointMoves(history, [factorKey("spot", symbol)]).columns[0] ?? new Float64Array();
      const day = Math.max(1, Math.round(24 / intervalHours));
      let variance = 0;
      for (const [at, move] of moves.entries()) {
        if (at >= 30 * day && at % day === 0 && at + day <= moves.length && variance > 0) {
          let realised = 0;
          for (let step = 0; step < day; step++)
            realised += (moves[at + step] ?? 0) * (moves[at + step] ?? 0);
          score += log(variance) + realised / day / variance;
          count += 1;
        }
        variance = at === 0 ? move * move : keep * variance + (1 - keep) * move * move;
      }
    }
    return { halfLifeHours, qlike: count > 0 ? score / count : Infinity };
  });
}
