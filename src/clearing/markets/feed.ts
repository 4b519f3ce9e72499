import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import {
  agreementPpm,
  aggregateReports,
  boundedPrice,
  distancePpm,
  type FeedRules,
  type PriceReport,
  wholePpm,
} from "./aggregate.ts";
import { mulDiv } from "./exact.ts";

/** A price while it is held back catches up in steps of this time. */
export const catchUpMs = 1_000;

/**
 * One feed: each publisher's last report, the price they make, and the running time integral of that price. The price moves from
 * where it was at the last instant that it moved, so the order of reports of one instant changes nothing.
 */
export class Feed {
  readonly name: string;
  rules: FeedRules;
  /** In force; 0 before enough publishers have reported. */
  priceMicros: number = 0;
  /** The median that the price is on its way to. */
  targetMicros: number = 0;
  /** Machine time of the last evaluation. */
  evaluatedMs: number = 0;
  /** Sorted by publisher. */
  reports: PriceReport[] = [];
  #trustPpm = 0;
  #timeMs = 0;
  #freshUntilMs = -1;
  /** Price, and its time, from which the bound on change counts. 0: no bound, as at the first price. */
  #anchorMicros = 0;
  #anchorMs = 0;
  /** Σ price × ms and Σ ms, over the time that the price was fresh, up to `#integratedMs`. */
  #integral = 0n;
  #observedMs = 0;
  #integratedMs = 0;

  constructor(name: string, rules: FeedRules) {
    this.name = name;
    this.rules = rules;
  }

  get isHeldBack(): boolean {
    return this.priceMicros !== this.targetMicros;
  }

  /** Last time of the publisher's reports, −1 for none. */
  lastReportMs(publisher: string): number {
    return this.reports.find((report) => report.publisher === publisher)?.timeMs ?? -1;
  }

  /** Takes a report that has been checked. A full feed forgets its oldest one first. */
  publish(report: PriceReport, maxReports: number, nowMs: number): void {
    this.#integrate(nowMs);
    const kept = this.reports.filter(({ publisher }) => publisher !== report.publisher);
    if (kept.length >= maxReports) {
      let oldest = 0;
      for (const [index, { timeMs }] of kept.entries()) {
        if (timeMs < (kept[oldest]?.timeMs ?? 0)) oldest = index;
      }
      kept.splice(oldest, 1);
    }
    const at = kept.findIndex(({ publisher }) => publisher > report.publisher);
    kept.splice(at < 0 ? kept.length : at, 0, report);
    this.reports = kept;
    this.#aggregate(nowMs);
  }

  /** @returns whether the publisher had a report here. */
  forget(publisher: string, nowMs: number): boolean {
    const kept = this.reports.filter((report) => report.publisher !== publisher);
    if (kept.length === this.reports.length) return false;
    this.#integrate(nowMs);
    this.reports = kept;
    this.#aggregate(nowMs);
    return true;
  }

  setRules(rules: FeedRules, nowMs: number): void {
    this.#integrate(nowMs);
    this.rules = rules;
    this.#aggregate(nowMs);
  }

  /** Lets a price that is held back move on. */
  catchUp(nowMs: number): void {
    this.#integrate(nowMs);
    this.#move(nowMs);
  }

  /** Confidence in the price at `nowMs`, ppm: 0 once too few reports are fresh, less the older and the further from its target. */
  confidencePpm(nowMs: number): number {
    if (this.priceMicros === 0 || nowMs > this.#freshUntilMs) return 0;
    const { maxPriceAgeMs } = this.rules;
    const ageMs = Math.min(maxPriceAgeMs, Math.max(0, nowMs - this.#timeMs));
    const freshnessPpm = mulDiv(maxPriceAgeMs - ageMs, wholePpm, maxPriceAgeMs);
    const heldBackPpm = distancePpm(this.targetMicros, this.priceMicros);
    const trustPpm = mulDiv(this.#trustPpm, agreementPpm(heldBackPpm), wholePpm);
    return mulDiv(trustPpm, freshnessPpm, wholePpm);
  }

  /** Σ price × ms while fresh, from the beginning to `atMs`, which is not before the last change. */
  integralAt(atMs: number): bigint {
    return this.#integral + BigInt(this.priceMicros) * BigInt(this.#freshMsUntil(atMs));
  }

  /** ms for which the price was fresh, from the beginning to `atMs`. */
  observedMsAt(atMs: number): number {
    return this.#observedMs + (this.priceMicros === 0 ? 0 : this.#freshMsUntil(atMs));
  }

  #freshMsUntil(atMs: number): number {
    return Math.max(0, Math.min(atMs, this.#freshUntilMs) - this.#integratedMs);
  }

  #integrate(nowMs: number): void {
    const integral = this.integralAt(nowMs);
    this.#observedMs = this.observedMsAt(nowMs);
    this.#integral = integral;
    this.#integratedMs = nowMs;
  }

  #aggregate(nowMs: number): void {
    const aggregate = aggregateReports(this.reports, nowMs, this.rules);
    if (aggregate === undefined) {
      // The last price stands, without confidence.
      this.#trustPpm = 0;
      this.#freshUntilMs = Math.min(this.#freshUntilMs, nowMs - 1);
      return;
    }
    this.targetMicros = aggregate.medianMicros;
    this.#trustPpm = aggregate.trustPpm;
    this.#timeMs = aggregate.timeMs;
    this.#freshUntilMs = aggregate.freshUntilMs;
    this.#move(nowMs);
  }

  #move(nowMs: number): void {
    if (nowMs > this.evaluatedMs) {
      this.#anchorMicros = this.priceMicros;
      this.#anchorMs = this.evaluatedMs;
      this.evaluatedMs = nowMs;
    }
    this.priceMicros =
      this.#anchorMicros === 0
        ? this.targetMicros
        : boundedPrice(
            this.#anchorMicros,
            this.targetMicros,
            nowMs - this.#anchorMs,
            this.rules.maxMovePerSecondPpm,
          );
  }

  encode(out: ByteWriter): void {
    out.text(this.name);
    out.integer(this.rules.minimumPublishers);
    out.integer(this.rules.maxPriceAgeMs);
    out.integer(this.rules.maxMovePerSecondPpm);
    out.integer(this.priceMicros);
    out.integer(this.targetMicros);
    out.integer(this.evaluatedMs);
    out.integer(this.#trustPpm);
    out.integer(this.#timeMs);
    out.integer(this.#freshUntilMs);
    out.integer(this.#anchorMicros);
    out.integer(this.#anchorMs);
    out.bigint(this.#integral);
    out.integer(this.#observedMs);
    out.integer(this.#integratedMs);
    out.u16(this.reports.length);
    for (const { publisher, priceMicros, confidencePpm, timeMs } of this.reports) {
      out.text(publisher);
      out.integer(priceMicros);
      out.integer(confidencePpm);
      out.integer(timeMs);
    }
  }

  static decode(from: ByteReader): Feed {
    const name = from.text();
    const feed = new Feed(name, {
      minimumPublishers: from.integer(),
      maxPriceAgeMs: from.integer(),
      maxMovePerSecondPpm: from.integer(),
    });
    feed.priceMicros = from.integer();
    feed.targetMicros = from.integer();
    feed.evaluatedMs = from.integer();
    feed.#trustPpm = from.integer();
    feed.#timeMs = from.integer();
    feed.#freshUntilMs = from.integer();
    feed.#anchorMicros = from.integer();
    feed.#anchorMs = from.integer();
    feed.#integral = from.bigint();
    feed.#observedMs = from.integer();
    feed.#integratedMs = from.integer();
    const count = from.u16();
    for (let i = 0; i < count; i++) {
      const publisher = from.text();
      const [priceMicros, confidencePpm, timeMs] = [from.integer(), from.integer(), from.integer()];
      feed.reports.push({ publisher, priceMicros, confidencePpm, timeMs });
    }
    return feed;
  }
}
