import { type MarginMode } from "../../clearing/index.ts";
import { accountFlag } from "../../clearing/accounts/index.ts";
import { type RandomStream, randomStream } from "../../numerics/index.ts";
import { type FeedBatch } from "../feeds/index.ts";
import { type Desk } from "./desk.ts";
import { type Maker, Makers } from "./makers.ts";
import { Strategies } from "./strategies.ts";
import { drawTrader, type PopulationMarket, signerOf, type Trader, tradesOptions } from "./traders.ts";
import { Trading } from "./trading.ts";
import { type VenueView } from "./venue-view.ts";

export interface PopulationOptions {
  readonly seed: number;
  readonly traders: number;
  /** Of the accounts whose books can gain from it, this share is on portfolio margin. */
  readonly portfolioShare: number;
  /** Who credits deposits. */
  readonly treasurer: string;
  readonly market: PopulationMarket;
}

/** Traders that open their first positions in one step. */
const startsPerStep = 600;
/** Turns of each trader in a day of calm, and the most that a storm multiplies them by. */
const turnsPerDay = 2;
const stormiest = 4;
/** Traders that take their turn in one step. */
const maxTurns = 400;
/** Share of those called that do something about it in an hour; and of all that take money out in a day. */
const answersPerHour = 0.5;
const withdrawalsPerDay = 0.01;
const dayMs = 86_400_000;
const hourMs = 3_600_000;

/**
 * Traders and makers that live on the venue. One step per batch of prices: makers quote before the prices arrive, as who watches the market
 * does; then some of the traders take their turn, those whose margin was called first. The same seed and batches send the same commands.
 */
export class Population {
  readonly makers: Makers;
  readonly traders: readonly Trader[];
  readonly #options: PopulationOptions;
  readonly #desk: Desk;
  readonly #view: VenueView;
  readonly #random: RandomStream;
  readonly #strategies: Strategies;
  readonly #called: Map<number, Trader> = new Map();
  readonly #byAccount: Map<number, Trader> = new Map();
  #isOpen = false;
  /** Who has not opened its first positions yet, in order. */
  #waiting: Trader[] = [];
  #deposits = 0;
  #beforeMs = NaN;
  #turnsDue = 0;

  constructor(desk: Desk, view: VenueView, options: PopulationOptions) {
    this.#desk = desk;
    this.#view = view;
    this.#options = options;
    this.#random = randomStream(options.seed);
    const trading = new Trading(desk, view);
    // Their addresses are of another range than traders'.
    this.makers = new Makers(trading, (number) => signerOf(0x4000_0000 + number));
    this.#strategies = new Strategies(
      trading,
      this.makers,
      this.#random,
      options.market.optionCoins.length > 0,
    );
    this.traders = Array.from({ length: options.traders }, (_, number) =>
      drawTrader(this.#random, number, options.market, { portfolio: options.portfolioShare }),
    );
  }

  get accounts(): number {
    return this.#byAccount.size + this.makers.all.length;
  }

  traderOf(account: number): Trader | undefined {
    return this.#byAccount.get(account);
  }

  /** Before a batch's prices are published. */
  before(batch: FeedBatch): void {
    this.makers.see(batch.fair);
    if (this.#isOpen) this.makers.requote();
  }

  /** After they were. */
  after(batch: FeedBatch): void {
    const { timeMs } = batch;
    if (!this.#isOpen) {
      if (!this.#canOpen()) return;
      this.#open();
    }
    const elapsedMs = Number.isNaN(this.#beforeMs) ? 0 : Math.min(hourMs, timeMs - this.#beforeMs);
    this.#beforeMs = timeMs;
    if (this.makers.isRefused) this.makers.requote();
    this.#start();
    this.#answerCalls(elapsedMs);
    this.#takeTurns(elapsedMs);
  }

  /** Margin calls of the machine, told by its events. */
  called(account: number, isCalled: boolean): void {
    const trader = this.#byAccount.get(account);
    if (trader === undefined) return;
    if (isCalled) this.#called.set(account, trader);
    else this.#called.delete(account);
  }

  /** Have all coins and collateral a price? */
  #canOpen(): boolean {
    const { coins, collateral } = this.#options.market;
    const { stores } = this.#view;
    for (const name of coins) {
      const coin = this.#view.coin(name);
      if (coin === undefined || !stores.hasFreshIndex(coin.underlying)) return false;
    }
    for (const name of collateral) {
      const asset = this.#view.asset(name);
      if (asset < 0 || stores.markets.assetPriceMicros(asset) === 0) return false;
    }
    return true;
  }

  #open(): void {
    this.#isOpen = true;
    for (const maker of this.makers.all) this.#openMaker(maker);
    for (const trader of this.traders) {
      trader.account = this.#openAccount(trader.signer, trader.mode);
      this.#byAccount.set(trader.account, trader);
      this.#deposit(trader.account, trader.collateral, trader.equityUsd);
      // Whoever buys options or pays fees needs some cash beside coins.
      if (trader.collateral !== "USDC") this.#deposit(trader.account, "USDC", 0.08 * trader.equityUsd);
    }
    this.#waiting = [...this.traders];
    this.makers.requote();
  }

  #openMaker(maker: Maker): void {
    maker.account = this.#openAccount(maker.signer, maker.mode);
    this.#deposit(maker.account, "USDC", maker.capitalUsd);
    if (maker.coinUsd > 0 && this.#options.market.hasInverse)
      this.#deposit(maker.account, "BTC", maker.coinUsd);
  }

  #openAccount(signer: string, marginMode: MarginMode): number {
    return this.#desk.send(signer, { type: "openAccount", marginMode }).made;
  }

  #deposit(account: number, name: string, usd: number): boolean {
    const { markets } = this.#view.stores;
    const asset = this.#view.asset(name);
    if (asset < 0) return false;
    const price = markets.assetPriceMicros(asset) / 1e6;
    const units = Math.floor((usd / price) * markets.assets.get("unitsPerOne", asset));
    if (!(units >= 1)) return false;
    const reference = `replay-${++this.#deposits}`;
    const { rejection } = this.#desk.send(this.#options.treasurer, {
      type: "deposit",
      account,
      asset,
      units,
      reference,
    });
    return rejection === undefined;
  }

  /** The next of those who have no positions yet open theirs; who trades options waits until there are some. */
  #start(): void {
    if (this.#waiting.length === 0) return;
    const later: Trader[] = [];
    let starts = 0;
    for (const trader of this.#waiting) {
      const lacks =
        tradesOptions(trader) && (this.#view.coin(trader.shares[0]?.coin ?? "")?.expiries.length ?? 0) === 0;
      if (lacks || starts >= startsPerStep) later.push(trader);
      else {
        starts++;
        trader.started = true;
        this.#strategies.act(trader);
      }
    }
    this.#waiting = later;
  }

  #answerCalls(elapsedMs: number): void {
    if (this.#called.size === 0) return;
    const share = Math.min(1, (answersPerHour * elapsedMs) / hourMs);
    let turns = 0;
    // A copy: answers take accounts off the list.
    for (const [account, trader] of Array.from(this.#called)) {
      if (this.#random.nextFloat() >= share) continue;
      if (++turns > maxTurns) break;
      const { accounts, margin } = this.#view.stores;
      if (!accounts.hasFlag(account, accountFlag.marginCalled)) continue;
      if (trader.nerve === "freezes") continue;
      const { equityMicros, initialMicros } = margin.figures(account);
      const lackUsd = ((initialMicros - equityMicros) / 1e6) * 1.2 + 1;
      if (trader.nerve === "topsUp" && lackUsd <= trader.reserveUsd) {
        if (this.#deposit(account, "USDC", lackUsd)) trader.reserveUsd -= lackUsd;
      } else this.#strategies.cut(trader, this.#random.nextFloat() < 0.5 ? 1 : 0.5);
    }
  }

  #takeTurns(elapsedMs: number): void {
    const { traders } = this;
    this.#turnsDue += (traders.length * turnsPerDay * this.#storm() * elapsedMs) / dayMs;
    const turns = Math.min(maxTurns, Math.floor(this.#turnsDue));
    this.#turnsDue = Math.min(maxTurns, this.#turnsDue - turns);
    for (let turn = 0; turn < turns; turn++) {
      const trader = traders[this.#random.nextBelow(traders.length)];
      if (trader === undefined || !trader.started || this.#called.has(trader.account)) continue;
      if (this.#random.nextFloat() < withdrawalsPerDay / turnsPerDay) this.#withdraw(trader);
      else this.#strategies.act(trader);
    }
  }

  /** 1 in calm, more as prices move more: 50 basis points of late doubles it. */
  #storm(): number {
    return Math.min(stormiest, 1 + this.makers.moveOfLatePpm() / 5_000);
  }

  /** Some of what an account could spare, if the venue agrees; what is paid out can come back as a deposit. */
  #withdraw(trader: Trader): void {
    const { stores } = this.#view;
    const asset = this.#view.asset(trader.collateral);
    const units = Math.floor(
      stores.ledger.available(trader.account, asset) * (0.05 + 0.2 * this.#random.nextFloat()),
    );
    if (!(units >= 1)) return;
    const { account } = trader;
    const command = { type: "withdraw", account, asset, units, destination: trader.signer } as const;
    const { rejection, made } = this.#desk.send(trader.signer, command);
    if (rejection !== undefined) return;
    trader.reserveUsd +=
      (units / stores.markets.assets.get("unitsPerOne", asset)) *
      (stores.markets.assetPriceMicros(asset) / 1e6);
    this.#desk.send(this.#options.treasurer, { type: "settleWithdrawal", withdrawal: made, outcome: "paid" });
  }
}
