import { msPerYear } from "../../../market/instrument.ts";
import { marketSteps, reverting } from "../../../market/synthetic-history.ts";
import { syntheticMarket } from "../../../market/synthetic-market.ts";
import { exp, log, randomStream, type RandomStream } from "../../../numerics/index.ts";

/** What one coin of the living market looks like at an instant. Prices USD. */
export interface LivingCoin {
  readonly symbol: string;
  readonly spot: number;
  /** Black-76 volatility at the money of 30 days, and of a long time: annual fractions. */
  readonly volNow: number;
  readonly volLong: number;
  /** Correlation and convexity of its SSVI smiles; the smile steepens as a crash goes on. */
  readonly rho: number;
  readonly eta: number;
  /** Annualised basis of its futures. */
  readonly basis: number;
  /** The perpetual's price over spot, less 1. */
  readonly premium: number;
}

export interface LivingState {
  readonly coins: readonly LivingCoin[];
  /** stETH in ETH. */
  readonly stakingRatio: number;
  readonly usdcUsd: number;
  /** 0 in calm, 1 at the height of a crash. */
  readonly stress: number;
}

/** Round numbers of our own. */
const shapes = [
  { symbol: "BTC", beta: 1, ownVol: 0.15, volLong: 0.5, rho: -0.2, eta: 0.8 },
  { symbol: "ETH", beta: 1.2, ownVol: 0.35, volLong: 0.65, rho: -0.15, eta: 0.85 },
] as const;

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

/**
 * A market that lives: one call per step. Volatility clusters and answers falls, prices jump, crashes last about a day, come with steep smiles,
 * a negative basis, a discount of staked ether, and sometimes a dollar that is none. The dynamics are those of
 * `syntheticHistory`, at any step. Bit for bit the same on every machine for one seed.
 */
export function livingMarket(options: {
  readonly seed: number | bigint;
  readonly startMs: number;
  readonly stepMs: number;
}): () => LivingState {
  const { seed, startMs, stepMs } = options;
  const years = stepMs / msPerYear;
  const random = randomStream(seed);
  const nextMarket = marketSteps(random, years);
  const starts = syntheticMarket({ seed, asOfMs: startMs, size: "small" }).underlyings;
  const coins = shapes.map((shape) =>
    livingCoin(shape, starts.get(shape.symbol)?.indexUsd ?? 1, random, years),
  );
  const nextDiscount = reverting(random, years, 150, 0.0006);
  const nextPeg = reverting(random, years, 2_000, 0.0001);
  const healing = exp(-250 * years);
  let depeg = 0;
  return () => {
    const { marketReturn, volState, stress } = nextMarket();
    const stakingRatio = 1 - clamp(nextDiscount(0.0008 + 0.06 * stress), -0.002, 0.1);
    const lost = random.nextFloat() < 0.3 * years * (1 + 50 * stress);
    depeg = depeg * healing + (lost ? -0.03 * log(1 - random.nextFloat()) : 0);
    return {
      coins: coins.map((next) => next(marketReturn, volState, stress)),
      stakingRatio,
      usdcUsd: 1 + nextPeg(0) - Math.min(0.3, depeg),
      stress,
    };
  };
}

function livingCoin(
  shape: (typeof shapes)[number],
  start: number,
  random: RandomStream,
  years: number,
): (marketReturn: number, volState: number, stress: number) => LivingCoin {
  const { symbol, beta, ownVol, volLong } = shape;
  const nextLogVol = reverting(random, years, 500, 0.025);
  const nextSkew = reverting(random, years, 300, 0.05);
  const nextBasis = reverting(random, years, 200, 0.015);
  const nextPremium = reverting(random, years, 3_000, 0.0002);
  const fade = exp(-20 * years);
  let logSpot = log(start);
  let relative = 0;
  let trend = 0;
  return (marketReturn, volState, stress) => {
    // Its own part is fat-tailed, and lost again over a year or two.
    const width = random.nextFloat() < 0.02 ? 3 : 1;
    const own = ownVol * exp(0.7 * volState) * Math.sqrt(years) * width * random.nextNormal();
    const back = relative * (1 - exp(-years));
    relative += own - back;
    const change = clamp(beta * marketReturn + own - back, -0.5, 0.5);
    logSpot = clamp(logSpot + change, log(start) - 6, log(start) + 6);
    trend = trend * fade + change;
    const direction = clamp(trend, -1, 1);
    const basis = nextBasis(0.06 + 0.15 * direction - 0.2 * stress);
    return {
      symbol,
      spot: exp(logSpot),
      volNow: exp(clamp(nextLogVol(log(volLong) + 0.6 * volState + 0.3 * stress), log(0.15), log(3))),
      volLong,
      rho: clamp(nextSkew(shape.rho + 0.5 * direction - 0.4 * stress), -0.75, 0.4),
      eta: shape.eta + 0.25 * stress,
      basis,
      // What eight hours of the basis are worth, and the haste of those who want in or out now.
      premium: clamp(nextPremium(basis / 1_095 + 0.002 * direction - 0.004 * stress), -0.02, 0.02),
    };
  };
}
