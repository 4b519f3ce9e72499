import { log1p } from "../../numerics/exp-log.ts";
import { logRatio, outOfTheMoneyFromDistance } from "../../pricing/black76-kernel.ts";
import { PlimsollError, requireNumber } from "../../quantity/error.ts";

/**
 * An option of a book as the certificate sees it: a Black-76 price at forward × (1 + spot move), at a total volatility that is
 * piecewise linear along the volatility axis.
 */
export interface OptionLeg {
  /** USD gained per quote unit by which one unit of the option gains: signed size × contract size × USD per quote unit. */
  readonly weightUsd: number;
  readonly isCall: boolean;
  /** Quote currency per unit, > 0. */
  readonly forward: number;
  /** Quote currency per unit, ≥ 0. */
  readonly strike: number;
  /** Volatility × √years now: what the loss is counted from. */
  readonly totalVolNow: number;
  /** Volatility × √years at each of the volatility axis's nodes. */
  readonly totalVols: readonly number[];
}

/** What a book can lose over spot and volatility, from where it is now. */
export interface LossProblem {
  readonly options: readonly OptionLeg[];
  /** USD gained per relative move of spot by all that is linear in it: coins, spot, perpetuals, futures. */
  readonly linearUsd: number;
  /** Positions of the nodes on the volatility axis, ascending: factors, or shares of a shock. */
  readonly volNodes: readonly number[];
}

/** A rectangle of relative spot moves and positions on the volatility axis. */
export interface LossBox {
  readonly spotDown: number;
  readonly spotUp: number;
  readonly volDown: number;
  readonly volUp: number;
}

/** Bounds on a problem: beyond, the answer is a typed error rather than an endless run. */
export const certifyLimits = {
  options: 5000,
  volNodes: 16,
  spotDown: -0.99,
  spotUp: 100,
  weightUsd: 1e15,
  price: 1e15,
  totalVol: 1e3,
} as const;

/**
 * Legs in columns, merged: calls and puts of one forward, strike and volatility are one leg, since a put is a call less its
 * forward. Each leg is the option that is out of the money now, which keeps its digits.
 */
export interface Legs {
  readonly count: number;
  readonly isCall: Uint8Array;
  /** Signed. */
  readonly weightUsd: Float64Array;
  readonly forward: Float64Array;
  readonly strike: Float64Array;
  /** ln(forward ÷ strike) now. */
  readonly logMoneyness: Float64Array;
  /** [leg × nodes + node] */
  readonly totalVols: Float64Array;
  readonly volNodes: readonly number[];
  /** Σ weight × price now, minus all constants: the loss is this − Σ weight × price − linearUsd × move. */
  readonly valueNowUsd: number;
  /** Including what turning calls into puts adds. */
  readonly linearUsd: number;
  /** Σ |weight| × forward, USD: what rounding is proportional to. */
  readonly grossUsd: number;
}

function checkProblem({ options, linearUsd, volNodes }: LossProblem): void {
  if (options.length > certifyLimits.options) {
    throw new PlimsollError("PLM_LIMIT", {
      field: "options.length",
      value: options.length,
      limit: `at most ${certifyLimits.options}`,
      remedy: "Certify the book in parts: the sum of their bounds is a bound of the whole.",
    });
  }
  requireNumber("linearUsd", linearUsd, -certifyLimits.weightUsd, certifyLimits.weightUsd);
  requireNumber("volNodes.length", volNodes.length, 1, certifyLimits.volNodes);
  for (let i = 0; i < volNodes.length; i++) {
    const node = requireNumber(`volNodes[${i}]`, volNodes[i] ?? NaN, -1e6, 1e6);
    const before = volNodes[i - 1] ?? -Infinity;
    if (node > before) continue;
    throw new PlimsollError("PLM_DOMAIN", {
      field: `volNodes[${i}]`,
      value: node,
      limit: `above ${before}`,
      remedy: "Give the nodes of the volatility axis in ascending order, each once.",
    });
  }
  for (let i = 0; i < options.length; i++) {
    const { weightUsd, forward, strike, totalVolNow, totalVols } = options[i] ?? missing;
    const field = `options[${i}]`;
    requireNumber(`${field}.weightUsd`, weightUsd, -certifyLimits.weightUsd, certifyLimits.weightUsd);
    requireNumber(`${field}.forward`, forward, 1e-12, certifyLimits.price);
    requireNumber(`${field}.strike`, strike, 0, certifyLimits.price);
    requireNumber(`${field}.totalVolNow`, totalVolNow, 0, certifyLimits.totalVol);
    requireNumber(`${field}.totalVols.length`, totalVols.length, volNodes.length, volNodes.length);
    for (const vol of totalVols) requireNumber(`${field}.totalVols`, vol, 0, certifyLimits.totalVol);
  }
}

const missing: OptionLeg = {
  weightUsd: NaN,
  isCall: true,
  forward: NaN,
  strike: NaN,
  totalVolNow: NaN,
  totalVols: [],
};

interface Merged {
  weightUsd: number;
  readonly leg: OptionLeg;
}

/** @throws {PlimsollError} `PLM_DOMAIN` or `PLM_LIMIT` naming what is out of range. */
export function legsOf(problem: LossProblem): Legs {
  checkProblem(problem);
  const { volNodes } = problem;
  let { linearUsd } = problem;
  const merged = new Map<string, Merged>();
  for (const leg of problem.options) {
    const { weightUsd, isCall, forward, strike, totalVolNow, totalVols } = leg;
    if (weightUsd === 0) continue;
    // put = call − forward + strike: the constant drops out of every loss
    const kept = strike >= forward;
    if (isCall !== kept) linearUsd += (isCall ? weightUsd : -weightUsd) * forward;
    if (strike === 0) continue;
    const key = [forward, strike, totalVolNow, ...totalVols].join(" ");
    const known = merged.get(key);
    if (known) known.weightUsd += weightUsd;
    else merged.set(key, { weightUsd, leg });
  }
  const kept = [...merged.values()].filter(({ weightUsd }) => weightUsd !== 0);
  const count = kept.length;
  const nodes = volNodes.length;
  const legs = {
    count,
    isCall: new Uint8Array(count),
    weightUsd: new Float64Array(count),
    forward: new Float64Array(count),
    strike: new Float64Array(count),
    logMoneyness: new Float64Array(count),
    totalVols: new Float64Array(count * nodes),
    volNodes,
    linearUsd,
  };
  let valueNowUsd = 0;
  let grossUsd = Math.abs(linearUsd);
  for (let i = 0; i < count; i++) {
    const entry = kept[i];
    if (!entry) continue;
    const { weightUsd, leg } = entry;
    const { forward, strike } = leg;
    const logMoneyness = logRatio(forward, strike);
    const isCall = strike >= forward;
    legs.isCall[i] = isCall ? 1 : 0;
    legs.weightUsd[i] = weightUsd;
    legs.forward[i] = forward;
    legs.strike[i] = strike;
    legs.logMoneyness[i] = logMoneyness;
    legs.totalVols.set(leg.totalVols, i * nodes);
    valueNowUsd += weightUsd * priceAt(isCall, forward, strike, logMoneyness, leg.totalVolNow);
    grossUsd += Math.abs(weightUsd) * forward;
  }
  return { ...legs, valueNowUsd, grossUsd };
}

/** Undiscounted Black-76, with the logarithm of forward over strike known. */
export function priceAt(
  isCall: boolean,
  forward: number,
  strike: number,
  logMoneyness: number,
  totalVol: number,
): number {
  const intrinsic = isCall ? Math.max(0, forward - strike) : Math.max(0, strike - forward);
  return intrinsic + outOfTheMoneyFromDistance(Math.min(forward, strike), Math.abs(logMoneyness), totalVol);
}

/** Index of the first of the two nodes between which a position on the volatility axis lies. */
export function volPiece(volNodes: readonly number[], vol: number): number {
  let piece = 0;
  while (piece + 2 < volNodes.length && vol >= (volNodes[piece + 1] ?? 0)) piece++;
  return piece;
}

/** Loss in USD at a relative spot move and a position on the volatility axis. Negative: a gain. */
export function lossAt(legs: Legs, spot: number, vol: number): number {
  const { count, volNodes, totalVols } = legs;
  const nodes = volNodes.length;
  const piece = volPiece(volNodes, vol);
  const from = volNodes[piece] ?? 0;
  const width = (volNodes[piece + 1] ?? from) - from;
  const share = width > 0 ? (vol - from) / width : 0;
  const shift = log1p(spot);
  let sum = legs.valueNowUsd - legs.linearUsd * spot;
  for (let i = 0; i < count; i++) {
    const at = i * nodes + piece;
    const low = totalVols[at] ?? 0;
    const totalVol = share === 0 ? low : Math.max(0, low + share * ((totalVols[at + 1] ?? low) - low));
    const price = priceAt(
      legs.isCall[i] === 1,
      (legs.forward[i] ?? 0) * (1 + spot),
      legs.strike[i] ?? 0,
      (legs.logMoneyness[i] ?? 0) + shift,
      totalVol,
    );
    sum -= (legs.weightUsd[i] ?? 0) * price;
  }
  return sum;
}
