import { type History, type Market, type Portfolio } from "../../market/index.ts";
import { type Decimal, parseDecimal } from "../../quantity/index.ts";
import { accountValue, contractValueUsd, markOf, settlementAssetOf } from "../account-value.ts";
import { clopperPearson, type ProbabilityInterval } from "../backtest/traffic-light.ts";
import { contractNotionalUsd } from "../efficiency.ts";
import { shockMarket } from "../liquidation/shock-market.ts";
import { type MarginParameters } from "../parameters/margin-parameters.ts";
import { marginFigures } from "../portfolio-margin/many-accounts.ts";
import { prepareMarket, type PreparedMarket } from "../portfolio-margin/prepare.ts";
import { type FactorPath, type FactorPaths, factorPaths, type PathFactor } from "./factor-paths.ts";

/** A book as a function of a scale: `base + scale × unit`. Its equity now is the same at every scale. */
export interface ScalableBook {
  readonly name: string;
  readonly base: ReadonlyMap<string, number>;
  readonly unit: {
    /** Units by asset. */
    readonly balances: ReadonlyMap<string, number>;
    /** Contracts by instrument, entered at the mark. */
    readonly positions: ReadonlyMap<string, number>;
  };
  readonly equityUsd: number;
  /** Gross exposure at scale 0 and per unit of scale, USD. */
  readonly baseExposureUsd: number;
  readonly unitExposureUsd: number;
}

/** What holding costs or brings with time. Fractions a year. */
export interface CarryRates {
  /** Funding of perpetuals: longs pay it on their notional, shorts receive it. */
  readonly funding: number;
  /** What a positive balance earns, by asset. */
  readonly yields: ReadonlyMap<string, number>;
  /** What a debt costs, by asset. */
  readonly borrowing: ReadonlyMap<string, number>;
}

/** Leverage of a scale: gross exposure over equity. */
export const leverageOf = (
  { baseExposureUsd, unitExposureUsd, equityUsd }: ScalableBook,
  scale: number,
): number => (baseExposureUsd + scale * unitExposureUsd) / equityUsd;

const add = (map: Map<string, number>, key: string, amount: number): void => {
  map.set(key, (map.get(key) ?? 0) + amount);
};

/**
 * A book whose positions are scaled and whose collateral stays. Spot and options are taken to be bought and sold at their marks out
 * of the balance that they are quoted in, and profit so far to be paid out.
 */
export function scaledPositions(portfolio: Portfolio, market: Market, settlementAsset: string): ScalableBook {
  const base = new Map<string, number>();
  const balances = new Map<string, number>();
  const positions = new Map<string, number>();
  const value = accountValue(portfolio, market, settlementAsset);
  for (const { asset, balance, unrealised } of value.holdings) add(base, asset, balance + unrealised);
  let unitExposureUsd = 0;
  for (const { instrument: id, size } of value.positions) {
    const instrument = market.instruments.get(id);
    if (!instrument || size === 0) continue;
    add(positions, id, size);
    unitExposureUsd += Math.abs(size) * contractNotionalUsd(instrument, market);
    if (instrument.kind !== "spot" && instrument.kind !== "option") continue;
    const asset = settlementAssetOf(instrument);
    const priceUsd = assetUsd(market, asset);
    const paid = priceUsd > 0 ? (size * contractValueUsd(market, instrument)) / priceUsd : 0;
    add(base, asset, paid);
    add(balances, asset, -paid);
  }
  return {
    name: portfolio.name,
    base,
    unit: { balances, positions },
    equityUsd: value.equityUsd,
    baseExposureUsd: 0,
    unitExposureUsd,
  };
}

const assetUsd = (market: Market, asset: string): number =>
  market.assets.get(asset)?.priceUsd ?? market.underlyings.get(asset)?.indexUsd ?? 0;

/** Collateral looped: equity held in one asset, and per unit of scale as much again of it against a debt in another. */
export function loopedCollateral(
  { asset, debt, equityUsd }: { readonly asset: string; readonly debt: string; readonly equityUsd: number },
  market: Market,
): ScalableBook {
  const held = equityUsd / assetUsd(market, asset);
  const owed = equityUsd / assetUsd(market, debt);
  return {
    name: `${asset} against ${debt}`,
    base: new Map([[asset, held]]),
    unit: {
      balances: new Map([
        [asset, held],
        [debt, -owed],
      ]),
      positions: new Map(),
    },
    equityUsd,
    baseExposureUsd: equityUsd,
    unitExposureUsd: equityUsd,
  };
}

const decimal = (amount: number): Decimal => parseDecimal(amount.toFixed(9));

/** What time brings to a book at a scale, USD per year, at today's prices. */
export function carryPerYearUsd(
  { base, unit }: ScalableBook,
  scale: number,
  market: Market,
  { funding, yields, borrowing }: CarryRates,
): number {
  let total = 0;
  const interest = (balances: ReadonlyMap<string, number>, by: number): void => {
    for (const [asset, amount] of balances) {
      const rate = amount > 0 ? yields.get(asset) : borrowing.get(asset);
      total += by * amount * assetUsd(market, asset) * (rate ?? 0);
    }
  };
  interest(base, 1);
  interest(unit.balances, scale);
  for (const [id, size] of unit.positions) {
    const instrument = market.instruments.get(id);
    if (instrument?.kind !== "perpetual") continue;
    // A long inverse perpetual pays like any long: size carries the sign.
    total -= scale * size * contractNotionalUsd(instrument, market) * funding;
  }
  return total;
}

/** The book at a scale as a portfolio, positions entered at `market`'s marks, with some cash for what time has brought. */
export function portfolioAt(
  { name, base, unit }: ScalableBook,
  scale: number,
  market: Market,
  settlementAsset: string,
  carryUsd: number = 0,
): Portfolio {
  const balances = new Map(base);
  for (const [asset, amount] of unit.balances) add(balances, asset, scale * amount);
  if (carryUsd !== 0)
    add(balances, settlementAsset, carryUsd / Math.max(1e-9, assetUsd(market, settlementAsset) || 1));
  return {
    name,
    balances: [...balances].map(([asset, amount]) => ({ asset, amount: decimal(amount) })),
    positions: [...unit.positions].map(([id, size]) => {
      const instrument = market.instruments.get(id);
      const mark = instrument ? markOf(market, instrument) : 0;
      return {
        instrument: id,
        size: decimal(scale * size),
        ...(mark > 0 ? { entryPrice: mark } : {}),
      };
    }),
    orders: [],
  };
}

/** One stretch of the past and the largest scale that lives through it. */
export interface CriticalPath {
  readonly startMs: number;
  /** At any larger scale the account is liquidated on the way; `scaleMax` when at none that was looked at. */
  readonly scale: number;
  /** Step after which that happens, from 1. */
  readonly step: number;
}

export interface LeverageRequest {
  readonly market: Market;
  readonly history: History;
  readonly parameters: MarginParameters;
  readonly book: ScalableBook;
  readonly carry: CarryRates;
  readonly horizonMs: number;
  /** Largest leverage that is looked at. */
  readonly leverageMax: number;
}

export interface LeverageStudy {
  readonly paths: FactorPaths;
  /** One per path that was worked out, in the paths' order. */
  readonly critical: readonly CriticalPath[];
  /** Largest scale that the initial requirement lets be opened now. */
  readonly openScale: number;
  readonly scaleMax: number;
}

const msPerYear = 31_536_000_000;
/** Halvings of the scale's range: to a billionth of it. */
const halvings = 30;

/** Factors that move a book: spots, volatilities of options, pegs. */
export function pathFactors({ base, unit }: ScalableBook, market: Market): readonly PathFactor[] {
  const keys = new Map<string, PathFactor>();
  const want = (kind: PathFactor["kind"], symbol: string): void =>
    void keys.set(`${kind} ${symbol}`, { kind, symbol });
  for (const id of unit.positions.keys()) {
    const instrument = market.instruments.get(id);
    if (!instrument) continue;
    want("spot", instrument.underlying);
    if (instrument.kind === "option") want("vol-level", instrument.underlying);
  }
  for (const asset of [...base.keys(), ...unit.balances.keys()]) {
    const state = market.assets.get(asset);
    if (state?.underlying !== undefined) want("spot", state.underlying);
    else if (market.underlyings.has(asset)) want("spot", asset);
    if (state?.kind === "stablecoin" || state?.kind === "staked") want("peg", asset);
  }
  return [...keys].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, factor]) => factor);
}

/**
 * The largest scale that would have lived through each stretch of the past: liquidation at the first step at which equity is below
 * the maintenance requirement, both by the whole model in the market as it would stand then, with carry until then. Equity is
 * linear in the scale and the requirement convex (but for a payoff bound), so there is one such scale per step, and the
 * smallest of them counts. Basis, term structure and skew stand still, and so does time to expiry.
 */
export function leverageStudy(request: LeverageRequest, keepGoing: () => boolean): LeverageStudy {
  const { market, history, parameters, book, horizonMs, leverageMax } = request;
  const { settlementAsset } = parameters;
  const factors = pathFactors(book, market);
  const paths = factorPaths({ history, parameters, asOfMs: market.asOfMs, factors, horizonMs });
  const scaleMax = Math.max(0, (leverageMax * book.equityUsd - book.baseExposureUsd) / book.unitExposureUsd);
  const prepared = prepareMarket({ market, parameters, history });
  const openScale = largestScale(
    (scale) => initialExcess(prepared, portfolioAt(book, scale, market, settlementAsset)),
    scaleMax,
  );
  const critical: CriticalPath[] = [];
  for (const path of paths.paths) {
    if (!keepGoing()) break;
    critical.push(criticalScale(request, paths, path, scaleMax));
  }
  return { paths, critical, openScale, scaleMax };
}

const initialExcess = (prepared: PreparedMarket, portfolio: Portfolio): number => {
  const { equity, initialMargin } = marginFigures(prepared, portfolio);
  return equity - initialMargin;
};
const maintenanceExcess = (prepared: PreparedMarket, portfolio: Portfolio): number => {
  const { equity, maintenanceMargin } = marginFigures(prepared, portfolio);
  return equity - maintenanceMargin;
};

/** Largest scale up to `most` at which an excess that is concave in the scale is not negative; 0 when it is at none. */
function largestScale(excess: (scale: number) => number, most: number): number {
  if (excess(most) >= 0) return most;
  let [low, high] = [0, most];
  if (excess(0) < 0) return 0;
  for (let halving = 0; halving < halvings; halving++) {
    const middle = (low + high) / 2;
    if (excess(middle) >= 0) low = middle;
    else high = middle;
  }
  return low;
}

/** The market after a step of a path. */
function marketAfter(
  market: Market,
  factors: readonly PathFactor[],
  path: FactorPath,
  step: number,
  keep: ReadonlySet<string>,
): Market {
  const moveOf = (kind: PathFactor["kind"], symbol: string): number => {
    const at = factors.findIndex((factor) => factor.kind === kind && factor.symbol === symbol);
    return at < 0 ? 0 : (path.moves[at]?.[step] ?? 0);
  };
  let moved = market;
  let kept: ReadonlySet<string> | undefined = keep;
  const underlyings = new Set(factors.flatMap(({ kind, symbol }) => (kind === "peg" ? [] : [symbol])));
  for (const underlying of underlyings) {
    const spotMove = moveOf("spot", underlying);
    const volMove = moveOf("vol-level", underlying);
    moved = shockMarket(moved, { underlying, spotMove, volMove }, kept);
    kept = undefined;
  }
  for (const { kind, symbol } of factors) {
    if (kind === "peg") moved = shockMarket(moved, { asset: symbol, assetMove: moveOf("peg", symbol) }, kept);
  }
  return moved;
}

function criticalScale(
  { market, history, parameters, book, carry }: LeverageRequest,
  { factors, stepMs, steps }: FactorPaths,
  path: FactorPath,
  scaleMax: number,
): CriticalPath {
  const { settlementAsset } = parameters;
  const keep = new Set(book.unit.positions.keys());
  const perYear = [0, 1].map((scale) => carryPerYearUsd(book, scale, market, carry));
  const carryAt = (scale: number, step: number): number => {
    const [still = 0, one = 0] = perYear;
    return ((still + scale * (one - still)) * (step + 1) * stepMs) / msPerYear;
  };
  /** The book in a market moved, its positions still entered at today's marks. */
  const bookAt = (scale: number, step: number): Portfolio =>
    portfolioAt(book, scale, market, settlementAsset, carryAt(scale, step));
  const worth = (scale: number, step: number, moved: Market): number =>
    accountValue(bookAt(scale, step), moved, settlementAsset).equityUsd;
  // Every step is margined; those that look worst come first, so that of the others one margining each says that they are not.
  const ranked = Array.from({ length: steps }, (_, step) => {
    const moved = marketAfter(market, factors, path, step, keep);
    const still = worth(0, step, moved);
    const perUnit = worth(scaleMax / 2, step, moved) - still;
    return { step, looks: still > 0 ? perUnit / still : -Infinity, moved };
  }).sort((a, b) => a.looks - b.looks || a.step - b.step);
  let scale = scaleMax;
  let at = steps;
  for (const { step, moved } of ranked) {
    const prepared = prepareMarket({ market: moved, parameters, history });
    const excess = (trial: number): number => maintenanceExcess(prepared, bookAt(trial, step));
    if (excess(scale) >= 0) continue;
    scale = largestScale(excess, scale);
    at = step + 1;
  }
  return { startMs: path.startMs, scale, step: at };
}

/** How often a scale would have been liquidated, with the exact interval of that rate. */
export interface LiquidationEstimate {
  readonly liquidated: number;
  readonly stretches: number;
  readonly rate: number;
  readonly interval: ProbabilityInterval;
}

/** Counts the stretches that a scale does not live through. */
export function liquidationEstimate(
  { critical }: LeverageStudy,
  scale: number,
  confidence: number,
): LiquidationEstimate {
  const liquidated = critical.filter((path) => path.scale < scale).length;
  const stretches = critical.length;
  return {
    liquidated,
    stretches,
    rate: liquidated / stretches,
    interval: clopperPearson({ observations: stretches, exceptions: liquidated, confidence }),
  };
}

/** The largest scale whose liquidation rate, or the upper end of its interval, is at most a probability. Undefined when there is none. */
export function bestScale(
  study: LeverageStudy,
  probability: number,
  confidence: number,
  by: "rate" | "upper-end",
): number | undefined {
  const ascending = study.critical.map(({ scale }) => scale).sort((a, b) => a - b);
  const stretches = ascending.length;
  let allowed = -1;
  for (let liquidated = 0; liquidated < stretches; liquidated++) {
    const rate =
      by === "rate"
        ? liquidated / stretches
        : clopperPearson({ observations: stretches, exceptions: liquidated, confidence }).high;
    if (rate > probability) break;
    allowed = liquidated;
  }
  // With so many liquidated, the scale may be as large as the next stretch allows.
  return allowed < 0 ? undefined : ascending[allowed];
}
