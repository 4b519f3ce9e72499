import { parentPort, workerData } from "node:worker_threads";
import { remarginKernel } from "../../numerics/wasm/remargin-kernel.ts";
import { control, controlWords, job, stealChunks, type WorkerData } from "./work.ts";

// A thread that sleeps until the control block's generation moves, takes chunks until none is left, and says so.
const data: WorkerData = workerData;
const words = controlWords(data);
const kernel = remarginKernel(data.memory, true);

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage("ready");
let generation = 0;
for (;;) {
  Atomics.wait(words, control.generation, generation);
  generation = Atomics.load(words, control.generation);
  if (Atomics.load(words, control.job) === job.stop) break;
  stealChunks(kernel, data, words);
  Atomics.add(words, control.finished, 1);
  Atomics.notify(words, control.finished);
}
