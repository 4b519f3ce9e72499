import { PlimsollError } from "../../quantity/index.ts";
import { DataFolders } from "./data-files.ts";

export const hourMs: number = 3_600_000;
export const dayMs: number = 24 * hourMs;

/** Prices of one thing on a regular grid; a value is what was known at its instant: the close of the bar that ends there. */
export class PriceSeries {
  /** NaN where nothing was observed. */
  readonly values: Float64Array;
  /** The unbroken stretch that an instant belongs to, −1 where nothing was observed. */
  readonly #runs: Int32Array;

  /** @param bridgedSteps - steps without an observation that do not break a stretch: an exchange's outage. */
  constructor(values: Float64Array, bridgedSteps: number) {
    this.values = values;
    this.#runs = new Int32Array(values.length).fill(-1);
    let run = -1;
    let last = -Infinity;
    for (let index = 0; index < values.length; index++) {
      if (!(values[index]! > 0)) continue;
      if (index - last - 1 > bridgedSteps) run += 1;
      this.#runs[index] = run;
      last = index;
    }
  }

  /** The price at an instant; NaN when none was observed. */
  at(index: number): number {
    return this.values[index] ?? Number.NaN;
  }

  /** Were both instants observed, in one unbroken stretch? Only then is a change between them a change of price. */
  joins(from: number, to: number): boolean {
    const run = this.#runs[from] ?? -1;
    return run >= 0 && run === this.#runs[to];
  }
}

export type SeriesByName = ReadonlyMap<string, PriceSeries>;

/** Every price series of one step, on one grid. */
export interface Panel {
  /** First instant. */
  readonly startMs: number;
  readonly stepMs: number;
  readonly length: number;
  /** Coins on a spot market, USD or a dollar stablecoin. */
  readonly spot: SeriesByName;
  /** Linear perpetuals by coin. */
  readonly perpetual: SeriesByName;
  /** Coin-margined perpetuals by coin. */
  readonly inverse: SeriesByName;
  readonly stablecoin: SeriesByName;
  /** Staked tokens, USD. */
  readonly staked: SeriesByName;
}

/** What a folder of recorded prices holds. */
export interface Panels {
  readonly hourly: Panel;
  readonly daily: Panel;
  /** Kinds of table that were not found. */
  readonly missing: readonly string[];
}

type Kind = "spot" | "perpetual" | "inverse" | "stablecoin" | "staked";
type Bars = Map<string, Map<number, number>>;
type BarsByKind = Readonly<Record<Kind, Bars>>;

const noBars = (): BarsByKind => ({
  spot: new Map(),
  perpetual: new Map(),
  inverse: new Map(),
  stablecoin: new Map(),
  staked: new Map(),
});

/** Missing hours that are an outage of the exchange, over which a position is held; more is a gap. */
const bridgedHours = 6;
/** A series that comes back after this long at ten times its price, or a tenth, is of another coin under the same name. */
const renamedAfterMs = dayMs;
const renamedRatio = 10;

/** Symbol of a pair's file or row: `BTCUSDT`, `BTCUSD_PERP` → `BTC`; undefined for another form. */
export const baseOf = (pair: string): string | undefined => /^([A-Z0-9]+?)USDT?(?:_PERP)?$/.exec(pair)?.[1];

function barsOf(into: Bars, name: string): Map<number, number> {
  const known = into.get(name);
  if (known) return known;
  const made = new Map<number, number>();
  into.set(name, made);
  return made;
}

/** Parts a series where another coin took over its name: `LUNA`, then `LUNA-2`. */
export function partedByCoin(name: string, bars: ReadonlyMap<number, number>): Bars {
  const parts: Bars = new Map();
  let part = barsOf(parts, name);
  let last: readonly [timeMs: number, price: number] | undefined;
  for (const [timeMs, price] of [...bars].sort(([a], [b]) => a - b)) {
    if (last && timeMs - last[0] > renamedAfterMs) {
      const ratio = price / last[1];
      if (ratio > renamedRatio || ratio < 1 / renamedRatio) part = barsOf(parts, `${name}-${parts.size + 1}`);
    }
    part.set(timeMs, price);
    last = [timeMs, price];
  }
  return parts;
}

/** A daily print that leaves and comes back by more than this is a thin market's, not the token's. */
const spikeShare = 0.04;

/**
 * Takes out single days on which a token's price in its underlying is further than {@link spikeShare} from both the day before
 * and the day after, on the same side of both. The rule and its figure were fixed on prices before the out-of-sample span.
 */
export function removeSpikes(bars: Map<number, number>, underlying: ReadonlyMap<number, number>): void {
  const ratio = (timeMs: number): number =>
    (bars.get(timeMs) ?? Number.NaN) / (underlying.get(timeMs) ?? Number.NaN);
  const spikes = [...bars.keys()].filter((timeMs) => {
    const before = ratio(timeMs) / ratio(timeMs - dayMs) - 1;
    const after = ratio(timeMs) / ratio(timeMs + dayMs) - 1;
    return Math.min(before, after) > spikeShare || Math.max(before, after) < -spikeShare;
  });
  for (const timeMs of spikes) bars.delete(timeMs);
}

function panelOf(all: BarsByKind, stepMs: number, bridgedSteps: number): Panel {
  let startMs = Infinity;
  let endMs = -Infinity;
  const parted = Object.fromEntries(
    Object.entries(all).map(([kind, bars]) => [
      kind,
      new Map([...bars].flatMap(([name, own]) => [...partedByCoin(name, own)])),
    ]),
  );
  for (const bars of Object.values(parted)) {
    for (const own of bars.values()) {
      for (const timeMs of own.keys()) {
        startMs = Math.min(startMs, timeMs);
        endMs = Math.max(endMs, timeMs);
      }
    }
  }
  const length = endMs >= startMs ? Math.round((endMs - startMs) / stepMs) + 1 : 0;
  const series = (kind: Kind): SeriesByName => {
    const names = [...(parted[kind]?.keys() ?? [])].sort();
    return new Map(
      names.map((name) => {
        const values = new Float64Array(length).fill(Number.NaN);
        for (const [timeMs, price] of parted[kind]?.get(name) ?? [])
          values[Math.round((timeMs - startMs) / stepMs)] = price;
        return [name, new PriceSeries(values, bridgedSteps)];
      }),
    );
  };
  return {
    startMs: length > 0 ? startMs : 0,
    stepMs,
    length,
    spot: series("spot"),
    perpetual: series("perpetual"),
    inverse: series("inverse"),
    stablecoin: series("stablecoin"),
    staked: series("staked"),
  };
}

/** Tables of one pair each, in subfolders. */
const hourlyTables: readonly (readonly [prefix: string, kind: Kind])[] = [
  ["spot_1h_", "spot"],
  ["perp_1h_", "perpetual"],
  ["inverse_perp_1h_", "inverse"],
  ["stablecoin_1h_", "stablecoin"],
  ["lst_1h_", "staked"],
];

/** Columns of USD prices in the table of staked and wrapped tokens, by the token that each is of. */
const stakedColumns: readonly (readonly [column: string, token: string])[] = [
  ["steth_usd", "stETH"],
  ["wsteth_usd", "wstETH"],
  ["wbeth_usd", "WBETH"],
];

const isStablecoin = (symbol: string): boolean => /USD|^DAI$|^UST/.test(symbol);

/**
 * Reads every table of prices in the folders. Names of coins come from the files; where two tables have one bar, the first by
 * name counts.
 *
 * @throws {PlimsollError} `PLM_DATA_GAP` when there is no table of prices at all, else the first thing wrong with a table.
 */
export function readPanels(folders: readonly string[]): Panels {
  const data = new DataFolders(folders);
  const hourly = noBars();
  const daily = noBars();
  const missing: string[] = [];
  const put = (bars: Bars, name: string, timeMs: number, price: number | undefined): void => {
    if (price === undefined || !(price > 0)) return;
    const own = barsOf(bars, name);
    if (!own.has(timeMs)) own.set(timeMs, price);
  };

  for (const [prefix, kind] of hourlyTables) {
    const tables = data.tables(prefix);
    if (tables.length === 0) missing.push(prefix.replace(/_$/, ""));
    for (const table of tables) {
      const base = baseOf(table.stem);
      if (base !== undefined) {
        for (const row of data.rows(table, ["ts_ms", "close"]))
          put(hourly[kind], base, row.number("ts_ms") + hourMs, row.optionalNumber("close"));
        continue;
      }
      // One table of many pairs.
      for (const row of data.rows(table, ["symbol", "ts_ms", "close"])) {
        const symbol = baseOf(row.text("symbol"));
        if (symbol !== undefined)
          put(hourly[kind], symbol, row.number("ts_ms") + hourMs, row.optionalNumber("close"));
      }
    }
  }

  const dailyTables = (prefix: string, take: (timeMs: number, row: RowReader) => void): void => {
    const tables = data.tables(prefix);
    if (tables.length === 0) missing.push(prefix.replace(/_$/, ""));
    for (const table of tables) {
      for (const row of data.rows(table, ["ts_ms"])) take(row.number("ts_ms") + dayMs, row);
    }
  };
  // First, so that ether is priced by the table that prices what is staked.
  dailyTables("lst_wrapped_daily_", (timeMs, row) => {
    put(daily.spot, "ETH", timeMs, row.optionalNumber("eth_usd"));
    for (const [column, token] of stakedColumns) put(daily.staked, token, timeMs, row.optionalNumber(column));
  });
  for (const bars of daily.staked.values()) removeSpikes(bars, daily.spot.get("ETH") ?? new Map());
  dailyTables("daily_ohlcv_", (timeMs, row) => {
    const symbol = row.text("symbol");
    put(isStablecoin(symbol) ? daily.stablecoin : daily.spot, symbol, timeMs, row.optionalNumber("close"));
  });
  dailyTables("perp_daily_cross_section_", (timeMs, row) => {
    const symbol = baseOf(row.text("symbol"));
    if (symbol !== undefined) put(daily.perpetual, symbol, timeMs, row.optionalNumber("close"));
  });
  dailyTables("stablecoin_daily_", (timeMs, row) => {
    const symbol = row.text("symbol");
    if (isStablecoin(symbol)) put(daily.stablecoin, symbol, timeMs, row.optionalNumber("close"));
  });
  const panels: Panels = {
    hourly: panelOf(hourly, hourMs, bridgedHours),
    daily: panelOf(daily, dayMs, 0),
    missing,
  };
  if (panels.hourly.length + panels.daily.length > 0) return panels;
  throw new PlimsollError("PLM_DATA_GAP", {
    field: "--data",
    value: folders.join(", "),
    limit: `at least one table of prices: ${hourlyTables.map(([prefix]) => `${prefix}*/BTCUSDT.csv.gz`).join(", ")}`,
    remedy: "docs/laboratory.md lists the tables that the folder may hold.",
  });
}

interface RowReader {
  text(column: string): string;
  optionalNumber(column: string): number | undefined;
}

/** The step of a panel's grid at an instant; −1 when the instant is off the grid. */
export function stepAt(panel: Panel, timeMs: number): number {
  const step = (timeMs - panel.startMs) / panel.stepMs;
  return Number.isInteger(step) && step >= 0 && step < panel.length ? step : -1;
}

/** The instant of a step. */
export const timeAt = (panel: Panel, step: number): number => panel.startMs + step * panel.stepMs;
