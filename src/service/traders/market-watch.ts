import { type Client, type Instrument, type MarksChannel } from "../client/index.ts";

/** An instrument as traders see it. */
export interface Watched {
  readonly instrument: Instrument;
  /** Quote currency per unit of underlying. */
  readonly mark: number;
  readonly index: number;
}

/** How far back moves are looked at. */
const rememberedMarks = 600;

/** What is listed and what it is worth, for traders who all look at the same market: one subscription serves them all. */
export class MarketWatch {
  readonly #client: Client;
  readonly #marks: MarksChannel;
  #instruments: ReadonlyMap<string, Instrument> = new Map();
  #lists: Map<string, readonly Instrument[]> = new Map();
  /** Marks of perpetuals, one per look. */
  readonly #past: Map<string, number[]> = new Map();
  readonly #fairOf: (instrument: string) => number | undefined;

  private constructor(
    client: Client,
    marks: MarksChannel,
    fairOf: (instrument: string) => number | undefined,
  ) {
    this.#client = client;
    this.#marks = marks;
    this.#fairOf = fairOf;
  }

  /** @param fairOf - where an instrument trades elsewhere, for makers; undefined where nobody knows. */
  static async open(
    client: Client,
    fairOf: (instrument: string) => number | undefined = () => undefined,
  ): Promise<MarketWatch> {
    const watch = new MarketWatch(client, await client.marks(), fairOf);
    await watch.refresh();
    return watch;
  }

  /** Reads what is listed. */
  async refresh(): Promise<void> {
    const instruments = await this.#client.refresh();
    this.#instruments = new Map(instruments.map((instrument) => [instrument.name, instrument]));
    this.#lists = new Map();
  }

  /** Remembers where perpetuals are now: once per step. */
  look(): void {
    for (const instrument of this.list("perpetual")) {
      const mark = this.mark(instrument.name);
      if (mark === undefined) continue;
      const past = this.#past.get(instrument.name) ?? [];
      past.push(mark);
      if (past.length > rememberedMarks) past.shift();
      this.#past.set(instrument.name, past);
    }
  }

  get timeMs(): number {
    return this.#marks.timeMs;
  }

  find(name: string): Watched | undefined {
    const instrument = this.#instruments.get(name);
    const view = this.#marks.marks.get(name);
    if (instrument === undefined || view === undefined) return undefined;
    return { instrument, mark: Number(view.mark), index: Number(view.indexPrice) };
  }

  mark(name: string): number | undefined {
    const view = this.#marks.marks.get(name);
    return view === undefined ? undefined : Number(view.mark);
  }

  /** Where makers believe it trades: elsewhere, or at its mark. */
  fair(name: string): number | undefined {
    return this.#fairOf(name) ?? this.mark(name);
  }

  /** Log-free return of a perpetual over the last so many looks; 0 when not that many are known. */
  move(name: string, looks: number): number {
    const past = this.#past.get(name) ?? [];
    const [now, then] = [past.at(-1), past.at(-1 - looks)];
    return now === undefined || then === undefined ? 0 : now / then - 1;
  }

  list(kind: "perpetual" | "future" | "option" | "spot"): readonly Instrument[] {
    const known = this.#lists.get(kind);
    if (known !== undefined) return known;
    const found = [...this.#instruments.values()].filter(({ spec }) => spec.kind === kind);
    this.#lists.set(kind, found);
    return found;
  }

  /** Options of an underlying that have a mark and live at least so long, by expiry and strike. */
  options(underlying: string, leastLifeMs: number): readonly Instrument[] {
    const soonest = this.timeMs + leastLifeMs;
    return this.list("option")
      .filter(
        ({ name, spec }) =>
          spec.underlying === underlying && spec.expiryMs > soonest && this.mark(name) !== undefined,
      )
      .sort((a, b) => a.spec.expiryMs - b.spec.expiryMs || a.spec.strikeMicros - b.spec.strikeMicros);
  }
}
