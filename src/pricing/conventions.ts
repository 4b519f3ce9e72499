import { requirePositive } from "../quantity/error.ts";
import { black76Greeks, type Black76Greeks, type Black76Input } from "./black76.ts";
import { logRatio } from "./black76-kernel.ts";

// The same option seen from where it is hedged: with the forward (black76Greeks), with spot, or in coin.

/**
 * Greeks with respect to spot, for a forward that moves as a fixed multiple of it: delta and vanna times F/S, gamma times (F/S)².
 * Theta holds *spot*: the forward runs along its curve towards spot as time passes, so −delta·F·ln(F/S)/T joins the
 * forward theta. Price, vega and volga are unchanged.
 *
 * @param input - with a discount factor for a premium paid up front.
 * @param spot - quote currency per unit of underlying, > 0.
 * @throws {PlimsollError} `PLM_DOMAIN` if an argument is NaN, infinite or out of range.
 */
export function spotGreeks(input: Black76Input, spot: number): Black76Greeks {
  requirePositive("spot", spot);
  const greeks = black76Greeks(input);
  const { forward, expiryYears } = input;
  const ratio = forward / spot;
  const carryRate = forward > 0 && expiryYears > 0 ? logRatio(forward, spot) / expiryYears : 0;
  return {
    ...greeks,
    delta: greeks.delta * ratio,
    gamma: greeks.gamma * ratio * ratio,
    theta: greeks.theta - greeks.delta * forward * carryRate,
    vanna: greeks.vanna * ratio,
  };
}

/** Greeks of a coin-settled (inverse) option, whose price is in coin: Black-76 value over the forward, p = V/F. */
export interface CoinGreeks {
  /** Coin per unit of underlying. */
  readonly price: number;
  /**
   * Black-76 delta ∂V/∂F, as most venues show it: the units that hedge the value in quote currency when the premium is
   * accounted in quote currency too.
   */
  readonly delta: number;
  /**
   * Delta less the premium, Δ − p = F·∂p/∂F: the units that hedge the value in *coin*, since the premium itself is held in
   * coin. For a call (K/F)·N(d2).
   */
  readonly premiumAdjustedDelta: number;
  /** ∂(premiumAdjustedDelta)/∂F = Γ − (Δ − p)/F. Units per unit of quote currency. */
  readonly gamma: number;
  /** ∂p/∂vol. Coin per 1.00 of volatility. */
  readonly vega: number;
  /** Change of p per year of passing time, coin. */
  readonly theta: number;
  /** ∂(premiumAdjustedDelta)/∂vol. */
  readonly vanna: number;
  /** ∂²p/∂vol². Coin. */
  readonly volga: number;
}

/**
 * Coin convention. Its quote-currency worth is `price` times the index, not times the forward.
 *
 * @param input - undiscounted (venues that settle in coin quote V/F); a discount factor, if given, scales V. `forward` > 0.
 * @throws {PlimsollError} `PLM_DOMAIN` if an argument is NaN, infinite or out of range.
 */
export function coinGreeks(input: Black76Input): CoinGreeks {
  requirePositive("forward", input.forward);
  const { forward } = input;
  const greeks = black76Greeks(input);
  const price = greeks.price / forward;
  const premiumAdjustedDelta = greeks.delta - price;
  return {
    price,
    delta: greeks.delta,
    premiumAdjustedDelta,
    gamma: greeks.gamma - premiumAdjustedDelta / forward,
    vega: greeks.vega / forward,
    theta: greeks.theta / forward,
    vanna: greeks.vanna - greeks.vega / forward,
    volga: greeks.volga / forward,
  };
}
