import { parentPort, workerData } from "node:worker_threads";
import { type Job, Laboratory, type LaboratoryRequest, type Told } from "./run.ts";

// A thread that does the jobs it is sent, one at a time, and hands back the columns of each.
const request: LaboratoryRequest = workerData;
const laboratory = new Laboratory(request);

/** An instant now and then is enough for whoever watches. */
const tellEvery = 4;

parentPort?.on("message", (job: Job) => {
  const tell = (told: Told): void => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    parentPort?.postMessage(told);
  };
  const own = laboratory.empty();
  let instants = 0;
  const done = laboratory.fill(job, own, (instantMs) => {
    if (instants++ % tellEvery === 0) tell({ instantMs });
  });
  done.then(
    () =>
      tell({ columns: own.columns, partial: laboratory.models.studied.map(({ isPartial }) => isPartial) }),
    (cause: unknown) => {
      // As an uncaught error it reaches whoever started the thread.
      setImmediate(() => {
        throw cause;
      });
    },
  );
});
