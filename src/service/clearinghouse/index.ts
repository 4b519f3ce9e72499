export * from "./clearinghouse.ts";
export * from "./machine.ts";
export * from "./recover.ts";
export * from "./signed-command.ts";
