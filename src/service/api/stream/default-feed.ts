import { type ClearingEvent, type Engine } from "../../../clearing/index.ts";
import { formatPpm, formatUnits, type HistoryPlace } from "../../views/index.ts";
import {
  type AuctionEntry,
  type AuctionsSnapshot,
  type LiquidationEntry,
  type LiquidationsSnapshot,
} from "../protocol/stream.ts";
import { type Channel, type ChannelStart, type CommandPlace } from "./channel.ts";
import { LatestChannel } from "./public-channels.ts";

/** Those that run, and in updates those that just ended. */
abstract class RunningChannel<T> extends LatestChannel<T> {
  protected abstract hasEnded(entry: T): boolean;

  protected takeChanged(): T[] {
    const changed = this.takeFresh();
    for (const [key, entry] of this.latest) if (this.hasEnded(entry)) this.latest.delete(key);
    return changed;
  }

  get(key: number): T | undefined {
    return this.latest.get(key);
  }

  /** What runs already when the service begins: no news. */
  begin(entries: Iterable<readonly [number, T]>): void {
    for (const [key, entry] of entries) this.latest.set(key, entry);
  }
}

class LiquidationsChannel extends RunningChannel<LiquidationEntry> {
  protected hasEnded({ stage }: LiquidationEntry): boolean {
    return stage === "ended";
  }
  protected takeUpdate(): LiquidationsSnapshot | undefined {
    const liquidations = this.takeChanged();
    return liquidations.length === 0 ? undefined : { liquidations };
  }
  protected makeSnapshot(): LiquidationsSnapshot {
    return { liquidations: [...this.latest.values()] };
  }
}

class AuctionsChannel extends RunningChannel<AuctionEntry> {
  protected hasEnded({ ended }: AuctionEntry): boolean {
    return ended !== undefined;
  }
  protected takeUpdate(): AuctionsSnapshot | undefined {
    const auctions = this.takeChanged();
    return auctions.length === 0 ? undefined : { auctions };
  }
  protected makeSnapshot(): AuctionsSnapshot {
    return { auctions: [...this.latest.values()] };
  }
}

/** The channels `liquidations` and `auctions`. */
export class DefaultFeed {
  readonly #engine: Engine;
  readonly #liquidations: LiquidationsChannel;
  readonly #auctions: AuctionsChannel;

  constructor(engine: Engine, start: (name: string) => ChannelStart) {
    this.#engine = engine;
    this.#liquidations = new LiquidationsChannel(start("liquidations"));
    this.#auctions = new AuctionsChannel(start("auctions"));
    const { liquidations, auctions } = engine.stores;
    this.#liquidations.begin(
      liquidations.all().map((record) => {
        const { liquidation, id: account, stage, startedMs, steps, auction } = record;
        const entry = { liquidation, account, stage, startedMs, steps };
        return [liquidation, auction === 0 ? entry : { ...entry, auction }];
      }),
    );
    this.#auctions.begin(
      auctions.all().map(({ id: auction, account, auctionType, asset: assetIndex, startMs }) => {
        const liquidation = liquidations.find(account)?.liquidation ?? 0;
        const asset = this.#assetName(assetIndex);
        return [auction, { auction, liquidation, account, auctionType, asset, assetIndex, startMs }];
      }),
    );
  }

  #assetName(asset: number): string {
    return this.#engine.stores.markets.assetSpec(asset).name;
  }

  /** @returns whether it is the first change since the last flush. */
  apply(event: ClearingEvent, { timeMs }: HistoryPlace): boolean {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the others are no concern of this
    switch (event.type) {
      case "liquidationStarted": {
        const { liquidation, account } = event;
        const entry = { liquidation, account, stage: "stepping", startedMs: timeMs, steps: 0 } as const;
        return this.#liquidations.put(liquidation, entry);
      }
      case "liquidationStepped":
        return this.#amend(event.liquidation, ({ steps }) => ({ steps: steps + 1 }));
      case "liquidationEnded": {
        const { outcome, durationMs, steps } = event;
        return this.#amend(event.liquidation, () => ({ stage: "ended", outcome, durationMs, steps }));
      }
      case "auctionStarted": {
        const { auction, liquidation, account, auctionType, asset } = event;
        const names = { asset: this.#assetName(asset), assetIndex: asset };
        const entry = { auction, liquidation, account, auctionType, ...names, startMs: timeMs };
        const isFirst = this.#auctions.put(auction, entry);
        return this.#amend(liquidation, () => ({ stage: "auction", auction })) || isFirst;
      }
      case "auctionReset": {
        const { auction, auctionType } = event;
        return this.#amendAuction(auction, { auctionType, startMs: timeMs });
      }
      case "auctionFilled": {
        const { auction, sharePpm, asset, paidUnits, discountUnits } = event;
        const { decimals } = this.#engine.stores.markets.assetSpec(asset);
        const [paid, discount] = [formatUnits(paidUnits, decimals), formatUnits(discountUnits, decimals)];
        const lastFill = { timeMs, share: formatPpm(sharePpm), paid, discount };
        return this.#amendAuction(auction, { lastFill });
      }
      case "auctionEnded":
        return this.#amendAuction(event.auction, { ended: event.reason });
      default:
        return false;
    }
  }

  #amend(liquidation: number, change: (known: LiquidationEntry) => Partial<LiquidationEntry>): boolean {
    const known = this.#liquidations.get(liquidation);
    return known !== undefined && this.#liquidations.put(liquidation, { ...known, ...change(known) });
  }

  #amendAuction(auction: number, change: Partial<AuctionEntry>): boolean {
    const known = this.#auctions.get(auction);
    return known !== undefined && this.#auctions.put(auction, { ...known, ...change });
  }

  channel(name: string): Channel | undefined {
    if (name === "liquidations") return this.#liquidations;
    return name === "auctions" ? this.#auctions : undefined;
  }

  flush(place: CommandPlace): void {
    this.#liquidations.flush(place);
    this.#auctions.flush(place);
  }
}
