import { type CellStatistics, cellStatistics } from "./cell.ts";
import { type Observations, type Track } from "./observations.ts";
import { type Regime, regimeAt, regimes, type Volatility } from "./regimes.ts";
import { type Requirement, seriesOf } from "./series.ts";
import { type HorizonWindows, joinedWindows, type Span, spans, windowsOf } from "./windows.ts";

/** One model's windows at one horizon in one span: of one type or all, one asset or all, one regime or all. */
export interface VerdictCell extends CellStatistics {
  readonly model: string;
  readonly horizonHours: number;
  readonly span: Span;
  readonly target: number;
  /** `all` where types of several tracks are pooled. */
  readonly track: Track | "all";
  readonly type: string;
  readonly asset: string;
  readonly regime: Regime | "all";
}

/**
 * Every cell of one model at one horizon, requirements as published. `thorough`: also every asset of every type and the regimes, with
 * the tests that simulate.
 */
export function verdictCells(input: {
  readonly observations: Observations;
  readonly requirement: Requirement;
  readonly windows: HorizonWindows;
  readonly volatility: Volatility | null;
  readonly model: number;
  readonly targets: readonly number[];
  readonly thorough: boolean;
  readonly draws: number;
  readonly seed: number;
}): readonly VerdictCell[] {
  const { observations, windows, targets, thorough, volatility } = input;
  const { book, startMs } = observations.columns;
  const cells: VerdictCell[] = [];
  const add = (
    keys: Pick<VerdictCell, "span" | "track" | "type" | "asset" | "regime">,
    indices: Int32Array,
    isPooled: boolean,
  ): void => {
    const series = seriesOf({ ...input, windows: indices, models: [input.model] });
    if (series.windows.length === 0) return;
    // what pools many types is worth the bootstrap for every model
    const found = cellStatistics({
      ...input,
      series,
      thorough: thorough || isPooled,
      isWhole: keys.regime === "all",
    });
    for (const [at, target] of targets.entries()) {
      cells.push({
        model: observations.models[input.model]!.id,
        horizonHours: windows.horizonHours,
        target,
        ...keys,
        ...found[at]!,
      });
    }
  };
  const withParts = (
    keys: Pick<VerdictCell, "span" | "track" | "type">,
    indices: Int32Array,
    isPooled: boolean,
  ): void => {
    const split = (part: Int32Array, asset: string): void => {
      add({ ...keys, asset, regime: "all" }, part, isPooled && asset === "all");
      if (!thorough || !volatility) return;
      for (const regime of regimes) {
        add(
          { ...keys, asset, regime },
          part.filter((at) => regimeAt(volatility, startMs[at]!) === regime),
          false,
        );
      }
    };
    split(indices, "all");
    if (!thorough && !isPooled) return;
    const assets = new Map<string, number[]>();
    for (const at of indices) {
      const { asset } = observations.books[book[at]!]!;
      const own = assets.get(asset) ?? [];
      assets.set(asset, own);
      own.push(at);
    }
    for (const [asset, own] of assets) split(Int32Array.from(own), asset);
  };
  for (const span of spans) {
    const parts = windows.types.map((type) => ({ type, indices: windowsOf(type, span) }));
    const tracks = [...new Set(windows.types.map(({ track }) => track))];
    const all = joinedWindows(
      observations,
      parts.map(({ indices }) => indices),
    );
    withParts({ span, track: tracks.length === 1 ? tracks[0]! : "all", type: "all" }, all, true);
    for (const { type, indices } of parts) {
      withParts({ span, track: type.track, type: type.type }, indices, false);
    }
  }
  return cells;
}
