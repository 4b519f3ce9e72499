import { PlimsollError } from "../../quantity/error.ts";
import { allowedBreaches } from "../backtest/allowed-breaches.ts";
import { type LossSeries } from "../backtest/breach.ts";
import { equalSafetyScale } from "../backtest/equal-safety.ts";

/** Windows of one type of book, with what its requirements would be without a cap. */
export interface TypeWindowsWalked extends LossSeries {
  /**
   * At least the requirement. More where the requirement is the most that the book can lose: what would be asked otherwise, as far as is
   * known. No level makes such a window breach until that falls below the loss.
   */
  readonly uncapped: Float64Array;
}

/** What one type of book needs to keep the promise. */
export interface TypeNeed {
  readonly name: string;
  readonly windows: number;
  /**
   * `exchangeable`: the next window breaches with probability at most the target. `realised`: too few windows for that; none of these may
   * breach.
   */
  readonly promise: "exchangeable" | "realised";
  /** Most breaches with which the promise is kept. */
  readonly allowed: number;
  /** Windows that lost more than was asked. */
  readonly breaches: number;
  /** Smallest factor on the requirements with which it keeps the promise; above 1 it does not keep it as it is. */
  readonly scale: number;
  /** The same of the uncapped requirements, at most `scale` and above 1 exactly where `scale` is: what the level must become. */
  readonly factor: number;
  /** Share of windows whose requirement is capped. */
  readonly cappedShare: number;
}

/**
 * Needs of types of book, in their order.
 *
 * @param target - share of windows that may breach, above 0 and below 1.
 * @throws {PlimsollError} `PLM_NO_SOLUTION` for a type that loses without a requirement more often than allowed: no level helps it;
 *   `PLM_DATA_GAP` for one without windows; `PLM_DOMAIN` for numbers out of range.
 */
export function typeNeeds(types: readonly TypeWindowsWalked[], target: number): readonly TypeNeed[] {
  return types.map((type): TypeNeed => {
    const { name, losses, requirements, uncapped } = type;
    const windows = losses.length;
    const allowed =
      windows === 0
        ? -1
        : allowedBreaches({ observations: windows, target, promise: { kind: "exchangeable" } });
    const promise = allowed >= 0 ? "exchangeable" : "realised";
    const solved = (asked: Float64Array) =>
      equalSafetyScale({
        types: [{ name, losses, requirements: asked }],
        target,
        promise: { kind: promise },
      }).types[0]!;
    const { scale, allowedBreaches: most, breachesUnscaled, breachesAtEveryScale } = solved(requirements);
    if (scale === Infinity) {
      throw new PlimsollError("PLM_NO_SOLUTION", {
        field: `type ${name}`,
        value: breachesAtEveryScale,
        limit: `at most ${most ?? 0} of its ${windows} windows may lose something without any requirement`,
        remedy:
          "No level helps a book of which nothing is asked: give its risks a shock or a minimum charge.",
      });
    }
    // A loss beyond the cap is a breach whatever lies behind the cap.
    const behind = uncapped.map((usd, at) =>
      losses[at]! > requirements[at]! ? requirements[at]! : Math.max(usd, requirements[at]!),
    );
    return {
      name,
      windows,
      promise,
      allowed: most ?? 0,
      breaches: breachesUnscaled,
      scale,
      factor: solved(behind).scale,
      cappedShare: uncapped.reduce((sum, usd, at) => sum + (usd > requirements[at]! ? 1 : 0), 0) / windows,
    };
  });
}
