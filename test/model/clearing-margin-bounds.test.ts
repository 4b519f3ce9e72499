import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { syntheticHistory, writeHistory } from "../../src/market/index.ts";
import { AccountBook } from "../../src/clearing/margin/account-book.ts";
import { MarginBook } from "../../src/clearing/margin/index.ts";
import { RequirementBounds } from "../../src/clearing/margin/requirement-bounds.ts";
import { epochFigures, RiskBook } from "../../src/clearing/margin/risk-book.ts";
import { RiskDocuments } from "../../src/clearing/margin/risk-documents.ts";
import { RiskEpochs } from "../../src/clearing/margin/risk-epoch.ts";
import { type MarginSources } from "../../src/clearing/margin/sources.ts";
import { sampleWorld, usdc, type World } from "../properties/clearing-margin-world.ts";

const parametersText = readFileSync(new URL("../../params/plimsoll-margin.json", import.meta.url), "utf8");

const sourcesOf = (world: World): MarginSources => ({
  accounts: world.accounts,
  ledger: world.ledger,
  positions: world.positions,
  markets: world.markets,
  orders: world.orders,
  fundingDueFloor: () => 0,
});

/** What changes in an account between two looks. */
interface Change {
  readonly kind: "fill" | "order" | "cash" | "coin";
  readonly instrument: number;
  readonly lots: number;
  readonly off: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom("fill", "fill", "order", "order", "order", "cash", "coin"),
  instrument: fc.nat(41),
  lots: fc.integer({ min: -5_000, max: 5_000 }).filter((lots) => lots !== 0),
  off: fc.double({ min: -0.03, max: 0.03, noNaN: true }),
});

function happen(world: World, account: number, { kind, instrument, lots, off }: Change): void {
  const tick = world.tickOf(instrument);
  const ticks = Math.max(1, Math.round((world.markets.markMicros(instrument) * (1 + off)) / tick));
  if (kind === "cash") world.fund(account, usdc, lots * 1_000_000);
  else if (kind === "coin") world.fund(account, 1 + (instrument % 2), lots * 100_000);
  else if (kind === "order")
    world.rest(account, instrument, lots > 0 ? "buy" : "sell", ticks, Math.abs(lots));
  else if (instrument !== 41) world.fill(account, instrument, lots, ticks);
}

const clearOrders = (world: World): void => {
  for (let other = 0; other < world.accounts.count; other++) {
    for (let slot = world.orders.firstOf(other); slot >= 0; slot = world.orders.firstOf(other)) {
      const [instrument, lots] = [world.orders.instrument(slot), world.orders.remainingLots(slot)];
      const side = world.orders.side(slot) === 0 ? "buy" : "sell";
      world.positions.removeOpen(other, instrument, side, lots, lots * world.orders.priceTicks(slot));
      world.orders.cancel(slot);
    }
  }
};

test("a bound from a known account is never below what the account requires after changes", () => {
  const world = sampleWorld();
  const sources = sourcesOf(world);
  const documents = new RiskDocuments(() => {});
  assert.equal(documents.set("marginParameters", parametersText, world.markets.nowMs, false), undefined);
  const epochs = new RiskEpochs(world.markets, documents);
  const history = syntheticHistory({ seed: 1, asOfMs: world.markets.nowMs, days: 120 });
  assert.equal(documents.set("history", writeHistory(history), world.markets.nowMs, false), undefined);
  epochs.advance(world.markets.nowMs);
  const epoch = epochs.current();
  assert.ok(epoch && epoch.models[0].matrix.historicalCount > 100);
  const assetCount = (): number => world.ledger.assetCount;
  let tight = 0;
  let runs = 0;
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 15 }),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      (past, changes) => {
        clearOrders(world);
        const book = new AccountBook(sources);
        const riskBook = new RiskBook(book, assetCount);
        const bounds = new RequirementBounds(book, riskBook, assetCount);
        const account = world.open("portfolio");
        for (const one of past) happen(world, account, one);
        book.load(account);
        const known = epochFigures(epoch, riskBook, true);
        bounds.remember(account, epoch, known.unboundedInitialUsd);
        for (const one of changes) happen(world, account, one);
        book.load(account);
        const bound = bounds.initialMicros(account, epoch, true);
        const { initialUsd } = epochFigures(epoch, riskBook, true);
        assert.ok(bound >= initialUsd * 1e6, `${bound} beside ${initialUsd * 1e6}`);
        const plain = epochFigures(epoch, riskBook, false);
        assert.ok(bounds.initialMicros(account, epoch, false) >= plain.initialUsd * 1e6);
        // Of an account nothing is known of, an empty one is where to begin.
        const fromNothing = new RequirementBounds(book, riskBook, assetCount).initialMicros(
          account,
          epoch,
          true,
        );
        assert.ok(fromNothing >= initialUsd * 1e6);
        runs++;
        if (bound <= initialUsd * 1e6 * 1.5) tight++;
      },
    ),
    { seed: 17, numRuns: 400 },
  );
  // Worth its while: often not far above, though the changes are as large as the accounts.
  assert.ok(tight * 5 > runs, `${tight} of ${runs} bounds within half as much again`);
});

test("what is remembered never changes a decision", () => {
  const world = sampleWorld();
  const remembering = world.margin;
  assert.equal(remembering.setDocument("marginParameters", parametersText), undefined);
  remembering.advance(world.markets.nowMs);
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 10 }),
      fc.array(change, { minLength: 1, maxLength: 6 }),
      fc.double({ min: 0.6, max: 1.4, noNaN: true }),
      (past, orders, cover) => {
        clearOrders(world);
        const account = world.open("portfolio");
        for (const one of past) happen(world, account, one);
        const { equityMicros, initialMicros } = remembering.figures(account);
        world.fund(account, usdc, Math.round(initialMicros * cover - equityMicros) || 1);
        for (const { instrument, lots, off } of orders) {
          const price = Math.max(1, Math.round(world.markets.markMicros(instrument) * (1 + off)));
          const side = lots > 0 ? "buy" : "sell";
          const forgetful = new MarginBook(sourcesOf(world));
          assert.equal(forgetful.setDocument("marginParameters", parametersText), undefined);
          forgetful.advance(world.markets.nowMs);
          const size = Math.abs(lots);
          assert.deepEqual(
            remembering.checkOrder(account, instrument, side, size, price, 1_000),
            forgetful.checkOrder(account, instrument, side, size, price, 1_000),
          );
          const { equityMicros: equity, maintenanceMicros } = forgetful.figures(account);
          assert.equal(remembering.isBreached(account), equity < maintenanceMicros);
          happen(world, account, { kind: "order", instrument, lots, off });
        }
      },
    ),
    { seed: 19, numRuns: 60 },
  );
});
