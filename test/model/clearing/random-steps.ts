import { type Command, type PlaceOrder } from "../../../src/clearing/protocol/index.ts";
import { randomStream, type RandomStream } from "../../../src/numerics/index.ts";
import { bestTicks } from "./twin-book.ts";
import { opposite } from "./twin-fills.ts";
import { type TwinState } from "./twin-state.ts";
import { addressOf, datedInstruments, officer, openingSteps, startMs, type Step } from "./venue.ts";

const owners: readonly string[] = Array.from({ length: 4 }, (_, i) => addressOf(0xa0 + i));
/** Steps that open the venue: every run begins with them. */
export const openingCount: number = openingSteps(owners).length;

/** Draws commands one at a time, with an eye on where the twin stands, so that most of them matter: near limits, crossing, flipping. */
export class RandomSteps {
  readonly #r: RandomStream;
  readonly #s: TwinState;
  #opening: Step[];
  #btc = 100_000_000_000;
  #eth = 4_000_000_000;
  #series = 0;
  #reference = 0;
  #queue: Step[] = [];

  constructor(seed: number, state: TwinState) {
    this.#r = randomStream(seed);
    this.#s = state;
    this.#opening = openingSteps(owners).reverse();
  }

  #below(n: number): number {
    return Math.floor(this.#r.nextFloat() * Math.max(1, n));
  }

  #chance(share: number): boolean {
    return this.#r.nextFloat() < share;
  }

  #pick<T>(of: readonly T[]): T {
    return of[this.#below(of.length)]!;
  }

  /** The next step of the run. */
  next(): Step {
    const opening = this.#opening.pop();
    if (opening) return opening;
    const queued = this.#queue.shift();
    if (queued) return queued;
    if (this.#s.given.indexMicros(0) === 0 || this.#chance(0.06)) return this.#prices();
    // Little happens while the venue is shut.
    if (this.#s.status !== "active" && this.#chance(0.1)) return this.#status();
    if (this.#needsSeries()) return this.#listSeries();
    return this.#anything();
  }

  #anything(): Step {
    const roll = this.#r.nextFloat();
    if (roll < 0.42) return this.#trade();
    if (roll < 0.49) return this.#cancel();
    if (roll < 0.55) return this.#amend();
    if (roll < 0.62) return this.#quote();
    if (roll < 0.7) return this.#block();
    if (roll < 0.8) return this.#money();
    if (roll < 0.9) return this.#tick();
    if (roll < 0.92) return this.#status();
    if (roll < 0.94) return this.#mode();
    if (roll < 0.96) return this.#parameter();
    return this.#nonsense();
  }

  #by(account: number, command: Command): Step {
    const owner = this.#s.owners[account] ?? officer;
    return {
      signer: owner.startsWith("[") ? officer : owner,
      command,
      advanceMs: this.#chance(0.3) ? this.#below(3_000) : 0,
    };
  }

  /** An account that an owner opened. */
  #account(): number {
    const accounts = [...this.#s.owners.keys()].filter((a) => !this.#s.isHouse(a));
    return this.#pick(accounts);
  }

  #live(): number[] {
    const { given } = this.#s;
    return Array.from({ length: given.instrumentCount }, (_, i) => i).filter(
      (i) => given.status(i) !== "expired",
    );
  }

  #instrument(): number {
    return this.#pick(this.#live());
  }

  #prices(): Step {
    const { timeMs } = this.#s;
    const jump = this.#chance(0.15) ? 0.08 : this.#chance(0.3) ? 0.015 : 0.002;
    const walk = (price: number, middle: number): number => {
      const moved = price * (1 + jump * this.#r.nextNormal()) + (middle - price) * 0.01;
      return Math.round(Math.max(middle / 4, Math.min(middle * 4, moved)));
    };
    this.#btc = walk(this.#btc, 100_000_000_000);
    this.#eth = walk(this.#eth, 4_000_000_000);
    const report = (
      feed: number,
      priceMicros: number,
    ): { feed: number; priceMicros: number; confidencePpm: number; timeMs: number } => ({
      feed,
      priceMicros,
      confidencePpm: this.#chance(0.8) ? 1_000_000 : 700_000,
      timeMs,
    });
    const prices = [report(0, this.#btc), report(1, this.#eth)].filter(() => this.#chance(0.9));
    if (prices.length === 0) prices.push(report(0, this.#btc));
    return { signer: officer, command: { type: "publishPrices", prices }, advanceMs: 0 };
  }

  #needsSeries(): boolean {
    const { given } = this.#s;
    return (
      this.#live().filter((i) => given.instrument(i).expiryMs !== 0).length < 6 && given.instrumentCount < 60
    );
  }

  #listSeries(): Step {
    const expiryMs = this.#s.timeMs + 600_000 + this.#below(5_400_000);
    const steps = datedInstruments(this.#series++, expiryMs, this.#btc).map((instrument): Step => ({
      signer: officer,
      command: { type: "listInstrument", instrument },
      advanceMs: 0,
    }));
    const slice = {
      expiryMs,
      forwardMicros: Math.round(this.#btc * 1.001),
      a: 1e-5,
      b: 1e-4,
      rho: -0.1,
      m: 0,
      sigma: 0.1,
    };
    steps.push({
      signer: officer,
      command: { type: "publishSurface", underlying: 0, slices: [slice], timeMs: this.#s.timeMs },
      advanceMs: 0,
    });
    this.#queue.push(...steps.slice(1));
    return steps[0]!;
  }

  #ticksNear(instrument: number, side: "buy" | "sell"): number {
    const { given } = this.#s;
    const { tickMicros } = given.instrument(instrument);
    const mark = given.markMicros(instrument);
    const best = bestTicks(this.#s, instrument, opposite(side));
    // Often at the other side's best, so that much trades.
    if (best > 0 && this.#chance(0.35)) return best;
    const own = bestTicks(this.#s, instrument, side);
    if (own > 0 && this.#chance(0.2)) return Math.max(1, own + this.#below(3) - 1);
    const spread = this.#chance(0.1) ? 0.06 : 0.004;
    const away =
      Math.abs(this.#r.nextNormal()) * spread * (side === "buy" ? -1 : 1) + 0.0015 * this.#r.nextNormal();
    const base =
      given.instrument(instrument).kind === "option" ? mark + away * 20_000_000_000 : mark * (1 + away);
    return Math.max(this.#chance(0.01) ? 0 : 1, Math.round(base / tickMicros));
  }

  #lots(account: number, instrument: number, side: "buy" | "sell"): number {
    const { maxOrderLots, positionLimitLots } = this.#s.given.instrument(instrument);
    const held = this.#s.position(account, instrument).lots;
    // Just closing, flipping, a limit, or anything.
    if (held !== 0 && this.#chance(0.15)) return Math.abs(held);
    if (held !== 0 && this.#chance(0.12)) return Math.abs(held) + 1 + this.#below(20);
    if (this.#chance(0.03)) {
      const left = positionLimitLots - Math.abs(held) - this.#s.openLots(account, instrument, side);
      return Math.max(1, left + this.#below(3) - 1);
    }
    if (this.#chance(0.02)) return maxOrderLots + this.#below(2);
    return 1 + this.#below(this.#chance(0.5) ? maxOrderLots / 20 : maxOrderLots / 3);
  }

  #trade(): Step {
    const account = this.#account();
    const instrument = this.#instrument();
    const held = this.#s.position(account, instrument).lots;
    const closes = held !== 0 && this.#chance(0.4);
    const side = closes ? (held > 0 ? "sell" : "buy") : this.#pick(["buy", "sell"] as const);
    const isMarket = this.#chance(0.12);
    const reduceOnly = this.#chance(closes ? 0.5 : 0.03);
    const timeInForce = this.#pick(["gtc", "gtc", "gtc", "gtc", "ioc", "fok", "gtt"] as const);
    const mark = this.#s.given.markMicros(instrument) / this.#s.given.instrument(instrument).tickMicros;
    const trigger = this.#chance(0.07) ? this.#pick(["stop", "takeProfit"] as const) : "none";
    const command: PlaceOrder = {
      type: "placeOrder",
      account,
      instrument,
      side,
      priceTicks: isMarket ? 0 : this.#ticksNear(instrument, side),
      lots: this.#lots(account, instrument, side),
      timeInForce,
      postOnly: this.#chance(0.08),
      reduceOnly,
      clientOrderId: this.#chance(0.2) ? 1 + this.#below(6) : 0,
      expiryMs: timeInForce === "gtt" ? this.#s.timeMs + this.#below(120_000) : 0,
      selfTradePrevention: this.#pick([
        "cancelResting",
        "cancelIncoming",
        "cancelBoth",
        "decrement",
      ] as const),
      trigger,
      triggerTicks:
        trigger === "none" ? 0 : Math.max(1, Math.round(mark * (1 + 0.01 * this.#r.nextNormal()))),
      route: this.#chance(0.1) ? "best" : "book",
    };
    return this.#by(account, command);
  }

  #anyOrder(): {
    readonly account: number;
    readonly id: number;
    readonly instrument: number;
    readonly ticks: number;
    readonly lots: number;
    readonly clientOrderId: number;
    readonly side: "buy" | "sell";
  } {
    const all = [...this.#s.resting, ...this.#s.waiting];
    return all.length > 0
      ? this.#pick(all)
      : { account: this.#account(), id: 1, instrument: 0, ticks: 1, lots: 1, clientOrderId: 0, side: "buy" };
  }

  #cancel(): Step {
    const order = this.#anyOrder();
    if (this.#chance(0.1)) {
      const instrument = this.#chance(0.5) ? -1 : order.instrument;
      return this.#by(order.account, { type: "cancelAll", account: order.account, instrument });
    }
    const byClient = order.clientOrderId !== 0 && this.#chance(0.5);
    return this.#by(order.account, {
      type: "cancelOrder",
      account: order.account,
      orderId: byClient ? 0 : order.id + (this.#chance(0.05) ? 1 : 0),
      clientOrderId: byClient ? order.clientOrderId : 0,
    });
  }

  #amend(): Step {
    const order = this.#anyOrder();
    const priceTicks = this.#chance(0.4) ? order.ticks : this.#ticksNear(order.instrument, order.side);
    const lots = this.#chance(0.4)
      ? 1 + this.#below(order.lots)
      : this.#lots(order.account, order.instrument, order.side);
    const byClient = order.clientOrderId !== 0 && this.#chance(0.5);
    return this.#by(order.account, {
      type: "amendOrder",
      account: order.account,
      orderId: byClient ? 0 : order.id,
      clientOrderId: byClient ? order.clientOrderId : 0,
      priceTicks,
      lots,
    });
  }

  #quote(): Step {
    const account = this.#account();
    const instruments = new Set(Array.from({ length: 1 + this.#below(3) }, () => this.#instrument()));
    const quotes = [...instruments].map((instrument) => ({
      instrument,
      bidTicks: this.#ticksNear(instrument, "buy"),
      bidLots: this.#chance(0.15) ? 0 : 1 + this.#below(30),
      askTicks: this.#ticksNear(instrument, "sell"),
      askLots: this.#chance(0.15) ? 0 : 1 + this.#below(30),
    }));
    return this.#by(account, { type: "massQuote", account, quotes });
  }

  #block(): Step {
    const requests = [...this.#s.requests.values()];
    const account = this.#account();
    const roll = this.#r.nextFloat();
    if (requests.length === 0 || roll < 0.25) {
      const instruments = new Set(Array.from({ length: 1 + this.#below(3) }, () => this.#instrument()));
      const legs = [...instruments].map((instrument) => ({
        instrument,
        lots: (1 + this.#below(60)) * (this.#chance(0.5) ? 1 : -1),
      }));
      const counterparty = this.#chance(0.3) ? this.#account() : -1;
      const expiryMs = this.#s.timeMs + this.#below(60_000);
      return this.#by(account, { type: "requestQuote", account, legs, counterparty, expiryMs });
    }
    const request = this.#pick(requests);
    if (request.offers.length === 0 || roll < 0.65) {
      const priceTicks = request.legs.map(({ instrument, lots }) =>
        this.#ticksNear(instrument, lots > 0 ? "sell" : "buy"),
      );
      const maker = request.counterparty !== -1 && this.#chance(0.8) ? request.counterparty : account;
      const expiryMs = this.#s.timeMs + this.#below(60_000);
      return this.#by(maker, {
        type: "offerQuote",
        account: maker,
        request: request.id,
        priceTicks,
        expiryMs,
      });
    }
    return this.#by(request.account, {
      type: "acceptQuote",
      account: request.account,
      offer: this.#pick(request.offers).id,
    });
  }

  #money(): Step {
    const account = this.#account();
    const asset = this.#below(3);
    const scale = [4_000_000_000, 4_000_000, 1_000_000_000][asset]!;
    const roll = this.#r.nextFloat();
    const units = 1 + this.#below(scale);
    if (roll < 0.4) {
      const number = this.#chance(0.05) ? this.#below(this.#reference + 1) : ++this.#reference;
      // Dated ones, some too old and some too far ahead.
      const day = 86_400_000;
      const dated = startMs + (this.#chance(0.1) ? Math.round(40 * day * this.#r.nextNormal()) : 0);
      const reference = number % 2 === 0 ? `r${number}` : `${dated}:${number}`;
      return {
        signer: officer,
        command: { type: "deposit", account, asset, units, reference },
        advanceMs: 0,
      };
    }
    if (roll < 0.55) {
      const [withdrawal = 1] = [...this.#s.withdrawals.keys()];
      const outcome = this.#pick(["paid", "failed"] as const);
      return { signer: officer, command: { type: "settleWithdrawal", withdrawal, outcome }, advanceMs: 0 };
    }
    const available = Number(this.#s.ledger.available(account, asset));
    const wanted = this.#chance(0.3) && available > 0 ? available + this.#below(3) - 1 : units;
    if (roll < 0.75) {
      return this.#by(account, {
        type: "withdraw",
        account,
        asset,
        units: wanted,
        destination: addressOf(9),
      });
    }
    const own = [...this.#s.owners.keys()].filter((a) => this.#s.owners[a] === this.#s.owners[account]);
    const to = this.#chance(0.95) ? this.#pick(own) : this.#account();
    return this.#by(account, { type: "transfer", account, to, asset, units: wanted });
  }

  #tick(): Step {
    const roll = this.#r.nextFloat();
    const advanceMs =
      roll < 0.6 ? this.#below(5_000) : roll < 0.95 ? this.#below(120_000) : this.#below(1_200_000);
    return { signer: "", command: { type: "tick" }, advanceMs };
  }

  #status(): Step {
    // Whatever is shut is soon opened again.
    const shut = this.#live().filter((i) => this.#s.given.status(i) !== "active");
    if (this.#s.status !== "active") {
      return { signer: officer, command: { type: "setVenueStatus", status: "active" }, advanceMs: 0 };
    }
    if (shut.length > 0 && this.#chance(0.6)) {
      return {
        signer: officer,
        command: { type: "setInstrumentStatus", instrument: this.#pick(shut), status: "active" },
        advanceMs: 0,
      };
    }
    const status = this.#pick(["active", "reduceOnly", "halted"] as const);
    if (this.#chance(0.15)) {
      return { signer: officer, command: { type: "setVenueStatus", status }, advanceMs: 0 };
    }
    return {
      signer: officer,
      command: { type: "setInstrumentStatus", instrument: this.#instrument(), status },
      advanceMs: 0,
    };
  }

  #mode(): Step {
    const account = this.#account();
    return this.#by(account, {
      type: "setMarginMode",
      account,
      marginMode: this.#pick(["isolated", "cross"] as const),
    });
  }

  #parameter(): Step {
    const instrument = this.#instrument();
    const [parameter, value] = this.#pick([
      ["initialMarginPpm", 40_000 + this.#below(60_000)],
      ["maintenanceMarginPpm", 10_000 + this.#below(30_000)],
      ["takerFeePpm", 200 + this.#below(500)],
      ["positionLimitLots", 200 + this.#below(5_000)],
      ["priceBandPpm", 20_000 + this.#below(60_000)],
    ] as const);
    const command: Command = this.#chance(0.2)
      ? {
          type: "setParameter",
          target: "asset",
          index: this.#below(3),
          parameter: this.#chance(0.5) ? "haircutPpm" : "rateAtOptimumPpm",
          value: 50_000 + this.#below(200_000),
        }
      : { type: "setParameter", target: "instrument", index: instrument, parameter, value };
    return { signer: officer, command, advanceMs: 0 };
  }

  /** What should be refused, for reasons that overlap. */
  #nonsense(): Step {
    const step = this.#pick([
      () => this.#trade(),
      () => this.#amend(),
      () => this.#block(),
      () => this.#money(),
      () => this.#cancel(),
    ])();
    const signer = this.#chance(0.3) ? this.#pick([...owners, officer, addressOf(0xbad)]) : step.signer;
    const command: Record<string, unknown> = { ...step.command };
    const number = (): number => this.#pick([0, 1, 2, 7, 99, 1_000_000]);
    for (const field of [
      "instrument",
      "account",
      "lots",
      "priceTicks",
      "asset",
      "units",
      "to",
      "offer",
      "request",
    ]) {
      if (typeof command[field] === "number" && this.#chance(0.25)) command[field] = number();
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- fields keep their types
    return { signer, command: command as unknown as Command, advanceMs: step.advanceMs };
  }
}
