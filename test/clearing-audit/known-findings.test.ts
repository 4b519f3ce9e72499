import assert from "node:assert/strict";
import { test } from "node:test";
import { inversePerpetual, spot } from "../properties/clearing-venue.ts";
import { checkInvariants } from "../properties/clearing-invariants.ts";
import {
  checkConserved,
  codeOf,
  coin,
  deficitOf,
  equityOf,
  feesOf,
  officer,
  order,
  ownerOf,
  perpetual,
  type TestVenue,
  underlying,
  usd,
  usdc,
  venueOf,
} from "./world.ts";

function trade(
  venue: TestVenue,
  [buyer, buying]: readonly [number, number],
  [seller, selling]: readonly [number, number],
  priceTicks: number,
  lots: number,
  instrument = 0,
): void {
  venue.must(ownerOf(seller), order({ account: selling, instrument, side: "sell", priceTicks, lots }));
  venue.must(ownerOf(buyer), order({ account: buying, instrument, priceTicks, lots }));
}

const raise = (
  venue: TestVenue,
  target: "asset" | "instrument" | "underlying",
  parameter: string,
  value: number,
) => venue.send(officer, { type: "setParameter", target, index: 0, parameter, value });

test("DRV-10 a premium that stands for a moment, at the interval's end too, is not the interval's funding", () => {
  const venue = venueOf();
  const [alice, bob] = [venue.account(ownerOf(1), usd(1_000_000)), venue.account(ownerOf(2), usd(1_000_000))];
  trade(venue, [1, alice], [2, bob], 100_000, 100);
  const intervalMs = 3_600_000;
  const endMs = Math.ceil(venue.timeMs / intervalMs) * intervalMs;
  venue.timeMs = endMs - 1_000;
  venue.price(0, 100_000);
  // A bid 9 % above the index, for a second of the hour.
  venue.must(ownerOf(2), order({ account: bob, priceTicks: 109_000, lots: 1_000 }));
  venue.timeMs = endMs;
  const set = venue.tick(0).find(({ type }) => type === "fundingRateSet");
  assert.ok(set?.type === "fundingRateSet");
  assert.ok(Math.abs(set.ratePpb) <= Math.ceil((90_000_000 * 1_000) / intervalMs), `${set.ratePpb} ppb`);
});

test("DRV-22 limits below what is held force nobody out and stop nobody from closing", () => {
  const venue = venueOf();
  const [alice, bob] = [venue.account(ownerOf(1), usd(1_000_000)), venue.account(ownerOf(2), usd(1_000_000))];
  trade(venue, [1, alice], [2, bob], 100_000, 1_000);
  for (const [target, parameter] of [
    ["instrument", "openInterestCapLots"],
    ["instrument", "positionLimitLots"],
    ["asset", "depositCapUnits"],
    ["asset", "borrowCapUnits"],
  ] as const) {
    assert.equal(codeOf(raise(venue, target, parameter, 1)), undefined);
  }
  venue.tick(60_000);
  assert.equal(venue.engine.stores.positions.lotsOf(alice, 0), 1_000);
  const more = venue.send(ownerOf(1), order({ account: alice, priceTicks: 100_000, lots: 1 }));
  assert.equal(codeOf(more), "overPositionLimit");
  trade(venue, [2, bob], [1, alice], 100_000, 400);
  trade(venue, [2, bob], [1, alice], 100_000, 600);
  assert.equal(venue.engine.stores.positions.openInterest(0), 0);
  const out = { type: "withdraw", account: alice, asset: 0, units: usd(900_000), destination: "x" } as const;
  assert.equal(codeOf(venue.send(ownerOf(1), out)), undefined);
  checkInvariants(venue);
});

/** The same as Mango's of October 2022 and Perp v2's BadDebtAttack (Immunefi 14204): two accounts, and a price between them alone. */
test("DRV-24 Mango: two accounts that trade between themselves move no index, and their mark by 2 % at most", () => {
  const venue = venueOf([perpetual({ priceBandPpm: 500_000 })]);
  const stake = usd(1_000_000);
  const [alice, bob] = [venue.account(ownerOf(1), stake), venue.account(ownerOf(2), stake)];
  trade(venue, [1, alice], [2, bob], 100_000, 5_000);
  for (let i = 0; i < 200; i++) {
    const ticks = 100_000 + Math.min(40_000, i * 1_000);
    venue.send(ownerOf(2), order({ account: bob, priceTicks: ticks, lots: 200 }));
    venue.tick(1_000);
    venue.send(
      ownerOf(1),
      order({ account: alice, side: "sell", priceTicks: ticks, lots: 10, timeInForce: "ioc" }),
    );
    venue.price(0, 100_000);
  }
  const { markets } = venue.engine.stores;
  assert.equal(markets.indexMicros(0), 100_000_000_000);
  assert.ok(markets.markMicros(0) <= 102_000_000_000);
  // Together they take out no more than they brought.
  let taken = 0;
  for (const [n, account] of [
    [1, alice],
    [2, bob],
  ] as const) {
    for (let units = 4 * stake; units > 0; units = Math.floor(units / 2)) {
      const out = { type: "withdraw", account, asset: 0, units, destination: "x" } as const;
      if (codeOf(venue.send(ownerOf(n), out)) === undefined) taken += units;
    }
  }
  assert.ok(taken <= 2 * stake, `${taken} taken`);
  checkInvariants(venue);
});

test("Perp v2 InvalidWithdrawal (Immunefi 34300): a loss far from the mark is not booked to let its other side withdraw", () => {
  const venue = venueOf([perpetual({ priceBandPpm: 900_000 })]);
  const stake = usd(100_000);
  const [loser, winner] = [venue.account(ownerOf(1), stake), venue.account(ownerOf(2), stake)];
  // What the loser sells at a tenth of the mark, the winner owns.
  venue.send(ownerOf(2), order({ account: winner, priceTicks: 15_000, lots: 15_000 }));
  venue.send(ownerOf(1), order({ account: loser, side: "sell", priceTicks: 15_000, lots: 15_000 }));
  assert.equal(deficitOf(venue, [loser, winner]), 0);
  // Nor by opening at the mark and closing far from it.
  trade(venue, [1, loser], [2, winner], 100_000, 1_000);
  venue.send(ownerOf(2), order({ account: winner, priceTicks: 15_000, lots: 1_000 }));
  const closing = order({ account: loser, side: "sell", priceTicks: 15_000, lots: 1_000, reduceOnly: true });
  venue.send(ownerOf(1), closing);
  assert.equal(deficitOf(venue, [loser, winner]), 0);
  checkInvariants(venue);
});

test("DRV2-03 no asset has more decimals than the machine counts exactly, and every number of them is exact", () => {
  for (const decimals of [10, 18]) {
    const venue = venueOf();
    const listed = venue.send(officer, { type: "listAsset", asset: coin("X", { underlying: "", decimals }) });
    assert.equal(codeOf(listed), "invalidSpec");
  }
  for (const decimals of [0, 9]) {
    const venue = venueOf([inversePerpetual({ tickMicros: 1_000_000 })], { btc: coin("BTC", { decimals }) });
    const held = 100 * 10 ** decimals;
    const [alice, bob] = [venue.account(ownerOf(1), 0), venue.account(ownerOf(2), 0)];
    for (const account of [alice, bob]) venue.deposit(account, 1, held);
    trade(venue, [1, alice], [2, bob], 100_000, 1_000);
    venue.timeMs += 60_000;
    venue.price(0, 105_000);
    trade(venue, [2, bob], [1, alice], 105_000, 1_000);
    const { ledger } = venue.engine.stores;
    // 10,000 USD from 100,000 to 105,000: 10,000 ⁄ 100,000 − 10,000 ⁄ 105,000 coins, fees apart.
    const exact = (10_000 / 100_000 - 10_000 / 105_000) * 10 ** decimals;
    const profit = ledger.balance(alice, 1) - held;
    assert.ok(profit <= exact, `${profit} of ${exact}`);
    assert.ok(ledger.balance(bob, 1) - held <= -exact);
    checkInvariants(venue);
  }
});

test("GMX #179 no change of a parameter calls an account that kept its margin a moment before", () => {
  const venue = venueOf();
  const [alice, bob] = [venue.account(ownerOf(1), usd(6_000)), venue.account(ownerOf(2), usd(6_000))];
  trade(venue, [1, alice], [2, bob], 100_000, 1_000);
  const called = (): boolean => venue.events.some(({ type }) => type === "marginCalled");
  for (const [parameter, value] of [
    ["initialMarginPpm", 1_000_000],
    ["maintenanceMarginPpm", 1_000_000],
    ["openInterestUpperLots", 1],
  ] as const) {
    assert.equal(codeOf(raise(venue, "instrument", parameter, value)), undefined);
    assert.ok(!called());
  }
  raise(venue, "asset", "haircutPpm", 1_000_000);
  let minutes = 0;
  for (; minutes < 600 && !called(); minutes++) {
    venue.timeMs += 60_000;
    venue.price(0, 100_000);
  }
  // 2.5 % to what 6,000 USD less the haircut bear.
  assert.ok(minutes >= 60, `called after ${minutes} minutes`);
});

test("EVK #310 collateral without a price is worth nothing, blocks nothing, and nobody goes into debt in it", () => {
  const lost = coin("LOST", { underlying: "", borrowable: true, borrowCapUnits: 1e9 });
  const venue = venueOf();
  venue.must(officer, { type: "listAsset", asset: lost });
  const [alice, bob] = [venue.account(ownerOf(1), usd(6_000)), venue.account(ownerOf(2), usd(100_000))];
  venue.deposit(alice, 2, 1);
  const owe = { type: "withdraw", account: bob, asset: 2, units: 1, destination: "x" } as const;
  assert.equal(codeOf(venue.send(ownerOf(2), owe)), "noPrice");
  trade(venue, [1, alice], [2, bob], 100_000, 1_000);
  venue.timeMs += 60_000;
  const events = venue.price(0, 96_000);
  assert.ok(events.some((event) => event.type === "marginCalled" && event.account === alice));
  // 6,000 less the loss of 4,000 and a fee of 45.
  assert.equal(equityOf(venue, alice), usd(1_955));
  checkInvariants(venue);
});

test("Percolator #35 no bound of the price breakers can be switched off by a zero", () => {
  const venue = venueOf();
  for (const value of [0, -1]) {
    assert.equal(codeOf(raise(venue, "underlying", "maxMovePerSecondPpm", value)), "invalidSpec");
    assert.equal(codeOf(raise(venue, "underlying", "maxPriceAgeMs", value)), "invalidSpec");
    assert.equal(codeOf(raise(venue, "underlying", "minimumPublishers", value)), "invalidSpec");
    assert.equal(codeOf(raise(venue, "instrument", "priceBandPpm", value)), "invalidSpec");
    const spec = underlying("ETH", { maxMovePerSecondPpm: value });
    assert.equal(codeOf(venue.send(officer, { type: "listUnderlying", underlying: spec })), "invalidSpec");
  }
  assert.equal(codeOf(raise(venue, "underlying", "maxMovePerSecondPpm", 1)), undefined);
  venue.timeMs += 1_000;
  venue.price(0, 100_000_000);
  assert.equal(venue.engine.stores.markets.indexMicros(0), 100_000_100_000);
});

test("Percolator #110 an inverse contract is paid in the coin that it prices, whatever its decimals", () => {
  const venue = venueOf();
  const wrong = inversePerpetual({ name: "WRONG", settlementAsset: "USDC" });
  assert.equal(codeOf(venue.send(officer, { type: "listInstrument", instrument: wrong })), "invalidSpec");
  const coins = coin("ETH", { underlying: "", decimals: 9 });
  venue.must(officer, { type: "listAsset", asset: coins });
  const other = inversePerpetual({ name: "OTHER", settlementAsset: "ETH" });
  assert.equal(codeOf(venue.send(officer, { type: "listInstrument", instrument: other })), "invalidSpec");
  const linear = perpetual({ name: "NINE", settlementAsset: "ETH" });
  assert.equal(codeOf(venue.send(officer, { type: "listInstrument", instrument: linear })), "invalidSpec");
});

/** Perpetual Protocol v1 paid withdrawals beyond what the vault had and called the rest prepaid bad debt. */
test("Perp v1 a withdrawal is never paid from what the vault does not have", () => {
  const venue = venueOf();
  const [alice, bob] = [venue.account(ownerOf(1), usd(10_000)), venue.account(ownerOf(2), usd(100_000))];
  trade(venue, [2, bob], [1, alice], 100_000, 1_000);
  venue.timeMs += 60_000;
  venue.price(0, 150_000);
  // Alice owes 40,000; Bob's profit is more than the vault can pay.
  trade(venue, [1, alice], [2, bob], 150_000, 1_000);
  const withdraw = (units: number): string | undefined =>
    codeOf(venue.send(ownerOf(2), { type: "withdraw", account: bob, asset: 0, units, destination: "x" }));
  assert.equal(withdraw(usd(140_000)), "insufficientBalance");
  // As long as her loss is open he may take his part of what would be left; then what she cannot pay is his loss.
  assert.equal(withdraw(usd(110_000)), "insolvencyOpen");
  venue.tick(60_000);
  const { ledger } = venue.engine.stores;
  assert.equal(ledger.balance(alice, 0), 0);
  const fees = ledger.balance(1, 0);
  assert.equal(ledger.balance(bob, 0), usd(110_000) - fees);
  assert.equal(withdraw(usd(110_000) - fees), undefined);
  assert.equal(withdraw(1), "insufficientMargin");
  venue.must(officer, { type: "settleWithdrawal", withdrawal: 1, outcome: "paid" });
  assert.equal(ledger.balance(0, 0), -fees);
  checkInvariants(venue);
});

/** Drift protocol-v2 #2146: rounding in the user's favour. */
test("Drift #2146 trades of dust, flips and partial closes pay their traders nothing", () => {
  const venue = venueOf([
    inversePerpetual({ lotUsdMicros: 1, tickMicros: 1_000, makerFeePpm: -450, takerFeePpm: 450 }),
    perpetual({ makerFeePpm: -450, takerFeePpm: 450, tickMicros: 1_000, lotNanos: 1_000_000 }),
    spot({ makerFeePpm: -450, takerFeePpm: 450, tickMicros: 100_000_000, lotNanos: 10 }),
  ]);
  const accounts = [1, 2].map((n) => venue.account(ownerOf(n), usd(10_000)));
  for (const account of accounts) venue.deposit(account, 1, 100_000_000);
  const { ledger, positions } = venue.engine.stores;
  const held = (asset: number): number =>
    accounts.reduce((sum, account) => sum + ledger.balance(account, asset), 0);
  const before = [held(0), held(1)];
  let seed = 7;
  const next = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let i = 0; i < 1_500; i++) {
    const instrument = next(3);
    const base = instrument === 2 ? 1_000 : 100_000_000;
    const priceTicks = base + next(base / 1_000) - base / 2_000;
    const lots = 1 + next(7);
    const maker = next(2);
    const [makes, takes] = [accounts[maker]!, accounts[1 - maker]!];
    const side = next(2) === 0 ? "buy" : "sell";
    venue.send(ownerOf(1 + maker), order({ account: makes, instrument, side, priceTicks, lots }));
    const other = side === "buy" ? "sell" : "buy";
    const take = { account: takes, instrument, side: other, priceTicks, lots, timeInForce: "ioc" } as const;
    venue.send(ownerOf(2 - maker), order(take));
  }
  for (const instrument of [0, 1]) {
    const lots = positions.lotsOf(accounts[0]!, instrument);
    if (lots === 0) continue;
    const [long, short] = lots > 0 ? [0, 1] : [1, 0];
    trade(
      venue,
      [1 + short, accounts[short]!],
      [1 + long, accounts[long]!],
      100_000_000,
      Math.abs(lots),
      instrument,
    );
  }
  for (const asset of [0, 1]) assert.ok(held(asset) <= before[asset]!, `asset ${asset} grew`);
  for (const asset of [0, 1]) assert.ok(feesOf(venue, asset) >= 0);
  checkConserved(venue);
  checkInvariants(venue);
});

test("interest on balances of a unit is never more than borrowers were charged", () => {
  const venue = venueOf([perpetual()], { quote: { ...usdc, rateAtFullPpm: 10_000_000, reserveSharePpm: 0 } });
  const lenders = Array.from({ length: 40 }, (_, i) => venue.account(ownerOf(i), 1 + i));
  const borrower = venue.account(ownerOf(99), 0);
  venue.deposit(borrower, 1, 100_000_000);
  venue.must(ownerOf(99), { type: "withdraw", account: borrower, asset: 0, units: 700, destination: "x" });
  venue.must(officer, { type: "settleWithdrawal", withdrawal: 1, outcome: "paid" });
  for (let i = 0; i < 200; i++) {
    venue.tick(3_600_000);
    const [from, to] = [lenders[i % 40]!, lenders[(i * 7) % 40]!];
    venue.send(ownerOf(i % 40), { type: "transfer", account: from, to, asset: 0, units: 1 });
  }
  checkConserved(venue);
  const { ledger } = venue.engine.stores;
  assert.ok(ledger.balance(2, 0) >= 0, "the lending market's own account is never short");
});
