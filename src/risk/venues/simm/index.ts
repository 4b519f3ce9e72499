export * from "./aggregation.ts";
export * from "./curvature.ts";
export { simmModel, underlyingSensitivities, type UnderlyingSensitivities } from "./margin-model.ts";
export * from "./parameters.ts";
