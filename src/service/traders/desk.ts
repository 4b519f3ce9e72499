import { type AccountChannel, type Client, type Outcome } from "../client/index.ts";

/** Where a trader's money comes from: the venue's treasurer credits what its customers pay in. */
export type Deposit = (account: number, asset: string, amount: string) => Promise<void>;

/** What traders did, for display. */
export interface TraderCounts {
  orders: number;
  filled: number;
  refused: number;
  failed: number;
}

/** One trader's seat: a client, an account, and what it sees of it. */
export class Desk {
  readonly client: Client;
  readonly account: number;
  readonly #channel: AccountChannel;
  readonly #counts: TraderCounts;

  constructor(client: Client, channel: AccountChannel, counts: TraderCounts) {
    this.client = client;
    this.account = channel.account;
    this.#channel = channel;
    this.#counts = counts;
  }

  /** Signed size: negative is short. Figures follow trades a little later. */
  position(instrument: string): number {
    const found = this.#channel.view.positions.find((position) => position.instrument === instrument);
    return Number(found?.size ?? 0);
  }

  get equityUsd(): number {
    return Number(this.#channel.view.margin.equityUsd);
  }

  get excessUsd(): number {
    return Number(this.#channel.view.margin.initialExcessUsd);
  }

  /**
   * Takes from the book, no worse than `reach` from `price`; what is not filled is cancelled. The size is rounded to lots, down; nothing
   * happens when none is left.
   */
  async take(name: string, signedSize: number, price: number, reach: number): Promise<void> {
    const instrument = await this.client.instrument(name);
    const size = instrument.roundSize(Math.abs(signedSize).toFixed(9), "down");
    if (size === "0") return;
    const side = signedSize > 0 ? "buy" : "sell";
    const worst = signedSize > 0 ? price * (1 + reach) : price * (1 - reach);
    const limit = instrument.roundPrice(worst.toFixed(6), signedSize > 0 ? "up" : "down");
    if (limit === "0") return;
    await this.attempt(async () => {
      const outcome = await this.client.placeOrder({
        account: this.account,
        instrument: name,
        side,
        price: limit,
        size,
        timeInForce: "ioc",
      });
      this.#counts.orders++;
      if (outcome.outcome === "accepted" && outcome.filled !== "0") this.#counts.filled++;
      return outcome;
    });
  }

  /** Does something that may be refused, or get no answer: a trader goes on either way. */
  async attempt<O extends Outcome>(act: () => Promise<O>): Promise<O | undefined> {
    try {
      const outcome = await act();
      if (outcome.outcome === "rejected") this.#counts.refused++;
      return outcome;
    } catch {
      this.#counts.failed++;
      return undefined;
    }
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
