import { type TradingStatus } from "../protocol/commands.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";

const statuses: readonly TradingStatus[] = ["active", "reduceOnly", "halted"];

/** What the machine knows of itself: one leaf. It changes with every command. */
export class MachineState implements StateSection {
  readonly name = "machine";
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  readonly leafCount = 1;

  venue = "";
  chainId = 0;
  isOpen = false;
  /** Of the last envelope applied; 0 before genesis. */
  sequence = 0;
  timeMs = 0;
  status: TradingStatus = "active";
  nextOrderId = 1;
  /** Time priority of orders: rises with every order that rests or waits. */
  nextPriority = 1;
  nextTradeId = 1;
  nextWithdrawal = 1;
  nextRequest = 1;
  nextOffer = 1;
  nextLiquidation = 1;
  nextAuction = 1;
  nextUnstake = 1;
  /** Which account in liquidation comes first with the next command. */
  liquidationCursor = 0;
  /** Maintenance requirements of the accounts in auction, as they were when it began. */
  inAuctionMicros = 0;
  /** What insolvent accounts lack together, USD micros: of those not settled yet. */
  shortfallMicros = 0;
  /** When the venue was last reopened after a halt. Auctions begin anew then: nobody could bid meanwhile. */
  reopenedMs = 0;
  /** Minute in which the fund last had its share of fees. */
  feeMinute = 0;
  /** Where the margin sweep goes on, and how many accounts it has left to visit. */
  sweepAccount = 0;
  sweepRemaining = 0;
  /** Instruments whose book changed since the time last moved on, in order of change: their marks look at it when it does. */
  readonly changedBooks: number[] = [];
  readonly #onRestored: () => void;

  /** `onRestored` is called once the leaf has been read back. */
  constructor(onRestored: () => void) {
    this.#onRestored = onRestored;
    this.dirty.mark(0);
  }

  encodeLeaf(_index: number, out: ByteWriter): void {
    out.text(this.venue);
    out.integer(this.chainId);
    out.u8(this.isOpen ? 1 : 0);
    out.integer(this.sequence);
    out.integer(this.timeMs);
    out.u8(statuses.indexOf(this.status));
    out.integer(this.nextOrderId);
    out.integer(this.nextPriority);
    out.integer(this.nextTradeId);
    out.integer(this.nextWithdrawal);
    out.integer(this.nextRequest);
    out.integer(this.nextOffer);
    out.integer(this.nextLiquidation);
    out.integer(this.nextAuction);
    out.integer(this.nextUnstake);
    out.u32(this.liquidationCursor);
    out.integer(this.inAuctionMicros);
    out.integer(this.shortfallMicros);
    out.integer(this.reopenedMs);
    out.integer(this.feeMinute);
    out.u32(this.sweepAccount);
    out.u32(this.sweepRemaining);
    out.u32(this.changedBooks.length);
    for (const instrument of this.changedBooks) out.u32(instrument);
  }

  decodeLeaf(_index: number, from: ByteReader): void {
    this.venue = from.text();
    this.chainId = from.integer();
    this.isOpen = from.u8() === 1;
    this.sequence = from.integer();
    this.timeMs = from.integer();
    this.status = statuses[from.u8()] ?? "halted";
    this.nextOrderId = from.integer();
    this.nextPriority = from.integer();
    this.nextTradeId = from.integer();
    this.nextWithdrawal = from.integer();
    this.nextRequest = from.integer();
    this.nextOffer = from.integer();
    this.nextLiquidation = from.integer();
    this.nextAuction = from.integer();
    this.nextUnstake = from.integer();
    this.liquidationCursor = from.u32();
    this.inAuctionMicros = from.integer();
    this.shortfallMicros = from.integer();
    this.reopenedMs = from.integer();
    this.feeMinute = from.integer();
    this.sweepAccount = from.u32();
    this.sweepRemaining = from.u32();
    const count = from.u32();
    this.changedBooks.length = 0;
    for (let i = 0; i < count; i++) this.changedBooks.push(from.u32());
  }

  finishRestore(): void {
    this.#onRestored();
  }
}
