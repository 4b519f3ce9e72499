import { type Fixed18, mul, one } from "../shared/fixed18.ts";
import { exp as exactExp, ln, sqrt } from "../shared/fixed18-functions.ts";
import { normalCdf } from "./normal-cdf.ts";

export { ln, normalCdf, sqrt };

/** e^x as the venue computes it: e^0 is one unit of the last decimal below 1, which its zero-rate discounts show. */
export const exp = (x: Fixed18): Fixed18 => (x === 0n ? one - 1n : exactExp(x));

/** base^exponent as e^(exponent · ln base), for base > 0. */
export const pow = (base: Fixed18, exponent: Fixed18): Fixed18 => exp(mul(exponent, ln(base)));
