import { type Machine } from "../../clearing/index.ts";
import { FundSurvey, sizeOf } from "../../clearing/stress/index.ts";
import { fundSizingView, type FundSizingView } from "./fund-sizing-view.ts";

export interface FundWatchOptions {
  readonly stores: Machine;
  /** Real time between measurements. */
  readonly everyMs: number;
  /** Told when the fund falls below Cover-2, and when it is back. */
  readonly onAlarm: (sizing: FundSizingView) => void;
}

/** Accounts between two looks at the clock, and how long commands may have to wait for them. */
const accountsAtOnce = 128;
const sliceMs = 4;
/** Measuring on demand takes at most this share of the time. */
const demandShare = 0.05;

/**
 * Measures the insurance fund against Cover-2 every so often, a few milliseconds at a time: commands that come between are applied, so that
 * accounts may have been looked at some moments apart.
 */
export class FundWatch {
  readonly #options: FundWatchOptions;
  readonly #timer: NodeJS.Timeout | undefined;
  #latest: FundSizingView | undefined;
  #underWay: Promise<void> | undefined;
  #measuredMs = -Infinity;
  #tookMs = 0;
  #isStopped = false;

  constructor(options: FundWatchOptions) {
    this.#options = options;
    const { everyMs } = options;
    if (everyMs > 0) this.#timer = setInterval(() => void this.#measure(), everyMs).unref();
  }

  /** What was found last; undefined before the first prices. */
  get latest(): FundSizingView | undefined {
    return this.#latest;
  }

  /** Real time since, ms; Infinity before the first. */
  get ageMs(): number {
    return performance.now() - this.#measuredMs;
  }

  /** How long the last measurement took, ms. */
  get tookMs(): number {
    return this.#tookMs;
  }

  /** A measurement no older than this, or as recent as measuring on demand may be. */
  async atMost(ageMs: number): Promise<FundSizingView | undefined> {
    if (this.ageMs > Math.max(ageMs, this.#tookMs / demandShare)) await this.#measure();
    return this.#latest;
  }

  #measure(): Promise<void> {
    this.#underWay ??= this.#run().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #run(): Promise<void> {
    const { stores, onAlarm } = this.#options;
    const startedMs = performance.now();
    const survey = FundSurvey.begin(stores);
    if (survey === undefined) return;
    let busyMs = 0;
    while (!survey.isDone && !this.#isStopped) {
      const sliceStartMs = performance.now();
      do survey.advance(accountsAtOnce);
      while (!survey.isDone && performance.now() - sliceStartMs < sliceMs);
      busyMs += performance.now() - sliceStartMs;
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (this.#isStopped) return;
    const sizedMs = performance.now();
    const sizing = fundSizingView(stores, sizeOf(stores, survey));
    this.#tookMs = busyMs + performance.now() - sizedMs;
    this.#measuredMs = startedMs;
    const wasShort = this.#latest?.short ?? false;
    this.#latest = sizing;
    if (sizing.short !== wasShort) onAlarm(sizing);
  }

  /** Ends what is under way. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
  }
}
