import { type Instrument, type Market, type Option } from "../../market/index.ts";
import { contractNotionalUsd } from "../efficiency.ts";
import { type FixedRateParameters, tieredRequirement } from "./parameters.ts";

/** What one position must hold by itself, USD, both ≥ 0. */
export interface PositionRequirement {
  readonly initial: number;
  readonly maintenance: number;
  readonly rule: string;
}

function shortOption(
  option: Option,
  contracts: number,
  market: Market,
  parameters: FixedRateParameters,
): PositionRequirement {
  const index = market.underlyings.get(option.underlying)?.indexUsd ?? 0;
  const strikeUsd = option.strike * (market.assets.get(option.quoteAsset)?.priceUsd ?? 1);
  const { base, minimum, maintenance } = parameters.shortOption;
  const outOfTheMoney = Math.max(0, option.optionType === "call" ? strikeUsd - index : index - strikeUsd);
  const units = contracts * option.contractSize;
  const initial = units * Math.max(base * index - outOfTheMoney, minimum * index);
  // A put cannot lose more than its strike, of which its mark is already owed inside equity.
  const cap = option.optionType === "put" ? units * strikeUsd : Infinity;
  return {
    initial: Math.min(initial, cap),
    maintenance: Math.min(units * maintenance * index, initial, cap),
    rule: "short option: share of the index less out of the money (F3)",
  };
}

/**
 * The fixed-percentage requirement of one position held alone. Delta-one: tiers on notional (F1). A long option's mark
 * value is required in full, because these models lend nothing against it (F2). Short options (F3).
 *
 * @param size - contracts, signed.
 * @param valueUsd - the position's mark value, USD, signed; used for options and spot.
 */
export function positionRequirement(
  instrument: Instrument,
  size: number,
  valueUsd: number,
  market: Market,
  parameters: FixedRateParameters,
): PositionRequirement {
  if (instrument.kind === "option") {
    if (size < 0) return shortOption(instrument, -size, market, parameters);
    const premium = Math.max(0, valueUsd);
    return { initial: premium, maintenance: premium, rule: "long option: its premium (F2)" };
  }
  const tiers = parameters.deltaOneTiers[instrument.underlying] ??
    parameters.deltaOneTiers["default"] ?? [[Infinity, 1]];
  const initial = tieredRequirement(tiers, Math.abs(size) * contractNotionalUsd(instrument, market));
  return {
    initial,
    maintenance: initial * parameters.maintenanceShare,
    rule: "delta one: tiers on notional (F1)",
  };
}
