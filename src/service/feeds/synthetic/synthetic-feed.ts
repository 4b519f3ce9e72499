import { type PublishedSlice } from "../../../clearing/index.ts";
import { maxTimeMs } from "../../../market/document-fields.ts";
import { yearsToExpiry } from "../../../market/instrument.ts";
import { ssviSlice } from "../../../market/synthetic-market.ts";
import { exp, randomStream, type RandomStream } from "../../../numerics/index.ts";
import { requireNumber } from "../../../quantity/error.ts";
import {
  type FairPrice,
  type Feed,
  type FeedBatch,
  type FeedPrice,
  type FeedSurface,
  type Listing,
  priceMicrosOf,
  type PublisherPrices,
} from "../feed.ts";
import {
  assetListing,
  inversePerpetualListing,
  inversePerpetualName,
  perpetualListing,
  perpetualName,
  spotListing,
  underlyingListing,
} from "../listings.ts";
import { type WallTime } from "../pace.ts";
import { requireSpeed, SteppedFeed } from "../stepped-feed.ts";
import { ChainPlan, type ChainView } from "./chain-plan.ts";
import { type LivingCoin, livingMarket, type LivingState } from "./living-market.ts";

export interface SyntheticFeedOptions {
  /** The same seed and start give the same batches, bit for bit. */
  readonly seed: number | bigint;
  readonly startMs: number;
  /** Venue time per real time. Default 1; Infinity: as fast as they are taken. */
  readonly speed?: number;
  /** Time between batches at the venue. Default 1 s. */
  readonly stepMs?: number;
  /** Publishers that each say what they see, a little apart. Default 3. */
  readonly publishers?: number;
  /** Time between surfaces. Default 10 s. */
  readonly surfaceEveryMs?: number;
  /**
   * Batches begin here, as they would have come after those from `startMs` on: to go on after a restart. The first lists all that is
   * alive; what is listed already is refused and harms nothing. Default `startMs`.
   */
  readonly resumeMs?: number;
  /** Last instant. Default: none, it lives until stopped. */
  readonly endMs?: number;
  readonly wall?: WallTime;
}

interface Settings {
  readonly seed: number | bigint;
  readonly startMs: number;
  readonly resumeMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  readonly publishers: number;
  readonly surfaceEveryMs: number;
}

const feeds = ["BTC", "ETH", "stETH", "USDC"] as const;
const hourMs = 3_600_000;
/** Yearly speed at which volatility returns to its long-run level along the term structure. */
const volReversion = 3;
/** How far publishers differ, and how often one of them says nothing. */
const publisherNoise = 0.00005;
const surfaceNoise = 0.002;
/** Odd: makes of seed and step a seed of their own. */
const noiseSeed = 0x9e3779b97f4a7c15n;
const silentShare = 0.01;

/**
 * A seeded living market: BTC and ETH with spot, perpetuals (BTC's also inverse), three futures and option chains that roll to new expiries
 * and strikes; stETH and USDC beside them. docs/feeds.md describes its dynamics. No price of it is real.
 */
export function syntheticFeed(options: SyntheticFeedOptions): Feed {
  const speed = requireSpeed(options.speed ?? 1);
  const startMs = Math.trunc(requireNumber("startMs", options.startMs, 0, maxTimeMs - 400 * 86_400_000));
  const settings: Settings = {
    seed: options.seed,
    startMs,
    resumeMs: requireNumber("resumeMs", options.resumeMs ?? startMs, startMs),
    endMs: requireNumber("endMs", options.endMs ?? maxTimeMs, startMs),
    stepMs: Math.trunc(requireNumber("stepMs", options.stepMs ?? 1_000, 100, hourMs)),
    publishers: Math.trunc(requireNumber("publishers", options.publishers ?? 3, 1, 16)),
    surfaceEveryMs: requireNumber("surfaceEveryMs", options.surfaceEveryMs ?? 10_000, 1, 24 * hourMs),
  };
  const { publishers } = settings;
  const description = {
    kind: "synthetic",
    source: `synthetic market, seed ${options.seed}: generated, no real prices`,
    synthetic: true,
    publishers,
    feeds: [...feeds],
    speed,
    notes: [],
  } as const;
  return new SteppedFeed(
    () => syntheticBatches(settings),
    () => description,
    {
      speed,
      ...(options.wall && { wall: options.wall }),
    },
  );
}

function* syntheticBatches(settings: Settings): Generator<FeedBatch, void, undefined> {
  const { seed, startMs, resumeMs, endMs, stepMs, publishers, surfaceEveryMs } = settings;
  const nextState = livingMarket({ seed, startMs, stepMs });
  const plan = new ChainPlan();
  const listings: Listing[] = [];
  /** Of times on a grid from the start, the last at or before `timeMs`. */
  const onGrid = (timeMs: number, everyMs: number): number => Math.floor((timeMs - startMs) / everyMs);
  const isDue = (timeMs: number, everyMs: number): boolean =>
    onGrid(timeMs, everyMs) !== onGrid(timeMs - stepMs, everyMs);
  for (let timeMs = startMs; timeMs <= endMs; timeMs += stepMs) {
    const state = nextState();
    if (timeMs === startMs) listings.push(...firstListings(state, settings));
    if (isDue(timeMs, hourMs)) {
      const views = state.coins.map((coin) => chainView(coin, timeMs));
      listings.push(...plan.next(views, timeMs));
    }
    if (timeMs < resumeMs) continue;
    // Of each step's own, so that neither the number of publishers nor what was skipped changes anything.
    const noise = randomStream(BigInt(seed) * noiseSeed + BigInt(onGrid(timeMs, stepMs)));
    yield {
      timeMs,
      listings: listings.splice(0).filter((listing) => !isExpired(listing, timeMs)),
      prices: publisherPrices(state, publishers, noise, timeMs),
      surfaces: isDue(timeMs, surfaceEveryMs)
        ? publisherSurfaces(state, publishers, noise, plan.expiries(timeMs), timeMs)
        : [],
      fair: state.coins.flatMap((coin) => fairPrices(coin, plan, timeMs)),
    };
  }
}

const isExpired = (listing: Listing, timeMs: number): boolean =>
  listing.type === "listInstrument" &&
  listing.instrument.expiryMs !== 0 &&
  listing.instrument.expiryMs <= timeMs;

function firstListings({ coins }: LivingState, { publishers, stepMs }: Settings): Listing[] {
  const minimumPublishers = Math.min(2, publishers);
  const maxPriceAgeMs = Math.max(30_000, 3 * stepMs);
  const listings: Listing[] = coins.map(({ symbol }) =>
    underlyingListing(symbol, { minimumPublishers, maxPriceAgeMs }),
  );
  listings.push(
    assetListing("USDC"),
    assetListing("BTC", "BTC"),
    assetListing("ETH", "ETH"),
    assetListing("stETH", "ETH"),
  );
  for (const { symbol, spot } of coins) {
    listings.push(spotListing(symbol, spot), perpetualListing(symbol, spot));
    if (symbol === "BTC") listings.push(inversePerpetualListing(symbol, spot));
  }
  return listings;
}

function publisherPrices(
  { coins, stakingRatio, usdcUsd }: LivingState,
  publishers: number,
  noise: RandomStream,
  timeMs: number,
): PublisherPrices[] {
  const ether = coins.find(({ symbol }) => symbol === "ETH")?.spot ?? 0;
  const seen = [
    ...coins.map(({ symbol, spot }) => [symbol, spot] as const),
    ["stETH", ether * stakingRatio] as const,
    ["USDC", usdcUsd] as const,
  ];
  const said: PublisherPrices[] = [];
  for (let publisher = 0; publisher < publishers; publisher++) {
    const isSilent = noise.nextFloat() < silentShare;
    const prices = seen.map(([feed, price]): FeedPrice => ({
      feed,
      priceMicros: priceMicrosOf(price * (1 + publisherNoise * noise.nextNormal())),
      confidencePpm: 1_000_000,
      timeMs,
    }));
    if (!isSilent) said.push({ publisher, prices });
  }
  return said;
}

const forwardOf = ({ spot, basis }: LivingCoin, expiryMs: number, timeMs: number): number =>
  spot * exp(basis * yearsToExpiry(expiryMs, timeMs));

/** Total variance at the money: from today's level to the long run's. */
function varianceOf({ volNow, volLong }: LivingCoin, years: number): number {
  const long = volLong * volLong;
  return long * years + ((volNow * volNow - long) * (1 - exp(-volReversion * years))) / volReversion;
}

const chainView = (coin: LivingCoin, timeMs: number): ChainView => ({
  underlying: coin.symbol,
  spot: coin.spot,
  forwardAt: (expiryMs) => forwardOf(coin, expiryMs, timeMs),
  volAt: (expiryMs) => {
    const years = yearsToExpiry(expiryMs, timeMs);
    return Math.sqrt(varianceOf(coin, years) / years);
  },
});

/** Each publisher's surfaces of both coins, its volatilities a little off. */
function publisherSurfaces(
  { coins }: LivingState,
  publishers: number,
  noise: RandomStream,
  expiries: readonly number[],
  timeMs: number,
): FeedSurface[] {
  const said: FeedSurface[] = [];
  for (let publisher = 0; publisher < publishers; publisher++) {
    for (const coin of coins) {
      const off = 1 + surfaceNoise * noise.nextNormal();
      const seen = { ...coin, volNow: coin.volNow * off, volLong: coin.volLong * off };
      const slices = expiries.map((expiryMs) => sliceOf(seen, expiryMs, timeMs));
      said.push({ publisher, underlying: coin.symbol, slices, timeMs });
    }
  }
  return said;
}

function sliceOf(coin: LivingCoin, expiryMs: number, timeMs: number): PublishedSlice {
  const variance = varianceOf(coin, yearsToExpiry(expiryMs, timeMs));
  const { a, b, rho, m, sigma } = ssviSlice(expiryMs, variance, coin.rho, coin.eta).parameters;
  return { expiryMs, forwardMicros: priceMicrosOf(forwardOf(coin, expiryMs, timeMs)), a, b, rho, m, sigma };
}

function fairPrices(coin: LivingCoin, plan: ChainPlan, timeMs: number): FairPrice[] {
  const { symbol, spot, premium } = coin;
  const perpetualMicros = priceMicrosOf(spot * (1 + premium));
  const fair: FairPrice[] = [{ instrument: perpetualName(symbol), priceMicros: perpetualMicros }];
  if (symbol === "BTC") fair.push({ instrument: inversePerpetualName(symbol), priceMicros: perpetualMicros });
  for (const [instrument, expiryMs] of plan.futures(symbol, timeMs)) {
    fair.push({ instrument, priceMicros: priceMicrosOf(forwardOf(coin, expiryMs, timeMs)) });
  }
  return fair;
}
