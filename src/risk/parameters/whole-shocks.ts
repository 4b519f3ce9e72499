import { type MarginParameters } from "./margin-parameters.ts";

const known = new WeakMap<MarginParameters, MarginParameters>();

/**
 * The parameters with every stress shock in full, whatever past an underlying has: what a fund is measured by, equation (10b).
 * The same document for the same parameters, so that scenarios made with it are found again.
 */
export function wholeShocks(parameters: MarginParameters): MarginParameters {
  const { measured } = parameters.stress;
  if (!measured) return parameters;
  const before = known.get(parameters);
  if (before) return before;
  // The days stay, because past moves hang on them, too.
  const whole = {
    ...measured,
    spotShare: 1,
    volUpShare: 1,
    volDownShare: 1,
    skewShare: 1,
    basisShare: 1,
    pegShare: 1,
  };
  const made = { ...parameters, stress: { ...parameters.stress, measured: whole } };
  known.set(parameters, made);
  // What is whole stays as it is.
  known.set(made, made);
  return made;
}
