import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
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
const accountCount = 100_000;
const dayMs = 86_400_000;
const coins = [
  { name: "BTC", price: 100_000, lotNanos: 1_000_000, tickMicros: 1_000_000 },
  { name: "ETH", price: 4_000, lotNanos: 10_000_000, tickMicros: 100_000 },
  { name: "SOL", price: 200, lotNanos: 100_000_000, tickMicros: 10_000 },
  { name: "XRP", price: 2, lotNanos: 10_000_000_000, tickMicros: 100 },
] as const;
const expiryMs = startMs + 30 * dayMs;
const strikes = [80, 85, 90, 95, 100, 105, 110, 120] as const;
const parameters = readFileSync(new URL("../params/plimsoll-margin.json", import.meta.url), "utf8");

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
class Crowd {
  readonly venue: TestVenue = new TestVenue();
  readonly events: string[] = [];
  readonly #r: RandomStream;
  readonly #prices: number[] = coins.map(({ price }) => price);
  #maker = 0;
  #futures = 0;
  #options = 0;
  #inverse = 0;

  /** @param hasPortfolios - whether those under portfolio margin are among them. */
  constructor(looksAtAll: boolean, accounts: number, hasPortfolios: boolean) {
    this.#r = randomStream(seed);
    this.venue.engine.stores.watch.looksAtAll = looksAtAll;
    this.#open();
    for (let i = 0; i < accounts; i++) this.#join(i, accounts, hasPortfolios);
    this.tick(1_000, 0);
    this.tick(1_000, 0);
  }

  #open(): void {
    const { venue } = this;
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
      const spec = option(expiryMs, { name: `BTC-${strike}-C`, strikeMicros: strike * 1_000_000_000 });
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
    const slice = { expiryMs, forwardMicros, a: 0.001, b: 0.02, rho: -0.2, m: 0, sigma: 0.1 };
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
      const { price, lotNanos } = coins[at]!;
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
      venue.deposit(account, 1, Math.round((usd / 100_000) * 1e8));
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
    for (const at of coins.keys()) {
      this.#prices[at]! *= 1 + drift + sigma * (0.8 * market + 0.6 * r.nextNormal());
    }
    const events = this.#publish();
    if (venue.timeMs % 60_000 === 0) events.push(...this.#surface());
    while (venue.engine.stores.state.sweepRemaining > 0) events.push(...venue.tick(0));
    for (const event of events) {
      if (event.type === "marginCalled" || event.type === "marginRestored") {
        this.events.push(JSON.stringify(event));
      }
    }
  }

  get looks(): number {
    return this.venue.engine.stores.watch.lookCount;
  }
}

/** Relative move per second at a volatility of 100 % a year. */
const perSecond = 1 / Math.sqrt(365 * 86_400);

interface Result {
  readonly looks: number;
  readonly ms: number;
  readonly calls: number;
}

/** Per price. */
function run(crowd: Crowd, prices: number, stepMs: number, vol: number, drift: number): Result {
  const { looks } = crowd;
  const calls = crowd.events.length;
  const from = performance.now();
  const sigma = vol * perSecond * Math.sqrt(stepMs / 1_000);
  for (let at = 0; at < prices; at++) crowd.tick(stepMs, sigma, drift);
  return {
    looks: (crowd.looks - looks) / prices,
    ms: (performance.now() - from) / prices,
    calls: crowd.events.length - calls,
  };
}

const figures = ({ looks, ms }: Result): string =>
  `${looks.toFixed(1).padStart(10)} re-margins, ${ms.toFixed(3).padStart(8)} ms per price`;

/** Both machines on the same prices, which must call the same accounts. */
function compare(
  [watched, whole]: readonly [Crowd, Crowd],
  what: string,
  prices: number,
  vol: number,
  drift: number,
): void {
  const due = run(watched, prices, 1_000, vol, drift);
  const all = run(whole, prices, 1_000, vol, drift);
  assert.deepEqual(watched.events, whole.events, `${what}: the same calls`);
  console.log(`  ${what}: ${due.calls} calls and lifted calls, the same of both`);
  console.log(`    due accounts ${figures(due)}`);
  console.log(`    all accounts ${figures(all)}`);
  console.log(
    `    ratio        ${(all.looks / due.looks).toFixed(1)} in re-margins, ${(all.ms / due.ms).toFixed(1)} in time`,
  );
}

/** The watch by itself over a week, a price a minute. All accounts would be as many re-margins per price as there are accounts. */
function week(what: string, days: readonly { readonly vol: number; readonly fall: number }[]): void {
  const crowd = new Crowd(false, accountCount, false);
  const perDay = 1_440;
  let [looks, calls, ms] = [0, 0, 0];
  for (const { vol, fall } of days) {
    const day = run(crowd, perDay, 60_000, vol, -fall / perDay);
    looks += day.looks / days.length;
    ms += day.ms / days.length;
    calls += day.calls;
  }
  console.log(`  ${what}: ${calls} calls and lifted calls`);
  console.log(
    `    due accounts ${figures({ looks, ms, calls })}; all would be ${(accountCount / looks).toFixed(0)} times as many`,
  );
}

/** The margin watch on 100,000 accounts, beside the same machine when all accounts are always due. */
export async function benchWatch(): Promise<void> {
  const count = accountCount.toLocaleString("en");
  for (const hasPortfolios of [false, true]) {
    const of = hasPortfolios ? "4 % under portfolio margin" : "isolated and cross margin";
    console.log(`\nmargin watch: ${count} accounts, ${of}, a price of each coin a second`);
    const pair = [
      new Crowd(false, accountCount, hasPortfolios),
      new Crowd(true, accountCount, hasPortfolios),
    ] as const;
    compare(pair, "calm: 40 % a year, 60 s", 60, 0.4, 0);
    compare(pair, "a fall of 30 % in 60 s", 60, 8, -0.006);
    compare(pair, "the 60 s after it", 60, 8, 0);
  }
  console.log(`\nmargin watch: ${count} accounts, isolated and cross margin, a price of each coin a minute`);
  week(
    "a calm week, 40 % a year",
    Array.from({ length: 7 }, () => ({ vol: 0.4, fall: 0 })),
  );
  const crash = [0.4, 0.6, 2, 2.5, 1.5, 1, 0.8].map((vol, at) => ({ vol, fall: at === 3 ? 0.5 : 0 }));
  week("a week with a day that halves prices", crash);
  await Promise.resolve();
}
