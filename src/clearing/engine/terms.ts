import { type Accounts } from "../accounts/index.ts";
import {
  type InstrumentColumn,
  type Markets,
  optionKind,
  perpetualKind,
  spotKind,
} from "../markets/index.ts";

/** What never changes about an instrument, in the form that orders and fills compute with. */
export interface InstrumentTerms {
  readonly instrument: number;
  readonly isSpot: boolean;
  readonly isPerpetual: boolean;
  readonly isOption: boolean;
  readonly isInverse: boolean;
  readonly underlying: number;
  readonly settlementAsset: number;
  /** −1 unless spot. */
  readonly baseAsset: number;
  readonly tickMicros: number;
  readonly lotNanos: number;
  /** Linear: settlement units = lots × ticks × this. */
  readonly unitsPerLotTick: number;
  /** Inverse: settlement units = lots × this / price in micros. */
  readonly inverseNumerator: number;
  /** Inverse: micros of quote currency per lot. */
  readonly lotUsdMicros: number;
  /** Spot: units of the base asset per lot. */
  readonly lotBaseUnits: number;
  /** Fills are paid from balances there and then: spot and options. */
  readonly paysCash: boolean;
  /** House account that stands between the two sides. */
  readonly clearingAccount: number;
}

/** Label of the house account that an instrument's profits and losses go through. */
export const clearingLabel = (name: string): string => `clearing:${name}`;

export function instrumentTerms(markets: Markets, accounts: Accounts, instrument: number): InstrumentTerms {
  const { instruments, assets } = markets;
  const get = (column: InstrumentColumn): number => instruments.get(column, instrument);
  const kind = get("kind");
  const isSpot = kind === spotKind;
  const baseAsset = get("baseAsset");
  const lotUsdMicros = get("lotUsdMicros");
  return {
    instrument,
    isSpot,
    isPerpetual: kind === perpetualKind,
    isOption: kind === optionKind,
    isInverse: get("inverse") === 1,
    underlying: get("underlying"),
    settlementAsset: get("settlementAsset"),
    baseAsset,
    tickMicros: get("tickMicros"),
    lotNanos: get("lotNanos"),
    unitsPerLotTick: get("unitsPerLotTick"),
    inverseNumerator: lotUsdMicros * assets.get("unitsPerOne", get("settlementAsset")),
    lotUsdMicros,
    lotBaseUnits: isSpot ? (get("lotNanos") * assets.get("unitsPerOne", baseAsset)) / 1e9 : 0,
    paysCash: isSpot || kind === optionKind,
    clearingAccount: accounts.houseAccountOf(clearingLabel(instruments.label(instrument))),
  };
}
