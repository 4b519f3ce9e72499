import { type Accounts } from "../accounts/accounts.ts";
import { type OrderPool } from "../book/order-pool.ts";
import { type Ledger } from "../ledger/ledger.ts";
import { type Markets } from "../markets/markets.ts";
import { type Positions } from "../positions/positions.ts";

/** The stores that margin reads. It changes none of them. */
export interface MarginSources {
  readonly accounts: Pick<Accounts, "mode" | "modeCode">;
  /** Balances with the interest that is due on them. */
  readonly ledger: Pick<Ledger, "assetCount" | "balance" | "held">;
  readonly positions: Positions;
  readonly markets: Markets;
  /** The resting orders: visited where an order is priced worse than the mark. */
  readonly orders: Pick<
    OrderPool,
    "firstOf" | "nextOf" | "instrument" | "side" | "priceTicks" | "remainingLots"
  > & {
    book(instrument: number): { readonly bestBidTicks: number; readonly bestAskTicks: number };
  };
  /** Funding of a slot of `positions` since it was last settled, units of its settlement asset, rounded down; negative is owed. */
  readonly fundingDueFloor: (account: number, slot: number) => number;
}
