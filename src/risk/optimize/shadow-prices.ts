import { type Portfolio } from "../../market/index.ts";
import { parseDecimal } from "../../quantity/index.ts";
import { assetPriceUsd } from "../account-value.ts";
import { marginFigures } from "../portfolio-margin/many-accounts.ts";
import { type PreparedMarket } from "../portfolio-margin/prepare.ts";

/** What one more dollar of an asset does to an account, by the whole model. */
export interface ShadowPrice {
  readonly asset: string;
  /** USD of initial requirement that it takes away; negative where it adds. */
  readonly lowersPerUsd: number;
  /** USD of initial excess that it adds: the dollar itself and what it takes from the requirement. */
  readonly excessPerUsd: number;
}

/** Size of the step, USD, so that the rounding of money does not show: a dollar, or a hundred-thousandth of a larger requirement. */
const stepUsd = (requirementUsd: number): number => Math.max(1, requirementUsd / 100_000);

/** The marginal effect of each asset on the initial requirement, upward, all else equal. Assets in the order given. */
export function shadowPrices(
  prepared: PreparedMarket,
  portfolio: Portfolio,
  assets: Iterable<string>,
): readonly ShadowPrice[] {
  const before = marginFigures(prepared, portfolio);
  const step = stepUsd(before.initialMargin);
  return [...assets].flatMap((asset): readonly ShadowPrice[] => {
    const priceUsd = assetPriceUsd(prepared.market, asset);
    if (!(priceUsd > 0)) return [];
    const amount = parseDecimal((step / priceUsd).toFixed(12));
    const balances = [...portfolio.balances, { asset, amount }];
    const after = marginFigures(prepared, { ...portfolio, balances });
    // The value actually added, after the amount was cut to its digits.
    const addedUsd = (Number(amount.coefficient) / Number(`1e${amount.scale}`)) * priceUsd;
    const lowersPerUsd = (before.initialMargin - after.initialMargin) / addedUsd + 0;
    return [{ asset, lowersPerUsd, excessPerUsd: 1 + lowersPerUsd }];
  });
}
