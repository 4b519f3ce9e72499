import { writeFile } from "node:fs/promises";
import { type CommandOutput } from "./command-output.ts";
import { parseInstant } from "./input/load.ts";
import { readText } from "./input/read-file.ts";
import { formatInstant, formatNumber } from "./output/format.ts";
import { noteLines } from "./output/heading.ts";
import { textTable } from "./output/table.ts";
import { type Factor, gapsOf, type History, writeHistory } from "../market/index.ts";
import { readCsv } from "../market/readers/csv.ts";
import { historyFromSeries, type SeriesSource } from "../market/readers/series-csv.ts";
import { PlimsollError } from "../quantity/index.ts";

export interface HistoryOptions {
  readonly series?: readonly string[] | undefined;
  readonly interval?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly source?: string | undefined;
  readonly out?: string | undefined;
}

const factors: readonly Factor[] = ["spot", "vol", "term", "skew", "basis", "ratio", "price"];
const seriesPattern = /^([a-z]+):([^=:]{1,64})=([^@]+?)(?:@([A-Za-z0-9_]+))?(?:\*([0-9.eE-]+))?$/;
/** Rows whose spacing tells a table's bar length. */
const rowsLookedAt = 1_000;

/** A bar's value is known when the bar ends: after the usual distance of two rows. */
function barLengthMs(name: string, text: string): number | undefined {
  const times: number[] = [];
  for (const row of readCsv(text, { name, required: ["ts_ms"] }).rows) {
    times.push(row.number("ts_ms"));
    if (times.length >= rowsLookedAt) break;
  }
  const distances = times
    .slice(1)
    .map((time, at) => time - (times[at] ?? 0))
    .filter((distance) => distance > 0)
    .sort((a, b) => a - b);
  return distances[distances.length >> 1];
}
const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function usage(field: string, value: string, limit: string): PlimsollError {
  return new PlimsollError("PLM_USAGE", {
    field,
    value,
    limit,
    remedy: "`plimsoll history --help` shows an example.",
  });
}

function parseInterval(text: string): number {
  const match = /^(\d{1,4})([mhd])$/.exec(text);
  const ms = match ? Number(match[1]) * (unitMs[match[2] ?? ""] ?? 0) : 0;
  if (ms > 0) return ms;
  throw usage("--interval", text, "a whole number of minutes, hours or days such as 30m, 1h or 1d");
}

/** `spot:BTC=file.csv.gz@close*1` as a source; column and scale are optional. */
async function parseSeries(text: string): Promise<SeriesSource> {
  const match = seriesPattern.exec(text);
  const factor = factors.find((name) => name === match?.[1]);
  const [, , of, file, column, scaleText] = match ?? [];
  const scale = scaleText === undefined ? 1 : Number(scaleText);
  if (!factor || of === undefined || file === undefined || !Number.isFinite(scale) || scale === 0) {
    throw usage("--series", text, `FACTOR:OF=FILE[@COLUMN][*SCALE] with a factor of ${factors.join(", ")}`);
  }
  const lines = await readText(file);
  const knownAfterMs = barLengthMs(file, lines);
  return {
    factor,
    of,
    name: file,
    lines,
    scale,
    ...(column === undefined ? {} : { column }),
    ...(knownAfterMs === undefined ? {} : { knownAfterMs }),
  };
}

function historyText(history: History): string {
  const rows = [...history.series].map(([key, { values }]) => {
    let known = 0;
    for (const value of values) if (!Number.isNaN(value)) known += 1;
    const gaps = gapsOf(history, key);
    const longest = Math.max(0, ...gaps.map(({ steps }) => steps));
    return [key, formatNumber(known, 0), formatNumber(gaps.length, 0), formatNumber(longest, 0)];
  });
  const last = history.startMs + (history.length - 1) * history.intervalMs;
  const table = textTable(
    [
      { title: "Series" },
      { title: "observed", align: "right" },
      { title: "gaps", align: "right" },
      { title: "longest, steps", align: "right" },
    ],
    rows,
  );
  return `${formatInstant(history.startMs)} to ${formatInstant(last)}, ${formatNumber(history.length, 0)} steps of ${history.intervalMs / 60_000} minutes\n\n${table}`;
}

/** `plimsoll history`: joins tables of prices, volatilities and ratios into one history document. */
export async function historyCommand(options: HistoryOptions): Promise<CommandOutput> {
  const given = options.series ?? [];
  if (given.length === 0) throw usage("--series", "", "given at least once");
  const intervalMs = parseInterval(options.interval ?? "1h");
  const sources = await Promise.all(given.map(parseSeries));
  const { history, notes } = historyFromSeries(sources, {
    intervalMs,
    source: options.source ?? given.map((text) => text.split("=")[0]).join(", "),
    ...(options.from === undefined ? {} : { fromMs: parseInstant(options.from, "--from") }),
    ...(options.to === undefined ? {} : { toMs: parseInstant(options.to, "--to") }),
  });
  const document = writeHistory(history);
  if (options.out !== undefined) {
    try {
      await writeFile(options.out, document);
    } catch (cause) {
      const remedy = cause instanceof Error ? `The system says: ${cause.message}.` : "Check the folder.";
      throw new PlimsollError("PLM_FILE", {
        field: "--out",
        value: options.out,
        limit: "a writable file",
        remedy,
      });
    }
  }
  const written = options.out === undefined ? "" : `\n\nwritten to ${options.out}`;
  const lines = noteLines(notes);
  return {
    text: `${historyText(history)}${lines.length > 0 ? `\n\n${lines.join("\n")}` : ""}${written}`,
    json: JSON.parse(document) as unknown,
  };
}
