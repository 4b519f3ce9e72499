import { type Problems } from "../../market/problems.ts";
import { type MarginParameters } from "./margin-parameters.ts";

const largestGap = (points: readonly number[]): number =>
  points.slice(1).reduce((gap, point, index) => Math.max(gap, point - (points[index] ?? 0)), 0);

/** What one field's schema cannot say: order, completeness and the relations that the model's promises rest on. */
export function checkParameters(parameters: MarginParameters, problems: Problems): void {
  const { shortfall, stress, classes, underlyings } = parameters;
  const require = (held: boolean, field: string, value: unknown, limit: string, remedy: string): void => {
    if (!held) problems.add("PLM_DOMAIN", { field, value, limit, remedy });
  };
  require(shortfall.maintenanceLevel <=
    shortfall.initialLevel, "shortfall.maintenanceLevel", shortfall.maintenanceLevel, `at most initialLevel (${shortfall.initialLevel})`, "A maintenance requirement never exceeds the initial one.");
  require(shortfall.maintenanceMultiplier <=
    shortfall.initialMultiplier, "shortfall.maintenanceMultiplier", shortfall.maintenanceMultiplier, `at most initialMultiplier (${shortfall.initialMultiplier})`, "A maintenance requirement never exceeds the initial one.");
  for (const field of ["spotPoints", "marketPoints", "volPoints"] as const) {
    const points = stress[field];
    const ascending = points.every((point, index) => index === 0 || point > (points[index - 1] ?? 0));
    require(ascending &&
      points[0] === -1 &&
      points.at(-1) === 1 &&
      points.includes(
        0,
      ), `stress.${field}`, points, "ascending from -1 to 1, with 0", "Sort the points and add the missing one.");
  }
  const ids = stress.joint.map(({ id }) => id);
  const reserved = ["expected-shortfall", "stress", "depeg"];
  for (const [index, id] of ids.entries()) {
    require(ids.indexOf(id) === index &&
      !reserved.includes(
        id,
      ), `stress.joint[${index}].id`, id, `unique and none of ${reserved.join(", ")}`, "Rename the scenario.");
  }
  require(Object.hasOwn(
    classes,
    "default",
  ), "classes.default", undefined, "a risk class", "Add the class that applies to every underlying not listed.");
  for (const [symbol, name] of Object.entries(underlyings)) {
    require(Object.hasOwn(
      classes,
      name,
    ), `underlyings.${symbol}`, name, `one of ${Object.keys(classes).join(", ")}`, "Name a class of this document.");
  }
  const spotGap = largestGap(stress.spotPoints);
  const marketGap = largestGap(stress.marketPoints);
  for (const [name, risk] of Object.entries(classes)) {
    const least = Math.max(spotGap, risk.marketBeta * marketGap) / 2;
    require(risk.spotResidual >=
      least -
        1e-9, `classes.${name}.spotResidual`, risk.spotResidual, `at least ${least}, half the grid's step`, "A smaller residual would leave grid points that no market move reaches.");
    require(risk.basisCapYears >=
      risk.basisFloorYears, `classes.${name}.basisCapYears`, risk.basisCapYears, `at least basisFloorYears (${risk.basisFloorYears})`, "Exchange the two.");
  }
}
