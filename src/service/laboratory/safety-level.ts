import { PlimsollError } from "../../quantity/index.ts";
import {
  atSafetyLevel,
  type LevelStep,
  type LevelWalk,
  type MarginParameters,
  mostMultiplier,
  nextLevel,
  typeNeeds,
  type TypeWindowsWalked,
} from "../../risk/index.ts";
import { observationAt, Observations, requirementBases, type Track } from "./observations.ts";
import { runLaboratory } from "./run.ts";
import { seriesOf } from "./series.ts";
import { horizonHours } from "./track.ts";
import { type TrainingEnds, windowsByHorizon } from "./windows.ts";

/** Windows that the promise is made for: those of the laboratory's headline. */
export const safetyHours = 24;
/** Margin is asked for at no instant before: as in the laboratory. */
const earliestMs: number = Date.UTC(2020, 0, 1);
/** Seed of the library's random books: as in the laboratory. */
const seed = 1;
/** Walks in all. */
export const mostWalks = 5;

const pricedTracks: readonly Track[] = ["delta-one", "staked", "simulated-options"];
const chainTracks: readonly Track[] = ["options"];

/** Where the level is solved. */
export interface SafetyLevelRequest {
  readonly folders: readonly string[];
  /** At level 1: fitted, with the factors and shares that the level multiplies. */
  readonly parameters: MarginParameters;
  /** Share of a type's windows that may breach, above 0 and below 1. */
  readonly target: number;
  readonly pricesFromMs: number;
  /** No window on recorded prices ends at or after this instant. */
  readonly pricesUntilMs: number;
  /** Nor one on recorded chains at or after this one. */
  readonly chainsUntilMs: number;
  /** Absent: all. */
  readonly tracks?: readonly Track[];
  readonly quick: boolean;
  readonly threads: number;
  progress?(walk: number, share: number, track: Track, instantMs: number): void;
}

export interface SafetyLevel {
  readonly parameters: MarginParameters;
  readonly walks: readonly LevelWalk[];
  /** The walk whose parameters are kept, and why no other was walked. */
  readonly found: Extract<LevelStep, { kind: "done" }>;
  /** Tables that the folders lack: their books are left out. */
  readonly missing: readonly string[];
}

/** Every type's 24-hour windows of the training span under our model alone. */
async function walkedTypes(
  request: SafetyLevelRequest,
  parameters: MarginParameters,
  progress: (share: number, track: Track, instantMs: number) => void,
): Promise<{ readonly types: readonly TypeWindowsWalked[]; readonly missing: readonly string[] }> {
  const { folders, pricesFromMs, pricesUntilMs, chainsUntilMs, quick, threads } = request;
  const fromMs = Math.max(earliestMs, pricesFromMs);
  const parts = [
    { tracks: pricedTracks, toMs: pricesUntilMs },
    { tracks: chainTracks, toMs: chainsUntilMs },
  ]
    .map(({ tracks, toMs }) => ({
      tracks: tracks.filter((track) => request.tracks?.includes(track) ?? true),
      toMs,
    }))
    .filter(({ tracks, toMs }) => tracks.length > 0 && fromMs < toMs);
  const runs = [];
  for (const [at, { tracks, toMs }] of parts.entries()) {
    const run = await runLaboratory(
      { folders, tracks, models: [], parameters: JSON.stringify(parameters), seed, fromMs, toMs, quick },
      {
        threads,
        progress: (share, track, instantMs) => progress((at + share) / parts.length, track, instantMs),
      },
    );
    runs.push(run);
  }
  // Names of types tell tracks apart, so all books stand in one list; of the windows only these are kept.
  const horizon = horizonHours.indexOf(safetyHours);
  const all = new Observations(
    runs.flatMap(({ observations }) => observations.books),
    runs[0]?.observations.models ?? [],
    horizonHours,
  );
  let firstBook = 0;
  for (const { observations } of runs) {
    const { columns } = observations;
    for (let row = 0; row < observations.count; row++) {
      if (columns.horizon[row] !== horizon) continue;
      const one = observationAt(columns, row);
      all.add({ ...one, book: firstBook + one.book });
    }
    firstBook += observations.books.length;
  }
  const missing = [...new Set(runs.flatMap((run) => run.missing))];
  if (all.count === 0) {
    throw new PlimsollError("PLM_DATA_GAP", {
      field: "data",
      value: folders.join(", "),
      limit: "prices in which at least one book of the library opens and closes before the dates",
      remedy: "docs/laboratory.md lists the tables; later dates widen the span.",
    });
  }
  const ends: TrainingEnds = {
    "delta-one": pricesUntilMs,
    staked: pricesUntilMs,
    options: chainsUntilMs,
    "simulated-options": pricesUntilMs,
  };
  const { expectedShortfallUsd, basis } = all.columns;
  const capped = requirementBases.indexOf("maximum-loss");
  const multiplier = parameters.shortfall.initialMultiplier;
  const types = windowsByHorizon(all, ends).flatMap((found) =>
    found.types.flatMap(({ type, training }): TypeWindowsWalked[] => {
      const { windows, losses, requirements } = seriesOf({
        observations: all,
        requirement: "initial",
        windows: training,
        models: [0],
      });
      if (windows.length === 0) return [];
      const uncapped = requirements.map((usd, at) => {
        const row = windows[at]!;
        const shortfallUsd = multiplier * expectedShortfallUsd[row]!;
        return basis[row] === capped && shortfallUsd > usd ? shortfallUsd : usd;
      });
      return [{ name: type, losses, requirements, uncapped }];
    }),
  );
  return { types, missing };
}

/**
 * The lowest safety level of the parameters at which every type of book of the laboratory's library keeps the promise in the training
 * span, with the finite-sample correction of split conformal prediction. Walks the library anew at every level tried.
 *
 * @throws {PlimsollError} `PLM_NO_SOLUTION` where no level tried keeps it, `PLM_DATA_GAP` without a window, and what the laboratory throws.
 */
export async function solveSafetyLevel(request: SafetyLevelRequest): Promise<SafetyLevel> {
  const { parameters, target } = request;
  const highest = mostMultiplier / parameters.shortfall.initialMultiplier;
  const walks: LevelWalk[] = [];
  let level = 1;
  for (;;) {
    const { types, missing } = await walkedTypes(
      request,
      atSafetyLevel(parameters, level),
      (share, track, ms) => request.progress?.(walks.length + 1, share, track, ms),
    );
    walks.push({ level, types: typeNeeds(types, target) });
    const step = nextLevel(walks, { most: mostWalks, highest });
    if (step.kind === "done")
      return { parameters: atSafetyLevel(parameters, step.walk.level), walks, found: step, missing };
    level = step.level;
  }
}
