import { chiSquareSurvival } from "../../numerics/gamma.ts";
import { randomStream } from "../../numerics/random.ts";
import { requireNumber } from "../../quantity/error.ts";
import { requireLength, requireSameLength, requireValues } from "./breach.ts";
import { requireCount, requireLevel } from "./coverage.ts";
import { type Verdict } from "./cell-verdict.ts";

/** Whether exceptions can be told from what was known before. */
export interface DynamicQuantile {
  /** `insufficient` where the test says nothing: `reason` has why. */
  readonly verdict: Verdict;
  /** `no-exceptions`; `few-observations`, no more than twice the regressors; `singular`, regressors that determine one another. */
  readonly reason: "no-exceptions" | "few-observations" | "singular" | null;
  /** Windows that it could use: all but the first `lags`. */
  readonly observations: number;
  readonly exceptions: number;
  /** Degrees of freedom: the constant, the lags, and the forecast if given. */
  readonly regressors: number;
  /** Null where insufficient. */
  readonly statistic: number | null;
  /** By χ²(regressors). Null where insufficient. */
  readonly pValue: number | null;
  /** By simulation, (1 + count) / (1 + draws), of the draws that tell anything. Null without draws, or where insufficient. */
  readonly simulatedP: number | null;
}

/**
 * Engle and Manganelli's dynamic quantile test: exceptions, less their promised rate, are regressed on a constant, on their own `lags`
 * last values and on the forecast. If the model is right nothing predicts them.
 *
 *     hit_t = 1{loss_t > VaR_t} − p      DQ = hit'·X·(X'·X)⁻¹·X'·hit / (p·(1 − p)) ~ χ²(regressors)      p = 1 − level
 *
 * A rate that is wrong, exceptions in runs, and a rate that depends on how high the forecast is are all found. The χ² law needs many
 * exceptions: at 1 % and a thousand windows it rejects a right model about twice as often as it should. `draws` gives a p-value
 * by simulation instead, of independent exceptions at rate p with the forecasts as they were; the verdict then rests on it.
 *
 * @param forecasts - Value at Risk or requirements; absent from the regression with `withForecast: false`, as it must be when they are
 *   constant. @param lags - 0 to 50; absent: 4. @param draws - absent: none. @param seed - absent: 1. @param significance - absent: 0.05.
 * @throws {PlimsollError} `PLM_DATA_GAP` without windows, `PLM_DOMAIN` for numbers out of range.
 * @see Engle and Manganelli (2004), "CAViaR", J. Business & Economic Statistics 22, theorem 5 (out of sample)
 */
export function dynamicQuantileTest(input: {
  readonly losses: Float64Array;
  readonly forecasts: Float64Array;
  readonly level: number;
  readonly lags?: number;
  readonly withForecast?: boolean;
  readonly draws?: number;
  readonly seed?: number | bigint;
  readonly significance?: number;
}): DynamicQuantile {
  const { losses, forecasts, withForecast = true } = input;
  const rate = 1 - requireLevel(input.level);
  requireLength("losses", losses.length);
  requireSameLength("forecasts", forecasts.length, losses.length);
  requireValues("losses", losses);
  requireValues("forecasts", forecasts);
  const lags = requireCount("lags", input.lags ?? 4, 0, 50);
  const draws = requireCount("draws", input.draws ?? 0, 0, 1_000_000);
  const significance = requireNumber("significance", input.significance ?? 0.05, 0, 1);

  const hits = new Uint8Array(losses.length);
  let exceptions = 0;
  for (let index = 0; index < losses.length; index++) {
    if (!((losses[index] ?? 0) > (forecasts[index] ?? 0))) continue;
    hits[index] = 1;
    if (index >= lags) exceptions += 1;
  }
  const observations = Math.max(0, losses.length - lags);
  const regressors = 1 + lags + (withForecast ? 1 : 0);
  const known = { observations, exceptions, regressors };
  const insufficient = (reason: NonNullable<DynamicQuantile["reason"]>): DynamicQuantile => ({
    verdict: "insufficient",
    reason,
    ...known,
    statistic: null,
    pValue: null,
    simulatedP: null,
  });
  if (observations <= 2 * regressors) return insufficient("few-observations");
  if (exceptions === 0) return insufficient("no-exceptions");
  const standard = withForecast ? standardised(forecasts.subarray(lags)) : null;
  if (withForecast && !standard) return insufficient("singular");

  const regression = new HitRegression({ lags, rate, forecast: standard });
  const statistic = regression.statistic(hits);
  if (statistic === null) return insufficient("singular");
  const pValue = chiSquareSurvival(statistic, regressors);

  let simulatedP: number | null = null;
  if (draws > 0) {
    const stream = randomStream(input.seed ?? 1);
    let asFar = 0;
    let telling = 0;
    for (let draw = 0; draw < draws; draw++) {
      for (let index = 0; index < hits.length; index++) hits[index] = stream.nextFloat() < rate ? 1 : 0;
      const drawn = regression.statistic(hits);
      if (drawn === null) continue;
      telling += 1;
      if (drawn >= statistic) asFar += 1;
    }
    simulatedP = (1 + asFar) / (1 + telling);
  }
  return {
    verdict: (simulatedP ?? pValue) < significance ? "fail" : "pass",
    reason: null,
    ...known,
    statistic,
    pValue,
    simulatedP,
  };
}

/** Mean 0 and deviation 1, which changes no fit but keeps it well conditioned. Null for a constant. */
function standardised(values: Float64Array): Float64Array | null {
  let mean = 0;
  let size = 0;
  for (const value of values) {
    mean += value / values.length;
    size = Math.max(size, Math.abs(value));
  }
  let squares = 0;
  for (const value of values) squares += ((value - mean) / (size || 1)) * ((value - mean) / (size || 1));
  const deviation = size * Math.sqrt(squares / values.length);
  return deviation > 1e-12 * size ? values.map((value) => (value - mean) / deviation) : null;
}

/** Explained sum of squares of hits on their past, ÷ (p·(1 − p)). Buffers are kept between draws. */
class HitRegression {
  readonly #lags: number;
  readonly #rate: number;
  readonly #forecast: Float64Array | null;
  readonly #size: number;
  /** Lower triangle of X'X, then its Cholesky factor; row-major. */
  readonly #matrix: Float64Array;
  readonly #right: Float64Array;

  constructor(options: {
    readonly lags: number;
    readonly rate: number;
    /** Standardised, from the first usable window. */
    readonly forecast: Float64Array | null;
  }) {
    this.#lags = options.lags;
    this.#rate = options.rate;
    this.#forecast = options.forecast;
    this.#size = 1 + options.lags + (options.forecast ? 1 : 0);
    this.#matrix = new Float64Array(this.#size * this.#size);
    this.#right = new Float64Array(this.#size);
  }

  /** Null when the regressors are singular. */
  statistic(hits: Uint8Array): number | null {
    const size = this.#size;
    const rate = this.#rate;
    this.#accumulate(hits);
    const matrix = this.#matrix;
    const right = this.#right;
    // Cholesky, and with it the explained sum as the square of L⁻¹·X'·hit
    let explained = 0;
    for (let row = 0; row < size; row++) {
      let forward = right[row] ?? 0;
      for (let column = 0; column <= row; column++) {
        const given = matrix[row * size + column] ?? 0;
        let rest = given;
        for (let k = 0; k < column; k++) {
          rest -= (matrix[row * size + k] ?? 0) * (matrix[column * size + k] ?? 0);
        }
        if (column < row) {
          matrix[row * size + column] = rest / (matrix[column * size + column] ?? 1);
          continue;
        }
        // what the earlier regressors leave of this one
        if (!(rest > 1e-10 * given)) return null;
        matrix[row * size + row] = Math.sqrt(rest);
      }
      for (let k = 0; k < row; k++) forward -= (matrix[row * size + k] ?? 0) * (right[k] ?? 0);
      forward /= matrix[row * size + row] ?? 1;
      right[row] = forward;
      explained += forward * forward;
    }
    return explained / (rate * (1 - rate));
  }

  /**
   * X'X and X'·hit. The lags stand as 0/1 instead of 0/1 − p: with the constant they span the same space, so the fit is the same, and sums
   * over windows become sums over the few exceptions.
   */
  #accumulate(hits: Uint8Array): void {
    const size = this.#size;
    const lags = this.#lags;
    const forecast = this.#forecast;
    const matrix = this.#matrix.fill(0);
    const right = this.#right.fill(0);
    const last = size - 1;
    const add = (to: Float64Array, at: number, value: number): void => {
      to[at] = (to[at] ?? 0) + value;
    };
    matrix[0] = hits.length - lags;
    if (forecast) {
      for (const level of forecast) {
        add(matrix, last * size, level);
        add(matrix, last * size + last, level * level);
      }
    }
    for (let hit = 0; hit < hits.length; hit++) {
      if (hits[hit] === 0) continue;
      if (hit >= lags) {
        add(right, 0, 1);
        if (forecast) add(right, last, forecast[hit - lags] ?? 0);
        for (let lag = 1; lag <= lags; lag++) if (hits[hit - lag] === 1) add(right, lag, 1);
      }
      for (let lag = 1; lag <= lags; lag++) {
        const window = hit + lag;
        if (window < lags || window >= hits.length) continue;
        add(matrix, lag * size, 1);
        for (let other = 1; other <= lag; other++) {
          if (hits[window - other] === 1) add(matrix, lag * size + other, 1);
        }
        if (forecast) add(matrix, last * size + lag, forecast[window - lags] ?? 0);
      }
    }
    // the regressand is 1{…} − p
    for (let row = 0; row < size; row++) add(right, row, -this.#rate * (matrix[row * size] ?? 0));
  }
}
