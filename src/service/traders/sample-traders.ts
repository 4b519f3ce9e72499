import { randomStream, type RandomStream } from "../../numerics/index.ts";
import { type MarginMode } from "../../clearing/index.ts";
import { accepted, type Client, connect, type Instrument } from "../client/index.ts";
import { type Deposit, Desk, type TraderCounts } from "./desk.ts";
import { type MakerStyle, MarketMaker } from "./market-maker.ts";
import { MarketWatch } from "./market-watch.ts";
import { type Temperament, temperaments } from "./temperaments.ts";
import { type TraderKeys } from "./trader-keys.ts";

export interface SampleTradersOptions {
  /** Of the API, which is all that they use. */
  readonly url: string;
  readonly keys: TraderKeys;
  readonly seed: number;
  /** Takers; makers come on top. */
  readonly takers: number;
  readonly deposit: Deposit;
  /** Where instruments trade elsewhere, for makers. */
  readonly fairOf?: (instrument: string) => number | undefined;
  /** Between steps; 1 s. */
  readonly stepMs?: number;
}

/** Sample customers of a venue: makers and takers of several temperaments, over the public API. */
export interface SampleTraders {
  readonly counts: Readonly<TraderCounts>;
  readonly makers: number;
  readonly takers: number;
  stop(): Promise<void>;
}

const million = "1000000";
const makerMoney = { USDC: `20${million.slice(1)}`, BTC: "50" };
/** Takers that act in one step, at most, share of them. */
const activeShare = 0.25;
/** Listings change hourly. */
const refreshSteps = 120;
/** Strikes on each side that are quoted, share of the index. */
const optionBand = 0.12;
const hourMs = 3_600_000;

const perpetualStyle: MakerStyle = {
  halfSpread: 0.0002,
  leastHalfOfIndex: 0,
  sideUsd: 100_000,
  leanUsd: 2_000_000,
  everySteps: 1,
};
const wideStyle: MakerStyle = {
  ...perpetualStyle,
  halfSpread: 0.001,
  sideUsd: 500_000,
  leanUsd: 8_000_000,
  everySteps: 2,
};
const futureStyle: MakerStyle = { ...perpetualStyle, halfSpread: 0.0004, sideUsd: 80_000, everySteps: 2 };
const optionStyle: MakerStyle = {
  halfSpread: 0.03,
  leastHalfOfIndex: 0.0002,
  sideUsd: 150_000,
  leanUsd: 4_000_000,
  everySteps: 5,
};

/** Opens everyone's account, has it paid for, and lets them trade until stopped. */
export async function startSampleTraders(options: SampleTradersOptions): Promise<SampleTraders> {
  const traders = new Floor(options);
  await traders.open();
  return traders;
}

class Floor implements SampleTraders {
  readonly counts: TraderCounts = { orders: 0, filled: 0, refused: 0, failed: 0 };
  readonly #options: SampleTradersOptions;
  readonly #random: RandomStream;
  readonly #makers: MarketMaker[] = [];
  readonly #takers: { readonly desk: Desk; readonly temperament: Temperament; isBusy: boolean }[] = [];
  #observer: Client | undefined;
  #watch: MarketWatch | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #steps = 0;
  #isStopped = false;
  readonly #underWay: Set<Promise<void>> = new Set();

  constructor(options: SampleTradersOptions) {
    this.#options = options;
    this.#random = randomStream(options.seed);
  }

  get makers(): number {
    return this.#makers.length;
  }
  get takers(): number {
    return this.#takers.length;
  }

  async open(): Promise<void> {
    const { url, fairOf, takers, stepMs = 1_000 } = this.#options;
    this.#observer = await connect({ url });
    const watch = await MarketWatch.open(this.#observer, fairOf);
    this.#watch = watch;
    await Promise.all([
      this.#seatMaker("perpetuals", "cross", perpetualStyle, () => watch.list("perpetual")),
      this.#seatMaker("perpetuals, wide", "cross", wideStyle, () => watch.list("perpetual")),
      this.#seatMaker("futures", "cross", futureStyle, () =>
        watch.list("future").filter(({ spec }) => spec.expiryMs > watch.timeMs + hourMs),
      ),
      ...["BTC", "ETH"].map((coin) =>
        this.#seatMaker(`${coin} options`, "portfolio", optionStyle, () => quotedOptions(watch, coin)),
      ),
    ]);
    this.#timer = setInterval(() => this.#step(), stepMs);
    // Takers come in while makers quote already.
    for (let i = 0; i < takers && !this.#isStopped; i++) await this.#seatTaker(i);
  }

  async #seatMaker(
    name: string,
    marginMode: MarginMode,
    style: MakerStyle,
    instruments: () => readonly Instrument[],
  ): Promise<void> {
    const desk = await this.#seat(`maker of ${name}`, marginMode, makerMoney);
    if (this.#watch) this.#makers.push(new MarketMaker(desk, this.#watch, style, instruments));
  }

  async #seatTaker(number: number): Promise<void> {
    const temperament = temperaments[number % temperaments.length];
    if (temperament === undefined) return;
    const { marginMode, brings } = temperament;
    const desk = await this.#seat(`taker ${number}`, marginMode, brings);
    this.#takers.push({ desk, temperament, isBusy: false });
  }

  /** The account of someone who has been here before, or a new one with money and a session key to trade with. */
  async #seat(name: string, marginMode: MarginMode, brings: Readonly<Record<string, string>>): Promise<Desk> {
    const { url, keys, deposit } = this.#options;
    const session = await connect({ url, key: keys.session(name) });
    const [known] = await session.read.accounts();
    if (known !== undefined) return new Desk(session, await session.account(known.account), this.counts);
    const owner = await connect({ url, key: keys.owner(name) });
    const { account } = accepted(await owner.openAccount({ marginMode }));
    for (const [asset, amount] of Object.entries(brings)) await deposit(account, asset, amount);
    accepted(await owner.authorizeKey({ account, key: keys.session(name).signer }));
    await owner.close();
    return new Desk(session, await session.account(account), this.counts);
  }

  #step(): void {
    const watch = this.#watch;
    if (watch === undefined || this.#isStopped) return;
    watch.look();
    if (++this.#steps % refreshSteps === 0) this.#track(watch.refresh());
    for (const maker of this.#makers) this.#track(maker.step());
    for (const taker of this.#takers) {
      if (taker.isBusy || this.#random.nextFloat() > activeShare) continue;
      taker.isBusy = true;
      const acting = taker.temperament.act(taker.desk, watch, this.#random).finally(() => {
        taker.isBusy = false;
      });
      this.#track(acting);
    }
  }

  #track(work: Promise<void>): void {
    const tracked: Promise<void> = work
      .catch(() => {
        this.counts.failed++;
      })
      .finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  /** Lets what is under way end, and takes quotes out of the books. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    await Promise.all(this.#makers.map((maker) => maker.stop()));
    await Promise.all([...this.#makers, ...this.#takers].map(({ desk }) => desk.close()));
    await this.#observer?.close();
  }
}

/** Those around the money that do not expire at once. */
function quotedOptions(watch: MarketWatch, coin: string): Instrument[] {
  const index = watch.find(`${coin}-PERP`)?.index;
  if (index === undefined) return [];
  return watch
    .options(coin, hourMs)
    .filter(({ spec }) => Math.abs(spec.strikeMicros / 1e6 / index - 1) <= optionBand);
}
