import { multiply, type Rational, subtract } from "../../../risk/venues/shared/rational.ts";
import { closeAccount } from "../../liquidation/bad-debt.ts";
import { type StepSize, sizeToRestoreFloor } from "../../liquidation/size-to-restore.ts";
import {
  collateralForDebtFloor,
  debtForCollateralCeil,
  type TransferTerms,
} from "../../liquidation/transfer.ts";
import { fortyDigits, fromUnits, toUnits } from "./forty-digits.ts";

/** Size of a step, or `null` when the whole must be taken or none helps. */
function sizeOf(shortage: Rational, relief: Rational, cost: Rational): Rational | null {
  const terms = { shortage: toUnits(shortage), relief: toUnits(relief), cost: toUnits(cost) };
  const step: StepSize = sizeToRestoreFloor({ ...terms, per: fortyDigits });
  return step.kind === "routedOnward" ? null : fromUnits(step.size);
}

/** Drift: base to close. Relief is what the margin ratio frees beyond the liquidator's fee, cost the fund's fee; both per base. */
export function statedBaseToCover(cover: {
  readonly shortage: Rational;
  readonly marginRatio: Rational;
  readonly liquidatorFee: Rational;
  readonly insuranceFee: Rational;
  readonly price: Rational;
  readonly quotePrice: Rational;
}): Rational | null {
  const { shortage, marginRatio, liquidatorFee, insuranceFee, price, quotePrice } = cover;
  const relief = multiply(multiply(price, quotePrice), subtract(marginRatio, liquidatorFee));
  return sizeOf(shortage, relief, multiply(price, insuranceFee));
}

/** Drift: debt to hand over. Relief is the difference of the weights, the collateral's with its bonus; cost the fund's fee. */
export function statedLiabilityTransfer(transfer: {
  readonly shortage: Rational;
  readonly assetWeight: Rational;
  readonly liabilityWeight: Rational;
  /** Collateral given per debt at prices: asset multiplier ÷ liability multiplier. */
  readonly incentive: Rational;
  readonly insuranceFee: Rational;
  readonly liabilityPrice: Rational;
}): Rational | null {
  const { shortage, assetWeight, liabilityWeight, incentive, insuranceFee, liabilityPrice } = transfer;
  const relief = multiply(liabilityPrice, subtract(liabilityWeight, multiply(assetWeight, incentive)));
  return sizeOf(shortage, relief, multiply(multiply(liabilityPrice, insuranceFee), liabilityWeight));
}

const transferTerms = (terms: StatedExchange): TransferTerms => ({
  debtPrice: toUnits(terms.liabilityPrice),
  collateralPrice: toUnits(terms.assetPrice),
  incentive: terms.incentive,
});

export interface StatedExchange {
  readonly liabilityPrice: Rational;
  readonly assetPrice: Rational;
  readonly incentive: Rational;
}

/** Collateral that goes with a debt. */
export const statedAssetForLiability = (liability: Rational, terms: StatedExchange): Rational =>
  fromUnits(collateralForDebtFloor(toUnits(liability), transferTerms(terms)));

/** Debt that goes with collateral. */
export const statedLiabilityForAsset = (asset: Rational, terms: StatedExchange): Rational =>
  fromUnits(debtForCollateralCeil(toUnits(asset), transferTerms(terms)));

/** Perpetual Protocol v1: a liquidated position's profit, the liquidator's fee, and what the fund pays. */
export function statedBadDebt(position: {
  readonly long: boolean;
  readonly margin: Rational;
  readonly openNotional: Rational;
  readonly exitNotional: Rational;
  readonly feeRatio: Rational;
}): {
  readonly realizedPnl: Rational;
  readonly liquidationFee: Rational;
  readonly remainingMargin: Rational;
  readonly badDebtTotal: Rational;
} {
  const { long, margin, openNotional, exitNotional, feeRatio } = position;
  const realizedPnl = long ? subtract(exitNotional, openNotional) : subtract(openNotional, exitNotional);
  const liquidationFee = multiply(exitNotional, feeRatio);
  const { remaining, badDebt } = closeAccount({
    margin: toUnits(margin),
    realisedPnl: toUnits(realizedPnl),
    fee: toUnits(liquidationFee),
  });
  return {
    realizedPnl,
    liquidationFee,
    remainingMargin: fromUnits(remaining),
    badDebtTotal: fromUnits(badDebt),
  };
}
