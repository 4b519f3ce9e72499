import { resolve } from "node:path";
import { PlimsollError } from "../../quantity/index.ts";
import { type FeedPlan, readVenueFile } from "../../service/venue/index.ts";
import { parseInstant } from "../input/load.ts";
import { feedOption, seedOption, type ServeOptions, speedOption } from "./serve-options.ts";

/** What a venue is to live on. */
export interface VenuePlan {
  readonly feed: FeedPlan;
  readonly speed: number;
  /** Whether the folder held a venue already: then it has decided. */
  readonly isOld: boolean;
}

/**
 * The plan of a folder that holds a venue, else that of the options. An option need not be given again, and must not say anything else.
 *
 * @throws {PlimsollError} `PLM_USAGE` for options that mean nothing, or something other than the folder's venue lives by; `PLM_FILE`.
 */
export function venuePlan(options: ServeOptions, directory: string | undefined, nowMs: number): VenuePlan {
  const speed = speedOption(options.speed ?? "1");
  const known = directory === undefined ? undefined : readVenueFile(directory);
  if (known === undefined) return { feed: feedOption(options, speed, nowMs), speed, isOld: false };
  const { feed } = known;
  const [fromMs, toMs] =
    feed.kind === "replay"
      ? [feed.fromMs, feed.toMs]
      : [feed.kind === "synthetic" ? feed.startMs : undefined, undefined];
  const facts: readonly (readonly [
    option: "feed" | "replay" | "seed" | "speed" | "from" | "to",
    own: string | number | undefined,
    read: (text: string, name: string) => string | number,
    show: (own: string | number) => string,
  ])[] = [
    ["feed", feed.kind, (text) => text, String],
    ["replay", feed.kind === "replay" ? resolve(feed.folder) : undefined, (text) => resolve(text), String],
    ["seed", feed.kind === "synthetic" ? feed.seed : undefined, seedOption, String],
    ["speed", known.speed, speedOption, String],
    ["from", fromMs, parseInstant, (ms) => new Date(ms).toISOString()],
    ["to", toMs, parseInstant, (ms) => new Date(ms).toISOString()],
  ];
  for (const [option, own, read, show] of facts) {
    const given = options[option];
    if (given === undefined || read(given, `--${option}`) === own) continue;
    throw new PlimsollError("PLM_USAGE", {
      field: `--${option}`,
      value: given,
      limit: `${own === undefined ? `left out with ${feed.kind} prices` : show(own)}, as the venue in ${directory} began`,
      remedy: "Leave the option out, since the folder decides, or name another folder.",
    });
  }
  return { feed, speed: known.speed, isOld: true };
}
