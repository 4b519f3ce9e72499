import { houseAccount } from "../../clearing/accounts/index.ts";
import { fundTranches } from "../../clearing/engine/default/index.ts";
import { type ClearingEvent, type Command } from "../../clearing/index.ts";
import { invariant } from "../../quantity/error.ts";
import { Machine } from "../clearinghouse/index.ts";
import { assetListing, perpetualListing, underlyingListing } from "../feeds/listings.ts";
import { Desk } from "../population/desk.ts";
import { signerOf } from "../population/traders.ts";
import { type Party, Trading } from "../population/trading.ts";
import { VenueView } from "../population/venue-view.ts";
import { Bidders, type CoinMarket } from "./bidders.ts";
import { type CrashFigures, CrashTally, type TrackPoint } from "./figures.ts";
import { Impact } from "./impact.ts";
import { Ladder, type LadderBook, levelCount } from "./ladder.ts";
import { type Person } from "./people.ts";
import { bidderTerms, fundShare, market, type Method, stepMs } from "./plan.ts";
import { depthEveryMs, type Scene } from "./scene.ts";

const house = `0x${"0f".repeat(20)}`;
const hourMs = 3_600_000;
/** Rules change by notice of an hour or by ramps: the venue opens that long before. */
const openBeforeMs = 48 * hourMs;
const trackEveryMs = 600_000;
const dealerCount = 2;

export interface CrashRunOptions {
  readonly scene: Scene;
  readonly method: Method;
  /** Depth and volume of every market, times this. */
  readonly depth: number;
  readonly onProgress?: (share: number) => void;
}

/** One method through one window. The same scene, method and depth give the same commands, events and state root. */
export function runCrash(options: CrashRunOptions): CrashFigures {
  return new CrashRun(options).run();
}

interface Book extends CoinMarket {
  readonly path: Float64Array;
  readonly depthFactors: Float64Array;
  readonly volumeFactors: Float64Array;
}

class CrashRun {
  readonly #options: CrashRunOptions;
  readonly #machine: Machine = Machine.empty();
  readonly #view: VenueView;
  readonly #desk: Desk;
  readonly #trading: Trading;
  readonly #tally: CrashTally;
  readonly #books: Book[] = [];
  readonly #bookOf: Map<number, Book> = new Map();
  readonly #accounts: Map<number, Person> = new Map();
  readonly #waiting: Person[];
  readonly #track: TrackPoint[] = [];
  #ladder: Ladder | undefined;
  #dealers: Party[] = [];
  #parties = 0;
  #deposits = 0;
  #turn = 0;

  constructor(options: CrashRunOptions) {
    this.#options = options;
    const { stores } = this.#machine.engine;
    this.#view = new VenueView(stores);
    this.#desk = new Desk({ machine: this.#machine, onEvent: (event) => this.#see(event) });
    this.#trading = new Trading(this.#desk, this.#view);
    this.#tally = new CrashTally(
      stores,
      (account) => this.#accounts.has(account),
      (instrument) => this.#view.lotUsd(instrument),
      (instrument, usd) => this.#bookOf.get(instrument)?.impact.add(usd),
    );
    this.#waiting = [...options.scene.people].sort((a, b) => b.arrival - a.arrival);
  }

  #see(event: ClearingEvent): void {
    this.#view.see(event);
    this.#tally.see(event);
    this.#ladder?.see(event);
  }

  /** Sends a command that must be accepted. */
  #must(signer: string, command: Command): number {
    const { rejection, made } = this.#desk.send(signer, command);
    invariant(rejection === undefined, `${command.type} was refused: ${rejection}`);
    return made;
  }

  run(): CrashFigures {
    const started = process.cpuUsage();
    const { scene, method } = this.#options;
    const { grid } = scene;
    this.#open();
    const parties = this.#enter();
    const bidders = method.bidders ? new Bidders(this.#trading, parties, this.#books) : undefined;
    const fundStartUsd = this.#fundUsd();
    const startUsd = parties.reduce((sum, party) => sum + this.#equityUsd(party.account), 0);
    let before = 0;
    const stride = stepMs.calm / stepMs.busy;
    const { liquidations, auctions } = this.#machine.engine.stores;
    for (let k = 0; k < grid.count; k++) {
      const isBusy = liquidations.size > 0 || auctions.size > 0;
      if (!isBusy && k % stride !== 0) continue;
      this.#step(k, (k - before) * grid.stepMs, bidders);
      before = k;
      this.#options.onProgress?.(k / grid.count);
    }
    const { user, system } = process.cpuUsage(started);
    return this.#figures({
      fundStartUsd,
      bidderProfitUsd: parties.reduce((sum, { account }) => sum + this.#equityUsd(account), 0) - startUsd,
      seconds: (user + system) / 1e6,
    });
  }

  /** Lists, sets the method's rules, and lets the notice of them pass. */
  #open(): void {
    const { scene, method, depth } = this.#options;
    this.#desk.timeMs = scene.grid.fromMs - openBeforeMs;
    this.#must("", { type: "genesis", venue: "Crash", chainId: 31_337, admins: [house] });
    for (const role of ["operator", "risk", "treasurer", "guardian", "publisher"] as const)
      this.#must(house, { type: "grantRole", role, key: house, granted: true });
    const dollar = assetListing("USDC");
    if (dollar.type === "listAsset") {
      const feed = scene.dollar === undefined ? "" : "USDC";
      this.#must(house, { ...dollar, asset: { ...dollar.asset, feed } });
    }
    for (const { name, path, initialMarginPpm, maintenanceMarginPpm } of scene.coins) {
      this.#must(house, underlyingListing(name, { maxPriceAgeMs: 4 * stepMs.calm }));
      this.#must(house, assetListing(name, name));
      const listing = perpetualListing(name, path[0]!);
      if (listing.type !== "listInstrument") continue;
      const { instrument } = listing;
      this.#must(house, {
        ...listing,
        instrument: { ...instrument, initialMarginPpm, maintenanceMarginPpm },
      });
    }
    for (const [parameter, value] of Object.entries(method.terms))
      this.#must(house, { type: "setParameter", target: "liquidation", index: 0, parameter, value });
    this.#desk.timeMs = scene.grid.fromMs - hourMs / 2;
    this.#must("", { type: "tick" });
    for (const [parameter, value] of Object.entries(method.terms)) {
      const now = this.#machine.engine.stores.markets.liquidation.find(parameter);
      invariant(now === value, `${parameter} is ${now}, not ${value}`);
    }
    for (const coin of scene.coins) {
      const { name, path, deviation, depthFactors, volumeFactors, initialMarginPpm } = coin;
      const volumeUsd = coin.volumeUsd * depth;
      const book: Book = {
        instrument: this.#view.coin(name)?.perpetual ?? -1,
        name,
        impact: new Impact(market, volumeUsd, deviation),
        volumeUsd,
        initialMarginPpm,
        path,
        depthFactors,
        volumeFactors,
      };
      this.#books.push(book);
      this.#bookOf.set(book.instrument, book);
    }
  }

  /** Makers, dealers and bidders open with their money, and the fund gets its own. */
  #enter(): Party[] {
    const { scene } = this.#options;
    this.#desk.timeMs = scene.grid.fromMs;
    this.#publish(0);
    const ample = Math.max(1e6, scene.interestUsd);
    const makers = Array.from({ length: levelCount }, () => this.#party(ample));
    this.#dealers = Array.from({ length: dealerCount }, () => this.#party(3 * ample));
    const money = bidderTerms.capitalShare * scene.interestUsd;
    const parties = Array.from({ length: bidderTerms.count }, () => this.#party(money));
    this.#ladder = new Ladder(this.#trading, makers);
    const donor = this.#party(2 * fundShare * scene.interestUsd + 1);
    this.#must(donor.signer, {
      type: "donateFund",
      account: donor.account,
      tranche: "protocol",
      instrument: 0,
      units: Math.round(fundShare * scene.interestUsd * 1e6),
    });
    return parties;
  }

  #party(usd: number): Party {
    const signer = signerOf(0x4000_0000 + this.#parties++);
    const account = this.#must(signer, { type: "openAccount", marginMode: "cross" });
    this.#deposit(account, "USDC", usd);
    return { signer, account };
  }

  #deposit(account: number, name: string, usd: number): void {
    const { markets } = this.#view.stores;
    const asset = this.#view.asset(name);
    const price = markets.assetPriceMicros(asset) / 1e6;
    const units = Math.max(1, Math.floor((usd / price) * markets.assets.get("unitsPerOne", asset)));
    const reference = `crash-${++this.#deposits}`;
    this.#must(house, { type: "deposit", account, asset, units, reference });
  }

  #priceOf({ path, impact }: Book, k: number): number {
    return path[k]! * impact.factor();
  }

  #publish(k: number): void {
    const { dollar } = this.#options.scene;
    const { markets } = this.#view.stores;
    const { timeMs } = this.#desk;
    const price = (name: string, usd: number) => ({
      feed: markets.findFeed(name),
      priceMicros: Math.max(1, Math.round(usd * 1e6)),
      confidencePpm: 1_000_000,
      timeMs,
    });
    const prices = this.#books.map((book) => price(book.name, this.#priceOf(book, k)));
    if (dollar) prices.push(price("USDC", dollar[k]!));
    this.#desk.send(house, { type: "publishPrices", prices });
  }

  #step(k: number, elapsedMs: number, bidders: Bidders | undefined): void {
    const { grid } = this.#options.scene;
    const { state, liquidations } = this.#view.stores;
    const timeMs = grid.fromMs + k * grid.stepMs;
    this.#desk.timeMs = timeMs;
    for (const { impact } of this.#books) impact.pass(elapsedMs);
    const books = this.#booksAt(k);
    this.#ladder?.pass(elapsedMs, books);
    this.#ladder?.quote(books);
    this.#publish(k);
    for (let ticks = 0; state.sweepRemaining > 0 && ticks < 64; ticks++) this.#must("", { type: "tick" });
    this.#arrive(k / grid.count);
    bidders?.bid();
    bidders?.unwind(
      elapsedMs,
      ({ instrument }) => books.find((book) => book.instrument === instrument)?.volumeFactor ?? 1,
      ({ impact }, usd) => impact.add(usd),
    );
    // Between two prices the engine's time goes on.
    if (liquidations.size > 0) {
      this.#desk.timeMs = timeMs + grid.stepMs / 2;
      this.#must("", { type: "tick" });
      bidders?.bid();
    }
    if (timeMs % trackEveryMs === 0) this.#note(k, timeMs);
  }

  #booksAt(k: number): LadderBook[] {
    const { grid } = this.#options.scene;
    const at = Math.floor((k * grid.stepMs) / depthEveryMs);
    return this.#books.map((book) => ({
      instrument: book.instrument,
      fairUsd: this.#priceOf(book, k),
      depthUsd: book.volumeUsd * market.depthPerVolume * (book.depthFactors[at] ?? 1),
      volumeFactor: book.volumeFactors[at] ?? 1,
    }));
  }

  /** Those whose time it is open an account, deposit and take their positions from a dealer at the mark. */
  #arrive(share: number): void {
    for (let next = this.#waiting.at(-1); next && next.arrival <= share; next = this.#waiting.at(-1)) {
      this.#waiting.pop();
      this.#start(next);
    }
  }

  #start(person: Person): void {
    const signer = signerOf(this.#accounts.size);
    const { mode: marginMode, collateral, equityUsd } = person;
    const account = this.#must(signer, { type: "openAccount", marginMode });
    this.#accounts.set(account, person);
    this.#deposit(account, collateral, equityUsd);
    const dealer = this.#dealers[this.#turn++ % dealerCount]!;
    // Whoever asks for more than the venue allows takes less.
    for (let scale = 1; scale > 0.2; scale *= 0.8) {
      const legs = person.legs
        .map(({ coin, usd }) => {
          const instrument = this.#view.coin(coin)?.perpetual ?? -1;
          return { instrument, lots: this.#trading.lotsFor(instrument, usd * scale) };
        })
        .filter(({ lots }) => lots !== 0);
      if (legs.length === 0) return;
      const ticks = legs.map(({ instrument }) =>
        this.#view.ticks(instrument, this.#view.markMicros(instrument)),
      );
      if (this.#trading.block({ signer, account }, dealer, legs, ticks)) return;
    }
  }

  #equityUsd(account: number): number {
    return this.#view.stores.margin.figures(account).equityMicros / 1e6;
  }

  #fundUsd(): number {
    const { stores } = this.#view;
    const { ledger } = stores;
    let usd = 0;
    for (const { account } of fundTranches(stores))
      for (let asset = 0; asset < ledger.assetCount; asset++)
        usd += this.#tally.usd(asset, ledger.balance(account, asset));
    return usd;
  }

  #note(k: number, timeMs: number): void {
    const [first] = this.#books;
    if (!first) return;
    this.#track.push({
      timeMs,
      price: this.#priceOf(first, k),
      undisturbed: first.path[k]!,
      inLiquidation: this.#view.stores.liquidations.size,
      breached: this.#tally.breached.size,
      fundUsd: this.#fundUsd(),
    });
  }

  #figures(more: Pick<CrashFigures, "fundStartUsd" | "bidderProfitUsd" | "seconds">): CrashFigures {
    const { stores } = this.#machine.engine;
    const { ledger, markets, liquidations } = stores;
    const tally = this.#tally;
    for (const one of tally.breached.values()) {
      const equityUsd = this.#equityUsd(one.account);
      one.endEquityUsd = Math.max(0, equityUsd);
      if (equityUsd < 0) one.isSolvent = false;
    }
    return {
      ...more,
      method: this.#options.method.name,
      opened: this.#accounts.size,
      breached: [...tally.breached.values()],
      liquidations: tally.liquidations,
      restored: tally.restored,
      closed: tally.closed,
      absorbed: tally.absorbed,
      stillOpen: liquidations.size,
      steps: tally.steps,
      auctions: tally.auctions,
      bids: tally.bids,
      stepCostUsd: tally.stepCostUsd,
      feesUsd: tally.feesUsd,
      discountUsd: tally.discountUsd,
      fundPaidUsd: tally.fundPaidUsd,
      fundLossUsd: more.fundStartUsd - this.#fundUsd(),
      deleveragedAccounts: tally.deleveraged.size,
      deleveragedUsd: tally.deleveragedUsd,
      takenUsd: tally.takenUsd,
      sharedUsd: tally.sharedUsd,
      sharedAccounts: tally.sharers.size,
      steppedUsd: tally.steppedUsd,
      soldUsd: tally.soldUsd,
      impacts: this.#books.map(({ name, impact }) => ({ coin: name, worst: impact.worst })),
      durationsMs: tally.durationsMs.toSorted((a, b) => a - b),
      conservation: Array.from({ length: markets.assets.count }, (_, asset) => ({
        asset: markets.assets.label(asset),
        totalUnits: ledger.total(asset),
        depositedUnits: tally.netDepositUnits.get(asset) ?? 0n,
        heldUnits: BigInt(0 - ledger.balance(houseAccount.vault, asset)),
      })),
      commands: this.#desk.commands,
      stateRoot: Buffer.from(this.#machine.stateRoot()).toString("hex"),
      track: this.#track,
    };
  }
}
