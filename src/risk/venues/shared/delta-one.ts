/**
 * Profit of a delta-one contract at a relative move of its price, in what it settles in. An inverse contract of `position`
 * coin-equivalents settles position × (1 − 1/(1 + move)) coin; a linear one position × move, where position is in units of underlying
 * for a result in units at the old price, or a notional for one in quote currency.
 */
export const deltaOnePnl = (contract: "inverse" | "linear", position: number, move: number): number =>
  contract === "inverse" ? position * (1 - 1 / (1 + move)) : position * move;
