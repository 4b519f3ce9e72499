import { type AssetState, type History, type Market } from "../../market/index.ts";
import {
  type MarginParameters,
  type RiskClassParameters,
  riskClassOf,
} from "../parameters/margin-parameters.ts";
import { historicalScenarios, type HistoricalScenarios } from "../scenarios/historical.ts";
import { type JointScenario } from "../scenarios/move.ts";
import {
  extremeColumns,
  jointStressScenarios,
  reachableColumns,
  stressGrid,
  type StressGrid,
} from "../scenarios/stress.ts";
import { assetRows, instrumentRows, type ItemRows, type RowContext } from "./item-rows.ts";
import { pegRatios, type ShockTable, shockTable } from "./shock-table.ts";

/** One underlying of a prepared market. */
export interface PreparedUnderlying {
  /** Its symbol; for an asset that moves on its own and has no underlying, the asset's name. */
  readonly symbol: string;
  readonly risk: RiskClassParameters;
  readonly grid: StressGrid;
  readonly confidence: number;
  readonly depth50bpsUsd: number;
  readonly dailyVolumeUsd: number;
  /** Columns of its grid that each of the market's moves reaches, equation (10). */
  readonly reachable: readonly (readonly number[])[];
  /** Columns of extreme falls, of extreme rises, and of both. */
  readonly extremes: {
    readonly fall: readonly number[];
    readonly rise: readonly number[];
    readonly all: readonly number[];
  };
}

/** A market made ready to margin any number of accounts: the scenario matrix, its rows computed when first asked for. */
export interface PreparedMarket {
  readonly market: Market;
  readonly parameters: MarginParameters;
  /** Sorted by symbol. */
  readonly underlyings: readonly PreparedUnderlying[];
  /** Columns of {@link ItemRows.joint}: historical scenarios, then stress. */
  readonly joint: readonly JointScenario[];
  readonly historicalCount: number;
  /** Weights of the historical scenarios. */
  readonly historicalWeights: Float64Array;
  readonly history?: HistoricalScenarios;
  /** Row of a known instrument; undefined for an unknown one. */
  instrumentRow(id: string): ItemRows | undefined;
  /** Row of a known asset; a coin that is only an underlying counts as an asset. */
  assetRow(id: string): ItemRows | undefined;
}

/** What {@link preparePortfolioMargin} works from. */
export interface PortfolioMarginInput {
  readonly market: Market;
  readonly parameters: MarginParameters;
  /** Past of the risk factors. Absent: no Expected Shortfall; the stress measures stand alone and a warning says so. */
  readonly history?: History;
}

/** Symbol of the underlying that moves an asset, if any moves it. */
function movingSymbol(asset: AssetState, market: Market): string | undefined {
  if (asset.kind === "fiat" || asset.kind === "stablecoin") return undefined;
  const symbol = asset.underlying ?? asset.asset;
  return market.underlyings.has(symbol) ? symbol : asset.asset;
}

/** The asset that a coin is when the market lists it only as an underlying. */
function coinAsset(id: string, market: Market): AssetState | undefined {
  const listed = market.assets.get(id);
  if (listed) return listed;
  const state = market.underlyings.get(id);
  return state
    ? { asset: id, kind: "major", priceUsd: state.indexUsd, confidence: state.confidence, underlying: id }
    : undefined;
}

const scenarioCache = new WeakMap<History, WeakMap<MarginParameters, Map<string, HistoricalScenarios>>>();

/** A solver that shocks one market again and again asks for the same instant: its scenarios are made once. */
function cachedScenarios(
  history: History,
  parameters: MarginParameters,
  asOfMs: number,
  underlyings: readonly string[],
): HistoricalScenarios {
  const byParameters =
    scenarioCache.get(history) ?? new WeakMap<MarginParameters, Map<string, HistoricalScenarios>>();
  scenarioCache.set(history, byParameters);
  const byInstant = byParameters.get(parameters) ?? new Map<string, HistoricalScenarios>();
  byParameters.set(parameters, byInstant);
  const key = JSON.stringify([asOfMs, underlyings]);
  const known = byInstant.get(key);
  if (known) return known;
  const made = historicalScenarios(history, { parameters, asOfMs, underlyings });
  if (byInstant.size >= 8) byInstant.clear();
  byInstant.set(key, made);
  return made;
}

function remembered<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** Makes a market ready: builds the scenarios, and the matrix rows as they are asked for. */
export function prepareMarket({ market, parameters, history }: PortfolioMarginInput): PreparedMarket {
  const symbols = new Set<string>(market.underlyings.keys());
  for (const asset of market.assets.values()) {
    const symbol = movingSymbol(asset, market);
    if (symbol !== undefined) symbols.add(symbol);
  }
  const sorted = [...symbols].sort();
  const indexOf = new Map(sorted.map((symbol, index) => [symbol, index]));
  const underlyings = sorted.map((symbol): PreparedUnderlying => {
    const risk = riskClassOf(parameters, symbol);
    const state = market.underlyings.get(symbol);
    const grid = stressGrid(parameters, risk);
    return {
      symbol,
      risk,
      grid,
      reachable: parameters.stress.marketPoints.map((share) => reachableColumns(grid, risk, share)),
      extremes: extremeColumns(grid),
      confidence: state?.confidence ?? market.assets.get(symbol)?.confidence ?? 1,
      depth50bpsUsd: state?.depth50bpsUsd ?? risk.depth50bpsUsd,
      dailyVolumeUsd: state?.dailyVolumeUsd ?? risk.dailyVolumeUsd,
    };
  });
  const past = history && cachedScenarios(history, parameters, market.asOfMs, sorted);
  const historical = past?.scenarios ?? [];
  const assets = [...market.assets.values()].sort((a, b) => (a.asset < b.asset ? -1 : 1));
  const joint = [...historical, ...jointStressScenarios(parameters, sorted, assets)];
  const none: StressGrid = { columns: [], volOffsets: [], optionLength: 0 };
  const tables = new Map<number, Map<number, ShockTable>>();
  const pegs = new Map<string, Float64Array>();
  const context = (underlying: number): RowContext => {
    const risk = underlyings[underlying]?.risk ?? parameters.classes.default;
    const grid = underlyings[underlying]?.grid ?? none;
    return {
      market,
      parameters,
      joint,
      underlying,
      risk,
      grid,
      shocksOf: (expiryYears) => {
        const byExpiry = remembered(tables, underlying, () => new Map<number, ShockTable>());
        const symbol = underlyings[underlying]?.symbol ?? "";
        return remembered(byExpiry, expiryYears, () => shockTable(symbol, expiryYears, risk, grid, joint));
      },
      pegRatiosOf: (asset) => remembered(pegs, asset, () => pegRatios(asset, joint)),
    };
  };

  const instrumentCache = new Map<string, ItemRows>();
  const assetCache = new Map<string, ItemRows>();
  return {
    market,
    parameters,
    underlyings,
    joint,
    historicalCount: historical.length,
    historicalWeights: Float64Array.from(historical, ({ weight }) => weight),
    ...(past ? { history: past } : {}),
    instrumentRow(id) {
      const known = instrumentCache.get(id);
      if (known) return known;
      const instrument = market.instruments.get(id);
      if (!instrument) return undefined;
      const rows = instrumentRows(instrument, context(indexOf.get(instrument.underlying) ?? -1));
      instrumentCache.set(id, rows);
      return rows;
    },
    assetRow(id) {
      const known = assetCache.get(id);
      if (known) return known;
      const asset = coinAsset(id, market);
      if (!asset) return undefined;
      const symbol = movingSymbol(asset, market);
      const rows = assetRows(asset, symbol, context(symbol === undefined ? -1 : (indexOf.get(symbol) ?? -1)));
      assetCache.set(id, rows);
      return rows;
    },
  };
}
