import { type Feed, liveFeed, type LiveMarket, replayFeed, syntheticFeed } from "../feeds/index.ts";
import { findSources } from "../population/find-sources.ts";
import { type FeedPlan } from "./venue-file.ts";

/** Coins of a recording, at most. */
const mostCoins = 4;

const liveMarkets: readonly LiveMarket[] = [
  ...(["BTC", "ETH"] as const).map((coin): LiveMarket => ({
    feed: coin,
    as: "underlying",
    symbols: { kraken: `${coin}/USD`, coinbase: `${coin}/USD`, bitstamp: `${coin}/USD` },
    perpetual: { exchange: "deribit", symbol: `${coin}/USD:${coin}` },
    options: "deribit",
  })),
  { feed: "USDC", as: "asset", symbols: { kraken: "USDC/USD" } },
];

/** The first seconds of a synthetic market, as fast as they are taken. */
export const firstSteps = (plan: Extract<FeedPlan, { readonly kind: "synthetic" }>, steps: number): Feed =>
  syntheticFeed({
    seed: plan.seed,
    startMs: plan.startMs,
    stepMs: plan.stepMs,
    speed: Infinity,
    endMs: plan.startMs + steps * plan.stepMs,
  });

/**
 * The feed of a plan.
 *
 * @param resumeMs - begins here as it would have gone on; whatever was published before is passed over.
 * @throws {PlimsollError} what the feeds throw.
 */
export async function chooseFeed(plan: FeedPlan, speed: number, resumeMs: number): Promise<Feed> {
  if (plan.kind === "synthetic") {
    const { seed, startMs, stepMs } = plan;
    return syntheticFeed({ seed, startMs, stepMs, speed, resumeMs: Math.max(startMs, resumeMs) });
  }
  if (plan.kind === "live") return liveFeed({ markets: liveMarkets });
  const { folder, toMs } = plan;
  const fromMs = Math.max(plan.fromMs, resumeMs);
  const { sources } = await findSources(folder, { fromMs, toMs, coins: mostCoins });
  return replayFeed({ sources, fromMs, toMs, speed });
}
