import { type RemarginKernel, shortfallBlock } from "../../numerics/wasm/remargin-kernel.ts";
import { type RemarginLayout } from "../../risk/remargin/layout.ts";

/** What a worker thread is given. */
export interface WorkerData {
  readonly memory: RemarginKernel["memory"];
  readonly layout: RemarginLayout;
  readonly tailCount: number;
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
  const { layout, tailCount, thread } = data;
  const { tiles, tileCount, tileBytes, spans, offsets, lots, accountCount, scenarioCount } = layout;
  const wanted = Atomics.load(words, control.job);
  const block = shortfallBlock(tileCount);
  const chunk = wanted === job.worst ? 4096 : block;
  for (;;) {
    const first = Atomics.add(words, control.nextChunk, 1) * chunk;
    if (first >= accountCount) return;
    const last = Math.min(first + chunk, accountCount);
    if (wanted === job.worst) {
      kernel.worst(tiles, tileCount, tileBytes, spans, offsets, lots, first, last, layout.worst);
    } else {
      const scratch = layout.scratch[thread] ?? 0;
      const { tailSums, tailNexts } = layout;
      kernel.shortfall(
        tiles,
        tileCount,
        tileBytes,
        spans,
        offsets,
        lots,
        first,
        last,
        scenarioCount,
        tailCount,
        block,
        scratch,
        tailSums,
        tailNexts,
      );
    }
  }
}
