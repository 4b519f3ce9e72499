import { abs, div, type Fixed18, max, min, mul, one } from "../../../risk/venues/shared/fixed18.ts";

/** 18 decimals; rates per hour. */
export interface PerpetualTerms {
  readonly staticInterestRatePerHour: Fixed18;
  readonly maxAbsRatePerHour: Fixed18;
  readonly convergencePeriodHours: Fixed18;
}

/** Prices in force, 18 decimals. */
export interface PerpetualFeeds {
  readonly index: Fixed18;
  readonly perp: Fixed18;
  readonly impactBid: Fixed18;
  readonly impactAsk: Fixed18;
}

interface Holding {
  readonly size: Fixed18;
  readonly lastMarkPrice: Fixed18;
  readonly realisedFunding: Fixed18;
  readonly realisedPnl: Fixed18;
  readonly lastAggregatedFunding: Fixed18;
}

const flat: Holding = {
  size: 0n,
  lastMarkPrice: 0n,
  realisedFunding: 0n,
  realisedPnl: 0n,
  lastAggregatedFunding: 0n,
};

const secondsPerHour = 3600n;

/** a ÷ b rounded to the nearest integer, halves away from 0. b > 0. */
const divideHalfAway = (a: bigint, b: bigint): bigint =>
  a < 0n ? -((-2n * a + b) / (2n * b)) : (2n * a + b) / (2n * b);

/** Hourly rate: the impact premium spread over the convergence period, plus the static rate, clamped. */
export function fundingRate(terms: PerpetualTerms, feeds: PerpetualFeeds): Fixed18 {
  const { index, impactBid, impactAsk } = feeds;
  const premium = div(max(0n, impactBid - index) - max(0n, index - impactAsk), index);
  const rate = divideHalfAway(premium * one, terms.convergencePeriodHours) + terms.staticInterestRatePerHour;
  return max(-terms.maxAbsRatePerHour, min(terms.maxAbsRatePerHour, rate));
}

/** Derive's perpetual, step by step. The rate now counts for all the time since the last touch, as on chain. */
export class DerivePerpetual {
  readonly #terms: PerpetualTerms;
  readonly #holdings: Holding[];
  #feeds: PerpetualFeeds | undefined;
  #seconds = 0n;
  #aggregatedFunding: Fixed18;

  /** Account 0 was touched at second 0, with the mark price given. */
  constructor(
    terms: PerpetualTerms,
    accountCount: number,
    aggregatedFunding: Fixed18,
    firstMarkPrice: Fixed18,
  ) {
    this.#terms = terms;
    this.#aggregatedFunding = aggregatedFunding;
    this.#holdings = Array.from({ length: accountCount }, () => flat);
    this.#holdings[0] = { ...flat, lastMarkPrice: firstMarkPrice, lastAggregatedFunding: aggregatedFunding };
  }

  /** A perpetual of its own in the same state. */
  copy(): DerivePerpetual {
    const copy = new DerivePerpetual(this.#terms, 0, this.#aggregatedFunding, 0n);
    copy.#holdings.splice(0, 1, ...this.#holdings);
    copy.#feeds = this.#feeds;
    copy.#seconds = this.#seconds;
    return copy;
  }

  size(account: number): Fixed18 {
    return this.#holding(account).size;
  }

  /** What an account would be paid if it realised and settled at a mark price, with the funding accrued so far. */
  unsettledCash(account: number, markPrice: Fixed18): Fixed18 {
    const holding = this.#withFunding(this.#holding(account));
    return (
      holding.realisedPnl + holding.realisedFunding + mul(markPrice - holding.lastMarkPrice, holding.size)
    );
  }

  /** Moves `amount`, of either sign, from one account to another: each is touched first, the sender before the receiver. */
  transfer(seconds: bigint, feeds: PerpetualFeeds, from: number, to: number, amount: Fixed18): void {
    this.#accrue(seconds, feeds);
    this.#touch(from, -amount);
    this.#touch(to, amount);
  }

  /** Realises an account's profit at the mark, and its funding. */
  realise(seconds: bigint, feeds: PerpetualFeeds, account: number): void {
    this.#accrue(seconds, feeds);
    this.#touch(account, 0n);
  }

  /** Pays out what was realised, funding up to now included, and clears it. Profit at the mark stays unrealised. */
  settle(
    seconds: bigint,
    feeds: PerpetualFeeds,
    account: number,
  ): { paidPnl: Fixed18; paidFunding: Fixed18 } {
    this.#accrue(seconds, feeds);
    const holding = this.#withFunding(this.#holding(account));
    this.#holdings[account] = { ...holding, realisedFunding: 0n, realisedPnl: 0n };
    return { paidPnl: holding.realisedPnl, paidFunding: holding.realisedFunding };
  }

  report(feeds: PerpetualFeeds): Readonly<Record<string, unknown>> {
    const accounts = this.#holdings.map((holding, account) => ({
      ...holding,
      unsettledAndUnrealisedCash: this.unsettledCash(account, feeds.perp),
    }));
    return {
      fundingRate: fundingRate(this.#terms, feeds),
      aggregatedFunding: this.#aggregatedFunding,
      openInterest: this.#holdings.reduce((total, { size }) => total + max(0n, size), 0n),
      accounts,
    };
  }

  #holding(account: number): Holding {
    return this.#holdings[account] ?? flat;
  }

  #accrue(seconds: bigint, feeds: PerpetualFeeds): void {
    this.#feeds = feeds;
    const elapsed = seconds - this.#seconds;
    const rate = fundingRate(this.#terms, feeds);
    this.#aggregatedFunding += mul((rate * elapsed) / secondsPerHour, feeds.index);
    this.#seconds = seconds;
  }

  #touch(account: number, amount: Fixed18): void {
    const holding = this.#withFunding(this.#holding(account));
    const mark = this.#feeds?.perp ?? holding.lastMarkPrice;
    this.#holdings[account] = {
      ...holding,
      size: holding.size + amount,
      realisedPnl: holding.realisedPnl + mul(mark - holding.lastMarkPrice, holding.size),
      lastMarkPrice: mark,
    };
  }

  #withFunding(holding: Holding): Holding {
    const growth = this.#aggregatedFunding - holding.lastAggregatedFunding;
    const owed = mul(abs(holding.size), growth);
    return {
      ...holding,
      realisedFunding: holding.realisedFunding + (holding.size < 0n ? owed : -owed),
      lastAggregatedFunding: this.#aggregatedFunding,
    };
  }
}
