// Runs TypeScript as a user's program would run in this package's folder, and gives what it prints.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "..");

/** What the program prints. Rejects when it fails. Its imports of `plimsoll/…` are the sources of this clone. */
export async function runExample(source: string): Promise<string> {
  const running = promisify(execFile)(
    process.execPath,
    ["--conditions=plimsoll-source", "--input-type=module-typescript", "-"],
    { cwd: root, timeout: 60_000 },
  );
  running.child.stdin?.end(source);
  return (await running).stdout;
}
