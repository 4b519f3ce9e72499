import assert from "node:assert/strict";
import { houseAccount } from "../../src/clearing/accounts/index.ts";
import { createEngine } from "../../src/clearing/index.ts";
import { SnapshotReader, StateTree, writeSnapshot } from "../../src/clearing/state/index.ts";
import {
  type AssetSpec,
  type ClearingEvent,
  type InstrumentSpec,
  type Rejection,
} from "../../src/clearing/index.ts";
import {
  addressOf,
  coin,
  officer,
  order,
  perpetual,
  TestVenue,
  underlying,
  usdc,
} from "../properties/clearing-venue.ts";

export const million = 1_000_000;
export const usd = (amount: number): number => amount * million;

/** A venue with USDC, BTC and the instruments given, priced at 100,000. Feed 0 is BTC's index, feed 1 the asset's. */
export function venueOf(
  instruments: readonly InstrumentSpec[] = [perpetual()],
  { quote = usdc, btc = coin("BTC") }: { quote?: AssetSpec; btc?: AssetSpec } = {},
): TestVenue {
  const venue = new TestVenue();
  venue.open();
  venue.must(officer, { type: "listAsset", asset: quote });
  venue.must(officer, {
    type: "listUnderlying",
    underlying: underlying("BTC", { maxPriceAgeMs: 86_400_000 }),
  });
  venue.must(officer, { type: "listAsset", asset: btc });
  for (const instrument of instruments) venue.must(officer, { type: "listInstrument", instrument });
  venue.price(0, 100_000);
  return venue;
}

export const ownerOf = (n: number): string => addressOf(0x1000 + n);

export function rejectionOf(events: readonly ClearingEvent[]): Pick<Rejection, "code" | "field"> | undefined {
  const found = events.find((event) => event.type === "rejected");
  return found?.type === "rejected" ? { code: found.code, field: found.field } : undefined;
}

export const codeOf = (events: readonly ClearingEvent[]): string | undefined => rejectionOf(events)?.code;

/** What accounts would have if everything were closed at the mark, USD micros. */
export const equityOf = (venue: TestVenue, account: number): number =>
  venue.engine.stores.margin.figures(account).equityMicros;

/** What the house must make good: equity below 0. */
export const deficitOf = (venue: TestVenue, accounts: readonly number[]): number =>
  accounts.reduce((sum, account) => sum + Math.max(0, -equityOf(venue, account)), 0);

export function checkConserved(venue: TestVenue): void {
  const { ledger } = venue.engine.stores;
  for (let asset = 0; asset < ledger.assetCount; asset++) {
    assert.equal(ledger.total(asset), 0n, `asset ${asset} is conserved`);
  }
}

/** Units of an asset that house accounts but the vault hold. */
export const feesOf = (venue: TestVenue, asset: number = 0): number =>
  venue.engine.stores.ledger.balance(houseAccount.fees, asset);

/** Every leaf but the count of commands and the used nonces. */
export function stateOf(venue: TestVenue): string {
  const sections = venue.engine.sections.filter(({ name }) => name !== "machine" && name !== "signers");
  return Buffer.from(new StateTree(sections).root({ sequence: 0, timeMs: 0 })).toString("hex");
}

export const rootOf = (venue: TestVenue): string =>
  Buffer.from(new StateTree(venue.engine.sections).root(venue.engine.head)).toString("hex");

/** The same machine, out of a snapshot. */
export function restored(venue: TestVenue): TestVenue {
  const { engine } = venue;
  const copy = createEngine();
  const reader = new SnapshotReader(copy.sections);
  const root = new StateTree(engine.sections).root(engine.head);
  for (const piece of writeSnapshot(engine.sections, engine.head, root)) reader.push(piece);
  reader.finish();
  const again = new TestVenue(copy);
  again.timeMs = venue.timeMs;
  return again;
}

export { addressOf, coin, officer, order, perpetual, TestVenue, underlying, usdc };
