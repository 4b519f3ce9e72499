import { type FastifyInstance } from "fastify";
import { type Engine } from "../../clearing/index.ts";
import { bookView, fundingRateView, instrumentView, tradeView } from "../views/index.ts";
import { type ApiContext, told } from "./context.ts";
import { historyPage } from "./history-page.ts";
import { unknown } from "./refusals.ts";
import { serve } from "./serve.ts";

/** @throws {PlimsollError} `PLM_UNKNOWN`. */
export function requireInstrument({ stores }: Engine, name: string): number {
  const index = stores.markets.instruments.find(name);
  if (index >= 0) return index;
  throw unknown("name", name, "the name of a listed instrument");
}

export function marketRoutes(app: FastifyInstance, context: ApiContext): void {
  const { engine, clearinghouse } = context;
  serve(app, context, "instrument", ({ params }) =>
    told(clearinghouse, () => instrumentView(engine, requireInstrument(engine, params.name))),
  );
  serve(app, context, "book", ({ params, query }) =>
    told(clearinghouse, () => bookView(engine, requireInstrument(engine, params.name), query.depth)),
  );
  serve(app, context, "trades", ({ params, query }) =>
    historyPage(context, "trades", { instrument: requireInstrument(engine, params.name) }, query, tradeView),
  );
  serve(app, context, "funding", ({ params, query }) =>
    historyPage(
      context,
      "funding_rates",
      { instrument: requireInstrument(engine, params.name) },
      query,
      fundingRateView,
    ),
  );
}
