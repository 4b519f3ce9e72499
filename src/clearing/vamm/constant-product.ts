import { mulDivCeil } from "../../quantity/money.ts";

/**
 * Two reserves whose product stays: what one must be when the other is `newReserve` > 0. Rounded up, so that whoever trades pays at
 * least, and gets at most, what the curve says, and the product never falls.
 */
export const counterReserveCeil = (product: bigint, newReserve: bigint): bigint =>
  mulDivCeil(product, 1n, newReserve);
