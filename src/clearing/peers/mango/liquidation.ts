import { addFractions, type Fraction, multiplyFractions, whole } from "../../liquidation/fraction.ts";
import { type StepSize, sizeToRestoreCeil } from "../../liquidation/size-to-restore.ts";

/** A borrowed token that is handed over with a deposited one. Prices in one unit of money per native unit × any common scale. */
export interface MangoTokenTransfer {
  /** Health by initial weights at the prices that end a liquidation, × the scale of the prices. Negative while short. */
  readonly health: bigint;
  readonly initLiabWeight: Fraction;
  readonly initAssetWeight: Fraction;
  /** Prices that end a liquidation: of the debt the higher, of the deposit the lower of oracle and stable price. */
  readonly liabEndPrice: bigint;
  readonly assetEndPrice: bigint;
  readonly liabOraclePrice: bigint;
  readonly assetOraclePrice: bigint;
  readonly liabFee: Fraction;
  readonly assetFee: Fraction;
  /** Native units of the debt that may be handed over: what is owed, and what the deposit covers. */
  readonly available: bigint;
}

/**
 * Mango v4, token liquidation: the debt *x* that brings health to 0,
 *
 *     x = −health ÷ (liabWeight × liabEndPrice − assetWeight × assetEndPrice × liabOracle ÷ assetOracle × (1 + liabFee) × (1 + assetFee))
 *
 * {@link sizeToRestoreCeil} with what a unit of debt weighed as relief and what the deposit given for it weighed as cost.
 *
 * @see blockworks-foundation/mango-v4, `token_liq_with_token`
 */
export function mangoTokenTransfer(transfer: MangoTokenTransfer): StepSize {
  const { health, initLiabWeight, initAssetWeight, assetOraclePrice, available } = transfer;
  const fees = multiplyFractions(
    addFractions(whole, transfer.liabFee),
    addFractions(whole, transfer.assetFee),
  );
  const given = multiplyFractions(initAssetWeight, fees);
  const per = initLiabWeight.denominator * given.denominator * assetOraclePrice;
  return sizeToRestoreCeil({
    shortage: -health,
    relief: initLiabWeight.numerator * transfer.liabEndPrice * given.denominator * assetOraclePrice,
    cost: given.numerator * transfer.assetEndPrice * transfer.liabOraclePrice * initLiabWeight.denominator,
    per,
    available,
  });
}
