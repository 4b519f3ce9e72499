import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandOutput, exitCodes } from "../command-output.ts";
import { type MarginMode } from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/index.ts";
import { openEmbeddedLog } from "../../service/journal/index.ts";
import { findSources, isConserved, type ReplayResult, runReplay } from "../../service/population/index.ts";
import { renderChart } from "../chart/render.ts";
import { parseInstant } from "../input/load.ts";
import { packageFile } from "../input/package-file.ts";
import { startProgress } from "../output/progress.ts";
import { replayChart } from "./replay-chart.ts";
import { replayJson } from "./replay-json.ts";
import { replayText } from "./replay-text.ts";

export interface ReplayCommandOptions {
  readonly from?: string;
  readonly to?: string;
  readonly traders?: string;
  readonly coins?: string;
  readonly strikes?: string;
  readonly portfolio?: string;
  readonly seed?: string;
  readonly speed?: string;
  readonly journal?: string;
  readonly chart?: string;
  readonly parameters?: string;
  readonly history?: string;
}

/** What was asked for, in numbers. */
export interface ReplayRequest {
  readonly folder: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly traders: number;
  readonly coins: number;
  readonly strikes: number;
  readonly portfolioShare: number;
  readonly seed: number;
  readonly speed: number;
}

export type { MarginMode, ReplayResult };

const dayMs = 86_400_000;
const longestMs = 400 * dayMs;

const usage = (field: string, value: string | undefined, limit: string): PlimsollError =>
  new PlimsollError("PLM_USAGE", {
    field,
    value,
    limit,
    remedy: "Choose another value; `plimsoll replay --help` lists the options.",
  });

/** Milliseconds of a day or an instant, UTC unless it names a zone; of a bare day its last when `isEnd`. */
export function instantOf(text: string, field: string, isEnd: boolean): number {
  const ms = parseInstant(text, field);
  return isEnd && /^\d{4}-\d\d-\d\d$/.test(text) ? ms + dayMs - 1 : ms;
}

function numberOf(text: string, field: string, low: number, high: number, whole = true): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= low && value <= high && (!whole || Number.isInteger(value)))
    return value;
  throw usage(field, text, `${whole ? "an integer" : "a number"} from ${low} to ${high}`);
}

export function replayRequest(folder: string, options: ReplayCommandOptions): ReplayRequest {
  const fromMs = instantOf(options.from ?? "2026-01-28", "--from", false);
  const toMs = instantOf(options.to ?? "2026-02-09", "--to", true);
  if (!(toMs > fromMs && toMs - fromMs <= longestMs)) {
    throw usage("--to", options.to, "after --from, at most 400 days later");
  }
  const speed = options.speed ?? "max";
  return {
    folder,
    fromMs,
    toMs,
    traders: numberOf(options.traders ?? "10000", "--traders", 1, 1_000_000),
    coins: numberOf(options.coins ?? "12", "--coins", 1, 500),
    strikes: numberOf(options.strikes ?? "9", "--strikes", 1, 100),
    portfolioShare: numberOf(options.portfolio ?? "10", "--portfolio", 0, 100, false) / 100,
    seed: numberOf(options.seed ?? "1", "--seed", 0, 2 ** 53 - 1),
    speed: speed === "max" ? Infinity : numberOf(speed, "--speed", 0.001, 1e9, false),
  };
}

/** A document without blanks, in ASCII, as `setRiskDocument` takes it. */
async function documentText(field: string, file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new PlimsollError("PLM_FILE", {
      field,
      value: file,
      limit: "a readable JSON document",
      remedy: `Check the path; the system says ${cause instanceof Error ? cause.message : String(cause)}.`,
    });
  }
  try {
    return JSON.stringify(JSON.parse(text)).replace(
      /[^ -~]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  } catch (cause) {
    throw new PlimsollError("PLM_JSON_SYNTAX", {
      field,
      value: file,
      limit: "JSON",
      remedy: `Correct it: ${cause instanceof Error ? cause.message : String(cause)}.`,
    });
  }
}

/** `plimsoll replay`: recorded markets through the clearing engine, with a population that trades. */
export async function replayCommand(
  folder: string,
  options: ReplayCommandOptions = {},
): Promise<CommandOutput> {
  const request = replayRequest(folder, options);
  const { fromMs, toMs, traders, coins, strikes, portfolioShare, seed, speed } = request;
  const found = await findSources(folder, { fromMs, toMs, coins });
  const marginParameters = await documentText(
    "--parameters",
    options.parameters ?? packageFile("params/plimsoll-margin.json"),
  );
  const marginHistory =
    options.history === undefined ? undefined : await documentText("--history", options.history);
  const log =
    options.journal === undefined
      ? undefined
      : await openEmbeddedLog({ directory: join(options.journal, "journal"), create: true });
  if (log !== undefined && log.durableSequence > 0) {
    await log.close();
    throw new PlimsollError("PLM_FILE", {
      field: "--journal",
      value: options.journal,
      limit: "a folder without a journal: a replay begins at genesis",
      remedy: "Name another folder.",
    });
  }
  const days = Math.ceil((toMs - fromMs) / dayMs);
  const progress = startProgress("replaying", days);
  try {
    const result = await runReplay({
      found,
      fromMs,
      toMs,
      traders,
      seed,
      portfolioShare,
      strikesPerExpiry: strikes,
      speed,
      marginParameters,
      ...(marginHistory === undefined ? {} : { marginHistory }),
      ...(log === undefined ? {} : { log }),
      onProgress: (timeMs, commands) =>
        progress.show(Math.floor((timeMs - fromMs) / dayMs), `days, ${commands} commands`),
    });
    progress.end();
    if (log !== undefined) {
      const { machine } = result;
      await log.snapshots.save({
        sequence: machine.sequence,
        stateRoot: machine.stateRoot(),
        chunks: [...machine.snapshot()],
      });
    }
    if (options.chart !== undefined) await renderChart(replayChart(request, result), options.chart);
    const isWhole = result.conservation.every(isConserved);
    return {
      text: replayText(request, found, result, options),
      json: replayJson(request, found, result),
      exitCode: isWhole ? exitCodes.done : exitCodes.failed,
    };
  } finally {
    progress.end();
    await log?.close();
  }
}
