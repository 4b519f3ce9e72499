import {
  type AssetState,
  type History,
  type Instrument,
  type Market,
  type Quote,
  type UnderlyingState,
} from "../../market/index.ts";
import { type AssetRiskParameters, type MarginParameters } from "../parameters/margin-parameters.ts";
import { type HistoricalScenarios } from "../scenarios/historical.ts";
import { type JointScenario } from "../scenarios/move.ts";
import { assetRows, instrumentRows, type ItemRows, type RowContext } from "./item-rows.ts";
import { type ScenarioSet, scenarioSet, type UnderlyingScenarios } from "./scenario-set.ts";

/** One underlying of a prepared market. */
export interface PreparedUnderlying extends UnderlyingScenarios {
  /** Trust in its index, 0 to 1. */
  readonly confidence: number;
  readonly depth50bpsUsd: number;
  readonly dailyVolumeUsd: number;
}

/** A market made ready to margin any number of accounts: the scenario matrix, its rows computed when first asked for. */
export interface PreparedMarket {
  readonly market: Market;
  readonly parameters: MarginParameters;
  /** Sorted by symbol. An asset that moves on its own and has no underlying is one, under the asset's name. */
  readonly underlyings: readonly PreparedUnderlying[];
  /** Columns of {@link ItemRows.joint}: historical scenarios, then stress. */
  readonly joint: readonly JointScenario[];
  readonly historicalCount: number;
  /** Weights of the historical scenarios. */
  readonly historicalWeights: Float64Array;
  readonly history?: HistoricalScenarios;
  /** Peg and custody risk of an asset, its peg as its past has it. */
  pegRiskOf(asset: AssetState): AssetRiskParameters;
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
  /** What is later is not looked at in `history`. Absent: the market's instant. For the same marks with more, or less, of a past. */
  readonly historyUntilMs?: number;
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

/** Rows of an instrument in the last market that asked, and all that they depend on. */
interface RowsMemory {
  readonly asOfMs: number;
  readonly quote: Quote | undefined;
  readonly state: UnderlyingState | undefined;
  readonly quoteUsd: number | undefined;
  readonly scenarios: ScenarioSet;
  readonly rows: ItemRows | undefined;
}

const memory = new WeakMap<Instrument, RowsMemory>();

/** {@link instrumentRows}, taken over from the last market when nothing that the instrument depends on has changed. */
function unchangedRows(instrument: Instrument, context: RowContext): ItemRows | undefined {
  const { market, scenarios } = context;
  const quote = market.quotes.get(instrument.id);
  const state = market.underlyings.get(instrument.underlying);
  const quoteUsd = market.assets.get(instrument.quoteAsset)?.priceUsd;
  const last = memory.get(instrument);
  if (
    last?.scenarios === scenarios &&
    last.asOfMs === market.asOfMs &&
    last.quote === quote &&
    last.state === state &&
    last.quoteUsd === quoteUsd
  ) {
    return last.rows;
  }
  const rows = instrumentRows(instrument, context);
  memory.set(instrument, { asOfMs: market.asOfMs, quote, state, quoteUsd, scenarios, rows });
  return rows;
}

/** Makes a market ready: finds the scenarios of its instant, and builds matrix rows as they are asked for. */
export function prepareMarket({
  market,
  parameters,
  history,
  historyUntilMs = market.asOfMs,
}: PortfolioMarginInput): PreparedMarket {
  const assets = [...market.assets.values()].sort((a, b) => (a.asset < b.asset ? -1 : 1));
  const symbols = new Set<string>(market.underlyings.keys());
  for (const asset of assets) {
    const symbol = movingSymbol(asset, market);
    if (symbol !== undefined) symbols.add(symbol);
  }
  const scenarios = scenarioSet({
    parameters,
    ...(history ? { history } : {}),
    asOfMs: historyUntilMs,
    symbols: [...symbols].sort(),
    assets,
  });
  const underlyings = scenarios.underlyings.map((moves): PreparedUnderlying => {
    const state = market.underlyings.get(moves.symbol);
    return {
      ...moves,
      confidence: state?.confidence ?? market.assets.get(moves.symbol)?.confidence ?? 1,
      depth50bpsUsd: state?.depth50bpsUsd ?? moves.risk.depth50bpsUsd,
      dailyVolumeUsd: state?.dailyVolumeUsd ?? moves.risk.dailyVolumeUsd,
    };
  });
  const indexOf = new Map(underlyings.map(({ symbol }, index) => [symbol, index]));
  const context = (symbol: string | undefined): RowContext => {
    const index = symbol === undefined ? -1 : (indexOf.get(symbol) ?? -1);
    return { market, parameters, scenarios, index, moves: underlyings[index] };
  };

  const instrumentCache = new Map<string, ItemRows>();
  const assetCache = new Map<string, ItemRows>();
  return {
    market,
    parameters,
    underlyings,
    joint: scenarios.joint,
    historicalCount: scenarios.historicalCount,
    historicalWeights: scenarios.historicalWeights,
    ...(scenarios.history ? { history: scenarios.history } : {}),
    pegRiskOf: (asset) => scenarios.pegRiskOf(asset),
    instrumentRow(id) {
      const known = instrumentCache.get(id);
      if (known) return known;
      const instrument = market.instruments.get(id);
      const rows = instrument && unchangedRows(instrument, context(instrument.underlying));
      if (rows) instrumentCache.set(id, rows);
      return rows;
    },
    assetRow(id) {
      const known = assetCache.get(id);
      if (known) return known;
      const asset = coinAsset(id, market);
      if (!asset) return undefined;
      const rows = assetRows(asset, context(movingSymbol(asset, market)));
      assetCache.set(id, rows);
      return rows;
    },
  };
}
