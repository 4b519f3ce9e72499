import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");

function run(
  name: string,
  settings: Readonly<Record<string, string>>,
): { status: number | null; stderr: string } {
  const given = Object.entries(process.env).filter(([key]) => !key.startsWith("PLIMSOLL_"));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=plimsoll-source", join(root, "examples", `${name}.ts`)],
    { env: { ...Object.fromEntries(given), ...settings }, encoding: "utf8", timeout: 30_000 },
  );
  assert.equal(stdout, "", "nothing that could be taken for a result");
  return { status, stderr };
}

for (const name of ["liquidator", "bidder"]) {
  const url = "http://127.0.0.1:1";
  const key = "06".repeat(32);

  test(`examples/${name}.ts says what it needs, and fails`, () => {
    const needs = /PLIMSOLL_URL .*\n.*PLIMSOLL_KEY .*\n.*PLIMSOLL_ACCOUNT /;
    for (const settings of [
      {},
      { PLIMSOLL_URL: url, PLIMSOLL_KEY: key },
      { PLIMSOLL_URL: url, PLIMSOLL_KEY: key, PLIMSOLL_ACCOUNT: "mine" },
    ]) {
      const { status, stderr } = run(name, settings);
      assert.equal(status, 2, JSON.stringify(settings));
      assert.match(stderr, needs);
    }
  });

  test(`examples/${name}.ts tells what is wrong with what it was given, without a stack or the secret`, () => {
    const settings = { PLIMSOLL_URL: url, PLIMSOLL_KEY: "five".repeat(16), PLIMSOLL_ACCOUNT: "1" };
    const { status, stderr } = run(name, settings);
    assert.equal(status, 2);
    assert.equal(
      stderr,
      'PLM_DOMAIN: secret is "malformed"; must be 64 hex digits that are a key. Copy the whole secret, and nothing else.\n',
    );
  });
}
