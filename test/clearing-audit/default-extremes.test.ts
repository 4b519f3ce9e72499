import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { randomStream, type RandomStream } from "plimsoll/numerics";
import { liquidationParameters } from "../../src/clearing/markets/index.ts";
import { type Command } from "../../src/clearing/index.ts";
import { checkInvariants } from "../properties/clearing-invariants.ts";
import { future, inversePerpetual, option, spot, startMs } from "../properties/clearing-venue.ts";
import {
  addressOf,
  coin,
  officer,
  order,
  perpetual,
  restored,
  rootOf,
  TestVenue,
  underlying,
  usdc,
} from "./world.ts";

const expiryMs = startMs + 7_200_000;
const huge = 100_000_000_000_000;
const people = 8;
const listed = 9;
const firstAccount = 5 + listed + 2;
const marginParameters = readFileSync(new URL("../../params/plimsoll-margin.json", import.meta.url), "utf8");

/** Instruments at the edges of what may be listed, on an index that may be anything. */
function extremeVenue(portfolio: boolean): TestVenue {
  const venue = new TestVenue();
  venue.open();
  venue.must(officer, { type: "listAsset", asset: usdc });
  const loose = { maxMovePerSecondPpm: 1_000_000, maxPriceAgeMs: 86_400_000 };
  venue.must(officer, { type: "listUnderlying", underlying: underlying("BTC", loose) });
  venue.must(officer, { type: "listAsset", asset: coin("BTC", { borrowable: true, borrowCapUnits: 1e12 }) });
  venue.must(officer, { type: "listAsset", asset: coin("LOST", { underlying: "", feed: "LOST" }) });
  const wide = { priceBandPpm: 1_000_000, maxOrderLots: 2 ** 40, positionLimitLots: 2 ** 40 };
  const tiny = { tickMicros: 1, lotNanos: 1_000_000_000 };
  for (const instrument of [
    perpetual({ ...wide, ...tiny, name: "FINE" }),
    perpetual({ ...wide, name: "COARSE", tickMicros: 1_000_000, lotNanos: 1_000_000_000_000_000 }),
    inversePerpetual({ ...wide, name: "INVERSE", tickMicros: 1, lotUsdMicros: 1_000_000_000_000 }),
    inversePerpetual({ ...wide, name: "CENT", tickMicros: 1, lotUsdMicros: 1 }),
    future(expiryMs, { ...wide, ...tiny, name: "FUTURE" }),
    option(expiryMs, { ...wide, ...tiny, name: "LOW-CALL", strikeMicros: 1 }),
    option(expiryMs, { ...wide, ...tiny, name: "CALL", strikeMicros: 100_000_000 }),
    option(expiryMs, { ...wide, ...tiny, name: "HIGH-PUT", strikeMicros: huge, optionType: "put" }),
    spot({ ...wide, name: "SPOT", tickMicros: 1, lotNanos: 1_000_000_000 }),
  ]) {
    venue.must(officer, { type: "listInstrument", instrument });
  }
  venue.price(0, 100);
  const slice = { forwardMicros: 100_000_000, a: 0.0001, b: 0.0001, rho: 0, m: 0, sigma: 0.1 };
  const slices = [expiryMs, expiryMs + 86_400_000].map((end) => ({ ...slice, expiryMs: end }));
  venue.must(officer, { type: "publishSurface", underlying: 0, timeMs: venue.timeMs, slices });
  const pool = {
    depthLotsPerPercent: 100,
    maxDeviationPpm: 500_000,
    feePpm: 300,
    minPricePpm: 1,
    maxPricePpm: 100_000_000,
    initialShareUnits: 1_000,
  };
  venue.must(officer, { type: "createPool", instrument: 0, pool });
  if (portfolio) {
    venue.must(officer, { type: "setRiskDocument", document: "marginParameters", text: marginParameters });
  }
  const modes = ["cross", "isolated", portfolio ? "portfolio" : "cross", "cross"] as const;
  for (let i = 0; i < people; i++) {
    const account = venue.account(
      addressOf(1 + i),
      i < 2 ? 100_000_000_000_000 : 10 ** (3 + i),
      modes[i % 4],
    );
    assert.equal(account, firstAccount + i);
    venue.deposit(account, 1, i < 2 ? 1_000_000_000_000 : 10 ** i);
    venue.deposit(account, 2, 1);
  }
  const add = { type: "addLiquidity", account: firstAccount, instrument: 0, units: 10 ** 12 } as const;
  venue.must(addressOf(1), add);
  return venue;
}

class Chaos {
  readonly figures = { liquidations: 0, steps: 0, bids: 0, deleveraged: 0, shared: 0, refused: 0 };
  readonly #random: RandomStream;
  venue: TestVenue;
  #index = 100_000_000;

  constructor(seed: number) {
    this.#random = randomStream(seed);
    this.venue = extremeVenue(seed % 2 === 0);
    // Where in its bounds each rule stands: at an end, or anywhere.
    for (const { name, min, max } of liquidationParameters) {
      if (name === "enabled" || this.#below(3) > 0) continue;
      const most = Math.min(max, name.endsWith("Ms") ? 60_000 : max);
      const value = [min, most, min + Math.floor((most - min) * this.#random.nextFloat())][this.#below(3)]!;
      const set = { type: "setParameter", target: "liquidation", index: 0, parameter: name, value } as const;
      this.#send(officer, set);
    }
    this.venue.tick(3_600_000);
    this.#publish();
  }

  #below(limit: number): number {
    return this.#random.nextBelow(limit);
  }

  #size(largest: number): number {
    return Math.max(1, Math.floor(largest ** this.#random.nextFloat()));
  }

  #send(signer: string, command: Command): void {
    const { figures } = this;
    for (const { type } of this.venue.send(signer, command)) {
      if (type === "liquidationStarted") figures.liquidations++;
      else if (type === "liquidationStepped") figures.steps++;
      else if (type === "auctionFilled") figures.bids++;
      else if (type === "deleveraged") figures.deleveraged++;
      else if (type === "lossShared") figures.shared++;
      else if (type === "rejected") figures.refused++;
    }
  }

  #publish(): void {
    this.venue.timeMs += 1 + this.#below(20_000);
    const { timeMs } = this.venue;
    const prices = [{ feed: 0, priceMicros: this.#index, confidencePpm: 1_000_000, timeMs }];
    this.#send(officer, { type: "publishPrices", prices });
  }

  act(): void {
    const by = this.#below(people);
    const account = firstAccount + by;
    const signer = addressOf(1 + by);
    const m = this.venue.engine.stores;
    switch (this.#below(12)) {
      case 0: {
        const next = [1 + this.#below(1_000), this.#size(huge), 99_000_000 + this.#below(2_000_000)][
          this.#below(3)
        ]!;
        // Mostly a move that is possible, sometimes any.
        const moved = Math.round(this.#index * (0.7 + 0.6 * this.#random.nextFloat()));
        this.#index = Math.min(huge, Math.max(1, this.#below(8) === 0 ? next : moved));
        this.#publish();
        break;
      }
      case 1:
        this.#publish();
        break;
      case 2: {
        const units = this.#size(10 ** 13);
        const asset = this.#below(3);
        this.#send(signer, { type: "withdraw", account, asset, units, destination: "" });
        for (const { id } of this.#below(2) === 0 ? m.withdrawals.all() : []) {
          const outcome = this.#below(2) === 0 ? "paid" : "failed";
          this.#send(officer, { type: "settleWithdrawal", withdrawal: id, outcome });
        }
        break;
      }
      case 3:
      case 4: {
        const all = m.auctions.all();
        if (all.length === 0) break;
        const { id, auctionType } = all[this.#below(all.length)]!;
        const guards = { maxPaidUnits: Number.MAX_SAFE_INTEGER, minReceivedUnits: 0 };
        const sharePpm = this.#size(1_000_000);
        this.#send(signer, { type: "bid", account, auction: id, sharePpm, auctionType, ...guards });
        break;
      }
      case 5: {
        const units = this.#size(10 ** 12);
        const tranche = (["protocol", "staked", "market"] as const)[this.#below(3)]!;
        const instrument = this.#below(listed);
        const choices = [
          { type: "stakeFund", account, units },
          { type: "unstakeFund", account, shares: units },
          { type: "donateFund", account, tranche, instrument, units },
        ] as const;
        this.#send(signer, choices[this.#below(3)]!);
        break;
      }
      case 6: {
        const target = firstAccount + this.#below(people);
        this.#send(signer, { type: "callLiquidation", account, target });
        const lots = this.#size(2 ** 40) * (this.#below(2) === 0 ? 1 : -1);
        const priceTicks = this.#size(2 ** 31 - 1);
        this.#send(officer, { type: "hedgeFund", instrument: 5 + this.#below(3), lots, priceTicks });
        break;
      }
      default:
        this.#order(account, signer);
    }
  }

  #order(account: number, signer: string): void {
    const m = this.venue.engine.stores;
    const instrument = this.#below(listed);
    const off = this.#below(5) - 2;
    const ticks = Math.round(m.markets.markMicros(instrument) / m.terms(instrument).tickMicros) + off;
    const priceTicks = Math.min(2 ** 31 - 1, Math.max(1, ticks));
    const side = this.#below(2) === 0 ? "buy" : "sell";
    let lots = this.#size(2 ** 40);
    // As much as the account can bear: the largest of all sizes by halves.
    for (let i = 0; i < 40 && lots >= 1; i++) {
      const other = side === "buy" ? "sell" : "buy";
      const route = this.#below(3) === 0 ? "best" : "book";
      if (this.#below(2) === 0 && i === 0) {
        const rest = order({ account: firstAccount, instrument, side: other, lots, priceTicks });
        this.#send(addressOf(1), rest);
      }
      const before = this.figures.refused;
      this.#send(signer, order({ account, instrument, side, lots, priceTicks, route }));
      if (this.figures.refused === before) return;
      lots = Math.floor(lots / 3);
    }
  }
}

test("nothing that may be listed, set, published or sent stops a machine with accounts in default", () => {
  const totals = { liquidations: 0, steps: 0, bids: 0, deleveraged: 0, shared: 0 };
  // More of them, or others, for as long as one likes.
  const seeds = Number(process.env["SEEDS"] ?? 12);
  const first = Number(process.env["FIRST"] ?? 1);
  for (let seed = first; seed < first + seeds; seed++) {
    const chaos = new Chaos(seed);
    try {
      for (let i = 0; i < 400; i++) {
        chaos.act();
        if (i % 100 !== 99) continue;
        checkInvariants(chaos.venue);
        const copy = restored(chaos.venue);
        assert.equal(rootOf(copy), rootOf(chaos.venue));
        chaos.venue = copy;
      }
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += chaos.figures[name];
  }
  if (process.env["SEEDS"]) return;
  assert.ok(
    Object.values(totals).every((count) => count > 0),
    JSON.stringify(totals),
  );
});
