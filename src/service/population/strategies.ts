import { type Leg } from "../../clearing/index.ts";
import { exp, type RandomStream } from "../../numerics/index.ts";
import { msPerYear } from "../../market/instrument.ts";
import { type Makers } from "./makers.ts";
import { type Trader } from "./traders.ts";
import { type Trading } from "./trading.ts";
import { type CoinView, type ExpiryView, type StrikeView } from "./venue-view.ts";

const dayMs = 86_400_000;
/** A position is left alone within this share of what it should be. */
const tolerance = 0.2;
/** How far from the mark a taker goes, share of it. */
const takerReach = 0.004;
const hurriedReach = 0.03;

/** What each temperament does when its turn comes. Everything it needs it asks of the venue. */
export class Strategies {
  readonly #trading: Trading;
  readonly #makers: Makers;
  readonly #random: RandomStream;
  /** Will option chains, and futures with them, be listed sooner or later? */
  readonly #hasChains: boolean;

  constructor(trading: Trading, makers: Makers, random: RandomStream, hasChains: boolean) {
    this.#hasChains = hasChains;
    this.#trading = trading;
    this.#makers = makers;
    this.#random = random;
  }

  act(trader: Trader): void {
    const equity = this.#equityUsd(trader);
    if (!(equity > 10)) return;
    switch (trader.temperament) {
      case "long":
      case "pair":
        return this.#directional(trader, equity, 1);
      case "short":
        return this.#directional(trader, equity, -1);
      case "inverseLong":
        return this.#inverse(trader, equity);
      case "basis":
        return this.#basis(trader, equity);
      case "coveredCall":
        return this.#coveredCall(trader, equity);
      case "protectivePut":
        return this.#protectivePut(trader, equity);
      case "straddleSeller":
        return this.#straddle(trader, equity);
      case "spread":
        return this.#spread(trader, equity);
      case "optionBuyer":
        return this.#optionBuyer(trader, equity);
      case "holder":
        return;
    }
  }

  /** Takes all or half of every position off, whatever the margin says. */
  cut(trader: Trader, share: number): void {
    const { view } = this.#trading;
    const { positions } = view.stores;
    const held: { instrument: number; lots: number }[] = [];
    const first = positions.first(trader.account);
    for (let slot = first; slot < first + positions.count(trader.account); slot++) {
      const lots = positions.lots[slot] ?? 0;
      if (lots !== 0) held.push({ instrument: positions.instruments[slot] ?? 0, lots });
    }
    for (const { instrument, lots } of held) {
      if (!view.isOpen(instrument)) continue;
      const off = -Math.sign(lots) * Math.max(1, Math.floor(Math.abs(lots) * share));
      if (this.#isBook(instrument)) this.#take(trader, instrument, off, hurriedReach, true);
      else this.#single(trader, instrument, off, true);
    }
  }

  #isBook(instrument: number): boolean {
    return this.#trading.view.stores.markets.instruments.get("expiryMs", instrument) === 0;
  }

  #equityUsd({ account }: Trader): number {
    return this.#trading.view.stores.margin.figures(account).equityMicros / 1e6;
  }

  #take(trader: Trader, instrument: number, lots: number, reach: number, reduceOnly = false): void {
    if (lots === 0) return;
    this.#trading.take(
      trader,
      instrument,
      lots,
      this.#trading.view.markMicros(instrument) * reach,
      reduceOnly,
    );
  }

  /** Moves a perpetual towards `usd` of notional. */
  #aim(trader: Trader, instrument: number, usd: number): void {
    const { view } = this.#trading;
    if (!view.isOpen(instrument)) return;
    const target = this.#trading.lotsFor(instrument, usd);
    const held = view.lotsOf(trader.account, instrument);
    const change = target - held;
    if (change === 0 || Math.abs(change) < tolerance * Math.max(Math.abs(target), Math.abs(held))) return;
    const at = this.#random.nextFloat();
    if (at < 0.2 && held === 0) {
      // Some wait for their price.
      const away = 1 - Math.sign(change) * 0.02 * this.#random.nextFloat();
      const expiryMs = this.#trading.desk.timeMs + dayMs;
      this.#trading.rest(trader, instrument, change, view.markMicros(instrument) * away, expiryMs);
      return;
    }
    const reduces = held !== 0 && Math.sign(change) !== Math.sign(held) && Math.abs(change) <= Math.abs(held);
    this.#take(trader, instrument, change, takerReach, reduces && at < 0.7);
    if (trader.usesStops && held === 0) this.#protect(trader, instrument);
  }

  #protect(trader: Trader, instrument: number): void {
    const { view } = this.#trading;
    const lots = view.lotsOf(trader.account, instrument);
    if (lots === 0) return;
    const distance = Math.min(0.3, (0.3 + 0.5 * this.#random.nextFloat()) / Math.max(1, trader.leverage));
    this.#trading.stop(
      trader,
      instrument,
      -lots,
      view.markMicros(instrument) * (1 - Math.sign(lots) * distance),
    );
  }

  #directional(trader: Trader, equity: number, direction: number): void {
    const orders = this.#trading.view.stores.orders.accountOrderCount(trader.account);
    if (orders > 4) this.#trading.cancelAll(trader);
    // Conviction comes and goes.
    const conviction = 0.6 + 0.8 * this.#random.nextFloat();
    for (const { coin, weight } of trader.shares) {
      const view = this.#trading.view.coin(coin);
      if (view === undefined) continue;
      this.#aim(trader, view.perpetual, direction * weight * trader.leverage * conviction * equity);
    }
  }

  #inverse(trader: Trader, equity: number): void {
    const view = this.#trading.view.coin("BTC");
    if (view !== undefined) this.#aim(trader, view.inverse, trader.leverage * equity);
  }

  /** Coins against a short perpetual; with cash, a long future against it where there is one. */
  #basis(trader: Trader, equity: number): void {
    const { view } = this.#trading;
    const coin = view.coin(trader.shares[0]?.coin ?? "");
    if (coin === undefined || !view.isOpen(coin.perpetual)) return;
    if (trader.collateral !== "USDC") {
      this.#aim(trader, coin.perpetual, -trader.leverage * this.#coinsUsd(trader, coin));
      return;
    }
    const future = coin.futures.find(({ expiryMs }) => expiryMs > this.#trading.desk.timeMs + 2 * dayMs);
    if (future === undefined && coin.expiries.length === 0 && this.#hasChains) return;
    if (future === undefined || !view.isOpen(future.instrument))
      return this.#directional(trader, equity * 0.3, -1);
    if (view.stores.positions.count(trader.account) > 0) return;
    const lots = this.#trading.lotsFor(future.instrument, trader.leverage * 2 * equity);
    const against = this.#trading.lotsFor(coin.perpetual, lots * view.lotUsd(future.instrument));
    this.#block(trader, [
      { instrument: future.instrument, lots },
      { instrument: coin.perpetual, lots: -against },
    ]);
  }

  #coinsUsd(trader: Trader, coin: CoinView): number {
    const { stores } = this.#trading.view;
    const asset = stores.markets.assets.find(trader.collateral);
    if (asset < 0) return 0;
    const units = stores.ledger.balance(trader.account, asset);
    const whole = units / stores.markets.assets.get("unitsPerOne", asset);
    return (whole * stores.markets.indexMicros(coin.underlying)) / 1e6;
  }

  #coveredCall(trader: Trader, equity: number): void {
    const coin = this.#optionCoin(trader);
    if (coin === undefined || this.#holdsOptions(trader)) return;
    const call = this.#option(coin, true, 0.6 + 0.9 * this.#random.nextFloat(), 2, 40);
    if (call < 0) return;
    const usd = trader.collateral === "USDC" ? equity * 0.8 : this.#coinsUsd(trader, coin);
    this.#single(trader, call, -this.#trading.lotsFor(call, trader.leverage * usd), false);
  }

  #protectivePut(trader: Trader, equity: number): void {
    const coin = this.#optionCoin(trader);
    if (coin === undefined) return;
    const usd = trader.leverage * 1.5 * equity;
    this.#aim(trader, coin.perpetual, usd);
    if (this.#holdsOptions(trader)) return;
    const put = this.#option(coin, false, -0.4 - 0.8 * this.#random.nextFloat(), 5, 60);
    if (put >= 0) this.#single(trader, put, Math.abs(this.#trading.lotsFor(put, usd)), false);
  }

  #straddle(trader: Trader, equity: number): void {
    const coin = this.#optionCoin(trader);
    if (coin === undefined || this.#holdsOptions(trader)) return;
    const away = this.#random.nextFloat() < 0.4 ? 0 : 1.2 * this.#random.nextFloat();
    const expiry = this.#expiry(coin, 0.2, 30);
    if (expiry === undefined) return;
    const [call, put] = [this.#strike(expiry, away)?.call ?? -1, this.#strike(expiry, -away)?.put ?? -1];
    if (!this.#trading.view.isOpen(call) || !this.#trading.view.isOpen(put)) return;
    const lots = this.#trading.lotsFor(call, trader.leverage * equity);
    this.#block(trader, [
      { instrument: call, lots: -lots },
      { instrument: put, lots: -lots },
    ]);
  }

  /** A vertical: what it can lose is known. */
  #spread(trader: Trader, equity: number): void {
    const coin = this.#optionCoin(trader);
    if (coin === undefined || this.#holdsOptions(trader)) return;
    const expiry = this.#expiry(coin, 2, 60);
    if (expiry === undefined) return;
    const isCall = this.#random.nextFloat() < 0.5;
    const near = this.#random.nextFloat() * 0.8;
    const side = isCall ? 1 : -1;
    const [inner, outer] = [this.#strike(expiry, side * near), this.#strike(expiry, side * (near + 0.8))];
    if (inner === undefined || outer === undefined || inner === outer) return;
    const [a, b] = isCall ? [inner.call, outer.call] : [inner.put, outer.put];
    const { view } = this.#trading;
    if (!view.isOpen(a) || !view.isOpen(b)) return;
    const widthUsd = (Math.abs(inner.strikeMicros - outer.strikeMicros) / 1e6) * view.lotCoins(a);
    const lots = Math.floor((trader.leverage * 2 * equity) / widthUsd);
    // Two in three sell the spread.
    const direction = this.#random.nextFloat() < 0.67 ? -1 : 1;
    this.#block(trader, [
      { instrument: a, lots: direction * lots },
      { instrument: b, lots: -direction * lots },
    ]);
  }

  #optionBuyer(trader: Trader, equity: number): void {
    const coin = this.#optionCoin(trader);
    if (coin === undefined || this.#holdsOptions(trader)) return;
    const isCall = this.#random.nextFloat() < 0.7;
    const option = this.#option(
      coin,
      isCall,
      (isCall ? 1 : -1) * (0.3 + 1.2 * this.#random.nextFloat()),
      0.1,
      45,
    );
    if (option < 0) return;
    const { view } = this.#trading;
    const premium = Math.max(view.markMicros(option), 1) / 1e6;
    const lots = Math.floor((trader.leverage * equity) / (premium * view.lotCoins(option)));
    this.#single(trader, option, Math.min(lots, this.#trading.lotsFor(option, 5 * equity)), false);
  }

  #optionCoin(trader: Trader): CoinView | undefined {
    const coin = this.#trading.view.coin(trader.shares[0]?.coin ?? "");
    return coin !== undefined && coin.expiries.length > 0 ? coin : undefined;
  }

  #holdsOptions({ account }: Trader): boolean {
    const { positions, markets } = this.#trading.view.stores;
    const first = positions.first(account);
    for (let slot = first; slot < first + positions.count(account); slot++) {
      const isOption = markets.instruments.get("optionSign", positions.instruments[slot] ?? 0) !== 0;
      if (isOption && positions.lots[slot] !== 0) return true;
    }
    return false;
  }

  #expiry(coin: CoinView, fromDays: number, toDays: number): ExpiryView | undefined {
    const now = this.#trading.desk.timeMs;
    const usable = coin.expiries.filter(
      ({ expiryMs }) => expiryMs >= now + fromDays * dayMs && expiryMs <= now + toDays * dayMs,
    );
    return usable[usable.length === 0 ? 0 : this.#random.nextBelow(usable.length)];
  }

  /** The strike nearest to so many standard deviations from the forward. */
  #strike(expiry: ExpiryView, deviations: number): StrikeView | undefined {
    const { markets } = this.#trading.view.stores;
    const some = expiry.strikes[0];
    if (some === undefined) return undefined;
    const forward = markets.forwardMicros(some.call);
    const nearest = (micros: number): StrikeView =>
      expiry.strikes.reduce((best, one) =>
        Math.abs(one.strikeMicros - micros) < Math.abs(best.strikeMicros - micros) ? one : best,
      );
    const vol = markets.impliedVol(nearest(forward).call);
    const years = (expiry.expiryMs - this.#trading.desk.timeMs) / msPerYear;
    const width = Number.isNaN(vol) ? 0.05 : vol * Math.sqrt(Math.max(0, years));
    return nearest(forward * exp(deviations * width));
  }

  #option(coin: CoinView, isCall: boolean, deviations: number, fromDays: number, toDays: number): number {
    const expiry = this.#expiry(coin, fromDays, toDays);
    const strike = expiry && this.#strike(expiry, deviations);
    const option = strike === undefined ? -1 : isCall ? strike.call : strike.put;
    return this.#trading.view.isOpen(option) ? option : -1;
  }

  /** An option or future through its book: the maker quotes, the trader takes. */
  #single(trader: Trader, instrument: number, lots: number, reduceOnly: boolean): void {
    if (lots === 0) return;
    this.#makers.quoteFor(instrument, Math.abs(lots));
    const reach = 1.1 * this.#makers.halfMicros(instrument) + 2 * this.#tick(instrument);
    this.#trading.take(trader, instrument, lots, reach, reduceOnly);
  }

  #tick(instrument: number): number {
    return this.#trading.view.stores.markets.instruments.get("tickMicros", instrument);
  }

  #block(trader: Trader, legs: readonly Leg[]): void {
    const [first] = legs;
    if (first === undefined || legs.some(({ lots }) => lots === 0)) return;
    if (new Set(legs.map(({ instrument }) => instrument)).size < legs.length) return;
    const maker = this.#makers.answering(first.instrument);
    if (maker !== undefined) this.#trading.block(trader, maker, legs, this.#makers.legTicks(legs));
  }
}
