import { readFileSync } from "node:fs";
import { type Machine as Stores } from "../../clearing/index.ts";
import { fundSizing } from "../../clearing/stress/index.ts";
import { PlimsollError } from "../../quantity/index.ts";
import {
  fundSizingView,
  type FundSizingView,
  losersView,
  type StressLoserView,
} from "../../service/fund-sizing/index.ts";
import { syntheticVenue } from "../../service/stress/synthetic-venue.ts";
import { renderChart } from "../chart/render.ts";
import { type CommandOutput, exitCodes } from "../command-output.ts";
import { packageFile } from "../input/package-file.ts";
import { openToRead } from "./open-journal.ts";
import { numberOption, wholeOption } from "./serve-options.ts";
import { machineAtEnd } from "./state-at-end.ts";
import { stressChart } from "./stress-chart.ts";
import { stressText } from "./stress-text.ts";

export interface StressOptions {
  readonly synthetic?: boolean;
  readonly seed?: string;
  readonly traders?: string;
  /** USD in the synthetic venue's fund. */
  readonly fund?: string;
  readonly hedges?: boolean;
  readonly chart?: string;
}

/** What was measured, and where it came from. */
export interface StressReport {
  readonly source: string;
  readonly synthetic: boolean;
  readonly sizing: FundSizingView;
  /** Who loses in the scenario of Cover-2; absent from a service, which tells nobody's positions. */
  readonly losers?: readonly StressLoserView[];
}

const usage = (field: string, value: unknown, limit: string): PlimsollError =>
  new PlimsollError("PLM_USAGE", {
    field,
    value,
    limit,
    remedy: "Run `plimsoll stress --help` for examples.",
  });

const noEpoch = (value: string): PlimsollError =>
  new PlimsollError("PLM_UNAVAILABLE", {
    field: "sizing",
    value,
    limit: "a venue with prices and margin parameters",
    remedy: "Publish prices and set the document marginParameters; a new service has both within seconds.",
  });

function measured(stores: Stores, source: string, synthetic: boolean): StressReport {
  const sizing = fundSizing(stores);
  if (sizing === undefined) throw noEpoch(source);
  return {
    source,
    synthetic,
    sizing: fundSizingView(stores, sizing),
    losers: sizing.coverTwo ? losersView(sizing.coverTwo) : [],
  };
}

async function fromSynthetic(options: StressOptions): Promise<StressReport> {
  const seed = wholeOption("--seed", options.seed ?? "1", 0, 0xffff_ffff);
  const traders = wholeOption("--traders", options.traders ?? "200", 1, 20_000);
  const fundUsd = numberOption("--fund", options.fund ?? "1000000", 0, 1e9);
  const venue = await syntheticVenue({
    seed,
    traders,
    fundUsd,
    hedges: options.hedges === true,
    marginParameters: JSON.stringify(
      JSON.parse(readFileSync(packageFile("params/plimsoll-margin.json"), "utf8")),
    ),
  });
  return measured(
    venue.stores,
    `synthetic venue, seed ${seed}, ${traders} traders: no price or trader is real`,
    true,
  );
}

async function fromJournal(folder: string): Promise<StressReport> {
  const journal = await openToRead(folder, { verifyFrom: Infinity });
  const { engine } = await machineAtEnd(journal);
  return measured(engine.stores, `${folder}, after record ${engine.sequence}`, false);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

async function fromService(address: string): Promise<StressReport> {
  const url = new URL("v1/fund", address.endsWith("/") ? address : `${address}/`);
  let answer: unknown;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(30_000) });
    answer = await response.json();
  } catch (error) {
    throw new PlimsollError("PLM_UNAVAILABLE", {
      field: "service",
      value: url.href,
      limit: "a service that answers",
      remedy: `Check the address and that it runs (${error instanceof Error ? error.message : String(error)}).`,
    });
  }
  const sizing = isRecord(answer) ? answer["sizing"] : undefined;
  if (!isSizing(sizing)) throw noEpoch(url.href);
  return { source: address, synthetic: false, sizing };
}

/** Good enough to print: a service of this release answers with all of it or nothing. */
const isSizing = (value: unknown): value is FundSizingView =>
  isRecord(value) && typeof value["coverTwoUsd"] === "string" && Array.isArray(value["worst"]);

/** What only a made-up venue can be told. */
function refuseSynthetic(where: string, options: StressOptions): void {
  for (const name of ["seed", "traders", "fund"] as const) {
    if (options[name] !== undefined)
      throw usage(`--${name}`, options[name], `left out: ${where} has its own`);
  }
}

/** `plimsoll stress`: what the two largest losers of a venue would lose beyond their equity, scenario by scenario, and what its fund has. */
export async function stressCommand(
  where: string | undefined,
  options: StressOptions,
): Promise<CommandOutput> {
  if ((where === undefined) !== (options.synthetic === true)) {
    throw usage("stress", where, "either an address or folder, or --synthetic");
  }
  if (where !== undefined) refuseSynthetic(where, options);
  const report =
    where === undefined
      ? await fromSynthetic(options)
      : /^https?:\/\//.test(where)
        ? await fromService(where)
        : await fromJournal(where);
  if (options.chart !== undefined) await renderChart(stressChart(report), options.chart);
  return {
    text: stressText(report, options.hedges === true),
    json: report,
    exitCode: report.sizing.short ? exitCodes.failed : exitCodes.done,
  };
}
