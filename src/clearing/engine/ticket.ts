import {
  buy,
  maxPriceTicks,
  orderFlags,
  type SelfTrade,
  type Side,
  type TimeInForce,
} from "../book/index.ts";
import { type PlaceOrder, type SelfTradePrevention } from "../protocol/index.ts";
import { ownFlags } from "./fills.ts";
import { type Machine } from "./machine.ts";
import { type InstrumentTerms } from "./terms.ts";

export const selfTrades: Readonly<Record<SelfTradePrevention, SelfTrade>> = {
  cancelResting: "cancel-resting",
  cancelIncoming: "cancel-incoming",
  cancelBoth: "cancel-both",
  decrement: "decrement",
};

/** An order on its way into the book. One is used for all: no order is under way while another is. */
export interface Ticket {
  account: number;
  instrument: number;
  side: Side;
  /** 0: a market order. */
  priceTicks: number;
  lots: number;
  timeInForce: TimeInForce;
  selfTrade: SelfTrade;
  flags: number;
  clientOrderId: number;
  /** 0: never. */
  expiryMs: number;
  /** Lots of the resting order that it replaces; 0 for a new one. */
  replacedLots: number;
  /** Found by the checks: the worst price, and the most it may pay in fees. */
  limitTicks: number;
  feeUnits: number;
}

export const newTicket = (): Ticket => ({
  account: 0,
  instrument: 0,
  side: buy,
  priceTicks: 0,
  lots: 0,
  timeInForce: "gtc",
  selfTrade: "cancel-resting",
  flags: 0,
  clientOrderId: 0,
  expiryMs: 0,
  replacedLots: 0,
  limitTicks: 0,
  feeUnits: 0,
});

/** Flags of an order as it was sent. */
export function flagsOf(order: PlaceOrder): number {
  return (
    (order.reduceOnly ? orderFlags.reduceOnly : 0) |
    (order.postOnly ? orderFlags.postOnly : 0) |
    (order.route === "best" ? ownFlags.routeBest : 0)
  );
}

export function fillTicket(ticket: Ticket, order: PlaceOrder): void {
  ticket.account = order.account;
  ticket.instrument = order.instrument;
  ticket.side = order.side === "buy" ? 0 : 1;
  ticket.priceTicks = order.priceTicks;
  ticket.lots = order.lots;
  // What cannot be filled at once of a market order does not rest.
  ticket.timeInForce = timeInForceOf(order);
  ticket.selfTrade = selfTrades[order.selfTradePrevention];
  ticket.flags = flagsOf(order);
  ticket.clientOrderId = order.clientOrderId;
  ticket.expiryMs = order.timeInForce === "gtt" ? order.expiryMs : 0;
  ticket.replacedLots = 0;
}

export function timeInForceOf({ timeInForce, priceTicks }: PlaceOrder): TimeInForce {
  if (timeInForce === "fok" || timeInForce === "ioc") return timeInForce;
  return priceTicks === 0 ? "ioc" : "gtc";
}

/** Lowest and highest price that orders may have now, in ticks. */
export interface PriceBand {
  lowTicks: number;
  highTicks: number;
}

const band: PriceBand = { lowTicks: 0, highTicks: 0 };

/** The price band about the mark: a share of the mark, of options a share of the index. Good until the next call. */
export function priceBand(m: Machine, terms: InstrumentTerms): Readonly<PriceBand> {
  const { markets } = m;
  const mark = markets.markMicros(terms.instrument);
  const base = terms.isOption ? markets.indexMicros(terms.underlying) : mark;
  const width = Math.floor((base * markets.instruments.columns.priceBandPpm[terms.instrument]!) / 1_000_000);
  band.lowTicks = Math.max(1, Math.ceil((mark - width) / terms.tickMicros));
  band.highTicks = Math.min(maxPriceTicks, Math.max(1, Math.floor((mark + width) / terms.tickMicros)));
  // A band narrower than a tick still holds the ticks next to the mark; one that begins above the last tick holds none.
  if (band.lowTicks > band.highTicks && band.lowTicks <= maxPriceTicks) {
    [band.lowTicks, band.highTicks] = [band.highTicks, band.highTicks + 1];
  }
  return band;
}
