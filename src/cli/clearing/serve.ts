import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { type DestinationStream, pino } from "pino";
import { type SampleTraders, startSampleTraders, traderKeys } from "../../service/traders/index.ts";
import { apiLogger, pageOrigins, trustedProxies } from "../../service/api/index.ts";
import { type LocalVenue, runLocalVenue } from "../../service/venue/index.ts";
import { Asset } from "../../service/client/instrument.ts";
import { PlimsollError } from "../../quantity/index.ts";
import { type CommandOutput, exitCodes } from "../command-output.ts";
import { inCommandWords } from "../command-words.ts";
import { packageFile } from "../input/package-file.ts";
import { startProgress } from "../output/progress.ts";
import { requireFreeAddress } from "./serve-address.ts";
import { venuePlan } from "./serve-folder.ts";
import { keepFolder, removeEarlier, temporaryFolder } from "./serve-temporary.ts";
import { ServeWarnings } from "./serve-warnings.ts";
import { durationOption, logOption, type ServeOptions, wholeOption } from "./serve-options.ts";
import { feesOf, type ServeFigures, serveFigures } from "./serve-figures.ts";
import { ServeTally } from "./serve-tally.ts";
import {
  figuresBlock,
  figuresLine,
  placeLines,
  type ServeSummary,
  summaryText,
  temporaryText,
} from "./serve-text.ts";

export { type ServeOptions } from "./serve-options.ts";

/** Connections beside those of the sample traders. */
const otherConnections = 64;
const drawMs = 1_000;
const lineMs = 5_000;

/** With `--json`: one line on standard error when it runs, so that programs know where to connect. */
interface Started {
  readonly event: "started";
  readonly url: string;
  readonly directory: string;
  readonly sequence: number;
}

/** `plimsoll serve`: a clearing service with its market, until it is stopped or its time is over. */
export async function serveCommand(options: ServeOptions): Promise<CommandOutput> {
  const takers = options.traders === false ? undefined : takersOption(options.traders);
  const runMs = options.for === undefined ? undefined : durationOption("--for", options.for);
  const host = options.host ?? "127.0.0.1";
  const port = wholeOption("--port", options.port ?? "7300", 0, 65_535);
  const trustProxy =
    options.trustProxy === undefined ? undefined : trustedProxies(options.trustProxy, "--trust-proxy");
  const origins = options.origins === undefined ? [] : pageOrigins(options.origins, "--origins");
  const logLevel = options.log === undefined ? undefined : logOption(options.log);
  await requireFreeAddress(host, port);
  const named = options.data === undefined ? undefined : dataOption(options.data);
  const { feed, speed, isOld } = venuePlan(options, named, Date.now());
  const isTemporary = named === undefined;
  const removed = isTemporary ? await removeEarlier() : 0;
  const directory = named ?? temporaryFolder();
  const stopped = untilStopped();
  // With a log, whoever reads standard error reads lines of JSON.
  const warnings = new ServeWarnings(options.json === true || logLevel !== undefined);
  const fair = new Map<string, number>();
  const progress = startProgress("replaying", 0);
  const local = await runLocalVenue({
    directory,
    feed,
    speed,
    host,
    port,
    marginParameters: options.params ?? packageFile("params/plimsoll-margin.json"),
    ...(options.marginHistory === undefined ? {} : { marginHistory: options.marginHistory }),
    ...(options.history === undefined ? {} : { history: options.history }),
    ...(options.acceptLossAfter === undefined
      ? {}
      : {
          acceptLossAfter: wholeOption(
            "--accept-loss-after",
            options.acceptLossAfter,
            0,
            Number.MAX_SAFE_INTEGER,
          ),
        }),
    ...(trustProxy === undefined ? {} : { trustProxy }),
    origins,
    ...(logLevel === undefined ? {} : { logger: apiLogger(logLevel, logDestination()) }),
    limits: { connectionsPerAddress: (takers ?? 0) + otherConnections },
    onWarning: (warning) => warnings.show(warning),
    onProgress: (replayed) => progress.show(replayed, "commands"),
    onBatch: (batch) => {
      for (const { instrument, priceMicros } of batch.fair) fair.set(instrument, priceMicros / 1e6);
    },
  }).catch((error: unknown) => {
    // What was found before it failed may be why.
    warnings.release();
    if (isTemporary) rmSync(directory, { recursive: true, force: true }); // nobody was promised anything
    throw inOptions(error, options, directory);
  });
  progress.end();
  const { engine } = local.venue.house.machine;
  const tally = new ServeTally(engine);
  local.venue.house.subscribe((batch) => tally.take(batch));
  if (!isTemporary) keepFolder(directory);
  const kept = isTemporary ? temporaryText(removed) : undefined;
  announce(local, directory, options.json === true, kept);
  if (isOld) {
    for (const [name, given] of [
      ["--params", options.params],
      ["--margin-history", options.marginHistory],
    ] as const) {
      if (given !== undefined)
        warnings.show(`${name} is for a new venue: this one has its documents, and keeps them`);
    }
  }
  warnings.release();
  const startedMs = performance.now();
  let traders: SampleTraders | undefined;
  const opening =
    takers === undefined
      ? undefined
      : openTraders(local, directory, takers, (name) => fair.get(name)).then((opened) => {
          traders = opened;
        });
  const isTerminal = process.stdout.isTTY && logLevel === undefined; // a log would run through what is drawn over
  const display = startDisplay(options.json === true, isTerminal, () => {
    const seconds = Math.max(0.001, (performance.now() - startedMs) / 1_000);
    return [seconds, tally.commands, (rate) => serveFigures(local, tally, rate, traders)];
  });
  warnings.onShown = () => display.startAnew();
  let failure: unknown;
  try {
    await Promise.race([
      stopped.promise,
      local.ended,
      ...(runMs === undefined ? [] : [new Promise((done) => setTimeout(done, runMs).unref())]),
      failed(local),
      ...(opening === undefined ? [] : [opening.then(() => new Promise<never>(() => undefined))]),
    ]);
  } catch (error) {
    failure = error;
  }
  display.stop();
  warnings.onShown = () => undefined;
  stopped.release();
  await opening?.catch(() => undefined);
  await traders?.stop();
  const seconds = (performance.now() - startedMs) / 1_000;
  const figures = serveFigures(local, tally, tally.commands / seconds, traders);
  const fees = feesOf(local);
  await local.stop();
  if (failure !== undefined) throw failure;
  const stateRoot = Buffer.from(local.venue.house.machine.stateRoot()).toString("hex");
  const { sequence } = local.venue.house.machine;
  const summary: ServeSummary = { ...figures, sequence, seconds, fees, stateRoot: `0x${stateRoot}` };
  const isWhole = summary.conservation.every(({ holds }) => holds);
  return {
    text: summaryText(summary, directory, isTemporary),
    json: { event: "stopped", directory, ...summary },
    exitCode: isWhole ? exitCodes.done : exitCodes.failed,
  };
}

/** The service names things by its own words, the command by its options. */
function inOptions(error: unknown, options: ServeOptions, directory: string): unknown {
  if (!(error instanceof PlimsollError)) return error;
  return inCommandWords(error, {
    data: error.value === directory ? "--data" : "--replay",
    document: error.value === options.marginHistory ? "--margin-history" : "--params",
    ...(options.history === undefined ? {} : { history: "--history" }),
  });
}

/** Standard error, without waiting for who reads it: what waits beyond so many bytes is left out. */
const logDestination = (): DestinationStream =>
  pino.destination({ dest: 2, sync: false, maxLength: 16_777_216 });

/** An empty one would be the folder where the command happens to run. */
function dataOption(given: string): string {
  if (given !== "") return resolve(given);
  throw new PlimsollError("PLM_USAGE", {
    field: "--data",
    value: given,
    limit: "the name of a folder",
    remedy: "Name a folder, or leave the option out.",
  });
}

function takersOption(given: string | true | undefined): number {
  return wholeOption("--traders", given === undefined || given === true ? "24" : given, 0, 1_000);
}

/** The machine's own end: whatever it was, it must be told. */
async function failed({ venue }: LocalVenue): Promise<never> {
  for (;;) {
    await new Promise((done) => setTimeout(done, 200).unref());
    if (venue.house.failure !== undefined) throw venue.house.failure;
  }
}

/** Fulfilled when the process is asked to stop. A second time ends it at once. */
function untilStopped(): { readonly promise: Promise<void>; release(): void } {
  let stop: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    stop = done;
  });
  const onSignal = (): void => stop();
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  return {
    promise,
    release() {
      process.removeListener("SIGINT", onSignal);
      process.removeListener("SIGTERM", onSignal);
    },
  };
}

function announce(local: LocalVenue, directory: string, isJson: boolean, kept: string | undefined): void {
  const { venue, api, feed, file } = local;
  const { recovery, house } = venue;
  const { sequence } = house.machine;
  if (isJson) {
    const started: Started = { event: "started", url: api.url, directory, sequence };
    process.stderr.write(`${JSON.stringify(started)}\n`);
    return;
  }
  const { source, synthetic } = feed.describe();
  const recovered = recovery.fromSequence + recovery.replayed;
  const lines = placeLines({
    source,
    isSynthetic: synthetic,
    venue: file.venue,
    chainId: file.chainId,
    url: api.url,
    directory,
    kept,
    speed: file.speed,
    continued:
      recovered === 0
        ? undefined
        : { replayed: recovery.replayed, fromSequence: recovery.fromSequence, sequence: recovered },
  });
  process.stdout.write(`${lines.join("\n")}\n`);
}

async function openTraders(
  local: LocalVenue,
  directory: string,
  takers: number,
  fairOf: (instrument: string) => number | undefined,
): Promise<SampleTraders> {
  const { venue, api, file } = local;
  const { markets } = venue.house.machine.engine.stores;
  return startSampleTraders({
    url: api.url,
    keys: traderKeys(join(directory, "sample-traders")),
    seed: file.feed.kind === "synthetic" ? file.feed.seed : 1,
    takers,
    fairOf,
    deposit: async (account, asset, amount) => {
      const index = markets.assets.find(asset);
      if (index < 0) return;
      const units = new Asset(index, markets.assetSpec(index)).unitsOf(amount);
      const reference = `sample-${account}-${asset}`;
      await venue.office.require({ type: "deposit", account, asset: index, units, reference });
    },
  });
}

type Look = () => readonly [seconds: number, commands: number, figures: (rate: number) => ServeFigures];

/** Shows how it goes: a block that is drawn over on a terminal, a line now and then elsewhere, nothing in JSON. */
function startDisplay(isJson: boolean, isTerminal: boolean, look: Look): { startAnew(): void; stop(): void } {
  if (isJson) return { startAnew: () => undefined, stop: () => undefined };
  let drawn = 0;
  let [lastSeconds, lastCommands] = [0, 0];
  const figures = (): ServeFigures => {
    const [seconds, commands, make] = look();
    const rate = (commands - lastCommands) / Math.max(0.001, seconds - lastSeconds);
    [lastSeconds, lastCommands] = [seconds, commands];
    return make(rate);
  };
  const draw = (): void => {
    if (!isTerminal) {
      process.stdout.write(`${figuresLine(figures())}\n`);
      return;
    }
    const lines = [...figuresBlock(figures()), "", "  Ctrl-C stops it."];
    const up = drawn === 0 ? "" : `\u001b[${drawn}A`;
    // Without wrapping: the rest of a long line would stay behind when the block is drawn over.
    const block = lines.map((line) => `\u001b[K${line}\n`).join("");
    process.stdout.write(`\u001b[?7l${up}${block}\u001b[?7h`);
    drawn = lines.length;
  };
  const timer = setInterval(draw, isTerminal ? drawMs : lineMs);
  return {
    startAnew() {
      drawn = 0;
    },
    stop() {
      clearInterval(timer);
      if (isTerminal && drawn > 0) process.stdout.write("\n");
    },
  };
}
