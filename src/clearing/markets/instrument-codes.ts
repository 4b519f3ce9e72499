import { type TradingStatus } from "../protocol/commands.ts";
import { type InstrumentKind } from "../protocol/specs.ts";

/** How instrument columns write kinds, settlements, option types and states of trading. */

export const spotKind = 0;
export const perpetualKind = 1;
export const futureKind = 2;
export const optionKind = 3;
export const instrumentKinds: readonly InstrumentKind[] = ["spot", "perpetual", "future", "option"];

export const activeStatus = 0;
export const reduceOnlyStatus = 1;
export const haltedStatus = 2;
/** Settled; nothing about it changes any more. */
export const expiredStatus = 3;
export const tradingStatuses: readonly TradingStatus[] = ["active", "reduceOnly", "halted"];

/** +1 for calls, −1 for puts, 0 for what is no option. */
export type OptionSign = 1 | -1 | 0;
