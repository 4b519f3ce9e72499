import { type FundingTerms } from "../funding/index.ts";
import { type InstrumentRegistry } from "./registries.ts";

/** A constant premium is paid once in full over this time. */
export const premiumPeriodMs = 28_800_000;
/** Interest pulls the rate by at most 0.05 % per premium period. */
export const dampingPpb = 500_000;
/** A premium counts for an hour after it was last observed: a machine that stands still charges none for ever. */
export const premiumLifeMs = 3_600_000;

/** How a perpetual turns its premium into its funding rate, at its parameters in force. */
export function fundingTerms(instruments: InstrumentRegistry, instrument: number): FundingTerms {
  const intervalMs = instruments.get("fundingIntervalMs", instrument);
  return {
    intervalMs,
    premiumPeriodMs,
    interestPpb: instruments.get("fundingInterestPpm", instrument) * 1_000,
    dampingPpb: Math.floor((dampingPpb * intervalMs) / premiumPeriodMs),
    capPpb: instruments.get("fundingCapPpm", instrument) * 1_000,
    premiumLifeMs,
  };
}
