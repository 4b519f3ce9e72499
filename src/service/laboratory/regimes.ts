import { type Observations } from "./observations.ts";
import { joinedWindows, type TrainingEnds } from "./windows.ts";

/** How restless the reference was before a window: terciles of its training span. */
export type Regime = "calm" | "middle" | "wild";

export const regimes: readonly Regime[] = ["calm", "middle", "wild"];

/** Realised volatility of one reference, known at instants, with the bounds of its terciles. */
export interface Volatility {
  /** The asset it is of. */
  readonly reference: string;
  /** The book whose losses it was taken from. */
  readonly book: string;
  /** Rising. Each volatility looks only at what was over by then. */
  readonly atMs: Float64Array;
  /** Annualised fraction. */
  readonly volatility: Float64Array;
  /** Upper bounds of `calm` and of `middle`. */
  readonly bounds: readonly [number, number];
}

/** Moves that a volatility is taken over: a month of days. */
const moves = 30;
const yearHours = 365 * 24;

/**
 * Volatility of the reference coin from the losses of a book that is nothing but long it, at the horizon nearest a day: the root mean square
 * of 30 moves that had ended. The book: the named one, else the plain `delta-one` book whose type starts with `long`, of BTC before others
 * and with most windows. Null where there is none, or it has too few windows in training.
 */
export function referenceVolatility(
  observations: Observations,
  trainingEnds: TrainingEnds,
  referenceBook?: string,
): Volatility | null {
  const { books, horizonHours } = observations;
  const { book, horizon, startMs, endMs, lossUsd, notionalUsd } = observations.columns;
  const counts = books.map(() => horizonHours.map(() => 0));
  for (let at = 0; at < observations.count; at++) counts[book[at]!]![horizon[at]!]! += 1;
  const found = counts.flatMap((byHorizon, bookAt) =>
    byHorizon.flatMap((count, horizonAt) => (count > 0 ? [{ bookAt, horizonAt, count }] : [])),
  );
  const candidates = found.flatMap(({ bookAt, horizonAt, count }) => {
    const own = books[bookAt]!;
    const fits =
      referenceBook === undefined
        ? own.track === "delta-one" &&
          own.group === "plain" &&
          own.type.startsWith("long") &&
          !own.asset.includes("+")
        : own.name === referenceBook;
    if (!fits) return [];
    const fromDay = Math.abs(Math.log(horizonHours[horizonAt]! / 24));
    return [{ bookAt, horizonAt, count, fromDay, isBitcoin: own.asset === "BTC" }];
  });
  const best = candidates.sort(
    (a, b) =>
      a.fromDay - b.fromDay ||
      Number(b.isBitcoin) - Number(a.isBitcoin) ||
      b.count - a.count ||
      a.bookAt - b.bookAt,
  )[0];
  if (!best) return null;
  const own: number[] = [];
  for (let at = 0; at < observations.count; at++) {
    if (book[at] === best.bookAt && horizon[at] === best.horizonAt) own.push(at);
  }
  const windows = joinedWindows(observations, [Int32Array.from(own)]);
  const hours = horizonHours[best.horizonAt]!;
  const squares = Array.from(windows, (at) => (lossUsd[at]! / notionalUsd[at]!) ** 2);
  const atMs: number[] = [];
  const volatility: number[] = [];
  let sum = 0;
  for (const [index, square] of squares.entries()) {
    sum += square - (squares[index - moves] ?? 0);
    if (index < moves - 1) continue;
    // a gap is not calm: moves of the last quarter only
    if (endMs[windows[index]!]! - startMs[windows[index - moves + 1]!]! > 3 * moves * hours * 3_600_000)
      continue;
    atMs.push(endMs[windows[index]!]!);
    volatility.push(Math.sqrt((Math.max(0, sum) / moves) * (yearHours / hours)));
  }
  const { name, track, asset } = books[best.bookAt]!;
  const before = volatility.filter((_, index) => atMs[index]! <= trainingEnds[track]).sort((a, b) => a - b);
  if (before.length < 3 * moves) return null;
  return {
    reference: asset,
    book: name,
    atMs: Float64Array.from(atMs),
    volatility: Float64Array.from(volatility),
    bounds: [before[Math.floor(before.length / 3)]!, before[Math.floor((2 * before.length) / 3)]!],
  };
}

/** Oldest volatility that still says how restless it is now: a week. */
const staleMs = 7 * 24 * 3_600_000;

/** Regime at an instant, from what was known by then; null where nothing recent was. */
export function regimeAt(of: Volatility, timeMs: number): Regime | null {
  let [low, high] = [0, of.atMs.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (of.atMs[middle]! <= timeMs) low = middle + 1;
    else high = middle;
  }
  if (low === 0 || timeMs - of.atMs[low - 1]! > staleMs) return null;
  const volatility = of.volatility[low - 1]!;
  return volatility <= of.bounds[0] ? "calm" : volatility <= of.bounds[1] ? "middle" : "wild";
}
