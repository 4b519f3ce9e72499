import { type Auction, previewBid, quoteAuction, type Sale } from "../../clearing/engine/default/index.ts";
import { type Party, type Trading } from "../population/trading.ts";
import { type Impact } from "./impact.ts";
import { bidderTerms } from "./plan.ts";

/** A coin's market, as bidders see it. */
export interface CoinMarket {
  readonly instrument: number;
  readonly name: string;
  readonly impact: Impact;
  /** Of a day, USD, at the depth of the run. */
  readonly volumeUsd: number;
  readonly initialMarginPpm: number;
}

const dayMs = 86_400_000;
/** Sizes that are tried, of the largest that may be taken. */
const tries = 5;
/** Half of the spread, and the fee of a taker, ppm. */
const crossingPpm = 100 + 450;

/**
 * Those who take over accounts in default: with money of their own, that is all they have. They bid when what they get beyond fair value pays for
 * unwinding it and for its margin meanwhile, and unwind into the book.
 */
export class Bidders {
  readonly #trading: Trading;
  readonly #parties: readonly Party[];
  readonly #coins: ReadonlyMap<number, CoinMarket>;
  #turn = 0;

  constructor(trading: Trading, parties: readonly Party[], coins: readonly CoinMarket[]) {
    this.#trading = trading;
    this.#parties = parties;
    this.#coins = new Map(coins.map((coin) => [coin.instrument, coin]));
  }

  /** Every auction is offered to each in turn. */
  bid(): void {
    const { stores } = this.#trading.view;
    for (const auction of stores.auctions.all()) {
      if (!this.#mayPay(auction)) continue;
      for (let i = 0; i < this.#parties.length; i++) {
        if (!stores.auctions.find(auction.id)) break;
        const party = this.#parties[(this.#turn + i) % this.#parties.length]!;
        if (this.#bidFor(party, auction)) this.#turn++;
      }
    }
  }

  /** Is there more in it than crossing the spread costs? */
  #mayPay(auction: Auction): boolean {
    const { view } = this.#trading;
    const { margin, positions } = view.stores;
    const { discountMicros } = quoteAuction(view.stores, auction, margin.figures(auction.account));
    let grossUsd = 0;
    const first = positions.first(auction.account);
    for (let slot = first; slot < first + positions.count(auction.account); slot++)
      grossUsd += Math.abs(positions.lots[slot]!) * view.lotUsd(positions.instruments[slot]!);
    return discountMicros >= grossUsd * crossingPpm;
  }

  #bidFor(party: Party, { id }: Auction): boolean {
    const { desk, view } = this.#trading;
    const { stores } = view;
    const auction = stores.auctions.find(id);
    if (!auction) return false;
    const { largestPpm } = quoteAuction(stores, auction, stores.margin.figures(auction.account));
    let wanted = largestPpm;
    for (let i = 0; i < tries && wanted >= 1; i++, wanted = Math.floor(wanted / 2)) {
      const sale = previewBid(stores, auction, wanted);
      if (sale.sharePpm === 0) return false;
      if (!this.#isWorth(party, auction, sale)) continue;
      const { rejection } = desk.send(party.signer, {
        type: "bid",
        account: party.account,
        auction: id,
        sharePpm: wanted,
        auctionType: auction.auctionType,
        maxPaidUnits: Math.max(0, sale.paidUnits),
        minReceivedUnits: Math.max(0, 0 - sale.paidUnits),
      });
      if (rejection === undefined) return true;
    }
    return false;
  }

  #isWorth(party: Party, auction: Auction, { slice, discountUnits }: Sale): boolean {
    const { view } = this.#trading;
    const { markets, margin } = view.stores;
    const dollars = (asset: number, units: number): number =>
      (units / markets.assets.get("unitsPerOne", asset)) * (markets.assetPriceMicros(asset) / 1e6);
    let costUsd = 0;
    let grossUsd = 0;
    for (const { instrument, lots } of slice.positions) {
      const usd = lots * view.lotUsd(instrument);
      const before = view.lotsOf(party.account, instrument) * view.lotUsd(instrument);
      const coin = this.#coins.get(instrument);
      if (coin) costUsd += this.#costOf(coin, before, usd);
      grossUsd += Math.abs(before + usd) - Math.abs(before);
    }
    for (const { asset, units } of slice.balances) {
      const coin = [...this.#coins.values()].find(({ name }) => name === markets.assets.label(asset));
      if (coin) costUsd += this.#costOf(coin, 0, dollars(asset, units));
    }
    const equityUsd = margin.figures(party.account).equityMicros / 1e6;
    const room = bidderTerms.leverage * equityUsd - this.#grossUsd(party);
    return grossUsd <= room && dollars(auction.asset, discountUnits) >= costUsd;
  }

  /** Of unwinding so much more than one has, and holding it until then. What lessens a position costs nothing. */
  #costOf({ impact, volumeUsd, initialMarginPpm }: CoinMarket, before: number, usd: number): number {
    const after = before + usd;
    const more = Math.abs(after) - Math.max(0, Math.sign(after) * before);
    if (Math.abs(after) <= Math.abs(before)) return 0;
    const days = Math.abs(after) / (bidderTerms.participation * volumeUsd);
    const margin = (initialMarginPpm / 1e6) * bidderTerms.marginCostPerDay * days;
    return more * (crossingPpm / 1e6 + impact.costOf(after) + margin);
  }

  #grossUsd({ account }: Party): number {
    const { view } = this.#trading;
    let gross = 0;
    for (const instrument of this.#coins.keys())
      gross += Math.abs(view.lotsOf(account, instrument)) * view.lotUsd(instrument);
    return gross;
  }

  /** Sells into the book what a stated share of the market's volume allows, `factorOf` its usual one. Tells `sold` how much of what, USD, positive buys. */
  unwind(
    elapsedMs: number,
    factorOf: (coin: CoinMarket) => number,
    sold: (coin: CoinMarket, usd: number) => void,
  ): void {
    const { view } = this.#trading;
    for (const party of this.#parties) {
      for (const coin of this.#coins.values()) {
        const held = view.lotsOf(party.account, coin.instrument);
        if (held === 0) continue;
        const lotUsd = view.lotUsd(coin.instrument);
        const pace = (bidderTerms.participation * coin.volumeUsd * factorOf(coin) * elapsedMs) / dayMs;
        const lots = Math.min(Math.abs(held), Math.max(1, Math.floor(pace / lotUsd)));
        const slip = (view.markMicros(coin.instrument) * bidderTerms.unwindSlipPpm) / 1e6;
        const signed = held > 0 ? 0 - lots : lots;
        const { filledLots } = this.#trading.take(party, coin.instrument, signed, slip, true);
        if (filledLots > 0) sold(coin, Math.sign(signed) * filledLots * lotUsd);
      }
    }
  }
}
