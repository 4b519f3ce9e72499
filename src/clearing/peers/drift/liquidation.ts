import { allowedReliefFloor } from "../../liquidation/ramp.ts";
import { cannotImprove, type RestoreTerms, sizeToRestoreFloor } from "../../liquidation/size-to-restore.ts";

const priceOne = 1_000_000n;
const baseOne = 1_000_000_000n;
/** Fees and ratios in full precision. */
const rateOne = 1_000_000n;
/** Weights, margin ratios and shares of a liquidation. */
const weightOne = 10_000n;

/** A perpetual that is closed until its account has its margin again. Money and prices 1e6. */
export interface DriftCover {
  readonly marginShortage: bigint;
  /** 1e4. */
  readonly marginRatio: bigint;
  /** Fees 1e6. */
  readonly liquidatorFee: bigint;
  readonly ifFee: bigint;
  readonly oraclePrice: bigint;
  readonly quoteOraclePrice: bigint;
}

/** shortage × per ÷ (relief − cost) toward 0, on fees that exceed the relief too: their code goes on to a negative size where ours routes onward. */
function unguardedSize(terms: RestoreTerms): bigint {
  const { shortage, relief, cost, per } = terms;
  const step = sizeToRestoreFloor(terms);
  return step.kind === "routedOnward" ? (shortage * per) / (relief - cost) : step.size;
}

/**
 * Base to close, 1e9: {@link sizeToRestoreFloor} with what the ratio beyond the liquidator's fee frees per base as relief and the insurance
 * fund's fee as cost. `null`, the whole position, when the fee takes all of the ratio, or both fees exactly.
 */
export function driftBaseToCover(cover: DriftCover): bigint | null {
  const {
    marginShortage: shortage,
    marginRatio,
    liquidatorFee,
    ifFee,
    oraclePrice,
    quoteOraclePrice,
  } = cover;
  const freed = marginRatio * (rateOne / weightOne) - liquidatorFee;
  if (freed <= 0n) return null;
  const relief = (((oraclePrice * quoteOraclePrice) / priceOne) * freed) / rateOne;
  const cost = (oraclePrice * ifFee) / rateOne;
  return relief === cost ? null : unguardedSize({ shortage, relief, cost, per: baseOne });
}

/** How far a partial liquidation may go. Money 1e6, time in slots. */
export interface DriftRamp {
  readonly marginShortage: bigint;
  readonly marginFreed: bigint;
  readonly slotsElapsed: bigint;
  /** 1e4. */
  readonly initialPct: bigint;
  readonly durationSlots: bigint;
}

const smallShortage = 50n * priceOne;

/** Share of the shortage that may be relieved now, 1e4: {@link allowedReliefFloor} per shortage; all of a shortage under 50 USD. */
export function driftMaxPctToLiquidate(ramp: DriftRamp): bigint {
  const { marginShortage: shortage, marginFreed: freed, slotsElapsed, initialPct, durationSlots } = ramp;
  if (shortage < smallShortage) return weightOne;
  const relief = allowedReliefFloor(
    // The clock starts with the first step.
    { shortage, freed, elapsed: freed > 0n ? slotsElapsed : 0n },
    { initial: { numerator: initialPct, denominator: weightOne }, duration: durationSlots },
    weightOne,
  );
  return (relief * weightOne) / shortage;
}

/** A debt that is handed over with collateral until the account has its margin again. Money and prices 1e6. */
export interface DriftTransfer {
  readonly marginShortage: bigint;
  /** Weights 1e4. */
  readonly assetWeight: bigint;
  readonly liabilityWeight: bigint;
  /** 1 ± fee of each side, 1e6. */
  readonly assetMultiplier: bigint;
  readonly liabilityMultiplier: bigint;
  readonly liabilityDecimals: bigint;
  readonly liabilityPrice: bigint;
  /** 1e6. */
  readonly liabilityIfFee: bigint;
}

/**
 * Debt to hand over, token units: {@link sizeToRestoreFloor} with the weights' difference as relief and the insurance fund's fee as cost. `null`,
 * the whole debt, when the collateral's weight with its bonus reaches the debt's. At least 1 unit, whatever the fees.
 */
export function driftLiabilityTransfer(transfer: DriftTransfer): bigint | null {
  const { liabilityPrice: price } = transfer;
  const asset = (transfer.assetWeight * 10n * transfer.assetMultiplier) / transfer.liabilityMultiplier;
  const liability = transfer.liabilityWeight * 10n;
  if (cannotImprove({ relief: liability, cost: asset })) return null;
  const step = sizeToRestoreFloor({
    shortage: transfer.marginShortage,
    relief: price * (liability - asset),
    cost: ((price * transfer.liabilityIfFee) / rateOne) * liability,
    per: 10n ** transfer.liabilityDecimals * weightOne * 10n,
  });
  return step.kind === "routedOnward" || step.size < 1n ? 1n : step.size;
}
