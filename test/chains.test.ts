import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { groupBySnapshot, optionChainRows } from "../src/market/index.ts";
import { type ChainStudy, chainStudy } from "../src/pricing/index.ts";

const data = join(import.meta.dirname, "../../shared/data");
const folder = join(data, "options_chain_deribit");
const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".csv.gz")) : [];

/** One snapshot of every file: all its rows, a month apart. The command `plimsoll chains` takes them all. */
function studyOf(files: readonly string[]): ChainStudy {
  const study = chainStudy();
  for (const file of files) {
    const text = gunzipSync(readFileSync(file)).toString("utf8");
    const snapshots = [...groupBySnapshot(optionChainRows(text, { name: file }))];
    const [label, rows] = snapshots[Math.floor(snapshots.length / 2)] ?? ["none", []];
    study.add(label, rows);
  }
  return study.report();
}

if (names.length === 0) {
  test("recorded option chains: not run, ../shared/data/options_chain_deribit is not beside the repository", (t) => {
    t.diagnostic("not run: a snapshot of each month repriced, inverted, fitted and checked for arbitrage");
  });
} else {
  const study = studyOf(names.sort().map((name) => join(folder, name)));

  test(`a snapshot of each of ${names.length} months: the quoted volatility prices to the mark`, () => {
    const { absoluteDifference } = study.reprice;
    assert.ok(study.rows > 5_000, `${study.rows}`);
    assert.ok(absoluteDifference.mean <= 6e-5, `mean ${absoluteDifference.mean}`);
    assert.ok((absoluteDifference.quantiles.get(0.5) ?? 1) <= 1e-5);
  });

  test("the worst rows are explained by a forward within 20 basis points", () => {
    for (const { instrument, forward, markForward } of study.reprice.worst) {
      assert.ok(Math.abs((markForward ?? 0) / forward - 1) < 2e-3, `${instrument} ${markForward}`);
    }
  });

  test("a mark's volatility gives the mark back to 1e-14 × forward", () => {
    assert.ok(study.inversion.worstRoundTrip <= 1e-14, `${study.inversion.worstRoundTrip}`);
    const total = [...study.inversion.outcomes.values()].reduce((p, q) => p + q, 0);
    assert.equal(total, study.rows);
  });

  test("every expiry is fitted, 95 % within one volatility point", () => {
    const { unfitted, withinOnePoint, expiries } = study.surfaces;
    assert.equal(unfitted, 0);
    assert.ok(withinOnePoint >= 0.95, `${withinOnePoint} of ${expiries.length}`);
  });
}
