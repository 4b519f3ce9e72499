import { buy, type Side } from "../book/index.ts";
import { mulDivCeil } from "../margin/mul-div.ts";
import { type Rejection } from "../protocol/index.ts";
import { sideNames } from "./fills.ts";
import { largestBalanceUnits, largestExposureUnits, largestInverseUnits } from "./limits.ts";
import { type Machine } from "./machine.ts";
import { type InstrumentTerms } from "./terms.ts";
import { refuse } from "./transfers.ts";

/**
 * Keeps positions, open orders and balances so far from the ends of the safe integers that no fill can reach them, at any time.
 *
 * Linear: the cost of the position and of all open orders of the side is bounded. Inverse: all lots that may come to be held are, each time at
 * the price of what is added; orders at many prices then cost at most 32 times that together, since each added its part of all lots.
 *
 * @param ticks - of the prices at which it may fill, that at which it costs most: the highest of linear, the lowest of inverse ones.
 * @param restingTicks - where it rests.
 */
export function checkCapacity(
  m: Machine,
  terms: InstrumentTerms,
  account: number,
  side: Side,
  lots: number,
  ticks: number,
  restingTicks: number = ticks,
): Rejection | undefined {
  const { positions, ledger } = m;
  const { settlementAsset, baseAsset } = terms;
  const slot = positions.find(account, terms.instrument);
  if (terms.isInverse) {
    const open = slot < 0 ? 0 : (side === buy ? positions.openBuyLots : positions.openSellLots)[slot]!;
    const all = lots + open + (slot < 0 ? 0 : Math.abs(positions.lots[slot]!));
    const units = mulDivCeil(all, terms.inverseNumerator, ticks * terms.tickMicros);
    if (units > largestInverseUnits) return refuse("overCapacity", "lots", units, largestInverseUnits);
    if (!positions.canAddOpen(account, terms.instrument, sideNames[side], lots, lots * restingTicks)) {
      return refuse("overCapacity", "lots", lots * restingTicks, Number.MAX_SAFE_INTEGER);
    }
  } else {
    const open = slot < 0 ? 0 : (side === buy ? positions.openBuyTicks : positions.openSellTicks)[slot]!;
    const entry = slot < 0 ? 0 : Math.abs(positions.entryUnits[slot]!);
    const units = entry + (open + lots * ticks) * Math.max(1, terms.unitsPerLotTick);
    if (units > largestExposureUnits) return refuse("overCapacity", "lots", units, largestExposureUnits);
  }
  const balance = Math.abs(ledger.balance(account, settlementAsset));
  const cleared = Math.abs(ledger.balance(terms.clearingAccount, settlementAsset));
  const base = terms.isSpot ? Math.abs(ledger.balance(account, baseAsset)) + lots * terms.lotBaseUnits : 0;
  const largest = Math.max(balance, cleared, base);
  return largest > largestBalanceUnits
    ? refuse("overCapacity", "lots", largest, largestBalanceUnits)
    : undefined;
}
