import { type RandomStream } from "../../numerics/index.ts";
import { type MarginMode } from "../../clearing/index.ts";
import { type Instrument } from "../client/index.ts";
import { type Desk } from "./desk.ts";
import { type MarketWatch } from "./market-watch.ts";

/** A way to trade: what it brings, how it is margined, and what it does when its turn comes. */
export interface Temperament {
  readonly name: string;
  readonly marginMode: MarginMode;
  /** Deposits, by asset. */
  readonly brings: Readonly<Record<string, string>>;
  act(desk: Desk, watch: MarketWatch, random: RandomStream): Promise<void>;
}

/** How far from the mark takers go. */
const reach = 0.002;
const optionReach = 0.25;
/** Deviations from a goal that are let be, share of it. */
const tolerance = 0.15;
const dayMs = 86_400_000;

/** Brings a position to a worth in USD: nothing while it is near enough. */
async function steer(
  desk: Desk,
  watch: MarketWatch,
  name: string,
  goalUsd: number,
  about: number,
): Promise<void> {
  const found = watch.find(name);
  if (found === undefined) return;
  const perUnit = found.instrument.spec.settlement === "inverse" ? 1 : found.mark;
  const missing = goalUsd / perUnit - desk.position(name);
  if (Math.abs(missing) * perUnit < tolerance * about) return;
  await desk.take(name, missing, found.mark, reach);
}

const coinOf = (random: RandomStream): "BTC" | "ETH" => (random.nextFloat() < 0.6 ? "BTC" : "ETH");

/** Options of about so many days, nearest to `moneyness` times the index. */
function optionNear(
  watch: MarketWatch,
  underlying: string,
  optionType: "call" | "put",
  days: number,
  moneyness: number,
): Instrument | undefined {
  const index = watch.find(`${underlying}-PERP`)?.index;
  if (index === undefined) return undefined;
  const goalMs = watch.timeMs + days * dayMs;
  let best: Instrument | undefined;
  let least = Infinity;
  for (const option of watch.options(underlying, dayMs)) {
    if (option.spec.optionType !== optionType) continue;
    const off =
      Math.abs(option.spec.expiryMs - goalMs) / (days * dayMs) +
      20 * Math.abs(option.spec.strikeMicros / 1e6 / index - moneyness);
    if (off < least) [best, least] = [option, off];
  }
  return best;
}

/** Brings an option position to a size. */
async function steerOption(
  desk: Desk,
  watch: MarketWatch,
  option: Instrument | undefined,
  goal: number,
): Promise<void> {
  const found = option && watch.find(option.name);
  if (found === undefined) return;
  const missing = goal - desk.position(found.instrument.name);
  if (Math.abs(missing) < tolerance * Math.abs(goal)) return;
  await desk.take(found.instrument.name, missing, found.mark, optionReach);
}

/** With the last minute's move, or against it. */
const directional = (name: string, sign: 1 | -1): Temperament => ({
  name,
  marginMode: "cross",
  brings: { USDC: "50000" },
  async act(desk, watch, random) {
    const perpetual = `${coinOf(random)}-PERP`;
    const move = watch.move(perpetual, 20 + Math.floor(random.nextFloat() * 40));
    const conviction = Math.max(-1, Math.min(1, (sign * move) / 0.0008));
    const about = 0.8 * desk.equityUsd;
    await steer(desk, watch, perpetual, conviction * about, about);
  },
});

const protectivePuts: Temperament = {
  name: "protective puts",
  marginMode: "portfolio",
  brings: { USDC: "30000", stETH: "20" },
  async act(desk, watch) {
    const perpetual = watch.find("BTC-PERP");
    if (perpetual === undefined) return;
    const about = 1.5 * desk.equityUsd;
    await steer(desk, watch, "BTC-PERP", about, about);
    const put = optionNear(watch, "BTC", "put", 30, 0.95);
    await steerOption(desk, watch, put, desk.position("BTC-PERP"));
  },
};

const coveredCalls: Temperament = {
  name: "covered calls",
  marginMode: "portfolio",
  brings: { BTC: "2", USDC: "5000" },
  act: (desk, watch) => steerOption(desk, watch, optionNear(watch, "BTC", "call", 14, 1.05), -1.5),
};

const straddleSeller: Temperament = {
  name: "straddle seller",
  marginMode: "portfolio",
  brings: { USDC: "150000" },
  async act(desk, watch, random) {
    const coin = coinOf(random);
    const index = watch.find(`${coin}-PERP`)?.index;
    if (index === undefined) return;
    const size = -(0.7 * desk.equityUsd) / index;
    await steerOption(desk, watch, optionNear(watch, coin, "call", 14, 1), size);
    await steerOption(desk, watch, optionNear(watch, coin, "put", 14, 1), size);
  },
};

/** Short the future that is dear against the index, long the perpetual; the other way round when it is cheap. */
const basisTrader: Temperament = {
  name: "basis",
  marginMode: "portfolio",
  brings: { USDC: "100000" },
  async act(desk, watch, random) {
    const coin = coinOf(random);
    const futures = watch
      .list("future")
      .filter(({ spec }) => spec.underlying === coin && spec.expiryMs > watch.timeMs + dayMs);
    const future = futures[Math.floor(random.nextFloat() * futures.length)];
    const found = future && watch.find(future.name);
    if (found === undefined) return;
    const years = (found.instrument.spec.expiryMs - watch.timeMs) / (365 * dayMs);
    const yearly = (found.mark / found.index - 1) / years;
    const about = 0.5 * desk.equityUsd;
    const goal = yearly > 0.02 ? about : yearly < -0.02 ? -about : 0;
    await steer(desk, watch, found.instrument.name, -goal, about);
    const shorts = futures.reduce((usd, { name }) => usd + desk.position(name) * (watch.mark(name) ?? 0), 0);
    await steer(desk, watch, `${coin}-PERP`, -shorts, about);
  },
};

/** Small orders without a reason. */
const noise: Temperament = {
  name: "noise",
  marginMode: "isolated",
  brings: { USDC: "20000" },
  async act(desk, watch, random) {
    const names = ["BTC-PERP", "ETH-PERP", ...watch.list("future").map(({ name }) => name)];
    const name = names[Math.floor(random.nextFloat() * names.length)] ?? "BTC-PERP";
    const goal = (random.nextFloat() - 0.5) * 0.6 * desk.equityUsd;
    await steer(desk, watch, name, goal, Math.abs(goal));
  },
};

/** In the order in which they take their seats. */
export const temperaments: readonly Temperament[] = [
  directional("momentum", 1),
  directional("mean reversion", -1),
  protectivePuts,
  coveredCalls,
  straddleSeller,
  basisTrader,
  noise,
];
