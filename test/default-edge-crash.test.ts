import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { crashCommand } from "../src/cli/clearing/crash.ts";

const folder = mkdtempSync(join(tmpdir(), "plimsoll-crash-"));
after(() => rmSync(folder, { recursive: true }));
const window = { data: folder, from: "2026-02-05", to: "2026-02-05" };

test("a folder for charts that cannot be written to is refused before anything is read", async () => {
  const file = join(folder, "notes.txt");
  writeFileSync(file, "");
  for (const chart of [file, join(file, "charts")]) {
    await assert.rejects(crashCommand({ ...window, chart }), { code: "PLM_FILE", field: "--chart" });
  }
  // The folder of data is looked at only then: it holds no tables.
  await assert.rejects(crashCommand({ ...window, chart: join(folder, "charts") }), { field: "data" });
});

test("a window of which a part is missing is refused, with what there is of it", async () => {
  const data = join(folder, "recorded");
  const startMs = Date.UTC(2026, 1, 5);
  mkdirSync(join(data, "perp_1h"), { recursive: true });
  const row = (hour: number): string => {
    const price = 70_000 - 500 * hour;
    return [startMs + hour * 3_600_000, price, price + 200, price - 700, price - 500, 1_000].join(",");
  };
  // Six hours; then nothing until two days later, at a price far below.
  const rows = [0, 1, 2, 3, 4, 5, 48, 49, 50].map(row);
  const table = ["ts_ms,open,high,low,close,volume", ...rows].join("\n");
  writeFileSync(join(data, "perp_1h", "BTCUSDT.csv"), `${table}\n`);
  const run = (from: string, to: string) =>
    crashCommand({ data, from, to, traders: "10", methods: "atOnce" });
  for (const [from, to] of [
    ["2026-02-05", "2026-02-05"],
    ["2026-02-05T00:00", "2026-02-05T07:00"],
    ["2026-02-06T23:00", "2026-02-07T01:00"],
    ["2026-02-05", "2026-02-07"],
  ] as const) {
    await assert.rejects(run(from, to), {
      code: "PLM_FEED",
      message:
        /data is "\d bars of BTC from .*Z to .*Z"; must be prices of the whole window\. .* perp_1h\/BTCUSDT\.csv\.$/,
    });
  }
  const { text, exitCode } = await run("2026-02-05T00:30", "2026-02-05T05:30");
  assert.equal(exitCode, 0);
  // From 69,500 or so down to the lowest low of the six bars.
  assert.match(text, /^BTC low -[34]\.\d%/m);
});

test("windows that cannot be are refused by name", async () => {
  const cases: [string, string, string][] = [
    ["2026-02-06", "2026-02-05", "--to"],
    ["2026-02-05T00:00", "2026-02-05T00:59", "--to"],
    ["2026-01-01", "2026-02-01", "--to"],
    ["2026-02-30", "2026-03-01", "--from"],
    ["yesterday", "2026-02-05", "--from"],
  ];
  for (const [from, to, field] of cases) {
    await assert.rejects(crashCommand({ data: folder, from, to }), { code: "PLM_USAGE", field });
  }
  await assert.rejects(crashCommand({ data: folder, from: "2026-02-05" }), {
    code: "PLM_USAGE",
    field: "--to",
  });
  await assert.rejects(crashCommand({ ...window, study: true }), { code: "PLM_USAGE", field: "--from" });
  await assert.rejects(crashCommand(window), { code: "PLM_FEED", field: "data" });
  await assert.rejects(crashCommand({ ...window, data: join(folder, "none") }), {
    code: "PLM_FILE",
    field: "data",
  });
});
