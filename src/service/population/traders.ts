import { type MarginMode } from "../../clearing/index.ts";
import { exp, type RandomStream } from "../../numerics/index.ts";

/** How a trader trades; docs/replay.md says what each does. */
export type Temperament =
  | "long"
  | "short"
  | "pair"
  | "inverseLong"
  | "basis"
  | "coveredCall"
  | "protectivePut"
  | "straddleSeller"
  | "spread"
  | "optionBuyer"
  | "holder";

/** What a trader does when its margin is called. */
export type Nerve = "topsUp" | "cuts" | "freezes";

/** One coin of a trader's book; the weights' sizes sum to 1. */
export interface Share {
  readonly coin: string;
  /** Signed: negative against the trader's direction. */
  readonly weight: number;
}

export interface Trader {
  readonly signer: string;
  readonly temperament: Temperament;
  readonly mode: MarginMode;
  readonly shares: readonly Share[];
  /** Notional over equity that it aims at. */
  readonly leverage: number;
  /** Worth of its first deposit, and what it can add later. */
  readonly equityUsd: number;
  reserveUsd: number;
  /** What it deposits, by name. */
  readonly collateral: string;
  readonly nerve: Nerve;
  readonly usesStops: boolean;
  /** −1 until it is opened. */
  account: number;
  /** Has it opened its first positions? */
  started: boolean;
}

/** Shares of the population, percent. What needs option chains trades perpetuals long where there are none. */
export const temperamentShares: readonly (readonly [Temperament, number])[] = [
  ["long", 30],
  ["short", 13],
  ["pair", 8],
  ["inverseLong", 5],
  ["basis", 9],
  ["coveredCall", 7],
  ["protectivePut", 6],
  ["straddleSeller", 6],
  ["spread", 6],
  ["optionBuyer", 6],
  ["holder", 4],
];

const needsOptions: ReadonlySet<Temperament> = new Set([
  "coveredCall",
  "protectivePut",
  "straddleSeller",
  "spread",
  "optionBuyer",
]);

export const tradesOptions = ({ temperament }: Trader): boolean => needsOptions.has(temperament);

export interface PopulationMarket {
  /** Coins with a perpetual, the most traded first. */
  readonly coins: readonly string[];
  /** Of those, with option chains. */
  readonly optionCoins: readonly string[];
  /** Names of assets that can be deposited, with a price. */
  readonly collateral: ReadonlySet<string>;
  readonly hasInverse: boolean;
}

/** Share of accounts on portfolio margin, among those whose books can gain from it. */
export interface PopulationShares {
  readonly portfolio: number;
}

const logNormal = (random: RandomStream, median: number, sigma: number): number =>
  median * exp(sigma * random.nextNormal());

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Draws trader after trader. The same stream and market draw the same. */
export function drawTrader(
  random: RandomStream,
  number: number,
  market: PopulationMarket,
  shares: PopulationShares,
): Trader {
  const drawn = drawTemperament(random);
  const usesOptions = needsOptions.has(drawn);
  const temperament =
    (usesOptions && market.optionCoins.length === 0) || (drawn === "inverseLong" && !market.hasInverse)
      ? "long"
      : drawn;
  const book = drawShares(random, temperament, market);
  const first = book[0]?.coin ?? "";
  const collateral = drawCollateral(random, temperament, first, market);
  const equityUsd = clamp(logNormal(random, 6_000, 1.6), 200, 4_000_000);
  return {
    signer: signerOf(number),
    temperament,
    mode: drawMode(random, temperament, shares),
    shares: book,
    leverage: drawLeverage(random, temperament),
    equityUsd,
    reserveUsd: equityUsd * 1.5 * random.nextFloat(),
    collateral,
    nerve: drawNerve(random),
    usesStops: random.nextFloat() < 0.25,
    account: -1,
    started: false,
  };
}

/** An address of the replay's own: nobody holds its key. */
export function signerOf(number: number): string {
  const word = Math.imul(number + 1, 0x9e37_79b1) >>> 0;
  return `0x${word.toString(16).padStart(8, "0")}${(number + 1).toString(16).padStart(32, "0")}`;
}

function drawTemperament(random: RandomStream): Temperament {
  let left = random.nextFloat() * temperamentShares.reduce((sum, [, share]) => sum + share, 0);
  for (const [temperament, share] of temperamentShares) if ((left -= share) < 0) return temperament;
  return "holder";
}

/** Two in three trade one coin; the rest spread over two to four. */
function drawShares(random: RandomStream, temperament: Temperament, market: PopulationMarket): Share[] {
  if (temperament === "inverseLong") return [{ coin: "BTC", weight: 1 }];
  const held = market.coins.filter((coin) => market.collateral.has(coin));
  const coins = needsOptions.has(temperament)
    ? market.optionCoins
    : temperament === "basis" && held.length > 0
      ? held
      : market.coins;
  const single = needsOptions.has(temperament) || temperament === "basis" || temperament === "holder";
  const spread = random.nextFloat();
  const wanted = single || (temperament !== "pair" && spread < 0.65) ? 1 : 2 + random.nextBelow(3);
  const chosen = new Set<string>();
  const first = drawCoin(random, coins);
  chosen.add(first);
  for (let tries = 0; chosen.size < Math.min(wanted, coins.length) && tries < 32; tries++) {
    chosen.add(drawCoin(random, coins));
  }
  const sizes = [...chosen].map((coin) => ({ coin, size: 0.2 + random.nextFloat() }));
  const total = sizes.reduce((sum, { size }) => sum + size, 0);
  return sizes.map(({ coin, size }, i) => {
    const hedges = temperament === "pair" && i % 2 === 1;
    return { coin, weight: ((hedges ? -1 : 1) * size) / total };
  });
}

/** Each coin is traded by a little over half as many as the one before. */
function drawCoin(random: RandomStream, coins: readonly string[]): string {
  for (const coin of coins) if (random.nextFloat() < 0.42) return coin;
  return coins[random.nextBelow(coins.length)] ?? "";
}

function drawLeverage(random: RandomStream, temperament: Temperament): number {
  switch (temperament) {
    case "long":
    case "short":
      return clamp(logNormal(random, 4.5, 0.9), 0.3, 22);
    case "pair":
      return clamp(logNormal(random, 4, 0.7), 0.5, 18);
    case "inverseLong":
      return clamp(logNormal(random, 2, 0.6), 0.3, 10);
    case "basis":
    case "coveredCall":
      return 0.6 + 0.4 * random.nextFloat();
    case "protectivePut":
      return 0.5 + random.nextFloat();
    case "straddleSeller":
      return clamp(logNormal(random, 1.5, 0.6), 0.3, 6);
    case "spread":
    case "optionBuyer":
      return 0.05 + 0.3 * random.nextFloat();
    case "holder":
      return 0;
    default:
      return temperament satisfies never;
  }
}

function drawMode(
  random: RandomStream,
  temperament: Temperament,
  { portfolio }: PopulationShares,
): MarginMode {
  const at = random.nextFloat();
  if (temperament === "long" || temperament === "short" || temperament === "inverseLong") {
    return at < 0.55 ? "isolated" : "cross";
  }
  if (temperament === "optionBuyer" || temperament === "holder") return at < 0.3 ? "isolated" : "cross";
  return at < portfolio ? "portfolio" : "cross";
}

function drawCollateral(
  random: RandomStream,
  temperament: Temperament,
  coin: string,
  { collateral }: PopulationMarket,
): string {
  const at = random.nextFloat();
  if (temperament === "inverseLong") return "BTC";
  if (temperament === "basis" && at < 0.35) return "USDC";
  if (temperament === "basis" || temperament === "coveredCall") {
    if (coin === "ETH" && at < 0.6 && collateral.has("stETH")) return "stETH";
    return collateral.has(coin) ? coin : "USDC";
  }
  if (temperament === "spread" || temperament === "optionBuyer" || temperament === "protectivePut")
    return "USDC";
  const others = ["BTC", "ETH", "stETH"].filter((name) => collateral.has(name));
  if (at < 0.62 || others.length === 0) return "USDC";
  return others[random.nextBelow(others.length)] ?? "USDC";
}

function drawNerve(random: RandomStream): Nerve {
  const at = random.nextFloat();
  return at < 0.4 ? "topsUp" : at < 0.75 ? "cuts" : "freezes";
}
