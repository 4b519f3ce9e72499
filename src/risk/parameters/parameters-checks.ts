import { type Problems } from "../../market/problems.ts";
import { type MarginParameters } from "./margin-parameters.ts";

const largestGap = (points: readonly number[]): number =>
  points.slice(1).reduce((gap, point, index) => Math.max(gap, point - (points[index] ?? 0)), 0);

/** Measures of the model's own, whose names a joint scenario may not take. */
const reservedIds: readonly string[] = ["expected-shortfall", "stress", "depeg", "value-at-risk"];

/** What one field's schema cannot say: order, completeness and the relations that the model's promises rest on. */
export function checkParameters(parameters: MarginParameters, problems: Problems): void {
  const { shortfall, stress, classes, underlyings } = parameters;
  const expect = (held: boolean, field: string, value: unknown, limit: string, remedy: string): void => {
    if (!held) problems.add("PLM_DOMAIN", { field, value, limit, remedy });
  };
  const level = shortfall.maintenanceLevel;
  const levelLimit = `at most initialLevel (${shortfall.initialLevel})`;
  const ordered = "A maintenance requirement never exceeds the initial one.";
  expect(level <= shortfall.initialLevel, "shortfall.maintenanceLevel", level, levelLimit, ordered);
  const factor = shortfall.maintenanceMultiplier;
  const factorLimit = `at most initialMultiplier (${shortfall.initialMultiplier})`;
  const factorHeld = factor <= shortfall.initialMultiplier;
  expect(factorHeld, "shortfall.maintenanceMultiplier", factor, factorLimit, ordered);

  const { riseLimit } = shortfall;
  const { forwardGuarantee } = parameters;
  if (riseLimit) {
    const day = riseLimit.riseSharePerDay;
    const dayLimit = `at least riseSharePerHour (${riseLimit.riseSharePerHour})`;
    const remedy = "A day is longer than an hour.";
    expect(day >= riseLimit.riseSharePerHour, "shortfall.riseLimit.riseSharePerDay", day, dayLimit, remedy);
  }
  if (forwardGuarantee) {
    const promised = [
      ["hourShare", riseLimit?.riseSharePerHour],
      ["dayShare", riseLimit?.riseSharePerDay],
    ] as const;
    for (const [field, speed] of promised) {
      const limit =
        speed === undefined ? "absent without shortfall.riseLimit" : `at least its speed (${speed})`;
      const remedy = "A promise is no tighter than what keeps it: raise it, or limit the rise.";
      const value = forwardGuarantee[field];
      expect(speed !== undefined && value >= speed, `forwardGuarantee.${field}`, value, limit, remedy);
    }
  }

  for (const field of ["spotPoints", "marketPoints", "volPoints"] as const) {
    const points = stress[field];
    const ascending = points.every((point, index) => index === 0 || point > (points[index - 1] ?? 0));
    const held = ascending && points[0] === -1 && points.at(-1) === 1 && points.includes(0);
    const limit = "ascending from -1 to 1, with 0";
    expect(held, `stress.${field}`, points, limit, "Sort the points and add the missing one.");
  }
  const ids = stress.joint.map(({ id }) => id);
  for (const [index, id] of ids.entries()) {
    const held = ids.indexOf(id) === index && !reservedIds.includes(id);
    const limit = `unique and none of ${reservedIds.join(", ")}`;
    expect(held, `stress.joint[${index}].id`, id, limit, "Rename the scenario.");
  }
  for (const [symbol, name] of Object.entries(underlyings)) {
    const limit = `one of ${Object.keys(classes).join(", ")}`;
    expect(
      Object.hasOwn(classes, name),
      `underlyings.${symbol}`,
      name,
      limit,
      "Name a class of this document.",
    );
  }
  const spotGap = largestGap(stress.spotPoints);
  const marketGap = largestGap(stress.marketPoints);
  for (const [name, risk] of Object.entries(classes)) {
    // Otherwise some grid point would be reached by no market move, or some market move would reach none.
    const least = Math.max(spotGap, risk.marketBeta * marketGap) / 2;
    const residual = risk.spotResidual;
    const limit = `at least ${least}, half the grid's step`;
    const remedy = "Raise it, or add grid points.";
    expect(residual >= least - 1e-9, `classes.${name}.spotResidual`, residual, limit, remedy);
    const cap = risk.basisCapYears;
    const capLimit = `at least basisFloorYears (${risk.basisFloorYears})`;
    const capHeld = cap >= risk.basisFloorYears;
    expect(capHeld, `classes.${name}.basisCapYears`, cap, capLimit, "Exchange the two.");
  }
}
