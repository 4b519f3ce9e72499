import { type ClearingEvent, type Engine } from "../../../clearing/index.ts";
import { accountView, orderViews } from "../../views/index.ts";
import { type AccountSnapshot } from "../protocol/stream.ts";
import { Channel, type ChannelStart, type CommandPlace } from "./channel.ts";

/** What happens to one account. Nothing of it is ever left out. */
export class AccountChannel extends Channel {
  readonly isPublic = false;
  readonly account: number;
  /** Something happened that may have changed its figures since they were last sent. */
  isStale = false;

  constructor(start: ChannelStart, account: number) {
    super(start);
    this.account = account;
  }

  protected takeUpdate(): undefined {
    return undefined;
  }

  protected makeSnapshot(): AccountSnapshot {
    throw new TypeError("an account's snapshot is of the engine's state");
  }

  /** What the engine knows of the account now, which may not be durable yet. */
  static look(engine: Engine, account: number): AccountSnapshot {
    return { account: accountView(engine, account), orders: orderViews(engine, account) };
  }

  /** The text of what was looked up, once that is durable. */
  snapshotOf(snapshot: AccountSnapshot, place: CommandPlace): string {
    return this.textOfSnapshot(snapshot, place);
  }
}

/** Tells which accounts an event concerns. */
export class Concerns {
  /** Who made a request that is open, to tell them of offers. */
  readonly #requesters: Map<number, number> = new Map();

  constructor({ stores: { requests } }: Engine) {
    for (const { id, account } of requests.all()) this.#requesters.set(id, account);
  }

  /** Account numbers; −1 stands for everyone. */
  of(event: ClearingEvent): readonly number[] {
    if (event.type === "quoteRequested") {
      this.#requesters.set(event.request, event.account);
      return event.counterparty === event.account ? [event.account] : [event.account, event.counterparty];
    }
    if (event.type === "quoteOffered") return this.#withRequester(event.account, event.request);
    if (event.type === "quoteAccepted") {
      this.#requesters.delete(event.request);
      return [event.account, event.maker];
    }
    if (event.type === "quoteExpired") {
      const requester = this.#requesters.get(event.request);
      this.#requesters.delete(event.request);
      return requester === undefined ? [] : [requester];
    }
    if (event.type === "auctionFilled") return [event.account, event.bidder];
    return "account" in event && event.account >= 0 ? [event.account] : [];
  }

  #withRequester(account: number, request: number): readonly number[] {
    const requester = this.#requesters.get(request);
    return requester === undefined || requester === account ? [account] : [account, requester];
  }
}
