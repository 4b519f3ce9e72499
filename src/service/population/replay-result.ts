import { type Command } from "../../clearing/index.ts";
import { type FeedNote } from "../feeds/index.ts";
import { type Machine } from "../clearinghouse/index.ts";
import { type CommandLog } from "../journal/index.ts";
import { type Census } from "./census.ts";
import { type FoundSources } from "./find-sources.ts";
import { type Population } from "./population.ts";
import { type Tally } from "./tally.ts";

export interface ReplayOptions {
  readonly found: FoundSources;
  readonly fromMs: number;
  /** Included. */
  readonly toMs: number;
  readonly traders: number;
  readonly seed: number;
  readonly portfolioShare: number;
  /** Options listed of each expiry, nearest to the forward. */
  readonly strikesPerExpiry: number;
  /** Venue time per real time; Infinity: as fast as it goes. */
  readonly speed: number;
  /** Documents of portfolio margin, as compact JSON text. Without parameters portfolio accounts are margined as cross. */
  readonly marginParameters?: string;
  readonly marginHistory?: string;
  readonly log?: CommandLog;
  readonly onDay?: (day: DayRecord) => void;
  readonly onProgress?: (timeMs: number, commands: number) => void;
}

/** One day, or what the span has of it. */
export interface DayRecord {
  readonly dayMs: number;
  /** By coin: its index as the day's share began and ended, lowest and highest, USD. */
  readonly index: ReadonlyMap<string, { first: number; last: number; low: number; high: number }>;
  readonly census: Census;
  readonly marginCalls: number;
  readonly restored: number;
  readonly trades: number;
  readonly commands: number;
  readonly stateRoot: string;
}

/** One asset's money at the end, units. */
export interface Conservation {
  readonly asset: string;
  /** Over all accounts, the vault counting as minus what it holds: nothing. */
  readonly totalUnits: bigint;
  /** Deposits less withdrawals, as the events told them. */
  readonly depositedUnits: bigint;
  /** What the vault holds, by the ledger. */
  readonly heldUnits: bigint;
}

export const isConserved = ({ totalUnits, depositedUnits, heldUnits }: Conservation): boolean =>
  totalUnits === 0n && depositedUnits === heldUnits;

/** How things stood at the end of an hour. */
export interface HourRecord {
  readonly census: Census;
  /** Each coin's move since its first price, as a fraction. */
  readonly indices: readonly { readonly coin: string; readonly share: number }[];
}

/** Seconds of processing, by what it was spent on. */
export interface TimeSpent {
  /** Reading, fitting of surfaces, making of batches. */
  readonly feed: number;
  /** Commands of publishers and ticks: marks, risk epochs, the margin watch. */
  readonly prices: number;
  readonly makers: number;
  readonly traders: number;
  readonly census: number;
  readonly journal: number;
  readonly total: number;
  /** Of all threads; the others are the wall's. */
  readonly processor: number;
}

export interface ReplayResult {
  readonly tally: Tally;
  readonly machine: Machine;
  readonly days: readonly DayRecord[];
  readonly hours: readonly HourRecord[];
  readonly last: Census;
  /** Most accounts with negative equity, and the largest sum, at any hour's end. */
  readonly worst: Census;
  readonly commands: number;
  readonly commandsByType: ReadonlyMap<Command["type"], number>;
  readonly events: number;
  readonly batches: number;
  readonly surfaces: number;
  /** How many times the margin watch looked at accounts. */
  readonly remargins: number;
  readonly seconds: TimeSpent;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly notes: readonly FeedNote[];
  /** What was assumed, in words. */
  readonly assumptions: readonly string[];
  readonly peakMemoryBytes: number;
  readonly stateRoot: string;
  readonly conservation: readonly Conservation[];
  readonly population: Population;
}
