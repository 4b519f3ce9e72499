import { join } from "node:path";
import { exp, log, randomStream } from "../../numerics/index.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { type FeedNote } from "../feeds/index.ts";
import { priceSeries, type Series } from "../feeds/replay/price-series.ts";
import { readTextFile } from "../feeds/replay/read-file.ts";
import { findSources, type FoundSources, type FoundTable } from "../population/find-sources.ts";
import { dailyDeviation, drawPath, type Grid } from "./paths.ts";
import { drawPeople, interestOf, type Person } from "./people.ts";
import { bridge, margins, market, stepMs } from "./plan.ts";
import { volumeFactors } from "./volumes.ts";

export interface SceneOptions {
  readonly folder: string;
  readonly fromMs: number;
  /** Included. */
  readonly toMs: number;
  readonly traders: number;
  readonly coins: number;
  readonly seed: number;
}

/** A coin of the venue: its price where nobody is forced to trade, and the market around it at a depth of one. */
export interface SceneCoin {
  readonly name: string;
  readonly table: FoundTable;
  readonly path: Float64Array;
  /** Deviation of a day's return. */
  readonly deviation: number;
  /** What the venue's market trades a day, USD. */
  readonly volumeUsd: number;
  /** Of its usual depth, per {@link depthEveryMs}. */
  readonly depthFactors: Float64Array;
  /** Of its usual volume, as recorded, at the same instants. */
  readonly volumeFactors: Float64Array;
  readonly initialMarginPpm: number;
  readonly maintenanceMarginPpm: number;
}

/** All that the methods of one run share. */
export interface Scene {
  readonly options: SceneOptions;
  readonly found: FoundSources;
  readonly grid: Grid;
  readonly coins: readonly SceneCoin[];
  /** USDC in USD; none where no table prices it: at par. */
  readonly dollar: Float64Array | undefined;
  readonly people: readonly Person[];
  /** Open interest that they aim at, USD. */
  readonly interestUsd: number;
  readonly notes: readonly FeedNote[];
}

const majors = new Set(["BTC", "ETH"]);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const leastDepeg = 0.01;
export const depthEveryMs = 600_000;

/**
 * Reads a window of recorded prices, draws a path on it and a population for it. The same files, span and seed give the same.
 *
 * @throws {PlimsollError} `PLM_FILE`, `PLM_FEED`, `PLM_LIMIT` for the folder and its tables.
 */
export async function readScene(options: SceneOptions): Promise<Scene> {
  const { folder, fromMs, toMs, seed } = options;
  const found = await findSources(folder, { fromMs, toMs, coins: options.coins });
  const grid: Grid = {
    fromMs,
    stepMs: stepMs.busy,
    count: Math.floor((toMs - fromMs) / stepMs.busy) + 1,
  };
  const shared = new Float64Array(grid.count);
  const common = randomStream(seed);
  for (let k = 0; k < grid.count; k++) shared[k] = common.nextNormal();
  const notes: FeedNote[] = [];
  const drawn: Omit<SceneCoin, "volumeUsd">[] = [];
  const tables = found.used.filter(({ role }) => role === "spot" || role === "perpetual");
  for (const table of tables) {
    // A finer spot table is the index, beside which a perpetual's is not used.
    if (drawn.some(({ name }) => name === table.coin)) continue;
    const { series, factorAt } = await seriesOf(options, table, notes);
    const random = randomStream(seed + 1_000 * (drawn.length + 1));
    const path = drawPath(series, grid, shared, random, bridge);
    const deviation = dailyDeviation(series, fromMs, toMs);
    const { initialMarginPpm, maintenanceMarginPpm } = majors.has(table.coin) ? margins.major : margins.other;
    drawn.push({
      name: table.coin,
      table,
      path,
      deviation,
      depthFactors: depthFactorsOf(path, grid, deviation),
      volumeFactors: sampled(factorAt, grid),
      initialMarginPpm,
      maintenanceMarginPpm,
    });
  }
  if (drawn.length === 0) throw noCoins(folder);
  // The most traded first.
  drawn.sort(
    (a, b) =>
      Number(majors.has(b.name)) - Number(majors.has(a.name)) ||
      b.table.volumeUsd - a.table.volumeUsd ||
      (a.name < b.name ? -1 : 1),
  );
  const dollarTable = found.used.find(({ role, coin }) => role === "asset" && coin === "USDC");
  const dollarSeries =
    dollarTable === undefined ? undefined : (await seriesOf(options, dollarTable, notes)).series;
  const dollar =
    dollarSeries === undefined || !isDollarRecorded(dollarSeries, fromMs, toMs)
      ? undefined
      : drawPath(dollarSeries, grid, shared, randomStream(seed + 999), { ...bridge, correlation: 0 });
  const traded = drawn.map(({ name, initialMarginPpm }) => ({
    name,
    initialMarginPpm,
    isCollateral: majors.has(name),
  }));
  const people = drawPeople(
    randomStream(seed + 1_000_000),
    options.traders,
    traded,
    hourMs / Math.max(2 * hourMs, toMs - fromMs),
  );
  const interest = interestOf(people);
  const coins = drawn.map((coin) => ({
    ...coin,
    volumeUsd: Math.max(1, interest.get(coin.name) ?? 0) / market.interestPerVolume,
  }));
  const interestUsd = [...interest.values()].reduce((sum, usd) => sum + usd, 0);
  return { options, found, grid, coins, dollar, people, interestUsd, notes };
}

/**
 * Is USDC away from par in a way that could be traded? Of bars as long as a day only their closes say so: their extremes are those of a composite of thin
 * markets.
 */
function isDollarRecorded({ times, values, grainMs }: Series, fromMs: number, toMs: number): boolean {
  if (grainMs < dayMs) return true;
  return times.some(
    (timeMs, i) =>
      timeMs >= fromMs && timeMs <= toMs && (timeMs + 1) % grainMs === 0 && values[i]! < 1 - leastDepeg,
  );
}

async function seriesOf(
  { folder, fromMs, toMs }: SceneOptions,
  table: FoundTable,
  notes: FeedNote[],
): Promise<{ readonly series: Series; readonly factorAt: (timeMs: number) => number }> {
  const { column, symbol } = table.selection;
  const selection = {
    ...(column === undefined ? {} : { column }),
    ...(symbol === undefined ? {} : { where: { column: "symbol", value: symbol } }),
  };
  const file = await readTextFile(join(folder, table.file));
  const series = priceSeries(file, selection, (note) => {
    if (notes.length < 100) notes.push(note);
  });
  return { series, factorAt: volumeFactors(file, selection, fromMs, toMs) };
}

function sampled(factorAt: (timeMs: number) => number, { fromMs, stepMs: every, count }: Grid): Float64Array {
  const factors = new Float64Array(Math.ceil((count * every) / depthEveryMs));
  return factors.map((_, i) => factorAt(fromMs + i * depthEveryMs));
}

/** How deep the market is beside its usual depth: less after six hours of a wide range. */
function depthFactorsOf(path: Float64Array, { stepMs: every }: Grid, deviation: number): Float64Array {
  const stride = Math.max(1, Math.round(depthEveryMs / every));
  const back = Math.round((6 * hourMs) / every);
  const usual = deviation * Math.sqrt(6 / 24) * 1.6;
  const factors = new Float64Array(Math.ceil(path.length / stride));
  for (let i = 0; i < factors.length; i++) {
    let [low, high] = [Infinity, 0];
    for (let k = Math.max(0, i * stride - back); k <= i * stride; k += 6) {
      low = Math.min(low, path[k]!);
      high = Math.max(high, path[k]!);
    }
    const ratio = Math.max(1, log(high / low) / usual);
    factors[i] = exp(market.depthRangeExponent * log(ratio));
  }
  return factors;
}

function noCoins(folder: string): PlimsollError {
  return new PlimsollError("PLM_FEED", {
    field: "data",
    value: folder,
    limit: "a table of a coin's prices in the window",
    remedy: "Choose another window; docs/feeds.md gives the formats.",
  });
}
