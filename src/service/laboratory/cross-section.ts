import { walk } from "./delta-one.ts";
import { type LibraryBook, unitUsd } from "./delta-one-books.ts";
import { studiedCoins } from "./delta-one-track.ts";
import { dailyWalk } from "./daily-walk.ts";
import { type Panel } from "./panels.ts";
import { type LaboratoryTrack, partOf, type TrackContext } from "./track.ts";

/** The coin that the others' market is measured by; it has the longest daily record. */
const reference = "BTC";
/** Days observed that make a coin one of the cross-section, and of its hourly record what leaves it to the hourly walk. */
const leastDays = 120;
const hourlySteps = 60 * 24;
/** Of a quick run, days taken of all. */
const quickEvery = 48;

interface CrossSection {
  readonly panel: Panel;
  readonly coins: readonly string[];
  readonly books: readonly LibraryBook[];
}

/** Long and short, nothing else: what a coin without hourly prices can do to a margin model is to jump. */
const booksOf = (symbol: string): readonly LibraryBook[] =>
  (["long", "short"] as const).map((side) => ({
    name: `${side} perpetual, ${symbol}, daily`,
    type: `${side} perpetual of a small coin`,
    asset: symbol,
    track: "delta-one",
    group: "plain",
    legs: () => [{ kind: "perpetual", symbol, usd: side === "long" ? unitUsd : -unitUsd }],
  }));

const known = new WeakMap<TrackContext, CrossSection>();

function crossSectionOf(context: TrackContext): CrossSection {
  const before = known.get(context);
  if (before) return before;
  const { daily, hourly } = context.panels();
  const hourlyCoins = new Set(studiedCoins(hourly, hourlySteps));
  const spot = daily.spot.get(reference);
  const perpetual = new Map(
    [...daily.perpetual].filter(([symbol]) => !hourlyCoins.has(symbol) && symbol !== reference),
  );
  const all: Panel = {
    ...daily,
    spot: new Map(spot ? [[reference, spot]] : []),
    perpetual,
    stablecoin: new Map(),
    staked: new Map(),
  };
  const small = studiedCoins({ ...all, spot: new Map() }, leastDays);
  const made: CrossSection = {
    panel: { ...all, perpetual: new Map([...perpetual].filter(([symbol]) => small.includes(symbol))) },
    coins: [...(spot ? [reference] : []), ...small],
    books: small.flatMap(booksOf),
  };
  known.set(context, made);
  return made;
}

/** Perpetuals that are recorded by days only: many small coins, all in one market. */
export const crossSectionTrack: LaboratoryTrack = {
  id: "delta-one",
  parts: 4,
  books: (context) => crossSectionOf(context).books,
  *fill(context, part, models, into, firstBook) {
    const { panel, coins, books } = crossSectionOf(context);
    const every = context.quick ? quickEvery : 1;
    const first = [...panel.perpetual.values()].reduce(
      (least, { values }) =>
        Math.min(
          least,
          values.findIndex((price) => price > 0),
        ),
      panel.length,
    );
    const { instants, ...rest } = dailyWalk(panel, context, every, first);
    yield* walk({ panel, coins, books, firstBook, ...rest, instants: partOf(instants, part) }, models, into);
  },
};
