import { type History, type Market } from "../../market/index.ts";
import { type MarginParameters, preparePortfolioMargin } from "../../risk/index.ts";
import { type CrashBook, crashBooks, optionsOf } from "./crash-books.ts";
import { type CrashMarkets, hoursBetween } from "./crash-markets.ts";
import { type ModelPanel } from "./models.ts";
import { dayMs, hourMs } from "./panels.ts";
import { type RequirementPath } from "./requirement-paths.ts";

/** A crash and the days around it that are looked at. */
export interface CrashWindow {
  readonly name: string;
  /** UTC days, the last one included. */
  readonly from: string;
  readonly to: string;
}

/** Before a crash and after it: the rise of what is asked outlives the fall of prices. */
const beforeMs = dayMs;
const afterMs = 2 * dayMs;

const spanOf = ({ from, to }: CrashWindow): { readonly fromMs: number; readonly toMs: number } => ({
  fromMs: Date.parse(from) - beforeMs,
  toMs: Date.parse(to) + dayMs + afterMs,
});

/** Initial requirements of books at one market's marks with a past until some instant. */
function asked(
  books: readonly CrashBook[],
  market: Market,
  history: History,
  historyUntilMs: number,
  parameters: MarginParameters,
): readonly number[] {
  const prepared = preparePortfolioMargin({ market, parameters, history, historyUntilMs });
  return prepared
    .marginMany(books.map(({ portfolio }) => portfolio))
    .map(({ initialMargin }) => initialMargin);
}

/** The largest rise of one book's requirement at unchanged marks through one crash. */
export interface ForwardRise {
  readonly crash: string;
  readonly book: string;
  readonly isLinear: boolean;
  /** Instants at which the book was opened at their marks. */
  readonly instants: number;
  /** Largest requirement an hour later ÷ at the start − 1, with the marks held. */
  readonly hourShare: number;
  readonly hourFromMs: number;
  /** The same after 24 hours. */
  readonly dayShare: number;
  readonly dayFromMs: number;
}

/**
 * The certification of the forward guarantee on one crash: at every instant each book is opened at that hour's marks, and asked for again
 * with an hour and a day more of the past, marks and time held.
 *
 * @param everyHours - distance of two instants.
 */
export function forwardRises(
  markets: CrashMarkets,
  window: CrashWindow,
  parameters: MarginParameters,
  everyHours: number,
): readonly ForwardRise[] {
  const { fromMs, toMs } = spanOf(window);
  const found = new Map<string, ForwardRise>();
  for (const [at, timeMs] of hoursBetween(fromMs, toMs).entries()) {
    const market = at % everyHours === 0 ? markets.market(timeMs) : undefined;
    if (!market) continue;
    const books = crashBooks(market);
    const history = markets.history(timeMs);
    const [now, hour, day] = [0, 1, 24].map((hours) =>
      asked(books, market, history, timeMs + hours * hourMs, parameters),
    );
    for (const [index, { name, isLinear }] of books.entries()) {
      const from = now![index]!;
      const hourShare = hour![index]! / from - 1;
      const dayShare = day![index]! / from - 1;
      const known = found.get(name);
      const isHour = !known || hourShare > known.hourShare;
      const isDay = !known || dayShare > known.dayShare;
      found.set(name, {
        crash: window.name,
        book: name,
        isLinear,
        instants: (known?.instants ?? 0) + 1,
        hourShare: isHour ? hourShare : known.hourShare,
        hourFromMs: isHour ? timeMs : known.hourFromMs,
        dayShare: isDay ? dayShare : known.dayShare,
        dayFromMs: isDay ? timeMs : known.dayFromMs,
      });
    }
  }
  return [...found.values()];
}

/**
 * What every model asks for unchanged books, opened a day before a crash: with the marks held as they were at the start, and as they went.
 * An emulated rule looks at no past, so at held marks it stands still; time stands still there, too. Book by book.
 */
export function crashPaths(
  markets: CrashMarkets,
  windows: readonly CrashWindow[],
  input: {
    readonly parameters: MarginParameters;
    readonly models: ModelPanel;
    readonly everyHours: number;
    readonly progress?: (done: number, of: number) => void;
  },
): readonly RequirementPath[] {
  const { parameters, models, everyHours, progress } = input;
  const paths = windows.flatMap((window, done) => {
    progress?.(done, windows.length);
    const { fromMs, toMs } = spanOf(window);
    const opened = markets.market(fromMs);
    if (!opened) return [];
    const books = crashBooks(opened);
    const held = optionsOf(books, opened);
    const history = markets.history(fromMs);
    const questions = books.map(({ portfolio }) => ({ portfolio, holdsUnhedged: false }));
    const timesMs: number[] = [];
    const fixed: (readonly number[])[] = [];
    const moved: (readonly (readonly number[])[])[] = [];
    const starts = models.ask(questions, opened, history);
    for (const timeMs of hoursBetween(fromMs, toMs).filter((_, at) => at % everyHours === 0)) {
      const market = timeMs === fromMs ? opened : markets.market(timeMs, held);
      if (!market) continue;
      timesMs.push(timeMs);
      fixed.push(asked(books, opened, history, timeMs, parameters));
      moved.push(models.ask(questions, market, history).map(({ initialUsd }) => initialUsd));
    }
    return books.flatMap(({ name, notionalUsd }, book) =>
      models.studied.map(({ id }, model): RequirementPath => ({
        crash: window.name,
        book: name,
        model: id,
        timesMs,
        atFixedMarksUsd:
          model === 0 ? fixed.map((all) => all[book]!) : timesMs.map(() => starts[book]!.initialUsd[model]!),
        withMarksUsd: moved.map((all) => all[book]![model]!),
        notionalUsd,
      })),
    );
  });
  const books = [...new Set(paths.map(({ book }) => book))];
  return books.flatMap((book) => paths.filter((path) => path.book === book));
}
