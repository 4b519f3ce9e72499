import { type AssetState, type Instrument, type Market } from "../../market/index.ts";
import { expm1, log1p } from "../../numerics/exp-log.ts";
import { assetPriceUsd } from "../account-value.ts";
import { type MarginParameters, type RiskClassParameters } from "../parameters/margin-parameters.ts";
import { noMove, type UnderlyingMove } from "../scenarios/move.ts";
import { type Revaluation, revaluation, stressContext } from "../scenarios/revaluation.ts";
import { type ScenarioSet, type UnderlyingScenarios } from "./scenario-set.ts";
import { volShockShape } from "../scenarios/vol-move.ts";
import { yearsToExpiry } from "../../market/instrument.ts";

/** Columns of {@link ItemRows.residual}: the moves that each expiry makes on its own. */
export const residualColumns = {
  basisDown: 0,
  basisUp: 1,
  skewDown: 2,
  skewUp: 3,
  smileDown: 4,
  smileUp: 5,
  nearExpiryDown: 6,
  nearExpiryUp: 7,
  count: 8,
} as const;

/** The expiry slot of perpetuals. */
export const perpetualSlot = -1;
/** The slot of what has no expiry and no basis: spot and coins. */
export const spotSlot = -2;

/**
 * One row of the scenario matrix: what one unit of an asset or one contract gains in each scenario. Shared by all
 * accounts; an account's P&L vector is Σ size × row.
 */
export interface ItemRows {
  /** Asset or instrument identifier. */
  readonly item: string;
  readonly kind: "asset" | "instrument";
  /** Index of its underlying in {@link PreparedMarket.underlyings}; −1 for fiat and stablecoins. */
  readonly underlying: number;
  /** Expiry that it shares volatility and basis with: `expiryMs`, {@link perpetualSlot} or {@link spotSlot}. */
  readonly slot: number;
  readonly isOption: boolean;
  /** Value of one unit that counts in equity, USD. */
  readonly markUsd: number;
  /** Stress grid of its underlying, USD: one entry per column, or per column and volatility for options. Empty without underlying. */
  readonly grid: Float64Array;
  /** Joint scenarios, historical ones first, USD. */
  readonly joint: Float64Array;
  /** {@link residualColumns}, USD. */
  readonly residual: Float64Array;
  /** Cash delta: change of value per relative move of the underlying, USD. */
  readonly deltaUsd: number;
  /** Cost of crossing half the spread, USD. */
  readonly halfSpreadUsd: number;
  /** Gross notional, USD. */
  readonly notionalUsd: number;
  /** Largest absolute entry of all rows. */
  readonly largest: number;
  readonly revaluation?: Revaluation;
}

/** What the rows of one underlying's items are made from. */
export interface RowContext {
  readonly market: Market;
  readonly parameters: MarginParameters;
  readonly scenarios: ScenarioSet;
  /** Index of the underlying; −1 for what has none. */
  readonly index: number;
  /** How the underlying may move; undefined for what has none. */
  readonly moves: UnderlyingScenarios | undefined;
}

const msPerHour = 3_600_000;

/** A number that later sums can carry: finite, NaN never. */
const finite = (value: number): number =>
  value >= -1e300 && value <= 1e300 ? value : value > 0 ? 1e300 : value < 0 ? -1e300 : 0;

function largestOf(rows: readonly Float64Array[]): number {
  let largest = 0;
  for (const row of rows) {
    for (let index = 0; index < row.length; index++) largest = Math.max(largest, Math.abs(row[index] ?? 0));
  }
  return largest;
}

/** Rows of one contract; undefined without a known underlying. */
export function instrumentRows(instrument: Instrument, context: RowContext): ItemRows | undefined {
  const { market, moves } = context;
  if (!moves) return undefined;
  const { risk } = moves;
  const valued = revaluation(instrument, market, risk);
  const shocks = moves.shocksOf(valued.expiryYears);
  const isOption = instrument.kind === "option";
  const gridRow = Float64Array.from(isOption ? shocks.grid : shocks.spots, (shock) =>
    finite(valued.changeFrom(shock, 1)),
  );
  const quoteRatios = context.scenarios.pegRatiosOf(instrument.quoteAsset);
  const jointRow = Float64Array.from(shocks.joint, (shock, index) =>
    finite(valued.changeFrom(shock, quoteRatios[index] ?? 1)),
  );
  const residual = new Float64Array(residualColumns.count);
  const change = (move: Partial<UnderlyingMove>): number => finite(valued.changeFrom(shocks.of(move), 1));
  if (instrument.kind !== "spot") {
    residual[residualColumns.basisDown] = change({ basis: -risk.basisShock });
    residual[residualColumns.basisUp] = change({ basis: risk.basisShock });
  }
  if (isOption) {
    residual[residualColumns.skewDown] = change({ skew: -risk.skewShock });
    residual[residualColumns.skewUp] = change({ skew: risk.skewShock });
    residual[residualColumns.smileDown] = change({ smile: -risk.smileShock });
    residual[residualColumns.smileUp] = change({ smile: risk.smileShock });
    if (instrument.expiryMs - market.asOfMs < risk.nearExpiryHours * msPerHour) {
      residual[residualColumns.nearExpiryDown] = change({ spot: -risk.nearExpiryMove });
      residual[residualColumns.nearExpiryUp] = change({ spot: risk.nearExpiryMove });
    }
  }
  const slot =
    instrument.kind === "spot"
      ? spotSlot
      : instrument.kind === "perpetual"
        ? perpetualSlot
        : instrument.expiryMs;
  const deltaUsd = (change({ spot: 0.005 }) - change({ spot: -0.005 })) / 0.01;
  return {
    item: instrument.id,
    kind: "instrument",
    underlying: context.index,
    slot,
    isOption,
    markUsd: valued.markUsd,
    grid: gridRow,
    joint: jointRow,
    residual,
    deltaUsd,
    halfSpreadUsd: halfSpreadUsd(instrument, market, risk, valued),
    notionalUsd: notionalUsd(instrument, market),
    largest: largestOf([gridRow, jointRow, residual]),
    revaluation: valued,
  };
}

/** Notional of one contract, USD: of an option, its underlying's. */
export function notionalUsd(instrument: Instrument, market: Market): number {
  const indexUsd = market.underlyings.get(instrument.underlying)?.indexUsd ?? 0;
  const delta1Inverse =
    instrument.settlement === "inverse" && (instrument.kind === "perpetual" || instrument.kind === "future");
  return instrument.contractSize * (delta1Inverse ? assetPriceUsd(market, instrument.quoteAsset) : indexUsd);
}

function halfSpreadUsd(
  instrument: Instrument,
  market: Market,
  risk: RiskClassParameters,
  valued: Revaluation,
): number {
  const notional = notionalUsd(instrument, market);
  const quote = market.quotes.get(instrument.id);
  const half =
    quote?.bid !== undefined && quote.ask !== undefined && quote.bid > 0 && quote.ask >= quote.bid
      ? (quote.ask - quote.bid) / 2
      : undefined;
  if (instrument.kind !== "option") {
    return (
      notional *
      (half !== undefined && quote !== undefined && quote.mark > 0 ? half / quote.mark : risk.halfSpread)
    );
  }
  if (half !== undefined) {
    const unitUsd =
      instrument.settlement === "inverse"
        ? (market.underlyings.get(instrument.underlying)?.indexUsd ?? 0)
        : assetPriceUsd(market, instrument.quoteAsset);
    return instrument.contractSize * half * unitUsd;
  }
  const vol = valued.vol?.value ?? 0;
  if (vol <= 0) return 0;
  // A small change of ln(volatility), undone from the tenor's shape, gives the vega.
  const step = 0.01;
  const level = log1p(expm1(step) / volShockShape(yearsToExpiry(instrument.expiryMs, market.asOfMs), risk));
  const context = { ...stressContext, floorVol: false };
  const up = valued.changeUsd({ ...noMove, volLevel: level }, context);
  const down = valued.changeUsd({ ...noMove, volLevel: -level }, context);
  return Math.max(0, ((up - down) / (2 * step * vol)) * risk.optionHalfSpreadVol);
}

/** Rows of one unit of an asset. */
export function assetRows(asset: AssetState, context: RowContext): ItemRows {
  const { parameters, scenarios, moves } = context;
  const settlement = asset.asset === parameters.settlementAsset;
  const price = asset.priceUsd;
  const gridRow = Float64Array.from(moves?.grid.columns ?? [], ({ spot }) => finite(price * spot));
  const pegs = scenarios.pegRatiosOf(asset.asset);
  const jointRow = Float64Array.from(scenarios.joint, ({ underlyings }, index) => {
    if (settlement) return 0;
    const spot = moves ? (underlyings.get(moves.symbol)?.spot ?? 0) : 0;
    return finite(price * ((1 + spot) * (pegs[index] ?? 1) - 1));
  });
  return {
    item: asset.asset,
    kind: "asset",
    underlying: context.index,
    slot: spotSlot,
    isOption: false,
    markUsd: price,
    grid: gridRow,
    joint: jointRow,
    residual: new Float64Array(residualColumns.count),
    deltaUsd: moves ? price : 0,
    halfSpreadUsd: 0,
    notionalUsd: price,
    largest: largestOf([gridRow, jointRow]),
  };
}
