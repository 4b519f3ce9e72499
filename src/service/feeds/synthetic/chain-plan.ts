import { civilDate, lastFridayExpiryMs } from "../../../market/calendar.ts";
import { yearsToExpiry } from "../../../market/instrument.ts";
import { listedExpiries } from "../../../market/synthetic-market.ts";
import { exp } from "../../../numerics/index.ts";
import { type Listing } from "../feed.ts";
import {
  futureListing,
  futureName,
  type ListedOption,
  listedOptionName,
  optionListing,
} from "../listings.ts";

/** Strikes of one expiry on one side of the money, in deviations, and how many on that side at most. */
const reach = 2.2;
const maxStrikes = 60;

/** One expiry as the market sees it when listings are made. */
export interface ChainView {
  readonly underlying: string;
  readonly spot: number;
  readonly forwardAt: (expiryMs: number) => number;
  readonly volAt: (expiryMs: number) => number;
}

/** What is listed of the chains so far, and what is to be listed next. */
export class ChainPlan {
  readonly #options = new Map<string, number>();
  readonly #futures = new Map<string, number>();
  /** Strike step of an expiry, fixed when it is first listed. */
  readonly #steps = new Map<string, number>();
  readonly #strikeCounts = new Map<string, number>();

  /** Expiries whose smile is still needed at `nowMs`, ascending. */
  expiries(nowMs: number): readonly number[] {
    const live = new Set<number>();
    for (const expiryMs of [...this.#options.values(), ...this.#futures.values()]) {
      if (expiryMs > nowMs) live.add(expiryMs);
    }
    return [...live].sort((a, b) => a - b);
  }

  /** Futures listed and not expired, by name. */
  *futures(underlying: string, nowMs: number): Generator<readonly [name: string, expiryMs: number]> {
    for (const [name, expiryMs] of this.#futures) {
      if (expiryMs > nowMs && name.startsWith(`${underlying}-`)) yield [name, expiryMs];
    }
  }

  /**
   * What has to be listed so that two weeks, two months and two quarters ahead can be traded, and every expiry has strikes on both sides of
   * where its forward is now. Forgets what expired.
   */
  next(views: readonly ChainView[], nowMs: number): Listing[] {
    for (const listed of [this.#options, this.#futures]) {
      for (const [name, expiryMs] of listed) if (expiryMs <= nowMs) listed.delete(name);
    }
    const listings: Listing[] = [];
    for (const view of views) {
      let futures = 0;
      for (const expiryMs of listedExpiries(nowMs, "small")) {
        if (isMonthEnd(expiryMs) && futures < 3) {
          futures++;
          this.#listFuture(view, expiryMs, listings);
        }
        this.#listStrikes(view, expiryMs, nowMs, listings);
      }
    }
    return listings;
  }

  #listFuture({ underlying, spot }: ChainView, expiryMs: number, listings: Listing[]): void {
    const name = futureName(underlying, expiryMs);
    if (this.#futures.has(name)) return;
    this.#futures.set(name, expiryMs);
    listings.push(futureListing(underlying, spot, expiryMs));
  }

  #listStrikes(view: ChainView, expiryMs: number, nowMs: number, listings: Listing[]): void {
    const { underlying, spot } = view;
    const key = `${underlying} ${expiryMs}`;
    const forward = view.forwardAt(expiryMs);
    const deviation = view.volAt(expiryMs) * Math.sqrt(yearsToExpiry(expiryMs, nowMs));
    const step = this.#steps.get(key) ?? roundStep(forward * deviation * 0.3);
    this.#steps.set(key, step);
    const high = forward * exp(reach * deviation);
    for (
      let strike = Math.ceil((forward * exp(-reach * deviation)) / step) * step;
      strike <= high;
      strike += step
    ) {
      const rounded = Math.round(strike * 1e6) / 1e6;
      const listed = this.#strikeCounts.get(key) ?? 0;
      const call: ListedOption = { underlying, expiryMs, strike: rounded, optionType: "call" };
      if (rounded <= 0 || listed >= maxStrikes || this.#options.has(listedOptionName(call))) continue;
      this.#strikeCounts.set(key, listed + 1);
      for (const option of [call, { ...call, optionType: "put" } as const]) {
        this.#options.set(listedOptionName(option), expiryMs);
        listings.push(optionListing(option, spot));
      }
    }
  }
}

function isMonthEnd(expiryMs: number): boolean {
  const { year, month } = civilDate(expiryMs);
  return expiryMs === lastFridayExpiryMs(year, month);
}

/** 1, 2 or 5 times a power of ten, the largest at most `wanted`, but at least 0.01. */
function roundStep(wanted: number): number {
  let power = 0.01;
  while (power * 10 <= wanted) power *= 10;
  const widths = [5, 2, 1];
  return power * (widths.find((width) => width * power <= wanted) ?? 1);
}
