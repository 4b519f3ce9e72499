import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PlimsollError } from "../../../quantity/index.ts";
import { type LaboratoryResult } from "../analyse.ts";
import { csvText } from "../csv.ts";
import { laboratorySummary } from "../summary.ts";
import { laboratoryTables } from "../tables.ts";
import { type DrawChart, reportPage } from "./page.ts";

/** A file of a report. */
export interface ReportFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  /** What a row is, of tables. */
  readonly about: string;
}

/**
 * Writes a report into a folder, which is made if there is none; files of the same names are replaced. `report.html`, every table as
 * CSV, `summary.json`, and last `manifest.json`, which names them with their hashes: no clock in any of them, so equal results are equal files.
 *
 * @param draw - of charts, as SVG.
 * @throws {PlimsollError} `PLM_FILE` for a folder that can't be written to, and what `draw` throws.
 */
export async function writeReport(
  result: LaboratoryResult,
  folder: string,
  draw: DrawChart,
): Promise<readonly ReportFile[]> {
  const page = await reportPage(result, draw);
  const contents = [
    { name: "report.html", about: "the report", text: page },
    {
      name: "summary.json",
      about: "the result without its long tables",
      text: json(laboratorySummary(result)),
    },
    ...laboratoryTables(result).map((table) => ({
      name: `${table.name}.csv`,
      about: table.about,
      text: csvText(table),
    })),
  ];
  const files = contents.map(({ name, about, text }): ReportFile => ({
    name,
    bytes: Buffer.byteLength(text),
    sha256: createHash("sha256").update(text).digest("hex"),
    about,
  }));
  const { provenance, trainingEnds, targets, headlineHours, requirement, coverage } = result;
  const day = (ms: number): string => new Date(ms).toISOString();
  const manifest = json({
    ...provenance,
    requirement,
    headlineHours,
    targets,
    trainingEnds: Object.fromEntries(Object.entries(trainingEnds).map(([track, ms]) => [track, day(ms)])),
    coverage: coverage.map(({ fromMs, toMs, ...rest }) => ({
      ...rest,
      ...(rest.windows > 0 ? { from: day(fromMs), to: day(toMs) } : {}),
    })),
    files,
  });
  try {
    await mkdir(folder, { recursive: true });
    for (const { name, text } of contents) await writeFile(join(folder, name), text);
    await writeFile(join(folder, "manifest.json"), manifest);
  } catch (cause) {
    throw new PlimsollError("PLM_FILE", {
      field: "--out",
      value: folder,
      limit: "a folder that can be written to",
      remedy: cause instanceof Error ? `The system says: ${cause.message}.` : "Check the folder.",
    });
  }
  return files;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
