export { spanModel } from "./margin-model.ts";
export * from "./parameters.ts";
