import { binomialCdf } from "../../numerics/beta.ts";
import { PlimsollError, requireNumber } from "../../quantity/error.ts";
import { requireCount } from "./coverage.ts";

/** What a scale that was fitted to windows promises. */
export type ScalePromise =
  /** Nothing about the future: the share of breaches in these windows is at most the target. */
  | { readonly kind: "realised" }
  /**
   * Split conformal prediction: the next window breaches with probability at most the target, if it and these are
   * exchangeable (any order of them equally likely). Over all draws of the windows; no law is assumed.
   */
  | { readonly kind: "exchangeable" }
  /**
   * Wilks's tolerance limit: with this confidence over the draw of the windows, the true breach rate is at most the target, if windows
   * are independent and of one law. Stricter.
   */
  | { readonly kind: "confidence"; readonly confidence: number }
  /**
   * Conformal risk control with a block as the unit: the expected share of the next block's windows that breach is at most the target,
   * if blocks are exchangeable. Windows within a block may depend on one another in any way. Needs block numbers.
   */
  | { readonly kind: "blocks" };

/** Throws `PLM_DOMAIN` unless 0 < target < 1: the breach rate aimed at, such as 0.01. */
export function requireTarget(target: number): number {
  requireNumber("target", target, 0, 1);
  if (target === 0 || target === 1) {
    throw new PlimsollError("PLM_DOMAIN", {
      field: "target",
      value: target,
      limit: "above 0 and below 1",
      remedy: "Give the share of windows that may breach, such as 0.01.",
    });
  }
  return target;
}

/**
 * Most breaches among `observations` windows with which the promise is kept; −1 where they are too few for it.
 *
 *     realised       largest m with m/n ≤ target
 *     exchangeable   largest m with (m + 1)/(n + 1) ≤ target
 *     confidence     largest m with P(Binomial(n, target) ≤ m) ≤ 1 − confidence
 *
 * The smallest scale that keeps it is the (m + 1)-th largest ratio of loss to requirement. For `exchangeable` that is the
 * ⌈(n + 1)·(1 − target)⌉-th smallest of split conformal prediction.
 *
 * @see Vovk, Gammerman and Shafer (2005), Algorithmic Learning in a Random World; Angelopoulos and Bates (2023), Foundations and
 *   Trends in Machine Learning 16; Wilks (1941), Annals of Mathematical Statistics 12
 * @throws {PlimsollError} `PLM_DOMAIN` for a target, count or confidence out of range.
 */
export function allowedBreaches(input: {
  readonly observations: number;
  readonly target: number;
  readonly promise: Exclude<ScalePromise, { kind: "blocks" }>;
}): number {
  const observations = requireCount("observations", input.observations, 1);
  const target = requireTarget(input.target);
  const { promise } = input;
  if (promise.kind === "confidence") return mostTolerated(observations, target, promise.confidence);
  return mostWithin(observations, target, promise.kind === "realised" ? 0 : 1);
}

/** The largest count that is so unlikely at the target that the true rate is below it, with this confidence. */
function mostTolerated(observations: number, target: number, confidence: number): number {
  const doubt = 1 - requireNumber("promise.confidence", confidence, 0, 1);
  if (doubt === 1) return observations;
  let low = -1;
  let high = observations;
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    if (binomialCdf(middle, observations, target) <= doubt) low = middle;
    else high = middle;
  }
  return low;
}

/** Largest m ≥ −1 with (m + extra)/(n + extra) ≤ target as a reader would divide it: 29/100 is within 0.29. */
function mostWithin(observations: number, target: number, extra: 0 | 1): number {
  const within = (count: number): boolean => (count + extra) / (observations + extra) <= target;
  let most = Math.floor((observations + extra) * target) - extra;
  while (most >= 0 && !within(most)) most -= 1;
  while (most < observations && within(most + 1)) most += 1;
  return most;
}
