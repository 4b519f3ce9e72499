export * from "./clearinghouse.ts";
export * from "./machine.ts";
export { Receipts } from "./receipts.ts";
export * from "./recover.ts";
export { replayAfter } from "./replay-after.ts";
export * from "./signed-command.ts";
