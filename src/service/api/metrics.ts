import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { PlimsollError } from "../../quantity/error.ts";
import { DefaultMetrics } from "./default-metrics.ts";
import { type Applied, type Clearinghouse } from "../clearinghouse/index.ts";
import { type FundSizingView, type FundWatch } from "../fund-sizing/index.ts";
import { type HistoryWriter } from "../history/index.ts";
import { type CommandLog, type HistogramFigures } from "../journal/index.ts";

/** Where figures come from that are looked up when they are asked for. */
export interface MetricSources {
  readonly clearinghouse: Clearinghouse;
  readonly log: CommandLog;
  readonly history: HistoryWriter | undefined;
  readonly now: () => number;
  readonly sessions: () => number;
  readonly connections: { readonly count: number; readonly refused: number };
  readonly stream: () => { readonly clients: number; readonly subscriptions: number };
}

/** Why something was not sent to a client of the stream. */
export type DropReason = "gap" | "slow" | "flood" | "idle" | "refused";

/** Histograms that are counted elsewhere, as Prometheus reads them. */
function histogramText(name: string, help: string, figures: HistogramFigures, scale: number): string {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
  let below = 0;
  figures.bounds.forEach((bound, i) => {
    below += figures.counts[i] ?? 0;
    lines.push(`${name}_bucket{le="${bound * scale}"} ${below}`);
  });
  lines.push(`${name}_bucket{le="+Inf"} ${figures.count}`);
  lines.push(`${name}_sum ${figures.sum * scale}`, `${name}_count ${figures.count}`);
  return `${lines.join("\n")}\n`;
}

/** Greatest age of the text: making it takes a millisecond or more, and asking is free. */
const textMs = 50;

/** Figures for Prometheus. Each server has its own registry. */
export class ApiMetrics {
  readonly #registry: Registry = new Registry();
  readonly #sources: MetricSources;
  readonly #commands: Counter<"type" | "outcome">;
  readonly #refusals: Counter<"code">;
  readonly #requests: Histogram<"route" | "status">;
  readonly #dropped: Counter<"reason">;
  readonly #defaults: DefaultMetrics;
  #text: Promise<string> | undefined;
  #textMs = 0;

  constructor(sources: MetricSources) {
    this.#sources = sources;
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#commands = new Counter({
      name: "plimsoll_commands_total",
      help: "Durable commands by type, and whether the machine accepted them.",
      labelNames: ["type", "outcome"],
      registers,
    });
    this.#refusals = new Counter({
      name: "plimsoll_commands_refused_total",
      help: "Commands that were refused before they got a sequence, by error code.",
      labelNames: ["code"],
      registers,
    });
    this.#requests = new Histogram({
      name: "plimsoll_http_request_seconds",
      help: "Time of HTTP requests by route and status.",
      labelNames: ["route", "status"],
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2],
      registers,
    });
    this.#dropped = new Counter({
      name: "plimsoll_stream_dropped_total",
      help: "Subscriptions that missed updates (gap), and connections that were ended or refused, by reason.",
      labelNames: ["reason"],
      registers,
    });
    this.#defaults = new DefaultMetrics(this.#registry, sources.clearinghouse.machine.engine);
    for (const [name, help, value] of this.#gauges()) {
      const gauge = new Gauge({
        name: `plimsoll_${name}`,
        help,
        registers: [],
        collect(): void {
          this.set(value());
        },
      });
      this.#registry.registerMetric(gauge);
    }
  }

  #gauges(): readonly (readonly [name: string, help: string, value: () => number])[] {
    const { clearinghouse, log, history, now, sessions, connections, stream } = this.#sources;
    const gauges: [string, string, () => number][] = [
      ["state_sequence", "Last command that was applied.", () => clearinghouse.machine.sequence],
      ["durable_sequence", "Last command that is durable.", () => clearinghouse.durableSequence],
      ["commands_under_way", "Commands between arrival and answer.", () => clearinghouse.queued],
      ["signatures_pending", "Commands whose signature is being verified.", () => clearinghouse.verifying],
      ["journal_queued_records", "Records that wait for the disk.", () => log.stats().queuedRecords],
      ["journal_queued_bytes", "Bytes that wait for the disk.", () => log.stats().queuedBytes],
      ["failed", "1 once the service has failed.", () => (clearinghouse.failure === undefined ? 0 : 1)],
      ["sessions", "Open sessions.", sessions],
      ["http_connections", "HTTP connections, those of the stream not counted.", () => connections.count],
      [
        "http_connections_refused",
        "HTTP connections that were cut at once, being too many.",
        () => connections.refused,
      ],
      ["stream_clients", "Connections of the stream.", () => stream().clients],
      ["stream_subscriptions", "Subscriptions of all connections.", () => stream().subscriptions],
      [
        "clock_behind_seconds",
        "By how much the clock is behind the machine's time, which is held meanwhile.",
        () => clearinghouse.clockBehindMs / 1_000,
      ],
      [
        "snapshot_age_seconds",
        "Time since the last snapshot of this process; since its start before the first.",
        () => (now() - clearinghouse.lastSnapshot.timeMs) / 1_000,
      ],
      [
        "snapshot_lag_records",
        "Records since the last snapshot.",
        () => clearinghouse.machine.sequence - clearinghouse.lastSnapshot.sequence,
      ],
    ];
    if (history !== undefined) {
      gauges.push(
        [
          "history_lag_records",
          "Durable commands that history has not stored yet.",
          () => clearinghouse.durableSequence - history.storedSequence,
        ],
        ["history_pending_rows", "Rows that wait for history.", () => history.pendingRows],
        [
          "history_failing",
          "1 while history cannot be written.",
          () => (history.failure === undefined ? 0 : 1),
        ],
      );
    }
    return gauges;
  }

  /** Figures of the insurance fund, as they were measured last; nothing before that. */
  watchFund(fund: FundWatch): void {
    const figures: readonly (readonly [string, string, (sizing: FundSizingView) => number])[] = [
      ["fund_usd", "Balances of all tranches of the insurance fund.", ({ cashUsd }) => Number(cashUsd)],
      [
        "fund_cover_two_usd",
        "Losses beyond equity of the two largest losers in the worst scenario.",
        ({ coverTwoUsd }) => Number(coverTwoUsd),
      ],
      ["fund_cover_one_usd", "The same of the largest alone.", ({ coverOneUsd }) => Number(coverOneUsd)],
      [
        "fund_expected_shortfall_usd",
        "Expected Shortfall, 99 %, of all losses beyond equity over past moves.",
        ({ tails }) => Number(tails.at(-1)?.expectedShortfallUsd ?? 0),
      ],
      [
        "fund_shortfall_usd",
        "What is missing to Cover-2 in the scenario where most is.",
        ({ shortfallUsd }) => Number(shortfallUsd),
      ],
      [
        "fund_coverage",
        "What the fund has over Cover-2, where that is least.",
        ({ coverage }) => coverage ?? Infinity,
      ],
      ["fund_short", "1 while the fund is below Cover-2.", ({ short }) => (short ? 1 : 0)],
      ["fund_measured_seconds", "Time that measuring the fund took.", () => fund.tookMs / 1_000],
      ["fund_age_seconds", "Time since it was measured.", () => fund.ageMs / 1_000],
    ];
    for (const [name, help, value] of figures) {
      const gauge = new Gauge({
        name: `plimsoll_${name}`,
        help,
        registers: [],
        collect(): void {
          const { latest } = fund;
          if (latest === undefined) this.reset();
          else this.set(value(latest));
        },
      });
      this.#registry.registerMetric(gauge);
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Counts what became durable. */
  applied(batch: readonly Applied[]): void {
    for (const { envelope, events } of batch) {
      for (const event of events) this.#defaults.applied(event);
      const rejected = events.some(({ type }) => type === "rejected");
      this.#commands.inc({ type: envelope.command.type, outcome: rejected ? "rejected" : "accepted" });
    }
  }

  refused(error: unknown): void {
    this.#refusals.inc({ code: error instanceof PlimsollError ? error.code : "PLM_UNAVAILABLE" });
  }

  request(route: string, status: number, seconds: number): void {
    this.#requests.observe({ route, status }, seconds);
  }

  dropped(reason: DropReason): void {
    this.#dropped.inc({ reason });
  }

  /** Made at most once in a while, however many ask. */
  text(): Promise<string> {
    const nowMs = performance.now();
    if (this.#text === undefined || nowMs - this.#textMs > textMs) {
      this.#text = this.#makeText();
      this.#textMs = nowMs;
    }
    return this.#text;
  }

  async #makeText(): Promise<string> {
    const { clearinghouse, log } = this.#sources;
    const { commitMicros, groupRecords } = log.stats();
    return [
      await this.#registry.metrics(),
      histogramText("plimsoll_apply_seconds", "Time to apply a command.", clearinghouse.applyMicros, 1e-6),
      histogramText(
        "plimsoll_journal_commit_seconds",
        "Time from writing a group to its being durable.",
        commitMicros,
        1e-6,
      ),
      histogramText("plimsoll_journal_group_records", "Records per group.", groupRecords, 1),
    ].join("\n");
  }

  /** Stops what measures in the background. */
  close(): void {
    this.#registry.clear();
  }
}
