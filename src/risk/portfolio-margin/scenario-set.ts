import { type AssetState, type History } from "../../market/index.ts";
import {
  type AssetRiskParameters,
  type MarginParameters,
  type RiskClassParameters,
  riskClassOf,
} from "../parameters/margin-parameters.ts";
import { historicalScenarios, type HistoricalScenarios } from "../scenarios/historical.ts";
import { type JointScenario } from "../scenarios/move.ts";
import {
  assetRiskOf,
  centreColumns,
  extremeColumns,
  jointStressScenarios,
  measuredPart,
  measuredPeg,
  measuredRisk,
  reachableColumns,
  stressGrid,
  type StressGrid,
} from "../scenarios/stress.ts";
import { pegRatios, type ShockTable, shockTable } from "./shock-table.ts";

/** How one underlying may move. */
export interface UnderlyingScenarios {
  readonly symbol: string;
  readonly risk: RiskClassParameters;
  readonly grid: StressGrid;
  /** How much of `stress.measured` counts for it, 0 to 1: below 1 its past is too short to tell how it follows the market. */
  readonly measured: number;
  /** Columns where it is when it follows each of the market's moves by its beta. */
  readonly centres: readonly (readonly number[])[];
  /** Columns of its grid that each of the market's moves reaches, equation (10). */
  readonly reachable: readonly (readonly number[])[];
  /** Columns of extreme falls, of extreme rises, and of both. */
  readonly extremes: {
    readonly fall: readonly number[];
    readonly rise: readonly number[];
    readonly all: readonly number[];
    /** The mildest of each direction, if there is one. */
    readonly mildestFall?: number;
    readonly mildestRise?: number;
  };
  /** All columns as one expiry feels them. */
  shocksOf(expiryYears: number): ShockTable;
}

/** Every scenario of one instant. Knows underlyings, assets and parameters, but no price. */
export interface ScenarioSet {
  /** In the order asked. */
  readonly underlyings: readonly UnderlyingScenarios[];
  /** Historical scenarios, then stress. */
  readonly joint: readonly JointScenario[];
  readonly historicalCount: number;
  readonly historicalWeights: Float64Array;
  readonly history?: HistoricalScenarios;
  /** Peg and custody risk of an asset, its peg as its past has it. */
  pegRiskOf(asset: AssetState): AssetRiskParameters;
  /** Price of an asset in each joint scenario over its price now, as far as its peg moves it. */
  pegRatiosOf(asset: string): Float64Array;
}

export interface ScenarioSetInput {
  readonly parameters: MarginParameters;
  readonly history?: History;
  readonly asOfMs: number;
  readonly symbols: readonly string[];
  readonly assets: readonly AssetState[];
}

function remembered<K, V>(
  map: { get(key: K): V | undefined; set(key: K, value: V): unknown },
  key: K,
  make: () => V,
): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

type SetsByKey = Map<string, ScenarioSet>;
const withHistory = new WeakMap<MarginParameters, WeakMap<History, SetsByKey>>();
const withoutHistory = new WeakMap<MarginParameters, SetsByKey>();
/** Instants kept for one history and parameter document. */
const keptSets = 8;

/**
 * The scenarios of an instant. Remembered, because solvers shock one market again and again: the prices change, the
 * scenarios don't.
 */
export function scenarioSet(input: ScenarioSetInput): ScenarioSet {
  const { parameters, history } = input;
  const sets = history
    ? remembered(
        remembered(withHistory, parameters, () => new WeakMap<History, SetsByKey>()),
        history,
        (): SetsByKey => new Map(),
      )
    : remembered(withoutHistory, parameters, (): SetsByKey => new Map());
  const key = JSON.stringify([
    input.asOfMs,
    input.symbols,
    input.assets.map(({ asset, kind }) => [asset, kind]),
  ]);
  if (!sets.has(key) && sets.size >= keptSets) sets.clear();
  return remembered(sets, key, () => makeScenarioSet(input));
}

function makeScenarioSet({ parameters, history, asOfMs, symbols, assets }: ScenarioSetInput): ScenarioSet {
  const past = history && historicalScenarios(history, { parameters, asOfMs, underlyings: symbols });
  const historical = past?.scenarios ?? [];
  const ownDays = (symbol: string): number => past?.spotDays.get(symbol) ?? 0;
  const risks = symbols.map((symbol) => ({
    symbol,
    risk: measuredRisk(parameters, riskClassOf(parameters, symbol), ownDays(symbol)),
  }));
  const pegRiskOf = (asset: AssetState): AssetRiskParameters =>
    measuredPeg(parameters, assetRiskOf(parameters, asset), past?.pegDays.get(asset.asset) ?? 0);
  const joint = [...historical, ...jointStressScenarios(parameters, risks, assets, pegRiskOf)];
  const underlyings = risks.map(({ symbol, risk }): UnderlyingScenarios => {
    const grid = stressGrid(parameters, risk);
    const tables = new Map<number, ShockTable>();
    return {
      symbol,
      risk,
      grid,
      measured: measuredPart(parameters, ownDays(symbol)),
      centres: parameters.stress.marketPoints.map((share) => centreColumns(grid, risk, share)),
      reachable: parameters.stress.marketPoints.map((share) => reachableColumns(grid, risk, share)),
      extremes: extremeColumns(grid),
      shocksOf: (expiryYears) =>
        remembered(tables, expiryYears, () => shockTable(symbol, expiryYears, risk, grid, joint)),
    };
  });
  const pegs = new Map<string, Float64Array>();
  return {
    underlyings,
    joint,
    historicalCount: historical.length,
    historicalWeights: Float64Array.from(historical, ({ weight }) => weight),
    ...(past ? { history: past } : {}),
    pegRiskOf,
    pegRatiosOf: (asset) => remembered(pegs, asset, () => pegRatios(asset, joint)),
  };
}
