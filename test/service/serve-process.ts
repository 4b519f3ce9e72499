import { type ChildProcess, spawn, type SpawnOptions, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext } from "node:test";

export const program: string = join(import.meta.dirname, "../../src/cli/bin.ts");

/** A market that stands still, so that nothing happens by itself. */
export const still: readonly string[] = [
  "--speed",
  "0.000001",
  "--from",
  "2026-01-05T09:00Z",
  "--no-traders",
];

/** `plimsoll serve` as a process. */
export interface Served {
  readonly process: ChildProcess;
  readonly url: string;
  readonly sequence: number;
  /** What it printed so far. */
  output(): string;
  /** Lines of standard error after the first, such as warnings. */
  errors(): readonly string[];
  /** Asks it to stop, unless it ends by itself, and waits; its exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts it with `--json`, and waits until it serves. @throws what it printed when it ends instead. */
export async function serve(
  t: TestContext,
  directory: string,
  ...options: readonly string[]
): Promise<Served> {
  const child = spawn(
    process.execPath,
    [program, "serve", "--data", directory, "--port", "0", "--json", ...options],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const ended = once(child, "exit");
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  const errors: string[] = [];
  const first = Promise.withResolvers<string>();
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (line.includes('"started"')) first.resolve(line);
    else errors.push(line);
  });
  void ended.then(() => first.reject(new Error(`it did not start: ${errors.join("\n")}`)));
  const { url, sequence } = JSON.parse(await first.promise) as { url: string; sequence: number };
  return {
    process: child,
    url,
    sequence,
    output: () => output,
    errors: () => errors,
    async end(signal) {
      if (signal !== undefined) child.kill(signal);
      const [code] = (await ended) as [number | null];
      return code;
    },
  };
}

/** Runs it to its end, for what it refuses. */
export function refused(
  options: readonly string[],
  how: SpawnOptions = {},
): { readonly status: number | null; readonly errors: string } {
  const { status, stderr } = spawnSync(process.execPath, [program, "serve", ...options], {
    ...how,
    encoding: "utf8",
    timeout: 20_000,
  });
  return { status, errors: stderr };
}
