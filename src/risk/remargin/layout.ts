import {
  firstFreeByte,
  shortfallScratchBytes,
  tileRowBytes,
  tileScenarios,
} from "../../numerics/wasm/remargin-kernel.ts";
import { PlimsollError } from "../../quantity/error.ts";

/** Where everything lies in the kernel's memory. Addresses in bytes. Plain data: threads share it by message. */
export interface RemarginLayout {
  readonly accountCount: number;
  readonly instrumentCount: number;
  readonly scenarioCount: number;
  /** Tiles of all scenarios. Those of the distribution come first, then the others: no tile holds both. */
  readonly tileCount: number;
  readonly tileBytes: number;
  readonly distribution: ScenarioRange;
  readonly competing: ScenarioRange;
  /** Bytes of a row of `rows` and of one of `vectors`. */
  readonly rowBytes: number;
  readonly tiles: number;
  readonly rows: number;
  readonly spans: number;
  readonly offsets: number;
  readonly lots: number;
  /** [distribution scenario] f64. */
  readonly weights: number;
  readonly worst: number;
  readonly tailSums: number;
  readonly tailNexts: number;
  readonly tailWeights: number;
  /** Room for some accounts gathered together: their spans, positions and results. */
  readonly someSpans: number;
  readonly someOffsets: number;
  readonly someLots: number;
  readonly someResults: number;
  /** [account] scenario sums, when kept; else room for one. */
  readonly vectors: number;
  /** 16 int32 by which threads share out work. */
  readonly control: number;
  /** One per thread. */
  readonly scratch: readonly number[];
  readonly totalBytes: number;
}

/** What 32-bit addresses reach, less a page. */
const memoryBytesMax = 4_294_901_760;

/** Accounts that are gathered together at a time. */
export const someAccounts = 4096;

/** Scenarios that one measure looks at. */
export interface ScenarioRange {
  readonly firstScenario: number;
  readonly scenarioCount: number;
  readonly firstTile: number;
  readonly tileCount: number;
}

export interface RemarginSizes {
  readonly accountCount: number;
  readonly instrumentCount: number;
  readonly scenarioCount: number;
  /** The first so many scenarios form the distribution and the others compete; all do both when they are all. */
  readonly distributionCount: number;
  readonly positionCount: number;
  /** Positions that can be gathered together. */
  readonly somePositionCount: number;
  readonly threadCount: number;
  readonly keepVectors: boolean;
}

/** @throws {PlimsollError} `PLM_LIMIT` when it does not fit into 4 GB. */
export function remarginLayout(sizes: RemarginSizes): RemarginLayout {
  const { accountCount, instrumentCount, scenarioCount, positionCount } = sizes;
  const distribution = rangeFrom(0, 0, sizes.distributionCount);
  const { scenarioCount: count, tileCount: tiles } = distribution;
  const competing = count === scenarioCount ? distribution : rangeFrom(count, tiles, scenarioCount - count);
  const tileCount = competing.firstTile + competing.tileCount;
  const rowBytes = tileCount * tileRowBytes;
  let next = firstFreeByte;
  // Cache lines of their own, so that threads don't write into one another's.
  const take = (bytes: number): number => {
    const at = next;
    next += Math.ceil(bytes / 64) * 64;
    return at;
  };
  const layout = {
    accountCount,
    instrumentCount,
    scenarioCount,
    tileCount,
    tileBytes: instrumentCount * tileRowBytes,
    distribution,
    competing,
    rowBytes,
    tiles: take(instrumentCount * rowBytes),
    rows: take(instrumentCount * rowBytes),
    spans: take(accountCount * 8),
    offsets: take(positionCount * 4),
    lots: take(positionCount * 8),
    weights: take(count * 8),
    worst: take(accountCount * 8),
    tailSums: take(accountCount * 8),
    tailNexts: take(accountCount * 8),
    tailWeights: take(accountCount * 8),
    someSpans: take(someAccounts * 8),
    someOffsets: take(sizes.somePositionCount * 4),
    someLots: take(sizes.somePositionCount * 8),
    someResults: take(someAccounts * 24),
    vectors: take((sizes.keepVectors ? accountCount : 1) * rowBytes),
    control: take(64),
    scratch: Array.from({ length: sizes.threadCount }, () => take(shortfallScratchBytes(tileCount))),
  };
  if (next > memoryBytesMax) {
    throw new PlimsollError("PLM_LIMIT", {
      field: "book",
      value: `${Math.ceil(next / 1_048_576)} MB`,
      limit: `at most ${memoryBytesMax / 1_048_576} MB of memory for book, matrix and kept scenario sums`,
      remedy: "Split the accounts over several engines, or don't keep vectors.",
    });
  }
  return { ...layout, totalBytes: next };
}

const rangeFrom = (firstScenario: number, firstTile: number, scenarioCount: number): ScenarioRange => ({
  firstScenario,
  scenarioCount,
  firstTile,
  tileCount: Math.ceil(scenarioCount / tileScenarios),
});
