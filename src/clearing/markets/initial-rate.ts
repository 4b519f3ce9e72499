import { wholePpm } from "./aggregate.ts";
import { type InstrumentRegistry } from "./registries.ts";

/**
 * Initial requirement on notional, ppm rounded up: the instrument's rate below the lower threshold of open interest, the whole notional
 * from the upper one on, linear between them. While thresholds are exchanged, on its way from the old pair's to the new pair's.
 */
export function initialRatePpm(
  instruments: InstrumentRegistry,
  instrument: number,
  openInterestLots: number,
): number {
  const ratePpm = instruments.columns.initialMarginPpm[instrument]!;
  const lower = instruments.columns.openInterestLowerLots[instrument]!;
  const upper = instruments.columns.openInterestUpperLots[instrument]!;
  const to = scaledRatePpm(ratePpm, openInterestLots, lower, upper);
  const blendPpm = instruments.columns.openInterestBlendPpm[instrument]!;
  if (blendPpm === wholePpm) return to;
  const oldLower = instruments.columns.openInterestFromLowerLots[instrument]!;
  const oldUpper = instruments.columns.openInterestFromUpperLots[instrument]!;
  const from = scaledRatePpm(ratePpm, openInterestLots, oldLower, oldUpper);
  return Math.ceil((from * (wholePpm - blendPpm) + to * blendPpm) / wholePpm);
}

function scaledRatePpm(
  ratePpm: number,
  openInterestLots: number,
  lowerLots: number,
  upperLots: number,
): number {
  if (upperLots === 0 || openInterestLots <= lowerLots) return ratePpm;
  if (openInterestLots >= upperLots) return wholePpm;
  const rise = BigInt(openInterestLots - lowerLots) * BigInt(wholePpm - ratePpm);
  const width = BigInt(upperLots - lowerLots);
  return ratePpm + Number((rise + width - 1n) / width);
}
