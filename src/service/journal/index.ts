export type * from "./command-log.ts";
