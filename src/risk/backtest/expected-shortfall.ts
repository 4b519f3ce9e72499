import { log, pow } from "../../numerics/exp-log.ts";
import { randomStream, type RandomStream } from "../../numerics/random.ts";
import { PlimsollError, requireNumber } from "../../quantity/error.ts";
import { requireCount, requireLevel } from "./coverage.ts";

/** One period's outcome against what the model had said before it. Any one unit; losses positive. */
export interface ShortfallObservation {
  readonly loss: number;
  readonly valueAtRisk: number;
  /** ≥ valueAtRisk, > 0. */
  readonly expectedShortfall: number;
}

/** How losses beyond Value at Risk are distributed when the model is right. */
export type TailLaw =
  /**
   * Generalised Pareto excess of the given shape (0 exponential; below 1) whose mean is expectedShortfall − valueAtRisk. Needs nothing
   * but the two forecasts.
   */
  | { readonly kind: "pareto"; readonly shape: number }
  /** The model's own predictive distribution: a loss of period `index`, from uniforms of `stream`. */
  | { readonly kind: "draw"; readonly drawLoss: (index: number, stream: RandomStream) => number };

export interface SimulatedTest {
  /** Mean 0 when the model is right, negative when it understates the shortfall. */
  readonly statistic: number;
  /** Probability of a statistic at most this low when the model is right, by simulation: (1 + count) / (1 + simulations). */
  readonly pValue: number;
}

export interface AcerbiSzekelyResult {
  /**
   * Z1: size of the exceptions alone, 1 − mean of loss/ES over exceptions. Null without exceptions. Its p-value compares with
   * simulated series that have exceptions.
   */
  readonly z1: SimulatedTest | null;
  /** Z2: size and frequency, 1 − Σ loss/ES over exceptions / (n·(1 − level)). */
  readonly z2: SimulatedTest;
  readonly simulations: number;
}

/** Z2 below which a model is rejected at 5 % and at 0.01 %, for common tails (Acerbi and Székely 2014, rounded). */
export const commonZ2Limits: { readonly at5Percent: number; readonly at1BasisPoint: number } = {
  at5Percent: -0.7,
  at1BasisPoint: -1.8,
};

interface Statistics {
  readonly z1: number | null;
  readonly z2: number;
}

function statistics(ratios: number, exceptions: number, expectedExceptions: number): Statistics {
  return { z1: exceptions === 0 ? null : 1 - ratios / exceptions, z2: 1 - ratios / expectedExceptions };
}

function checkObservations(observations: readonly ShortfallObservation[]): void {
  requireCount("observations.length", observations.length, 1);
  for (const [index, { loss, valueAtRisk, expectedShortfall }] of observations.entries()) {
    const at = `observations[${index}]`;
    requireNumber(`${at}.loss`, loss);
    requireNumber(`${at}.valueAtRisk`, valueAtRisk);
    requireNumber(`${at}.expectedShortfall`, expectedShortfall, valueAtRisk);
    if (expectedShortfall <= 0) {
      throw new PlimsollError("PLM_DOMAIN", {
        field: `${at}.expectedShortfall`,
        value: expectedShortfall,
        limit: "> 0: the statistics divide by it",
        remedy: "Leave out periods without risk.",
      });
    }
  }
}

/**
 * The first two tests of Acerbi and Székely for Expected Shortfall. An exception is a loss above Value at Risk.
 *
 * @param simulations - absent: 2000. @param seed - of the simulation; the same seed gives the same p-values. Absent: 1.
 * @param tail - absent: Pareto excesses of shape 0.25, tails as heavy as Student's t with four degrees of freedom.
 * @throws {PlimsollError} `PLM_DOMAIN` for forecasts or counts out of range.
 * @see Acerbi and Székely (2014), "Back-testing expected shortfall", Risk, December
 */
export function acerbiSzekely(input: {
  readonly observations: readonly ShortfallObservation[];
  readonly level: number;
  readonly tail?: TailLaw;
  readonly simulations?: number;
  readonly seed?: number | bigint;
}): AcerbiSzekelyResult {
  const level = requireLevel(input.level);
  const { observations, tail = { kind: "pareto", shape: 0.25 }, seed = 1 } = input;
  const simulations = requireCount("simulations", input.simulations ?? 2000, 1, 10_000_000);
  checkObservations(observations);
  if (tail.kind === "pareto") requireNumber("tail.shape", tail.shape, -10, 0.999);

  const expectedExceptions = observations.length * (1 - level);
  let ratios = 0;
  let exceptions = 0;
  for (const { loss, valueAtRisk, expectedShortfall } of observations) {
    if (loss > valueAtRisk) {
      ratios += loss / expectedShortfall;
      exceptions += 1;
    }
  }
  const observed = statistics(ratios, exceptions, expectedExceptions);

  const stream = randomStream(seed);
  let z1Below = 0;
  let z1Drawn = 0;
  let z2Below = 0;
  for (let run = 0; run < simulations; run++) {
    const drawn = drawSeries(observations, 1 - level, tail, stream);
    const { z1, z2 } = statistics(drawn.ratios, drawn.exceptions, expectedExceptions);
    if (z2 <= observed.z2) z2Below += 1;
    if (z1 !== null && observed.z1 !== null) {
      z1Drawn += 1;
      if (z1 <= observed.z1) z1Below += 1;
    }
  }
  return {
    z1: observed.z1 === null ? null : { statistic: observed.z1, pValue: (1 + z1Below) / (1 + z1Drawn) },
    z2: { statistic: observed.z2, pValue: (1 + z2Below) / (1 + simulations) },
    simulations,
  };
}

/** One series as the model would have it: the sum of loss/ES over its exceptions, and their number. */
function drawSeries(
  observations: readonly ShortfallObservation[],
  exceptionRate: number,
  tail: TailLaw,
  stream: RandomStream,
): { readonly ratios: number; readonly exceptions: number } {
  let ratios = 0;
  let exceptions = 0;
  let index = -1;
  for (const { valueAtRisk, expectedShortfall } of observations) {
    index += 1;
    let loss: number;
    if (tail.kind === "draw") {
      loss = tail.drawLoss(index, stream);
      if (loss <= valueAtRisk) continue;
    } else {
      const u = stream.nextFloat();
      if (u >= exceptionRate) continue;
      // given an exception, u/rate is uniform again: one draw serves both
      loss =
        valueAtRisk + (expectedShortfall - valueAtRisk) * unitMeanPareto(tail.shape, 1 - u / exceptionRate);
    }
    ratios += loss / expectedShortfall;
    exceptions += 1;
  }
  return { ratios, exceptions };
}

/** Quantile of the generalised Pareto law with mean 1: (1 − ξ)·(u^(−ξ) − 1)/ξ, u uniform on (0, 1]. */
const unitMeanPareto = (shape: number, u: number): number =>
  shape === 0 ? -log(u) : ((1 - shape) * (pow(u, -shape) - 1)) / shape;

/**
 * Joint score of a Value-at-Risk and Expected-Shortfall forecast (the FZ0 loss): lower is better, and in expectation the true pair
 * scores lowest. The mean over a series compares two models on the same losses; it does not depend on the unit
 * except by a constant.
 *
 * @see Fissler and Ziegel (2016), Annals of Statistics 44; Patton, Ziegel and Chen (2019), J. Econometrics 211
 */
export function jointScore(observation: ShortfallObservation, level: number): number {
  const { loss, valueAtRisk, expectedShortfall } = observation;
  const excess = Math.max(0, loss - valueAtRisk);
  return (
    excess / ((1 - requireLevel(level)) * expectedShortfall) +
    valueAtRisk / expectedShortfall +
    log(expectedShortfall) -
    1
  );
}
