import { type ClearingEvent, type Command, encodeEnvelope } from "../../src/clearing/index.ts";
import { ByteWriter } from "../../src/clearing/state/index.ts";
import { takeStep } from "../properties/clearing-steps.ts";
import { addressOf, officer, order } from "../properties/clearing-venue.ts";
import { expiryMs, firstAccount, instruments, wholeVenue } from "../properties/clearing-whole-venue.ts";
import { RecordingVenue, StepPool } from "../simulation/service-flow.ts";

export interface WholeJournal {
  /** The records, each after its length in 4 bytes, little-endian. */
  readonly bytes: Uint8Array;
  readonly records: number;
  readonly commandTypes: ReadonlySet<string>;
  readonly eventTypes: ReadonlySet<string>;
}

class Recorder extends RecordingVenue {
  readonly eventTypes: Set<string> = new Set();

  override send(signer: string, command: Command): ClearingEvent[] {
    const events = super.send(signer, command);
    for (const { type } of events) this.eventTypes.add(type);
    return events;
  }
}

/** A journal that uses everything: every command, every kind of instrument and margin, funding, interest, expiries, a pool. */
export function wholeJournal(seed: number): WholeJournal {
  const venue = new Recorder();
  wholeVenue(true, venue);
  theRest(venue);
  for (const [i, step] of new StepPool(seed, 1_200).steps.entries()) {
    takeStep(venue, { ...step, afterMs: Math.min(step.afterMs, 20_000) });
    if (i % 40 !== 39) continue;
    // Prices come back to those that orders are made for, so that they go on trading.
    venue.tick(60_000);
    venue.price(0, 100_000 + (i % 7) * 20);
  }
  // Over the expiry, a minute at a time, then a day for interest.
  while (venue.timeMs < expiryMs + 120_000) {
    venue.tick(60_000);
    venue.price(0, 100_500);
  }
  venue.tick(86_400_000);
  const out = new ByteWriter(1 << 20);
  const writer = new ByteWriter(1 << 12);
  for (const envelope of venue.envelopes) {
    writer.clear();
    encodeEnvelope(envelope, writer);
    const record = writer.copy();
    out.u32(record.length);
    out.raw(record);
  }
  return {
    bytes: out.copy(),
    records: venue.envelopes.length,
    commandTypes: new Set(venue.envelopes.map(({ command }) => command.type)),
    eventTypes: venue.eventTypes,
  };
}

/** What random commands hardly reach: margin calls, debts and their interest, keys, parameters, a stopped venue. */
function theRest(venue: Recorder): void {
  const [owner, account] = [addressOf(1), firstAccount];
  const thin = venue.account(addressOf(9), 6_000_000_000);
  const trade = { instrument: instruments.perpetual, priceTicks: 100_000, lots: 1_000 };
  venue.must(owner, order({ ...trade, account, side: "sell" }));
  venue.must(addressOf(9), order({ ...trade, account: thin }));
  for (const quote of [96_000, 100_000]) {
    venue.tick(1_000);
    venue.price(0, quote);
  }
  const session = "ab".repeat(32);
  const key = { account, key: session, canTrade: true, canTransfer: false, expiryMs: 0 };
  venue.must(owner, { type: "authorizeKey", ...key, maxOrderNotionalMicros: 0 });
  venue.must(session, order({ account, instrument: instruments.perpetual, priceTicks: 99_000, lots: 3 }));
  venue.must(owner, { type: "revokeKey", account, key: session });
  venue.must(officer, {
    type: "setParameter",
    target: "instrument",
    index: instruments.ethPerpetual,
    parameter: "initialMarginPpm",
    value: 60_000,
  });
  venue.must(officer, { type: "setVenueStatus", status: "reduceOnly" });
  venue.must(officer, { type: "setVenueStatus", status: "active" });
  // Sells more quote currency than it has: the rest is borrowed.
  const lots = 2_100;
  const sell = { account: firstAccount + 2, instrument: instruments.spot, side: "sell" as const };
  venue.deposit(sell.account, 1, 300_000_000);
  venue.must(addressOf(2), order({ ...sell, priceTicks: 100_000, lots }));
  venue.send(owner, order({ account, instrument: instruments.spot, priceTicks: 100_000, lots }));
}
