import { type Market, type Portfolio } from "../../market/index.ts";
import { markOf } from "../account-value.ts";
import { type MarginModel } from "../margin-model.ts";
import { shockMarket } from "./shock-market.ts";

/** Where one side's search ended. */
export interface LiquidationSide {
  /** USD per unit of underlying at which the maintenance excess first turns negative. Absent when it doesn't within the range. */
  readonly priceUsd?: number;
  /** Relative move from the index to that price. */
  readonly move?: number;
}

/** The distance to liquidation along one underlying, all else equal. */
export interface LiquidationDistance {
  readonly underlying: string;
  readonly indexUsd: number;
  /** The book is already below its maintenance requirement; both sides are then empty. */
  readonly liquidatable: boolean;
  readonly down: LiquidationSide;
  readonly up: LiquidationSide;
  /** Relative moves searched, [lowest, highest]. */
  readonly searched: readonly [number, number];
}

export interface LiquidationSearch {
  /** Lowest relative move searched, > −1. Default −0.99. */
  readonly lowestMove?: number;
  /** Highest relative move searched. Default 9 (ten times the price). */
  readonly highestMove?: number;
  /** Steps per side before bisection; a dip of the excess narrower than one step can hide. Default 64. */
  readonly steps?: number;
}

const bisections = 50;

/** Steps that are fine near the index and grow outward: quadratic spacing. */
const stepMove = (index: number, steps: number, end: number): number =>
  end * ((index * index) / (steps * steps));

function firstBreach(breached: (move: number) => boolean, end: number, steps: number): number | undefined {
  let safe = 0;
  for (let index = 1; index <= steps; index++) {
    const move = stepMove(index, steps, end);
    if (!breached(move)) {
      safe = move;
      continue;
    }
    let unsafe = move;
    for (let i = 0; i < bisections; i++) {
      const middle = (safe + unsafe) / 2;
      if (middle === safe || middle === unsafe) break;
      if (breached(middle)) unsafe = middle;
      else safe = middle;
    }
    return unsafe;
  }
  return undefined;
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

/**
 * How far one underlying may move before the book is liquidated under a model, found by re-margining the whole book at each
 * trial price: hedges, collateral that moves along, options' convexity and the model's own non-linearities are all in it.
 * A closed formula for one position ignores them.
 *
 * @returns the nearest breach on each side, to float64 precision of the price.
 */
export function liquidationDistance(
  model: MarginModel,
  portfolio: Portfolio,
  market: Market,
  underlying: string,
  search: LiquidationSearch = {},
): LiquidationDistance {
  const lowest = search.lowestMove ?? -0.99;
  const highest = search.highestMove ?? 9;
  const steps = search.steps ?? 64;
  const keep = new Set([...portfolio.positions, ...portfolio.orders].map(({ instrument }) => instrument));
  const indexUsd = market.underlyings.get(underlying)?.indexUsd ?? Number.NaN;
  const entered = enteredAtMark(portfolio, market);
  const breached = (spotMove: number): boolean =>
    model.margin(entered, shockMarket(market, { underlying, spotMove }, keep), "requirement")
      .maintenanceExcess < 0n;
  const base = { underlying, indexUsd, searched: [lowest, highest] as const };
  if (breached(0)) return { ...base, liquidatable: true, down: {}, up: {} };
  const side = (end: number): LiquidationSide => {
    const move = firstBreach(breached, end, steps);
    return move === undefined ? {} : { move, priceUsd: indexUsd * (1 + move) };
  };
  return { ...base, liquidatable: false, down: side(lowest), up: side(highest) };
}

/** {@link liquidationDistance} along every underlying that the book touches, in alphabetical order. */
export function liquidationDistances(
  model: MarginModel,
  portfolio: Portfolio,
  market: Market,
  search: LiquidationSearch = {},
): readonly LiquidationDistance[] {
  const touched = new Set<string>();
  for (const { instrument } of [...portfolio.positions, ...portfolio.orders]) {
    const underlying = market.instruments.get(instrument)?.underlying;
    if (underlying !== undefined) touched.add(underlying);
  }
  for (const { asset } of portfolio.balances) {
    const underlying = market.assets.get(asset)?.underlying;
    if (underlying !== undefined) touched.add(underlying);
  }
  return [...touched]
    .sort()
    .map((underlying) => liquidationDistance(model, portfolio, market, underlying, search));
}
