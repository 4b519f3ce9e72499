import { randomStream, type RandomStream } from "../../numerics/index.ts";
import { type StudiedBook } from "./observations.ts";

/** What one leg of a book holds. */
export interface Leg {
  /** `coin`, `stablecoin` and `staked` are balances (a debt when negative); the others are contracts, which enter at their marks. */
  readonly kind: "perpetual" | "inverse" | "coin" | "stablecoin" | "staked";
  /** Coin or asset. */
  readonly symbol: string;
  /** Signed value at the start, USD. */
  readonly usd: number;
}

/** What is known at the instant at which a book is opened. */
export interface OpeningView {
  /** Coins that are traded, in order of name. */
  readonly coins: readonly string[];
  /** Beta of a coin's daily moves to another's over the {@link betaDays} days before; NaN when they are too few. */
  beta(symbol: string, of: string): number;
}

/** A book of the library: a rule that gives legs at any instant, and never looks ahead. */
export interface LibraryBook extends StudiedBook {
  /** Coin whose spot and perpetual must both be recorded, since the book lives on their difference. */
  readonly basisOf?: string;
  /** It holds collateral that nothing hedges, so that a model which asks nothing for collateral does not margin the book. */
  readonly holdsUnhedged?: boolean;
  /** Legs at an instant; undefined when the book cannot be opened then. */
  legs(view: OpeningView): readonly Leg[] | undefined;
}

/** What may be traded. All lists in order of name. */
export interface LibraryAssets {
  readonly coins: readonly string[];
  /** Coins with coin-margined perpetuals. */
  readonly inverse: readonly string[];
  readonly stablecoins: readonly string[];
}

/** Value of one leg at the size 1×, USD. */
export const unitUsd: number = 100_000;
/** Days of daily moves behind a beta. */
export const betaDays: number = 90;
/** Size at which liquidity, concentration and tiers matter, in units. */
const largeSize = 20;
const makers = 8;
const randomBooks = 12;

type Draft = Pick<LibraryBook, "name" | "type" | "asset"> &
  Partial<Pick<LibraryBook, "group" | "basisOf" | "holdsUnhedged">> & {
    readonly legs: readonly Leg[] | LibraryBook["legs"];
  };

const book = ({ legs, group = "plain", ...rest }: Draft): LibraryBook => ({
  ...rest,
  track: "delta-one",
  group,
  legs: typeof legs === "function" ? legs : () => legs,
});

const perpetual = (symbol: string, usd: number): Leg => ({ kind: "perpetual", symbol, usd });
const coin = (symbol: string, usd: number): Leg => ({ kind: "coin", symbol, usd });

/** One coin, one side. */
function singleLegs(coins: readonly string[]): LibraryBook[] {
  return coins.flatMap((symbol) => {
    const legs = (usd: number): readonly Leg[] => [perpetual(symbol, usd)];
    const large = largeSize * unitUsd;
    return [
      book({ name: `long perpetual, ${symbol}`, type: "long perpetual", asset: symbol, legs: legs(unitUsd) }),
      book({
        name: `short perpetual, ${symbol}`,
        type: "short perpetual",
        asset: symbol,
        legs: legs(-unitUsd),
      }),
      book({
        name: `long perpetual of 2 million, ${symbol}`,
        type: "long perpetual, 20×",
        asset: symbol,
        legs: legs(large),
      }),
      book({
        name: `short perpetual of 2 million, ${symbol}`,
        type: "short perpetual, 20×",
        asset: symbol,
        legs: legs(-large),
      }),
    ];
  });
}

/** One coin against another: equal dollars, and so much that market moves cancel. */
function pairs(
  coins: readonly string[],
  against: string,
  weights: "equal" | "equal and by beta",
): LibraryBook[] {
  return coins
    .filter((symbol) => symbol !== against)
    .flatMap((symbol) => {
      const asset = `${symbol}+${against}`;
      const weighted =
        (sign: number): LibraryBook["legs"] =>
        (view) => {
          const beta = view.beta(symbol, against);
          if (!(beta > 0.05 && beta < 10)) return undefined;
          return [perpetual(symbol, sign * unitUsd), perpetual(against, -sign * unitUsd * beta)];
        };
      const byBeta = [
        book({
          name: `long ${symbol} short ${against} by beta`,
          type: `long coin short ${against} by beta`,
          asset,
          legs: weighted(1),
        }),
        book({
          name: `short ${symbol} long ${against} by beta`,
          type: `short coin long ${against} by beta`,
          asset,
          legs: weighted(-1),
        }),
      ];
      return [
        book({
          name: `long ${symbol} short ${against}, equal dollars`,
          type: `long coin short ${against}`,
          asset,
          legs: [perpetual(symbol, unitUsd), perpetual(against, -unitUsd)],
        }),
        book({
          name: `short ${symbol} long ${against}, equal dollars`,
          type: `short coin long ${against}`,
          asset,
          legs: [perpetual(symbol, -unitUsd), perpetual(against, unitUsd)],
        }),
        ...(weights === "equal" ? [] : byBeta),
      ];
    });
}

/** A coin as collateral, alone, levered, and hedged. */
function collateral(coins: readonly string[]): LibraryBook[] {
  return coins.flatMap((symbol) => [
    book({
      name: `${symbol} held`,
      type: "coin held",
      asset: symbol,
      holdsUnhedged: true,
      legs: [coin(symbol, unitUsd)],
    }),
    book({
      name: `${symbol} held, long perpetual`,
      type: "coin held, long perpetual",
      asset: symbol,
      holdsUnhedged: true,
      legs: [coin(symbol, unitUsd), perpetual(symbol, unitUsd)],
    }),
    book({
      name: `${symbol} held, short perpetual`,
      type: "coin against short perpetual",
      asset: symbol,
      basisOf: symbol,
      legs: [coin(symbol, unitUsd), perpetual(symbol, -unitUsd)],
    }),
    book({
      name: `${symbol} borrowed, long perpetual`,
      type: "borrowed coin against long perpetual",
      asset: symbol,
      basisOf: symbol,
      legs: [coin(symbol, -unitUsd), perpetual(symbol, unitUsd)],
    }),
  ]);
}

function inverseBooks(symbols: readonly string[]): LibraryBook[] {
  return symbols.flatMap((symbol) => {
    const inverse = (usd: number): Leg => ({ kind: "inverse", symbol, usd });
    const of = (
      name: string,
      legs: readonly Leg[],
      more: Partial<Pick<LibraryBook, "basisOf" | "holdsUnhedged">> = {},
    ): LibraryBook => book({ name: `${name}, ${symbol}`, type: name, asset: symbol, legs, ...more });
    return [
      of("long inverse perpetual", [inverse(unitUsd)]),
      of("short inverse perpetual", [inverse(-unitUsd)]),
      of("coin against short inverse perpetual", [coin(symbol, unitUsd), inverse(-unitUsd)]),
      of("coin held, long inverse perpetual", [coin(symbol, unitUsd), inverse(unitUsd)], {
        holdsUnhedged: true,
      }),
      of("inverse against linear perpetual", [inverse(unitUsd), perpetual(symbol, -unitUsd)], {
        basisOf: symbol,
      }),
      of("linear against inverse perpetual", [inverse(-unitUsd), perpetual(symbol, unitUsd)], {
        basisOf: symbol,
      }),
    ];
  });
}

/** Stablecoins beside positions of the reference coin, and against each other. */
function stablecoinBooks(stablecoins: readonly string[], reference: string | undefined): LibraryBook[] {
  const stable = (symbol: string, usd: number): Leg => ({ kind: "stablecoin", symbol, usd });
  const alone = stablecoins.flatMap((symbol) => [
    book({
      name: `${symbol} held`,
      type: "stablecoin held",
      asset: symbol,
      holdsUnhedged: true,
      legs: [stable(symbol, unitUsd)],
    }),
    book({
      name: `${symbol} owed`,
      type: "stablecoin owed",
      asset: symbol,
      legs: [stable(symbol, -unitUsd)],
    }),
    ...(reference === undefined
      ? []
      : [
          book({
            name: `${symbol} held, long ${reference}`,
            type: "stablecoin held, long perpetual",
            asset: `${symbol}+${reference}`,
            legs: [stable(symbol, unitUsd), perpetual(reference, unitUsd)],
          }),
          book({
            name: `${symbol} held, short ${reference}`,
            type: "stablecoin held, short perpetual",
            asset: `${symbol}+${reference}`,
            legs: [stable(symbol, unitUsd), perpetual(reference, -unitUsd)],
          }),
        ]),
  ]);
  const mixes = stablecoins.flatMap((held, index) =>
    stablecoins.slice(index + 1).map((other) =>
      book({
        name: `${held} and ${other} held`,
        type: "two stablecoins held",
        asset: `${held}+${other}`,
        holdsUnhedged: true,
        legs: [stable(held, unitUsd), stable(other, unitUsd)],
      }),
    ),
  );
  return [...alone, ...mixes];
}

/** Seeded numbers that belong to a name: the same whatever other coins a folder holds. */
function streamOf(seed: number, name: string): RandomStream {
  let hash = 2_166_136_261;
  for (let index = 0; index < name.length; index++)
    hash = Math.imul(hash ^ name.charCodeAt(index), 16_777_619);
  return randomStream(BigInt(seed) * 4_294_967_296n + BigInt(hash >>> 0));
}

/** Books over many coins. A coin that is not traded at an instant is left out by whoever opens the book. */
function manyCoins(coins: readonly string[], seed: number): LibraryBook[] {
  if (coins.length < 3) return [];
  const all = "many";
  const each = (usd: (symbol: string, index: number) => number): readonly Leg[] =>
    coins.map((symbol, index) => perpetual(symbol, usd(symbol, index)));
  const makerBooks = Array.from({ length: makers }, (_, maker) =>
    book({
      name: `market-maker inventory ${maker + 1}`,
      type: "market-maker inventory",
      asset: "many",
      // Normal inventories: most small, a few large, no side preferred.
      legs: each((symbol) => unitUsd * streamOf(seed, `maker ${maker} ${symbol}`).nextNormal()),
    }),
  );
  const random = Array.from({ length: randomBooks }, (_, number) => {
    const stream = streamOf(seed, `random ${number}`);
    const sizes = Array.from({ length: 2 + stream.nextBelow(4) }, () =>
      Math.round(unitUsd * (2 * stream.nextFloat() - 1)),
    );
    // Every coin draws a ticket of its own; the lowest of those traded are in the book.
    const tickets = new Map(
      coins.map((symbol) => [symbol, streamOf(seed, `random ${number} ${symbol}`).nextFloat()]),
    );
    return book({
      name: `random book ${number + 1}`,
      type: "random book",
      asset: "many",
      legs: (view) => {
        const chosen = view.coins.toSorted((a, b) => (tickets.get(a) ?? 1) - (tickets.get(b) ?? 1));
        if (chosen.length < sizes.length) return undefined;
        return sizes.map((usd, index) => perpetual(chosen[index]!, usd));
      },
    });
  });
  return [
    book({
      name: "all coins long, equal dollars",
      type: "many coins long",
      asset: all,
      legs: each(() => unitUsd),
    }),
    book({
      name: "all coins short, equal dollars",
      type: "many coins short",
      asset: all,
      legs: each(() => -unitUsd),
    }),
    book({
      name: "every other coin long, the rest short",
      type: "many coins, half long half short",
      asset: all,
      legs: each((_, index) => (index % 2 === 0 ? unitUsd : -unitUsd)),
    }),
    book({
      name: "every other coin short, the rest long",
      type: "many coins, half long half short",
      asset: all,
      legs: each((_, index) => (index % 2 === 0 ? -unitUsd : unitUsd)),
    }),
    ...makerBooks,
    ...random,
  ];
}

/** Books that stay open when some of their coins are not traded: they hold the rest. */
export const holdsWhatIsTraded = ({ type }: Pick<StudiedBook, "type">): boolean =>
  type.startsWith("many coins") || type === "market-maker inventory";

/** Collateral books are of the coins that venues take first. */
const collateralCoins: readonly string[] = ["BTC", "ETH", "SOL", "BNB", "LTC", "ADA", "DOGE", "LINK"];

/**
 * The library of books without options. It depends on the names of what is traded and the seed alone, not on any price, and
 * was fixed before any price after the training span was looked at.
 */
export function deltaOneBooks(
  { coins, inverse, stablecoins }: LibraryAssets,
  seed: number,
): readonly LibraryBook[] {
  const has = (symbol: string): boolean => coins.includes(symbol);
  return [
    ...singleLegs(coins),
    ...(has("BTC") ? pairs(coins, "BTC", "equal and by beta") : []),
    ...(has("ETH")
      ? pairs(
          coins.filter((symbol) => symbol !== "BTC"),
          "ETH",
          "equal",
        )
      : []),
    ...collateral(collateralCoins.filter(has)),
    ...inverseBooks(inverse.filter(has)),
    ...stablecoinBooks(stablecoins, has("BTC") ? "BTC" : coins[0]),
    ...manyCoins(coins, seed),
  ];
}
