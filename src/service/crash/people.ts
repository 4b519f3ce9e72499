import { type MarginMode } from "../../clearing/index.ts";
import { exp, log, type RandomStream } from "../../numerics/index.ts";
import { people as terms } from "./plan.ts";

export type Kind = keyof typeof terms.shares;

export interface Person {
  readonly kind: Kind;
  readonly mode: MarginMode;
  readonly equityUsd: number;
  /** Name of what it deposits. */
  readonly collateral: string;
  /** USD to hold of each perpetual, by coin; negative is short. */
  readonly legs: readonly { readonly coin: string; readonly usd: number }[];
  /** When it comes, as a share of the window. */
  readonly arrival: number;
}

/** A coin that can be traded, the most traded first. */
export interface TradedCoin {
  readonly name: string;
  readonly initialMarginPpm: number;
  /** May it be deposited? */
  readonly isCollateral: boolean;
}

/** Draws the population. The same stream and coins draw the same. `firstHour`: as a share of the window. */
export function drawPeople(
  random: RandomStream,
  count: number,
  coins: readonly TradedCoin[],
  firstHour: number,
): Person[] {
  return Array.from({ length: count }, () => drawPerson(random, coins, firstHour));
}

function drawPerson(random: RandomStream, coins: readonly TradedCoin[], firstHour: number): Person {
  const equityUsd = drawEquity(random);
  const drawn = drawKind(random);
  const wanted = terms.leverageMedian * exp(terms.leverageDeviation * random.nextNormal());
  const mode = random.nextFloat() < terms.isolated ? "isolated" : "cross";
  const inCoin = random.nextFloat() < terms.coinCollateral;
  const pledged = coins.filter(({ isCollateral }) => isCollateral);
  const pledge = pledged[random.nextBelow(Math.max(1, pledged.length))];
  const arrival =
    random.nextFloat() < terms.startsAtOnce
      ? random.nextFloat() * firstHour
      : firstHour + random.nextFloat() * Math.max(0, 0.5 - firstHour);
  const kind = drawn === "hedgedCoin" && pledge === undefined ? "short" : drawn;
  const chosen = kind === "hedgedCoin" && pledge ? [pledge] : drawCoins(random, coins, kind);
  const most = Math.min(...chosen.map(({ initialMarginPpm }) => 1e6 / initialMarginPpm));
  const leverage = Math.max(1, Math.min(wanted, terms.leverageOfMost * most));
  const weights = chosen.map(() => (kind === "manyLong" ? 0.2 + random.nextFloat() : 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const legs = chosen.map(({ name }, i) => {
    const isShort = kind === "short" || kind === "hedgedCoin" || (kind === "pair" && i % 2 === 1);
    const size = (equityUsd * leverage * weights[i]!) / total;
    return { coin: name, usd: isShort ? 0 - size : size };
  });
  const collateral = pledge !== undefined && (kind === "hedgedCoin" || inCoin) ? pledge.name : "USDC";
  return { kind, mode, equityUsd, collateral, legs, arrival };
}

function drawEquity(random: RandomStream): number {
  const { equityLeast, equityMost, equityTail } = terms;
  return Math.min(equityMost, equityLeast * exp(-log(1 - random.nextFloat()) / equityTail));
}

const kinds: readonly Kind[] = ["long", "short", "pair", "hedgedCoin", "manyLong"];

function drawKind(random: RandomStream): Kind {
  let left = random.nextFloat() * kinds.reduce((sum, kind) => sum + terms.shares[kind], 0);
  for (const kind of kinds) if ((left -= terms.shares[kind]) < 0) return kind;
  return "long";
}

function drawCoins(random: RandomStream, coins: readonly TradedCoin[], kind: Kind): TradedCoin[] {
  const wanted = kind === "pair" ? 2 : kind === "manyLong" ? 2 + random.nextBelow(2) : 1;
  const chosen = new Set<TradedCoin>();
  for (let tries = 0; chosen.size < Math.min(wanted, coins.length) && tries < 64; tries++)
    chosen.add(drawCoin(random, coins));
  return [...chosen];
}

function drawCoin(random: RandomStream, coins: readonly TradedCoin[]): TradedCoin {
  for (const coin of coins) if (random.nextFloat() < terms.coinStops) return coin;
  return coins[random.nextBelow(coins.length)]!;
}

/** USD of positions that a population aims at in each coin: the longer side of the two. */
export function interestOf(people: readonly Person[]): Map<string, number> {
  const sides = new Map<string, [number, number]>();
  for (const { coin, usd } of people.flatMap(({ legs }) => legs)) {
    const [long, short] = sides.get(coin) ?? [0, 0];
    sides.set(coin, usd > 0 ? [long + usd, short] : [long, short - usd]);
  }
  return new Map([...sides].map(([coin, [long, short]]) => [coin, Math.max(long, short)]));
}
