import { mulDivCeil, mulDivFloor } from "../margin/mul-div.ts";
import { type Machine } from "./machine.ts";
import { type InstrumentTerms } from "./terms.ts";

const million = 1_000_000;

/** Value of lots at a price in ticks, settlement units. Exact for linear instruments; inverse ones round down. */
export const valueFloor = (terms: InstrumentTerms, lots: number, ticks: number): number =>
  terms.isInverse
    ? mulDivFloor(lots, terms.inverseNumerator, ticks * terms.tickMicros)
    : lots * ticks * terms.unitsPerLotTick;

/** As {@link valueFloor}, rounded up. */
export const valueCeil = (terms: InstrumentTerms, lots: number, ticks: number): number =>
  terms.isInverse
    ? mulDivCeil(lots, terms.inverseNumerator, ticks * terms.tickMicros)
    : lots * ticks * terms.unitsPerLotTick;

/** What fees are charged on: the value of a trade; for options the value of the underlying at the index. Units, rounded up. */
function feeBaseCeil(m: Machine, terms: InstrumentTerms, lots: number, valueUnits: number): number {
  if (!terms.isOption) return valueUnits;
  return mulDivCeil(lots * terms.lotNanos, m.markets.indexMicros(terms.underlying), 1e9);
}

/** Fee of so many lots worth `valueUnits`, at a rate ≥ 0. Options pay at most a share of the premium. Rounded up. */
export function feeCeil(
  m: Machine,
  terms: InstrumentTerms,
  lots: number,
  valueUnits: number,
  ratePpm: number,
): number {
  if (ratePpm <= 0) return 0;
  const fee = mulDivCeil(feeBaseCeil(m, terms, lots, valueUnits), ratePpm, million);
  if (!terms.isOption) return fee;
  const capPpm = m.markets.instruments.columns.optionFeeCapPpm[terms.instrument]!;
  return Math.min(fee, mulDivCeil(valueUnits, capPpm, million));
}

/**
 * Fee of a maker's fill: rounded up if it is paid. A rebate is rounded down, and never more than the taker's fee of the same fill.
 *
 * @returns negative is a rebate.
 */
export function makerFee(
  m: Machine,
  terms: InstrumentTerms,
  lots: number,
  valueUnits: number,
  takerFeeUnits: number,
): number {
  const ratePpm = m.markets.instruments.columns.makerFeePpm[terms.instrument]!;
  if (ratePpm >= 0) return feeCeil(m, terms, lots, valueUnits, ratePpm);
  const rebate = mulDivFloor(feeBaseCeil(m, terms, lots, valueUnits), -ratePpm, million);
  return 0 - Math.min(rebate, takerFeeUnits);
}
