import { exp, randomStream } from "../../src/numerics/index.ts";
import { black76Price, type Black76Input } from "../../src/pricing/black76.ts";
import { impliedVol } from "../../src/pricing/implied-vol.ts";

export interface ImpliedVolAccuracy {
  readonly options: number;
  /** Options whose price holds time value; the others have no volatility to find. */
  readonly found: number;
  readonly identified: number;
  /** Largest |price of the answer − price| over the forward. */
  readonly worstRepricing: number;
  /** Largest relative error of the answer beyond four times its stated uncertainty, where identified. */
  readonly worstVolError: number;
  readonly medianIterations: number;
  readonly mostIterations: number;
}

/** A seeded option of any shape: one second to three years, vols from 0.3 % to 1000 %, up to 30 standard deviations out. */
export function* randomOptions(seed: number, count: number): Generator<Black76Input> {
  const stream = randomStream(seed);
  const between = (low: number, high: number): number => low + (high - low) * stream.nextFloat();
  for (let i = 0; i < count; i++) {
    const expiryYears = exp(between(-17.2, 1.1));
    const vol = exp(between(-5.8, 2.3));
    const forward = exp(between(-7, 12));
    const reach = i % 3 === 0 ? 30 : 8;
    const strike = forward * exp(between(-reach, reach) * vol * Math.sqrt(expiryYears));
    const optionType = stream.nextFloat() < 0.5 ? "call" : "put";
    const discount = i % 4 === 0 ? between(0.5, 1.1) : 1;
    if (strike > 0 && Number.isFinite(strike))
      yield { optionType, forward, strike, expiryYears, vol, discount };
  }
}

export function measureImpliedVol(seed: number, count: number): ImpliedVolAccuracy {
  const iterations: number[] = [];
  let [options, identified, worstRepricing, worstVolError] = [0, 0, 0, 0];
  for (const option of randomOptions(seed, count)) {
    options += 1;
    const price = black76Price(option);
    const answer = impliedVol({ ...option, price });
    if (answer.status !== "found") continue;
    iterations.push(answer.iterations);
    const again = black76Price({ ...option, vol: answer.vol });
    worstRepricing = Math.max(worstRepricing, Math.abs(again - price) / option.forward);
    // below the normal numbers the price itself has few digits
    if (!answer.identified || price < 1e-290) continue;
    identified += 1;
    const error = Math.abs(answer.vol - option.vol) - 4 * answer.volUncertainty;
    worstVolError = Math.max(worstVolError, error / option.vol);
  }
  iterations.sort((a, b) => a - b);
  return {
    options,
    found: iterations.length,
    identified,
    worstRepricing,
    worstVolError,
    medianIterations: iterations[iterations.length >> 1] ?? 0,
    mostIterations: iterations.at(-1) ?? 0,
  };
}
