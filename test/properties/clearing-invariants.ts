import assert from "node:assert/strict";
import { none, type OrderPool } from "../../src/clearing/book/index.ts";
import { houseAccount } from "../../src/clearing/accounts/index.ts";
import { fundingDueFloor } from "../../src/clearing/engine/funding.ts";
import { instrumentTerms, worthFloor } from "../../src/clearing/margin/instrument-terms.ts";
import { type TestVenue } from "./clearing-venue.ts";

type Stores = TestVenue["engine"]["stores"];

/** The invariants of docs/clearing.md that any state must meet. */
export function checkInvariants(venue: TestVenue): void {
  const m = venue.engine.stores;
  checkConservation(m);
  checkClearing(m);
  checkOpenOrders(m);
  checkHolds(m);
  checkPools(m);
  for (let account = 0; account < m.accounts.count; account++) {
    const figures = m.margin.figures(account);
    for (const [name, value] of Object.entries(figures)) {
      assert.ok(Number.isSafeInteger(value), `CLR-07 ${name} of account ${account} is ${value}`);
    }
  }
}

/** CLR-01: every asset sums to nothing over all accounts, the vault's debt included. */
function checkConservation({ ledger }: Stores): void {
  for (let asset = 0; asset < ledger.assetCount; asset++) {
    assert.equal(ledger.total(asset), 0n, `CLR-01 asset ${asset} is conserved`);
  }
}

/** CLR-02 and CLR-03: what positions cost and are due stands in the clearing account, and longs are shorts. */
function checkClearing(m: Stores): void {
  const { positions, markets, ledger, accounts } = m;
  const count = markets.instruments.count;
  const entry = Array.from({ length: count }, () => 0n);
  const due = Array.from({ length: count }, () => 0n);
  const long = Array.from({ length: count }, () => 0);
  const net = Array.from({ length: count }, () => 0);
  const holders = Array.from({ length: count }, () => 0);
  /** What those are paid whose turn in a settlement under way is still to come. */
  const unpaid = Array.from({ length: count }, () => 0n);
  for (let account = 0; account < accounts.count; account++) {
    const first = positions.first(account);
    for (let slot = first; slot < first + positions.count(account); slot++) {
      const instrument = positions.instruments[slot]!;
      const lots = positions.lots[slot]!;
      assert.ok(
        Object.is(lots, lots + 0) && !Object.is(positions.entryUnits[slot], -0),
        "no −0 in the state",
      );
      entry[instrument]! += BigInt(positions.entryUnits[slot]!);
      if (m.terms(instrument).isPerpetual) due[instrument]! += BigInt(fundingDueFloor(m, slot));
      long[instrument]! += Math.max(0, lots);
      net[instrument]! += lots;
      if (lots !== 0) holders[instrument]!++;
      if (!m.closings.has(instrument)) continue;
      const worth = worthFloor(instrumentTerms(markets, instrument), lots, markets.markMicros(instrument));
      const paid = m.terms(instrument).isOption ? worth : worth - positions.entryUnits[slot]!;
      unpaid[instrument]! += BigInt(paid);
    }
  }
  for (let instrument = 0; instrument < count; instrument++) {
    const { clearingAccount, settlementAsset, isOption, isInverse, isPerpetual } = m.terms(instrument);
    const balance = BigInt(ledger.balance(clearingAccount, settlementAsset));
    const name = markets.instruments.label(instrument);
    if (!m.closings.has(instrument)) assert.equal(net[instrument], 0, `CLR-03 longs equal shorts in ${name}`);
    assert.equal(positions.openInterest(instrument), long[instrument], `CLR-03 open interest of ${name}`);
    assert.equal(positions.holderCount(instrument), holders[instrument], `CLR-03 holders of ${name}`);
    if (m.closings.has(instrument)) {
      const left = balance - unpaid[instrument]!;
      assert.ok(left >= 0n, `CLR-02 the clearing account of ${name} pays all who wait for it: ${left}`);
      continue;
    }
    if (isOption) {
      assert.equal(balance, 0n, `CLR-02 premiums of ${name} pass through`);
      continue;
    }
    const dust = balance + entry[instrument]! - due[instrument]!;
    assert.ok(dust >= 0n, `CLR-02 the clearing account of ${name} covers its positions: ${dust}`);
    if (!isInverse && !isPerpetual) assert.equal(dust, 0n, `CLR-02 ${name} leaves no dust`);
  }
}

/** CLR-04 and CLR-05: open orders are counted exactly; no book is crossed. */
function checkOpenOrders(m: Stores): void {
  const { orders, positions, accounts, markets } = m;
  for (let instrument = 0; instrument < markets.instruments.count; instrument++) {
    const { bestBidTicks, bestAskTicks } = orders.book(instrument);
    assert.ok(
      bestBidTicks === 0 || bestAskTicks === 0 || bestBidTicks < bestAskTicks,
      "CLR-05 no book is crossed",
    );
  }
  for (let account = 0; account < accounts.count; account++) {
    const sums = openSums(orders, account);
    const first = positions.first(account);
    for (let slot = first; slot < first + positions.count(account); slot++) {
      const found = [
        positions.openBuyLots[slot],
        positions.openSellLots[slot],
        positions.openBuyTicks[slot],
        positions.openSellTicks[slot],
      ];
      const instrument = positions.instruments[slot]!;
      assert.deepEqual(
        found,
        sums.get(instrument) ?? [0, 0, 0, 0],
        `CLR-04 open orders of account ${account}`,
      );
      sums.delete(instrument);
    }
    assert.equal(sums.size, 0, `CLR-04 every order of account ${account} has its slot`);
  }
}

function openSums(orders: OrderPool, account: number): Map<number, number[]> {
  const sums = new Map<number, number[]>();
  for (let slot = orders.firstOf(account); slot !== none; slot = orders.nextOf(slot)) {
    const instrument = orders.instrument(slot);
    const sum = sums.get(instrument) ?? [0, 0, 0, 0];
    const side = orders.side(slot);
    const lots = orders.remainingLots(slot);
    sum[side]! += lots;
    sum[2 + side]! += lots * orders.priceTicks(slot);
    sums.set(instrument, sum);
  }
  return sums;
}

/** CLR-06: what is held is what pending withdrawals will take, and the vaults have it. */
function checkHolds({ ledger, withdrawals, accounts }: Stores): void {
  const held = new Map<string, number>();
  const pending = new Map<number, number>();
  for (const { account, asset, units } of withdrawals.all()) {
    const key = `${account}/${asset}`;
    held.set(key, (held.get(key) ?? 0) + units);
    pending.set(asset, (pending.get(asset) ?? 0) + units);
  }
  for (let account = 0; account < accounts.count; account++) {
    for (let asset = 0; asset < ledger.assetCount; asset++) {
      assert.equal(
        ledger.held(account, asset),
        held.get(`${account}/${asset}`) ?? 0,
        "CLR-06 holds are withdrawals",
      );
    }
  }
  for (let asset = 0; asset < ledger.assetCount; asset++) {
    const inVault = -ledger.balance(houseAccount.vault, asset);
    assert.ok(
      inVault >= (pending.get(asset) ?? 0),
      `CLR-06 the vault holds what asset ${asset}'s withdrawals take`,
    );
  }
}

/** CLR-11: a pool's curve and its account agree on its position; nobody owes shares but the pool. */
function checkPools(m: Stores): void {
  const pool = m.pools.find(0);
  if (!pool) return;
  assert.equal(
    pool.curve.positionLots,
    m.positions.lotsOf(pool.account, 0),
    "CLR-11 curve and position agree",
  );
  for (let account = 0; account < m.accounts.count; account++) {
    const shares = m.ledger.balance(account, pool.shareAsset);
    assert.ok(account === pool.account ? shares <= 0 : shares >= 0, "CLR-11 only the pool owes shares");
  }
}
