import { PlimsollError } from "../../quantity/error.ts";
import { type AssetView, type InstrumentView, type PoolView, type UnderlyingView } from "../views/index.ts";
import { Asset, Instrument } from "./instrument.ts";
import { sleep } from "./wait.ts";

/** Where the catalog reads from. */
export interface CatalogSource {
  assets(): Promise<readonly AssetView[]>;
  underlyings(): Promise<readonly UnderlyingView[]>;
  instruments(): Promise<readonly InstrumentView[]>;
  pools(): Promise<readonly PoolView[]>;
}

/** The service's lists may be so old, and are not asked again sooner, however many names are unknown. */
const listsAgeMs = 150;

interface Lists {
  readonly assets: ReadonlyMap<string, Asset>;
  readonly underlyings: ReadonlyMap<string, UnderlyingView>;
  readonly instruments: ReadonlyMap<string, Instrument>;
  readonly byIndex: ReadonlyMap<number, Instrument>;
  readonly feeds: ReadonlyMap<string, number>;
  readonly readAtMs: number;
}

/** What is listed, by name. Read when it is first needed, and again when a name is not in it: venues list new instruments as they go. */
export class Catalog {
  readonly #source: CatalogSource;
  #lists: Lists | undefined;
  #reading: Promise<Lists> | undefined;

  constructor(source: CatalogSource) {
    this.#source = source;
  }

  /** @throws {PlimsollError} `PLM_UNKNOWN`. */
  instrument(name: string, field: string = "instrument"): Promise<Instrument> {
    return this.#find("instruments", name, field);
  }

  /** @throws {PlimsollError} `PLM_UNKNOWN`. */
  asset(name: string, field: string = "asset"): Promise<Asset> {
    return this.#find("assets", name, field);
  }

  /** What the insurance fund is kept in: the first asset that is a dollar. @throws {PlimsollError} `PLM_UNKNOWN`. */
  async dollarAsset(): Promise<Asset> {
    const found = await this.#look(({ assets }) =>
      [...assets.values()].find(({ spec: { kind } }) => kind === "fiat" || kind === "stablecoin"),
    );
    return this.#found(found, "asset", "a dollar");
  }

  /** @throws {PlimsollError} `PLM_UNKNOWN`. */
  underlying(name: string, field: string = "underlying"): Promise<UnderlyingView> {
    return this.#find("underlyings", name, field);
  }

  /** Number of the feed that prices an underlying or asset. @throws {PlimsollError} `PLM_UNKNOWN`. */
  feed(name: string, field: string = "feed"): Promise<number> {
    return this.#find("feeds", name, field);
  }

  /** What the shares of an instrument's virtual AMM are. @throws {PlimsollError} `PLM_UNKNOWN`. */
  async shareAsset(instrument: string): Promise<Asset> {
    const pools = await this.#source.pools();
    const pool = pools.find((candidate) => candidate.instrument === instrument);
    return this.asset(this.#found(pool, "instrument", instrument).shareAsset);
  }

  /** @throws {PlimsollError} `PLM_UNKNOWN`. */
  async instrumentAt(index: number): Promise<Instrument> {
    return this.#found(await this.#look(({ byIndex }) => byIndex.get(index)), "instrument", index);
  }

  /** As {@link instrumentAt}, of what was read so far. */
  knownInstrumentAt(index: number): Instrument | undefined {
    return this.#lists?.byIndex.get(index);
  }

  async instruments(): Promise<readonly Instrument[]> {
    return [...(this.#lists ?? (await this.read())).instruments.values()];
  }

  async #find<K extends "instruments" | "assets" | "underlyings" | "feeds">(
    kind: K,
    name: string,
    field: string,
  ): Promise<Lists[K] extends ReadonlyMap<string, infer V> ? V : never>;
  async #find(
    kind: "instruments" | "assets" | "underlyings" | "feeds",
    name: string,
    field: string,
  ): Promise<unknown> {
    return this.#found(await this.#look<unknown>((lists) => lists[kind].get(name)), field, name);
  }

  /** What was just listed may be missing even from what was just read: a second look is sure. */
  async #look<T>(find: (lists: Lists) => T | undefined): Promise<T | undefined> {
    const found = find(this.#lists ?? (await this.read()));
    return found ?? find(await this.#readAfter(0)) ?? find(await this.#readAfter(listsAgeMs));
  }

  /** What is read after so long, and not sooner than lists are renewed. */
  async #readAfter(ms: number): Promise<Lists> {
    const { readAtMs = -Infinity } = this.#lists ?? {};
    const waitMs = Math.max(ms, readAtMs + listsAgeMs - performance.now());
    if (waitMs > 0) await sleep(waitMs);
    return this.read();
  }

  #found<T>(value: T | undefined, field: string, asked: unknown): T {
    if (value !== undefined) return value;
    throw new PlimsollError("PLM_UNKNOWN", {
      field,
      value: asked,
      limit: "listed at the venue",
      remedy: "Correct the name; client.read.instruments() and client.read.assets() give all.",
    });
  }

  /** Reads all lists anew. */
  read(): Promise<Lists> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<Lists> {
    const [assets, underlyings, instruments] = await Promise.all([
      this.#source.assets(),
      this.#source.underlyings(),
      this.#source.instruments(),
    ]);
    const listed = instruments.map((view) => new Instrument(view.index, view));
    const feeds = new Map<string, number>();
    for (const { feed, feedIndex } of assets) if (feedIndex >= 0) feeds.set(feed, feedIndex);
    for (const { name, feedIndex } of underlyings) feeds.set(name, feedIndex);
    this.#lists = {
      assets: new Map(assets.map((view) => [view.name, new Asset(view.index, view)])),
      underlyings: new Map(underlyings.map((view) => [view.name, view])),
      instruments: new Map(listed.map((instrument) => [instrument.name, instrument])),
      byIndex: new Map(listed.map((instrument) => [instrument.index, instrument])),
      feeds,
      readAtMs: performance.now(),
    };
    return this.#lists;
  }
}
