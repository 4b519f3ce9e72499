export type * from "./command-log.ts";
export { openEmbeddedLog } from "./embedded-log.ts";
export type { FileSystem, Lock, OpenFile, Surroundings } from "./file-system.ts";
export { nodeFileSystem, nodeSurroundings } from "./node-file-system.ts";
export { readJournal } from "./read-journal.ts";
export { Histogram } from "./histogram.ts";
