import {
  averagePremiumPpb,
  fundingScale,
  fundingRatePpb,
  inverseFundingPerLot,
  linearFundingPerLot,
  nextPremiumWindow,
} from "../funding/index.ts";
import { fundingTerms } from "./funding-terms.ts";
import { type MarketSink } from "./market-sink.ts";
import { type MarketStores } from "./market-stores.ts";

/** Charges every perpetual of `perpetuals` whose interval ends at `endMs`, and begins its next one. */
export function chargeFunding(
  stores: MarketStores,
  perpetuals: readonly number[],
  endMs: number,
  sink: MarketSink,
): void {
  const { assets, instruments, running } = stores;
  for (const instrument of perpetuals) {
    const funding = running.funding(instrument);
    if (funding?.nextMs !== endMs) continue;
    const terms = fundingTerms(instruments, instrument);
    const { intervalMs } = terms;
    const premiumPpb = averagePremiumPpb(funding.premium, endMs, terms);
    const ratePpb = fundingRatePpb(premiumPpb, terms);
    const indexMicros = stores.indexMicros(instruments.get("underlying", instrument));
    // Without an index there never was a trade.
    if (indexMicros > 0) {
      const accrual = { ratePpb, intervalMs, elapsedMs: intervalMs, indexMicros };
      const asset = instruments.get("settlementAsset", instrument);
      const perLot =
        instruments.get("inverse", instrument) === 1
          ? inverseFundingPerLot(
              accrual,
              instruments.get("lotUsdMicros", instrument),
              assets.get("unitsPerOne", asset),
            )
          : linearFundingPerLot(accrual, instruments.get("lotNanos", instrument));
      funding.perLot += countable(perLot, sink.openInterestLots?.(instrument) ?? 0);
      sink.emit({ type: "fundingRateSet", instrument, ratePpb, premiumPpb, indexMicros });
    }
    funding.premium = nextPremiumWindow(funding.premium, endMs, terms);
    funding.nextMs = endMs + intervalMs;
    running.dirty.mark(instrument);
  }
}

/** What all longs together pay in one interval at most, units: 2^49. Above, the price is no market's, and must not stop the machine. */
const largestFundingUnits = 562_949_953_421_312n;

function countable(perLot: bigint, interestLots: number): bigint {
  if (interestLots === 0) return perLot;
  const most = (largestFundingUnits * fundingScale) / BigInt(interestLots);
  return perLot > most ? most : perLot < -most ? -most : perLot;
}
