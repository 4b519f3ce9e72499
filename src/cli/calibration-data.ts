import { type Dirent, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { factorKey, type FactorSeries, type History } from "../market/index.ts";
import { type CsvRow, readCsv } from "../market/readers/csv.ts";
import { listSnapshots, optionChainRows, type OptionChainRow } from "../market/readers/option-chain-csv.ts";
import { marketFromOptionChain } from "../market/readers/option-chain-market.ts";
import { fitSurface } from "../pricing/index.ts";
import { PlimsollError } from "../quantity/index.ts";
import {
  type CalibrationData,
  type LiquidityObservation,
  type PegSeries,
  type SmileObservation,
  type VolObservation,
} from "../risk/index.ts";
import { formatInstant } from "./output/format.ts";
import { startProgress } from "./output/progress.ts";
import { readText } from "./input/read-file.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export interface CalibrationRequest {
  /** Folder of the files that docs/calibration.md lists. */
  readonly folder: string;
  /** Nor prices before this one: the thin books of first listings. */
  readonly pricesFromMs: number;
  /** Prices at or after this instant are not looked at. */
  readonly pricesUntilMs: number;
  /** Option chains at or after this instant are not looked at. */
  readonly chainsUntilMs: number;
}

async function rowsOf(folder: string, name: string, required: readonly string[]): Promise<CsvRow[]> {
  const path = [join(folder, `${name}.csv.gz`), join(folder, `${name}.csv`)].find((candidate) =>
    existsSync(candidate),
  );
  if (path === undefined) return [];
  return [...readCsv(await readText(path), { name, required }).rows];
}

/** What a folder holds, in order of name; nothing when it does not exist. */
function entriesOf(folder: string): readonly Dirent[] {
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw new PlimsollError("PLM_FILE", {
      field: "data",
      value: folder,
      limit: "a folder that can be read",
      remedy: `docs/calibration.md lists the files. The system says: ${cause instanceof Error ? cause.message : String(cause)}.`,
    });
  }
}

/** `SYMBOLUSDT.csv(.gz)` files of the subfolders whose names start with `prefix`, in order of name. */
function pairFiles(folder: string, prefix: string): { symbol: string; name: string }[] {
  return entriesOf(folder)
    .filter(
      (entry) =>
        entry.isDirectory() && entry.name.startsWith(prefix) && !entry.name.includes("cross_section"),
    )
    .flatMap((entry) =>
      entriesOf(join(folder, entry.name)).flatMap(({ name: file }) => {
        const symbol = /^([A-Z0-9]+)USDT\.csv(?:\.gz)?$/.exec(file)?.[1];
        return symbol === undefined
          ? []
          : [{ symbol, name: join(entry.name, file.replace(/\.csv(\.gz)?$/, "")) }];
      }),
    );
}

interface HourlySeries {
  readonly closes: Map<number, number>;
  readonly volumesUsd: Map<number, number>;
}

/** Hourly closes by the instant at which they were known; spot first, perpetuals where spot has ended. */
async function hourlySpots(request: CalibrationRequest): Promise<Map<string, HourlySeries>> {
  const all = new Map<string, HourlySeries>();
  for (const prefix of ["spot_1h", "perp_1h"]) {
    for (const { symbol, name } of pairFiles(request.folder, prefix)) {
      const series = all.get(symbol) ?? {
        closes: new Map<number, number>(),
        volumesUsd: new Map<number, number>(),
      };
      all.set(symbol, series);
      for (const row of await rowsOf(request.folder, name, ["ts_ms", "close"])) {
        const knownMs = row.number("ts_ms") + hourMs;
        if (knownMs < request.pricesFromMs || knownMs >= request.pricesUntilMs || series.closes.has(knownMs))
          continue;
        const close = row.number("close");
        series.closes.set(knownMs, close);
        const volume = row.optionalNumber("volume");
        if (volume !== undefined) series.volumesUsd.set(knownMs, volume * close);
      }
    }
  }
  return all;
}

function historyOf(all: ReadonlyMap<string, HourlySeries>): History {
  const times = [...all.values()].flatMap(({ closes }) => {
    const own = [...closes.keys()];
    return own.length > 0 ? [own.reduce((a, b) => Math.min(a, b)), own.reduce((a, b) => Math.max(a, b))] : [];
  });
  const startMs = Math.min(...times);
  const length = Math.round((Math.max(...times) - startMs) / hourMs) + 1;
  const series = new Map<string, FactorSeries>();
  for (const [symbol, { closes }] of all) {
    const values = new Float64Array(length).fill(Number.NaN);
    for (const [timeMs, close] of closes) values[Math.round((timeMs - startMs) / hourMs)] = close;
    series.set(factorKey("spot", symbol), { factor: "spot", of: symbol, values });
  }
  return { source: "hourly closes", synthetic: false, startMs, intervalMs: hourMs, length, series };
}

async function dailyVols(
  request: CalibrationRequest,
  spots: ReadonlyMap<string, HourlySeries>,
): Promise<VolObservation[][]> {
  const rows = await rowsOf(request.folder, "dvol_daily_2022_2026", ["ts_ms", "btc_dvol", "eth_dvol"]);
  return [["BTC", "btc_dvol"] as const, ["ETH", "eth_dvol"] as const].map(([symbol, column]) =>
    rows.flatMap((row): VolObservation[] => {
      // A daily close is known when its day ends.
      const timeMs = row.number("ts_ms") + dayMs;
      const points = row.optionalNumber(column);
      const spotUsd = spots.get(symbol)?.closes.get(timeMs);
      if (points === undefined || spotUsd === undefined || timeMs >= request.pricesUntilMs) return [];
      return [{ timeMs, spotUsd, vol30: points / 100 }];
    }),
  );
}

/** Snapshots closer together than this are thinned out: the estimators look at daily changes. */
const snapshotDistanceMs = 20 * hourMs;

interface ChainFindings {
  readonly smiles: SmileObservation[];
  /** Half bid–ask spreads of options with a delta from 0.1 to 0.9, in volatility, by underlying. */
  readonly halfSpreadVols: Map<string, number[]>;
}

function observeSpreads(rows: readonly OptionChainRow[], into: Map<string, number[]>): void {
  for (const { currency, bid, ask, indexUsd, vega, delta } of rows) {
    if (bid === undefined || ask === undefined || vega === undefined || delta === undefined || vega <= 0)
      continue;
    if (Math.abs(delta) < 0.1 || Math.abs(delta) > 0.9) continue;
    const list = into.get(currency) ?? [];
    into.set(currency, list);
    list.push((((ask - bid) / 2) * indexUsd) / vega / 100);
  }
}

async function chainFindings(request: CalibrationRequest): Promise<ChainFindings> {
  const folder = join(request.folder, "options_chain_deribit");
  const monthly = entriesOf(folder)
    .filter(({ name }) => /\.csv(\.gz)?$/.test(name))
    .map(({ name }) => join(folder, name));
  const files = [join(request.folder, "options_chain_deribit_2024.csv.gz"), ...monthly].filter((path) =>
    existsSync(path),
  );
  const findings: ChainFindings = { smiles: [], halfSpreadVols: new Map() };
  const progress = startProgress("fitting option chains", files.length);
  let lastMs = -Infinity;
  for (const [at, path] of files.entries()) {
    const rows = [...optionChainRows(await readText(path), { name: path })];
    const groups = Map.groupBy(rows, ({ snapshot }) => snapshot);
    for (const { snapshot, fromMs, toMs } of listSnapshots(rows)) {
      if (toMs >= request.chainsUntilMs || fromMs - lastMs < snapshotDistanceMs) continue;
      lastMs = fromMs;
      const group = groups.get(snapshot) ?? [];
      observeSpreads(group, findings.halfSpreadVols);
      const { market } = marketFromOptionChain(group, { snapshot });
      for (const [underlying, { expiries }] of fitSurface(market)) {
        const indexUsd = market.underlyings.get(underlying)?.indexUsd ?? 0;
        for (const {
          expiryMs,
          expiryYears,
          forward,
          atmVol,
          riskReversal25,
          butterfly25,
          identified,
        } of expiries) {
          const [put25Vol, call25Vol] = [
            atmVol + butterfly25 - riskReversal25 / 2,
            atmVol + butterfly25 + riskReversal25 / 2,
          ];
          if (!identified || !(put25Vol > 0) || !(call25Vol > 0)) continue;
          findings.smiles.push({
            timeMs: market.asOfMs,
            underlying,
            expiryMs,
            expiryYears,
            indexUsd,
            forward,
            atmVol,
            put25Vol,
            call25Vol,
          });
        }
      }
      progress.show(at, formatInstant(fromMs));
    }
  }
  progress.end();
  return findings;
}

const stakedColumns = [["stETH", "steth_eth"]] as const;
const pegWindowDays = 180;

async function pegSeries(request: CalibrationRequest): Promise<PegSeries[]> {
  const before = (row: CsvRow, spanMs: number): boolean =>
    row.number("ts_ms") + spanMs < request.pricesUntilMs;
  const staked = await rowsOf(request.folder, "lst_wrapped_daily_2019_2025", ["ts_ms"]);
  const series = stakedColumns.map(([asset, column]): PegSeries => ({
    asset,
    kind: "staked",
    window: pegWindowDays,
    ratios: staked
      .flatMap((row) => (before(row, dayMs) ? [row.optionalNumber(column) ?? Number.NaN] : []))
      .filter((ratio) => ratio > 0),
  }));
  for (const symbol of ["USDC", "USDP", "TUSD", "BUSD"]) {
    const rows = await rowsOf(request.folder, join("stablecoin_1h_2021_2023", `${symbol}USDT`), [
      "ts_ms",
      "close",
    ]);
    const ratios = rows.flatMap((row) => (before(row, hourMs) ? [row.number("close")] : []));
    series.push({ asset: symbol, kind: "stablecoin", window: pegWindowDays * 24, ratios });
  }
  const daily = await rowsOf(request.folder, "stablecoin_daily_2017_2025", ["symbol", "ts_ms", "close"]);
  for (const symbol of ["USDT", "USDC", "DAI", "USDP"]) {
    const own = daily.filter(
      (row) => row.text("symbol") === symbol && before(row, dayMs) && row.number("ts_ms") >= stableSinceMs,
    );
    series.push({
      asset: `${symbol} daily`,
      kind: "stablecoin",
      window: pegWindowDays,
      ratios: own.map((row) => row.number("close")),
    });
  }
  return series.filter(({ ratios }) => ratios.length > 0);
}

/** Stablecoins' prices before 2020 are of thin composites. */
const stableSinceMs: number = Date.UTC(2020, 0, 1);
const volumeDays = 180;

async function liquidity(
  request: CalibrationRequest,
  spots: ReadonlyMap<string, HourlySeries>,
  chains: ChainFindings,
): Promise<LiquidityObservation[]> {
  const books = (
    await rowsOf(request.folder, "hyperliquid_depth_6h_2024_2025", [
      "symbol",
      "ts_ms",
      "spread_bps",
      "depth_50bps_usd",
    ])
  ).filter((row) => row.number("ts_ms") < request.pricesUntilMs);
  return [...spots].map(([symbol, { volumesUsd }]): LiquidityObservation => {
    const days = new Map<number, number>();
    for (const [timeMs, usd] of volumesUsd) {
      if (timeMs < request.pricesUntilMs - volumeDays * dayMs) continue;
      const day = Math.floor((timeMs - hourMs) / dayMs);
      days.set(day, (days.get(day) ?? 0) + usd);
    }
    const own = books.filter((row) => row.text("symbol") === symbol);
    return {
      symbol,
      spreads: own.flatMap((row) => {
        const bps = row.optionalNumber("spread_bps");
        return bps === undefined ? [] : [bps / 10_000];
      }),
      depthsUsd: own.flatMap((row) => row.optionalNumber("depth_50bps_usd") ?? []),
      dailyVolumesUsd: [...days.values()],
      optionHalfSpreadVols: chains.halfSpreadVols.get(symbol) ?? [],
    };
  });
}

/** Reads everything that a calibration looks at from a folder, nothing of it later than the request allows. */
export async function readCalibrationData(request: CalibrationRequest): Promise<CalibrationData> {
  const spots = await hourlySpots(request);
  if ([...spots.values()].every(({ closes }) => closes.size === 0)) {
    throw new PlimsollError("PLM_DATA_GAP", {
      field: "data",
      value: request.folder,
      limit:
        "a folder with spot_1h* or perp_1h* subfolders of SYMBOLUSDT.csv files, with rows between the dates",
      remedy: "docs/calibration.md lists the files and the options for the dates.",
    });
  }
  const chains = await chainFindings(request);
  const until = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const prices = until(request.pricesUntilMs);
  return {
    spots: historyOf(spots),
    dailyVols: await dailyVols(request, spots),
    smiles: chains.smiles,
    pegs: await pegSeries(request),
    liquidity: await liquidity(request, spots, chains),
    spanText: {
      prices: `Binance hourly spot to 2023-12 and perpetuals from 2023, ${until(request.pricesFromMs)} to ${prices}`,
      chains: `Deribit option chains before ${until(request.chainsUntilMs)}, DVOL from 2022-11 before ${prices}`,
      pegs: `Binance hourly and composite daily stablecoin prices, composite daily stETH/ETH, before ${prices}`,
      liquidity: `Hyperliquid depth 2024 and Binance perpetual volume before ${prices}; option spreads of Deribit chains before ${until(request.chainsUntilMs)}`,
    },
  };
}
