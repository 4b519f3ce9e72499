import { one, type Fixed18 } from "../../../risk/venues/shared/fixed18.ts";

/*
 * Coefficients of the (6, 7)-term rational approximation of e^x on ±ln 2 / 2 that lyra-utils uses at commit 759e9625, by R. Bloemen
 * (2022), in 2^96ths. Figures; the last digits of recorded interest follow from them.
 */
const bits = 96n;
const ln2 = 54_916_777_467_707_473_351_141_471_128n;
const numerator = [
  2772001395605857295435445496992n,
  44335888930127919016834873520032n,
  398888492587501845352592340339721n,
  1993839819670624470859228494792842n,
] as const;
const numeratorEnd = 4385272521454847904632057985693276n;
const finalScale = 3822833074963236453042738258902158003155416615667n;

const lowest = -42_139_678_854_452_767_551n;

const times = (a: bigint, b: bigint): bigint => (a * b) >> bits;

/** e^x as Derive's fixed-point library gives it, to the digit: e^0 is a unit of the last decimal below 1. */
export function deriveExp(x: Fixed18): Fixed18 {
  if (x <= lowest) return 0n;
  const wide = (x << bits) / one;
  const doublings = ((wide << bits) / ln2 + (1n << (bits - 1n))) >> bits;
  const rest = wide - doublings * ln2;
  let top = 1n << bits;
  for (const coefficient of numerator) top = times(top, rest) + coefficient;
  top = top * rest + (numeratorEnd << bits);
  const z = times(rest + 750530180792738023273180420736n, rest) + 32788456221302202726307501949080n;
  const shifted = rest - 2218138959503481824038194425854n;
  const w = times(shifted, z) + 892943633302991980437332862907700n;
  const bottom = times(z + w - 78174809823045304726920794422040n, w) + 4203224763890128580604056984195872n;
  return ((top / bottom) * finalScale) >> (195n - doublings);
}
