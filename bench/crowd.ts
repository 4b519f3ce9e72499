import { readFileSync } from "node:fs";
import { createHash, type Hash } from "node:crypto";
import { type ClearingEvent, type PlaceOrder } from "../src/clearing/index.ts";
import { randomStream, type RandomStream } from "../src/numerics/random.ts";
import {
  addressOf,
  coin,
  future,
  inversePerpetual,
  officer,
  option,
  order,
  perpetual,
  startMs,
  TestVenue,
  underlying,
  usdc,
} from "../test/properties/clearing-venue.ts";

const seed = 20_261_124;
const dayMs = 86_400_000;

/** A coin with a perpetual; `price` is what accounts open at, whole quote currency. */
export interface CrowdCoin {
  readonly name: string;
  readonly price: number;
  readonly lotNanos: number;
  readonly tickMicros: number;
}

export interface CrowdTerms {
  readonly accounts: number;
  /** Whether those under portfolio margin are among them. */
  readonly hasPortfolios: boolean;
  /** For comparison: no account ever ceases to be due. */
  readonly looksAtAll: boolean;
  /** Four, the first a bitcoin. */
  readonly coins?: readonly CrowdCoin[];
  readonly fromMs?: number;
}

const walkCoins: readonly CrowdCoin[] = [
  { name: "BTC", price: 100_000, lotNanos: 1_000_000, tickMicros: 1_000_000 },
  { name: "ETH", price: 4_000, lotNanos: 10_000_000, tickMicros: 100_000 },
  { name: "SOL", price: 200, lotNanos: 100_000_000, tickMicros: 10_000 },
  { name: "XRP", price: 2, lotNanos: 10_000_000_000, tickMicros: 100 },
];
const strikes = [80, 85, 90, 95, 100, 105, 110, 120] as const;
const parameters = readFileSync(new URL("../params/plimsoll-margin.json", import.meta.url), "utf8");

/** Events that are counted: a call, and what it can lead to. */
const told = /^(margin(Called|Restored)|liquidation|auction|deleveraged|loss)/;

/** Kinds of accounts, and how many of a thousand are of each. */
const population = [
  { name: "one perpetual", perMille: 560 },
  { name: "three perpetuals", perMille: 250 },
  { name: "perpetual against future", perMille: 70 },
  { name: "options sold against a perpetual", perMille: 50 },
  { name: "inverse perpetual", perMille: 30 },
  { name: "portfolio: perpetual, future and options", perMille: 40 },
] as const;

/** A venue with 100,000 accounts that hold positions at leverages of about 1 to 15, and a market that walks. */
export class Crowd {
  readonly venue: TestVenue = new TestVenue();
  /** How many there were, of the kinds that a margin call can lead to. */
  readonly counts: Map<string, number> = new Map();
  readonly #digest: Hash = createHash("sha256");
  readonly #r: RandomStream;
  readonly #coins: readonly CrowdCoin[];
  readonly #prices: number[];
  readonly #expiryMs: number;
  #maker = 0;
  #futures = 0;
  #options = 0;
  #inverse = 0;

  constructor({ accounts, hasPortfolios, looksAtAll, coins = walkCoins, fromMs = startMs }: CrowdTerms) {
    this.#r = randomStream(seed);
    this.#coins = coins;
    this.#prices = coins.map(({ price }) => price);
    this.#expiryMs = fromMs + 30 * dayMs;
    this.venue.timeMs = fromMs;
    this.venue.engine.stores.watch.looksAtAll = looksAtAll;
    this.#open();
    for (let i = 0; i < accounts; i++) this.#join(i, accounts, hasPortfolios);
    this.tick(1_000, 0);
    this.tick(1_000, 0);
  }

  #open(): void {
    const { venue } = this;
    const coins = this.#coins;
    const expiryMs = this.#expiryMs;
    venue.open();
    venue.must(officer, {
      type: "listAsset",
      asset: { ...usdc, depositCapUnits: 2 ** 52, haircutPpm: 10_000 },
    });
    for (const { name } of coins) {
      venue.must(officer, { type: "listUnderlying", underlying: underlying(name) });
    }
    venue.must(officer, { type: "listAsset", asset: coin("BTC", { depositCapUnits: 2 ** 50 }) });
    const wide = {
      priceBandPpm: 500_000,
      maxOrderLots: 2 ** 30,
      positionLimitLots: 2 ** 39,
      makerFeePpm: 0,
      takerFeePpm: 0,
    };
    let count = 0;
    const list = (instrument: Parameters<typeof perpetual>[0] & object): number => {
      venue.must(officer, { type: "listInstrument", instrument: perpetual({ ...wide, ...instrument }) });
      return count++;
    };
    for (const { name, lotNanos, tickMicros } of coins) {
      list({ name: `${name}-PERP`, underlying: name, lotNanos, tickMicros });
    }
    this.#futures = list({ ...future(expiryMs), ...wide });
    this.#inverse = list({ ...inversePerpetual(), ...wide });
    this.#options = count;
    for (const strike of strikes) {
      const strikeMicros = Math.round((coins[0]!.price * strike) / 100_000) * 1_000_000_000;
      const spec = option(expiryMs, { name: `BTC-${strike}-C`, strikeMicros });
      list({ ...spec, ...wide, optionFeeCapPpm: 0 });
    }
    this.#publish();
    this.#surface();
    venue.must(officer, { type: "setRiskDocument", document: "marginParameters", text: parameters });
    venue.tick(1_000);
    this.#maker = venue.account(addressOf(1), 1_000_000_000_000_000);
    venue.deposit(this.#maker, 1, 1_000_000_000_000);
  }

  #publish(): ClearingEvent[] {
    const { venue } = this;
    const prices = this.#prices.map((price, feed) => ({
      feed,
      priceMicros: Math.round(price * 1e6),
      confidencePpm: 1_000_000,
      timeMs: venue.timeMs,
    }));
    return venue.send(officer, { type: "publishPrices", prices });
  }

  #surface(): ClearingEvent[] {
    const forwardMicros = Math.round(this.#prices[0]! * 1e6);
    const slice = { expiryMs: this.#expiryMs, forwardMicros, a: 0.001, b: 0.02, rho: -0.2, m: 0, sigma: 0.1 };
    const { timeMs } = this.venue;
    return this.venue.send(officer, { type: "publishSurface", underlying: 0, timeMs, slices: [slice] });
  }

  /** The maker rests what the account then takes, at the mark. */
  #trade(owner: string, account: number, instrument: number, lots: number): void {
    if (lots === 0) return;
    const { venue } = this;
    const { markets } = venue.engine.stores;
    const ticks = markets.markMicros(instrument) / markets.instruments.columns.tickMicros[instrument]!;
    const [own, other] = lots > 0 ? (["buy", "sell"] as const) : (["sell", "buy"] as const);
    const priceTicks = Math.max(1, Math.round(ticks));
    const size = Math.abs(lots);
    const place = (change: Partial<PlaceOrder>, of: number): PlaceOrder =>
      order({ account: of, instrument, priceTicks, lots: size, ...change });
    venue.must(addressOf(1), place({ side: other }, this.#maker));
    venue.must(owner, place({ side: own, timeInForce: "ioc" }, account));
    venue.send(addressOf(1), { type: "cancelAll", account: this.#maker, instrument });
  }

  #join(i: number, accounts: number, hasPortfolios: boolean): void {
    const r = this.#r;
    const owner = addressOf(1_000 + Math.floor(i / 500));
    let place = (((i * 7_919) % accounts) * 1_000) / accounts;
    const drawn = population.findIndex(({ perMille }) => (place -= perMille) < 0);
    const kind = drawn === 5 && !hasPortfolios ? 2 : drawn;
    const usd = 1_000 + 40_000 * r.nextFloat() * r.nextFloat();
    const mode = kind === 5 ? "portfolio" : kind === 0 && i % 2 === 0 ? "isolated" : "cross";
    const { venue } = this;
    const account = venue.account(owner, Math.round(usd * 1e6), mode);
    // Of the equity: most between 1 and 5, some up to 15.
    const leverage = Math.min(15, 1 + 2 * r.nextFloat() + 3 * Math.abs(r.nextNormal()) * r.nextFloat());
    const side = r.nextFloat() < 0.5 ? -1 : 1;
    const lotsOf = (at: number, worth: number): number => {
      const { price, lotNanos } = this.#coins[at]!;
      return side * Math.max(1, Math.floor(worth / ((price * lotNanos) / 1e9)));
    };
    if (kind === 0) {
      const at = r.nextBelow(4);
      this.#trade(owner, account, at, lotsOf(at, usd * leverage));
    } else if (kind === 1) {
      for (const at of [0, 1, 2]) this.#trade(owner, account, at, lotsOf(at, (usd * leverage) / 3));
    } else if (kind === 2 || kind === 5) {
      const lots = lotsOf(0, usd * Math.min(leverage, 4));
      this.#trade(owner, account, 0, lots);
      this.#trade(owner, account, this.#futures, -lots);
      if (kind === 5)
        this.#trade(owner, account, this.#options + r.nextBelow(8), -Math.ceil(Math.abs(lots) / 10));
    } else if (kind === 3) {
      const lots = Math.abs(lotsOf(0, usd * Math.min(leverage, 2)));
      this.#trade(owner, account, 0, lots);
      this.#trade(owner, account, this.#options + 4 + r.nextBelow(4), -Math.ceil(lots / 2));
    } else {
      venue.deposit(account, 1, Math.round((usd / this.#coins[0]!.price) * 1e8));
      this.#trade(
        owner,
        account,
        this.#inverse,
        side * Math.max(1, Math.floor((usd * Math.min(leverage, 5)) / 10)),
      );
    }
  }

  /** Prices so much later, moved by this share of themselves times a normal draw, and a surface each minute; then the sweep comes round. */
  tick(stepMs: number, sigma: number, drift: number = 0): void {
    const { venue } = this;
    const r = this.#r;
    venue.timeMs += stepMs;
    const market = r.nextNormal();
    for (const at of this.#coins.keys()) {
      this.#prices[at]! *= 1 + drift + sigma * (0.8 * market + 0.6 * r.nextNormal());
    }
    this.#settle(venue.timeMs % 60_000 === 0);
  }

  /** These prices, one per coin, and a surface; then the sweep comes round. */
  price(timeMs: number, prices: readonly number[]): void {
    this.venue.timeMs = timeMs;
    for (const [at, price] of prices.entries()) this.#prices[at] = price;
    this.#settle(true);
  }

  #settle(hasSurface: boolean): void {
    const { venue } = this;
    const events = this.#publish();
    if (hasSurface) events.push(...this.#surface());
    while (venue.engine.stores.state.sweepRemaining > 0) events.push(...venue.tick(0));
    this.#count(events);
  }

  #count(events: readonly ClearingEvent[]): void {
    for (const event of events) {
      if (!told.test(event.type)) continue;
      this.counts.set(event.type, (this.counts.get(event.type) ?? 0) + 1);
      this.#digest.update(JSON.stringify(event));
    }
  }

  /** The maker quotes this much around the mark of each contract but the options, whole quote currency a side. */
  quote(usd: number): void {
    const { venue } = this;
    const { markets } = venue.engine.stores;
    for (let instrument = 0; instrument < this.#options; instrument++) {
      this.#count(venue.send(addressOf(1), { type: "cancelAll", account: this.#maker, instrument }));
      const mark = markets.markMicros(instrument);
      const ticks = mark / markets.instruments.columns.tickMicros[instrument]!;
      const at = instrument < this.#coins.length ? instrument : 0;
      const lotUsd =
        instrument === this.#inverse ? 10 : (this.#prices[at]! * this.#coins[at]!.lotNanos) / 1e9;
      const lots = Math.max(1, Math.floor(usd / lotUsd));
      for (const [side, share] of [
        ["buy", 0.999],
        ["sell", 1.001],
      ] as const) {
        const priceTicks = Math.round(ticks * share);
        this.#count(
          venue.must(addressOf(1), order({ account: this.#maker, instrument, side, priceTicks, lots })),
        );
      }
    }
  }

  /** Of all events counted so far, in order. */
  digest(): string {
    return this.#digest.copy().digest("hex");
  }

  /** Accounts that a look at all would re-margin. */
  get exposedCount(): number {
    const { accounts, positions } = this.venue.engine.stores;
    let count = 0;
    for (let account = 0; account < accounts.count; account++) {
      if (!accounts.isHouse(account) && positions.count(account) > 0) count++;
    }
    return count;
  }

  get looks(): number {
    return this.venue.engine.stores.watch.lookCount;
  }
}
