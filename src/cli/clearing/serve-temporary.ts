import { existsSync, lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeFileSystem } from "../../service/journal/index.ts";

/** Folders of runs that were given none. */
const prefix = "plimsoll-run-";
/** Stands in those that nobody has gone on with by name: only such are ever removed. */
const markName = "temporary";
/** One that has no journal yet may belong to a run that is just starting. */
const startingMs = 600_000;

/** Whoever goes on with a folder by its name means to keep it. */
export function keepFolder(directory: string): void {
  rmSync(join(directory, markName), { force: true });
}

export function temporaryFolder(parent: string = tmpdir()): string {
  const directory = mkdtempSync(join(parent, prefix));
  writeFileSync(join(directory, markName), "");
  return directory;
}

/** Removes what earlier runs without a folder left, but for the last, and for what a process holds. Says how many it removed. */
export async function removeEarlier(parent: string = tmpdir()): Promise<number> {
  const found = readdirSync(parent)
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(parent, name))
    .flatMap((directory) => markedSince(directory) ?? [])
    .sort((a, b) => b.sinceMs - a.sinceMs);
  let [stopped, removed] = [0, 0];
  for (const { directory, sinceMs } of found) {
    if (!existsSync(join(directory, "journal"))) {
      if (Date.now() - sinceMs > startingMs) removed += remove(directory);
      continue;
    }
    const lock = await nodeFileSystem.lock(join(directory, "journal", "lock")).catch(() => undefined);
    if (lock === undefined) continue;
    try {
      if (stopped++ > 0 && markedSince(directory) !== undefined) removed += remove(directory);
    } finally {
      await lock.release();
    }
  }
  return removed;
}

/** When a folder of this user's was made, if it is a temporary one. */
function markedSince(
  directory: string,
): { readonly directory: string; readonly sinceMs: number } | undefined {
  try {
    const folder = lstatSync(directory);
    const isOwn = process.getuid === undefined || folder.uid === process.getuid();
    if (!folder.isDirectory() || !isOwn) return undefined;
    return { directory, sinceMs: lstatSync(join(directory, markName)).mtimeMs };
  } catch {
    return undefined; // not one, or it went meanwhile
  }
}

function remove(directory: string): 0 | 1 {
  try {
    rmSync(directory, { recursive: true, force: true });
    return 1;
  } catch {
    return 0; // the next run tries again
  }
}
