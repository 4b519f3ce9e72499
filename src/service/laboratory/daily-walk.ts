import { type Walk } from "./delta-one.ts";
import { dayMs, type Panel, timeAt } from "./panels.ts";
import { horizonHours, type TrackContext } from "./track.ts";

/**
 * The days at which margin is asked for on a panel of days, and the windows of one and two days that open there: every day, or one of `every`.
 *
 * @param firstStep - days before it are left out.
 */
export function dailyWalk(
  panel: Panel,
  { fromMs, toMs }: TrackContext,
  every: number,
  firstStep: number = 0,
): Pick<Walk, "horizons" | "instants" | "endStep"> {
  const instants = Array.from({ length: Math.max(0, panel.length - firstStep) }, (_, day) => firstStep + day)
    .map((step) => ({ step, timeMs: timeAt(panel, step) }))
    .filter(({ timeMs }) => timeMs >= fromMs && timeMs < toMs)
    .filter(({ timeMs }) => Math.round(timeMs / dayMs) % every === 0)
    .map(({ step, timeMs }) => ({ step, ordinal: Math.round(timeMs / dayMs) / every }));
  const horizons = [24, 48].map((hours) => {
    const apart = Math.ceil(hours / (24 * every));
    return {
      index: horizonHours.indexOf(hours),
      steps: hours / 24,
      isDue: (ordinal: number) => ordinal % apart === 0,
    };
  });
  return { horizons, instants, endStep: Math.ceil((toMs - panel.startMs) / panel.stepMs) };
}
