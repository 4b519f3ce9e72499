export { simmModel } from "./margin-model.ts";
export * from "./parameters.ts";
