import { PlimsollError, requireNumber } from "../quantity/error.ts";
import { maxTimeMs, priceBounds } from "./document-fields.ts";
import { type Factor, factorKey, type FactorSeries, type History, isLogFactor } from "./history.ts";
import { maxInstants } from "./history-document.ts";
import { type ReaderNote, takeNotes } from "./market-builder.ts";

/** A history and what its reader left out. */
export interface HistoryReading {
  readonly history: History;
  readonly notes: readonly ReaderNote[];
}

export interface HistoryBuilderOptions {
  readonly intervalMs: number;
  /** Where the numbers come from, for display. */
  readonly source: string;
  /** Default false. */
  readonly synthetic?: boolean;
  /** Observations before or after are left out. */
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** Puts observations, in any order, on one grid. */
export interface HistoryBuilder {
  /** A value and the instant from which it was known. */
  observe(factor: Factor, of: string, timeMs: number, value: number): void;
  readonly note: (id: string, message: string) => void;
  build(): HistoryReading;
}

interface Observations {
  readonly factor: Factor;
  readonly of: string;
  readonly times: number[];
  readonly values: number[];
}

/**
 * Gathers observations into a history whose grid is the whole multiples of `intervalMs` since 1970. An instant of the
 * grid takes the latest observation after the instant before it, up to and including itself: nothing is known early and
 * nothing is carried on. Of two at one time the first given counts, so give the better source first.
 */
export function buildHistory(options: HistoryBuilderOptions): HistoryBuilder {
  const intervalMs = requireNumber("intervalMs", options.intervalMs, 1_000, 31_536_000_000);
  const { fromMs = 0, toMs = maxTimeMs } = options;
  const { note, notes } = takeNotes();
  const byKey = new Map<string, Observations>();

  function observe(factor: Factor, of: string, timeMs: number, value: number): void {
    if (timeMs < fromMs || timeMs > toMs) return;
    const low = isLogFactor(factor) ? priceBounds.minimum : -priceBounds.maximum;
    if (!(value >= low && value <= priceBounds.maximum)) {
      return note("out-of-range", `${factorKey(factor, of)} is ${value} at ${timeMs}; taken as not observed`);
    }
    const key = factorKey(factor, of);
    const observations = byKey.get(key);
    if (observations) {
      observations.times.push(timeMs);
      observations.values.push(value);
    } else byKey.set(key, { factor, of, times: [timeMs], values: [value] });
  }

  function build(): HistoryReading {
    const cellOf = (timeMs: number): number => Math.ceil(timeMs / intervalMs);
    let first = Infinity;
    let last = -Infinity;
    for (const { times } of byKey.values()) {
      for (const timeMs of times) {
        first = Math.min(first, cellOf(timeMs));
        last = Math.max(last, cellOf(timeMs));
      }
    }
    const length = last - first + 1;
    if (!(length >= 1) || length > maxInstants) {
      throw new PlimsollError(length > maxInstants ? "PLM_LIMIT" : "PLM_DATA_GAP", {
        field: options.source,
        value: byKey.size === 0 ? 0 : length,
        limit: `between 1 and ${maxInstants} instants with an observation`,
        remedy: "Check the files, the range asked for and intervalMs.",
      });
    }
    const series = new Map<string, FactorSeries>();
    for (const [key, { factor, of, times, values }] of byKey) {
      const grid = new Float64Array(length).fill(NaN);
      const taken = new Float64Array(length).fill(-1);
      for (const [index, timeMs] of times.entries()) {
        const cell = cellOf(timeMs) - first;
        if (timeMs <= (taken[cell] ?? 0)) continue;
        taken[cell] = timeMs;
        grid[cell] = values[index] ?? NaN;
      }
      series.set(key, { factor, of, values: grid });
    }
    const history: History = {
      source: options.source,
      synthetic: options.synthetic ?? false,
      startMs: first * intervalMs,
      intervalMs,
      length,
      series,
    };
    return { history, notes: notes() };
  }

  return { observe, note, build };
}
