import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { madeUpObservations, madeUpProvenance } from "../../../../test/laboratory/made-up-observations.ts";
import { PlimsollError } from "../../../quantity/index.ts";
import { analyse, type LaboratoryResult } from "../analyse.ts";
import { observationAt, Observations } from "../observations.ts";
import { laboratoryTables } from "../tables.ts";
import { reportPage } from "./page.ts";
import { writeReport } from "./write.ts";

const draw = (spec: TopLevelSpec): Promise<string> =>
  new vega.View(vega.parse(compile(spec).spec), { renderer: "none" }).toSVG();

const timesMs = Array.from({ length: 24 }, (_, at) => Date.UTC(2022, 10, 8) + at * 3_600_000);

const crashLoss = {
  starts: 8,
  startMs: timesMs[0]!,
  worstMs: timesMs[9]!,
  largestUsd: 80_000,
  accountsBeyond: 12,
  requiredUsd: 4e6,
};
/** The same windows with what our model would forecast, and what would set its requirement. */
function withForecasts(from: Observations): Observations {
  const to = new Observations(from.books, from.models, from.horizonHours);
  for (let row = 0; row < from.count; row++) {
    const one = observationAt(from.columns, row);
    const ours = one.initialUsd[0]!;
    const isPut = from.books[one.book]!.type === "short put";
    const basis = isPut ? "maximum-loss" : row % 2 === 0 ? "shortfall" : "stress";
    to.add({ ...one, forecast: { valueAtRiskUsd: 0.7 * ours, expectedShortfallUsd: 0.8 * ours, basis } });
  }
  return to;
}

const result = analyse(withForecasts(madeUpObservations({ days: 1500 })), {
  shortfall: { level: 0.99, horizonHours: 24 },
  provenance: madeUpProvenance,
  draws: 100,
  crashFunds: [
    {
      crash: "an exchange fails",
      fromMs: timesMs[0]!,
      toMs: timesMs[23]!,
      coins: ["BTC"],
      accounts: 2_000,
      notionalUsd: 2e7,
      requiredUsd: 4e6,
      coverOneUsd: 90_000,
      coverTwoUsd: 150_000,
      allUsd: 2e6,
      coverTwoScenario: "BTC alone -33 %",
      tails: [0.975, 0.99].map((level) => ({ level, expectedShortfallUsd: 50_000 * level })),
      losses: [
        { ...crashLoss, hours: 1, beyondUsd: 120_000 },
        { ...crashLoss, hours: 24, beyondUsd: 250_000 },
      ],
    },
  ],
  procyclicality: ["plimsoll-portfolio", "fat-portfolio"].map((model, which) => ({
    crash: "an exchange fails",
    book: "long perpetual, BTC",
    model,
    timesMs,
    atFixedMarksUsd: timesMs.map((_, at) => 100 + (which + 1) * Math.min(at, 10)),
    notionalUsd: 1000,
  })),
});
const page = await reportPage(result, draw);

test("the page needs nothing from elsewhere, runs nothing, and is small", () => {
  assert.ok(Buffer.byteLength(page) < 3_000_000);
  assert.doesNotMatch(page, /<script|<link|<img|<iframe|@import|\bon\w+="/);
  const addresses = [...page.matchAll(/(?:https?:)?\/\/[^\s"'<)]+/g)].map(([address]) => address);
  assert.deepEqual(
    addresses.filter((address) => !address.startsWith("http://www.w3.org/")),
    [],
  );
  // links are to files beside it, or to sections of its own
  for (const [, target] of page.matchAll(/href="([^"]+)"/g))
    assert.match(target!, /^([a-z-]+\.(csv|json)|#s\d+)$/);
});

test("every section is in the list at the top, which leads to it", () => {
  const headings = [...page.matchAll(/<h2 id="(s\d+)">([^<]+)<\/h2>/g)].map(
    ([, id, title]) => `#${id} ${title}`,
  );
  const listed = [...page.matchAll(/<a href="(#s\d+)">([^<]+)<\/a>/g)].map(
    ([, to, title]) => `${to} ${title}`,
  );
  assert.ok(headings.length > 8);
  assert.deepEqual(listed, headings);
});

test("every chart has a name for who can't see it, and identifiers of its own", () => {
  const charts = page.match(/<svg[^>]* role="img" aria-label="[^"]{10,}"/g) ?? [];
  // capital, three tracks, one crash
  assert.equal(charts.length, 5);
  const identifiers = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  assert.equal(new Set(identifiers).size, identifiers.length);
  for (const [, used] of page.matchAll(/url\(#([^)]+)\)/g)) assert.ok(identifiers.includes(used));
});

test("numbers of the answer are those of the tables", () => {
  const { all } = result.best.all!.comparison;
  const answer = /<p class="answer">([^<]+)</.exec(page)![1]!;
  assert.match(answer, new RegExp(`less on ${all.less} of the ${all.types}\\b`));
  assert.ok(answer.includes(`${(100 * all.ours).toFixed(1)}\u00a0%`));
  const comparisons = laboratoryTables(result).find(({ name }) => name === "comparisons")!;
  const column = comparisons.columns.indexOf("ratio_of_means");
  assert.ok(
    comparisons.rows.some((row) => row[0] === result.best.all!.comparison.rival && row[column] === all.ratio),
  );
});

test("what a crash leaves unpaid is beside the fund that it is more than", () => {
  const check = result.targetChecks.find(({ id }) => id === "crash-fund")!;
  assert.equal(check.outcome, "missed");
  assert.match(check.found, /^in 0 of 1 crashes; not in an exchange fails \(250 k USD against 150 k USD\)$/);
  assert.match(page, /<b>150 k<\/b>[\s\S]*?>beyond</);
});

test("our shortfall, independence at own scales and requirements that are all that can be lost have their places", () => {
  assert.match(page, /tested apart\. So a shortfall that is too small/);
  assert.match(page, /Independence stands at 5 % in <b>\d+ of \d+<\/b> types/);
  assert.match(page, /short put<span class="partial">\u00a0‡<\/span>/);
  assert.doesNotMatch(page, /collar<span class="partial">\u00a0‡<\/span>/);
  const pooled = result.shortfallTests.find(({ type, span }) => type === "all" && span === "out-of-sample")!;
  assert.equal(pooled.windows, result.coverage.find(({ span }) => span === "out-of-sample")!.windows);
});

test("names from files can't become markup or steer the text", async () => {
  const hostile = '<script>alert(1)</script>"\u202e&';
  const from = madeUpObservations({ days: 1100 });
  const observations = new Observations(
    from.books.map((book) => ({ ...book, type: `${book.type} ${hostile}`, asset: hostile })),
    from.models.map((model) => ({ ...model, title: hostile })),
    from.horizonHours,
  );
  for (let at = 0; at < from.count; at++) observations.add(observationAt(from.columns, at));
  const written = await reportPage(analyse(observations, { provenance: madeUpProvenance, draws: 100 }), draw);
  assert.doesNotMatch(written, /<script/);
  const markup = written.replaceAll(/<svg[\s\S]*?<\/svg>/g, "");
  assert.ok(!markup.includes("\u202e"));
  assert.ok(markup.includes("&lt;script&gt;alert(1)&lt;/script&gt;&quot;"));
});

test("equal results are equal files, and the manifest has their hashes", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "plimsoll-report-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [first, second] = [join(folder, "a", "b"), join(folder, "c")];
  const files = await writeReport(result, first, draw);
  await writeReport(result, second, draw);
  const names = readdirSync(first).sort();
  assert.deepEqual(names, [...files.map(({ name }) => name), "manifest.json"].sort());
  for (const name of names)
    assert.deepEqual(readFileSync(join(first, name)), readFileSync(join(second, name)), name);
  const manifest = JSON.parse(readFileSync(join(first, "manifest.json"), "utf8"));
  assert.equal(manifest.command, madeUpProvenance.command);
  assert.deepEqual(manifest.data, madeUpProvenance.data);
  assert.equal(manifest.trainingEnds["delta-one"], "2024-07-01T00:00:00.000Z");
  for (const { name, bytes, sha256 } of manifest.files) {
    const content = readFileSync(join(first, name));
    assert.equal(content.length, bytes);
    assert.equal(createHash("sha256").update(content).digest("hex"), sha256);
  }
});

test("every row of every table is as long as its head, and heads are unique and name units", () => {
  const tables = laboratoryTables(result);
  assert.equal(new Set(tables.map(({ name }) => name)).size, tables.length);
  for (const { name, columns, rows, about } of tables) {
    assert.ok(rows.length > 0 && about !== "", name);
    assert.equal(new Set(columns).size, columns.length, name);
    for (const row of rows) assert.equal(row.length, columns.length, name);
    for (const column of columns) assert.match(column, /^[a-z0-9_]+$/);
  }
});

test("who is emulated in part is marked wherever it is named", () => {
  const { id, title } = result.models.find(({ isPartial }) => isPartial)!;
  for (const { name, columns, rows } of laboratoryTables(result)) {
    const at = columns.findIndex((column) => column === "model" || column === "rival");
    if (at < 0) continue;
    const marked = columns.findIndex((column) => column.endsWith("is_partial"));
    assert.ok(marked > 0, name);
    for (const row of rows) assert.equal(row[marked], row[at] === id, name);
  }
  // the answer says so in words
  assert.match(page, new RegExp(`${title}, the best of [^<]*That rule is emulated in part`));
  const below = page.slice(page.indexOf("</p>", page.indexOf('class="answer"')));
  for (const [, after] of below.matchAll(new RegExp(`>[^<]*${title}(.{0,25})`, "g")))
    assert.match(after!, /^( ?\*|<span class="partial">\u00a0\*)/);
});

test("a run without rivals, crashes or windows enough still has a page that says so", async () => {
  const from = madeUpObservations({ days: 1000 });
  const observations = new Observations(from.books, from.models.slice(0, 1), from.horizonHours);
  for (let at = 0; at < from.count; at++) {
    const one = observationAt(from.columns, at);
    observations.add({
      ...one,
      initialUsd: one.initialUsd.slice(0, 1),
      maintenanceUsd: one.maintenanceUsd.slice(0, 1),
    });
  }
  const alone: LaboratoryResult = analyse(observations, { provenance: madeUpProvenance, draws: 100 });
  const written = await reportPage(alone, draw);
  assert.match(written, /No emulated portfolio rule shares kinds of book enough/);
  assert.match(written, /There is no portfolio rule to compare with/);
  assert.match(written, /Not measured in this run: it takes recorded prices of a crash/);
  assert.match(written, />Through crashes<\/h2><p>Not measured in this run\./);
  assert.doesNotMatch(written, /NaN|undefined/);
  assert.doesNotMatch(page, /NaN|undefined/);
});

test("a folder that can't be written is named", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "plimsoll-report-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "file");
  writeFileSync(file, "");
  await assert.rejects(writeReport(result, join(file, "below"), draw), (error: unknown) => {
    assert.ok(error instanceof PlimsollError);
    assert.equal(error.code, "PLM_FILE");
    assert.equal(error.field, "--out");
    return true;
  });
});
