import { access, constants, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { PlimsollError } from "../../quantity/index.ts";
import {
  crashes,
  type CrashFigures,
  type DepthName,
  depths,
  type Method,
  methods,
  readScene,
  runCrash,
  type Scene,
  studyCoins,
  studySeed,
  studyTraders,
} from "../../service/crash/index.ts";
import { isConserved } from "../../service/population/index.ts";
import { renderChart } from "../chart/render.ts";
import { type CommandOutput, exitCodes } from "../command-output.ts";
import { startProgress } from "../output/progress.ts";
import { crashChart } from "./crash-chart.ts";
import { crashJson } from "./crash-json.ts";
import { crashText } from "./crash-text.ts";
import { instantOf } from "./replay.ts";

export interface CrashCommandOptions {
  readonly data: string;
  readonly from?: string;
  readonly to?: string;
  readonly study?: boolean;
  readonly traders?: string;
  readonly coins?: string;
  readonly depth?: string;
  readonly methods?: string;
  readonly seed?: string;
  readonly chart?: string;
}

/** One window under one depth, by each method. */
export interface CrashPart {
  readonly name: string;
  readonly scene: Scene;
  readonly depth: DepthName;
  readonly results: readonly CrashFigures[];
}

const usage = (field: string, value: string | undefined, limit: string): PlimsollError =>
  new PlimsollError("PLM_USAGE", {
    field,
    value,
    limit,
    remedy: "Choose another value; `plimsoll crash --help` lists the options.",
  });

const depthNames: readonly DepthName[] = ["half", "one", "double"];
const longestMs = 31 * 86_400_000;

function integerOf(text: string, field: string, low: number, high: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= low && value <= high) return value;
  throw usage(field, text, `an integer from ${low} to ${high}`);
}

function depthsOf(text: string): readonly DepthName[] {
  if (text === "all") return depthNames;
  const known = depthNames.find((name) => name === text);
  if (known === undefined) throw usage("--depth", text, [...depthNames, "all"].join(", "));
  return [known];
}

function methodsOf(text: string | undefined): readonly Method[] {
  if (text === undefined) return methods;
  return text.split(",").map((name) => {
    const known = methods.find((method) => method.name === name);
    if (known === undefined) throw usage("--methods", name, methods.map((method) => method.name).join(", "));
    return known;
  });
}

function windowsOf({
  from,
  to,
  study,
}: CrashCommandOptions): { name: string; fromMs: number; toMs: number }[] {
  if (study === true) {
    if (from !== undefined || to !== undefined) {
      throw usage(
        from === undefined ? "--to" : "--from",
        from ?? to,
        "left out with --study, which has its own windows",
      );
    }
    return crashes.map((one) => ({
      name: one.name,
      fromMs: instantOf(one.from, "--from", false),
      toMs: instantOf(one.to, "--to", true),
    }));
  }
  if (from === undefined || to === undefined)
    throw usage(from === undefined ? "--from" : "--to", undefined, "a UTC day or minute; or --study instead");
  const fromMs = instantOf(from, "--from", false);
  const toMs = instantOf(to, "--to", true);
  if (!(toMs - fromMs >= 3_600_000 && toMs - fromMs <= longestMs))
    throw usage("--to", to, "from an hour to 31 days after --from");
  return [{ name: from, fromMs, toMs }];
}

/** Of a coin's bars between its first and its last, at least so many: exchanges had outages of some hours. */
const leastBars = 0.9;

/**
 * A path goes on to the next price that is known, however late: without those of the whole window it would be a crash that nobody recorded.
 *
 * @throws {PlimsollError} `PLM_FEED`.
 */
function requireRecorded({ options: { fromMs, toMs }, coins }: Scene): void {
  for (const { name, table } of coins) {
    const { grainMs, rows } = table;
    const bars = (table.toMs - table.fromMs) / grainMs + 1;
    const isWhole =
      table.fromMs - fromMs < grainMs && toMs - table.toMs < grainMs && rows >= leastBars * bars;
    if (isWhole) continue;
    const ends = [table.fromMs, table.toMs].map((timeMs) => new Date(timeMs).toISOString().slice(0, 16));
    throw new PlimsollError("PLM_FEED", {
      field: "data",
      value: `${rows} bars of ${name} from ${ends.join("Z to ")}Z`,
      limit: "prices of the whole window",
      remedy: `Choose a window within them, or fewer --coins if others have more; ${name} is in ${table.file}.`,
    });
  }
}

/** `plimsoll crash`: recorded crashes through the engine, by several ways to liquidate, on the same paths and population. */
export async function crashCommand(options: CrashCommandOptions): Promise<CommandOutput> {
  const windows = windowsOf(options);
  const chosen = methodsOf(options.methods);
  const chosenDepths = depthsOf(options.depth ?? "one");
  const traders = integerOf(options.traders ?? String(studyTraders), "--traders", 10, 100_000);
  const coins = integerOf(options.coins ?? String(studyCoins), "--coins", 1, 50);
  const seed = integerOf(options.seed ?? String(studySeed), "--seed", 0, 2 ** 53 - 2_000_000);
  if (options.chart !== undefined) await makeChartFolder(options.chart);
  const parts: CrashPart[] = [];
  const total = windows.length * chosenDepths.length * chosen.length;
  const progress = startProgress("runs", total);
  try {
    for (const { name, fromMs, toMs } of windows) {
      const scene = await readScene({ folder: options.data, fromMs, toMs, traders, coins, seed });
      requireRecorded(scene);
      for (const depth of chosenDepths) {
        const results: CrashFigures[] = [];
        parts.push({ name, scene, depth, results });
        for (const method of chosen) {
          const done = parts.slice(0, -1).reduce((sum, part) => sum + part.results.length, results.length);
          const onProgress = (share: number): void =>
            progress.show(done, `${name}, ${method.title}: ${Math.floor(100 * share)} %`);
          results.push(runCrash({ scene, method, depth: depths[depth], onProgress }));
        }
      }
    }
  } finally {
    progress.end();
  }
  if (options.chart !== undefined) await drawAll(options.chart, parts);
  const isWhole = parts.every(({ results }) =>
    results.every(({ conservation }) => conservation.every(isConserved)),
  );
  return {
    text: crashText(parts, options),
    json: crashJson(parts),
    exitCode: isWhole ? exitCodes.done : exitCodes.failed,
  };
}

/** Before hours of work, not after. @throws {PlimsollError} `PLM_FILE`. */
async function makeChartFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new PlimsollError("PLM_FILE", {
      field: "--chart",
      value: folder,
      limit: "a folder that can be written to, one file for each window",
      remedy: `Name another folder (${error instanceof Error ? error.message : String(error)}).`,
    });
  }
}

async function drawAll(folder: string, parts: readonly CrashPart[]): Promise<void> {
  for (const part of parts) {
    const name = `${part.name.replaceAll(/[^A-Za-z0-9-]+/g, "-")}-${part.depth}.svg`;
    await renderChart(crashChart(part), join(folder, name));
  }
}
