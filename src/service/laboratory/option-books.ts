import { type Instrument, type Market, type Portfolio, type Position } from "../../market/index.ts";
import { randomStream } from "../../numerics/index.ts";
import { type Decimal, parseDecimal } from "../../quantity/index.ts";
import { assetPriceUsd, markOf } from "../../risk/index.ts";
import { type AskedBook } from "./models.ts";
import { type StudiedBook } from "./observations.ts";
import { type ListedOption, OptionChainView } from "./option-chain-view.ts";

/** A book of options that can be built from any market that lists its contracts. */
export interface OptionBook extends StudiedBook {
  /** Units of the coin that one leg is of. */
  readonly size: number;
  readonly underlyings: readonly string[];
  /** Undefined when the market does not list what the book needs. */
  build(chains: OptionChains): AskedBook | undefined;
}

/**
 * The size whose turn it is at an instant, drawn by a seed of the instant: of two sizes of one book at one time, the second would
 * be the first window counted twice.
 */
export const sizeAt = (asOfMs: number): number =>
  sizes[randomStream(Math.floor(asOfMs / hourMs)).nextBelow(sizes.length)]!;

/** The views of one market, made once for all books. */
export type OptionChains = ReadonlyMap<string, OptionChainView>;

export const optionChainsOf = (market: Market): OptionChains =>
  new Map(
    [...market.underlyings.keys()].sort().map((symbol) => [symbol, new OptionChainView(market, symbol)]),
  );

/** Dollars that each book holds per unit of size: far from liquidation under any rule. */
const cashPerUnit = 1_000_000;
const hourMs = 3_600_000;
const sizes = [1, 20] as const;
const coins = ["BTC", "ETH"] as const;

interface Leg {
  readonly instrument: Instrument;
  /** Contracts, signed. */
  readonly contracts: number;
}

/** What a template puts together: legs for one unit, and coin beside them. Missing contracts spoil the book. */
interface Draft {
  readonly legs: readonly (Leg | undefined)[];
  readonly coin?: number;
  /** Options or contracts pay when the coin falls. */
  readonly coinIsHedged?: boolean;
}

interface Template {
  readonly type: string;
  readonly group: StudiedBook["group"];
  draft(chain: OptionChainView): Draft;
}

interface PairTemplate {
  readonly type: string;
  readonly group: StudiedBook["group"];
  /** The same book, but for its size, when the coins change places. */
  readonly symmetric?: boolean;
  draft(first: OptionChainView, second: OptionChainView): Draft;
}

const leg = (listed: ListedOption | undefined, contracts: number): Leg | undefined =>
  listed && { instrument: listed.option, contracts };

/** An option by delta, and how many of it. */
const of = (
  chain: OptionChainView,
  optionType: "call" | "put",
  days: number,
  delta: number,
  contracts: number,
): Leg | undefined => leg(chain.byDelta(optionType, days, delta), contracts);

/** Call and put of one strike, that nearest to a multiple of the forward. */
function pair(
  chain: OptionChainView,
  days: number,
  contracts: { readonly call: number; readonly put: number },
  forwardShare: number = 1,
): (Leg | undefined)[] {
  const strike = forwardShare * chain.forward(days);
  return [
    leg(chain.byStrike("call", days, strike), contracts.call),
    leg(chain.byStrike("put", days, strike), contracts.put),
  ];
}

/** The perpetual, in units of the coin that it moves like. */
function perpetual(chain: OptionChainView, units: number): Leg | undefined {
  const instrument = chain.perpetual;
  if (!instrument) return undefined;
  const each = chain.deltaOf(instrument);
  return each > 0 ? { instrument, contracts: units / each } : undefined;
}

/** The legs and the perpetual that takes their delta away. */
function hedged(chain: OptionChainView, legs: readonly (Leg | undefined)[]): (Leg | undefined)[] {
  const delta = legs.reduce(
    (sum, part) => sum + (part ? part.contracts * chain.deltaOf(part.instrument) : 0),
    0,
  );
  return [...legs, perpetual(chain, -delta)];
}

const strangle = (
  chain: OptionChainView,
  days: number,
  delta: number,
  contracts: number,
): (Leg | undefined)[] => [
  of(chain, "call", days, delta, contracts),
  of(chain, "put", days, delta, contracts),
];

/**
 * An inventory as market makers hold: 20 to 50 different options of all tenors from 3 to 200 days, sizes drawn anew at every
 * instant from what is listed then.
 *
 * @param lean - contracts of an option by its delta: adds to a draw between −1 and 1.
 */
function inventory(
  chain: OptionChainView,
  seed: number,
  lean: (delta: number) => number = () => 0,
): (Leg | undefined)[] {
  const { asOfMs } = chain.market;
  const listed = chain.options.filter(({ option, delta }) => {
    const days = (option.expiryMs - asOfMs) / (24 * hourMs);
    return days >= 3 && days <= 200 && Math.abs(delta) >= 0.05 && Math.abs(delta) <= 0.95;
  });
  const draw = randomStream(
    (BigInt(seed) << 40n) +
      (BigInt(chain.underlying.charCodeAt(0)) << 32n) +
      BigInt(Math.floor(asOfMs / hourMs)),
  );
  const count = 20 + Math.floor(31 * draw.nextFloat());
  if (listed.length < count) return [undefined];
  const pool = [...listed];
  const legs: Leg[] = [];
  for (let at = 0; at < count; at++) {
    const other = at + Math.floor((pool.length - at) * draw.nextFloat());
    const [here, there] = [pool[at]!, pool[other]!];
    pool[at] = there;
    pool[other] = here;
    const contracts = 2 * draw.nextFloat() - 1 + lean(Math.abs(there.delta));
    legs.push({ instrument: there.option, contracts });
  }
  return legs;
}

/** Sells what is far out of the money, buys what is near: what is left over after many customers bought insurance. */
const shortWings = (delta: number): number => (delta < 0.2 ? -0.75 : delta > 0.35 && delta < 0.65 ? 0.5 : 0);

const plain = (type: string, draft: Template["draft"]): Template => ({ type, group: "plain", draft });
const covered = (type: string, draft: Template["draft"]): Template => ({
  type,
  group: "option-hedged",
  draft,
});
const single = (side: "long" | "short", optionType: "call" | "put", delta: number, days: number): Template =>
  plain(`${side} ${optionType}, ${delta} delta, ${days} d`, (chain) => ({
    legs: [of(chain, optionType, days, delta / 100, side === "long" ? 1 : -1)],
  }));

const templates: readonly Template[] = [
  single("long", "call", 25, 30),
  single("long", "call", 50, 7),
  single("long", "put", 25, 30),
  single("long", "put", 50, 90),
  single("short", "call", 10, 2),
  single("short", "call", 25, 30),
  single("short", "call", 50, 7),
  single("short", "put", 10, 7),
  single("short", "put", 25, 30),
  single("short", "put", 50, 90),
  plain("short straddle, 2 d", (chain) => ({ legs: pair(chain, 2, { call: -1, put: -1 }) })),
  plain("short straddle, 30 d", (chain) => ({ legs: pair(chain, 30, { call: -1, put: -1 }) })),
  plain("long straddle, 7 d", (chain) => ({ legs: pair(chain, 7, { call: 1, put: 1 }) })),
  plain("long straddle, 90 d", (chain) => ({ legs: pair(chain, 90, { call: 1, put: 1 }) })),
  plain("short strangle, 10 delta, 7 d", (chain) => ({ legs: strangle(chain, 7, 0.1, -1) })),
  plain("short strangle, 25 delta, 30 d", (chain) => ({ legs: strangle(chain, 30, 0.25, -1) })),
  plain("long strangle, 25 delta, 30 d", (chain) => ({ legs: strangle(chain, 30, 0.25, 1) })),
  plain("call ratio 1 × 2, 30 d", (chain) => ({
    legs: [of(chain, "call", 30, 0.5, 1), of(chain, "call", 30, 0.25, -2)],
  })),
  plain("put ratio 1 × 2, 30 d", (chain) => ({
    legs: [of(chain, "put", 30, 0.5, 1), of(chain, "put", 30, 0.25, -2)],
  })),
  plain("risk reversal, 30 d", (chain) => ({
    legs: [of(chain, "call", 30, 0.25, 1), of(chain, "put", 30, 0.25, -1)],
  })),
  plain("inventory", (chain) => ({ legs: inventory(chain, 1) })),
  covered("call spread, debit, 30 d", (chain) => ({
    legs: [of(chain, "call", 30, 0.5, 1), of(chain, "call", 30, 0.25, -1)],
  })),
  covered("call spread, credit, 7 d", (chain) => ({
    legs: [of(chain, "call", 7, 0.4, -1), of(chain, "call", 7, 0.15, 1)],
  })),
  covered("put spread, credit, 30 d", (chain) => ({
    legs: [of(chain, "put", 30, 0.4, -1), of(chain, "put", 30, 0.15, 1)],
  })),
  covered("put spread, debit, 90 d", (chain) => ({
    legs: [of(chain, "put", 90, 0.5, 1), of(chain, "put", 90, 0.25, -1)],
  })),
  covered("call calendar, short 7 d long 30 d", (chain) => {
    const strike = chain.forward(30);
    return { legs: [leg(chain.byStrike("call", 7, strike), -1), leg(chain.byStrike("call", 30, strike), 1)] };
  }),
  covered("call calendar, long 30 d short 90 d", (chain) => {
    const strike = chain.forward(30);
    return {
      legs: [leg(chain.byStrike("call", 30, strike), 1), leg(chain.byStrike("call", 90, strike), -1)],
    };
  }),
  covered("put diagonal, short 7 d long 30 d", (chain) => ({
    legs: [of(chain, "put", 7, 0.25, -1), of(chain, "put", 30, 0.4, 1)],
  })),
  covered("call butterfly, 30 d", (chain) => {
    const [low, middle, high] = [0.92, 1, 1.08].map((share) =>
      chain.byStrike("call", 30, share * chain.forward(30)),
    );
    return { legs: [leg(low, 1), leg(middle, -2), leg(high, 1)] };
  }),
  covered("iron butterfly, short, 30 d", (chain) => ({
    legs: [...pair(chain, 30, { call: -1, put: -1 }), ...strangle(chain, 30, 0.15, 1)],
  })),
  covered("iron condor, short, 7 d", (chain) => ({
    legs: [...strangle(chain, 7, 0.25, -1), ...strangle(chain, 7, 0.08, 1)],
  })),
  covered("box, long, 30 d", (chain) => ({
    legs: [...pair(chain, 30, { call: 1, put: -1 }, 0.9), ...pair(chain, 30, { call: -1, put: 1 }, 1.1)],
  })),
  covered("box, short, 90 d", (chain) => ({
    legs: [...pair(chain, 90, { call: -1, put: 1 }, 0.9), ...pair(chain, 90, { call: 1, put: -1 }, 1.1)],
  })),
  covered("jelly roll, 30 d against 90 d", (chain) => ({
    legs: [...pair(chain, 30, { call: -1, put: 1 }), ...pair(chain, 90, { call: 1, put: -1 })],
  })),
  covered("conversion, 30 d", (chain) => ({
    legs: [...pair(chain, 30, { call: -1, put: 1 }), perpetual(chain, 1)],
  })),
  covered("reversal, 30 d", (chain) => ({
    legs: [...pair(chain, 30, { call: 1, put: -1 }), perpetual(chain, -1)],
  })),
  covered("covered call, coin, 30 d", (chain) => ({ legs: [of(chain, "call", 30, 0.25, -1)], coin: 1 })),
  covered("covered call, perpetual, 7 d", (chain) => ({
    legs: [of(chain, "call", 7, 0.4, -1), perpetual(chain, 1)],
  })),
  covered("covered put, perpetual, 30 d", (chain) => ({
    legs: [of(chain, "put", 30, 0.4, -1), perpetual(chain, -1)],
  })),
  covered("protective put, perpetual, 30 d", (chain) => ({
    legs: [of(chain, "put", 30, 0.4, 1), perpetual(chain, 1)],
  })),
  covered("collar, coin, 30 d", (chain) => ({
    legs: [of(chain, "put", 30, 0.25, 1), of(chain, "call", 30, 0.25, -1)],
    coin: 1,
    coinIsHedged: true,
  })),
  covered("risk reversal, delta hedged, 30 d", (chain) => ({
    legs: hedged(chain, [of(chain, "call", 30, 0.25, 1), of(chain, "put", 30, 0.25, -1)]),
  })),
  covered("short straddle, delta hedged, 2 d", (chain) => ({
    legs: hedged(chain, pair(chain, 2, { call: -1, put: -1 })),
  })),
  covered("short straddle, delta hedged, 30 d", (chain) => ({
    legs: hedged(chain, pair(chain, 30, { call: -1, put: -1 })),
  })),
  covered("short strangle, 10 delta, delta hedged, 7 d", (chain) => ({
    legs: hedged(chain, strangle(chain, 7, 0.1, -1)),
  })),
  covered("long straddle, delta hedged, 7 d", (chain) => ({
    legs: hedged(chain, pair(chain, 7, { call: 1, put: 1 })),
  })),
  covered("long strangle, 25 delta, delta hedged, 90 d", (chain) => ({
    legs: hedged(chain, strangle(chain, 90, 0.25, 1)),
  })),
  covered("inventory, delta hedged", (chain) => ({ legs: hedged(chain, inventory(chain, 2)) })),
  covered("inventory, short wings, delta hedged", (chain) => ({
    legs: hedged(chain, inventory(chain, 3, shortWings)),
  })),
];

const bothHedged = (
  first: OptionChainView,
  second: OptionChainView,
  legs: (chain: OptionChainView) => (Leg | undefined)[],
  units: readonly [first: number, second: number],
): Draft => ({
  legs: [first, second].flatMap((chain, at) =>
    hedged(
      chain,
      legs(chain).map((part) => part && { ...part, contracts: part.contracts * (units[at] ?? 0) }),
    ),
  ),
});

/** Of the second coin as many as the first is worth. */
const partners = (first: OptionChainView, second: OptionChainView): number =>
  first.indexUsd / second.indexUsd;

const pairTemplates: readonly PairTemplate[] = [
  {
    type: "short strangles on both coins, delta hedged, 30 d",
    group: "option-hedged",
    symmetric: true,
    draft: (first, second) =>
      bothHedged(first, second, (chain) => strangle(chain, 30, 0.25, -1), [1, partners(first, second)]),
  },
  {
    type: "short straddle against long straddle of the other coin, delta hedged, 30 d",
    group: "option-hedged",
    draft: (first, second) =>
      bothHedged(first, second, (chain) => pair(chain, 30, { call: 1, put: 1 }), [
        -1,
        partners(first, second),
      ]),
  },
  {
    type: "long call against short call of the other coin, 30 d",
    group: "option-hedged",
    draft: (first, second) => ({
      legs: [of(first, "call", 30, 0.4, 1), of(second, "call", 30, 0.4, -partners(first, second))],
    }),
  },
  {
    type: "short put against the other coin's perpetual, short, 30 d",
    group: "option-hedged",
    draft: (first, second) => ({
      legs: [of(first, "put", 30, 0.4, -1), perpetual(second, -0.4 * partners(first, second))],
    }),
  },
  {
    type: "inventories of both coins, delta hedged",
    group: "option-hedged",
    symmetric: true,
    draft: (first, second) =>
      bothHedged(first, second, (chain) => inventory(chain, 4), [1, partners(first, second)]),
  },
];

/** As an exchange would take it: six decimals. */
const decimalOf = (amount: number): Decimal => parseDecimal(amount.toFixed(6));

/** Legs of one instrument become one position; a book that lacks a contract, or whose legs meet in one, is none. */
function askedBook(
  name: string,
  draft: Draft,
  market: Market,
  { coin, size }: { readonly coin: string; readonly size: number },
): AskedBook | undefined {
  const positions = new Map<string, Position>();
  for (const part of draft.legs) {
    if (!part) return undefined;
    const { instrument, contracts } = part;
    // What is not paid for when it is opened gains from its mark on.
    const entry = instrument.kind === "option" ? {} : { entryPrice: markOf(market, instrument) };
    positions.set(instrument.id, {
      instrument: instrument.id,
      size: decimalOf(contracts * size),
      ...entry,
    });
  }
  if (positions.size < draft.legs.length) return undefined;
  const portfolioOf = (balances: Portfolio["balances"], held: Portfolio["positions"]): Portfolio => ({
    name,
    balances,
    positions: held,
    orders: [],
  });
  const units = (draft.coin ?? 0) * size;
  const coins = units === 0 ? [] : [{ asset: coin, amount: decimalOf(units) }];
  const held = [...positions.values()].filter((position) => position.size.coefficient !== 0n);
  return {
    portfolio: portfolioOf([{ asset: "USD", amount: decimalOf(cashPerUnit * size) }, ...coins], held),
    holdsUnhedged: units > 0 && draft.coinIsHedged !== true,
    ...(units > 0 && {
      deposits: { portfolio: portfolioOf(coins, []), valueUsd: units * assetPriceUsd(market, coin) },
    }),
  };
}

function bookOf(
  track: StudiedBook["track"],
  { type, group }: Pick<Template, "type" | "group">,
  underlyings: readonly string[],
  size: number,
  draft: (chains: readonly OptionChainView[]) => Draft,
): OptionBook {
  const asset = underlyings.join("+");
  const name = `${type}, ${asset}${size === 1 ? "" : ` × ${size}`}`;
  return {
    name,
    type,
    asset,
    track,
    group,
    size,
    underlyings,
    build(chains) {
      const own = underlyings.flatMap((symbol) => chains.get(symbol) ?? []);
      const [first] = own;
      if (!first || own.length < underlyings.length) return undefined;
      return askedBook(name, draft(own), first.market, { coin: first.underlying, size });
    },
  };
}

/**
 * The library of option books, fixed before any chain of the judged span was looked at: single options, spreads, straddles,
 * calendars, boxes, conversions, covered and delta-hedged books and market makers' inventories on BTC and ETH, and books that set
 * one coin against the other; each of one coin and of twenty. Order and names do not change from run to run.
 *
 * What a book is called says which contracts it takes: those nearest to the delta or strike at the expiry nearest to the days,
 * of what is listed at the instant. A ratio and a risk reversal without a hedge are `plain`: one short option is uncovered.
 */
export const optionBooks = (track: "options" | "simulated-options"): readonly OptionBook[] => [
  ...coins.flatMap((coin) =>
    templates.flatMap((template) =>
      sizes.map((size) => bookOf(track, template, [coin], size, ([chain]) => template.draft(chain!))),
    ),
  ),
  ...coins.flatMap((coin, at) =>
    pairTemplates
      .filter(({ symmetric = false }) => at === 0 || !symmetric)
      .flatMap((template) =>
        sizes.map((size) =>
          bookOf(track, template, [coin, coin === "BTC" ? "ETH" : "BTC"], size, ([first, second]) =>
            template.draft(first!, second!),
          ),
        ),
      ),
  ),
];
