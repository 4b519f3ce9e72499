import { PlimsollError } from "../../../quantity/index.ts";
import { type Feed, type FeedNote, maxNotes } from "../feed.ts";
import { type WallTime } from "../pace.ts";
import { requireSpeed, SteppedFeed } from "../stepped-feed.ts";
import { chainSnapshots, type ChainSnapshot } from "./chain-snapshots.ts";
import { priceSeries, type Series, valueSeries } from "./price-series.ts";
import { readTextFile, type TextFile } from "./read-file.ts";
import { replayBatches } from "./replay-batches.ts";
import {
  type FundingSource,
  type PerpetualSource,
  type PriceSource,
  type ReplaySource,
} from "./replay-sources.ts";
import { type Note } from "./tolerant-rows.ts";

export interface ReplayFeedOptions {
  readonly sources: readonly ReplaySource[];
  /** Only what was recorded from here … */
  readonly fromMs?: number;
  /** … to here, both included. */
  readonly toMs?: number;
  /** Venue time per real time. Default Infinity: as fast as batches are taken. */
  readonly speed?: number;
  /** Last prices are said again after so much silence, while they are not older than three of their rows. Default 30 s. */
  readonly heartbeatMs?: number;
  /** Options listed of each expiry, nearest to the forward. Default 15 strikes. */
  readonly strikesPerExpiry?: number;
  readonly wall?: WallTime;
}

/** What was read of the sources. */
export interface Recording {
  readonly prices: readonly { readonly source: PriceSource; readonly series: Series }[];
  readonly perpetuals: readonly { readonly source: PerpetualSource; readonly series: Series }[];
  readonly funding: readonly { readonly source: FundingSource; readonly series: Series }[];
  /** Anew for each run. */
  readonly snapshots: () => Iterable<ChainSnapshot>;
}

/**
 * Plays recorded markets. Reads series at once and option chains as it goes. Rows that cannot be used are left out and named in the
 * description's notes.
 *
 * @throws {PlimsollError} `PLM_FILE`, `PLM_LIMIT` for a file, `PLM_CSV_SYNTAX` for its header, `PLM_FEED` when nothing in it can be used,
 *   `PLM_DOMAIN` for an option out of range.
 */
export async function replayFeed(options: ReplayFeedOptions): Promise<Feed> {
  const speed = requireSpeed(options.speed ?? Infinity);
  const bounds = { fromMs: options.fromMs ?? 0, toMs: options.toMs ?? Number.MAX_SAFE_INTEGER };
  const { heartbeatMs = 30_000, strikesPerExpiry = 15 } = options;
  if (!(heartbeatMs >= 1_000)) {
    throw new PlimsollError("PLM_DOMAIN", {
      field: "heartbeatMs",
      value: heartbeatMs,
      limit: "a number ≥ 1000, or Infinity",
      remedy: "Half of the age at which prices are stale is right.",
    });
  }
  const notes: FeedNote[] = [];
  const note: Note = (entry) => {
    if (notes.length < maxNotes) notes.push(entry);
  };
  const recording = await readSources(options.sources, bounds, note);
  const span = spanOf(recording, bounds);
  const feeds = [...new Set(recording.prices.map(({ source }) => source.feed))];
  const description = {
    kind: "replay",
    source: `recorded: ${options.sources.flatMap((source) => ("files" in source ? source.files : [source.file])).join(", ")}`,
    synthetic: false,
    publishers: 1,
    feeds,
    speed,
    ...span,
    notes,
  } as const;
  return new SteppedFeed(
    () => replayBatches(recording, { ...bounds, heartbeatMs, strikesPerExpiry }),
    () => description,
    { speed, ...(options.wall && { wall: options.wall }) },
  );
}

async function readSources(
  sources: readonly ReplaySource[],
  bounds: { readonly fromMs: number; readonly toMs: number },
  note: Note,
): Promise<Recording> {
  const prices: Recording["prices"][number][] = [];
  const perpetuals: Recording["perpetuals"][number][] = [];
  const funding: Recording["funding"][number][] = [];
  const chains: TextFile[] = [];
  for (const source of sources) {
    if (source.kind === "chain") {
      for (const file of source.files) chains.push(await readTextFile(file));
      continue;
    }
    const file = await readTextFile(source.file);
    if (source.kind === "price") prices.push({ source, series: priceSeries(file, source, note) });
    else if (source.kind === "perpetual")
      perpetuals.push({ source, series: priceSeries(file, source, note) });
    else
      funding.push({
        source,
        series: valueSeries(file, { ...source, column: source.column ?? "rate" }, note),
      });
  }
  function* snapshots(): Generator<ChainSnapshot, void, undefined> {
    for (const file of chains) yield* chainSnapshots(file, bounds, note);
  }
  return { prices, perpetuals, funding, snapshots };
}

/** First and last instant of the prices; nothing where there are only chains, which are read as they are played. */
function spanOf(
  { prices }: Recording,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): { readonly fromMs?: number; readonly toMs?: number } {
  if (prices.length === 0) return {};
  const firsts = prices.map(({ series }) => series.times[0] ?? Infinity);
  const lasts = prices.map(({ series }) => series.times.at(-1) ?? 0);
  return {
    fromMs: firsts.reduce((least, time) => Math.min(least, Math.max(fromMs, time)), Infinity),
    toMs: lasts.reduce((most, time) => Math.max(most, Math.min(toMs, time)), 0),
  };
}
