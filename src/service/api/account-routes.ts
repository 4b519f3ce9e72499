import { type FastifyInstance } from "fastify";
import { type Engine, type MarginMode } from "../../clearing/index.ts";
import { type HistoryQuery, type HistoryRow, type HistoryTable } from "../history/index.ts";
import {
  accountLiquidationView,
  accountView,
  auctionFillView,
  deleveragingView,
  endedLiquidationView,
  fillView,
  fundingPaymentView,
  type HistoryPlace,
  interestPaymentView,
  marginCallView,
  marginView,
  orderViews,
  sharedLossView,
  stakesView,
  transferView,
  type WithdrawalView,
  withdrawalViews,
} from "../views/index.ts";
import { accountsOf, isTreasurer } from "./access.ts";
import { type ApiContext, told } from "./context.ts";
import { historyPage } from "./history-page.ts";
import { type AccountParams, type Paging } from "./protocol/route-types.ts";
import { type Page } from "./protocol/documents.ts";
import { unknown } from "./refusals.ts";
import { serve } from "./serve.ts";

const modes: readonly MarginMode[] = ["isolated", "cross", "portfolio"];

export function accountRoutes(app: FastifyInstance, context: ApiContext): void {
  const { engine, clearinghouse } = context;
  serve(app, context, "accounts", ({ reader }) =>
    told(clearinghouse, () =>
      accountsOf(engine, reader?.signer ?? "").map((account) => accountView(engine, account)),
    ),
  );
  serve(app, context, "account", ({ params }) =>
    told(clearinghouse, () => accountView(engine, params.account)),
  );
  serve(app, context, "orders", ({ params }) =>
    told(clearinghouse, () => orderViews(engine, params.account)),
  );
  serve(app, context, "withdrawals", async ({ params: { account } }) => {
    const pending = await told(clearinghouse, () => withdrawalViews(engine, account));
    return withTimes(context, pending, { account });
  });
  serve(app, context, "allWithdrawals", async ({ reader, query: { limit, after } }) => {
    const signer = reader?.signer ?? "";
    if (!isTreasurer(engine, signer)) {
      const remedy = "Open a session with the treasurer's key; an admin grants the role.";
      throw unknown("signer", signer, "a holder of the role treasurer", remedy);
    }
    const pending = await told(clearinghouse, () =>
      withdrawalViews(engine)
        .filter(({ withdrawal }) => withdrawal > after)
        .slice(0, limit),
    );
    return withTimes(context, pending, {});
  });
  serve(app, context, "margin", ({ params: { account }, query: { mode } }) =>
    told(clearinghouse, () => {
      const current = engine.stores.accounts.mode(account);
      const asked = mode === "all" ? modes : [mode === "current" ? current : mode];
      return asked.map((of) => marginView(engine, account, of));
    }),
  );

  interface Asked {
    readonly params: AccountParams;
    readonly query: Required<Paging>;
  }
  const history =
    <T extends HistoryPlace>(table: HistoryTable, view: (engine: Engine, row: HistoryRow) => T) =>
    ({ params, query }: Asked): Promise<Page<T>> =>
      historyPage(context, table, { account: params.account }, query, view);

  serve(app, context, "fills", history("fills", fillView));
  serve(app, context, "transfers", history("transfers", transferView));
  serve(app, context, "fundingPayments", history("funding_payments", fundingPaymentView));
  serve(app, context, "interest", history("interest_payments", interestPaymentView));
  serve(app, context, "settlements", history("settlement_payments", transferView));
  serve(app, context, "accountLiquidation", ({ params }) =>
    told(clearinghouse, () => accountLiquidationView(engine, params.account)),
  );
  serve(app, context, "stakes", ({ params }) =>
    told(clearinghouse, () => stakesView(engine, params.account)),
  );
  serve(app, context, "accountLiquidations", history("liquidations", endedLiquidationView));
  serve(app, context, "bids", ({ params, query }) =>
    historyPage(context, "auction_fills", { bidder: params.account }, query, auctionFillView),
  );
  serve(app, context, "deleveragings", history("deleveragings", deleveragingView));
  serve(app, context, "sharedLosses", history("shared_losses", sharedLossView));
  serve(app, context, "marginCalls", history("margin_calls", marginCallView));
}

/** Requests that are looked through for when a pending withdrawal was asked for. */
const mostRequests = 1_000;

/** The machine keeps no time of a withdrawal: history does. What it does not tell, or not yet, is left out. */
async function withTimes(
  { history, logger }: ApiContext,
  pending: readonly WithdrawalView[],
  where: HistoryQuery["where"],
): Promise<readonly WithdrawalView[]> {
  if (history === undefined || pending.length === 0) return pending;
  try {
    const rows = await history.store.query({ table: "withdrawal_requests", where, limit: mostRequests });
    const times = new Map(rows.map((row) => [Number(row["withdrawal"]), Number(row["time_ms"])]));
    return pending.map((view) => {
      const sinceMs = times.get(view.withdrawal);
      return sinceMs === undefined ? view : { ...view, sinceMs };
    });
  } catch (error) {
    logger.error({ err: error }, "history cannot be read");
    return pending;
  }
}
