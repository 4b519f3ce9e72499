import { type Market, msPerYear, type Option, type UnderlyingState } from "../../market/index.ts";
import { type OptionChainRow } from "../../market/readers/option-chain-csv.ts";
import { marketFromOptionChain } from "../../market/readers/option-chain-market.ts";
import { listedExpiries } from "../../market/synthetic-market.ts";
import { exp, log } from "../../numerics/index.ts";
import { black76Price } from "../../pricing/index.ts";
import { atmVolOf, forwardsOf, surfaceOf, type SurfaceState } from "./simulated-surface.ts";

/** A coin at one instant, all that its options are priced from. */
export interface SimulatedCoin {
  readonly symbol: string;
  readonly spotUsd: number;
  readonly state: SurfaceState;
}

/** Strikes are listed this far out, in standard deviations, and this close to each other. */
const reach = 2.5;
const stepDeviations = 0.25;

/**
 * A market of simulated options about recorded prices: expiries as Deribit lists them, strikes by standard deviations on round
 * numbers, inverse options priced on the surface; spot, perpetuals and futures on the index and the forwards.
 *
 * @param held - options that must be quoted besides, or, with `listed` false, alone. Expired ones are left out.
 */
export function simulatedMarket(input: {
  readonly asOfMs: number;
  readonly coins: readonly SimulatedCoin[];
  readonly held?: readonly Option[];
  readonly listed?: boolean;
}): Market {
  const { asOfMs, coins, held = [], listed = true } = input;
  const rows: OptionChainRow[] = [];
  const surfaces = new Map<string, Pick<UnderlyingState, "surface" | "forwards">>();
  for (const { symbol, spotUsd, state } of coins) {
    const own = held.filter(({ underlying, expiryMs }) => underlying === symbol && expiryMs > asOfMs);
    const usual = listedExpiries(asOfMs, "full");
    // The whole term structure, whatever is quoted: what lifts a slice is the same in every market of an instant.
    const expiries = [...new Set([...usual, ...own.map(({ expiryMs }) => expiryMs)])].sort((a, b) => a - b);
    const surface = surfaceOf(state, asOfMs, expiries);
    const forwards = forwardsOf(state, spotUsd, asOfMs, expiries);
    surfaces.set(symbol, { surface, forwards });
    const row = (optionType: "call" | "put", expiryMs: number, strike: number): OptionChainRow => {
      const forward = forwards.forwardAt(expiryMs).value;
      const impliedVol = surface.volAt(expiryMs, log(strike / forward)).value;
      const expiryYears = (expiryMs - asOfMs) / msPerYear;
      const price = black76Price({ optionType, forward, strike, expiryYears, vol: impliedVol });
      return {
        line: rows.length + 1,
        snapshot: "simulated",
        timeMs: asOfMs,
        currency: symbol,
        expiryMs,
        strike,
        optionType,
        forward,
        indexUsd: spotUsd,
        mark: price / forward,
        impliedVol,
      };
    };
    for (const expiryMs of listed ? usual : []) {
      const forward = forwards.forwardAt(expiryMs).value;
      const days = ((expiryMs - asOfMs) / msPerYear) * 365;
      for (const strike of strikesOf(forward, atmVolOf(state, days) * Math.sqrt(days / 365))) {
        for (const optionType of ["call", "put"] as const) rows.push(row(optionType, expiryMs, strike));
      }
    }
    for (const { optionType, expiryMs, strike } of own) rows.push(row(optionType, expiryMs, strike));
    // An instant with no option of a coin still has its index and perpetuals.
    if (!listed && own.length === 0) rows.push(row("call", usual[0]!, roundStrike(spotUsd, spotUsd)));
  }
  const { market } = marketFromOptionChain(rows, { source: "simulated options about recorded prices" });
  const underlyings = new Map(
    [...market.underlyings].map(([symbol, state]) => [symbol, { ...state, ...surfaces.get(symbol) }]),
  );
  return { ...market, synthetic: true, underlyings };
}

/** To 1, 2.5 or 5 times a power of ten near half a percent of the price. */
function roundStrike(strike: number, near: number): number {
  let power = 1e-9;
  while (power * 10 <= near * 0.005) power *= 10;
  const step = near * 0.005 >= 5 * power ? 5 * power : near * 0.005 >= 2.5 * power ? 2.5 * power : power;
  return Math.round(Math.round(strike / step) * step * 1e6) / 1e6;
}

function strikesOf(forward: number, deviation: number): readonly number[] {
  const strikes = new Set<number>();
  for (let z = -reach; z <= reach; z += stepDeviations)
    strikes.add(roundStrike(forward * exp(z * deviation), forward));
  return [...strikes].filter((strike) => strike > 0).sort((a, b) => a - b);
}
