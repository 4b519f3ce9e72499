import { type MarketSink } from "../markets/index.ts";
import { type ClearingEvent, type FundingRateSet } from "../protocol/index.ts";
import { beginClosing } from "./close.ts";
import { settleFunding } from "./funding.ts";
import { lendingTerms } from "./listing.ts";
import { type Machine } from "./machine.ts";
import { sweepAgain } from "./margin-watch.ts";
import { crossTriggers } from "./triggers.ts";

/** Lending rates of an asset, which the ledger's interest goes by. */
const rateNames: ReadonlySet<string> = new Set([
  "rateAtZeroPpm",
  "rateAtOptimumPpm",
  "rateAtFullPpm",
  "optimalUsePpm",
  "reserveSharePpm",
]);

/** Passes on what happens in the markets, and does what follows from it for orders and money. */
export const marketSink = (m: Machine): MarketSink => ({
  emit(event) {
    m.emit(event);
    follow(m, event);
  },
  expired(instrument, settlementMicros, closeMicros) {
    beginClosing(m, instrument, settlementMicros, closeMicros);
    m.watch.noteInstrument(instrument);
    sweepAgain(m);
  },
  openInterestLots: (instrument) => m.positions.openInterest(instrument),
});

function follow(m: Machine, event: ClearingEvent): void {
  const { type } = event;
  m.watch.note();
  if (type === "markChanged") crossTriggers(m, event.instrument);
  if (type === "markChanged" || type === "indexChanged" || type === "fundingRateSet") sweepAgain(m);
  if (type === "fundingRateSet") settleLargeFunding(m, event);
  if (type !== "parameterReached") return;
  sweepAgain(m);
  const { target, index, parameter } = event;
  if (target === "asset" && rateNames.has(parameter) && m.interest.isBorrowable(index)) {
    m.interest.setTerms(index, lendingTerms(m, index));
  }
}

/** From this much funding of all longs on, units, everyone is settled at once: what is left to a later touch stays countable. */
const largeFundingUnits = 1_099_511_627_776;

/** Funding is settled when a position is next touched, but what is large is settled now. */
function settleLargeFunding(m: Machine, { instrument, ratePpb, indexMicros }: FundingRateSet): void {
  const { isInverse, inverseNumerator, lotNanos } = m.terms(instrument);
  const perLot = isInverse ? inverseNumerator / indexMicros : (lotNanos * indexMicros) / 1e9;
  const units = (m.positions.openInterest(instrument) * perLot * Math.abs(ratePpb)) / 1e9;
  if (units < largeFundingUnits) return;
  for (const account of m.positions.holders(instrument)) settleFunding(m, account, instrument);
}
