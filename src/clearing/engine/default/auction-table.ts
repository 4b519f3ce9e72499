import { type AuctionType } from "../../protocol/index.ts";
import { RecordTable } from "../record-table.ts";
import { maxLiquidations } from "./liquidation-table.ts";

/** What an account in auction holds, offered in slices at a price that falls with time. */
export interface Auction {
  /** Number in commands and events. */
  readonly id: number;
  readonly account: number;
  readonly auctionType: AuctionType;
  /** The asset that bids are paid in. */
  readonly asset: number;
  /** When the present form began: its price is a function of the time since. */
  readonly startMs: number;
  /** Counted towards the cap on all auctions, USD micros. */
  readonly requirementMicros: number;
}

export const auctionTable = (): RecordTable<Auction> =>
  new RecordTable("auctions", maxLiquidations, {
    encode(record, out) {
      out.integer(record.id);
      out.u32(record.account);
      out.u8(record.auctionType === "insolvent" ? 1 : 0);
      out.u16(record.asset);
      out.integer(record.startMs);
      out.integer(record.requirementMicros);
    },
    decode: (from) => ({
      id: from.integer(),
      account: from.u32(),
      auctionType: from.u8() === 1 ? "insolvent" : "solvent",
      asset: from.u16(),
      startMs: from.integer(),
      requirementMicros: from.integer(),
    }),
  });
