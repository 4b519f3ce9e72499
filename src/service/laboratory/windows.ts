import { PlimsollError } from "../../quantity/index.ts";
import { type Observations, type StudiedBook, type Track } from "./observations.ts";

/** Before the cut, where scales are solved, or after it, where they are judged. A window across it is in neither. */
export type Span = "training" | "out-of-sample";

export const spans: readonly Span[] = ["training", "out-of-sample"];

/** The cut of each track: windows that end by it are training, those that start at it or later are out of sample. */
export type TrainingEnds = Readonly<Record<Track, number>>;

/** 2024-07-01, and 2026-04-01 for recorded chains, which start in December 2025. */
export const usualTrainingEnds: TrainingEnds = {
  "delta-one": Date.UTC(2024, 6, 1),
  staked: Date.UTC(2024, 6, 1),
  options: Date.UTC(2026, 3, 1),
  "simulated-options": Date.UTC(2024, 6, 1),
};

/** Windows of one type of book at one horizon: indices of observations by start, then book. */
export interface TypeWindows {
  /** Unique: `short put`, or `short put (simulated options)` where two tracks have it. */
  readonly type: string;
  readonly track: Track;
  readonly group: StudiedBook["group"];
  readonly training: Int32Array;
  readonly outOfSample: Int32Array;
}

export interface HorizonWindows {
  /** Index into {@link Observations.horizonHours}. */
  readonly horizon: number;
  readonly horizonHours: number;
  /** In order of their first book. */
  readonly types: readonly TypeWindows[];
}

export const windowsOf = (type: TypeWindows, span: Span): Int32Array =>
  span === "training" ? type.training : type.outOfSample;

/** Windows of several types together, by start, then book. */
export function joinedWindows(observations: Observations, parts: readonly Int32Array[]): Int32Array {
  const { book, startMs } = observations.columns;
  const all = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all.sort((a, b) => startMs[a]! - startMs[b]! || book[a]! - book[b]!);
}

/**
 * Sorts observations into horizons, types and spans.
 *
 * @throws {PlimsollError} `PLM_DATA_GAP` without observations; `PLM_DOMAIN` for a loss, notional or requirement out of range, a window
 *   that ends before it starts, or windows of one book and horizon that overlap.
 */
export function windowsByHorizon(
  observations: Observations,
  trainingEnds: TrainingEnds,
): readonly HorizonWindows[] {
  const { books, horizonHours } = observations;
  requireObservations(observations);
  const { book, horizon, startMs, endMs } = observations.columns;
  const order = Int32Array.from({ length: observations.count }, (_, at) => at).sort(
    (a, b) => horizon[a]! - horizon[b]! || book[a]! - book[b]! || startMs[a]! - startMs[b]!,
  );
  for (let at = 1; at < order.length; at++) {
    const [before, here] = [order[at - 1]!, order[at]!];
    if (horizon[before] !== horizon[here] || book[before] !== book[here]) continue;
    if (endMs[before]! <= startMs[here]!) continue;
    throw new PlimsollError("PLM_DOMAIN", {
      field: `observations[${here}].startMs`,
      value: startMs[here],
      limit: `≥ ${endMs[before]}, the end of the window before it`,
      remedy: `Leave out windows of ${books[book[here]!]!.name} that overlap: the tests take them for independent.`,
    });
  }
  const names = typeNames(books);
  const found = new Map<number, Map<string, { first: StudiedBook; training: number[]; later: number[] }>>();
  for (const at of order) {
    const own = books[book[at]!]!;
    const name = names.get(typeKey(own))!;
    const types = found.get(horizon[at]!) ?? new Map<string, never>();
    found.set(horizon[at]!, types);
    const windows = types.get(name) ?? { first: own, training: [], later: [] };
    types.set(name, windows);
    const cut = trainingEnds[own.track];
    if (endMs[at]! <= cut) windows.training.push(at);
    else if (startMs[at]! >= cut) windows.later.push(at);
  }
  const sorted = (list: readonly number[]): Int32Array =>
    joinedWindows(observations, [Int32Array.from(list)]);
  return [...found]
    .sort(([a], [b]) => horizonHours[a]! - horizonHours[b]!)
    .map(([index, types]) => ({
      horizon: index,
      horizonHours: horizonHours[index]!,
      types: [...types].map(([type, { first, training, later }]) => ({
        type,
        track: first.track,
        group: first.group,
        training: sorted(training),
        outOfSample: sorted(later),
      })),
    }));
}

const typeKey = ({ type, track, group }: StudiedBook): string => `${type}\n${track}\n${group}`;

/** Types by their own name, with the track or the group where that tells two apart. */
function typeNames(books: readonly StudiedBook[]): ReadonlyMap<string, string> {
  const distinct = new Map(books.map((book) => [typeKey(book), book]));
  const taken = new Map<string, number>();
  const count = (name: string): void => void taken.set(name, (taken.get(name) ?? 0) + 1);
  const byTrack = ({ type, track }: StudiedBook): string => `${type} (${track.replaceAll("-", " ")})`;
  for (const book of distinct.values()) {
    count(book.type);
    count(byTrack(book));
  }
  return new Map(
    [...distinct].map(([key, book]) => {
      if (taken.get(book.type) === 1) return [key, book.type];
      if (taken.get(byTrack(book)) === 1) return [key, byTrack(book)];
      return [key, `${byTrack(book)}, ${book.group.replaceAll("-", " ")}`];
    }),
  );
}

function requireObservations(observations: Observations): void {
  if (observations.count === 0) {
    throw new PlimsollError("PLM_DATA_GAP", {
      field: "observations",
      value: observations.count,
      limit: "at least one window",
      remedy: "Study a longer period, or a folder of data that has prices for one of the books.",
    });
  }
  const { startMs, endMs, lossUsd, notionalUsd, initialUsd, maintenanceUsd } = observations.columns;
  const wrong = (at: number, field: string, value: number | undefined, limit: string): never => {
    throw new PlimsollError("PLM_DOMAIN", {
      field: `observations[${at}].${field}`,
      value,
      limit,
      remedy: "Leave out windows without prices at both ends.",
    });
  };
  for (let at = 0; at < observations.count; at++) {
    if (!Number.isFinite(lossUsd[at])) wrong(at, "lossUsd", lossUsd[at], "a finite number");
    if (!(notionalUsd[at]! > 0 && notionalUsd[at]! < Infinity)) {
      wrong(at, "notionalUsd", notionalUsd[at], "a finite number > 0");
    }
    if (!(endMs[at]! > startMs[at]!)) wrong(at, "endMs", endMs[at], `> ${startMs[at]}, its start`);
    for (const [name, columns] of [
      ["initialUsd", initialUsd],
      ["maintenanceUsd", maintenanceUsd],
    ] as const) {
      for (const [model, column] of columns.entries()) {
        const value = column[at]!;
        if (value < 0 || value === Infinity) wrong(at, `${name}[${model}]`, value, "≥ 0, or NaN");
      }
    }
  }
}
