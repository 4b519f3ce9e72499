import { type ModelPanel } from "./models.ts";
import { type Observations, type StudiedBook, type Track } from "./observations.ts";
import { type Panels } from "./panels.ts";

/** Hours of the windows that the tracks share, in the order of {@link Observations.horizonHours}. */
export const horizonHours: readonly number[] = [1, 4, 6, 24, 48];

/** What every track is run with. */
export interface TrackContext {
  readonly folders: readonly string[];
  /** Recorded prices, read when first asked for. */
  panels(): Panels;
  readonly seed: number;
  /** Margin is asked for at no instant before. */
  readonly fromMs: number;
  /** Nothing at or after this instant is looked at. */
  readonly toMs: number;
  /** Fewer instants, so that all is done in two minutes. */
  readonly quick: boolean;
}

/** One of the equal shares of a track's instants, in order of time. */
export interface TrackPart {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/** Where a book's prices come from, and how it is walked through them. */
export interface LaboratoryTrack {
  readonly id: Track;
  /** Parts that the track's instants are divided into: what threads share. Results don't depend on who does which. */
  readonly parts: number;
  /** How the names of the tables start that it reads beside {@link TrackContext.panels}; without them it has no windows. */
  readonly tables?: readonly string[];
  /** The same for the same context on every thread. */
  books(context: TrackContext): readonly StudiedBook[];
  /**
   * Fills one part in, in order of time. Yields an instant now and then, for progress.
   *
   * @param firstBook - index in `into` of the first of {@link books}.
   */
  fill(
    context: TrackContext,
    part: TrackPart,
    models: ModelPanel,
    into: Observations,
    firstBook: number,
  ): AsyncIterable<number> | Iterable<number>;
}

/** The share of a list that a part has. */
export const partOf = <T>(list: readonly T[], { index, count }: TrackPart): readonly T[] =>
  list.slice(Math.floor((index * list.length) / count), Math.floor(((index + 1) * list.length) / count));
