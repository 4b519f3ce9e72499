import { instantHours, type Walk, walk } from "./delta-one.ts";
import { deltaOneBooks, type LibraryBook } from "./delta-one-books.ts";
import { hourMs, type Panel, timeAt } from "./panels.ts";
import { horizonHours, type LaboratoryTrack, partOf, type TrackContext } from "./track.ts";

/** Prices before this instant are the training span: the parameters were calibrated on them. */
export const trainingEndMs: number = Date.UTC(2024, 6, 1);
/** Hours observed that make a coin one of the library's. */
const studiedHours = 60 * 24;
/** Horizons, and the instants from one window to the next in the training span; out of sample no window is left out. */
const walkedHorizons = [
  { hours: 1, everyInTraining: 4 },
  { hours: 4, everyInTraining: 4 },
  { hours: 24, everyInTraining: 1 },
  { hours: 48, everyInTraining: 1 },
] as const;
/** Of a quick run, instants taken of all. */
const quickEvery = 24;

/** Coins with enough hours, in order of name. */
export function studiedCoins(panel: Panel, leastSteps: number): readonly string[] {
  const observed = (symbol: string): number => {
    let most = 0;
    for (const series of [panel.spot.get(symbol), panel.perpetual.get(symbol)])
      most = Math.max(most, series?.values.reduce((count, value) => count + (value > 0 ? 1 : 0), 0) ?? 0);
    return most;
  };
  return [...new Set([...panel.spot.keys(), ...panel.perpetual.keys()])]
    .filter((symbol) => observed(symbol) >= leastSteps)
    .sort();
}

const known = new WeakMap<Panel, { coins: readonly string[]; books: readonly LibraryBook[]; seed: number }>();

function libraryOf(context: TrackContext): { coins: readonly string[]; books: readonly LibraryBook[] } {
  const panel = context.panels().hourly;
  const before = known.get(panel);
  if (before?.seed === context.seed) return before;
  const coins = studiedCoins(panel, studiedHours);
  const books = deltaOneBooks(
    { coins, inverse: [...panel.inverse.keys()], stablecoins: [...panel.stablecoin.keys()] },
    context.seed,
  );
  const made = { coins, books, seed: context.seed };
  known.set(panel, made);
  return made;
}

/** Steps at which margin is asked for: every day and an hour, from the first whole day on. */
function instantsOf(panel: Panel, { fromMs, toMs, quick }: TrackContext): Walk["instants"] {
  const step = instantHours * (quick ? quickEvery : 1);
  const startMs = Math.max(fromMs, panel.startMs);
  // The grid of instants hangs on no option but the seedless epoch, so that any span is a part of the whole run.
  const first = Math.ceil((startMs - panel.startMs) / panel.stepMs);
  const instants: Walk["instants"][number][] = [];
  for (let index = Math.max(0, first); index < panel.length; index++) {
    const timeMs = timeAt(panel, index);
    const hour = Math.round(timeMs / hourMs);
    if (timeMs >= toMs) break;
    if (hour % step === 0) instants.push({ step: index, ordinal: hour / step });
  }
  return instants;
}

/** Books without options on hourly prices. */
export const deltaOneTrack: LaboratoryTrack = {
  id: "delta-one",
  parts: 8,
  books: (context) => libraryOf(context).books,
  *fill(context, part, models, into, firstBook) {
    const { coins, books } = libraryOf(context);
    const panel = context.panels().hourly;
    const step = instantHours * (context.quick ? quickEvery : 1);
    const horizons = walkedHorizons.map(({ hours, everyInTraining }) => {
      const apart = Math.ceil(hours / step);
      return {
        index: horizonHours.indexOf(hours),
        steps: hours,
        isDue: (ordinal: number, timeMs: number) =>
          ordinal % (timeMs < trainingEndMs && !context.quick ? Math.max(apart, everyInTraining) : apart) ===
          0,
      };
    });
    const instants = partOf(instantsOf(panel, context), part);
    const endStep = Math.ceil((context.toMs - panel.startMs) / panel.stepMs);
    yield* walk({ panel, coins, books, firstBook, horizons, instants, endStep }, models, into);
  },
};
