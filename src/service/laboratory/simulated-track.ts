import { type Market, type Option } from "../../market/index.ts";
import { log } from "../../numerics/index.ts";
import { openBooks } from "./chains-track.ts";
import { DataFolders } from "./data-files.ts";
import { indexSeries } from "./delta-one.ts";
import { optionBooks } from "./option-books.ts";
import {
  optionCoins,
  optionHistories,
  type OptionHistories,
  optionHistoryTables,
  readVolIndex,
  surfaceTables,
} from "./option-history.ts";
import { OptionWindows, type PlannedWindow, planWindows } from "./option-windows.ts";
import { dayMs, hourMs, type Panel, stepAt, timeAt } from "./panels.ts";
import { simulatedMarket } from "./simulated-market.ts";
import { type QuotedSmile, stateOf } from "./simulated-surface.ts";
import {
  type CloseSeries,
  type CoinTraining,
  fitSurfaceModel,
  type ObservedSurface,
  type SimulatedDay,
  simulateSurfaces,
  type SurfaceModel,
} from "./surface-model.ts";
import { horizonHours, type LaboratoryTrack, partOf, type TrackContext } from "./track.ts";
import { usualTrainingEnds } from "./windows.ts";

/** Close-out horizons of simulated options: whole days, since that is how often their level was recorded. */
export const simulatedHorizonHours: readonly number[] = [24, 48];
/** Before 2022 the hourly record has outages and another options market. */
const firstMs: number = Date.UTC(2022, 0, 1);
/** Of a quick run, days taken of all. */
const quickEvery = 32;
/** Fixed-point arithmetic as on a chain takes a hundred times longer than the other rules: asked on one day of five. */
const slowModels: ReadonlySet<string> = new Set(["derive-pm1", "derive-pm2"]);
const slowEvery = 5;

interface Prepared {
  readonly panel: Panel;
  readonly histories: OptionHistories;
  readonly days: ReadonlyMap<number, SimulatedDay>;
  readonly windows: readonly PlannedWindow[];
}

const prepared = new WeakMap<TrackContext, Prepared>();

function prepare(context: TrackContext): Prepared {
  const known = prepared.get(context);
  if (known) return known;
  const data = new DataFolders(context.folders);
  const panel = context.panels().hourly;
  const histories = optionHistories(data, panel);
  if (optionHistoryTables.some((prefix) => data.tables(prefix).length === 0)) {
    const none = { panel, histories, days: new Map<number, SimulatedDay>(), windows: [] };
    prepared.set(context, none);
    return none;
  }
  const index = indexLevels(data);
  const model = trainedModel(data, panel, index);
  const instants: number[] = [];
  const untilMs = Math.min(context.toMs, timeAt(panel, panel.length));
  for (let timeMs = firstMs; timeMs < untilMs; timeMs += dayMs) {
    if (optionCoins.every((coin) => closeAt(panel, coin, timeMs) > 0)) instants.push(timeMs);
  }
  // From the first day on, whatever is asked for: the same seed gives a day the same surface in every run.
  const days = simulateSurfaces(
    model,
    instants.map((timeMs) => ({
      timeMs,
      coins: optionCoins.map((coin) => ({
        spot: closesOf(panel, coin),
        spotUsd: closeAt(panel, coin, timeMs),
        lnIndex: index.get(coin)?.get(timeMs),
      })),
    })),
    context.seed,
  ).filter(({ states }) => states.size === optionCoins.length);
  const byTime = new Map(days.map((day) => [day.timeMs, day]));
  const joins = ({ startMs, endMs }: PlannedWindow): boolean =>
    optionCoins.every((coin) => {
      const steps = [stepAt(panel, startMs), stepAt(panel, endMs)] as const;
      const recorded = panel.spot.get(coin)?.joins(...steps) ?? false;
      const traded = panel.perpetual.get(coin)?.joins(...steps) ?? false;
      // From a simulated level to a recorded one is no move of a market.
      const sameSource = byTime.get(startMs)?.recorded.has(coin) === byTime.get(endMs)?.recorded.has(coin);
      return (recorded || traded) && sameSource;
    });
  const windows = planWindows(
    [...byTime.keys()].filter((timeMs) => timeMs >= context.fromMs),
    simulatedHorizonHours.map((hours) => ({ index: horizonHours.indexOf(hours), hours })),
  )
    .filter(joins)
    .filter(({ startMs }) => !context.quick || Math.floor(startMs / dayMs) % quickEvery === 0);
  const made = { panel, histories, days: byTime, windows };
  prepared.set(context, made);
  return made;
}

const closesOf = (panel: Panel, coin: string): CloseSeries => ({
  startMs: panel.startMs,
  closes: indexSeries(panel, coin),
});

const closeAt = (panel: Panel, coin: string, timeMs: number): number =>
  indexSeries(panel, coin)[stepAt(panel, timeMs)] ?? Number.NaN;

/** ln of the volatility index by coin and instant. */
function indexLevels(data: DataFolders): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const levels = new Map(optionCoins.map((coin) => [coin, new Map<number, number>()]));
  for (const { timeMs, vols } of readVolIndex(data)) {
    for (const [coin, vol] of vols) levels.get(coin)?.set(timeMs, log(vol));
  }
  return levels;
}

/** The model of surfaces, fitted on surfaces before 2026-04-01 and, for the level, on prices before 2024-07-01. */
export function trainedModel(
  data: DataFolders,
  panel: Panel,
  index: ReadonlyMap<string, ReadonlyMap<number, number>>,
): SurfaceModel {
  const surfaces = recordedSurfaces(data, usualTrainingEnds.options);
  return fitSurfaceModel(
    optionCoins.map((symbol): CoinTraining => ({
      symbol,
      surfaces: surfaces.get(symbol) ?? [],
      index: new Map([...(index.get(symbol) ?? [])].filter(([timeMs]) => timeMs < usualTrainingEnds.options)),
      levelUntilMs: usualTrainingEnds["simulated-options"],
      spot: closesOf(panel, symbol),
    })),
  );
}

/** Surfaces of `options_surface_summary_*` before an instant, by coin and time. */
export function recordedSurfaces(
  data: DataFolders,
  untilMs: number,
): ReadonlyMap<string, readonly ObservedSurface[]> {
  const smiles = new Map<string, Map<number, QuotedSmile[]>>();
  const columns = ["ts_ms", "currency", "T", "forward", "index", "atm_iv"];
  for (const table of data.tables(surfaceTables)) {
    for (const row of data.rows(table, columns)) {
      const timeMs = row.number("ts_ms");
      if (timeMs >= untilMs) continue;
      const vols = ["atm_iv", "c25_iv", "p25_iv", "c10_iv", "p10_iv"].map((name) => row.optionalNumber(name));
      const [atmVol, call25Vol, put25Vol, call10Vol, put10Vol] = vols;
      if (!atmVol || !call25Vol || !put25Vol || !call10Vol || !put10Vol) continue;
      const coin = row.text("currency");
      const byTime = smiles.get(coin) ?? new Map<number, QuotedSmile[]>();
      smiles.set(coin, byTime);
      const list = byTime.get(timeMs) ?? [];
      byTime.set(timeMs, list);
      list.push({
        expiryYears: row.number("T"),
        forward: row.number("forward"),
        indexUsd: row.number("index"),
        atmVol,
        call25Vol,
        put25Vol,
        call10Vol,
        put10Vol,
      });
    }
  }
  return new Map(
    [...smiles].map(([coin, byTime]) => [
      coin,
      [...byTime]
        .sort(([a], [b]) => a - b)
        .flatMap(([timeMs, list]) => {
          const state = stateOf(list);
          return state ? [{ timeMs, indexUsd: list[0]!.indexUsd, state }] : [];
        }),
    ]),
  );
}

/** Books of options on simulated surfaces about recorded prices and the recorded volatility index, a day or two at a time. */
export const simulatedTrack: LaboratoryTrack = {
  id: "simulated-options",
  parts: 8,
  tables: optionHistoryTables,
  books: () => optionBooks("simulated-options"),
  *fill(context, part, models, into, firstBook) {
    const { panel, histories, days, windows } = prepare(context);
    const own = partOf(windows, part);
    const opens = Map.groupBy(own, ({ startMs }) => startMs);
    const closes = new Set(own.map(({ endMs }) => endMs));
    const open = new OptionWindows(into, (underlying, expiryMs) => {
      const price = closeAt(panel, underlying, Math.round(expiryMs / hourMs) * hourMs);
      return price > 0 ? price : undefined;
    });
    const books = optionBooks("simulated-options");
    for (const timeMs of [...new Set([...opens.keys(), ...closes])].sort((a, b) => a - b)) {
      const day = days.get(timeMs);
      if (!day) continue;
      const coins = optionCoins.map((symbol) => ({
        symbol,
        spotUsd: closeAt(panel, symbol, timeMs),
        state: day.states.get(symbol)!,
      }));
      if (closes.has(timeMs))
        open.close(simulatedMarket({ asOfMs: timeMs, coins, held: heldOptions(open.held), listed: false }));
      const due = opens.get(timeMs) ?? [];
      if (due.length > 0) {
        const market = simulatedMarket({ asOfMs: timeMs, coins });
        const without = Math.floor(timeMs / dayMs) % slowEvery === 0 ? new Set<string>() : slowModels;
        open.open(market, due, openBooks({ market, books, firstBook, histories, without }, models));
      }
      yield timeMs;
    }
  },
};

const heldOptions = (held: ReadonlyMap<string, Market>): readonly Option[] =>
  [...held].flatMap(([id, market]) => {
    const instrument = market.instruments.get(id);
    return instrument?.kind === "option" ? [instrument] : [];
  });
