// Builds dist/ from src/ for the published package and for `npx plimsoll` in the clone. `--out <folder>` builds elsewhere.
// Installing goes on when types are wrong: the code runs all the same, and `npm test` tells. Packing and publishing do not.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = process.argv[2] === "--out" ? resolve(process.argv[3] ?? "") : join(root, "dist");
rmSync(out, { recursive: true, force: true });
const result = spawnSync("npx", ["--no-install", "tsc", "-p", "tsconfig.build.json", "--outDir", out], {
  cwd: root,
  stdio: "inherit",
  shell: process.platform === "win32",
});
const installing = ["install", "ci"].includes(process.env["npm_command"] ?? "");
const emitted = existsSync(join(out, "cli", "bin.js"));
process.exit(installing && emitted ? 0 : (result.status ?? 1));
