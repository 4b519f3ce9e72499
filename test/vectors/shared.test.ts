import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runVectors } from "../../src/cli/vectors/command.ts";

const folder = fileURLToPath(new URL("../../../shared/vectors", import.meta.url));

/** Files of this release's families: each must be found and pass, whatever else the folder holds. */
const covered = [
  "aave-health",
  "aave-interest",
  "derive-auction-states",
  "derive-black76",
  "derive-cash-sequences",
  "derive-fixedmath",
  "derive-interest-model",
  "derive-liquidation-sequences",
  "derive-perp-sequences",
  "derive-pm1",
  "derive-pm2",
  "derive-srm",
  "derive-svi",
  "drift-liquidation",
  "drift-margin",
  "drift-vamm",
  "maker-abaci",
  "maker-clip",
  "mango-health",
  "morpho-blue",
  "morpho-irm",
  "perp-v1-pricing",
  "perp-v1-sequence",
  "published-examples",
];

test("every vector of a folder beside the repository agrees", async (t) => {
  if (!existsSync(folder)) {
    t.diagnostic(`not run, for want of ../shared/vectors: ${covered.join(", ")}`);
    return;
  }
  const { text, json, exitCode } = await runVectors([folder]);
  assert.equal(json.totals.failed, 0, text);
  assert.equal(json.totals.unknownFiles, 0, text);
  assert.equal(json.totals.unreadableFiles, 0, text);
  assert.equal(exitCode, 0, text);
  for (const family of covered) {
    const passed = json.files.reduce(
      (sum, file) => sum + (file.status === "ran" && file.family === family ? file.passed : 0),
      0,
    );
    assert.ok(passed > 0, `${family}: none passed\n${text}`);
  }
});
