import { type Observations } from "./observations.ts";

/** One type of book at one horizon, over all its assets and windows. */
export interface TypeSummary {
  readonly type: string;
  readonly windows: number;
  /** By model, windows in which the book lost more than the initial requirement. */
  readonly breaches: readonly number[];
  /** By model, windows that it margins. */
  readonly margined: readonly number[];
  /** By model, mean initial requirement over notional; NaN where it margins none. */
  readonly meanInitial: readonly number[];
}

/** Every type of book, in the library's order. */
export function typeSummary(observations: Observations, horizonHours: number): readonly TypeSummary[] {
  const { books, models, columns } = observations;
  const horizon = observations.horizonHours.indexOf(horizonHours);
  const rows = new Map<string, { windows: number; breaches: number[]; margined: number[]; sums: number[] }>();
  for (const { type } of books) {
    const zeros = (): number[] => models.map(() => 0);
    if (!rows.has(type)) rows.set(type, { windows: 0, breaches: zeros(), margined: zeros(), sums: zeros() });
  }
  for (let row = 0; row < columns.book.length; row++) {
    if (columns.horizon[row] !== horizon) continue;
    const summary = rows.get(books[columns.book[row]!]!.type)!;
    summary.windows += 1;
    for (let model = 0; model < models.length; model++) {
      const initial = columns.initialUsd[model]![row]!;
      if (Number.isNaN(initial)) continue;
      summary.margined[model]! += 1;
      summary.sums[model]! += initial / columns.notionalUsd[row]!;
      if (columns.lossUsd[row]! > initial) summary.breaches[model]! += 1;
    }
  }
  return [...rows].flatMap(([type, { windows, breaches, margined, sums }]) =>
    windows === 0
      ? []
      : [
          {
            type,
            windows,
            breaches,
            margined,
            meanInitial: sums.map((sum, model) => sum / margined[model]!),
          },
        ],
  );
}
