import { PlimsollError } from "../../quantity/error.ts";
import { allowedBreaches, requireTarget } from "./allowed-breaches.ts";
import { breachScales, requireLosses, requireSameLength, type LossSeries } from "./breach.ts";
import { requireCount } from "./coverage.ts";

/**
 * The equal-safety scale as a function of how often each period occurs, for {@link bootstrapStatistic}: the smallest with which every type's
 * realised breach rate is at most `target`. Sorted once; a call costs the windows' number plus the tail.
 *
 *     const scale = resampledScale({ types, periods: 730, target: 0.01 });
 *     bootstrapStatistic({ periods: 730, blockLength: 10, statistic: scale }).interval;
 *
 * With `scaleA` and `scaleB` of two models on the same windows, `scaleA(times) * meanA(times) / (scaleB(times) * meanB(times))` is the
 * ratio of their capital at equal safety, its interval included.
 *
 * @param periods - their number. @param types - with the period of each window, 0 to periods − 1. A type without windows in a resample
 *   asks for nothing.
 * @throws {PlimsollError} `PLM_DATA_GAP` or `PLM_DOMAIN` for what is not a series, or periods out of range.
 */
export function resampledScale(input: {
  readonly types: readonly (Omit<LossSeries, "name"> & { readonly periods: Int32Array })[];
  readonly periods: number;
  readonly target: number;
}): (times: Uint32Array) => number {
  const target = requireTarget(input.target);
  const periods = requireCount("periods", input.periods, 1);
  const types = input.types.map((type, index) => {
    requireLosses(`types[${index}]`, type);
    requireSameLength(`types[${index}].periods`, type.periods.length, type.losses.length);
    const windows = new Uint32Array(periods);
    for (const [at, period] of type.periods.entries()) {
      if (period < 0 || period >= periods) {
        throw new PlimsollError("PLM_DOMAIN", {
          field: `types[${index}].periods[${at}]`,
          value: period,
          limit: `an integer from 0 to ${periods - 1}`,
          remedy: "Number periods from 0.",
        });
      }
      windows[period] = (windows[period] ?? 0) + 1;
    }
    const scales = breachScales(type);
    const order = Array.from(scales.keys())
      .filter((at) => (scales[at] ?? 0) > 0)
      .sort((a, b) => {
        const [left, right] = [scales[a] ?? 0, scales[b] ?? 0];
        return left > right ? -1 : left < right ? 1 : a - b;
      });
    return {
      windows,
      scales: Float64Array.from(order, (at) => scales[at] ?? 0),
      periods: Int32Array.from(order, (at) => type.periods[at] ?? 0),
    };
  });
  return (times) => {
    let largest = 0;
    for (const type of types) {
      let observations = 0;
      for (let period = 0; period < periods; period++) {
        observations += (times[period] ?? 0) * (type.windows[period] ?? 0);
      }
      if (observations === 0) continue;
      let left = allowedBreaches({ observations, target, promise: { kind: "realised" } });
      for (let at = 0; at < type.scales.length; at++) {
        left -= times[type.periods[at] ?? 0] ?? 0;
        if (left >= 0) continue;
        largest = Math.max(largest, type.scales[at] ?? 0);
        break;
      }
    }
    return largest;
  };
}
