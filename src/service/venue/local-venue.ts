import { type Logger } from "pino";
import { type SigningDomain } from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { type Api, type ApiOptions, pageOrigins, startApi, trustedProxies } from "../api/index.ts";
import { type Feed, type FeedBatch } from "../feeds/index.ts";
import { chooseFeed, firstSteps } from "./choose-feed.ts";
import { openVenue, type Venue } from "./open-venue.ts";
import { runFeed } from "./run-feed.ts";
import { syntheticPast } from "./synthetic-past.ts";
import { type FeedPlan, readVenueFile, type VenueFile, writeVenueFile } from "./venue-file.ts";

export interface LocalVenueOptions {
  readonly directory: string;
  /** Of a new venue; a folder that is one already must agree. */
  readonly domain?: SigningDomain;
  /** Of a new venue: its feed and speed. A folder that is one already goes on with its own; another feed is refused. */
  readonly feed: FeedPlan;
  readonly speed: number;
  readonly host?: string;
  /** 0: any free one. */
  readonly port?: number;
  readonly history?: string;
  readonly marginParameters: string;
  /** Default: the synthetic past of a synthetic feed; none otherwise. */
  readonly marginHistory?: string;
  readonly acceptLossAfter?: number;
  readonly limits?: ApiOptions["limits"];
  readonly trustProxy?: ApiOptions["trustProxy"];
  readonly origins?: ApiOptions["origins"];
  readonly logger?: Logger;
  readonly onProgress?: (replayed: number) => void;
  /** Told, in a sentence, of what an operator must know though commands go on. Default: the logger. */
  readonly onWarning?: (warning: string) => void;
  /** Told of each batch of the feed before it is published. */
  readonly onBatch?: (batch: FeedBatch) => void;
}

/** A whole venue: machine, journal, history, feed and API. */
export interface LocalVenue {
  readonly venue: Venue;
  readonly api: Api;
  readonly feed: Feed;
  readonly file: VenueFile;
  /** Fulfilled when the feed has ended by itself; rejected when it, or the machine, failed. */
  readonly ended: Promise<void>;
  /** Stops the feed, answers what is under way, saves a snapshot, closes everything. */
  stop(): Promise<void>;
}

export const localDomain: SigningDomain = { venue: "Plimsoll Local", chainId: 31_337 };

function venueFile(options: LocalVenueOptions): { readonly file: VenueFile; readonly isNew: boolean } {
  const { directory, domain = localDomain, feed, speed } = options;
  const known = readVenueFile(directory);
  if (known === undefined) return { file: { ...domain, speed, feed }, isNew: true };
  const isOther = feed.kind === "replay" && known.feed.kind === "replay" && feed.folder !== known.feed.folder;
  if (known.feed.kind !== feed.kind || isOther) {
    throw new PlimsollError("PLM_USAGE", {
      field: "feed",
      value: feed.kind,
      limit: `${known.feed.kind}, which the venue in ${directory} lives on`,
      remedy: "Leave the feed out, or name another folder.",
    });
  }
  return { file: known, isNew: false };
}

/**
 * Opens a venue's folder, or makes one, and runs it: its feed goes on where it was, its clients find everything that was acknowledged.
 *
 * @throws {PlimsollError} what {@link openVenue}, the feed and the API throw; nothing runs then.
 */
export async function runLocalVenue(options: LocalVenueOptions): Promise<LocalVenue> {
  const { directory, host, port, logger, limits } = options;
  // Before there is a folder.
  const trustProxy = options.trustProxy === undefined ? undefined : trustedProxies(options.trustProxy);
  const origins = pageOrigins(options.origins ?? []);
  const { file, isNew } = venueFile(options);
  const { feed: plan, speed } = file;
  // At another speed than the wall clock's the venue's time is the feed's: it refuses prices from its future.
  let feedMs = startOf(plan);
  const now = speed === 1 || plan.kind === "live" ? Date.now : (): number => feedMs;
  // What a feed lacks is told before there is a folder that lives on it.
  const newFeed = isNew && plan.kind !== "synthetic" ? await chooseFeed(plan, speed, 0) : undefined;
  const past = options.marginHistory ?? pastOf(plan);
  const venue = await openVenue({
    directory,
    domain: { venue: file.venue, chainId: file.chainId },
    now,
    marginParameters: options.marginParameters,
    ...(past === undefined ? {} : { marginHistory: past }),
    ...(options.history === undefined ? {} : { history: options.history }),
    ...(options.acceptLossAfter === undefined ? {} : { acceptLossAfter: options.acceptLossAfter }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    onWarning: options.onWarning ?? ((warning) => logger?.warn(warning)),
  });
  let feed: Feed | undefined;
  try {
    if (isNew && plan.kind !== "live") writeVenueFile(directory, file);
    const { house, office, publishers } = venue;
    const afterMs = house.machine.timeMs;
    feedMs = Math.max(feedMs, afterMs);
    // A venue on the wall clock goes on now, however long it was away.
    if (isNew && now !== Date.now && plan.kind === "synthetic") {
      const onBatch = (batch: FeedBatch): void => {
        feedMs = batch.timeMs;
      };
      const start = firstSteps(plan, stepsAtOnce);
      await runFeed({ feed: start, house, operator: office, publishers, afterMs: 0, onBatch });
    }
    const resumeMs =
      now === Date.now
        ? Date.now() - stepBefore(plan)
        : house.machine.timeMs + (feedMs > startOf(plan) ? 1 : 0);
    const chosen = newFeed ?? (await chooseFeed(plan, speed, resumeMs));
    feed = chosen;
    let fed: () => void = () => undefined;
    const first = new Promise<void>((resolve) => {
      fed = resolve;
    });
    const run = runFeed({
      feed: chosen,
      house,
      operator: office,
      publishers,
      afterMs: now === Date.now || isNew ? 0 : afterMs,
      onBatch: (batch) => {
        feedMs = Math.max(feedMs, batch.timeMs);
        options.onBatch?.(batch);
      },
      onPublished: () => fed(),
    });
    await Promise.race([first, run]);
    // A new venue lives on exchanges once one has answered.
    if (isNew && plan.kind === "live") writeVenueFile(directory, file);
    const api = await startApi({
      clearinghouse: house,
      log: venue.log,
      history: venue.history,
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(logger === undefined ? {} : { logger }),
      ...(limits === undefined ? {} : { limits }),
      ...(trustProxy === undefined ? {} : { trustProxy }),
      origins,
    });
    let stopping: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      await chosen.stop();
      await api.close();
      await venue.close();
    };
    return { venue, api, feed: chosen, file, ended: run, stop: () => (stopping ??= stop()) };
  } catch (error) {
    await feed?.stop();
    await venue.close().catch(() => undefined);
    throw error;
  }
}

/** A new market whose time is its own begins with these: after ten seconds portfolio margin has seen all that is listed. */
const stepsAtOnce = 12;

const pastOf = (plan: FeedPlan): (() => string) | undefined =>
  plan.kind === "synthetic" ? () => syntheticPast(plan.seed, plan.startMs) : undefined;

const startOf = (plan: FeedPlan): number =>
  plan.kind === "synthetic" ? plan.startMs : plan.kind === "replay" ? plan.fromMs : 0;

const stepBefore = (plan: FeedPlan): number => (plan.kind === "synthetic" ? plan.stepMs : 0);
