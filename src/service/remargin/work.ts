import { type RemarginKernel, shortfallBlock } from "../../numerics/wasm/remargin-kernel.ts";
import { type RemarginLayout } from "../../risk/remargin/layout.ts";
import { shortfallPass, type Tail, worstPass } from "../../risk/remargin/passes.ts";

/** What a worker thread is given. */
export interface WorkerData {
  readonly memory: RemarginKernel["memory"];
  readonly layout: RemarginLayout;
  readonly tail: Tail;
  /** Which scratch room is its own. */
  readonly thread: number;
}

/** Words of the control block by which threads share out work. */
export const control = { generation: 0, nextChunk: 1, finished: 2, job: 3 } as const;

export const job = { worst: 1, shortfall: 2, stop: 3 } as const;

export const controlWords = ({ memory, layout }: Pick<WorkerData, "memory" | "layout">): Int32Array =>
  new Int32Array(memory.buffer, layout.control, 16);

/** Takes chunks of accounts until none is left. Whichever thread takes a chunk, its results are the same. */
export function stealChunks(kernel: RemarginKernel, data: WorkerData, words: Int32Array): void {
  const { layout, tail, thread } = data;
  const wanted = Atomics.load(words, control.job);
  const chunk = wanted === job.worst ? 4096 : shortfallBlock(layout.distribution.tileCount);
  const scratch = layout.scratch[thread] ?? 0;
  for (;;) {
    const first = Atomics.add(words, control.nextChunk, 1) * chunk;
    if (first >= layout.accountCount) return;
    const last = Math.min(first + chunk, layout.accountCount);
    if (wanted === job.worst) worstPass(kernel, layout, layout, first, last, layout.worst);
    else shortfallPass(kernel, layout, tail, layout, first, last, scratch, layout);
  }
}
