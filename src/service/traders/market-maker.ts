import { type Instrument, type QuoteInput } from "../client/index.ts";
import { type Desk } from "./desk.ts";
import { type MarketWatch } from "./market-watch.ts";

/** How one maker quotes. */
export interface MakerStyle {
  /** Half of the spread as a share of the price: of the option's for options. */
  readonly halfSpread: number;
  /** At least this share of the index, for options. */
  readonly leastHalfOfIndex: number;
  /** Worth of one side, USD at the index. */
  readonly sideUsd: number;
  /** Position at which the price leans by half a spread against it, USD. */
  readonly leanUsd: number;
  /** Every so many steps. */
  readonly everySteps: number;
}

/** Quotes of one command. */
const mostQuotes = 200;

/** Keeps two-sided quotes around what instruments are worth, renewed all at once, leaning against its own position. */
export class MarketMaker {
  readonly desk: Desk;
  readonly #watch: MarketWatch;
  readonly #style: MakerStyle;
  readonly #instruments: () => readonly Instrument[];
  /** What is quoted now, with the fair price of it. */
  readonly #quoted: Map<string, number> = new Map();
  #steps = 0;
  #isQuoting = false;

  constructor(desk: Desk, watch: MarketWatch, style: MakerStyle, instruments: () => readonly Instrument[]) {
    this.desk = desk;
    this.#watch = watch;
    this.#style = style;
    this.#instruments = instruments;
  }

  async step(): Promise<void> {
    if (this.#steps++ % this.#style.everySteps !== 0 || this.#isQuoting) return;
    this.#isQuoting = true;
    try {
      await this.#renew();
    } finally {
      this.#isQuoting = false;
    }
  }

  async #renew(): Promise<void> {
    const wanted = this.#instruments().slice(0, mostQuotes);
    const names = new Set(wanted.map(({ name }) => name));
    const quotes: QuoteInput[] = [];
    for (const instrument of wanted) {
      const fair = this.#watch.fair(instrument.name);
      if (fair === undefined || this.#isFresh(instrument, fair)) continue;
      quotes.push(this.#quote(instrument, fair));
    }
    for (const name of this.#quoted.keys()) {
      if (names.has(name)) continue;
      this.#quoted.delete(name);
      if (this.#watch.find(name) !== undefined) quotes.push({ instrument: name });
    }
    if (quotes.length > 0) await this.#send(quotes.slice(0, mostQuotes));
  }

  /** A quote stays while what it is about has hardly moved. */
  #isFresh({ name }: Instrument, fair: number): boolean {
    const before = this.#quoted.get(name);
    return before !== undefined && Math.abs(fair - before) < 0.1 * this.#half(name, fair);
  }

  #half(name: string, fair: number): number {
    const { halfSpread, leastHalfOfIndex } = this.#style;
    return Math.max(fair * halfSpread, (this.#watch.find(name)?.index ?? 0) * leastHalfOfIndex);
  }

  #quote(instrument: Instrument, fair: number): QuoteInput {
    const { name, spec } = instrument;
    const { sideUsd, leanUsd } = this.#style;
    const index = this.#watch.find(name)?.index ?? fair;
    const isInverse = spec.settlement === "inverse";
    const half = this.#half(name, fair);
    const positionUsd = this.desk.position(name) * (isInverse ? 1 : index);
    const lean = Math.max(-1, Math.min(1, positionUsd / leanUsd));
    const middle = fair - 0.5 * lean * half;
    const size = instrument.roundSize((sideUsd / (isInverse ? 1 : index)).toFixed(9), "nearest");
    const bid = instrument.roundPrice(Math.max(0, middle - half).toFixed(6), "down");
    const ask = instrument.roundPrice((middle + half).toFixed(6), "up");
    this.#quoted.set(name, fair);
    const isFull = Math.abs(lean) >= 1;
    return {
      instrument: name,
      ...(bid === "0" || size === "0" || (isFull && lean > 0) ? {} : { bid: { price: bid, size } }),
      ...(size === "0" || (isFull && lean < 0) ? {} : { ask: { price: ask, size } }),
    };
  }

  /** All or none: what another's order is in the way of is left out, and tried again the next time. */
  async #send(quotes: readonly QuoteInput[]): Promise<void> {
    let left = quotes;
    for (let tries = 0; tries < 8 && left.length > 0; tries++) {
      const sent = left;
      const outcome = await this.desk.attempt(() =>
        this.desk.client.massQuote({ account: this.desk.account, quotes: sent }),
      );
      if (outcome?.outcome === "accepted") return;
      const which = /^quotes\[(\d+)\]/.exec(outcome?.rejection.field ?? "")?.[1];
      if (which === undefined) break;
      this.#quoted.delete(sent[Number(which)]?.instrument ?? "");
      left = sent.filter((_, i) => i !== Number(which));
    }
    for (const { instrument } of left) this.#quoted.delete(instrument);
  }

  /** Takes its quotes out of the books. */
  async stop(): Promise<void> {
    await this.desk.attempt(() => this.desk.client.cancelAll({ account: this.desk.account }));
  }
}
