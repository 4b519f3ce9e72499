import { readFileSync } from "node:fs";
import { accountFlag } from "../../src/clearing/accounts/index.ts";
import { type Command, type Engine } from "../../src/clearing/index.ts";
import { randomStream, type RandomStream } from "../../src/numerics/index.ts";
import { addressOf, officer, order, startMs } from "./clearing-venue.ts";
import { assets, expiryMs, firstAccount, instruments } from "./clearing-whole-venue.ts";

const marginParameters = readFileSync(new URL("../../params/plimsoll-margin.json", import.meta.url), "utf8");
const modes = ["isolated", "cross", "portfolio"] as const;

/** One command of a run. */
export interface WatchStep {
  readonly afterMs: number;
  readonly signer: string;
  readonly command: Command;
}

/**
 * Draws commands of traders who go to the end of their margin on a market that mostly walks, sometimes jumps and now and then crashes: so that
 * calls, restored margin, debts, and orders that the mark passes are common.
 */
export class WatchSteps {
  readonly #r: RandomStream;
  readonly #engine: Engine;
  readonly #owners: readonly { readonly owner: string; readonly account: number }[];
  #btc = 100_000;
  #eth = 4_000;
  #vol = 0.1;
  #reference = 0;
  #nowMs = startMs;

  constructor(
    seed: number,
    engine: Engine,
    owners: readonly { readonly owner: string; readonly account: number }[],
  ) {
    this.#r = randomStream(seed);
    this.#engine = engine;
    this.#owners = owners;
  }

  #chance(share: number): boolean {
    return this.#r.nextFloat() < share;
  }

  #pick<T>(of: readonly T[]): T {
    return of[this.#r.nextBelow(of.length)]!;
  }

  next(): WatchStep {
    this.#nowMs = this.#engine.timeMs;
    const roll = this.#r.nextFloat();
    if (roll < 0.25) return { afterMs: 1_000, signer: officer, command: this.#prices() };
    if (roll < 0.3) return { afterMs: this.#time(), signer: "", command: { type: "tick" } };
    const { owner, account } = this.#pick(this.#owners);
    const afterMs = this.#chance(0.5) ? 0 : this.#r.nextBelow(1_500);
    if (roll < 0.74) return { afterMs, signer: owner, command: this.#order(account) };
    if (roll < 0.79) return { afterMs, signer: officer, command: this.#deposit(this.#needy() ?? account) };
    if (roll < 0.83) return { afterMs, signer: owner, command: this.#withdraw(account) };
    if (roll < 0.86) return { afterMs, signer: owner, command: this.#mode(account) };
    if (roll < 0.87) {
      return { afterMs, signer: owner, command: { type: "cancelAll", account, instrument: -1 } };
    }
    if (roll < 0.89) return { afterMs, signer: officer, command: this.#surface() };
    if (roll < 0.92) return { afterMs, signer: officer, command: this.#parameter() };
    if (roll < 0.923) {
      const text = marginParameters;
      return {
        afterMs,
        signer: officer,
        command: { type: "setRiskDocument", document: "marginParameters", text },
      };
    }
    return { afterMs, signer: addressOf(1), command: this.#quotes(firstAccount) };
  }

  #time(): number {
    return this.#pick([0, 100, 1_000, 10_000, 61_000, 61_000, 600_000, 600_000, 3_600_000]);
  }

  #prices(): Command {
    const jump = this.#chance(0.006) ? 0 : this.#chance(0.08) ? 0.04 : this.#chance(0.3) ? 0.006 : 0.0007;
    const market = this.#r.nextNormal();
    const moved = (price: number, middle: number): number => {
      // A crash of 60 %, from which prices come back over the following hundreds.
      if (jump === 0) return price * 0.4;
      const own = 0.8 * market + 0.6 * this.#r.nextNormal();
      return Math.max(middle / 10, price * (1 + jump * own) + (middle - price) * 0.02);
    };
    this.#btc = moved(this.#btc, 100_000);
    this.#eth = moved(this.#eth, 4_000);
    const report = (feed: number, quote: number): Parameters<typeof this.asReport>[0] => ({ feed, quote });
    const reports = [report(0, this.#btc), report(1, this.#eth)].filter(() => this.#chance(0.85));
    if (reports.length === 0) reports.push(report(0, this.#btc));
    return { type: "publishPrices", prices: reports.map((entry) => this.asReport(entry)) };
  }

  asReport({ feed, quote }: { readonly feed: number; readonly quote: number }): {
    feed: number;
    priceMicros: number;
    confidencePpm: number;
    timeMs: number;
  } {
    const confidencePpm = this.#chance(0.9) ? 1_000_000 : 600_000;
    return { feed, priceMicros: Math.round(quote * 1e6), confidencePpm, timeMs: this.#nowMs };
  }

  #surface(): Command {
    this.#vol = Math.min(0.4, Math.max(0.02, this.#vol * (1 + 0.4 * this.#r.nextNormal())));
    const slice = (
      at: number,
      scale: number,
    ): Record<"expiryMs" | "forwardMicros" | "a" | "b" | "rho" | "m" | "sigma", number> => ({
      expiryMs: at,
      forwardMicros: Math.round(this.#btc * (1 + 0.001 * this.#r.nextNormal()) * 1e6),
      a: 0.00002 * scale,
      b: this.#vol * 0.001 * scale,
      rho: 0,
      m: 0,
      sigma: 0.1,
    });
    return {
      type: "publishSurface",
      underlying: 0,
      timeMs: this.#nowMs,
      slices: [slice(expiryMs, 1), slice(expiryMs + 86_400_000, 10)],
    };
  }

  #order(account: number): Command {
    const { markets, positions, margin, orders } = this.#engine.stores;
    const live = [0, 0, 1, 2, 3, 4, 5, 6].filter((at) => markets.markMicros(at) > 0);
    const instrument = this.#pick(live.length > 0 ? live : [0]);
    const { tickMicros, lotNanos, lotUsdMicros, inverse } = markets.instruments.columns;
    const held = positions.lotsOf(account, instrument);
    const side =
      held !== 0 && this.#chance(0.3) ? (held > 0 ? "sell" : "buy") : this.#pick(["buy", "sell"] as const);
    const mark = markets.markMicros(instrument) || 1_000_000;
    const isOption = instrument === instruments.call || instrument === instruments.put;
    const index = markets.indexMicros(instrument === instruments.ethPerpetual ? 1 : 0);
    const away = (this.#chance(0.1) ? 0.03 : 0.0015) * this.#r.nextNormal();
    const price = isOption ? mark + away * 0.1 * index : mark * (1 + away);
    const worth =
      inverse[instrument] === 1 ? lotUsdMicros[instrument]! : (lotNanos[instrument]! * index) / 1e9;
    // Up to what the account's margin allows, sometimes beyond.
    const { equityMicros, initialMicros } = margin.figures(account);
    const rate = markets.initialRatePpm(instrument, positions.openInterest(instrument)) / 1e6;
    const share = (1.05 * this.#r.nextFloat()) / Math.max(rate, 0.05);
    const book = orders.book(instrument);
    const opposite = side === "buy" ? book.bestAskTicks : book.bestBidTicks;
    const own = Math.max(1, Math.round(price / tickMicros[instrument]!));
    const lots = Math.max(1, Math.round((Math.max(0, equityMicros - initialMicros) * share) / worth));
    return order({
      account,
      instrument,
      side,
      lots,
      priceTicks: opposite > 0 && this.#chance(0.4) ? opposite : this.#chance(0.05) ? 0 : own,
      timeInForce: this.#pick(["gtc", "gtc", "gtc", "ioc"] as const),
      reduceOnly: this.#chance(0.05),
      route: this.#chance(0.1) ? "best" : "book",
    });
  }

  #quotes(account: number): Command {
    const { markets } = this.#engine.stores;
    const { tickMicros } = markets.instruments.columns;
    const instrument = this.#pick([0, 3, 6]);
    const middle = (markets.markMicros(instrument) || 1e8) / tickMicros[instrument]!;
    const half = Math.max(1, Math.round(middle * 0.001 * (1 + 3 * this.#r.nextFloat())));
    return {
      type: "massQuote",
      account,
      quotes: [
        {
          instrument,
          bidTicks: Math.max(1, Math.round(middle) - half),
          bidLots: 1 + this.#r.nextBelow(1_500),
          askTicks: Math.round(middle) + half,
          askLots: 1 + this.#r.nextBelow(1_500),
        },
      ],
    };
  }

  /** Often one of those that are called. */
  #needy(): number | undefined {
    const { accounts } = this.#engine.stores;
    const called = this.#owners.filter(({ account }) => accounts.hasFlag(account, accountFlag.marginCalled));
    return called.length > 0 && this.#chance(0.6) ? this.#pick(called).account : undefined;
  }

  #deposit(account: number): Command {
    const asset = this.#pick([0, 0, 0, 1, 2]);
    const whole = [1_000_000, 100_000_000, 1_000_000_000][asset]!;
    const amount = [4_000, 0.03, 0.8][asset]! * this.#r.nextFloat();
    const units = 1 + Math.round(whole * amount);
    return { type: "deposit", account, asset, units, reference: `watch ${this.#reference++}` };
  }

  #withdraw(account: number): Command {
    const asset = this.#pick([0, 0, 1, 2]);
    const whole = [1_000_000, 100_000_000, 1_000_000_000][asset]!;
    const amount = [8_000, 0.05, 2][asset]! * this.#r.nextFloat();
    const units = 1 + Math.round(whole * amount);
    if (this.#chance(0.5)) return { type: "withdraw", account, asset, units, destination: "somewhere" };
    const owned = this.#owners.filter(({ owner }) => owner === this.#ownerOf(account));
    return { type: "transfer", account, to: this.#pick(owned).account, asset, units };
  }

  #ownerOf(account: number): string {
    return this.#owners.find((entry) => entry.account === account)?.owner ?? addressOf(1);
  }

  #mode(account: number): Command {
    return { type: "setMarginMode", account, marginMode: this.#pick(modes) };
  }

  #parameter(): Command {
    if (this.#chance(0.3)) {
      const index = this.#pick([assets.usdc, assets.btc, assets.eth]);
      const value = this.#r.nextBelow(200_000);
      return { type: "setParameter", target: "asset", index, parameter: "haircutPpm", value };
    }
    const index = this.#r.nextBelow(7);
    const isInitial = this.#chance(0.4);
    const parameter = isInitial ? "initialMarginPpm" : "maintenanceMarginPpm";
    const value = 10_000 + this.#r.nextBelow(isInitial ? 150_000 : 60_000);
    return { type: "setParameter", target: "instrument", index, parameter, value };
  }
}
