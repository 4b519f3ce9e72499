// Runs TypeScript as a user's program would run in this package's folder, and gives what it prints.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "..");

/**
 * What the program prints, be it on standard error with 2 as its exit code: what it needs and was not given. Rejects when it fails otherwise. Its
 * imports of `plimsoll/…` are the sources of this clone.
 */
export async function runExample(source: string): Promise<string> {
  const running = promisify(execFile)(
    process.execPath,
    ["--conditions=plimsoll-source", "--input-type=module-typescript", "-"],
    { cwd: root, timeout: 60_000, env: withoutSettings() },
  );
  running.child.stdin?.end(source);
  try {
    return (await running).stdout;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === 2 && "stderr" in error) {
      return String(error.stderr);
    }
    throw error;
  }
}

/** Examples that run against a service show what they need: none is given. */
function withoutSettings(): NodeJS.ProcessEnv {
  const given = Object.entries(process.env).filter(([name]) => !name.startsWith("PLIMSOLL_"));
  return Object.fromEntries(given);
}
