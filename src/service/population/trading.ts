import { type Leg, type PlaceOrder, type Side } from "../../clearing/index.ts";
import { type Answer, type Desk } from "./desk.ts";
import { type VenueView } from "./venue-view.ts";

/** Whoever trades: an owner and its account. */
export interface Party {
  readonly signer: string;
  readonly account: number;
}

const order: PlaceOrder = {
  type: "placeOrder",
  account: 0,
  instrument: 0,
  side: "buy",
  priceTicks: 0,
  lots: 0,
  timeInForce: "ioc",
  postOnly: false,
  reduceOnly: false,
  clientOrderId: 0,
  expiryMs: 0,
  selfTradePrevention: "cancelResting",
  trigger: "none",
  triggerTicks: 0,
  route: "book",
};

const sideOf = (lots: number): Side => (lots > 0 ? "buy" : "sell");
/** Requests stand this long; they are answered at once. */
const requestMs = 60_000;

/** What traders can ask of the venue, in the words they think in. */
export class Trading {
  readonly desk: Desk;
  readonly view: VenueView;

  constructor(desk: Desk, view: VenueView) {
    this.desk = desk;
    this.view = view;
  }

  /** Whole lots of an instrument worth so much; options by their underlying. Signed as `usd` is. */
  lotsFor(instrument: number, usd: number): number {
    const lots = Math.floor(Math.abs(usd) / this.view.lotUsd(instrument));
    const most = this.view.stores.markets.instruments.get("maxOrderLots", instrument);
    return Math.sign(usd) * Math.min(lots, most) + 0;
  }

  /** Takes up to `lots` (signed) at the mark ± `slipMicros`, at once or not at all. */
  take(
    party: Party,
    instrument: number,
    lots: number,
    slipMicros: number,
    reduceOnly = false,
  ): Readonly<Answer> {
    const { view } = this;
    const limit = view.markMicros(instrument) + Math.sign(lots) * slipMicros;
    return this.desk.send(party.signer, {
      ...order,
      account: party.account,
      instrument,
      side: sideOf(lots),
      priceTicks: view.ticks(instrument, limit),
      lots: Math.abs(lots),
      reduceOnly,
    });
  }

  /** Rests at a price until a time. */
  rest(
    party: Party,
    instrument: number,
    lots: number,
    priceMicros: number,
    expiryMs: number,
  ): Readonly<Answer> {
    return this.desk.send(party.signer, {
      ...order,
      account: party.account,
      instrument,
      side: sideOf(lots),
      priceTicks: this.view.ticks(instrument, priceMicros),
      lots: Math.abs(lots),
      timeInForce: "gtt",
      expiryMs,
    });
  }

  /** Closes up to `lots` (signed, against the position) once the mark is at or beyond a price. */
  stop(party: Party, instrument: number, lots: number, triggerMicros: number): Readonly<Answer> {
    return this.desk.send(party.signer, {
      ...order,
      account: party.account,
      instrument,
      side: sideOf(lots),
      lots: Math.abs(lots),
      reduceOnly: true,
      trigger: "stop",
      triggerTicks: this.view.ticks(instrument, triggerMicros),
    });
  }

  cancelAll(party: Party): void {
    this.desk.send(party.signer, { type: "cancelAll", account: party.account, instrument: -1 });
  }

  /** Several legs at once with a maker, at its price for each. Says whether they were traded. */
  block(party: Party, maker: Party, legs: readonly Leg[], priceTicks: readonly number[]): boolean {
    const expiryMs = this.desk.timeMs + requestMs;
    const asked = this.desk.send(party.signer, {
      type: "requestQuote",
      account: party.account,
      legs,
      counterparty: maker.account,
      expiryMs,
    });
    if (asked.rejection !== undefined) return false;
    const offered = this.desk.send(maker.signer, {
      type: "offerQuote",
      account: maker.account,
      request: asked.made,
      priceTicks,
      expiryMs,
    });
    if (offered.rejection !== undefined) return false;
    const { rejection } = this.desk.send(party.signer, {
      type: "acceptQuote",
      account: party.account,
      offer: offered.made,
    });
    return rejection === undefined;
  }
}
