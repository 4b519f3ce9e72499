import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, unlink, writeFile, readFile, type FileHandle } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PlimsollError } from "../../quantity/error.ts";
import type { FileSystem, Lock, OpenFile, Surroundings } from "./file-system.ts";

const codesOfUse: ReadonlySet<string> = new Set([
  "ENOENT",
  "EACCES",
  "EPERM",
  "EEXIST",
  "ENOTDIR",
  "EISDIR",
  "EROFS",
]);

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** What the system said, as our error. */
function told(path: string, error: unknown): PlimsollError {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code !== undefined && codesOfUse.has(code)) {
    return new PlimsollError("PLM_FILE", {
      field: path,
      value: code,
      limit: "a file or folder that this user may read and write",
      remedy: `Check the path and its permissions. The system says: ${message}.`,
    });
  }
  return new PlimsollError("PLM_DISK", {
    field: path,
    value: code ?? message,
    limit: "a disk that does as told",
    remedy: `Free or replace the disk, then restart. The system says: ${message}.`,
  });
}

async function asking<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof PlimsollError ? error : told(path, error);
  }
}

class NodeFile implements OpenFile {
  readonly path: string;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  size(): Promise<number> {
    return asking(this.path, async () => (await this.#handle.stat()).size);
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return asking(this.path, async () => {
      let done = 0;
      while (done < into.length) {
        const { bytesRead } = await this.#handle.read(into, done, into.length - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    });
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    return asking(this.path, async () => {
      let done = 0;
      while (done < bytes.length) {
        const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done);
        if (bytesWritten === 0) throw new Error("the system wrote nothing");
        done += bytesWritten;
      }
    });
  }

  sync(): Promise<void> {
    return asking(this.path, () => this.#handle.datasync());
  }

  close(): Promise<void> {
    return asking(this.path, () => this.#handle.close());
  }
}

/**
 * Node has no file locks of its own, SQLite has: an exclusive transaction on an empty database holds one that the kernel gives
 * back however the process ends, so there are no stale locks. The file must never be opened by other means in this process,
 * since closing it would give the lock up.
 */
async function lock(path: string): Promise<Lock> {
  const owner = `${path}.owner`;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    const busy = 5; // SQLITE_BUSY
    const code = error instanceof Error && "errcode" in error ? Number(error.errcode) : NaN;
    if ((code & 0xff) !== busy) throw told(path, error);
    const who = await readFile(owner, "utf8").catch(() => "");
    throw new PlimsollError("PLM_JOURNAL_LOCKED", {
      field: path,
      value: who.trim() || "held by an unknown process",
      limit: "free",
      remedy: "Stop the process that holds it, or open another folder. Nothing needs to be removed by hand.",
    });
  }
  const held = database;
  await writeFile(owner, `process ${process.pid} on ${hostname()}\n`).catch(() => undefined);
  return {
    release: () => {
      held.close();
      return Promise.resolve();
    },
  };
}

/** The disk that this process runs on. */
export const nodeFileSystem: FileSystem = {
  makeDirectory: (path) =>
    asking(path, async () => {
      const first = await mkdir(path, { recursive: true });
      if (first === undefined) return;
      // Each new name is durable only once the directory that holds it is synced.
      for (let at = resolve(path); at !== dirname(resolve(first)); at = dirname(at))
        await syncDirectory(dirname(at));
    }),
  list: (directory) =>
    asking(directory, async () => {
      try {
        return (await readdir(directory)).sort();
      } catch (error) {
        if (codeOf(error) === "ENOENT") return [];
        throw error;
      }
    }),
  open: (path, how) =>
    asking(path, async () => {
      const flags = { read: "r", update: "r+", create: "wx+" } as const;
      return new NodeFile(path, await open(path, flags[how], 0o600));
    }),
  rename: (from, to) => asking(from, () => rename(from, to)),
  remove: (path) => asking(path, () => unlink(path)),
  syncDirectory,
  lock,
};

function syncDirectory(path: string): Promise<void> {
  return asking(path, async () => {
    if (process.platform === "win32") return; // directories can't be synced there; names are journalled by NTFS
    const handle = await open(path, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

export const nodeSurroundings: Surroundings = {
  files: nodeFileSystem,
  random: (bytes) => new Uint8Array(randomBytes(bytes)),
  nowMicros: () => performance.now() * 1000,
  soon: (work) => void setImmediate(work),
  later: (work, delayMs) => {
    const timer = setTimeout(work, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
