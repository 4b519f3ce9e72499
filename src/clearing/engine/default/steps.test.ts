import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, officer, order, type TestVenue } from "../../../../test/properties/clearing-venue.ts";
import { firstAccount, instruments, wholeVenue } from "../../../../test/properties/clearing-whole-venue.ts";
import { randomStream } from "../../../numerics/index.ts";
import { deltasOf } from "./deltas.ts";
import { isHealthier, targetMicros } from "./health.ts";
import { quoteStep } from "./step-orders.ts";
import { chooseStep } from "./steps.ts";

const makerKey = addressOf(1);
const maker = firstAccount;
const owner = addressOf(9);
const { perpetual, future, call, put, ethPerpetual, inverse } = instruments;

/** An account with a few random positions and little equity, in a market of random depth, as its price has moved. */
function troubled(seed: number): { venue: TestVenue; account: number } {
  const random = randomStream(seed);
  const venue = wholeVenue();
  // The test takes the steps.
  const rules = { type: "setParameter", target: "liquidation", index: 0 } as const;
  venue.must(officer, { ...rules, parameter: "enabled", value: 0 });
  if (seed % 4 !== 0) {
    venue.must(officer, { ...rules, parameter: "deleverPpm", value: 0 });
    venue.tick(3_600_000);
    venue.price(0, 100_000);
    venue.price(1, 4_000);
  }
  venue.deposit(maker, 0, 10_000_000_000_000);
  const dollars = 2_000 + random.nextBelow(20_000);
  const account = venue.account(owner, dollars * 1_000_000);
  const { markets } = venue.engine.stores;
  const trade = (instrument: number, side: "buy" | "sell", lots: number): void => {
    const { tickMicros } = venue.engine.stores.terms(instrument);
    const priceTicks = Math.max(1, Math.round(markets.markMicros(instrument) / tickMicros));
    const opposite = side === "buy" ? "sell" : "buy";
    venue.send(makerKey, order({ account: maker, instrument, side: opposite, lots, priceTicks }));
    venue.send(owner, order({ account, instrument, side, lots, priceTicks, timeInForce: "ioc" }));
    venue.send(makerKey, { type: "cancelAll", account: maker, instrument });
  };
  for (const instrument of [perpetual, future, call, put, ethPerpetual, inverse]) {
    if (random.nextFloat() < 0.4) continue;
    trade(
      instrument,
      random.nextFloat() < 0.6 ? "buy" : "sell",
      1 + random.nextBelow(Math.floor(dollars / 10)),
    );
  }
  const way = random.nextFloat() < 0.5 ? 1.008 : 0.992;
  for (let i = 0, price = 100_000; i < 20; i++) {
    const { equityMicros, maintenanceMicros } = venue.engine.stores.margin.figures(account);
    if (equityMicros < maintenanceMicros) break;
    price *= way;
    venue.timeMs += 10_000;
    venue.price(0, price);
  }
  for (const instrument of [perpetual, future, call, put, ethPerpetual, inverse]) {
    const { tickMicros } = venue.engine.stores.terms(instrument);
    const mark = markets.markMicros(instrument) / tickMicros;
    if (mark < 3) continue;
    for (let level = 1; level <= 3; level++) {
      const lots = 1 + random.nextBelow(400);
      const off = Math.ceil(mark * 0.002 * level);
      const bid = { account: maker, instrument, lots, priceTicks: Math.max(1, Math.floor(mark) - off) };
      venue.send(makerKey, order({ ...bid, side: "buy" }));
      venue.send(makerKey, order({ ...bid, side: "sell", priceTicks: Math.ceil(mark) + off }));
    }
  }
  return { venue, account };
}

test("every step makes the account healthier, keeps hedges, and is the smallest that restores it", () => {
  const met = { steps: 0, restoring: 0 };
  for (let seed = 1; seed <= 200; seed++) {
    const { venue, account } = troubled(seed);
    const m = venue.engine.stores;
    const before = m.margin.figures(account);
    if (before.equityMicros <= 0 || before.equityMicros >= before.maintenanceMicros) continue;
    const step = chooseStep(m, account, before);
    if (!step) continue;
    met.steps++;
    const { instrument, lots, feeUnits, after } = step;
    assert.ok(isHealthier(before, after), `seed ${seed}`);
    const { ofLot, net } = deltasOf(m, account);
    const { underlying } = m.terms(instrument);
    const held = net.get(underlying) ?? 0;
    const left = held + lots * (ofLot.get(instrument) ?? 0);
    assert.ok(Math.abs(left) <= Math.abs(held) + 1e-6 || Math.sign(left) !== Math.sign(held), `seed ${seed}`);
    if (after.equityMicros < targetMicros(m, after)) continue;
    met.restoring++;
    if (Math.abs(lots) === 1) continue;
    // One lot less, with its part of the fee, leaves it short.
    const smaller = quoteStep(m, account, instrument, lots - Math.sign(lots));
    assert.ok(smaller);
    const fee = Math.floor((feeUnits * (Math.abs(lots) - 1)) / Math.abs(lots));
    const fill = { ...smaller.fill, feeUnits: smaller.fill.feeUnits + fee };
    const short = m.margin.figuresAfter(account, [fill]);
    assert.ok(
      short.equityMicros < targetMicros(m, short) + 10,
      `seed ${seed}: a smaller step restores it too`,
    );
  }
  assert.ok(met.steps > 30 && met.restoring > 8, JSON.stringify(met));
});
