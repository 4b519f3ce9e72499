export * from "./interest.ts";
export * from "./ledger.ts";
