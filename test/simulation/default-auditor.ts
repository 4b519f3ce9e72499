import assert from "node:assert/strict";
import { type ClearingEvent } from "../../src/clearing/index.ts";
import { type TestVenue } from "../properties/clearing-venue.ts";

type Stores = TestVenue["engine"]["stores"];
const ranks = { market: 0, protocol: 1, staked: 2 } as const;
const insurance = 3;

/** What a run of simulated defaults came by. */
export interface DefaultFigures {
  /** Liquidations that began, and how they ended. */
  started: number;
  restored: number;
  closed: number;
  absorbed: number;
  steps: number;
  auctions: number;
  bids: number;
  /** Losses that the fund, winners and holders bore, units of the first asset, and how often. */
  coveredUnits: number;
  takenUnits: number;
  sharedUnits: number;
  covered: number;
  deleveraged: number;
  shared: number;
}

export const noFigures = (): DefaultFigures => ({
  started: 0,
  restored: 0,
  closed: 0,
  absorbed: 0,
  steps: 0,
  auctions: 0,
  bids: 0,
  coveredUnits: 0,
  takenUnits: 0,
  sharedUnits: 0,
  covered: 0,
  deleveraged: 0,
  shared: 0,
});

/** Holds every default to the promises of docs/liquidation.md while its events come, and counts. */
export class DefaultAuditor {
  readonly figures: DefaultFigures = noFigures();
  /** Of the loss being settled: highest rank that paid, by liquidation and asset. */
  readonly #rank: Map<string, number> = new Map();
  readonly #balances: Map<string, number> = new Map();

  see(event: ClearingEvent, m: Stores): void {
    const { figures } = this;
    const { type } = event;
    if (type === "liquidationStarted") {
      figures.started++;
      assert.ok(event.equityMicros < event.maintenanceMicros, "only an account in breach is liquidated");
      assert.ok(event.targetMicros >= event.maintenanceMicros);
    } else if (type === "liquidationStepped") {
      figures.steps++;
      assert.ok(event.feeUnits >= 0);
    } else if (type === "liquidationEnded") this.#ended(event, m);
    else if (type === "auctionStarted") figures.auctions++;
    else if (type === "auctionFilled") {
      figures.bids++;
      assert.ok(event.discountUnits >= 0, "a bidder never pays more than fair value");
    } else if (type === "lossCovered") this.#covered(event);
    else if (type === "fundChanged") this.#changed(event);
    else if (type === "lossShared") {
      figures.shared++;
      if (event.asset === 0) figures.sharedUnits += event.units;
      // Loss sharing comes after everything that the fund has of the asset.
      assert.ok(m.ledger.balance(insurance, event.asset) <= 0, "the fund pays before anyone shares");
      assert.ok(m.ledger.available(event.account, event.asset) >= 0, "nobody shares more than they have");
    } else if (type === "deleveraged") {
      figures.deleveraged++;
      figures.takenUnits += event.takenUnits;
    }
  }

  #covered(event: Extract<ClearingEvent, { type: "lossCovered" }>): void {
    const { figures } = this;
    figures.covered++;
    if (event.asset === 0) figures.coveredUnits += event.units;
    const key = `${event.liquidation} ${event.asset}`;
    const rank = ranks[event.tranche];
    assert.ok(
      rank >= (this.#rank.get(key) ?? 0),
      `${event.tranche} pays after what comes later in the waterfall`,
    );
    this.#rank.set(key, rank);
  }

  /** A tranche that gets money, as from an account that gives up what it has, begins at the top again with that. */
  #changed({
    tranche,
    instrument,
    asset,
    balanceUnits,
  }: Extract<ClearingEvent, { type: "fundChanged" }>): void {
    const of = `${tranche} ${instrument} ${asset}`;
    const isMore = balanceUnits > (this.#balances.get(of) ?? 0);
    this.#balances.set(of, balanceUnits);
    if (!isMore) return;
    for (const key of this.#rank.keys()) if (key.endsWith(` ${asset}`)) this.#rank.delete(key);
  }

  /** Payments of one command are one settlement; the next begins at the top again. */
  endCommand(): void {
    this.#rank.clear();
  }

  #ended(event: Extract<ClearingEvent, { type: "liquidationEnded" }>, m: Stores): void {
    const { account, outcome } = event;
    this.figures[outcome]++;
    const { equityMicros, maintenanceMicros } = m.margin.figures(account);
    if (outcome === "restored") {
      assert.ok(equityMicros >= maintenanceMicros, "a restored account keeps its margin");
      return;
    }
    if (m.positions.count(account) > 0) return;
    assert.ok(equityMicros >= 0, `account ${account} is left owing ${-equityMicros}`);
  }
}
