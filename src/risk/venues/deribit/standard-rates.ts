/** Margin of a linear perpetual or future under standard margin: rate = base + increment × size. */
export function linearPerpetualMargin(rule: {
  readonly baseRate: number;
  readonly incrementPerUnit: number;
  /** Units of underlying, signed. */
  readonly size: number;
  /** USD per unit. */
  readonly price: number;
}): { readonly rate: number; readonly margin: number } {
  const size = Math.abs(rule.size);
  const rate = rule.baseRate + rule.incrementPerUnit * size;
  return { rate, margin: rate * size * rule.price };
}

/** Rates of the standard option rule, fractions of the underlying. */
export interface StandardOptionRates {
  /** 0.15: initial margin of an at-the-money short, less its out-of-the-money amount. */
  readonly initial: number;
  /** 0.10: least initial margin of a short call. */
  readonly initialFloor: number;
  /** 0.075: maintenance. */
  readonly maintenance: number;
}

/** One short option, prices as fractions of the underlying (coin). */
export interface ShortOption {
  readonly optionType: "call" | "put";
  /** Mark price in coin. */
  readonly mark: number;
  readonly strike: number;
  /** USD per coin. */
  readonly spot: number;
}

/**
 * Margin in coin of one sold option, its mark included. Call: initial max(0.15 − OTM/S, 0.10) + mark, maintenance
 * 0.075 + mark. Put: maintenance max(0.075, 0.075 × mark) + mark, initial max(max(0.15 − OTM/S, 0.10) + mark,
 * maintenance). A bought option asks for its premium only.
 */
export function shortOptionMargin(
  option: ShortOption,
  rates: StandardOptionRates,
): { readonly initial: number; readonly maintenance: number } {
  const { optionType, mark, strike, spot } = option;
  const otm = Math.max(0, optionType === "call" ? strike - spot : spot - strike) / spot;
  const initial = Math.max(rates.initial - otm, rates.initialFloor) + mark;
  if (optionType === "call") return { initial, maintenance: rates.maintenance + mark };
  const maintenance = Math.max(rates.maintenance, rates.maintenance * mark) + mark;
  return { initial: Math.max(initial, maintenance), maintenance };
}
