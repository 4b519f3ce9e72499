import { type RiseLimitParameters } from "../parameters/margin-parameters.ts";
import { type FilteredFactor, lastAtOrBefore } from "./factor-history.ts";

/** Growth beyond this is no limit any more: no volatility is a million times another. */
const unlimited = 1e6;
const hourMs = 3_600_000;
const growths = new Map<string, Float64Array>();

/**
 * By how much what is limited may have grown after so many hours, equation (7b): `hours` → G. By {@link RiseLimitParameters.riseSharePerHour}
 * an hour, and by no more than {@link RiseLimitParameters.riseSharePerDay} in any 24. G(a + b) ≤ G(a)·G(b), on which the guarantee rests. Ends
 * where growth is without limit.
 */
export function allowedGrowth(limit: RiseLimitParameters): Float64Array {
  const key = `${limit.riseSharePerHour} ${limit.riseSharePerDay}`;
  const known = growths.get(key);
  if (known) return known;
  const table: number[] = [];
  for (let day = 1; day < unlimited; day *= 1 + limit.riseSharePerDay) {
    let withinDay = 1;
    for (let hour = 0; hour < 24; hour++) {
      table.push(day * Math.min(withinDay, 1 + limit.riseSharePerDay));
      withinDay *= 1 + limit.riseSharePerHour;
    }
  }
  const growth = Float64Array.from(table);
  growths.set(key, growth);
  return growth;
}

/** A volatility whose rise is limited, with what each earlier instant lets it be. */
export interface LimitedVolatility {
  /** Now, per √hour. */
  readonly now: number;
  /** What it could be now at most had nothing been observed after an instant; ∞ where that is long ago. */
  boundFrom(timeMs: number): number;
}

/**
 * Limits the rise of a volatility, equation (7b): the least of all its past values, each grown by as much as is allowed since it was last
 * valid. That is the largest function below the volatility that never rises faster. A value holds until the next observation, so a daily
 * series climbs by hours, too.
 *
 * @param volatilities - per √hour at each observation of `factor`. @param last - the newest observation that is looked at.
 */
export function limitedVolatility(
  { timesMs }: FilteredFactor,
  volatilities: Float64Array,
  last: number,
  asOfMs: number,
  limit: RiseLimitParameters,
): LimitedVolatility {
  const growth = allowedGrowth(limit);
  // Hours since the observation after `index` took its place: at least one has begun.
  const hoursSince = (index: number): number =>
    index === last ? 0 : Math.floor((asOfMs - (timesMs[index + 1] ?? 0)) / hourMs) + 1;
  let first = last;
  while (first > 0 && hoursSince(first - 1) < growth.length) first -= 1;
  const bounds = new Float64Array(last - first + 1);
  let least = Infinity;
  for (let index = first; index <= last; index++) {
    least = Math.min(least, (volatilities[index] ?? 0) * (growth[hoursSince(index)] ?? Infinity));
    bounds[index - first] = least;
  }
  return {
    now: least,
    boundFrom: (timeMs) => bounds[Math.min(last, lastAtOrBefore(timesMs, timeMs)) - first] ?? Infinity,
  };
}
