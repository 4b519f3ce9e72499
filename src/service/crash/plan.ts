import { type LiquidationTerm } from "../../clearing/markets/liquidation-terms.ts";

/**
 * What the study of crashes was to look at, how, and by which figures: written down and kept under version control before the first run.
 * docs/crash-study.md says why each is what it is. Whatever is not here is a parameter's default.
 */

/** Windows of the study, whole UTC days. */
export const crashes: readonly { readonly name: string; readonly from: string; readonly to: string }[] = [
  { name: "2020-03-12", from: "2020-03-12", to: "2020-03-13" },
  { name: "2021-05-19", from: "2021-05-19", to: "2021-05-20" },
  { name: "2022-05 LUNA", from: "2022-05-09", to: "2022-05-11" },
  { name: "2022-06", from: "2022-06-12", to: "2022-06-14" },
  { name: "2022-11 FTT", from: "2022-11-08", to: "2022-11-09" },
  { name: "2023-03 USDC", from: "2023-03-10", to: "2023-03-12" },
  { name: "2024-08-05", from: "2024-08-04", to: "2024-08-05" },
  { name: "2026-02-05", from: "2026-02-05", to: "2026-02-06" },
];

/** Default rules may be chosen on what lies before; what comes after is out of sample. */
export const inSampleUntil = "2022-12-31";

export const studySeed = 1;
export const studyTraders = 2_000;
export const studyCoins = 5;

export interface Method {
  readonly name: string;
  readonly title: string;
  /** Set when the venue opens; all others stay as they are by default. */
  readonly terms: Partial<Readonly<Record<LiquidationTerm, number>>>;
  readonly bidders: boolean;
}

const day = 86_400_000;
const billionMicros = 1_000_000_000_000_000;

/** Orders at market for as much as may be traded, as far off the mark as any order may trade; again while there is a market. */
const atMarket = {
  stepsCloseAll: 1,
  stepSharePpm: 1_000_000,
  stepMinimumMicros: billionMicros,
  marketStepMicros: billionMicros,
  slippagePpm: 100_000,
  stepIntervalMs: 0,
  steppingMs: day,
  failedSteps: 100,
  auctionPpm: 0,
} as const;

/** Ways to deal with an account in default. Each is a setting of the one engine; what ends below nothing is the fund's in all of them. */
export const methods: readonly Method[] = [
  { name: "ours", title: "steps, then auction", terms: {}, bidders: true },
  {
    name: "keepTrade",
    title: "the same, as little as restores",
    // No further than to the buffer above maintenance: most of the trade is kept.
    terms: { deleverPpm: 0 },
    bidders: true,
  },
  {
    name: "atOnce",
    title: "all at once, at market",
    // Every position, until nothing is left of them.
    terms: atMarket,
    bidders: true,
  },
  {
    name: "untilRestored",
    title: "at market, until restored",
    // Position by position; it stops at the buffer above maintenance, which one market order may reach.
    terms: { ...atMarket, deleverPpm: 0 },
    bidders: true,
  },
  {
    name: "fixedSpread",
    title: "fixed spread, as Aave",
    // To bidders at once, for 5 % of what they take; half of an account, and all of it below 95 % of its requirement.
    terms: { deleverPpm: 0, auctionPpm: 1_000_000, fixedBonusPpm: 50_000, closeFactorPpm: 500_000 },
    bidders: true,
  },
  { name: "noBidders", title: "steps, and nobody bids", terms: {}, bidders: false },
  {
    name: "keepTradeNoBidders",
    title: "as little as restores, nobody bids",
    terms: { deleverPpm: 0 },
    bidders: false,
  },
];

/** Depth and volume of every market, times this. */
export const depths = { half: 0.5, one: 1, double: 2 } as const;
export type DepthName = keyof typeof depths;

/** The market around the venue, measured in the recorded series before any run (docs/crash-study.md). */
export const market = {
  /** Open interest over a day's volume: medians of BTC, ETH and SOL, 28 days of 2026. */
  interestPerVolume: 0.36,
  /**
   * Resting within 50 basis points, both sides, over a day's volume: mean of BTC's and ETH's medians of 2024 and 2025. The feed shows 20 levels a side, 3 to 7
   * basis points, which are taken to go on as deep.
   */
  depthPerVolume: 0.0035,
  depthWithinPpm: 5_000,
  /** Depth falls with the range of prices to this power: the steeper of the two coins'. */
  depthRangeExponent: -0.14,
  /** What was traded away comes back by half in this time at the usual volume: so that within 50 basis points the market trades it. Faster as it trades more. */
  refillHalfLifeMs: 210_000,
  /** Impact of the flow Q of a day's volume V at a volatility σ of a day: σ √(Q ⁄ V). */
  impactFactor: 1,
  /** A third of it stays, the rest is forgotten by half in this time. */
  permanentShare: 0.3333333333333333,
  impactHalfLifeMs: 1_800_000,
} as const;

export const bidderTerms = {
  count: 4,
  /** Money of each, of the open interest that the population aims at. */
  capitalShare: 0.005,
  /** Notional over equity that it goes to. */
  leverage: 5,
  /** What its margin costs it, of the requirement a day. */
  marginCostPerDay: 0.01,
  /** Of the market's usual volume, what it unwinds into the book. */
  participation: 0.1,
  unwindSlipPpm: 5_000,
} as const;

/** Of that open interest. */
export const fundShare = 0.01;

export const people = {
  /** Equity, USD: Pareto. */
  equityLeast: 400,
  equityMost: 2_000_000,
  equityTail: 1.3,
  /** Notional over equity: log-normal, at least 1, at most this share of what the initial margin allows. */
  leverageMedian: 6,
  leverageDeviation: 0.7,
  leverageOfMost: 0.9,
  /** Percent of them. */
  shares: { long: 50, short: 18, pair: 12, hedgedCoin: 10, manyLong: 10 },
  /** Collateral in BTC or ETH; all of `hedgedCoin`. */
  coinCollateral: 0.25,
  /** Each coin is traded by this share of those who did not stop at one before. */
  coinStops: 0.45,
  isolated: 0.4,
  /** Half come in the first hour, the others through the first half of the window. */
  startsAtOnce: 0.5,
} as const;

/** Initial and maintenance margin, ppm. */
export const margins = {
  major: { initialMarginPpm: 40_000, maintenanceMarginPpm: 25_000 },
  other: { initialMarginPpm: 100_000, maintenanceMarginPpm: 60_000 },
} as const;

/** Between prices, while accounts are being liquidated and else; inside a bar a path goes on at the former. */
export const stepMs = { busy: 10_000, calm: 60_000 } as const;
/** Inside bars: correlation of coins; deviation of the path about the line between two known prices, of what the bar's range implies. */
export const bridge = { correlation: 0.7, share: 0.7 } as const;
