import { buildHistory, type History } from "../../market/index.ts";
import { type DataFolders } from "./data-files.ts";
import { indexSeries } from "./delta-one.ts";
import { dayMs, hourMs, type Panel, timeAt } from "./panels.ts";

const volIndexTables = "dvol_daily_";
/** How the names of the tables start that hold recorded surfaces, expiry by expiry. */
export const surfaceTables = "options_surface_summary_";
/** How the names of the tables start that histories are made of, beside prices. */
export const optionHistoryTables: readonly string[] = [volIndexTables, surfaceTables];

/** Coins that have options. */
export const optionCoins: readonly string[] = ["BTC", "ETH"];
const coarseMs = 6 * hourMs;
/** Older than this, an hourly history is not that of a running exchange. */
const freshMs = 3 * hourMs;

/** Histories for a walk over options; a model looks at nothing later than its market. */
export interface OptionHistories {
  /** The finest that was still fed at an instant: hourly closes; else six-hourly, from closes and the indices of chains. */
  at(timeMs: number): History;
}

/** A daily volatility index, in points; a close is known when its day ends. */
export interface VolIndex {
  readonly timeMs: number;
  /** By coin, annual fraction. */
  readonly vols: ReadonlyMap<string, number>;
}

/** Rows of `dvol_daily_*`, by time. */
export function readVolIndex(data: DataFolders): readonly VolIndex[] {
  const found: VolIndex[] = [];
  for (const table of data.tables(volIndexTables)) {
    for (const row of data.rows(table, ["ts_ms"])) {
      const vols = new Map<string, number>();
      for (const coin of optionCoins) {
        const points = row.optionalNumber(`${coin.toLowerCase()}_dvol`);
        if (points !== undefined && points > 0) vols.set(coin, points / 100);
      }
      found.push({ timeMs: row.number("ts_ms") + dayMs, vols });
    }
  }
  return found.sort((a, b) => a.timeMs - b.timeMs);
}

/** Prices by hour with the volatility index, and beside them a coarser one that recorded chains carry on. */
export function optionHistories(data: DataFolders, hourly: Panel): OptionHistories {
  const fine = buildHistory({ intervalMs: hourMs, source: "hourly closes" });
  const coarse = buildHistory({ intervalMs: coarseMs, source: "hourly closes and option chains' indices" });
  const lastMs = new Map<string, number>();
  for (const coin of optionCoins) {
    const closes = indexSeries(hourly, coin);
    for (let step = 0; step < closes.length; step++) {
      const price = closes[step]!;
      if (!(price > 0)) continue;
      const timeMs = timeAt(hourly, step);
      fine.observe("spot", coin, timeMs, price);
      coarse.observe("spot", coin, timeMs, price);
      lastMs.set(coin, timeMs);
    }
  }
  for (const { timeMs, vols } of readVolIndex(data)) {
    for (const [coin, vol] of vols) {
      fine.observe("vol", coin, timeMs, vol);
      coarse.observe("vol", coin, timeMs, vol);
    }
  }
  for (const table of data.tables(surfaceTables)) {
    for (const row of data.rows(table, ["ts_ms", "currency", "index"])) {
      const coin = row.text("currency");
      const timeMs = row.number("ts_ms");
      // Where bars were recorded, they are the one source.
      if (optionCoins.includes(coin) && timeMs > (lastMs.get(coin) ?? -Infinity))
        coarse.observe("spot", coin, timeMs, row.number("index"));
    }
  }
  const [hourlyHistory, coarseHistory] = [fine.build().history, coarse.build().history];
  const fedUntilMs = Math.min(...optionCoins.map((coin) => lastMs.get(coin) ?? -Infinity));
  return { at: (timeMs) => (timeMs <= fedUntilMs + freshMs ? hourlyHistory : coarseHistory) };
}
