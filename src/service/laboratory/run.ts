import { Worker } from "node:worker_threads";
import { type MarginParameters, parseMarginParameters } from "../../risk/index.ts";
import { invariant } from "../../quantity/index.ts";
import { type DataFile, DataFolders } from "./data-files.ts";
import { ModelPanel } from "./models.ts";
import { observationAt, Observations, type StudiedBook, type Track } from "./observations.ts";
import { type Panels, readPanels } from "./panels.ts";
import { horizonHours, type LaboratoryTrack, type TrackContext, type TrackPart } from "./track.ts";
import { laboratoryTracks } from "./tracks.ts";

/** What is run, in a form that threads can be sent. */
export interface LaboratoryRequest {
  readonly folders: readonly string[];
  readonly tracks: readonly Track[];
  readonly models: "all" | readonly string[];
  /** A margin parameters document, as JSON text. */
  readonly parameters: string;
  readonly seed: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly quick: boolean;
}

/** A run's windows, and what they were made from. */
export interface LaboratoryRun {
  readonly observations: Observations;
  readonly files: readonly DataFile[];
  /** Kinds of table that the folders lack: their books are left out. */
  readonly missing: readonly string[];
}

export interface RunOptions {
  /** Threads beside this one. Results don't depend on it. */
  readonly threads: number;
  progress?(share: number, track: Track, instantMs: number): void;
}

/** One part of one track: what a thread takes at a time. */
export interface Job {
  readonly track: number;
  readonly part: TrackPart;
}

/** A job's columns, and which models said that they are partial. */
interface Finished {
  readonly columns: Observations["columns"];
  readonly partial: readonly boolean[];
}

/** What a thread says. */
export type Told = { readonly instantMs: number } | Finished;

/** A request made ready on one thread. */
export class Laboratory {
  readonly context: TrackContext;
  readonly tracks: readonly LaboratoryTrack[];
  readonly models: ModelPanel;
  readonly books: readonly StudiedBook[];
  /** Index of each track's first book. */
  readonly #firsts: readonly number[];
  #panels: Panels | undefined;

  constructor(request: LaboratoryRequest) {
    const { folders, seed, fromMs, toMs, quick } = request;
    const parameters: MarginParameters = parseMarginParameters(request.parameters);
    this.context = {
      folders,
      seed,
      fromMs,
      toMs,
      quick,
      panels: () => (this.#panels ??= readPanels(folders)),
    };
    this.tracks = laboratoryTracks.filter(({ id }) => request.tracks.includes(id));
    this.models = new ModelPanel(parameters, request.models);
    const books = this.tracks.map((track) => track.books(this.context));
    this.#firsts = books.map((_, track) => books.slice(0, track).reduce((sum, own) => sum + own.length, 0));
    this.books = books.flat();
  }

  get jobs(): readonly Job[] {
    return this.tracks.flatMap(({ parts }, track) =>
      Array.from({ length: parts }, (_, index): Job => ({ track, part: { index, count: parts } })),
    );
  }

  empty(): Observations {
    return new Observations(this.books, this.models.studied, horizonHours);
  }

  /** Does one job. */
  async fill({ track, part }: Job, into: Observations, instant: (ms: number) => void): Promise<void> {
    const chosen = this.tracks[track];
    invariant(chosen !== undefined, "a job is of a track that there is");
    const first = this.#firsts[track] ?? 0;
    for await (const ms of chosen.fill(this.context, part, this.models, into, first)) instant(ms);
  }
}

/** Has a thread do a job. */
function finish(worker: Worker, job: Job, instant: (ms: number) => void): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const settle = (settled: () => void): void => {
      worker.off("message", hear).off("error", fail).off("exit", end);
      settled();
    };
    const hear = (told: Told): void => {
      if ("instantMs" in told) instant(told.instantMs);
      else settle(() => resolve(told));
    };
    const fail = (cause: Error): void => settle(() => reject(cause));
    const end = (): void => settle(() => reject(new Error("a thread ended before its job was done")));
    worker.on("message", hear).on("error", fail).on("exit", end);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage(job);
  });
}

/**
 * Walks every track of a request forward through its data. The same request on the same files gives the same columns, whatever
 * the count of threads.
 *
 * @throws {PlimsollError} for folders, tables, parameters or models that are not as they must be.
 */
export async function runLaboratory(request: LaboratoryRequest, options: RunOptions): Promise<LaboratoryRun> {
  const laboratory = new Laboratory(request);
  const { jobs } = laboratory;
  const results: Observations["columns"][] = [];
  const partial = laboratory.models.studied.map(() => false);
  let next = 0;
  let done = 0;
  const tell = (job: Job, instantMs: number): void => {
    options.progress?.(done / jobs.length, laboratory.tracks[job.track]!.id, instantMs);
  };

  if (options.threads < 1) {
    for (const [index, job] of jobs.entries()) {
      const own = laboratory.empty();
      await laboratory.fill(job, own, (instantMs) => tell(job, instantMs));
      results[index] = own.columns;
      done += 1;
    }
  } else {
    // dist holds the worker as JavaScript
    const file = new URL(
      import.meta.url.endsWith(".ts") ? "./run-worker.ts" : "./run-worker.js",
      import.meta.url,
    );
    const count = Math.min(options.threads, jobs.length);
    const workers = Array.from(
      { length: count },
      () => new Worker(file, { workerData: request, execArgv: [] }),
    );
    const drive = async (worker: Worker): Promise<void> => {
      for (let index = next++; index < jobs.length; index = next++) {
        const job = jobs[index]!;
        const finished = await finish(worker, job, (instantMs) => tell(job, instantMs));
        results[index] = finished.columns;
        for (const [model, is] of finished.partial.entries()) partial[model] ||= is;
        done += 1;
      }
    };
    try {
      await Promise.all(workers.map(drive));
    } finally {
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
  }

  const models = laboratory.models.studied.map((model, index) => ({
    ...model,
    isPartial: model.isPartial || partial[index] === true,
  }));
  const data = new DataFolders(request.folders);
  const missing = [...new Set(laboratory.tracks.flatMap(({ tables = [] }) => tables))].filter(
    (prefix) => data.tables(prefix).length === 0,
  );
  const observations = new Observations(laboratory.books, models, horizonHours);
  for (const columns of results)
    for (let row = 0; row < columns.book.length; row++) observations.add(observationAt(columns, row));
  return {
    observations,
    files: data.hashed(),
    missing: [...laboratory.context.panels().missing, ...missing.map((prefix) => prefix.replace(/_$/, ""))],
  };
}
