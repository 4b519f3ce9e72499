import { type Option } from "../../market/index.ts";

/** An option position for payoff arithmetic. */
export interface OptionHolding {
  readonly option: Option;
  /** Contracts, signed. */
  readonly size: number;
}

/**
 * The lowest that options of one underlying and expiry can pay together at settlement, quote currency: the minimum over
 * settlement prices 0 and every strike, between which the payoff is linear. `−Infinity` when net short calls leave
 * it without a floor. Inverse options pay the same value (their coin at the settlement price).
 */
export function worstPayoff(holdings: readonly OptionHolding[]): number {
  const payoffAt = (price: number): number => {
    let total = 0;
    for (const { option, size } of holdings) {
      const intrinsic = option.optionType === "call" ? price - option.strike : option.strike - price;
      if (intrinsic > 0) total += size * option.contractSize * intrinsic;
    }
    return total;
  };
  let netCalls = 0;
  for (const { option, size } of holdings)
    if (option.optionType === "call") netCalls += size * option.contractSize;
  if (netCalls < 0) return -Infinity;
  let worst = payoffAt(0);
  for (const { option } of holdings) worst = Math.min(worst, payoffAt(option.strike));
  return worst;
}
