import { type Market, type Portfolio } from "../../market/index.ts";
import { markOf } from "../account-value.ts";
import { type MarginModel } from "../margin-model.ts";
import { type MarketShock, shockMarket } from "./shock-market.ts";

/** Something that moves by itself while all else stands still. */
export type RiskFactor =
  | { readonly kind: "spot"; readonly underlying: string }
  /** All implied volatilities of an underlying, in proportion. */
  | { readonly kind: "vol"; readonly underlying: string }
  /** A stablecoin or staked token against what it follows. */
  | { readonly kind: "peg"; readonly asset: string };

/** Where one side's search ended. */
export interface LiquidationSide {
  /** USD per unit at which the maintenance excess first turns negative: of spot, or of the pegged asset. Not for volatility. */
  readonly priceUsd?: number;
  /** Relative move of the factor to that point. Absent when there is none within the range. */
  readonly move?: number;
}

/** The distance to liquidation along one risk factor, all else equal. */
export interface LiquidationDistance {
  readonly factor: RiskFactor;
  /** Price of the factor now, USD: index or asset price. Absent for volatility. */
  readonly priceUsd?: number;
  /** The book is already below its maintenance requirement; both sides are then empty. */
  readonly liquidatable: boolean;
  readonly down: LiquidationSide;
  readonly up: LiquidationSide;
  /** Relative moves searched, [lowest, highest]. */
  readonly searched: readonly [number, number];
}

export interface LiquidationSearch {
  /** Lowest relative move searched, > −1. Default: spot −0.99, volatility −0.95, peg −0.99. */
  readonly lowestMove?: number;
  /** Highest relative move searched. Default: spot 9 (ten times the price), volatility 9, peg 0.5. */
  readonly highestMove?: number;
  /** Steps per side before the breach is narrowed down; a dip of the excess narrower than one step can hide. Default 64. */
  readonly steps?: number;
}

const defaultRange: Readonly<Record<RiskFactor["kind"], readonly [number, number]>> = {
  spot: [-0.99, 9],
  vol: [-0.95, 9],
  peg: [-0.99, 0.5],
};

/** Steps that are fine near the index and grow outward: quadratic spacing. */
const stepMove = (index: number, steps: number, end: number): number =>
  end * ((index * index) / (steps * steps));

/** The maintenance excess at a move, USD. */
type Excess = (move: number) => number;

/** The first step outward whose excess is negative, narrowed down; undefined when there is none. */
function firstBreach(excess: Excess, now: number, end: number, steps: number): number | undefined {
  let safe = { move: 0, excess: now };
  for (let index = 1; index <= steps; index++) {
    const move = stepMove(index, steps, end);
    const found = excess(move);
    if (found < 0) return narrowed(excess, safe, { move, excess: found });
    safe = { move, excess: found };
  }
  return undefined;
}

interface Point {
  readonly move: number;
  /** Excess, USD. */
  readonly excess: number;
}

/** Of a breach that rounding alone makes. */
const smallestExcessUsd = 1e-9;

/** Closer than this, the micro-dollars that excesses are rounded to hide where the breach is. */
const excessResolutionUsd = 1e-5;

/** Half the width of the last bracket, as a share of the step that it started from. */
const resolution = 5e-13;

/**
 * Narrows a bracket of one safe and one breached move by the ITP method (Oliveira and Takahashi 2021, ACM Transactions on
 * Mathematical Software 47): a secant's speed where the excess is smooth, one step more than bisection where it isn't. Each
 * evaluation margins the whole book, so the count matters.
 *
 * @returns the breached end.
 */
function narrowed(excess: Excess, safe: Point, breached: Point): number {
  const span = breached.move - safe.move;
  // In shares of the bracket, with the shortfall rising from ≤ 0 at 0 to > 0 at 1.
  let [low, high] = [0, 1];
  let [atLow, atHigh] = [-safe.excess, -breached.excess];
  let radius = resolution;
  while (2 * radius < 1) radius *= 2;
  for (radius *= 2; high - low > 2 * resolution && atHigh - atLow > excessResolutionUsd; radius /= 2) {
    const middle = (low + high) / 2;
    const secant = (atHigh * low - atLow * high) / (atHigh - atLow);
    const toMiddle = Math.sign(middle - secant);
    const truncation = 0.2 * (high - low) * (high - low);
    const truncated = truncation <= Math.abs(middle - secant) ? secant + toMiddle * truncation : middle;
    const reach = radius - (high - low) / 2;
    const chosen = Math.abs(truncated - middle) <= reach ? truncated : middle - toMiddle * reach;
    // A secant that has hit the breach exactly would stay there: probe just beside it instead.
    const share = Math.max(low + resolution, Math.min(high - resolution, chosen));
    const shortfall = -excess(safe.move + share * span);
    if (shortfall > 0) [high, atHigh] = [share, shortfall];
    else [low, atLow] = [share, shortfall];
  }
  return safe.move + high * span;
}

/** Positions without an entry price are entered at today's mark, so that their profit moves with the market from here. */
function enteredAtMark(portfolio: Portfolio, market: Market): Portfolio {
  const positions = portfolio.positions.map((position) => {
    const instrument = market.instruments.get(position.instrument);
    const entryPrice = position.entryPrice ?? (instrument && markOf(market, instrument));
    return entryPrice === undefined || entryPrice <= 0 ? position : { ...position, entryPrice };
  });
  return { ...portfolio, positions };
}

function shockOf(factor: RiskFactor, move: number): MarketShock {
  if (factor.kind === "spot") return { underlying: factor.underlying, spotMove: move };
  if (factor.kind === "vol") return { underlying: factor.underlying, volMove: move };
  return { asset: factor.asset, assetMove: move };
}

function priceNow(factor: RiskFactor, market: Market): number | undefined {
  if (factor.kind === "spot") return market.underlyings.get(factor.underlying)?.indexUsd;
  return factor.kind === "peg" ? market.assets.get(factor.asset)?.priceUsd : undefined;
}

/**
 * How far one risk factor may move before the book is liquidated under a model, found by re-margining the whole book at each
 * trial point: hedges, collateral that moves along, options' convexity and the model's own non-linearities are all in it.
 * A closed formula for one position ignores them.
 *
 * @returns the nearest breach on each side, to a hundred-thousandth of a dollar of excess or a trillionth of a step.
 */
export function liquidationDistance(
  model: MarginModel,
  portfolio: Portfolio,
  market: Market,
  factor: RiskFactor,
  search: LiquidationSearch = {},
): LiquidationDistance {
  const lowest = search.lowestMove ?? defaultRange[factor.kind][0];
  const highest = search.highestMove ?? defaultRange[factor.kind][1];
  const steps = search.steps ?? 64;
  const keep = new Set([...portfolio.positions, ...portfolio.orders].map(({ instrument }) => instrument));
  const entered = enteredAtMark(portfolio, market);
  const excess: Excess = (move) => {
    const shocked = shockMarket(market, shockOf(factor, move), keep);
    const { equity, maintenanceMargin, maintenanceExcess } = model.margin(entered, shocked, "requirement");
    // The exact excess says on which side we are; the unrounded one how far, finely enough for a secant.
    const fine = equity - maintenanceMargin;
    return maintenanceExcess < 0n ? Math.min(fine, -smallestExcessUsd) : Math.max(fine, 0);
  };
  const now = excess(0);
  const priceUsd = priceNow(factor, market);
  const base = {
    factor,
    ...(priceUsd === undefined ? {} : { priceUsd }),
    searched: [lowest, highest] as const,
  };
  if (now < 0) return { ...base, liquidatable: true, down: {}, up: {} };
  const side = (end: number): LiquidationSide => {
    const move = firstBreach(excess, now, end, steps);
    if (move === undefined) return {};
    return priceUsd === undefined ? { move } : { move, priceUsd: priceUsd * (1 + move) };
  };
  return { ...base, liquidatable: false, down: side(lowest), up: side(highest) };
}

/**
 * The factors that move a book: spot of every underlying it touches, volatility of those it holds options on, and the peg of
 * every stablecoin and staked token among its balances. In that order, each alphabetically.
 */
export function riskFactorsOf(portfolio: Portfolio, market: Market): readonly RiskFactor[] {
  const spot = new Set<string>();
  const vol = new Set<string>();
  const peg = new Set<string>();
  for (const { instrument: id } of [...portfolio.positions, ...portfolio.orders]) {
    const instrument = market.instruments.get(id);
    if (!instrument) continue;
    spot.add(instrument.underlying);
    if (instrument.kind === "option") vol.add(instrument.underlying);
  }
  for (const { asset } of portfolio.balances) {
    const state = market.assets.get(asset);
    if (state?.underlying !== undefined) spot.add(state.underlying);
    if (state?.kind === "stablecoin" || state?.kind === "staked") peg.add(asset);
  }
  return [
    ...[...spot].sort().map((underlying): RiskFactor => ({ kind: "spot", underlying })),
    ...[...vol].sort().map((underlying): RiskFactor => ({ kind: "vol", underlying })),
    ...[...peg].sort().map((asset): RiskFactor => ({ kind: "peg", asset })),
  ];
}

/** {@link liquidationDistance} along every factor of {@link riskFactorsOf}. */
export function liquidationDistances(
  model: MarginModel,
  portfolio: Portfolio,
  market: Market,
  search: LiquidationSearch = {},
): readonly LiquidationDistance[] {
  return riskFactorsOf(portfolio, market).map((factor) =>
    liquidationDistance(model, portfolio, market, factor, search),
  );
}
