import { procyclicality, type Procyclicality } from "../../risk/backtest/procyclicality.ts";

/** What one model asked for one unchanged book through a crash. */
export interface RequirementPath {
  readonly crash: string;
  readonly book: string;
  readonly model: string;
  /** Rising, equally spaced. */
  readonly timesMs: readonly number[];
  /** Initial requirement at marks held as they were at the first instant: only what the model learns moves it. USD. */
  readonly atFixedMarksUsd: readonly number[];
  /** The same at the marks of each instant; time passes, too. USD. Absent: not asked. */
  readonly withMarksUsd?: readonly number[];
  /** Gross notional at the first instant. */
  readonly notionalUsd: number;
}

export interface CrashProcyclicality {
  readonly crash: string;
  readonly book: string;
  readonly model: string;
  readonly timesMs: readonly number[];
  /** Requirement ÷ its first value. */
  readonly index: readonly number[];
  /** First requirement ÷ notional. */
  readonly startShare: number;
  /** Last ÷ first. */
  readonly change: number;
  readonly measured: Procyclicality;
  /** At the marks of each instant; null: not asked, or not all of numbers. */
  readonly withMarks: Procyclicality | null;
}

/** Paths that are not all of numbers, or shorter than two, are left out. */
export function crashProcyclicality(paths: readonly RequirementPath[]): readonly CrashProcyclicality[] {
  return paths.flatMap(
    ({
      crash,
      book,
      model,
      timesMs,
      atFixedMarksUsd,
      withMarksUsd = [],
      notionalUsd,
    }): CrashProcyclicality[] => {
      const first = atFixedMarksUsd[0] ?? 0;
      if (atFixedMarksUsd.length < 2 || !(first > 0) || !atFixedMarksUsd.every(Number.isFinite)) return [];
      return [
        {
          crash,
          book,
          model,
          timesMs,
          index: atFixedMarksUsd.map((value) => value / first),
          startShare: first / notionalUsd,
          change: atFixedMarksUsd.at(-1)! / first,
          measured: procyclicality({ requirements: Float64Array.from(atFixedMarksUsd) }),
          withMarks:
            withMarksUsd.length < 2 || !withMarksUsd.every(Number.isFinite)
              ? null
              : procyclicality({ requirements: Float64Array.from(withMarksUsd) }),
        },
      ];
    },
  );
}
