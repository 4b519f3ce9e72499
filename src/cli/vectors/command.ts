import { lstat, readdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { fileLimitBytes } from "../input/read-file.ts";
import { parseJson } from "../../market/json-text.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { recognise } from "./registry.ts";
import { type FileReport, reportText, type VectorsTotals } from "./report.ts";

export interface VectorsJson {
  readonly files: readonly FileReport[];
  readonly totals: VectorsTotals;
}

export interface VectorsOptions {
  /** Most failed fields to list of one case; the rest are counted. */
  readonly failuresPerCase?: number;
}

/** Most files of one call, so that a mistaken path such as `/` ends. */
export const mostFiles = 10_000;

/**
 * Runs every vector file under `paths`: files as they are, folders recursively. Nothing is dropped in silence: files of
 * unknown families, that are not JSON or that cannot be read are each reported.
 *
 * @returns exit code 1 when a case failed, a file could not be read, or no vector was found at all.
 * @throws {PlimsollError} `PLM_USAGE` without paths.
 */
export async function runVectors(
  paths: readonly string[],
  options: VectorsOptions = {},
): Promise<{ text: string; json: VectorsJson; exitCode: 0 | 1 }> {
  if (paths.length === 0) {
    throw new PlimsollError("PLM_USAGE", {
      field: "PATH",
      value: paths,
      limit: "at least one file or folder",
      remedy: "Name the vector files to run, such as test/vectors.",
    });
  }
  const files: FileReport[] = [];
  const seen = new Set<string>();
  for (const path of paths) await visit(path, seen, files);
  const totals = totalsOf(files);
  const nothingFound = totals.passed + totals.failed + totals.notCoveredCases === 0;
  return {
    text: reportText(files, totals, options.failuresPerCase ?? 5),
    json: { files, totals },
    exitCode: totals.failed > 0 || totals.unreadableFiles > 0 || nothingFound ? 1 : 0,
  };
}

async function visit(path: string, seen: Set<string>, reports: FileReport[]): Promise<void> {
  const identity = resolve(path);
  if (seen.has(identity)) return;
  seen.add(identity);
  if (seen.size > mostFiles) {
    throw new PlimsollError("PLM_LIMIT", {
      field: path,
      value: seen.size,
      limit: `at most ${mostFiles} files and folders`,
      remedy: "Name the folder that holds the vectors.",
    });
  }
  try {
    const entry = await stat(path);
    if (!entry.isDirectory()) reports.push(await runFile(path, entry.size));
    else {
      for (const name of (await readdir(path)).sort()) {
        const child = join(path, name);
        const link = (await lstat(child)).isSymbolicLink() && (await stat(child)).isDirectory();
        // A link to a folder may lead back here.
        if (link) reports.push({ file: child, status: "link" });
        else await visit(child, seen, reports);
      }
    }
  } catch (error) {
    if (error instanceof PlimsollError && error.code === "PLM_LIMIT") throw error;
    reports.push({ file: path, status: "error", error: fileError(path, error) });
  }
}

async function runFile(file: string, sizeBytes: number): Promise<FileReport> {
  if (!file.toLowerCase().endsWith(".json")) return { file, status: "not-json" };
  if (sizeBytes > fileLimitBytes) {
    const error = new PlimsollError("PLM_LIMIT", {
      field: file,
      value: `${sizeBytes} bytes`,
      limit: `at most ${fileLimitBytes / 1_048_576} MiB`,
      remedy: "Split the file.",
    });
    return { file, status: "error", error };
  }
  let document: unknown;
  try {
    document = parseJson(await readFile(file, "utf8"), { name: file, maxLength: fileLimitBytes });
  } catch (cause) {
    return { file, status: "error", error: fileError(file, cause) };
  }
  const family = recognise(document, basename(file));
  if (!family) return { file, status: "unknown-family" };
  const cases = family.run(document);
  const failed = cases.filter((one) => one.failures.length > 0).length;
  const notCovered = cases.filter((one) => one.notCovered !== undefined).length;
  return {
    file,
    status: "ran",
    family: family.family,
    passed: cases.filter((one) => one.failures.length === 0 && one.notCovered === undefined).length,
    failed,
    setAside: cases.reduce((sum, one) => sum + one.setAside.length, 0),
    notCovered,
    cases,
  };
}

function fileError(file: string, cause: unknown): PlimsollError {
  if (cause instanceof PlimsollError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PlimsollError("PLM_FILE", {
    field: file,
    value: reason,
    limit: "a readable file or folder",
    remedy: "Check the path and its permissions.",
  });
}

function totalsOf(files: readonly FileReport[]): VectorsTotals {
  const ran = files.filter((file) => file.status === "ran");
  const sum = (key: "passed" | "failed" | "setAside" | "notCovered"): number =>
    ran.reduce((total, file) => total + file[key], 0);
  const count = (status: FileReport["status"]): number =>
    files.filter((file) => file.status === status).length;
  return {
    files: files.length,
    passed: sum("passed"),
    failed: sum("failed"),
    setAside: sum("setAside"),
    notCoveredCases: sum("notCovered"),
    unknownFiles: count("unknown-family"),
    unreadableFiles: count("error"),
  };
}
