import { spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createInterface } from "node:readline";

/** How a native yardstick is compiled. */
export interface Build {
  readonly name: string;
  readonly compiler: "gcc" | "clang" | "g++" | "clang++";
  readonly flags: readonly string[];
}

/** A native program that does one job per line on its stdin. */
export interface Native {
  /** Runs a command and gives the milliseconds that the program measured. */
  run(command: string): Promise<number>;
  close(): void;
}

export const folder: string = fileURLToPath(
  new URL("../node_modules/.cache/plimsoll-bench/", import.meta.url),
);

/** Compiles bench/native/`source` and prints how, or says why not. */
export function compile(source: string, build: Build): string | undefined {
  mkdirSync(folder, { recursive: true });
  const version = spawnSync(build.compiler, ["--version"], { encoding: "utf8" });
  if (version.status !== 0) {
    console.log(`  ${build.name}: ${build.compiler} is not installed (bench/setup.sh), left out`);
    return undefined;
  }
  const path = fileURLToPath(new URL(`native/${source}`, import.meta.url));
  const output = `${folder}${source}-${build.name.replaceAll(/\W+/g, "-")}`;
  // libraries come after what needs them
  const libraries = build.flags.filter((flag) => flag.startsWith("-l"));
  const others = build.flags.filter((flag) => !flag.startsWith("-l"));
  const done = spawnSync(build.compiler, [...others, path, "-o", output, ...libraries], { encoding: "utf8" });
  if (done.status !== 0) {
    console.log(
      `  ${build.name}: not built: ${done.stderr.split("\n").find((line) => line.includes("error")) ?? done.stderr}`,
    );
    return undefined;
  }
  console.log(
    `  ${build.name}: ${build.compiler} ${build.flags.join(" ")}   (${version.stdout.split("\n")[0]})`,
  );
  return output;
}

export function start(program: string, args: readonly string[]): Native {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(command) {
      child.stdin.write(`${command}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${program} ended at "${command}"`);
      return Number(value) / 1e6;
    },
    close: () => child.stdin.end(),
  };
}
