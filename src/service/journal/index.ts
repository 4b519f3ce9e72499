export type * from "./command-log.ts";
export { archiveSegments, type Archived, type ArchiveOptions } from "./archive.ts";
export { openEmbeddedLog } from "./embedded-log.ts";
export type { FilesToRead, FileSystem, Lock, OpenFile, Surroundings } from "./file-system.ts";
export { nodeFileSystem, nodeSurroundings } from "./node-file-system.ts";
export {
  openJournalReader,
  readJournal,
  type JournalReader,
  type JournalReaderOptions,
  type ReaderSurroundings,
} from "./open-reader.ts";
export { Histogram } from "./histogram.ts";
