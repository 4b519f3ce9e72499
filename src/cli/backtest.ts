import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { availableParallelism } from "node:os";
import { PlimsollError } from "../quantity/index.ts";
import { type Track } from "../service/laboratory/observations.ts";
import { type LaboratoryRun, runLaboratory } from "../service/laboratory/run.ts";
import { loadObservations, saveObservations } from "../service/laboratory/saved-observations.ts";
import { typeSummary, type TypeSummary } from "../service/laboratory/type-summary.ts";
import { type CommandOutput } from "./command-output.ts";
import { parseInstant } from "./input/load.ts";
import { packageFile } from "./input/package-file.ts";
import { readText } from "./input/read-file.ts";
import { formatInstant, formatNumber, formatPercent } from "./output/format.ts";
import { startProgress } from "./output/progress.ts";
import { textTable } from "./output/table.ts";

export interface BacktestOptions {
  readonly data?: readonly string[];
  readonly observations?: string;
  readonly track?: readonly string[];
  readonly out?: string;
  readonly save?: string;
  readonly from?: string;
  readonly to?: string;
  readonly quick?: boolean;
  readonly models?: string;
  readonly seed?: string;
  readonly params?: string;
  readonly threads?: string;
}

const tracks: readonly Track[] = ["delta-one", "staked", "options", "simulated-options"];
const defaultFrom = "2020-01-01";
const defaultTo = "9999-01-01";
const maxSeed = 0xffff_ffff;
const maxThreads = 64;

function wholeNumber(field: string, text: string, least: number, most: number): number {
  const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new PlimsollError("PLM_USAGE", {
    field,
    value: text,
    limit: `a whole number from ${least} to ${most}`,
    remedy: "Correct the option.",
  });
}

function chosenTracks(names: readonly string[] | undefined): readonly Track[] {
  if (names === undefined) return tracks;
  return names
    .flatMap((name) => name.split(","))
    .map((name) => {
      const track = tracks.find((candidate) => candidate === name.trim());
      if (track) return track;
      throw new PlimsollError("PLM_USAGE", {
        field: "--track",
        value: name,
        limit: `one of ${tracks.join(", ")}`,
        remedy: "Correct the name, or leave the option out for all.",
      });
    });
}

async function runOf(
  folders: readonly string[],
  options: BacktestOptions,
): Promise<{ run: LaboratoryRun; about: Record<string, unknown> }> {
  const fromMs = parseInstant(options.from ?? defaultFrom, "--from");
  const toMs = parseInstant(options.to ?? defaultTo, "--to");
  if (!(fromMs < toMs)) {
    throw new PlimsollError("PLM_USAGE", {
      field: "--to",
      value: options.to,
      limit: `later than --from, ${options.from ?? defaultFrom}`,
      remedy: "Correct one of the two.",
    });
  }
  const seed = wholeNumber("--seed", options.seed ?? "1", 0, maxSeed);
  const threads = wholeNumber(
    "--threads",
    options.threads ?? String(Math.min(2, availableParallelism())),
    0,
    maxThreads,
  );
  const parameters = await readText(options.params ?? packageFile("params/plimsoll-margin.json"));
  const models =
    options.models === undefined || options.models === "all"
      ? "all"
      : options.models.split(",").map((id) => id.trim());
  const progress = startProgress("walking forward, %", 100);
  try {
    const run = await runLaboratory(
      {
        folders,
        tracks: chosenTracks(options.track),
        models,
        parameters,
        seed,
        fromMs,
        toMs,
        quick: options.quick === true,
      },
      {
        threads,
        progress: (share, track, ms) =>
          progress.show(Math.floor(100 * share), `${track} ${formatInstant(ms)}`),
      },
    );
    return {
      run,
      about: { seed, from: options.from ?? defaultFrom, to: options.to, quick: options.quick === true },
    };
  } finally {
    progress.end();
  }
}

function summaryText(run: LaboratoryRun, rows: readonly TypeSummary[]): string {
  const { models } = run.observations;
  const right = { align: "right" } as const;
  const percent = (value: number): string => (Number.isFinite(value) ? formatPercent(value) : "–");
  return textTable(
    [
      { title: "Type" },
      { title: "windows", ...right },
      { title: "lost more", ...right },
      ...models.map(({ id, isPartial }) => ({
        title: `${id.replace("plimsoll-portfolio", "ours")}${isPartial ? "*" : ""}`,
        ...right,
      })),
    ],
    rows.map(({ type, windows, breaches, meanInitial }) => [
      type,
      formatNumber(windows, 0),
      formatNumber(breaches[0] ?? 0, 0),
      ...meanInitial.map(percent),
    ]),
  );
}

/** `plimsoll backtest`: what every model asked of a library of books, and what the books lost afterwards. */
export async function backtestCommand(options: BacktestOptions): Promise<CommandOutput> {
  const given = options.observations;
  if (given === undefined && (options.data ?? []).length === 0) {
    throw new PlimsollError("PLM_USAGE", {
      field: "--data",
      value: undefined,
      limit: "a folder of recorded prices, or --observations with a file that --save wrote",
      remedy: "docs/laboratory.md lists the tables.",
    });
  }
  const loaded = given === undefined ? undefined : loadObservations(given);
  const { run, about } = loaded
    ? { run: loaded, about: { ...loaded.about } }
    : await runOf(options.data ?? [], options);
  if (options.out !== undefined) {
    try {
      mkdirSync(options.out, { recursive: true });
    } catch (cause) {
      throw new PlimsollError("PLM_FILE", {
        field: "--out",
        value: options.out,
        limit: "a folder that can be made or written to",
        remedy: cause instanceof Error ? `The system says: ${cause.message}.` : "Name another.",
      });
    }
  }
  const save =
    options.save ?? (options.out === undefined || loaded ? undefined : join(options.out, "observations.bin"));
  if (save !== undefined) saveObservations(save, run, about);
  const rows = typeSummary(run.observations, 24);
  const lines = [
    `Initial margin as a share of notional, windows of 24 h; * partial: a lower bound.`,
    summaryText(run, rows),
    ...run.missing.map((name) => `No table ${name}*: its books are left out.`),
  ];
  return { text: lines.join("\n\n"), json: { about, missing: run.missing, files: run.files, types: rows } };
}
