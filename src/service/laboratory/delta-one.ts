import {
  type AssetState,
  type Balance,
  factorKey,
  type FactorSeries,
  type History,
  type Instrument,
  linearForwardCurve,
  type Market,
  type Portfolio,
  type Position,
  type Quote,
  type UnderlyingState,
} from "../../market/index.ts";
import { decimalToNumber, parseDecimal } from "../../quantity/index.ts";
import {
  holdsWhatIsTraded,
  type Leg,
  type LibraryBook,
  betaDays,
  type OpeningView,
} from "./delta-one-books.ts";
import { type AskedBook, type ModelPanel } from "./models.ts";
import { type Observations } from "./observations.ts";
import { dayMs, type Panel, type PriceSeries, timeAt } from "./panels.ts";

/** Cash beside every book, USD: enough that equity never matters. */
export const cashUsd: number = 1_000_000;
/** Dollars of one inverse contract. */
const inverseContractUsd = 10;
/** A coin is traded once it has been observed for so long: no venue margins a coin of yesterday. */
const listedDays = 60;

const majors = new Set(["BTC", "ETH", "SOL", "BNB", "XRP"]);

const instruments = new Map<string, Instrument>();

/** The one object of an instrument, so that what is remembered of it stays. */
function instrumentOf(kind: "perpetual" | "inverse", symbol: string): Instrument {
  const id = kind === "inverse" ? `${symbol}-INVERSE` : `${symbol}-PERP`;
  const known = instruments.get(id);
  if (known) return known;
  const made: Instrument = {
    id,
    underlying: symbol,
    quoteAsset: "USD",
    kind: "perpetual",
    settlement: kind === "inverse" ? "inverse" : "linear",
    contractSize: kind === "inverse" ? inverseContractUsd : 1,
  };
  instruments.set(id, made);
  return made;
}

/** Where a price was read, so that the price at a window's end is read at the same place. */
interface Source {
  readonly series: PriceSeries;
  readonly price: number;
}

/** Prices of a panel at one instant. */
export class RecordedInstant {
  readonly panel: Panel;
  readonly step: number;
  readonly coins: readonly string[];
  readonly market: Market;
  readonly #betas = new Map<string, number>();

  constructor(panel: Panel, step: number, coins: readonly string[]) {
    this.panel = panel;
    this.step = step;
    const listedSteps = (listedDays * dayMs) / panel.stepMs;
    this.coins = coins.filter((symbol) => {
      const index = this.index(symbol);
      return index !== undefined && observedBefore(indexSeries(panel, symbol), step) >= listedSteps;
    });
    this.market = this.#market();
  }

  get timeMs(): number {
    return timeAt(this.panel, this.step);
  }

  /** Price of a coin: of its spot market where that was recorded, else of its perpetual. */
  index(symbol: string): Source | undefined {
    return this.#first(this.panel.spot.get(symbol), this.panel.perpetual.get(symbol));
  }

  /** Mark of a linear perpetual: its own where recorded, else the coin's price. */
  perpetual(symbol: string): Source | undefined {
    return this.#first(this.panel.perpetual.get(symbol), this.panel.spot.get(symbol));
  }

  source({ kind, symbol }: Pick<Leg, "kind" | "symbol">): Source | undefined {
    if (kind === "coin") return this.index(symbol);
    if (kind === "perpetual") return this.perpetual(symbol);
    return this.#first(this.panel[kind].get(symbol));
  }

  /** Were a coin's spot and its perpetual both recorded? */
  recordsBasis(symbol: string, kinds: readonly Leg["kind"][]): boolean {
    const { panel, step } = this;
    const has = (series: PriceSeries | undefined): boolean => (series?.at(step) ?? 0) > 0;
    if (kinds.includes("inverse")) return has(panel.inverse.get(symbol));
    return has(panel.spot.get(symbol)) && has(panel.perpetual.get(symbol));
  }

  get view(): OpeningView {
    return { coins: this.coins, beta: (symbol, of) => this.#beta(symbol, of) };
  }
  /** Regression through the origin of daily moves on another coin's, over the days before. */
  #beta(symbol: string, of: string): number {
    const key = `${symbol} ${of}`;
    const known = this.#betas.get(key);
    if (known !== undefined) return known;
    const own = indexSeries(this.panel, symbol);
    const other = indexSeries(this.panel, of);
    const daySteps = dayMs / this.panel.stepMs;
    let products = 0;
    let squares = 0;
    let days = 0;
    for (let day = 0; day < betaDays; day++) {
      const to = this.step - day * daySteps;
      const from = to - daySteps;
      const x = (other[to] ?? Number.NaN) / (other[from] ?? Number.NaN) - 1;
      const y = (own[to] ?? Number.NaN) / (own[from] ?? Number.NaN) - 1;
      if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
      products += x * y;
      squares += x * x;
      days += 1;
    }
    const beta = days >= betaDays / 2 && squares > 0 ? products / squares : Number.NaN;
    this.#betas.set(key, beta);
    return beta;
  }

  #first(...candidates: readonly (PriceSeries | undefined)[]): Source | undefined {
    for (const series of candidates) {
      const price = series?.at(this.step) ?? Number.NaN;
      if (series && price > 0) return { series, price };
    }
    return undefined;
  }

  #market(): Market {
    const asOfMs = this.timeMs;
    const assets = new Map<string, AssetState>([
      ["USD", { asset: "USD", kind: "fiat", priceUsd: 1, confidence: 1 }],
    ]);
    const underlyings = new Map<string, UnderlyingState>();
    const listed = new Map<string, Instrument>();
    const quotes = new Map<string, Quote>();
    const list = (instrument: Instrument, mark: number): void => {
      listed.set(instrument.id, instrument);
      quotes.set(instrument.id, { instrument: instrument.id, mark, timeMs: asOfMs, confidence: 1 });
    };
    for (const symbol of this.coins) {
      const indexUsd = this.index(symbol)!.price;
      const forwards = linearForwardCurve({ asOfMs, spot: indexUsd, points: [] });
      underlyings.set(symbol, { symbol, indexUsd, confidence: 1, forwards });
      const kind = majors.has(symbol) ? "major" : "other";
      assets.set(symbol, { asset: symbol, kind, priceUsd: indexUsd, confidence: 1, underlying: symbol });
      list(instrumentOf("perpetual", symbol), this.perpetual(symbol)!.price);
      const inverse = this.source({ kind: "inverse", symbol });
      if (inverse) list(instrumentOf("inverse", symbol), inverse.price);
    }
    for (const [asset] of this.panel.stablecoin) {
      const priceUsd = this.source({ kind: "stablecoin", symbol: asset })?.price;
      if (priceUsd !== undefined) assets.set(asset, { asset, kind: "stablecoin", priceUsd, confidence: 1 });
    }
    for (const [asset] of this.panel.staked) {
      const priceUsd = this.source({ kind: "staked", symbol: asset })?.price;
      if (priceUsd !== undefined && underlyings.has("ETH"))
        assets.set(asset, { asset, kind: "staked", priceUsd, confidence: 1, underlying: "ETH" });
    }
    return {
      asOfMs,
      source: "recorded prices",
      synthetic: false,
      assets,
      underlyings,
      instruments: listed,
      quotes,
    };
  }
}

const joinedIndexes = new WeakMap<Panel, Map<string, Float64Array>>();

/** A coin's price over time: spot where recorded, else its perpetual. For histories and betas, never for losses. */
export function indexSeries(panel: Panel, symbol: string): Float64Array {
  const known = joinedIndexes.get(panel) ?? new Map<string, Float64Array>();
  joinedIndexes.set(panel, known);
  const made = known.get(symbol);
  if (made) return made;
  const spot = panel.spot.get(symbol);
  const perpetual = panel.perpetual.get(symbol);
  const joined = new Float64Array(panel.length);
  for (let step = 0; step < panel.length; step++) {
    const price = spot?.at(step) ?? Number.NaN;
    joined[step] = price > 0 ? price : (perpetual?.at(step) ?? Number.NaN);
  }
  known.set(symbol, joined);
  return joined;
}

const countsBefore = new WeakMap<Float64Array, Uint32Array>();

/** Steps at or before `step` at which a series was observed. */
function observedBefore(values: Float64Array, step: number): number {
  let counts = countsBefore.get(values);
  if (!counts) {
    counts = new Uint32Array(values.length);
    let count = 0;
    for (let index = 0; index < values.length; index++) {
      if (values[index]! > 0) count += 1;
      counts[index] = count;
    }
    countsBefore.set(values, counts);
  }
  return counts[step] ?? 0;
}

/** The panel's risk factors. A model is told the instant, and looks at nothing later. */
export function historyOf(panel: Panel, coins: readonly string[]): History {
  const series = new Map<string, FactorSeries>();
  const add = (factor: FactorSeries["factor"], of: string, values: Float64Array): void => {
    series.set(factorKey(factor, of), { factor, of, values });
  };
  for (const symbol of coins) add("spot", symbol, indexSeries(panel, symbol));
  for (const [asset, { values }] of panel.stablecoin) add("price", asset, values);
  const ether = indexSeries(panel, "ETH");
  for (const [asset, { values }] of panel.staked)
    add(
      "ratio",
      asset,
      values.map((value, step) => value / ether[step]!),
    );
  return {
    source: "recorded prices",
    synthetic: false,
    startMs: panel.startMs,
    intervalMs: panel.stepMs,
    length: panel.length,
    series,
  };
}

/** A book as it was opened. */
interface OpenBook {
  readonly index: number;
  readonly asked: AskedBook;
  readonly legs: readonly { readonly leg: Leg; readonly size: number; readonly source: Source }[];
  readonly notionalUsd: number;
}

const sized = (amount: number): string => amount.toFixed(amount !== 0 && Math.abs(amount) < 1 ? 12 : 8);

const isContract = ({ kind }: Leg): boolean => kind === "perpetual" || kind === "inverse";

/** Opens a book at an instant's prices; undefined when something that it needs was not recorded. */
export function openBook(book: LibraryBook, index: number, at: RecordedInstant): OpenBook | undefined {
  const wanted = book.legs(at.view);
  if (!wanted) return undefined;
  const traded = new Set(at.coins);
  const partly = holdsWhatIsTraded(book);
  const legs: OpenBook["legs"][number][] = [];
  const balances: Balance[] = [];
  const positions: Position[] = [];
  if (
    book.basisOf !== undefined &&
    !at.recordsBasis(
      book.basisOf,
      wanted.map(({ kind }) => kind),
    )
  )
    return undefined;
  let notionalUsd = 0;
  for (const leg of wanted) {
    const source = at.source(leg);
    const isCoin = leg.kind !== "stablecoin" && leg.kind !== "staked";
    if (!source || (isCoin && !traded.has(leg.symbol)) || (leg.kind === "staked" && !traded.has("ETH"))) {
      if (partly) continue;
      return undefined;
    }
    const { price } = source;
    const amount = parseDecimal(sized(leg.usd / (leg.kind === "inverse" ? inverseContractUsd : price)));
    const size = decimalToNumber(amount);
    if (size === 0) continue;
    legs.push({ leg, size, source });
    notionalUsd += Math.abs(leg.usd);
    if (isContract(leg)) {
      const { id } = instrumentOf(leg.kind === "inverse" ? "inverse" : "perpetual", leg.symbol);
      positions.push({ instrument: id, size: amount, entryPrice: price });
    } else balances.push({ asset: leg.symbol, amount });
  }
  if (legs.length === 0 || (partly && legs.length < 3)) return undefined;
  // Holdings alone are margined as they are; a lender knows no cash beside them.
  const cash = positions.length > 0 ? [{ asset: "USD", amount: parseDecimal(cashUsd) }] : [];
  const portfolioOf = (held: readonly Balance[], open: readonly Position[]): Portfolio => ({
    name: book.name,
    balances: held,
    positions: open,
    orders: [],
  });
  const deposited = balances.filter(({ amount }) => amount.coefficient > 0n);
  const valueUsd = legs.reduce((sum, { leg }) => sum + (isContract(leg) ? 0 : Math.max(0, leg.usd)), 0);
  return {
    index,
    asked: {
      portfolio: portfolioOf([...cash, ...balances], positions),
      holdsUnhedged: book.holdsUnhedged === true,
      ...(deposited.length > 0 && { deposits: { portfolio: portfolioOf(deposited, []), valueUsd } }),
    },
    legs,
    notionalUsd,
  };
}

/** Fall of a book's value until a later step, USD; undefined where a price was not recorded without a gap. */
export function lossUntil({ legs }: OpenBook, at: RecordedInstant, toStep: number): number | undefined {
  let lossUsd = 0;
  for (const { leg, size, source } of legs) {
    const { series, price } = source;
    if (!series.joins(at.step, toStep)) return undefined;
    const later = series.at(toStep);
    if (leg.kind !== "inverse") {
      lossUsd -= size * (later - price);
      continue;
    }
    // Paid in coin, which is worth what the coin costs then.
    const coin = at.index(leg.symbol);
    if (!coin?.series.joins(at.step, toStep)) return undefined;
    lossUsd -= size * inverseContractUsd * (1 / price - 1 / later) * coin.series.at(toStep);
  }
  return lossUsd;
}

/** One walk over a panel. */
export interface Walk {
  readonly panel: Panel;
  /** What may be traded, from the whole folder. */
  readonly coins: readonly string[];
  readonly books: readonly LibraryBook[];
  /** Index of the first of `books` in the observations. */
  readonly firstBook: number;
  readonly horizons: readonly {
    /** In the observations. */
    readonly index: number;
    readonly steps: number;
    /** Does a window open at an instant? Never before the last one has closed. */
    readonly isDue: (ordinal: number, timeMs: number) => boolean;
  }[];
  /** Steps at which margin is asked for, ascending. */
  readonly instants: readonly { readonly step: number; readonly ordinal: number }[];
  /** No window ends at or after this step. */
  readonly endStep: number;
}

/** Asks every model at every instant, and adds what the books lost afterwards. Yields after each instant. */
export function* walk(
  { panel, coins, books, firstBook, horizons, instants, endStep }: Walk,
  models: ModelPanel,
  into: Observations,
): Generator<number> {
  const history = historyOf(panel, coins);
  for (const { step, ordinal } of instants) {
    const at = new RecordedInstant(panel, step, coins);
    const due = horizons.filter(
      ({ isDue, steps }) => step + steps < endStep && isDue(ordinal, timeAt(panel, step)),
    );
    if (at.coins.length > 0 && due.length > 0) {
      const open = books.flatMap((book, index) => openBook(book, index, at) ?? []);
      const asked = models.ask(
        open.map((one) => one.asked),
        at.market,
        history,
      );
      for (const [row, one] of open.entries()) {
        for (const { index: horizon, steps } of due) {
          const lossUsd = lossUntil(one, at, step + steps);
          if (lossUsd === undefined) continue;
          into.add({
            book: firstBook + one.index,
            horizon,
            startMs: at.timeMs,
            endMs: at.timeMs + steps * panel.stepMs,
            lossUsd,
            notionalUsd: one.notionalUsd,
            ...asked[row]!,
          });
        }
      }
    }
    yield at.timeMs;
  }
}

/** Hours between two instants of the hourly walk: a day and an hour, so that every hour of the day has its turn. */
export const instantHours: number = 25;
