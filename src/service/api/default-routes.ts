import { type FastifyInstance } from "fastify";
import {
  auctionFillView,
  auctionsView,
  auctionView,
  endedLiquidationView,
  fundChangeView,
  liquidationsView,
} from "../views/index.ts";
import { type ApiContext, told } from "./context.ts";
import { historyPage } from "./history-page.ts";
import { unknown } from "./refusals.ts";
import { serve } from "./serve.ts";

/** Accounts in default, auctions and the insurance fund: what everyone may see of them. */
export function defaultRoutes(app: FastifyInstance, context: ApiContext): void {
  const { engine, clearinghouse } = context;
  serve(app, context, "liquidations", ({ query: { from, limit } }) =>
    told(clearinghouse, () => liquidationsView(engine, from, limit)),
  );
  serve(app, context, "auctions", ({ query: { from, limit } }) =>
    told(clearinghouse, () => auctionsView(engine, from, limit)),
  );
  serve(app, context, "auction", ({ params, query: { share } }) =>
    told(clearinghouse, () => {
      const auction = engine.stores.auctions.find(params.auction);
      if (auction === undefined) throw unknown("auction", params.auction, "a running auction");
      return auctionView(engine, auction, share);
    }),
  );
  serve(app, context, "pastLiquidations", ({ query }) =>
    historyPage(context, "liquidations", {}, query, endedLiquidationView),
  );
  serve(app, context, "auctionFills", ({ query }) =>
    historyPage(context, "auction_fills", {}, query, auctionFillView),
  );
  serve(app, context, "fundHistory", ({ query }) =>
    historyPage(context, "fund_changes", {}, query, fundChangeView),
  );
}
