import { houseAccount } from "../../clearing/accounts/index.ts";
import { type Command } from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { type Feed, type FeedBatch, feedCommands, numbersOf, replayFeed } from "../feeds/index.ts";
import { assetListing } from "../feeds/listings.ts";
import { Machine } from "../clearinghouse/index.ts";
import { type Census, takeCensus } from "./census.ts";
import { Desk } from "./desk.ts";
import { type FoundSources } from "./find-sources.ts";
import { mergedBatch } from "./merged-batch.ts";
import { Population } from "./population.ts";
import {
  type DayRecord,
  type HourRecord,
  type ReplayOptions,
  type ReplayResult,
  type TimeSpent,
} from "./replay-result.ts";
import { Tally } from "./tally.ts";
import { type PopulationMarket } from "./traders.ts";
import { VenueView } from "./venue-view.ts";

const house = `0x${"0f".repeat(20)}`;
const venue = { venue: "Replay", chainId: 31_337 };
const dayMs = 86_400_000;
const hourMs = 3_600_000;
/** What is said within so much is said at once. */
const stepMs = 1_000;

/**
 * Replays recorded markets through a machine of its own, with a population that trades. The same files, span and options give the same commands,
 * events and state root.
 *
 * @throws {PlimsollError} what the feed and the log throw.
 */
export async function runReplay(options: ReplayOptions): Promise<ReplayResult> {
  return new ReplayRun(options).run();
}

interface DayStart {
  readonly dayMs: number;
  readonly calls: number;
  readonly restored: number;
  readonly trades: number;
  readonly commands: number;
  readonly index: Map<string, { first: number; last: number; low: number; high: number }>;
}

class ReplayRun {
  readonly #options: ReplayOptions;
  readonly #machine: Machine = Machine.empty();
  readonly #tally: Tally = new Tally(this.#machine.engine.stores);
  readonly #view: VenueView = new VenueView(this.#machine.engine.stores);
  readonly #desk: Desk;
  readonly #assumptions: string[] = [];
  readonly #days: DayRecord[] = [];
  readonly #spent = { feed: 0, prices: 0, makers: 0, traders: 0, census: 0, journal: 0 };
  #population: Population | undefined;
  #day: DayStart | undefined;
  #hour = NaN;
  #batches = 0;
  #surfaces = 0;
  readonly #hours: HourRecord[] = [];
  readonly #firstIndex: Map<string, number> = new Map();
  #worst: Census | undefined;
  #peak = 0;
  #firstMs = NaN;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#desk = new Desk({
      machine: this.#machine,
      ...(options.log ? { log: options.log } : {}),
      onEvent: (event, command) => {
        this.#tally.see(event, command);
        this.#view.see(event);
        if (event.type === "marginCalled") this.#population?.called(event.account, true);
        else if (event.type === "marginRestored") this.#population?.called(event.account, false);
      },
    });
  }

  async run(): Promise<ReplayResult> {
    const started = performance.now();
    const before = process.cpuUsage();
    const { found, fromMs, toMs, speed, strikesPerExpiry } = this.#options;
    this.#begin();
    const feed: Feed = await replayFeed({
      sources: found.sources,
      fromMs,
      toMs,
      speed,
      strikesPerExpiry,
      heartbeatMs: Math.max(30_000, found.finestGrainMs / 2),
    });
    let idle = performance.now();
    this.#spent.feed += idle - started;
    let held: FeedBatch | undefined;
    await feed.start(async (batch) => {
      const now = performance.now();
      this.#spent.feed += now - idle;
      // A bar's close and the next one's open, a millisecond later, are one step.
      const goesOn = held !== undefined && batch.timeMs - held.timeMs < stepMs;
      if (held !== undefined && !goesOn) this.#step(held);
      held = held !== undefined && goesOn ? mergedBatch(held, batch) : batch;
      const stepped = performance.now();
      await this.#desk.flush(false);
      idle = performance.now();
      this.#spent.journal += idle - stepped;
    });
    if (held !== undefined) this.#step(held);
    if (this.#day !== undefined) this.#endDay(this.#day);
    await this.#desk.flush(true);
    const { user, system } = process.cpuUsage(before);
    const total = (performance.now() - started) / 1000;
    return this.#result(feed, { total, processor: (user + system) / 1e6 });
  }

  #send(signer: string, command: Command): void {
    this.#desk.send(signer, command);
  }

  #begin(): void {
    this.#desk.timeMs = this.#options.fromMs;
    this.#send("", { type: "genesis", ...venue, admins: [house] });
    for (const role of ["operator", "risk", "treasurer", "guardian", "publisher"] as const) {
      this.#send(house, { type: "grantRole", role, key: house, granted: true });
    }
    const { marginParameters, marginHistory } = this.#options;
    if (marginParameters !== undefined) {
      this.#send(house, { type: "setRiskDocument", document: "marginParameters", text: marginParameters });
    }
    if (marginHistory !== undefined) {
      this.#send(house, { type: "setRiskDocument", document: "history", text: marginHistory });
    }
  }

  #step(given: FeedBatch): void {
    const batch = this.#withStakedEther(given);
    const { timeMs } = batch;
    if (Number.isNaN(this.#firstMs)) this.#firstMs = timeMs;
    this.#turnOfDay(timeMs);
    this.#desk.timeMs = timeMs;
    this.#batches++;
    const began = performance.now();
    this.#population?.before(batch);
    const quoted = performance.now();
    this.#publish(batch);
    const published = performance.now();
    this.#population ??= this.#populate(batch);
    this.#population?.after(batch);
    const traded = performance.now();
    this.#spent.makers += quoted - began;
    this.#spent.prices += published - quoted;
    this.#spent.traders += traded - published;
    this.#noteIndices();
    this.#turnOfHour(timeMs);
    this.#options.onProgress?.(timeMs, this.#desk.commands);
  }

  /** Staked ether that no table prices is taken at one ether, so that it can be collateral at all. */
  #withStakedEther(batch: FeedBatch): FeedBatch {
    if (this.#options.found.feeds.has("stETH")) return batch;
    let assumed = false;
    const prices = batch.prices.map((one) => {
      const ether = one.prices.find(({ feed }) => feed === "ETH");
      if (ether === undefined) return one;
      assumed = true;
      return { ...one, prices: [...one.prices, { ...ether, feed: "stETH" }] };
    });
    if (!assumed) return batch;
    const isListed = this.#view.asset("stETH") >= 0;
    if (!isListed) this.#assumptions.push("stETH: no table of the span prices it; taken at one ETH");
    return {
      ...batch,
      prices,
      listings: isListed ? batch.listings : [...batch.listings, assetListing("stETH", "ETH")],
    };
  }

  /** Publishes, then lets the margin watch get round all accounts, as a service's ticks do within a second or two. */
  #publish(batch: FeedBatch): void {
    const { stores } = this.#machine.engine;
    const { state } = stores;
    for (const { role, command } of feedCommands(batch, numbersOf(stores.markets))) {
      if (role === "publisher" && command.type === "publishSurface") this.#surfaces++;
      this.#send(house, command);
    }
    for (let ticks = 0; state.sweepRemaining > 0 && ticks < 1_000; ticks++) {
      this.#send("", { type: "tick" });
    }
  }

  /** Draws the population when the first prices are there. */
  #populate(batch: FeedBatch): Population | undefined {
    if (batch.prices.length === 0) return undefined;
    const { found, seed, traders, portfolioShare } = this.#options;
    const market = marketOf(found, this.#view);
    if (market.coins.length === 0) return undefined;
    if (!found.feeds.has("USDC")) this.#assumptions.push("USDC: no table of the span prices it; at par");
    if (market.optionCoins.length === 0) {
      this.#assumptions.push(
        "no option chains in the span: those who would trade options trade perpetuals, long",
      );
    }
    return new Population(this.#desk, this.#view, {
      seed,
      traders,
      portfolioShare,
      treasurer: house,
      market,
    });
  }

  #turnOfDay(timeMs: number): void {
    const today = timeMs - (timeMs % dayMs);
    if (this.#day?.dayMs === today) return;
    if (this.#day !== undefined) this.#endDay(this.#day);
    const { margin } = this.#tally;
    this.#day = {
      dayMs: today,
      calls: margin.calls,
      restored: margin.restored,
      trades: this.#trades(),
      commands: this.#desk.commands,
      index: new Map(),
    };
  }

  #trades(): number {
    return this.#tally.events.get("traded") ?? 0;
  }

  #endDay(day: DayStart): void {
    const began = performance.now();
    const { margin } = this.#tally;
    const record: DayRecord = {
      dayMs: day.dayMs,
      index: day.index,
      census: this.#census(),
      marginCalls: margin.calls - day.calls,
      restored: margin.restored - day.restored,
      trades: this.#trades() - day.trades,
      commands: this.#desk.commands - day.commands,
      stateRoot: hex(this.#machine.stateRoot()),
    };
    this.#days.push(record);
    this.#spent.census += performance.now() - began;
    this.#options.onDay?.(record);
  }

  #census(): Census {
    const census = takeCensus(this.#machine.engine.stores);
    if (this.#worst === undefined || census.negativeUsd > this.#worst.negativeUsd) this.#worst = census;
    return census;
  }

  #turnOfHour(timeMs: number): void {
    const hour = Math.floor(timeMs / hourMs);
    if (hour === this.#hour) return;
    this.#hour = hour;
    const began = performance.now();
    if (this.#population !== undefined)
      this.#hours.push({ census: this.#census(), indices: this.#indices() });
    this.#peak = Math.max(this.#peak, process.memoryUsage().rss);
    this.#spent.census += performance.now() - began;
  }

  #indices(): HourRecord["indices"] {
    const { markets } = this.#machine.engine.stores;
    return this.#view.coins.flatMap(({ name, underlying }) => {
      const now = markets.indexMicros(underlying);
      if (now === 0) return [];
      const first = this.#firstIndex.get(name) ?? now;
      this.#firstIndex.set(name, first);
      return [{ coin: name, share: now / first - 1 }];
    });
  }

  #noteIndices(): void {
    const index = this.#day?.index;
    if (index === undefined) return;
    for (const coin of this.#view.coins) {
      const usd = this.#machine.engine.stores.markets.indexMicros(coin.underlying) / 1e6;
      if (usd === 0) continue;
      const known = index.get(coin.name);
      if (known === undefined) index.set(coin.name, { first: usd, last: usd, low: usd, high: usd });
      else {
        known.last = usd;
        known.low = Math.min(known.low, usd);
        known.high = Math.max(known.high, usd);
      }
    }
  }

  #result(feed: Feed, took: Pick<TimeSpent, "total" | "processor">): ReplayResult {
    const { stores } = this.#machine.engine;
    const { assets } = stores.markets;
    const last = this.#census();
    const population = this.#population;
    if (population === undefined) throw noPrices(this.#options);
    const seconds = Object.fromEntries(Object.entries(this.#spent).map(([what, ms]) => [what, ms / 1000]));
    return {
      tally: this.#tally,
      machine: this.#machine,
      days: this.#days,
      hours: this.#hours,
      last,
      worst: this.#worst ?? last,
      commands: this.#desk.commands,
      commandsByType: this.#desk.commandsByType,
      events: this.#desk.events,
      batches: this.#batches,
      surfaces: this.#surfaces,
      remargins: this.#machine.engine.stores.watch.lookCount,
      seconds: { ...this.#spent, ...seconds, ...took },
      firstMs: this.#firstMs,
      lastMs: this.#machine.timeMs,
      notes: feed.describe().notes,
      assumptions: this.#assumptions,
      peakMemoryBytes: Math.max(this.#peak, process.memoryUsage().rss),
      stateRoot: hex(this.#machine.stateRoot()),
      conservation: Array.from({ length: assets.count }, (_, asset) => ({
        asset: assets.label(asset),
        totalUnits: stores.ledger.total(asset),
        depositedUnits: this.#tally.netDepositUnits.get(asset) ?? 0n,
        heldUnits: BigInt(0 - stores.ledger.balance(houseAccount.vault, asset)),
      })),
      population,
    };
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function noPrices({ fromMs, toMs }: ReplayOptions): PlimsollError {
  return new PlimsollError("PLM_FEED", {
    field: "data",
    value: `no prices from ${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`,
    limit: "at least one coin's price",
    remedy: "Choose another span; docs/feeds.md gives the formats.",
  });
}

function marketOf({ used, feeds }: FoundSources, view: VenueView): PopulationMarket {
  const coins = view.coins.filter(({ perpetual }) => perpetual >= 0).map(({ name }) => name);
  const chains = new Set(used.filter(({ role }) => role === "chain").map(({ coin }) => coin));
  const collateral = ["USDC", "BTC", "ETH", "stETH"].filter(
    (name) =>
      view.asset(name) >= 0 && (feeds.has(name) || chains.has(name) || name === "USDC" || name === "stETH"),
  );
  return {
    coins,
    optionCoins: coins.filter((coin) => chains.has(coin)),
    collateral: new Set(collateral),
    hasInverse: (view.coin("BTC")?.inverse ?? -1) >= 0,
  };
}
