import { type ClearingEvent } from "../../clearing/protocol/events.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { type AccountSnapshot, type AccountUpdate } from "../api/protocol/stream.ts";
import { type AccountView, type OrderView } from "../views/index.ts";
import { type Catalog } from "./catalog.ts";
import { Channel, mostUntaken } from "./channel.ts";
import { type Stream } from "./stream.ts";

/** What readers of an account are told. */
export type AccountChange =
  /** What one command did to it. */
  | { readonly kind: "events"; readonly events: readonly ClearingEvent[]; readonly commandSequence: number }
  /** Its view is new: balances, positions and margin. */
  | { readonly kind: "figures" }
  /** Everything is new; events before it may have been missed. */
  | { readonly kind: "snapshot" };

/** An order that rests in a book. */
export type OpenOrder = Omit<OrderView, "expiryMs">;

/** One account as it is: its view, its orders in books, and what happens to it. */
export class AccountChannel extends Channel<AccountChange, AccountSnapshot, AccountUpdate> {
  readonly account: number;
  readonly #catalog: Catalog;
  readonly #orders: Map<number, OpenOrder> = new Map();
  /** Orders of the command whose events are being taken. */
  readonly #accepted: Map<number, Extract<ClearingEvent, { readonly type: "orderAccepted" }>> = new Map();
  #view: AccountView | undefined;

  constructor(stream: Stream, account: number, catalog: Catalog, onClose: () => void) {
    super(stream, `account:${account}`, true, mostUntaken, onClose);
    this.account = account;
    this.#catalog = catalog;
  }

  /**
   * Balances, positions and margin, as they were last sent: after changes, a little later.
   *
   * @throws {PlimsollError} `PLM_USAGE` before {@link ready}.
   */
  get view(): AccountView {
    if (this.#view !== undefined) return this.#view;
    throw new PlimsollError("PLM_USAGE", {
      field: "view",
      value: "asked for before the first snapshot",
      limit: "asked for after `ready`",
      remedy: "Write `await channel.ready` first.",
    });
  }

  /** Orders that rest in books, by number. */
  get orders(): ReadonlyMap<number, OpenOrder> {
    return this.#orders;
  }

  protected override reset({ account, orders }: AccountSnapshot): void {
    this.#view = account;
    this.#orders.clear();
    for (const order of orders) this.#orders.set(order.orderId, order);
    this.tell({ kind: "snapshot" });
  }

  protected override apply(update: AccountUpdate): void {
    if (update.kind === "figures") {
      this.#view = update.account;
      this.tell({ kind: "figures" });
      return;
    }
    for (const event of update.events) this.#applyEvent(event);
    this.#accepted.clear();
    this.tell({ kind: "events", events: update.events, commandSequence: this.commandSequence });
  }

  #applyEvent(event: ClearingEvent): void {
    if (!("account" in event) || event.account !== this.account) return;
    if (event.type === "orderAccepted") this.#accepted.set(event.orderId, event);
    else if (event.type === "orderRested") this.#rested(event);
    else if (event.type === "orderCancelled") this.#orders.delete(event.orderId);
    else if (event.type === "orderFilled" || event.type === "orderAmended") this.#resize(event);
  }

  #rested(event: Extract<ClearingEvent, { readonly type: "orderRested" }>): void {
    const { orderId, account, side, priceTicks, lots } = event;
    const instrument = this.#catalog.knownInstrumentAt(event.instrument);
    const known = this.#orders.get(orderId);
    const accepted = this.#accepted.get(orderId);
    this.#orders.set(orderId, {
      orderId,
      clientOrderId: known?.clientOrderId ?? accepted?.clientOrderId ?? 0,
      account,
      instrument: instrument?.name ?? known?.instrument ?? String(event.instrument),
      instrumentIndex: event.instrument,
      side,
      price: instrument?.priceOf(priceTicks) ?? String(priceTicks),
      priceTicks,
      remainingLots: lots,
      filledLots: known?.filledLots ?? Math.max(0, (accepted?.lots ?? lots) - lots),
      remaining: instrument?.sizeOf(lots) ?? String(lots),
    });
  }

  #resize(event: Extract<ClearingEvent, { readonly type: "orderFilled" | "orderAmended" }>): void {
    const known = this.#orders.get(event.orderId);
    if (known === undefined) return;
    const instrument = this.#catalog.knownInstrumentAt(event.instrument);
    const isFill = event.type === "orderFilled";
    const remainingLots = isFill ? event.remainingLots : event.lots;
    if (remainingLots === 0) {
      this.#orders.delete(event.orderId);
      return;
    }
    const priceTicks = isFill ? known.priceTicks : event.priceTicks;
    this.#orders.set(event.orderId, {
      ...known,
      priceTicks,
      price: instrument?.priceOf(priceTicks) ?? known.price,
      remainingLots,
      filledLots: known.filledLots + (isFill ? event.lots : 0),
      remaining: instrument?.sizeOf(remainingLots) ?? known.remaining,
    });
  }
}
