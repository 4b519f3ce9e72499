import {
  linearForwardCurve,
  msPerYear,
  sviSurface,
  type SviSlice,
  type SviSurface,
} from "../../market/index.ts";
import { exp, log, normalInverse } from "../../numerics/index.ts";

/**
 * A volatility surface in few numbers, by days to expiry at fixed nodes. Slices have the form of an SSVI surface: with
 * z = ln(strike/forward)/√θ and θ the total variance at the money,
 *
 *     w/θ = (1 + ρ·v·z + √((v·z + ρ)² + 1 − ρ²))/2
 *
 * Gatheral and Jacquier (2014), "Arbitrage-free SVI volatility surfaces". In this form v and ρ hardly depend on the tenor.
 */
export interface SurfaceState {
  /** ln of the volatility at the money at 30 days, annual fraction. */
  readonly level: number;
  /** The rest, in the order of {@link shapeNames}. */
  readonly shape: readonly number[];
}

const termDays = [2, 7, 90, 180] as const;
const smileDays = [2, 30, 180] as const;
const basisDays = [30, 180] as const;

/** What stands at each place of {@link SurfaceState.shape}. */
export const shapeNames: readonly string[] = [
  ...termDays.map((days) => `ln at-the-money volatility, ${days} d over 30 d`),
  ...smileDays.map((days) => `ρ, ${days} d`),
  ...smileDays.map((days) => `ln v, ${days} d`),
  ...basisDays.map((days) => `annual basis, ${days} d`),
];

const [termAt, rhoAt, vAt, basisAt] = [
  0,
  termDays.length,
  termDays.length + smileDays.length,
  termDays.length + 2 * smileDays.length,
];

/** Volatilities of one expiry at the deltas that traders quote. */
export interface QuotedSmile {
  readonly expiryYears: number;
  readonly forward: number;
  readonly indexUsd: number;
  /** Annual fractions. */
  readonly atmVol: number;
  readonly call25Vol: number;
  readonly put25Vol: number;
  readonly call10Vol: number;
  readonly put10Vol: number;
}

const rhoLimit = 0.9;
/** v²(1 + |ρ|) ≤ 4 keeps butterflies; this holds for every ρ. */
const vLimit = 1.4;
const leastV = 0.05;
/** Beyond this annualised basis a forward is a misprint. */
const basisLimit = 0.5;
/** Basis of nearer expiries is all noise. */
const basisFromDays = 5;

const daysOf = (years: number): number => years * 365;

/** Linear in ln(days) between nodes, level beyond them. */
function atDays(nodes: readonly (readonly [days: number, value: number])[], days: number): number {
  let before = nodes[0]!;
  for (const node of nodes) {
    if (node[0] >= days) {
      if (node === before) return node[1];
      const share = log(days / before[0]) / log(node[0] / before[0]);
      return before[1] + share * (node[1] - before[1]);
    }
    before = node;
  }
  return before[1];
}

const ratioAt = (rho: number, v: number, z: number): number => {
  const x = v * z;
  return (1 + rho * x + Math.sqrt((x + rho) * (x + rho) + 1 - rho * rho)) / 2;
};

/** ρ and v of a smile, by damped Gauss–Newton steps on the relative volatilities at the four quoted deltas. */
export function fitSmile(smile: QuotedSmile): { readonly rho: number; readonly v: number } {
  const root = Math.sqrt(smile.expiryYears);
  const points = (
    [
      [smile.call25Vol, 0.25, 1],
      [smile.put25Vol, 0.75, 1],
      [smile.call10Vol, 0.1, 0.7],
      [smile.put10Vol, 0.9, 0.7],
    ] as const
  ).map(([vol, d1, weight]) => {
    const deviation = vol * root;
    const logMoneyness = -normalInverse(d1) * deviation + (deviation * deviation) / 2;
    return { z: logMoneyness / (smile.atmVol * root), target: vol / smile.atmVol, weight };
  });
  const limited = (rho: number, v: number): { rho: number; v: number } => ({
    rho: Math.max(-rhoLimit, Math.min(rhoLimit, rho)),
    v: Math.max(leastV, Math.min(vLimit, v)),
  });
  const errorOf = ({ rho, v }: { rho: number; v: number }): number =>
    points.reduce((sum, { z, target, weight }) => {
      const error = Math.sqrt(ratioAt(rho, v, z)) - target;
      return sum + weight * error * error;
    }, 0);
  let best = { rho: -0.2, v: 0.8 };
  let least = errorOf(best);
  let damping = 1e-3;
  const step = 1e-5;
  for (let round = 0; round < 40; round++) {
    let [rr, rv, vv, re, ve] = [0, 0, 0, 0, 0];
    for (const { z, target, weight } of points) {
      const here = Math.sqrt(ratioAt(best.rho, best.v, z));
      const byRho = (Math.sqrt(ratioAt(best.rho + step, best.v, z)) - here) / step;
      const byV = (Math.sqrt(ratioAt(best.rho, best.v + step, z)) - here) / step;
      rr += weight * byRho * byRho;
      rv += weight * byRho * byV;
      vv += weight * byV * byV;
      re += weight * byRho * (target - here);
      ve += weight * byV * (target - here);
    }
    const [a, d] = [rr + damping, vv + damping];
    const determinant = a * d - rv * rv;
    const next = limited(
      best.rho + (d * re - rv * ve) / determinant,
      best.v + (a * ve - rv * re) / determinant,
    );
    const error = errorOf(next);
    if (error < least) [best, least, damping] = [next, error, damping / 4];
    else damping *= 8;
  }
  return best;
}

/** A recorded surface in few numbers; undefined when its expiries do not reach from a week to three months. */
export function stateOf(smiles: readonly QuotedSmile[]): SurfaceState | undefined {
  const sorted = smiles.toSorted((a, b) => a.expiryYears - b.expiryYears);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (!first || !last || daysOf(first.expiryYears) > 7 || daysOf(last.expiryYears) < 90) return undefined;
  const nodes = (value: (smile: QuotedSmile) => number): (readonly [number, number])[] =>
    sorted.map((smile) => [daysOf(smile.expiryYears), value(smile)]);
  const atm = nodes(({ atmVol }) => log(atmVol));
  const fits = sorted.map(fitSmile);
  const rho = sorted.map((smile, at): readonly [number, number] => [
    daysOf(smile.expiryYears),
    fits[at]!.rho,
  ]);
  const v = sorted.map((smile, at): readonly [number, number] => [
    daysOf(smile.expiryYears),
    log(fits[at]!.v),
  ]);
  const basis = nodes(({ forward, indexUsd, expiryYears }) =>
    Math.max(-basisLimit, Math.min(basisLimit, log(forward / indexUsd) / expiryYears)),
  ).filter(([days]) => days >= basisFromDays);
  const level = atDays(atm, 30);
  return {
    level,
    shape: [
      ...termDays.map((days) => atDays(atm, days) - level),
      ...smileDays.map((days) => atDays(rho, days)),
      ...smileDays.map((days) => atDays(v, days)),
      ...basisDays.map((days) => atDays(basis, days)),
    ],
  };
}

const pick = (state: SurfaceState, from: number, days: readonly number[]): (readonly [number, number])[] =>
  days.map((node, at) => [node, state.shape[from + at]!]);

/** Volatility at the money of a tenor, annual fraction. */
export function atmVolOf(state: SurfaceState, days: number): number {
  const nodes: (readonly [number, number])[] = [...pick(state, termAt, termDays), [30, 0]];
  nodes.sort(([a], [b]) => a - b);
  return exp(state.level + atDays(nodes, days));
}

/** Forward over spot at a tenor. */
export const carryOf = (state: SurfaceState, days: number): number =>
  exp((atDays(pick(state, basisAt, basisDays), days) * days) / 365);

/** Standard deviations either side to which a slice counts as quoted. */
const quotedReach = 4.5;

/** The surface of a state, with a slice for each expiry. Free of butterflies; what crosses in time the surface itself lifts. */
export function surfaceOf(state: SurfaceState, asOfMs: number, expiriesMs: readonly number[]): SviSurface {
  return sviSurface({ asOfMs, slices: expiriesMs.map((expiryMs) => sliceOf(state, asOfMs, expiryMs)) });
}

function sliceOf(state: SurfaceState, asOfMs: number, expiryMs: number): SviSlice {
  const years = (expiryMs - asOfMs) / msPerYear;
  const days = daysOf(years);
  const vol = atmVolOf(state, days);
  const variance = vol * vol * years;
  const rho = Math.max(-rhoLimit, Math.min(rhoLimit, atDays(pick(state, rhoAt, smileDays), days)));
  const v = Math.max(leastV, Math.min(vLimit, exp(atDays(pick(state, vAt, smileDays), days))));
  const phi = v / Math.sqrt(variance);
  const reach = quotedReach * Math.sqrt(variance);
  return {
    expiryMs,
    parameters: {
      a: (variance / 2) * (1 - rho * rho),
      b: (variance * phi) / 2,
      rho,
      m: -rho / phi,
      sigma: Math.sqrt(1 - rho * rho) / phi,
    },
    minLogMoneyness: -reach,
    maxLogMoneyness: reach,
  };
}

/** Forwards of a state at some expiries. */
export const forwardsOf = (
  state: SurfaceState,
  spot: number,
  asOfMs: number,
  expiriesMs: readonly number[],
): ReturnType<typeof linearForwardCurve> =>
  linearForwardCurve({
    asOfMs,
    spot,
    points: expiriesMs.map((expiryMs) => ({
      expiryMs,
      forward: spot * carryOf(state, daysOf((expiryMs - asOfMs) / msPerYear)),
    })),
  });
