import { type ClearingEvent, type Machine as Stores } from "../../clearing/index.ts";
import { type Conservation } from "../population/replay-result.ts";

/** One account that was in breach. */
export interface BreachedAccount {
  readonly account: number;
  readonly timeMs: number;
  /** At the first breach. */
  readonly equityUsd: number;
  /** At the window's end; nothing counts as nothing. */
  endEquityUsd: number;
  /** Was its equity above nothing through all its liquidations? */
  isSolvent: boolean;
}

/** What one method came to in one window. Money in USD at the prices of the instant it moved. */
export interface CrashFigures {
  readonly method: string;
  readonly opened: number;
  readonly breached: readonly BreachedAccount[];
  readonly liquidations: number;
  readonly restored: number;
  readonly closed: number;
  readonly absorbed: number;
  readonly stillOpen: number;
  readonly steps: number;
  readonly auctions: number;
  readonly bids: number;
  readonly stepCostUsd: number;
  readonly feesUsd: number;
  readonly discountUsd: number;
  /** Paid by the fund; and what it has less at the end than at the start. */
  readonly fundPaidUsd: number;
  readonly fundLossUsd: number;
  readonly fundStartUsd: number;
  readonly deleveragedAccounts: number;
  readonly deleveragedUsd: number;
  readonly takenUsd: number;
  readonly sharedUsd: number;
  readonly sharedAccounts: number;
  /** Notional that was closed in the market by steps, and taken over in auctions. */
  readonly steppedUsd: number;
  readonly soldUsd: number;
  /** Worst that forced trades did to each coin's price, as a fraction. */
  readonly impacts: readonly { readonly coin: string; readonly worst: number }[];
  /** Of each liquidation that ended, ms, ascending. */
  readonly durationsMs: readonly number[];
  readonly bidderProfitUsd: number;
  readonly conservation: readonly Conservation[];
  readonly commands: number;
  readonly seconds: number;
  readonly stateRoot: string;
  /** Every ten minutes. */
  readonly track: readonly TrackPoint[];
}

/** How things stood: prices are the first coin's, with what forced trades do to it and without. */
export interface TrackPoint {
  readonly timeMs: number;
  readonly price: number;
  readonly undisturbed: number;
  readonly inLiquidation: number;
  readonly breached: number;
  readonly fundUsd: number;
}

/** Counts what an engine's events say of accounts in default. */
export class CrashTally {
  readonly breached: Map<number, BreachedAccount> = new Map();
  readonly durationsMs: number[] = [];
  readonly netDepositUnits: Map<number, bigint> = new Map();
  readonly deleveraged: Set<number> = new Set();
  readonly sharers: Set<number> = new Set();
  restored = 0;
  closed = 0;
  absorbed = 0;
  liquidations = 0;
  steps = 0;
  auctions = 0;
  bids = 0;
  stepCostUsd = 0;
  feesUsd = 0;
  discountUsd = 0;
  fundPaidUsd = 0;
  deleveragedUsd = 0;
  takenUsd = 0;
  sharedUsd = 0;
  steppedUsd = 0;
  soldUsd = 0;
  readonly #stores: Stores;
  readonly #isTrader: (account: number) => boolean;
  readonly #lotUsd: (instrument: number) => number;
  readonly #stepped: (instrument: number, usd: number) => void;

  /** @param stepped - told of each forced trade in the book, USD, positive buys. */
  constructor(
    stores: Stores,
    isTrader: (account: number) => boolean,
    lotUsd: (instrument: number) => number,
    stepped: (instrument: number, usd: number) => void,
  ) {
    this.#stores = stores;
    this.#isTrader = isTrader;
    this.#lotUsd = lotUsd;
    this.#stepped = stepped;
  }

  usd(asset: number, units: number): number {
    const { markets } = this.#stores;
    return (units / markets.assets.get("unitsPerOne", asset)) * (markets.assetPriceMicros(asset) / 1e6);
  }

  see(event: ClearingEvent): void {
    if (event.type === "liquidationStarted") this.#started(event);
    else if (event.type === "liquidationStepped") this.#step(event);
    else if (event.type === "liquidationEnded") {
      this[event.outcome]++;
      this.durationsMs.push(event.durationMs);
      const known = this.breached.get(event.account);
      if (known && !event.wasSolvent) known.isSolvent = false;
    } else if (event.type === "auctionStarted") this.auctions++;
    else if (event.type === "auctionFilled") {
      this.bids++;
      this.discountUsd += this.usd(event.asset, event.discountUnits);
    } else if (event.type === "traded") {
      if (event.source === "auction") this.soldUsd += event.lots * this.#lotUsd(event.instrument);
    } else if (event.type === "lossCovered") this.fundPaidUsd += this.usd(event.asset, event.units);
    else if (event.type === "deleveraged") {
      const { settlementAsset } = this.#stores.terms(event.instrument);
      this.deleveraged.add(event.account);
      this.deleveragedUsd += Math.abs(event.lots) * this.#lotUsd(event.instrument);
      this.takenUsd += this.usd(settlementAsset, event.takenUnits);
    } else if (event.type === "lossShared") {
      this.sharers.add(event.account);
      this.sharedUsd += this.usd(event.asset, event.units);
    } else if (event.type === "balanceChanged" && event.reason === "deposit" && event.units > 0) {
      const before = this.netDepositUnits.get(event.asset) ?? 0n;
      this.netDepositUnits.set(event.asset, before + BigInt(event.units));
    }
  }

  #started({ account, equityMicros }: Extract<ClearingEvent, { type: "liquidationStarted" }>): void {
    this.liquidations++;
    if (this.breached.has(account) || !this.#isTrader(account)) return;
    this.breached.set(account, {
      account,
      timeMs: this.#stores.state.timeMs,
      equityUsd: equityMicros / 1e6,
      endEquityUsd: 0,
      isSolvent: equityMicros > 0,
    });
  }

  #step(event: Extract<ClearingEvent, { type: "liquidationStepped" }>): void {
    const { instrument, lots, costMicros, feeUnits } = event;
    this.steps++;
    const { settlementAsset } = this.#stores.terms(instrument);
    this.stepCostUsd += costMicros / 1e6;
    this.feesUsd += this.usd(settlementAsset, feeUnits);
    const usd = lots * this.#lotUsd(instrument);
    this.steppedUsd += Math.abs(usd);
    this.#stepped(instrument, usd);
  }
}
