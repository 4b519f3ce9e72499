import { basename, join } from "node:path";
import type { LostPart } from "./command-log.ts";
import type { DurableMark } from "./durable-mark.ts";
import type { Surroundings } from "./file-system.ts";
import { corruptJournal } from "./journal-errors.ts";
import { isMisfit, readOpening, segmentName, sequenceOfSegment } from "./segment.ts";
import { sequenceOfSnapshot } from "./snapshot-file.ts";
import type { Damage } from "./walk.ts";

/** A free name for what is given up. */
async function lostName(surroundings: Surroundings, directory: string, name: string): Promise<string> {
  const names = new Set(await surroundings.files.list(directory));
  for (let i = 1; ; i++) {
    const candidate = `${name}.${i}.lost`;
    if (!names.has(candidate)) return join(directory, candidate);
  }
}

/** Copies the segment that is about to be cut. */
export async function keepCopy(
  surroundings: Surroundings,
  directory: string,
  path: string,
  damage: Damage,
): Promise<LostPart> {
  const { files } = surroundings;
  const keptAs = await lostName(surroundings, directory, basename(path));
  const from = await files.open(path, "read");
  const to = await files.open(keptAs, "create");
  const piece = new Uint8Array(1 << 20);
  for (let at = 0; ;) {
    const read = await from.read(piece, at);
    if (read === 0) break;
    await to.write(piece.subarray(0, read), at);
    at += read;
  }
  await to.sync();
  await to.close();
  await from.close();
  await files.syncDirectory(directory);
  return { file: damage.path, offset: damage.offset, reason: damage.reason, keptAs };
}

/**
 * Gives up everything after the place that `mark` names: later segments and snapshots under another name, the rest of that segment
 * by zeros. Done again from the start if a crash interrupts it, since the mark says so until it is done.
 */
export async function cut(
  surroundings: Surroundings,
  directory: string,
  mark: DurableMark,
  lost: LostPart[],
  reason: string = "never acknowledged",
): Promise<void> {
  const { files } = surroundings;
  for (const name of await files.list(directory)) {
    const segment = sequenceOfSegment(name);
    const snapshot = sequenceOfSnapshot(name);
    const later =
      (segment !== undefined && segment > mark.segment) ||
      (snapshot !== undefined && snapshot > mark.durableSequence);
    if (!later) continue;
    const keptAs = await lostName(surroundings, directory, name);
    await files.rename(join(directory, name), keptAs);
    lost.push({ file: join(directory, name), offset: 0, reason, keptAs });
  }
  await files.syncDirectory(directory);
  const file = await files.open(join(directory, segmentName(mark.segment)), "update");
  const opening = await readOpening(file);
  if (isMisfit(opening))
    throw corruptJournal(file.path, opening.offset, opening.reason, mark.durableSequence);
  await file.write(new Uint8Array(opening.blockBytes), opening.blockBytes);
  // Also where zeros are read: if an earlier flush failed, they may stand in the system's memory only.
  const zeros = new Uint8Array(Math.min(1 << 20, opening.segmentBytes));
  for (let at = mark.endOffset; at < opening.segmentBytes; at += zeros.length) {
    await file.write(zeros.subarray(0, Math.min(zeros.length, opening.segmentBytes - at)), at);
  }
  await file.sync();
  await file.close();
}
