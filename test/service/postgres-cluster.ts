import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A PostgreSQL server of the test's own, on loopback. */
export interface PostgresCluster {
  readonly connection: string;
  /** Ends it as a power cut would; `start` brings it back. */
  halt(): void;
  start(): void;
  stop(): void;
}

const versions = "/usr/lib/postgresql";

function programs(): string | undefined {
  if (!existsSync(versions)) return undefined;
  const newest = readdirSync(versions).sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : join(versions, newest, "bin");
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Starts a new server if Debian's package is installed, else undefined. It refuses to run as root: the user `postgres` runs it then. */
export async function startPostgres(): Promise<PostgresCluster | undefined> {
  const bin = programs();
  if (bin === undefined) return undefined;
  const isRoot = process.getuid?.() === 0;
  const run = (program: string, ...args: string[]): void => {
    const command = [join(bin, program), ...args];
    const [file = "", ...rest] = isRoot ? ["runuser", "-u", "postgres", "--", ...command] : command;
    // the server keeps its standard streams: they must not be this process's pipes
    const { status } = spawnSync(file, rest, { stdio: "ignore", cwd: tmpdir() });
    if (status !== 0) throw new Error(`${program} ended with ${status}`);
  };
  const folder = mkdtempSync(join(tmpdir(), "plimsoll-postgres-"));
  if (isRoot) {
    const id = (flag: string): number =>
      Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout);
    chownSync(folder, id("-u"), id("-g"));
  }
  const data = join(folder, "data");
  const port = await freePort();
  run("initdb", "-D", data, "-U", "plimsoll", "-A", "trust", "--no-sync");
  const settings = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off`;
  const start = (): void => run("pg_ctl", "-D", data, "-w", "-o", settings, "start");
  const halt = (): void => run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop");
  start();
  return {
    connection: `postgresql://plimsoll@127.0.0.1:${port}/postgres`,
    halt,
    start,
    stop() {
      halt();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
