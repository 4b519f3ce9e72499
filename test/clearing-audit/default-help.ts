import assert from "node:assert/strict";
import { type ClearingEvent, type Command, type InstrumentSpec } from "../../src/clearing/index.ts";
import { codeOf, officer, order, ownerOf, type TestVenue, usd, venueOf } from "./world.ts";

type OfType<T extends ClearingEvent["type"]> = Extract<ClearingEvent, { readonly type: T }>;

export const allOf = <T extends ClearingEvent["type"]>(
  events: readonly ClearingEvent[],
  type: T,
): OfType<T>[] => events.filter((event): event is OfType<T> => event.type === type);

/** Numbers of owners, whose accounts {@link cast} opens. */
export const maker = 1;
export const victim = 2;
export const bidder = 3;
export const accomplice = 4;
export const saver = 5;

/** A venue and an account of each of its people; a perpetual at 100,000 unless instruments are given. */
export interface Cast {
  readonly venue: TestVenue;
  readonly accounts: Readonly<Record<"maker" | "victim" | "bidder" | "accomplice" | "saver", number>>;
}

export function cast(
  funds: Partial<Record<keyof Cast["accounts"], number>> = {},
  instruments?: readonly InstrumentSpec[],
  assets?: Parameters<typeof venueOf>[1],
): Cast {
  const venue = venueOf(instruments, assets);
  const open = (n: number, units: number): number => venue.account(ownerOf(n), units);
  const accounts = {
    maker: open(maker, funds.maker ?? usd(10_000_000)),
    victim: open(victim, funds.victim ?? usd(1_000)),
    bidder: open(bidder, funds.bidder ?? usd(1_000_000)),
    accomplice: open(accomplice, funds.accomplice ?? 0),
    saver: open(saver, funds.saver ?? usd(50_000)),
  };
  return { venue, accounts };
}

/** Two accounts trade with one another. */
export function trade(
  venue: TestVenue,
  [buyer, buying]: readonly [number, number],
  [seller, selling]: readonly [number, number],
  priceTicks: number,
  lots: number,
  instrument: number = 0,
): void {
  venue.must(ownerOf(seller), order({ account: selling, instrument, side: "sell", priceTicks, lots }));
  venue.must(ownerOf(buyer), order({ account: buying, instrument, priceTicks, lots, timeInForce: "fok" }));
}

/** Prices stand where they are for some seconds, published every five. */
export function wait(
  venue: TestVenue,
  seconds: number,
  price: number,
  feeds: readonly number[] = [0],
): ClearingEvent[] {
  const events: ClearingEvent[] = [];
  for (let i = 0; i < seconds; i += 5) {
    venue.timeMs += 5_000;
    for (const feed of feeds) events.push(...venue.price(feed, price));
  }
  return events;
}

/** Sets a rule for accounts in default, in force at once. */
export function rule(venue: TestVenue, parameter: string, value: number): void {
  venue.must(officer, { type: "setParameter", target: "liquidation", index: 0, parameter, value });
}

export const donate = (account: number, units: number): Command => ({
  type: "donateFund",
  account,
  tranche: "protocol",
  instrument: 0,
  units,
});

/** A bid without limits for the one auction that runs. */
export function bid(
  { venue, accounts }: Cast,
  sharePpm: number,
  change: Partial<Extract<Command, { type: "bid" }>> = {},
): ClearingEvent[] {
  const auction = venue.engine.stores.auctions.all()[0];
  const { id, auctionType } = auction ?? { id: 0, auctionType: "solvent" as const };
  return venue.send(ownerOf(bidder), {
    type: "bid",
    account: accounts.bidder,
    auction: id,
    sharePpm,
    auctionType,
    maxPaidUnits: 10 ** 13,
    minReceivedUnits: 0,
    ...change,
  });
}

export function accepted(events: ClearingEvent[]): ClearingEvent[] {
  assert.equal(codeOf(events), undefined);
  return events;
}

/** The fund: the house's tranche, of the first asset. */
export const fundOf = (venue: TestVenue, asset: number = 0): number =>
  venue.engine.stores.ledger.balance(3, asset);
