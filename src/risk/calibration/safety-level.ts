import { type MarginParameters, type ParameterSource } from "../parameters/margin-parameters.ts";
import { roundUpTo } from "./tail.ts";

/** Published to so many parts of one, rounded up. */
const perUnit = 1_000;

/** Largest factor on a shortfall that a document may hold. */
export const mostMultiplier = 10;

/**
 * The parameters at `level` times their safety level: both factors on the shortfall and every share of `stress.measured`, rounded up to
 * three decimals, shares to at most 1. Levels count from these parameters, so rounding does not add up.
 *
 * @param level - above 0; with it `initialMultiplier` is at most {@link mostMultiplier}.
 */
export function atSafetyLevel(parameters: MarginParameters, level: number): MarginParameters {
  const { shortfall, stress } = parameters;
  // + 0: never −0
  const scaled = (value: number): number => roundUpTo(level * value, perUnit) + 0;
  const { measured } = stress;
  const kept = (share: number): number => Math.min(1, scaled(share));
  return {
    ...parameters,
    shortfall: {
      ...shortfall,
      initialMultiplier: scaled(shortfall.initialMultiplier),
      maintenanceMultiplier: scaled(shortfall.maintenanceMultiplier),
    },
    stress: measured
      ? {
          ...stress,
          measured: {
            fullDays: measured.fullDays,
            spotShare: kept(measured.spotShare),
            volUpShare: kept(measured.volUpShare),
            volDownShare: kept(measured.volDownShare),
            skewShare: kept(measured.skewShare),
            basisShare: kept(measured.basisShare),
            pegShare: kept(measured.pegShare),
          },
        }
      : stress,
  };
}

/** Parameters whose sources name where their safety level comes from, in place of what was said of it before. */
export function withLevelSource(parameters: MarginParameters, fittedFrom: string): MarginParameters {
  const levelled = [
    "shortfall.initialMultiplier",
    "shortfall.maintenanceMultiplier",
    ...(parameters.stress.measured ? ["stress.measured"] : []),
  ];
  const sources: readonly ParameterSource[] = [
    ...levelled.map((parameter): ParameterSource => ({ parameter, fittedFrom })),
    ...parameters.sources.filter(({ parameter }) => !levelled.includes(parameter)),
  ];
  return { ...parameters, sources };
}
