import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { PlimsollError } from "../quantity/index.ts";
import { parseMarginParameters } from "../risk/index.ts";
import { analyse } from "../service/laboratory/analyse.ts";
import { fileOf } from "../service/laboratory/data-files.ts";
import { laboratoryNotes } from "../service/laboratory/notes.ts";
import { type Observations, type Track } from "../service/laboratory/observations.ts";
import { type Provenance } from "../service/laboratory/provenance.ts";
import { writeReport } from "../service/laboratory/report/write.ts";
import { type LaboratoryRequest, type LaboratoryRun, runLaboratory } from "../service/laboratory/run.ts";
import {
  type Crashes,
  loadObservations,
  type RunAbout,
  saveObservations,
} from "../service/laboratory/saved-observations.ts";
import { crashes, studySeed, studyTraders } from "../service/crash/plan.ts";
import { crashCoins } from "../service/laboratory/crash-coins.ts";
import { crashFunds, type TradedCoin } from "../service/laboratory/crash-fund.ts";
import { CrashMarkets } from "../service/laboratory/crash-markets.ts";
import { ModelPanel } from "../service/laboratory/models.ts";
import { dayMs } from "../service/laboratory/panels.ts";
import { crashPaths } from "../service/laboratory/procyclicality.ts";
import { laboratorySummary } from "../service/laboratory/summary.ts";
import { typeSummary } from "../service/laboratory/type-summary.ts";
import { drawSvg } from "./chart/render.ts";
import { type CommandOutput } from "./command-output.ts";
import { parseInstant } from "./input/load.ts";
import { packageFile } from "./input/package-file.ts";
import { readText } from "./input/read-file.ts";
import { formatInstant } from "./output/format.ts";
import { laboratoryText } from "./laboratory-text.ts";
import { startProgress } from "./output/progress.ts";

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

const parametersText = (options: BacktestOptions): Promise<string> =>
  readText(options.params ?? packageFile("params/plimsoll-margin.json"));

function spanOf(options: BacktestOptions): { readonly fromMs: number; readonly toMs: number } {
  const fromMs = parseInstant(options.from ?? defaultFrom, "--from");
  const toMs = parseInstant(options.to ?? defaultTo, "--to");
  if (fromMs < toMs) return { fromMs, toMs };
  throw new PlimsollError("PLM_USAGE", {
    field: "--to",
    value: options.to,
    limit: `later than --from, ${options.from ?? defaultFrom}`,
    remedy: "Correct one of the two.",
  });
}

async function runOf(folders: readonly string[], options: BacktestOptions): Promise<LaboratoryRun> {
  const { fromMs, toMs } = spanOf(options);
  const usualThreads = String(Math.min(2, availableParallelism()));
  const request: LaboratoryRequest = {
    folders,
    tracks: chosenTracks(options.track),
    models:
      options.models === undefined || options.models === "all"
        ? "all"
        : options.models.split(",").map((id) => id.trim()),
    parameters: await parametersText(options),
    seed: wholeNumber("--seed", options.seed ?? "1", 0, maxSeed),
    fromMs,
    toMs,
    quick: options.quick === true,
  };
  const threads = wholeNumber("--threads", options.threads ?? usualThreads, 0, maxThreads);
  const progress = startProgress("walking forward, %", 100);
  try {
    return await runLaboratory(request, {
      threads,
      progress: (share, track, ms) => progress.show(Math.floor(100 * share), `${track} ${formatInstant(ms)}`),
    });
  } finally {
    progress.end();
  }
}

/** Hours between two instants of a crash at which every model is asked. */
const crashEveryHours = 6;
/** Those that margin portfolios of options by scenarios; the two of fixed-point arithmetic take minutes. */
const crashRules = [
  "deribit-portfolio",
  "okx-portfolio",
  "paradex-portfolio",
  "hyperliquid-portfolio",
  "simm",
  "span",
];

/** Hours between two instants of a crash at which a population is margined anew. */
const fundEveryHours = 3;
const quickFundEveryHours = 24;

/** The documented population, and in a whole run unchanged books, through the crashes that the folders have prices of. */
async function crashesOf(
  options: BacktestOptions,
  folders: readonly string[],
  studied: Observations["models"],
): Promise<Crashes> {
  const parameters = parseMarginParameters(await parametersText(options));
  const { fromMs, toMs } = spanOf(options);
  const within = (daysAfter: number): typeof crashes =>
    crashes.filter(
      ({ from, to }) => Date.parse(from) >= fromMs && Date.parse(to) + (1 + daysAfter) * dayMs <= toMs,
    );
  const forFunds = within(0);
  // requirements are followed for two days more
  const forPaths = options.quick === true ? [] : within(2);
  const markets = new CrashMarkets(folders);
  const progress = startProgress("crashes", forFunds.length + forPaths.length);
  try {
    const coins = new Map<string, readonly TradedCoin[]>();
    for (const window of forFunds) coins.set(window.name, await crashCoins(folders, window));
    const funds = crashFunds(markets.panel, forFunds, {
      parameters,
      population: { seed: studySeed, traders: studyTraders, coins },
      everyHours: options.quick === true ? quickFundEveryHours : fundEveryHours,
      progress: (done) => progress.show(done, forFunds[done]?.name ?? ""),
    });
    const rules = crashRules.filter((rule) => studied.some(({ id }) => id === rule));
    const paths = crashPaths(markets, forPaths, {
      parameters,
      models: new ModelPanel(parameters, rules),
      everyHours: crashEveryHours,
      progress: (done) => progress.show(forFunds.length + done, forPaths[done]?.name ?? ""),
    });
    return { paths, funds };
  } finally {
    progress.end();
  }
}

/** The version in package.json. */
function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(packageFile("package.json"), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "";
}

/** The command as it would be given again, without paths of this machine. */
function commandText(options: BacktestOptions, folders: number): string {
  const { track, from, to, quick, models, seed } = options;
  return [
    "plimsoll backtest",
    ...Array.from({ length: folders }, () => "--data DATA"),
    ...(track ?? []).map((name) => `--track ${name}`),
    ...(from === undefined ? [] : [`--from ${from}`]),
    ...(to === undefined ? [] : [`--to ${to}`]),
    ...(quick === true ? ["--quick"] : []),
    ...(models === undefined || models === "all" ? [] : [`--models ${models}`]),
    ...(options.params === undefined ? [] : ["--params PARAMETERS"]),
    `--seed ${seed ?? "1"}`,
    "--out REPORT",
  ].join(" ");
}

async function aboutOf(options: BacktestOptions): Promise<RunAbout> {
  const text = await parametersText(options);
  const { shortfall, classes } = parseMarginParameters(text);
  return {
    command: commandText(options, options.data?.length ?? 0),
    seed: Number(options.seed ?? "1"),
    parameters: fileOf("parameters", Buffer.from(text)),
    shortfall: {
      level: shortfall.initialLevel,
      horizonHours: Math.max(...Object.values(classes).map(({ horizonHours }) => horizonHours)),
    },
  };
}

function provenanceOf({ files, missing }: LaboratoryRun, about: RunAbout, version: string): Provenance {
  return {
    command: about.command,
    version,
    seed: about.seed,
    parameters: about.parameters,
    data: files,
    leftOut: missing.map((name) => `${name}*: not in the folder, so its books are left out`),
    notes: laboratoryNotes,
  };
}

/** `plimsoll backtest`: what every model asked of a library of books, and what the books lost afterwards. */
export async function backtestCommand(options: BacktestOptions): Promise<CommandOutput> {
  const folders = options.data ?? [];
  if (options.observations === undefined && folders.length === 0) {
    throw new PlimsollError("PLM_USAGE", {
      field: "--data",
      value: undefined,
      limit: "a folder of recorded prices, or --observations with a file that --save wrote",
      remedy: "docs/laboratory.md lists the tables.",
    });
  }
  const loaded = options.observations === undefined ? undefined : loadObservations(options.observations);
  const run = loaded ?? (await runOf(folders, options));
  const about = loaded?.about ?? (await aboutOf(options));
  // What was walked is kept, whatever comes after it.
  const noCrashes: Crashes = { paths: [], funds: [] };
  if (options.save !== undefined) saveObservations(options.save, { ...run, about, crashes: noCrashes });
  if (run.observations.count === 0) {
    throw new PlimsollError("PLM_DATA_GAP", {
      field: "--data",
      value: folders.join(", "),
      limit: "prices in which at least one window of one book opens and closes",
      remedy: "Widen --from and --to, or name more tracks.",
    });
  }
  const walked =
    folders.length > 0
      ? await crashesOf(options, folders, run.observations.models)
      : (loaded?.crashes ?? noCrashes);
  if (options.save !== undefined) saveObservations(options.save, { ...run, about, crashes: walked });
  const progress = startProgress("analysing, steps", 100);
  try {
    const result = analyse(run.observations, {
      provenance: provenanceOf(run, about, packageVersion()),
      seed: about.seed,
      procyclicality: walked.paths,
      crashFunds: walked.funds,
      shortfall: about.shortfall,
      onProgress: (done, of, what) => progress.show(Math.floor((100 * done) / of), what),
    });
    const files =
      options.out === undefined
        ? []
        : await writeReport(result, options.out, (spec) => drawSvg(spec, "report.svg"));
    const lines = [
      laboratoryText(result),
      ...run.missing.map((name) => `No table ${name}*: its books are left out.`),
      ...(options.out === undefined
        ? []
        : [`${files.length + 1} files written to ${options.out}: open report.html.`]),
    ];
    const json = {
      ...laboratorySummary(result),
      byType: typeSummary(run.observations, result.headlineHours),
      files,
    };
    return { text: lines.join("\n\n"), json };
  } finally {
    progress.end();
  }
}
