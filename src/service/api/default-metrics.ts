import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { type ClearingEvent, type Engine } from "../../clearing/index.ts";
import { fundView } from "../views/index.ts";

/** Figures of accounts in default and of the insurance fund. Labels are stages, kinds and tranches: a bounded number of each. */
export class DefaultMetrics {
  readonly #finalitySeconds: Histogram;
  readonly #finalityCommands: Histogram;
  readonly #ended: Counter<"outcome">;
  readonly #auctionsEnded: Counter<"reason">;
  readonly #fills: Counter;
  readonly #deleveraged: Counter;
  readonly #sharing: Counter;

  constructor(registry: Registry, engine: Engine) {
    const registers = [registry];
    this.#finalitySeconds = new Histogram({
      name: "plimsoll_settlement_finality_seconds",
      help: "Time from a breach of maintenance margin until the liquidation ended.",
      buckets: [0.1, 1, 5, 15, 60, 300, 900, 3_600, 14_400],
      registers,
    });
    this.#finalityCommands = new Histogram({
      name: "plimsoll_settlement_finality_commands",
      help: "Commands from a breach of maintenance margin until the liquidation ended.",
      buckets: [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000],
      registers,
    });
    this.#ended = new Counter({
      name: "plimsoll_liquidations_ended_total",
      help: "Liquidations that ended, by outcome.",
      labelNames: ["outcome"],
      registers,
    });
    this.#auctionsEnded = new Counter({
      name: "plimsoll_auctions_ended_total",
      help: "Auctions that ended, by reason.",
      labelNames: ["reason"],
      registers,
    });
    const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
    this.#fills = counter("plimsoll_auction_fills_total", "Bids that took a share.");
    this.#deleveraged = counter("plimsoll_deleveraged_total", "Positions that were deleveraged.");
    this.#sharing = counter("plimsoll_losses_shared_total", "Shares of losses that accounts bore.");
    this.#gauges(registers, engine);
  }

  #gauges(registers: Registry[], engine: Engine): void {
    const { liquidations, auctions } = engine.stores;
    const counts = <K extends string>(
      keys: readonly K[],
      of: readonly K[],
    ): readonly (readonly [K, number])[] =>
      keys.map((key) => [key, of.filter((each) => each === key).length]);
    const gauge = <L extends string>(
      name: string,
      help: string,
      label: L,
      look: () => readonly (readonly [string, number])[],
    ): Gauge<L> =>
      new Gauge<L>({
        name: `plimsoll_${name}`,
        help,
        labelNames: [label],
        registers,
        collect(): void {
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the label that was just named
          for (const [of, value] of look()) this.set({ [label]: of } as Partial<Record<L, string>>, value);
        },
      });
    gauge("liquidations", "Accounts in liquidation, by stage.", "stage", () => {
      const stages = ["stepping", "auction"] as const;
      return counts(
        stages,
        liquidations.all().map(({ stage }) => stage),
      );
    });
    gauge("auctions", "Running auctions, by type.", "type", () => {
      const types = ["solvent", "insolvent"] as const;
      return counts(
        types,
        auctions.all().map(({ auctionType }) => auctionType),
      );
    });
    gauge(
      "fund_balance",
      "Balance of the insurance fund, by tranche; markets' own together.",
      "tranche",
      () => {
        if (engine.stores.ledger.assetCount === 0) return [];
        const { tranches } = fundView(engine);
        return (["market", "protocol", "staked"] as const).map((tranche) => [
          tranche,
          tranches
            .filter((each) => each.tranche === tranche)
            .reduce((sum, { balance }) => sum + Number(balance), 0),
        ]);
      },
    );
    gauge(
      "shortfall_usd",
      "What insolvent accounts lack, and what of it the fund cannot cover.",
      "part",
      () => {
        if (engine.stores.ledger.assetCount === 0) return [];
        const { shortfallUsd, uncoveredUsd } = fundView(engine);
        return [
          ["all", Number(shortfallUsd)],
          ["uncovered", Number(uncoveredUsd)],
        ];
      },
    );
  }

  applied(event: ClearingEvent): void {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the others are no concern of this
    switch (event.type) {
      case "liquidationEnded":
        this.#finalitySeconds.observe(event.durationMs / 1_000);
        this.#finalityCommands.observe(event.commands);
        this.#ended.inc({ outcome: event.outcome });
        break;
      case "auctionEnded":
        this.#auctionsEnded.inc({ reason: event.reason });
        break;
      case "auctionFilled":
        this.#fills.inc();
        break;
      case "deleveraged":
        this.#deleveraged.inc();
        break;
      case "lossShared":
        this.#sharing.inc();
        break;
      default:
    }
  }
}
