import { PlimsollError, requireNumber } from "../../quantity/error.ts";
import type { EmbeddedLogOptions } from "./command-log.ts";
import { groupsOffset, type Geometry } from "./segment.ts";

/** The options of a log, checked, with what stands for those left out. */
export interface Settings extends Geometry {
  readonly directory: string;
  readonly groupBytes: number;
  readonly queueBytes: number;
  readonly retainSnapshots: number;
}

export function settingsOf(options: EmbeddedLogOptions): Settings {
  const {
    directory,
    segmentBytes = 1 << 26,
    blockBytes = 4096,
    queueBytes = 1 << 26,
    retainSnapshots = 3,
  } = options;
  requireNumber("blockBytes", blockBytes, 512, 65536);
  if ((blockBytes & (blockBytes - 1)) !== 0) throw wrong("blockBytes", blockBytes, "a power of 2");
  requireNumber("segmentBytes", segmentBytes, 4 * blockBytes, 1 << 30);
  if (segmentBytes % blockBytes !== 0)
    throw wrong("segmentBytes", segmentBytes, `a multiple of ${blockBytes}`);
  const { groupBytes = Math.min(1 << 22, largestGroup({ segmentBytes, blockBytes })) } = options;
  requireNumber("groupBytes", groupBytes, blockBytes, segmentBytes - groupsOffset(blockBytes));
  requireNumber("queueBytes", queueBytes, 1);
  requireNumber("retainSnapshots", retainSnapshots, 1);
  return { directory, segmentBytes, blockBytes, groupBytes, queueBytes, retainSnapshots };
}

/** So that a segment always holds two at least. */
export function largestGroup({ segmentBytes, blockBytes }: Geometry): number {
  return Math.floor((segmentBytes - groupsOffset(blockBytes)) / 2 / blockBytes) * blockBytes;
}

function wrong(field: string, value: unknown, limit: string): PlimsollError {
  return new PlimsollError("PLM_DOMAIN", { field, value, limit, remedy: `Correct ${field} at its source.` });
}
