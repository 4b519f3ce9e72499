import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hourMs, madeUpFolder, startMs } from "../../../test/laboratory/price-folder.ts";
import { PlimsollError } from "../../quantity/index.ts";
import { type Observations } from "./observations.ts";
import { type LaboratoryRequest, runLaboratory } from "./run.ts";
import { loadObservations, saveObservations } from "./saved-observations.ts";
import { typeSummary } from "./type-summary.ts";

const request: LaboratoryRequest = {
  folders: [madeUpFolder(80 * 24)],
  tracks: ["delta-one", "staked"],
  models: ["plimsoll-cross", "span"],
  parameters: readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8"),
  seed: 1,
  fromMs: startMs + 62 * 24 * hourMs,
  toMs: startMs + 70 * 24 * hourMs,
  quick: false,
};
const run = await runLaboratory(request, { threads: 0 });

const plain = ({ columns, books, models }: Observations): unknown => ({
  books: books.map(({ name }) => name),
  models,
  columns: Object.fromEntries(
    Object.entries(columns).map(([name, own]) => [
      name,
      [...own].map((value: number | Float64Array) => (typeof value === "number" ? value : [...value])),
    ]),
  ),
});

test("windows of one book and horizon do not overlap, and end before the run's end", () => {
  const { book, horizon, startMs: from, endMs } = run.observations.columns;
  assert.ok(run.observations.count > 500);
  const lastEnd = new Map<string, number>();
  for (let row = 0; row < run.observations.count; row++) {
    const key = `${book[row]} ${horizon[row]}`;
    assert.ok(from[row]! >= (lastEnd.get(key) ?? request.fromMs));
    assert.ok(endMs[row]! < request.toMs);
    assert.equal(endMs[row]! - from[row]!, run.observations.horizonHours[horizon[row]!]! * hourMs);
    lastEnd.set(key, endMs[row]!);
  }
});

test("threads change nothing", async () => {
  const shared = await runLaboratory(request, { threads: 2 });
  assert.deepEqual(plain(shared.observations), plain(run.observations));
  assert.deepEqual(shared.files, run.files);
});

test("a run of fewer days is the part of the longer one", async () => {
  const toMs = request.toMs - 3 * 24 * hourMs;
  const shorter = await runLaboratory({ ...request, toMs }, { threads: 0 });
  const { columns } = run.observations;
  const kept = [...columns.book.keys()].filter((row) => columns.endMs[row]! < toMs);
  assert.equal(shorter.observations.count, kept.length);
  assert.deepEqual(
    [...shorter.observations.columns.lossUsd],
    kept.map((row) => columns.lossUsd[row]),
  );
  assert.deepEqual(
    [...shorter.observations.columns.initialUsd[0]!],
    kept.map((row) => columns.initialUsd[0]![row]),
  );
});

test("files are named with their hashes, missing tables by their kind", () => {
  assert.equal(run.files.length, 6);
  assert.ok(run.files.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256)));
  assert.deepEqual(run.missing, [
    "lst_1h",
    "lst_wrapped_daily",
    "daily_ohlcv",
    "perp_daily_cross_section",
    "stablecoin_daily",
  ]);
  assert.ok(run.observations.books.every(({ track }) => track === "delta-one"));
});

test("saved windows come back as they were, and a damaged file is refused", () => {
  const folder = mkdtempSync(join(tmpdir(), "plimsoll-saved-"));
  const path = join(folder, "windows");
  const about = {
    command: "plimsoll backtest",
    seed: 1,
    parameters: { name: "parameters", bytes: 1, sha256: "0" },
    shortfall: { level: 0.995, horizonHours: 24 },
  };
  const crashes = {
    paths: [
      {
        crash: "an exchange fails",
        book: "long perpetual, BTC",
        model: "span",
        timesMs: [1, 2],
        atFixedMarksUsd: [3, Number.NaN],
        withMarksUsd: [Number.NaN, 4],
        notionalUsd: 5,
      },
    ],
    funds: [],
  };
  saveObservations(path, { ...run, about, crashes });
  const loaded = loadObservations(path);
  assert.deepEqual(loaded.crashes, crashes);
  assert.deepEqual(plain(loaded.observations), plain(run.observations));
  assert.deepEqual([loaded.files, loaded.missing, loaded.about], [run.files, run.missing, about]);

  const bytes = readFileSync(path);
  const code = (expected: string) => (error: unknown) =>
    error instanceof PlimsollError && error.code === expected;
  writeFileSync(path, bytes.subarray(0, bytes.length - 10));
  assert.throws(() => loadObservations(path), code("PLM_FILE"));
  writeFileSync(path, "not a run");
  assert.throws(() => loadObservations(path), code("PLM_DOCUMENT_VERSION"));
  assert.throws(() => loadObservations(join(folder, "absent")), code("PLM_FILE"));
});

test("types are summed over their books", () => {
  const rows = typeSummary(run.observations, 24);
  const long = rows.find(({ type }) => type === "long perpetual")!;
  const { columns, books, horizonHours } = run.observations;
  const own = [...columns.book.keys()].filter(
    (row) =>
      books[columns.book[row]!]!.type === "long perpetual" && horizonHours[columns.horizon[row]!] === 24,
  );
  assert.equal(long.windows, own.length);
  const shares = own.map((row) => columns.initialUsd[0]![row]! / columns.notionalUsd[row]!);
  const mean = shares.reduce((sum, share) => sum + share, 0) / own.length;
  assert.ok(Math.abs(long.meanInitial[0]! - mean) < 1e-12);
});

test("a model that there is not is named", async () => {
  await assert.rejects(
    runLaboratory({ ...request, models: ["made-up"] }, { threads: 0 }),
    (error) => error instanceof PlimsollError && error.code === "PLM_UNKNOWN",
  );
});
