import { type Accounts } from "../accounts/accounts.ts";
import { type OrderPool } from "../book/order-pool.ts";
import { type Interest } from "../ledger/interest.ts";
import { type Ledger } from "../ledger/ledger.ts";
import { type Markets } from "../markets/markets.ts";
import { type Positions } from "../positions/positions.ts";

/** The stores that the watch reads. It changes none of them. */
export interface WatchSources {
  readonly accounts: Pick<Accounts, "count" | "dirty">;
  readonly ledger: Pick<Ledger, "balance" | "dirty">;
  readonly interest: Pick<Interest, "epochs" | "indexFor" | "isBorrowable">;
  readonly positions: Pick<Positions, "count" | "dirty" | "holders">;
  readonly markets: Markets;
  readonly orders: Pick<OrderPool, "account" | "arena" | "nextAtPrice"> & {
    book(instrument: number): { readonly bestBid: number; readonly bestAsk: number };
  };
}
