import { basename, join } from "node:path";
import { PlimsollError, requireNumber } from "../../quantity/error.ts";
import { sameBytes } from "./block.ts";
import type {
  LatestSnapshot,
  Snapshot,
  SnapshotInfo,
  SnapshotInput,
  SnapshotReader,
  SnapshotStore,
} from "./command-log.ts";
import type { FilesToRead, FileSystem, OpenFile } from "./file-system.ts";
import { corruptFile } from "./journal-errors.ts";
import {
  readSnapshot,
  sequenceOfSnapshot,
  snapshotName,
  temporaryName,
  writeSnapshot,
  type SnapshotHead,
} from "./snapshot-file.ts";

const longestRoot = 64;

/** Reads the snapshots of a journal's folder, and changes nothing there. */
export class FileSnapshots implements SnapshotReader {
  readonly #files: FilesToRead;
  protected readonly directory: string;
  protected readonly journalId: Uint8Array;
  readonly #atMost: number;

  /** @param atMost - later ones don't count. */
  constructor(files: FilesToRead, directory: string, journalId: Uint8Array, atMost: number = Infinity) {
    this.#files = files;
    this.directory = directory;
    this.journalId = journalId;
    this.#atMost = atMost;
  }

  async latest(atMost: number = Infinity): Promise<LatestSnapshot> {
    const rejected: { readonly file: string; readonly reason: string }[] = [];
    for (const sequence of await this.sequences()) {
      if (sequence > atMost) continue;
      const found = await this.#verify(sequence);
      if (found === undefined) continue;
      if (typeof found !== "string") return { snapshot: found, rejected };
      rejected.push({ file: join(this.directory, snapshotName(sequence)), reason: found });
    }
    return { snapshot: undefined, rejected };
  }

  async list(): Promise<readonly SnapshotInfo[]> {
    const infos: SnapshotInfo[] = [];
    for (const sequence of await this.sequences()) {
      const path = join(this.directory, snapshotName(sequence));
      const file = await this.#openIfThere(path);
      if (!file) continue;
      infos.push({ sequence, file: path, bytes: await file.size() });
      await file.close();
    }
    return infos;
  }

  /** Newest first. */
  protected async sequences(): Promise<number[]> {
    const names = await this.#files.list(this.directory);
    const sequences = names.flatMap((name) => sequenceOfSnapshot(name) ?? []);
    return sequences.filter((sequence) => sequence <= this.#atMost).sort((a, b) => b - a);
  }

  /** Nothing if it was removed since it was listed: whoever writes keeps the newest only. */
  async #openIfThere(path: string): Promise<OpenFile | undefined> {
    try {
      return await this.#files.open(path, "read");
    } catch (error) {
      const isThere = (await this.#files.list(this.directory)).includes(basename(path));
      if (isThere || !(error instanceof PlimsollError)) throw error;
      return undefined;
    }
  }

  /** The snapshot, or why it isn't one; nothing if it is gone. */
  async #verify(sequence: number): Promise<Snapshot | string | undefined> {
    const path = join(this.directory, snapshotName(sequence));
    const file = await this.#openIfThere(path);
    if (!file) return undefined;
    let head: SnapshotHead | undefined;
    let bytes: number;
    try {
      bytes = await file.size();
      for await (const piece of readSnapshot(file)) {
        if ("damage" in piece) return piece.damage;
        if ("head" in piece) head = piece.head;
      }
    } finally {
      await file.close();
    }
    if (head?.sequence !== sequence) return `it is that of record ${head?.sequence}`;
    if (!sameBytes(head.journalId, this.journalId)) return "it is that of another journal";
    const chunks = (): AsyncIterable<Uint8Array> => this.#chunks(path);
    return { sequence, file: path, bytes, stateRoot: head.stateRoot, chunks };
  }

  async *#chunks(path: string): AsyncGenerator<Uint8Array, void> {
    const file = await this.#files.open(path, "read");
    try {
      for await (const piece of readSnapshot(file)) {
        if ("damage" in piece) throw corruptFile(path, piece.damage);
        if ("chunk" in piece) yield piece.chunk;
      }
    } finally {
      await file.close();
    }
  }
}

/** Snapshots as files in the folder of an open journal. */
export class FileSnapshotStore extends FileSnapshots implements SnapshotStore {
  readonly #files: FileSystem;
  readonly #retain: number;
  readonly #durableSequence: () => number;
  /** The save under way: one at a time. */
  #saving: Promise<unknown> = Promise.resolve();

  constructor(
    files: FileSystem,
    directory: string,
    journalId: Uint8Array,
    retain: number,
    durableSequence: () => number,
  ) {
    super(files, directory, journalId);
    this.#files = files;
    this.#retain = retain;
    this.#durableSequence = durableSequence;
  }

  save(input: SnapshotInput): Promise<SnapshotInfo> {
    const saved = this.#saving.then(() => this.#save(input));
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  async #save({ sequence, stateRoot, chunks }: SnapshotInput): Promise<SnapshotInfo> {
    requireNumber("sequence", sequence, 0, this.#durableSequence());
    requireNumber("stateRoot.length", stateRoot.length, 1, longestRoot);
    if (!Number.isInteger(sequence)) {
      throw new PlimsollError("PLM_DOMAIN", {
        field: "sequence",
        value: sequence,
        limit: "a whole number",
        remedy: "Give the sequence of the last record that the state holds.",
      });
    }
    const path = join(this.directory, snapshotName(sequence));
    const temporary = join(this.directory, temporaryName(sequence));
    const names = await this.#files.list(this.directory);
    if (names.includes(temporaryName(sequence))) await this.#files.remove(temporary);
    const file = await this.#files.open(temporary, "create");
    let bytes: number;
    try {
      try {
        bytes = await writeSnapshot(file, { journalId: this.journalId, sequence, stateRoot }, chunks);
      } finally {
        await file.close();
      }
      await this.#files.rename(temporary, path);
    } catch (error) {
      // Its room may be what the disk lacks. Recovery removes it otherwise.
      await this.#files.remove(temporary).catch(() => undefined);
      throw error;
    }
    await this.#files.syncDirectory(this.directory);
    for (const old of (await this.sequences()).slice(this.#retain)) {
      await this.#files.remove(join(this.directory, snapshotName(old)));
    }
    return { sequence, file: path, bytes };
  }

  /** Waits for the save under way. */
  async settle(): Promise<void> {
    await this.#saving;
  }
}
