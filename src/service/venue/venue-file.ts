import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type SigningDomain } from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/error.ts";

/** Which prices a venue lives on, as its folder remembers it. */
export type FeedPlan =
  | { readonly kind: "synthetic"; readonly seed: number; readonly startMs: number; readonly stepMs: number }
  | { readonly kind: "replay"; readonly folder: string; readonly fromMs: number; readonly toMs: number }
  | { readonly kind: "live" };

/** What a venue's folder says of it beside the journal: `venue.json`. */
export interface VenueFile extends SigningDomain {
  /** Venue time per real time. 1: the venue keeps the wall clock; otherwise its time is the feed's. */
  readonly speed: number;
  readonly feed: FeedPlan;
}

const schema = "plimsoll/venue@1";

const fileIn = (directory: string): string => join(directory, "venue.json");

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function feedOf(value: unknown): FeedPlan | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, seed, startMs, stepMs, folder, fromMs, toMs } = value;
  if (kind === "live") return { kind };
  if (kind === "synthetic" && isWhole(seed) && isWhole(startMs) && isWhole(stepMs)) {
    return { kind, seed, startMs, stepMs };
  }
  if (kind === "replay" && typeof folder === "string" && isWhole(fromMs) && isWhole(toMs)) {
    return { kind, folder, fromMs, toMs };
  }
  return undefined;
}

function venueOf(value: unknown): VenueFile | undefined {
  if (!isRecord(value) || value["schema"] !== schema) return undefined;
  const { venue, chainId, speed } = value;
  const feed = feedOf(value["feed"]);
  const isComplete =
    typeof venue === "string" &&
    isWhole(chainId) &&
    typeof speed === "number" &&
    speed > 0 &&
    feed !== undefined;
  return isComplete ? { venue, chainId, speed, feed } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * What the folder says of its venue; undefined for a new one.
 *
 * @throws {PlimsollError} `PLM_FILE` when the file isn't what {@link writeVenueFile} wrote.
 */
export function readVenueFile(directory: string): VenueFile | undefined {
  const file = fileIn(directory);
  if (!existsSync(file)) return undefined;
  const found = venueOf(parsed(readFileSync(file, "utf8")));
  if (found !== undefined) return found;
  throw new PlimsollError("PLM_FILE", {
    field: "venue",
    value: file,
    limit: `a document of ${schema}`,
    remedy: "Restore the file from a copy, or name another folder.",
  });
}

/** Whole or not at all, even if the process ends meanwhile. */
export function writeVenueFile(directory: string, venue: VenueFile): void {
  const file = fileIn(directory);
  writeFileSync(`${file}.new`, `${JSON.stringify({ schema, ...venue }, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}
