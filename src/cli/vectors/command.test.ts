import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { PlimsollError } from "../../quantity/error.ts";
import { runVectors } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "plimsoll-vectors-"));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, content: unknown): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const root = (output: string): object => ({
  id: `root-${output}`,
  fn: "sqrt",
  inputs: ["4000000000000000000"],
  output,
});
const right = root("2000000000000000000");
const wrong = root("2100000000000000000");

test("a file that passes", async () => {
  const path = write("right.json", { vectors: [right, right] });
  const { text, json, exitCode } = await runVectors([path]);
  assert.equal(text, `${path}: 2 passed, 0 failed\ntotal: 2 passed, 0 failed; 1 file\n`);
  assert.equal(exitCode, 0);
  assert.equal(json.totals.passed, 2);
});

test("a failed case is named with field, expected and got; the exit status is 1", async () => {
  const path = write("wrong.json", { vectors: [right, wrong] });
  const { text, json, exitCode } = await runVectors([path]);
  assert.deepEqual(text.split("\n"), [
    `${path}: 1 passed, 1 failed`,
    "  root-2100000000000000000 output: expected 2100000000000000000, got 2000000000000000000",
    "total: 1 passed, 1 failed; 1 file",
    "",
  ]);
  assert.equal(exitCode, 1);
  const [file] = json.files;
  assert.ok(file?.status === "ran");
  assert.equal(file.family, "derive-fixedmath");
  assert.deepEqual(file.cases[1]?.failures, [
    { field: "output", expected: "2100000000000000000", got: "2000000000000000000" },
  ]);
});

test("every failed case is named, however many; a case's fields beyond the bound are counted", async () => {
  const path = write("many.json", { vectors: Array.from({ length: 25 }, () => wrong) });
  const lines = (await runVectors([path])).text.split("\n");
  assert.equal(lines.length, 1 + 25 + 1 + 1);
  const { text } = await runVectors([path], { failuresPerCase: 0 });
  assert.equal(text.split("\n")[25], "  root-2100000000000000000: 1 more failed field");
});

test("a folder is read to its leaves, and nothing in it is dropped in silence", async () => {
  write("tree/README.md", "# notes");
  write("tree/a/right.json", { vectors: [right] });
  write("tree/a/b/right.json", { vectors: [right, right] });
  write("tree/other.json", { hello: "world" });
  symlinkSync(join(folder, "tree"), join(folder, "tree", "loop"));
  const { text, exitCode } = await runVectors([join(folder, "tree")]);
  const inside = text.replaceAll(`${join(folder, "tree")}/`, "");
  assert.deepEqual(inside.split("\n"), [
    "README.md: not a vector file",
    "a/b/right.json: 2 passed, 0 failed",
    "a/right.json: 1 passed, 0 failed",
    "loop: link to a folder, not followed",
    "other.json: unknown family",
    "total: 3 passed, 0 failed; 5 files, 1 of unknown families",
    "",
  ]);
  assert.equal(exitCode, 0);
});

test("a path given twice is run once", async () => {
  const path = write("twice.json", { vectors: [right] });
  const { json } = await runVectors([path, path, folder]);
  assert.equal(json.files.filter(({ file }) => file === path).length, 1);
});

const unreadable: readonly (readonly [string, () => string, string])[] = [
  ["a missing file", () => join(folder, "missing.json"), "PLM_FILE"],
  ["truncated JSON", () => write("cut.json", '{ "vectors": [ { "id": '), "PLM_JSON_SYNTAX"],
  ["a million brackets", () => write("deep.json", "[".repeat(1_000_000)), "PLM_LIMIT"],
  [
    "100 MB",
    () => {
      const path = write("big.json", "{}");
      truncateSync(path, 100_000_000);
      return path;
    },
    "PLM_LIMIT",
  ],
];

for (const [name, make, code] of unreadable) {
  test(`${name} is reported with ${code} and exit status 1, and the rest still runs`, async () => {
    const path = make();
    const good = write("good.json", { vectors: [right] });
    const { text, json, exitCode } = await runVectors([path, good]);
    assert.equal(exitCode, 1);
    assert.ok(text.startsWith(`${path}: ${code}: `), text);
    assert.ok(!text.includes("    at "), "no stack trace");
    assert.equal(json.totals.unreadableFiles, 1);
    assert.equal(json.totals.passed, 1);
  });
}

test("a run that finds no vectors has exit status 1", async () => {
  const path = write("nothing/README.md", "nothing");
  assert.equal((await runVectors([path])).exitCode, 1);
  assert.equal((await runVectors([write("unknown.json", [1, 2])])).exitCode, 1);
});

test("no path at all is a usage error", async () => {
  await assert.rejects(
    runVectors([]),
    (error) => error instanceof PlimsollError && error.code === "PLM_USAGE",
  );
});

test("the result is JSON, with errors as data", async () => {
  const { json } = await runVectors([join(folder, "missing.json")]);
  const copy: { files: { error: { code: string } }[] } = JSON.parse(JSON.stringify(json));
  assert.equal(copy.files[0]?.error.code, "PLM_FILE");
});
