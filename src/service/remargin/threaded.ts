import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { remarginKernel } from "../../numerics/wasm/remargin-kernel.ts";
import { invariant } from "../../quantity/error.ts";
import {
  type LotBook,
  type LotMatrix,
  type Remargin,
  remargin,
  type RemarginOptions,
} from "../../risk/remargin/index.ts";
import { control, controlWords, job, stealChunks, type WorkerData } from "./work.ts";

/** Far longer than any chunk takes; a thread that is silent for so long has died. */
const workerPatienceMs = 60_000;

/** A re-margin engine whose whole-book passes run on several threads. Results are the same, bit for bit, as on one. */
export interface ThreadedRemargin extends Remargin {
  /** Ends the threads. */
  close(): Promise<void>;
}

/**
 * Prepares a book for re-margining on `threadCount` threads, this one included. Threads share one memory and take chunks of
 * accounts as they become free; this thread works along, then waits for the rest, so calls return when all is done.
 */
export async function threadedRemargin(
  book: LotBook,
  matrix: LotMatrix,
  options: Omit<RemarginOptions, "threadCount"> & { readonly threadCount: number },
): Promise<ThreadedRemargin> {
  const { threadCount } = options;
  const engine = remargin(book, matrix, options);
  if (threadCount <= 1) return { ...engine, close: async () => {} };

  const { memory, layout, tail, worstResults, shortfallResults } = engine.threads;
  const own: WorkerData = { memory, layout, tail, thread: 0 };
  const words = controlWords(own);
  const kernel = remarginKernel(memory, true, engine.implementation);
  // dist holds the worker as JavaScript
  const file = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
  const workers = Array.from(
    { length: threadCount - 1 },
    // without the program's own options for Node: some, such as --input-type, a worker's file may not have
    (_, i) => new Worker(file, { workerData: { ...own, thread: i + 1 } satisfies WorkerData, execArgv: [] }),
  );
  // each says so when it is ready; `once` throws what a worker throws instead
  await Promise.all(workers.map((worker) => once(worker, "message")));
  for (const worker of workers) worker.unref();

  function wake(what: number): void {
    Atomics.store(words, control.nextChunk, 0);
    Atomics.store(words, control.finished, 0);
    Atomics.store(words, control.job, what);
    Atomics.add(words, control.generation, 1);
    Atomics.notify(words, control.generation);
  }

  function runOnAll(what: number): void {
    invariant(!closed, "a closed re-margin engine is not used");
    wake(what);
    stealChunks(kernel, own, words);
    for (;;) {
      const finished = Atomics.load(words, control.finished);
      if (finished === workers.length) return;
      const outcome = Atomics.wait(words, control.finished, finished, workerPatienceMs);
      invariant(outcome !== "timed-out", "every re-margin thread finishes its chunks");
    }
  }

  let closed = false;
  return {
    ...engine,
    worst() {
      runOnAll(job.worst);
      return worstResults();
    },
    expectedShortfall() {
      if (tail.mass === 0) return engine.expectedShortfall();
      runOnAll(job.shortfall);
      return shortfallResults();
    },
    async close() {
      if (closed) return;
      closed = true;
      // while waited for, they keep the process alive
      for (const worker of workers) worker.ref();
      const ends = workers.map((worker) => once(worker, "exit"));
      wake(job.stop);
      await Promise.all(ends);
    },
  };
}
