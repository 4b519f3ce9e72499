/** Reserves of Drift's virtual AMM: base 1e9, quote 1e9, peg 1e6. */
export interface DriftAmm {
  readonly baseReserve: bigint;
  readonly quoteReserve: bigint;
  readonly sqrtK: bigint;
  readonly peg: bigint;
}

const reserveOne = 1_000_000_000n;

/** quote × peg ÷ base, 1e6, down. */
export const driftPrice = ({ baseReserve, quoteReserve, peg }: DriftAmm): bigint =>
  baseReserve === 0n ? 0n : (quoteReserve * peg) / baseReserve;

/** Reserves after base was added to or removed from the AMM: quote = sqrtK² ÷ base, down. */
export function driftSwap(
  { baseReserve, sqrtK }: DriftAmm,
  swapBase: bigint,
  direction: "add" | "remove",
): { readonly baseReserveAfter: bigint; readonly quoteReserveAfter: bigint } {
  const baseReserveAfter = direction === "add" ? baseReserve + swapBase : baseReserve - swapBase;
  return { baseReserveAfter, quoteReserveAfter: (sqrtK * sqrtK) / baseReserveAfter };
}

/** What a new peg costs the AMM, 1e6: the traders' net quote × the change of the peg, toward 0. */
export const driftRepegCost = (
  { quoteReserve, peg }: DriftAmm,
  terminalQuoteReserve: bigint,
  newPeg: bigint,
): bigint => ((quoteReserve - terminalQuoteReserve) * (newPeg - peg)) / reserveOne;
