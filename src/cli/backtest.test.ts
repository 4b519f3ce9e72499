import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { PlimsollError } from "../quantity/index.ts";
import { backtestCommand, type BacktestOptions } from "./backtest.ts";
import { madeUpFolder } from "../../test/laboratory/price-folder.ts";

const bin = fileURLToPath(new URL("bin.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "plimsoll-backtest-"));

function plimsoll(...args: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, "backtest", ...args], {
    encoding: "utf8",
  });
  return { status, out: stdout, err: stderr };
}

const data = madeUpFolder(200 * 24);
test("a folder of prices becomes a report, and its saved windows become the same report", () => {
  const report = join(folder, "report");
  const saved = join(folder, "windows");
  const { status, out, err } = plimsoll(
    "--data",
    data,
    "--track",
    "delta-one",
    "--quick",
    "--from",
    "2022-03-05",
    "--models",
    "plimsoll-cross,span",
    "--threads",
    "0",
    "--out",
    report,
    "--save",
    saved,
  );
  assert.equal(status, 0, err);
  assert.match(out, /No table lst_wrapped_daily\*: its books are left out\./);
  assert.match(out, /report\.html/);
  // May and June of 2022 are in the folder, and made up: no crash
  assert.match(out, /No crash leaves more unpaid .* met +in 2 of 2 crashes/);
  const fund = readFileSync(join(report, "crash-fund.csv"), "utf8").trim().split("\r\n");
  assert.equal(fund.length, 1 + 2 * 3);
  assert.match(fund[1]!, /^2022-05 LUNA,1652054400000,1652313600000,BTC ETH XYZ,2000,/);
  const files = readdirSync(report).sort();
  assert.ok(
    files.includes("report.html") && files.includes("manifest.json") && files.includes("verdicts.csv"),
  );
  const manifest = JSON.parse(readFileSync(join(report, "manifest.json"), "utf8")) as {
    command: string;
    data: { name: string }[];
  };
  assert.equal(
    manifest.command,
    "plimsoll backtest --data DATA --track delta-one --from 2022-03-05 --quick --models plimsoll-cross,span --seed 1 --out REPORT",
  );
  assert.equal(manifest.data.length, 6);
  assert.ok(!JSON.stringify(manifest).includes(data), "no path of this machine");

  const again = join(folder, "again");
  const second = plimsoll("--observations", saved, "--out", again, "--json");
  assert.equal(second.status, 0, second.err);
  const parsed = JSON.parse(second.out) as { byType: { type: string; windows: number }[] };
  assert.ok(parsed.byType.some(({ type, windows }) => type === "long perpetual" && windows > 0));
  for (const name of files)
    assert.equal(readFileSync(join(again, name), "utf8"), readFileSync(join(report, name), "utf8"), name);
});

test("wrong options are named with what would be right", async () => {
  const prices = { data: [data] };
  const cases: readonly (readonly [field: string, options: BacktestOptions])[] = [
    ["--data", {}],
    ["--data", { data: ["/nowhere/at/all"] }],
    ["--track", { ...prices, track: ["weather"] }],
    ["--models", { ...prices, track: ["staked"], models: "made-up" }],
    ["--seed", { ...prices, seed: "-1" }],
    ["--threads", { ...prices, threads: "1000" }],
    ["--from", { ...prices, from: "yesterday" }],
    ["--to", { ...prices, from: "2022-02-01", to: "2022-01-01" }],
    ["--observations", { observations: join(folder, "absent") }],
    ["--data", { ...prices, track: ["delta-one"], from: "2022-03-05", to: "2022-03-06", threads: "0" }],
  ];
  for (const [field, options] of cases) {
    await assert.rejects(
      backtestCommand(options),
      (error) => error instanceof PlimsollError && error.field === field,
      JSON.stringify(options),
    );
  }
});
