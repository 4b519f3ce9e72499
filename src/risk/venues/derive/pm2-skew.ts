import { type Fixed18, abs, div, max, min, mul, one } from "../shared/fixed18.ts";
import { yearFraction } from "./black76.ts";
import { ln, sqrt } from "./fixed-math.ts";
import { type ExpiryBook, type PmOption } from "./pm-inputs.ts";

/** Rotation (`linear`) and bending (`abs`) of the volatility skew. */
export interface SkewParams {
  readonly linearBaseCap: Fixed18;
  readonly absBaseCap: Fixed18;
  /** Per square root of a year. */
  readonly linearCBase: Fixed18;
  readonly absCBase: Fixed18;
  readonly minKStar: Fixed18;
  readonly widthScale: Fixed18;
  readonly volParamStatic: Fixed18;
  readonly volParamScale: Fixed18;
}

/**
 * The volatility of an option in a skew scenario: its multiplier grows with log-moneyness k = ln(K/F), |k| for `abs`,
 * up to a cap that is reached at kStar. Never negative.
 */
export function skewedVol(
  option: PmOption,
  expiry: Pick<ExpiryBook, "secToExpiry" | "forwardFixed" | "forwardVariable">,
  kind: "linear" | "abs",
  params: SkewParams,
): Fixed18 {
  const forward = expiry.forwardFixed + expiry.forwardVariable;
  if (forward <= 0n || option.strike <= 0n) return option.vol;
  const rootYears = sqrt(yearFraction(expiry.secToExpiry));
  const width = mul(
    mul(rootYears, params.widthScale),
    params.volParamStatic + mul(rootYears, params.volParamScale),
  );
  const kStar = max(max(params.minKStar, width), 1n);
  const moneyness = ln(div(option.strike, forward));
  const k = kind === "abs" ? abs(moneyness) : moneyness;
  const cap =
    kind === "abs"
      ? mul(params.absCBase, rootYears) + params.absBaseCap
      : mul(params.linearCBase, rootYears) + params.linearBaseCap;
  const slope = div(mul(k, cap), kStar);
  const multiplier = one + (k >= 0n ? min(cap, slope) : max(-cap, slope));
  return mul(option.vol, max(0n, multiplier));
}
