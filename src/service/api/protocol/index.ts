export * from "./commands.ts";
export * from "./documents.ts";
export * from "./errors.ts";
export * from "./route-types.ts";
export * from "./routes.ts";
export * from "./sessions.ts";
export * from "./stream.ts";
export { channelSchemas, clientMessageSchemas, serverMessageSchemas } from "./stream-schemas.ts";
