import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { groupBySnapshot, optionChainRows } from "../market/index.ts";
import { type ChainStudy, chainStudy, type Distribution } from "../pricing/index.ts";
import { PlimsollError } from "../quantity/index.ts";
import { readText } from "./input/read-file.ts";
import { chainsText, type SkippedFile } from "./chains-text.ts";

/** Most files taken from the folders of one call. */
const mostFiles = 10_000;

/**
 * `plimsoll chains`: prices every row of recorded option chains from its own volatility, inverts every mark, fits every
 * expiry of every snapshot and looks for arbitrage. Folders are searched for `.csv` and `.csv.gz`; a file in a folder
 * that is no option chain is skipped and named, one that was asked for by name is an error.
 */
export async function chainsCommand(paths: readonly string[]): Promise<{ text: string; json: unknown }> {
  const named = new Set(paths.filter((path) => !isFolder(path)));
  const files = [...new Set(paths.flatMap((path) => (isFolder(path) ? tablesIn(path) : [path])))];
  if (files.length > mostFiles) {
    throw new PlimsollError("PLM_LIMIT", {
      field: "paths",
      value: files.length,
      limit: `at most ${mostFiles} files`,
      remedy: "Name the folder that holds the option chains.",
    });
  }
  const progress = startProgress(files.length);
  const skipped: SkippedFile[] = [];
  const studied: string[] = [];
  const study = chainStudy();
  let rows = 0;
  for (const [index, file] of files.entries()) {
    const text = await readChain(file, named.has(file));
    if (typeof text !== "string") {
      skipped.push({ file, reason: text.reason });
      continue;
    }
    for (const [snapshot, group] of groupBySnapshot(optionChainRows(text, { name: file }))) {
      study.add(snapshotLabel(snapshot), group);
      rows += group.length;
      progress.show(index + 1, rows);
    }
    studied.push(file);
  }
  progress.end();
  if (rows === 0) {
    throw new PlimsollError("PLM_FILE", {
      field: "paths",
      value: paths.join(" "),
      limit: "files or folders that hold quotes of an option chain",
      remedy: "Name a .csv or .csv.gz table with the columns expiry_ms, strike, type, forward, mark and iv.",
    });
  }
  const report = study.report();
  return { text: chainsText(report, studied, skipped), json: chainsJson(report, studied, skipped) };
}

/** The text of a chain, or why a file that a folder held is skipped. */
async function readChain(file: string, named: boolean): Promise<string | { readonly reason: string }> {
  try {
    const text = await readText(file);
    return named || looksLikeChain(text) ? text : { reason: "not an option chain" };
  } catch (error) {
    if (named || !(error instanceof PlimsollError)) throw error;
    return { reason: error.message };
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // A path that cannot be read is reported as a file that cannot.
    return false;
  }
}

const tablesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.csv(\.gz)?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** Columns by which a table is taken for an option chain; the reader then checks all. */
function looksLikeChain(text: string): boolean {
  const header = text.slice(0, text.indexOf("\n")).trim().split(",");
  return ["expiry_ms", "strike", "type", "mark"].every((column) => header.includes(column));
}

/** `1767115875000` as `2025-12-30T17:31`; another label as it stands. */
const snapshotLabel = (snapshot: string): string =>
  /^\d{12,14}$/.test(snapshot) ? new Date(Number(snapshot)).toISOString().slice(0, 16) : snapshot;

/** A line on standard error, only on a terminal and only once the work has taken two seconds. */
function startProgress(files: number): { show(file: number, rows: number): void; end(): void } {
  const from = performance.now();
  let shownAt = 0;
  return {
    show(file, rows) {
      const now = performance.now();
      if (!process.stderr.isTTY || now - from < 2000 || now - shownAt < 200) return;
      shownAt = now;
      process.stderr.write(`\r\u001B[Kfile ${file} of ${files}, ${rows.toLocaleString("en-US")} rows`);
    },
    end() {
      if (shownAt > 0) process.stderr.write("\r\u001B[K");
    },
  };
}

function chainsJson(report: ChainStudy, files: readonly string[], skipped: readonly SkippedFile[]): unknown {
  const { reprice, inversion, surfaces, arbitrage } = report;
  return {
    files,
    skipped,
    rows: report.rows,
    snapshots: report.snapshots,
    reprice: {
      absoluteDifferenceCoin: distributionJson(reprice.absoluteDifference),
      forwardGapBps: distributionJson(reprice.forwardGapBps),
      withoutVol: reprice.withoutVol,
      worst: reprice.worst,
    },
    inversion: {
      outcomes: Object.fromEntries(inversion.outcomes),
      worstRoundTripOverForward: inversion.worstRoundTrip,
      differenceVolPointsByVega: inversion.byVega.map(({ minVegaCoin, difference }) => ({
        minVegaCoin,
        ...distributionJson(difference),
      })),
    },
    surfaces: {
      fitted: surfaces.expiries.length,
      unfitted: surfaces.unfitted,
      withinOnePoint: surfaces.withinOnePoint,
      rmseVolPoints: distributionJson(surfaces.rmseVolPoints),
      meanErrorVolPoints: distributionJson(surfaces.meanErrorVolPoints),
      betweenExpiries: surfaces.between,
      expiries: surfaces.expiries.map(({ snapshot, underlying, fit }) => ({
        snapshot,
        underlying,
        ...fit,
        quotesSetAside: Object.fromEntries(fit.quotesSetAside),
      })),
    },
    arbitrage: {
      counts: Object.fromEntries(arbitrage.counts),
      findings: arbitrage.findings.map(({ snapshot, underlying, finding }) => ({
        snapshot,
        underlying,
        ...finding,
      })),
    },
  };
}

const distributionJson = ({ count, mean, quantiles }: Distribution): object => ({
  count,
  mean,
  quantiles: Object.fromEntries([...quantiles].map(([probability, value]) => [String(probability), value])),
});
