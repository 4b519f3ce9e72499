import {
  type AuctionEntry,
  type AuctionsSnapshot,
  type LiquidationEntry,
  type LiquidationsSnapshot,
} from "../api/protocol/stream.ts";
import { Channel, mostUntaken } from "./channel.ts";
import { type Stream } from "./stream.ts";

/** Things that run, by number: readers get each change, the last one included. */
abstract class RunningChannel<
  Entry extends object,
  S extends LiquidationsSnapshot | AuctionsSnapshot,
> extends Channel<Entry, S, S> {
  protected readonly running: Map<number, Entry> = new Map();

  constructor(stream: Stream, name: string, onClose: () => void) {
    super(stream, name, false, mostUntaken, onClose);
  }

  protected abstract entriesOf(data: S): readonly Entry[];
  protected abstract numberOf(entry: Entry): number;
  protected abstract hasEnded(entry: Entry): boolean;

  protected override reset(data: S, isFirst: boolean): void {
    this.running.clear();
    for (const entry of this.entriesOf(data)) {
      this.running.set(this.numberOf(entry), entry);
      // After a gap all that runs may be news.
      if (!isFirst) this.tell(entry);
    }
  }

  protected override apply(data: S): void {
    for (const entry of this.entriesOf(data)) {
      if (this.hasEnded(entry)) this.running.delete(this.numberOf(entry));
      else this.running.set(this.numberOf(entry), entry);
      this.tell(entry);
    }
  }
}

/** Liquidations of all accounts. */
export class LiquidationsChannel extends RunningChannel<LiquidationEntry, LiquidationsSnapshot> {
  constructor(stream: Stream, onClose: () => void) {
    super(stream, "liquidations", onClose);
  }

  /** Those that run, by number. */
  get liquidations(): ReadonlyMap<number, LiquidationEntry> {
    return this.running;
  }

  protected override entriesOf({ liquidations }: LiquidationsSnapshot): readonly LiquidationEntry[] {
    return liquidations;
  }
  protected override numberOf({ liquidation }: LiquidationEntry): number {
    return liquidation;
  }
  protected override hasEnded({ stage }: LiquidationEntry): boolean {
    return stage === "ended";
  }
}

/** Auctions of accounts in default. What a bid would come to now is a read: `client.read.auction`. */
export class AuctionsChannel extends RunningChannel<AuctionEntry, AuctionsSnapshot> {
  constructor(stream: Stream, onClose: () => void) {
    super(stream, "auctions", onClose);
  }

  /** Those that run, by number. */
  get auctions(): ReadonlyMap<number, AuctionEntry> {
    return this.running;
  }

  protected override entriesOf({ auctions }: AuctionsSnapshot): readonly AuctionEntry[] {
    return auctions;
  }
  protected override numberOf({ auction }: AuctionEntry): number {
    return auction;
  }
  protected override hasEnded({ ended }: AuctionEntry): boolean {
    return ended !== undefined;
  }
}
