import { exp, log } from "../numerics/exp-log.ts";
import { type RandomStream, randomStream } from "../numerics/random.ts";
import { PlimsollError, requireNumber } from "../quantity/error.ts";
import { dayNumber, msPerDay } from "./calendar.ts";
import { maxTimeMs } from "./document-fields.ts";
import { type Factor, factorKey, type FactorSeries, type History } from "./history.ts";
import { maxInstants } from "./history-document.ts";
import { msPerYear } from "./instrument.ts";
import { syntheticMarket } from "./synthetic-market.ts";

export interface SyntheticHistoryOptions {
  readonly seed: number | bigint;
  /** The last instant, rounded down to the grid. Default 2026-01-01. */
  readonly asOfMs?: number;
  /** Length. Default 1,095. */
  readonly days?: number;
  /** Default one hour. */
  readonly intervalMs?: number;
}

/** Round numbers of our own. */
interface AssetShape {
  readonly symbol: string;
  /** Response to the market's return. */
  readonly beta: number;
  /** Volatility of its own, annual fraction. */
  readonly ownVol: number;
  /** Implied volatility in the long run. */
  readonly impliedVolLong: number;
  readonly skewLong: number;
}

const assetShapes: readonly AssetShape[] = [
  { symbol: "BTC", beta: 1, ownVol: 0.1, impliedVolLong: 0.5, skewLong: -0.02 },
  { symbol: "ETH", beta: 1.2, ownVol: 0.3, impliedVolLong: 0.65, skewLong: -0.02 },
  { symbol: "SOL", beta: 1.4, ownVol: 0.5, impliedVolLong: 0.85, skewLong: -0.01 },
];

const market = {
  /** Long-run volatility of the market factor, annual fraction. */
  volLong: 0.4,
  /** Yearly speed at which log-volatility returns, and its own yearly volatility. */
  volReversion: 20,
  volOfVol: 2,
  /** Fall of log-volatility per unit of market return. */
  leverage: 2,
  /** Sudden jumps a year, their mean and deviation. */
  jumpsPerYear: 10,
  jumpMean: -0.02,
  jumpDeviation: 0.04,
  /** Crashes a year: a day or so of fast falling. */
  crashesPerYear: 1.5,
  crashMean: 0.12,
  crashDays: 1,
  drift: 0.4,
};

/**
 * A seeded joint history: spot, 30-day implied volatility, term, skew and basis of BTC, ETH and SOL, the staking ratio
 * of stETH, the prices of USDC and USDT. Volatility clusters, answers falls, and jumps; assets fall together; crashes
 * widen the staking discount and the basis; stablecoins leave their peg now and then. It ends at the spots of
 * {@link syntheticMarket} with the same seed and instant. Labelled synthetic: for demonstration and tests, never for
 * calibration.
 */
export function syntheticHistory(options: SyntheticHistoryOptions): History {
  const intervalMs = requireNumber("intervalMs", options.intervalMs ?? 3_600_000, 60_000, 7 * msPerDay);
  const days = requireNumber("days", options.days ?? 1_095, 1, 36_500);
  const earliestMs = days * msPerDay;
  const defaultMs = dayNumber({ year: 2026, month: 1, day: 1 }) * msPerDay;
  const asOfMs = requireNumber(
    "asOfMs",
    options.asOfMs ?? defaultMs,
    earliestMs,
    maxTimeMs - 1_000 * msPerDay,
  );
  const length = Math.floor((days * msPerDay) / intervalMs) + 1;
  if (length > maxInstants) {
    throw new PlimsollError("PLM_LIMIT", {
      field: "days",
      value: days,
      limit: `so few that the history has at most ${maxInstants} instants`,
      remedy: "Shorten the history or lengthen intervalMs.",
    });
  }
  const lastMs = Math.floor(asOfMs / intervalMs) * intervalMs;
  const paths = simulate(randomStream(options.seed), length, intervalMs / msPerYear);
  const endings = syntheticMarket({ seed: options.seed, asOfMs, size: "small" }).underlyings;
  for (const [symbol, { indexUsd }] of endings) {
    const spot = paths.get(factorKey("spot", symbol))?.values;
    if (!spot) continue;
    const scale = indexUsd / (spot.at(-1) ?? 1);
    for (let index = 0; index < length; index += 1) spot[index] = scale * (spot[index] ?? NaN);
  }
  return {
    source: `synthetic history, seed ${options.seed}: generated, no real prices`,
    synthetic: true,
    startMs: lastMs - (length - 1) * intervalMs,
    intervalMs,
    length,
    series: paths,
  };
}

/** What drives every asset over one step. */
export interface MarketStep {
  readonly marketReturn: number;
  /** Deviation of the market's ordinary return over the step. */
  readonly deviation: number;
  /** ln(volatility / long-run volatility). */
  readonly volState: number;
  /** 0 in calm, 1 at the height of a crash. */
  readonly stress: number;
}

function simulate(random: RandomStream, length: number, years: number): Map<string, FactorSeries> {
  const series = new Map<string, FactorSeries>();
  const column = (factor: Factor, of: string): Float64Array => {
    const values = new Float64Array(length);
    series.set(factorKey(factor, of), { factor, of, values });
    return values;
  };
  const nextStep = marketSteps(random, years);
  const writers = [
    ...assetShapes.map((shape) => assetWriter(shape, column, random, years)),
    stakingWriter("stETH", column, random, years),
    stablecoinWriter("USDC", 0.4, 0.04, column, random, years),
    stablecoinWriter("USDT", 0.4, 0.015, column, random, years),
  ];
  for (let index = 0; index < length; index += 1) {
    const step = nextStep();
    for (const write of writers) write(index, step);
  }
  return series;
}

type Columns = (factor: Factor, of: string) => Float64Array;
type Writer = (index: number, step: MarketStep) => void;

/** Stochastic log-volatility with leverage, jumps, and crashes of about a day: one call per step of `years`. */
export function marketSteps(random: RandomStream, years: number): () => MarketStep {
  const stay = exp(-market.volReversion * years);
  const shock = market.volOfVol * Math.sqrt(years);
  const crashDecay = exp((-365 * years) / market.crashDays);
  let volState = 0;
  let crashLeft = 0;
  let stress = 0;
  return () => {
    const deviation = market.volLong * exp(volState) * Math.sqrt(years);
    let marketReturn = market.drift * years + deviation * random.nextNormal();
    if (random.nextFloat() < market.jumpsPerYear * years) {
      marketReturn += market.jumpMean + market.jumpDeviation * random.nextNormal();
    }
    if (random.nextFloat() < market.crashesPerYear * years) {
      crashLeft += market.crashMean * (0.5 + random.nextFloat());
    }
    const falling = crashLeft * (1 - crashDecay);
    crashLeft -= falling;
    marketReturn = Math.max(-0.5, Math.min(0.5, marketReturn - falling));
    stress = Math.min(1, stress * exp(-60 * years) + 6 * falling);
    volState = volState * stay + shock * random.nextNormal() - market.leverage * marketReturn;
    volState = Math.max(-1.2, Math.min(1.8, volState));
    return { marketReturn, deviation, volState, stress };
  };
}

/** Mean reversion of one number, exact over the step. */
export function reverting(
  random: RandomStream,
  years: number,
  perYear: number,
  deviation: number,
): (target: number) => number {
  const stay = exp(-perYear * years);
  const noise = deviation * Math.sqrt(1 - stay * stay);
  let value: number | undefined;
  return (target) => {
    value = target + ((value ?? target) - target) * stay + noise * random.nextNormal();
    return value;
  };
}

function assetWriter(shape: AssetShape, column: Columns, random: RandomStream, years: number): Writer {
  const { symbol, beta, ownVol, impliedVolLong, skewLong } = shape;
  const spot = column("spot", symbol);
  const vol = column("vol", symbol);
  const term = column("term", symbol);
  const skew = column("skew", symbol);
  const basis = column("basis", symbol);
  const nextLogVol = reverting(random, years, 500, 0.025);
  const nextTerm = reverting(random, years, 50, 0.01);
  const nextSkew = reverting(random, years, 40, 0.02);
  const nextBasis = reverting(random, years, 30, 0.02);
  let logSpot = 0;
  let relative = 0;
  let trend = 0;
  return (index, { marketReturn, volState, stress }) => {
    // Its own part is fat-tailed: every fiftieth step or so is three times as wide.
    const width = random.nextFloat() < 0.02 ? 3 : 1;
    const own = ownVol * exp(0.7 * volState) * Math.sqrt(years) * width * random.nextNormal();
    // What it gained on the market is lost again over a year or two: otherwise a few years end at absurd relative prices.
    const back = relative * (1 - exp(-years));
    const change = Math.max(-0.7, Math.min(0.7, beta * marketReturn + own - back));
    relative += own - back;
    // The first instant is where the path starts: no move precedes it.
    if (index > 0) logSpot += change;
    trend = trend * exp(-20 * years) + change;
    spot[index] = exp(logSpot);
    const level = nextLogVol(log(impliedVolLong) + 0.6 * volState + 0.2 * stress);
    const impliedVol = exp(Math.max(log(0.15), Math.min(log(3), level)));
    vol[index] = impliedVol;
    term[index] = nextTerm(0.4 * (impliedVolLong - impliedVol));
    skew[index] = nextSkew(skewLong + 0.1 * Math.max(-1, Math.min(1, trend)) - 0.08 * stress);
    basis[index] = nextBasis(0.06 + 0.15 * Math.max(-1, Math.min(1, trend)) - 0.15 * stress);
  };
}

/** Staked ether in ether: a discount that is small and widens in crashes, by up to a tenth. */
function stakingWriter(asset: string, column: Columns, random: RandomStream, years: number): Writer {
  const ratio = column("ratio", asset);
  const nextDiscount = reverting(random, years, 25, 0.0006);
  return (index, { stress }) => {
    ratio[index] = 1 - Math.max(-0.002, Math.min(0.1, nextDiscount(0.0008 + 0.08 * stress)));
  };
}

/** One dollar, a few basis points of noise, and rare losses of the peg that heal within days. */
function stablecoinWriter(
  asset: string,
  depegsPerYear: number,
  depth: number,
  column: Columns,
  random: RandomStream,
  years: number,
): Writer {
  const price = column("price", asset);
  const nextNoise = reverting(random, years, 2_000, 0.0002);
  const healing = exp(-250 * years);
  let depeg = 0;
  return (index, { stress }) => {
    depeg *= healing;
    const chance = depegsPerYear * years * (1 + 20 * stress);
    if (random.nextFloat() < chance) depeg = Math.min(0.3, depeg - depth * log(1 - random.nextFloat()));
    price[index] = 1 + nextNoise(0) - depeg;
  };
}
