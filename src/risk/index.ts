export * from "./margin-model.ts";
