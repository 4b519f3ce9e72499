/** What a reader asks of a disk: nothing that changes it. */
export interface FilesToRead {
  /** Names in a directory, sorted by code unit; none if the directory doesn't exist. */
  list(directory: string): Promise<string[]>;
  open(path: string, how: "read"): Promise<OpenFile>;
}

/**
 * The few things that the journal asks of a disk. The real one is {@link "./node-file-system.ts"}; the tests have one that
 * crashes. Every promise is rejected with a `PlimsollError`: `PLM_FILE` for what is missing or forbidden, `PLM_DISK` otherwise.
 *
 * Nothing that is written, created, renamed or removed is durable before the file, or for names the directory, was synced.
 */
export interface FileSystem extends FilesToRead {
  /** Creates the directory, and its parents, unless it exists; durable when fulfilled. */
  makeDirectory(path: string): Promise<void>;
  /** `create` makes a file that must not exist yet. */
  open(path: string, how: "read" | "update" | "create"): Promise<OpenFile>;
  /** Replaces `to` at once. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  syncDirectory(path: string): Promise<void>;
  /** Takes the lock that `path` stands for, for as long as this process lives; `PLM_JOURNAL_LOCKED` if it is taken. */
  lock(path: string): Promise<Lock>;
}

export interface OpenFile {
  readonly path: string;
  size(): Promise<number>;
  /** Fills `into` from `position` on; less only at the end of the file. Gives the number of bytes read. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes all of `bytes`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Makes what was written durable, the size included. After a failure nobody knows what is: never try again. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface Lock {
  release(): Promise<void>;
}

/** Everything that the journal takes from its surroundings. */
export interface Surroundings {
  readonly files: FileSystem;
  /** Unpredictable bytes, for the identity of a new journal. */
  random(bytes: number): Uint8Array;
  /** A clock that never goes back, for durations only. */
  nowMicros(): number;
  /** Calls `work` once, when what arrived in the meantime was taken in. */
  soon(work: () => void): void;
  /** Calls `work` once, after at least `delayMs`, unless cancelled by the function given back. */
  later(work: () => void, delayMs: number): () => void;
}
