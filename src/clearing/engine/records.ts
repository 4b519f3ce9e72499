import { RecordTable } from "./record-table.ts";
import { maxPendingWithdrawals, maxQuoteRequests } from "./limits.ts";

/** An amount on its way out of a vault: held on the account until it is paid or has failed. */
export interface Withdrawal {
  readonly id: number;
  readonly account: number;
  readonly asset: number;
  readonly units: number;
  readonly destination: string;
}

export const withdrawalTable = (): RecordTable<Withdrawal> =>
  new RecordTable("withdrawals", maxPendingWithdrawals, {
    encode(record, out) {
      out.integer(record.id);
      out.u32(record.account);
      out.u16(record.asset);
      out.integer(record.units);
      out.text(record.destination);
    },
    decode: (from) => ({
      id: from.integer(),
      account: from.u32(),
      asset: from.u16(),
      units: from.integer(),
      destination: from.text(),
    }),
  });

export interface RequestLeg {
  readonly instrument: number;
  /** Signed, from the requester's side. */
  readonly lots: number;
}

/** Prices for the legs of a request, by an account that stands ready to trade them until `expiryMs`. */
export interface QuoteOffer {
  readonly id: number;
  readonly account: number;
  readonly priceTicks: readonly number[];
  readonly expiryMs: number;
}

/** A block that an account asks to trade, with the offers it has so far. */
export interface QuoteRequest {
  readonly id: number;
  readonly account: number;
  /** Who alone may answer; −1: anyone. */
  readonly counterparty: number;
  readonly legs: readonly RequestLeg[];
  readonly expiryMs: number;
  readonly offers: readonly QuoteOffer[];
}

export const quoteRequestTable = (): RecordTable<QuoteRequest> =>
  new RecordTable("quote-requests", maxQuoteRequests, {
    encode(record, out) {
      out.integer(record.id);
      out.u32(record.account);
      out.i32(record.counterparty);
      out.integer(record.expiryMs);
      out.u8(record.legs.length);
      for (const { instrument, lots } of record.legs) {
        out.u32(instrument);
        out.integer(lots);
      }
      out.u8(record.offers.length);
      for (const offer of record.offers) {
        out.integer(offer.id);
        out.u32(offer.account);
        out.integer(offer.expiryMs);
        for (const ticks of offer.priceTicks) out.u32(ticks);
      }
    },
    decode(from) {
      const id = from.integer();
      const account = from.u32();
      const counterparty = from.i32();
      const expiryMs = from.integer();
      const legs = Array.from({ length: from.u8() }, () => ({
        instrument: from.u32(),
        lots: from.integer(),
      }));
      const offers = Array.from({ length: from.u8() }, () => ({
        id: from.integer(),
        account: from.u32(),
        expiryMs: from.integer(),
        priceTicks: legs.map(() => from.u32()),
      }));
      return { id, account, counterparty, legs, expiryMs, offers };
    },
  });
