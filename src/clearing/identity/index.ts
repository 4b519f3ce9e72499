export * from "./identity.ts";
export * from "./permissions.ts";
export { type KeyGrant, Signers } from "./signers.ts";
