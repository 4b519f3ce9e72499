import { type ClearingEvent, type Command, encodeEnvelope } from "../../src/clearing/index.ts";
import { type Auction } from "../../src/clearing/engine/default/index.ts";
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
  theDefaults(venue);
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
  for (const [parameter, value] of [
    ["cooldownMs", 0],
    ["resetMs", 1_000],
  ] as const) {
    venue.must(officer, { type: "setParameter", target: "liquidation", index: 0, parameter, value });
  }
  venue.must(officer, { type: "setVenueStatus", status: "reduceOnly" });
  venue.must(officer, { type: "setVenueStatus", status: "active" });
  // Sells more quote currency than it has: the rest is borrowed.
  const lots = 2_100;
  const sell = { account: firstAccount + 2, instrument: instruments.spot, side: "sell" as const };
  venue.deposit(sell.account, 1, 300_000_000);
  venue.must(addressOf(2), order({ ...sell, priceTicks: 100_000, lots }));
  venue.send(owner, order({ account, instrument: instruments.spot, priceTicks: 100_000, lots }));
}

const usd = 1_000_000;
const perpetual = instruments.perpetual;

/** Accounts in default, by every way that they end, and the insurance fund. */
function theDefaults(venue: Recorder): void {
  const rich = { signer: addressOf(30), account: venue.account(addressOf(30), 2_000_000 * usd) };
  const bidder = { signer: addressOf(31), account: venue.account(addressOf(31), 2_000_000 * usd) };
  const { stores } = venue.engine;
  venue.must(rich.signer, {
    type: "donateFund",
    account: rich.account,
    tranche: "protocol",
    instrument: 0,
    units: 1_000 * usd,
  });
  venue.must(rich.signer, { type: "stakeFund", account: rich.account, units: 100 * usd });
  venue.must(rich.signer, { type: "unstakeFund", account: rich.account, shares: 10 * usd });
  hedge(venue, rich);
  for (const owner of [addressOf(40), addressOf(41), addressOf(42), addressOf(43)]) {
    for (const other of Array.from({ length: stores.accounts.count }, (_, i) => i)) {
      const signer = stores.accounts.owner(other);
      if (signer !== "") venue.send(signer, { type: "cancelAll", account: other, instrument: -1 });
    }
    calm(venue, 100_000);
    // More than the pool takes.
    const account = venue.account(owner, 20_000 * usd);
    const trade = { instrument: perpetual, priceTicks: 100_000, lots: 2_000 };
    const [side, opposite] =
      owner === addressOf(43) ? (["sell", "buy"] as const) : (["buy", "sell"] as const);
    venue.must(rich.signer, order({ ...trade, account: rich.account, side: opposite }));
    venue.must(owner, order({ ...trade, account, side }));
    if (owner === addressOf(40)) {
      // Stepped, with bids about.
      venue.must(rich.signer, order({ ...trade, account: rich.account, lots: 5_000, priceTicks: 91_500 }));
      calm(venue, 92_200);
    } else if (owner === addressOf(41)) {
      // Auctioned: called by another, reset, and bid for.
      const auctionOf = (): Auction | undefined =>
        stores.auctions.all().find((one) => one.account === account);
      for (let price = 92_200; price > 85_000 && !auctionOf(); price -= 200) calm(venue, price, 10);
      venue.send(bidder.signer, { type: "callLiquidation", account: bidder.account, target: account });
      const auction = auctionOf();
      const guards = { maxPaidUnits: 0, minReceivedUnits: 0, sharePpm: 1_000_000 };
      if (auction) {
        const { auctionType, id } = auction;
        venue.must(bidder.signer, {
          type: "bid",
          account: bidder.account,
          auction: id,
          auctionType,
          ...guards,
        });
      }
    } else if (owner === addressOf(42)) {
      // Insolvent, and nobody bids: closed against winners.
      calm(venue, 60_000, 1_200);
    } else {
      // It closes its position itself, at a loss beyond what it has: the fund and all who hold the asset bear it.
      venue.tick(10_000);
      venue.price(0, 140_000);
      venue.tick(1_000);
      const close = { instrument: perpetual, priceTicks: 140_000, lots: 2_000 };
      venue.must(rich.signer, order({ ...close, account: rich.account, side: "sell" }));
      venue.send(owner, order({ ...close, account, side: "buy", reduceOnly: true }));
      calm(venue, 140_000);
    }
  }
  calm(venue, 100_000);
}

/** The price goes there as fast as it is believed, and stays for so many seconds. */
function calm(venue: Recorder, price: number, seconds: number = 30): void {
  for (let i = 0; i < seconds; i += 5) {
    venue.tick(5_000);
    venue.price(0, price);
  }
}

/** The fund buys an option. */
function hedge(venue: Recorder, { signer, account }: { signer: string; account: number }): void {
  const instrument = instruments.put;
  const { markets } = venue.engine.stores;
  const { tickMicros } = venue.engine.stores.terms(instrument);
  const priceTicks = Math.max(1, Math.round(markets.markMicros(instrument) / tickMicros));
  venue.send(signer, order({ account, instrument, side: "sell", lots: 1, priceTicks }));
  venue.send(officer, { type: "hedgeFund", instrument, lots: 1, priceTicks });
}
